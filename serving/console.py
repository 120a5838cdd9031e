"""The modes train, predict and evaluate, as a person at a terminal or a pipe meets them."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import UserError, require
from files import as_user_error
from modeling import bundle
from preprocessing.corpus import read_each, read_lines
from preprocessing.generic import normalise
from serving.streams import counter, output, piped_lines, quiet_libraries
from settings import Settings, find, require_files

if TYPE_CHECKING:
    from modeling.translator import Translation, Translator

# Enough lines for batches of similar length, few enough to hold in memory.
_LINES_AT_ONCE = 512


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
        files = {name: find(name) for name in settings.data.test}
    else:
        files = {name: Path(name) for name in _input_files(options.input)}
        for path in files.values():
            _require_content(path)
    translator = _load(settings)
    # The languages are the translator's, whatever the settings of this command say.
    data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
    test_sets = read_each(files, data)
    from evaluation.report import evaluate as report_on

    for name, corpus in test_sets:
        print(f"{name}: {corpus.account()}", file=sys.stderr)
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
    require(not is_empty, f"{str(path)!r} is empty. Name a file of sentence pairs.")


def _input_files(value: str) -> Sequence[str]:
    """The file that `--input` names; or two, parallel texts, with a comma between."""
    parts = [part.strip() for part in value.split(",")]
    is_list = len(parts) == 2 and not Path(value).exists() and all(map(os.path.exists, parts))
    return parts if is_list else (value,)


def predict(settings: Settings, options: Namespace) -> int:
    """Translate the sentences of the command line, a file, a pipe, or a prompt."""
    _check_output(options)
    if not options.text and not options.input and sys.stdin.isatty():
        require(
            not options.output,
            "at the prompt translations go to the terminal; --output goes with sentences, --input "
            "or a pipe.",
        )
        return _prompt(_load(settings), options)
    texts = _texts(options)
    translator = _load(settings)
    with counter() as show, output(options.output) as file:
        for translation in _translations(translator, texts, show if options.output else None):
            print(_line(translation, options.json), file=file)
            if options.attention:
                _draw(options.attention, translator, translation)
    return 0


MODES: dict[str, Callable[[Settings, Namespace], int]] = {
    "train": train,
    "predict": predict,
    "evaluate": evaluate,
}


def _load(settings: Settings) -> Translator:
    bundle.find(settings.folder)  # before TensorFlow is loaded, which takes seconds
    with quiet_libraries():
        from modeling.translator import Translator

        return Translator.load(settings.folder, settings.inference)


def _check_output(options: Namespace) -> None:
    """Whether what is to be written can be, before time is spent."""
    if options.attention:
        from evaluation.canvas import picture_format

        picture_format(options.attention)
    for name in ("output", "attention"):
        value = getattr(options, name)
        if not value:
            continue
        path = Path(value)
        require(
            not options.input or path.resolve() != Path(options.input).resolve(),
            f"--{name} {value!r} is the input itself. Name another file.",
        )
        require(not path.is_dir(), f"--{name} {value!r} is a folder. Name a file.")
        require(
            path.absolute().parent.is_dir(),
            f"--{name} {value!r}: its folder is not there. Create it first.",
        )
    require(
        not options.output or options.overwrite or not Path(options.output).exists(),
        f"--output {options.output!r} exists. Name another file, or add --overwrite.",
    )


def _texts(options: Namespace) -> Iterable[str]:
    """What is to be translated; a file or a pipe is read line by line as it is needed."""
    for number, text in enumerate(options.text, 1):
        require(
            _is_utf8(text),
            f"sentence {number} is not UTF-8 text: {ascii(text)[:80]}. Give it in UTF-8.",
        )
    if options.input:
        path = Path(options.input)
        state = "a folder" if path.is_dir() else "not there"
        require(
            path.exists() and not path.is_dir(),
            f"--input {options.input!r} is {state}. Name a file with a sentence a line.",
        )
    texts: Iterable[str] = options.text or (
        read_lines(options.input, _tell) if options.input else piped_lines(_tell)
    )
    if options.attention:
        texts = list(itertools.islice(texts, 2))
        require(
            len(texts) == 1 and normalise(texts[0]),
            "--attention draws one sentence that is not blank. Received: "
            f"{('no line', 'a blank line', 'several lines')[len(texts)]}.",
        )
    return texts


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _is_utf8(text: str) -> bool:
    """Whether a text came out of valid UTF-8: what is not stands in it as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _translations(
    translator: Translator, texts: Iterable[str], show: Callable[[int, int | None], None] | None
) -> Iterator[Translation]:
    done = 0
    lines = iter(texts)
    while chunk := list(itertools.islice(lines, _LINES_AT_ONCE)):
        yield from translator.translate(chunk)
        done += len(chunk)
        if show:
            show(done, None)


def _line(translation: Translation, as_json: bool) -> str:
    if not as_json:
        return translation.text
    # A text out of a broken encoding may hold what UTF-8 cannot.
    line = json.dumps(translation.to_dict(), ensure_ascii=False)
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _draw(path: str, translator: Translator, translation: Translation) -> None:
    """The attention of one translation; where it has several heads, each of them."""
    kind = translator.settings.model.attention
    is_recurrent = translator.settings.model.architecture == "rnn"
    require(
        not is_recurrent or kind != "none",
        f"{translator.name} was trained with model.attention = none, which looks at nothing: there "
        "is no attention to draw.",
    )
    if translation.attention is None:
        raise UserError(
            f"there is no attention to draw for {len(translation.source_tokens):,} pieces. Give a "
            "shorter sentence."
        )
    heads = translator.heads(translation)
    tokens = translation.source_tokens, translation.target_tokens
    if len(heads) > 1:
        from evaluation.comparison import Looked
        from evaluation.comparison_pictures import attentions_picture

        looked = [(title, Looked(*tokens, weights.tolist())) for title, weights in heads]
        attentions_picture(path, looked)
    else:
        from evaluation.pictures import attention_picture

        attention_picture(path, translation.attention, *tokens)
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
            text = _ask()
        except EOFError:
            print(file=sys.stderr)
            return 0
        except UnicodeDecodeError:
            text = None
        if text is None or not _is_utf8(text):
            print("error: that line is not UTF-8 text.", file=sys.stderr)
        elif text.strip():
            _answer(translator, text, options)


def _ask() -> str:
    """A line of the terminal. The prompt stays off standard output where that is a file."""
    if sys.stdout.isatty():
        return input("> ")  # line editing must know the prompt
    print("> ", end="", file=sys.stderr, flush=True)
    return input()


def _answer(translator: Translator, text: str, options: Namespace) -> None:
    translations: Sequence[Translation] = translator.translate([text])
    print(_line(translations[0], options.json), flush=True)
    if options.attention:
        _draw(options.attention, translator, translations[0])
