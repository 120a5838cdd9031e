"""The modes train, predict and evaluate, as a person at a terminal or a pipe meets them."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli.output_format import draw, is_utf8, lines_of
from malgil.cli.resumable_output import resumable
from malgil.cli.streams import counter, output, piped_lines, quiet_libraries
from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.modeling import translator_file
from malgil.preprocessing.corpus.reader import read_each, read_lines
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import Settings, find, require_files

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

# Enough lines for batches of similar length, few enough to hold in memory.
_LINES_AT_ONCE = 512
_HEAD = 1 << 20


def train(settings: Settings, options: Namespace) -> int:
    """Train a translator; see `modeling.training.run.train`. Returns the exit status."""
    require_files(settings, "train", "valid")
    with quiet_libraries():
        from malgil.modeling.training import run
    from malgil.evaluation.plotting.attention import curves_picture

    result = run.train(
        settings,
        options.resume,
        lambda folder, history: curves_picture(folder / "curves.png", history),
    )
    state = result.state
    if result.is_interrupted:
        print(
            f"interrupted in epoch {state.epoch + 1}; all is saved. Go on with the same command "
            "and --resume",
            file=sys.stderr,
        )
        return 130
    print(
        f"done: {result.folder} holds the translator (validation loss {state.best_loss:.3f}), "
        "history.csv and curves.png",
        file=sys.stderr,
    )
    return 0


def evaluate(settings: Settings, options: Namespace) -> int:
    """Report how the translator does on a test file, or on those of `[data] test`."""
    if options.input is None:
        require_files(settings, "test")
        files = {name: find(name) for name in settings.data.test}
    else:
        files = {name: Path(name) for name in _input_files(options.input)}
        for path in files.values():
            _require_content(path)
    translator = load_translator(settings, options.model)
    # The languages are the translator's, whatever the settings of this command say.
    data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
    test_sets = read_each(files, data)
    from malgil.evaluation.report import evaluate as report_on

    for name, corpus in test_sets:
        print(f"{name}: {corpus.summary()}", file=sys.stderr)
        with counter() as show:
            report = report_on(translator, corpus.pairs, test_name=name, progress=show)
        line = (
            json.dumps(report.to_dict(), ensure_ascii=False) if options.json else report.to_text()
        )
        print(line, flush=True)
    return 0


def _require_content(path: Path) -> None:
    """Tell a mistake in a name before a translator is loaded, which takes seconds."""
    with as_user_error(path, "read"):
        is_empty = path.stat().st_size == 0 and path.is_file()  # a pipe has no size
    if is_empty:
        raise UserError(f"{str(path)!r} is empty. Name a file of sentence pairs.")


def _input_files(value: str) -> Sequence[str]:
    """The file that `--input` names; or two, parallel texts, with a comma between."""
    parts = [part.strip() for part in value.split(",")]
    is_list = len(parts) == 2 and not Path(value).exists() and all(map(os.path.exists, parts))
    return parts if is_list else (value,)


def predict(settings: Settings, options: Namespace) -> int:
    """Translate the sentences of the command line, a file, a pipe, or a prompt."""
    check_output(options)
    if not options.text and not options.input and sys.stdin.isatty():
        if options.output:
            raise UserError(
                "at the prompt translations go to the terminal; --output goes with sentences, "
                "--input "
                "or a pipe."
            )
        from malgil.cli import prompt

        return prompt.run(load_translator(settings, options.model), options)
    if options.output and options.input and Path(options.input).is_file():
        return _translate_file(settings, options)
    if options.resume:
        raise UserError("predict takes --resume with --input FILE and --output FILE.")
    texts = _texts(options)
    translator = load_translator(settings, options.model)
    with counter() as show, output(options.output) as file:
        shown = show if options.output else None
        found = _translations(translator, texts, options.beginning, shown)
        for number, translation in enumerate(found, 1):
            print(lines_of(translation, number, options.json, options.confidence), file=file)
            if options.attention:
                draw(options.attention, translator, translation)
    return 0


def _translate_file(settings: Settings, options: Namespace) -> int:
    """Translate a file into another, at constant memory, so that a break loses nothing."""
    texts = iter(_texts(options))
    translator = load_translator(settings, options.model)
    key = _key(translator, options)
    with counter() as show, resumable(options.output, key, options.resume) as file:
        for _ in itertools.islice(texts, file.done):
            pass
        try:
            while chunk := list(itertools.islice(texts, _LINES_AT_ONCE)):
                told = ""
                found = translator.translate(chunk, _beginnings(options.beginning, chunk))
                for number, translation in enumerate(found, file.done + 1):
                    told += lines_of(translation, number, options.json, options.confidence) + "\n"
                    if options.attention:
                        draw(options.attention, translator, translation)
                file.write(told, len(chunk))
                show(file.done, None)
        except KeyboardInterrupt:
            if file.done:
                _tell(f"\n{file.done:,} sentences are kept. Go on with the same and --resume")
            raise
    return 0


def _key(translator: Translator, options: Namespace) -> str:
    """What the translation of a file depends on, but for the end of the file."""
    digest = hashlib.sha256(translator.fingerprint.encode())
    told = options.json, options.confidence, options.beginning
    digest.update(repr((translator.settings.inference, told)).encode())
    with as_user_error(options.input, "read"), open(options.input, "rb") as file:
        digest.update(file.read(_HEAD))
    return digest.hexdigest()


MODES: dict[str, Callable[[Settings, Namespace], int]] = {
    "train": train,
    "predict": predict,
    "evaluate": evaluate,
}


def load_translator(settings: Settings, names: str | None = None) -> Translator:
    """The translator that the settings name, or `--model`; several, with commas between, as one.

    Args:
        settings: `[translator]` says where they are, `[inference]` how they search.
        names: Names of translators, or paths of their folders.

    Raises:
        UserError: If one is not there, or they do not go together.
    """
    folders = [_folder(settings, name.strip()) for name in names.split(",")] if names else []
    folders = folders or [settings.folder]
    for folder in folders:
        translator_file.find(folder)  # before TensorFlow is loaded, which takes seconds
    with quiet_libraries():
        from malgil.modeling.translator import Translator
        from malgil.modeling.translator_ensemble import load_ensemble

        if len(folders) == 1:
            return Translator.load(folders[0], settings.inference)
        return load_ensemble(folders, settings.inference)


def _folder(settings: Settings, name: str) -> Path:
    """A translator by its name; by its path, where that has a folder in it."""
    if not name:
        raise UserError(
            "--model takes names of translators, with commas between. Received an empty one."
        )
    is_path = len(Path(name).parts) > 1
    return Path(name) if is_path else settings.folder.parent / name


def check_output(options: Namespace) -> None:
    """Whether what is to be written can be, before time is spent."""
    if options.attention:
        from malgil.evaluation.plotting.style import picture_format

        picture_format(options.attention)
    for name in ("output", "attention"):
        value = getattr(options, name)
        if not value:
            continue
        path = Path(value)
        if options.input and path.resolve() == Path(options.input).resolve():
            raise UserError(f"--{name} {value!r} is the input itself. Name another file.")
        if path.is_dir():
            raise UserError(f"--{name} {value!r} is a folder. Name a file.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"--{name} {value!r}: its folder is not there. Create it first.")
    if options.output and not options.overwrite and Path(options.output).exists():
        raise UserError(
            f"--output {options.output!r} exists. Name another file, or add --overwrite."
        )


def _texts(options: Namespace) -> Iterable[str]:
    """What is to be translated; a file or a pipe is read line by line as it is needed."""
    for number, text in enumerate(options.text, 1):
        if not is_utf8(text):
            raise UserError(
                f"sentence {number} is not UTF-8 text: {ascii(text)[:80]}. Give it in UTF-8."
            )
    if options.input:
        path = Path(options.input)
        state = "a folder" if path.is_dir() else "not there"
        if not path.exists() or path.is_dir():
            raise UserError(
                f"--input {options.input!r} is {state}. Name a file with a sentence a line."
            )
    texts: Iterable[str] = options.text or (
        read_lines(options.input, _tell) if options.input else piped_lines(_tell)
    )
    if options.attention:
        texts = list(itertools.islice(texts, 2))
        if len(texts) != 1 or not normalize(texts[0]):
            raise UserError(
                "--attention draws one sentence that is not blank. Received: "
                f"{('no line', 'a blank line', 'several lines')[len(texts)]}."
            )
    return texts


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _beginnings(beginning: str | None, texts: Sequence[str]) -> Sequence[str]:
    """One for each text; none where none was asked for."""
    return [beginning] * len(texts) if beginning else ()


def _translations(
    translator: Translator,
    texts: Iterable[str],
    beginning: str | None,
    show: Callable[[int, int | None], None] | None,
) -> Iterator[Translation]:
    done = 0
    lines = iter(texts)
    while chunk := list(itertools.islice(lines, _LINES_AT_ONCE)):
        yield from translator.translate(chunk, _beginnings(beginning, chunk))
        done += len(chunk)
        if show:
            show(done, None)
