"""Count the files of the project that translate one sentence, and the forms of a training pair.

    python tools/trace_sentence.py model/ko-en "저는 학생이에요." [--limit 20]

Counts the files with a line that runs, in any thread, while a loaded translator translates the
sentence, and lists the forms that a sentence pair takes between file and weight update. Exits with
status 1 if there are more files than --limit, and with an error if a form no longer exists.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# Every class or tuple layout that a training pair is converted into, in order: description, module
# and name.
FORMS = (
    ("raw pair of a file, then the same tuple normalized", "preprocessing.corpus", "Pair"),
    ("tokenized pair", "preprocessing.dataset.tokenize_pairs", "TokenizedPair"),
    ("ids of both sides", "preprocessing.text.subword", "Ids"),
    ("rows of ids, in memory or in the cache", "preprocessing.dataset.ragged", "RaggedArray"),
    ("padded batch", "preprocessing.dataset.batches", "Batch"),
)


def trace(folder: str, sentence: str) -> tuple[str, list[str]]:
    """Translate a sentence while every call is traced.

    Args:
        folder: The folder of a translator. It is loaded before the tracing begins.
        sentence: The sentence.

    Returns:
        The translation, and the sorted files of the project with a line that ran.
    """
    from malgil import Translator

    translator = Translator.load(folder)
    ran: set[str] = set()

    def note_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            ran.add(frame.f_code.co_filename)
            return None  # one line per call is enough
        return note_line

    threading.settrace(note_line)
    sys.settrace(note_line)
    try:
        [translation] = translator.translate([sentence])
    finally:
        sys.settrace(None)
        threading.settrace(None)
    own = (Path(name) for name in ran)
    files = sorted(str(path.relative_to(ROOT)) for path in own if is_own(path))
    return translation.text, files


def is_own(path: Path) -> bool:
    """Return whether a file belongs to the project, not to a virtual environment inside it."""
    return path.is_relative_to(ROOT) and "site-packages" not in path.parts


def main() -> int:
    """Trace and print. Return the exit status."""
    from malgil.common.errors import ExitCode, UserError

    parser = argparse.ArgumentParser(description="Count the files that translate one sentence.")
    parser.add_argument("translator", help="folder of a translator, such as model/ko-en")
    parser.add_argument("sentence", nargs="?", default="저는 학생이에요.")
    parser.add_argument(
        "--limit", type=int, default=20, help="maximum number of files (default: %(default)s)"
    )
    options = parser.parse_args()
    try:
        translation, files = trace(options.translator, options.sentence)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.USER_ERROR
    print(f"{options.sentence} → {translation}\n")
    print(f"{len(files)} files with a line that ran:", *files, sep="\n  ")
    print(f"\n{len(FORMS)} forms of a training pair:")
    for what, module, name in FORMS:
        getattr(importlib.import_module(f"malgil.{module}"), name)  # it must exist
        print(f"  {what}: {module}.{name}")
    return int(len(files) > options.limit)


if __name__ == "__main__":
    sys.exit(main())
