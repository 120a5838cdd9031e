"""The modes train, predict and evaluate, as a person at a terminal or a pipe meets them."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from errors import UserError, require
from files import write_atomically
from preprocessing.corpus import not_utf8, read, read_lines
from settings import Settings, find, require_files

if TYPE_CHECKING:
    from modeling.translator import Translation, Translator

# Enough lines for batches of similar length, few enough to hold in memory.
_LINES_AT_ONCE = 512


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what TensorFlow's native code writes while it is loaded off standard error.

    It greets there before any setting of its own can silence it. Python's own errors still get
    out, as exceptions.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with open(os.devnull, "wb") as nowhere:
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def train(settings: Settings, options: Namespace) -> int:
    """Train a translator; see `modeling.training.train`. Returns the exit status."""
    require_files(settings, "train", "valid")
    with quiet_libraries():
        from modeling import training
    from evaluation.pictures import curves_picture

    result = training.train(
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
    names = settings.data.test if options.input is None else (options.input,)
    paths = [Path(name) if options.input else find(name) for name in names]
    corpora = [read([path]) for path in paths]
    translator = _load(settings)
    from evaluation.report import evaluate as report_on

    for name, corpus in zip(names, corpora, strict=True):
        print(f"{name}: {corpus.account()}", file=sys.stderr)
        report = report_on(translator, corpus.pairs, test_name=name, progress=_counter())
        line = (
            json.dumps(report.to_dict(), ensure_ascii=False) if options.json else report.to_text()
        )
        print(line, flush=True)
    return 0


def predict(settings: Settings, options: Namespace) -> int:
    """Translate the sentences of the command line, a file, a pipe, or a prompt."""
    _check_output(options)
    for number, text in enumerate(options.text, 1):
        require(
            not any("\ud800" <= character <= "\udfff" for character in text),
            f"sentence {number} is not UTF-8 text: {ascii(text)[:80]}. Give it in UTF-8.",
        )
    if options.input:
        require(
            Path(options.input).is_file(), f"--input {options.input!r} is not there. Name a file."
        )
    if not options.text and not options.input and sys.stdin.isatty():
        return _prompt(_load(settings), options)
    translator = _load(settings)
    texts: Iterable[str] = options.text or (
        read_lines(options.input) if options.input else _piped_lines()
    )
    if options.attention:
        texts = list(texts)
        require(
            len(texts) == 1 and texts[0].strip(),
            f"--attention draws one sentence that is not blank. Received: {len(texts)} lines.",
        )
    with _output(options) as output:
        for translation in _translations(translator, texts, bool(options.output)):
            print(_line(translation, options.json), file=output)
            if options.attention:
                _draw(options.attention, translation)
    return 0


MODES: dict[str, Callable[[Settings, Namespace], int]] = {
    "train": train,
    "predict": predict,
    "evaluate": evaluate,
}


def _load(settings: Settings) -> Translator:
    with quiet_libraries():
        from modeling.translator import Translator
    return Translator.load(settings.folder, settings.inference)


def _check_output(options: Namespace) -> None:
    """Whether what is to be written can be, before time is spent."""
    if options.attention:
        from evaluation.canvas import picture_format

        picture_format(options.attention)
    if not options.output:
        return
    path = Path(options.output)
    require(
        not options.input or path.resolve() != Path(options.input).resolve(),
        f"--output {options.output!r} is the input itself. Name another file.",
    )
    require(not path.is_dir(), f"--output {options.output!r} is a folder. Name a file.")
    require(
        options.overwrite or not path.exists(),
        f"--output {options.output!r} exists. Name another file, or add --overwrite.",
    )
    require(
        path.absolute().parent.is_dir(),
        f"--output {options.output!r}: its folder is not there. Create it first.",
    )


@contextlib.contextmanager
def _output(options: Namespace) -> Iterator[IO[str]]:
    """Standard output, or the output file, which appears only when it is whole."""
    if not options.output:
        yield sys.stdout
        sys.stdout.flush()
        return
    with write_atomically(options.output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=False)
        yield text
        text.flush()
        text.detach()


def _piped_lines() -> Iterator[str]:
    """The lines of standard input. Raises `UserError` where it is not UTF-8."""
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    number = 0
    try:
        for line in stream:
            number += 1
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise UserError(not_utf8("standard input", number + 1, error)) from error
    finally:
        stream.detach()


def _translations(
    translator: Translator, texts: Iterable[str], shows_progress: bool
) -> Iterator[Translation]:
    done = 0
    counter = _counter() if shows_progress else None
    lines = iter(texts)
    while chunk := list(itertools.islice(lines, _LINES_AT_ONCE)):
        yield from translator.translate(chunk)
        done += len(chunk)
        if counter:
            counter(done, None)


def _counter() -> Callable[[int, int | None], None]:
    """Shows how many sentences are done, on a terminal alone."""

    def show(done: int, total: int | None) -> None:
        if sys.stderr.isatty():
            of = "" if total is None else f" of {total:,}"
            end = "\n" if done == total else ""
            print(f"\r{done:,}{of} sentences", end=end, file=sys.stderr, flush=True)

    return show


def _line(translation: Translation, as_json: bool) -> str:
    if not as_json:
        return translation.text
    # A text out of a broken encoding may hold what UTF-8 cannot.
    line = json.dumps(translation.to_dict(), ensure_ascii=False)
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _draw(path: str, translation: Translation) -> None:
    from evaluation.pictures import attention_picture

    if translation.attention is None:
        raise UserError("this translator has no attention to draw.")
    attention_picture(
        path, translation.attention, translation.source_tokens, translation.target_tokens
    )
    print(f"attention: {path}", file=sys.stderr)


def _prompt(translator: Translator, options: Namespace) -> int:
    """Translate line by line until Ctrl-D."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # line editing and history, where the system has it
    languages = translator.settings.data
    print(
        f"{translator.name}: {languages.source_language} → {languages.target_language}. "
        "A sentence a line; Ctrl-D ends.",
        file=sys.stderr,
    )
    while True:
        try:
            text = input("> ")
        except EOFError:
            print(file=sys.stderr)
            return 0
        except UnicodeDecodeError:
            print("error: that line is not UTF-8 text.", file=sys.stderr)
            continue
        if text.strip():
            _answer(translator, text, options)


def _answer(translator: Translator, text: str, options: Namespace) -> None:
    translations: Sequence[Translation] = translator.translate([text])
    print(_line(translations[0], options.json), flush=True)
    if options.attention:
        _draw(options.attention, translations[0])
