"""The mode predict: translates sentences, a file, a pipe, or what is typed at a prompt."""

from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import check_output, open_output
from malgil.cli.output_format import draw_attention, format_translation, is_utf8
from malgil.cli.streams import piped_lines, sentence_counter
from malgil.common.errors import ExitCode, UserError
from malgil.common.text_lines import read_lines
from malgil.settings import Settings

if TYPE_CHECKING:
    from malgil.common.progress import ProgressCallback
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

LINES_AT_ONCE = 512
"""Enough lines to group sentences of similar length in batches, few enough to hold in memory."""


def run(options: Options) -> int:
    """Translate the sentences of the command line, a file, a pipe, or a prompt.

    Args:
        options: `text` or `input` say what; all others of this mode say how.

    Returns:
        The exit status.

    Raises:
        UserError: If a file or the translator cannot be read, or the output cannot be written.
    """
    settings = options.settings()
    check_output(options)
    if not options.text and not options.input and sys.stdin.isatty():
        return _prompt(options, settings)
    if options.output and options.input and Path(options.input).is_file():
        return _translate_file(options, settings, options.input, options.output)
    if options.resume:
        raise UserError("predict takes --resume with --input FILE and --output FILE.")
    texts = _texts(options)
    translator = translators.load_translator(settings, options.model)
    with sentence_counter() as progress, open_output(options.output) as file:
        shown = progress if options.output else None
        found = _translations(translator, texts, options.beginning, shown)
        for number, translation in enumerate(found, 1):
            print(_formatted(translation, number, options), file=file)
            if options.attention:
                draw_attention(options.attention, translator, translation)
    return ExitCode.DONE


def _prompt(options: Options, settings: Settings) -> int:
    if options.output:
        raise UserError(
            "at the prompt translations go to the terminal; --output goes with sentences, --input "
            "or a pipe."
        )
    from malgil.cli.prompt import run_prompt

    return run_prompt(translators.load_translator(settings, options.model), options)


def _translate_file(options: Options, settings: Settings, source: str, target: str) -> int:
    """Translate a file into another, at constant memory, so that a break loses nothing."""
    from malgil.cli.resumable_output import fingerprint, resumable

    texts = iter(_texts(options))
    translator = translators.load_translator(settings, options.model)
    form = options.json, options.confidence, options.beginning
    key = fingerprint(source, translator.fingerprint, translator.settings.inference, form)
    with sentence_counter() as progress, resumable(target, key, options.resume) as file:
        for _ in itertools.islice(texts, file.done):
            pass
        try:
            while chunk := list(itertools.islice(texts, LINES_AT_ONCE)):
                lines = ""
                found = translator.translate(chunk, _beginnings(options.beginning, chunk))
                for number, translation in enumerate(found, file.done + 1):
                    lines += _formatted(translation, number, options) + "\n"
                    if options.attention:
                        draw_attention(options.attention, translator, translation)
                file.write(lines, len(chunk))
                progress(file.done, None)
        except KeyboardInterrupt:
            if file.done:
                logger.info(
                    "%s sentences are kept. Go on with the same and --resume", f"{file.done:,}"
                )
            raise
    return ExitCode.DONE


def _formatted(translation: Translation, number: int, options: Options) -> str:
    return format_translation(translation, number, options.json, options.confidence)


def _texts(options: Options) -> Iterable[str]:
    """Return what is to be translated; a file or a pipe is read line by line as it is needed."""
    for number, text in enumerate(options.text, 1):
        if not is_utf8(text):
            raise UserError(
                f"sentence {number} is not UTF-8 text: {ascii(text)[:80]}. Give it in UTF-8."
            )
    texts = options.text or (_file_lines(options.input) if options.input else piped_lines())
    return _one_sentence(texts) if options.attention else texts


def _file_lines(name: str) -> Iterator[str]:
    """Return the lines of a file; refuse one that is missing at once."""
    path = Path(name)
    if not path.exists() or path.is_dir():
        state = "a folder" if path.is_dir() else "not there"
        raise UserError(f"--input {name!r} is {state}. Name a file with a sentence a line.")
    return read_lines(name)


def _one_sentence(texts: Iterable[str]) -> Sequence[str]:
    """Return the only sentence, of which the attention can be drawn."""
    from malgil.preprocessing.text.normalization import normalize

    first = list(itertools.islice(texts, 2))
    if len(first) != 1 or not normalize(first[0]):
        raise UserError(
            "--attention draws one sentence that is not blank. Received: "
            f"{('no line', 'a blank line', 'several lines')[len(first)]}."
        )
    return first


def _translations(
    translator: Translator,
    texts: Iterable[str],
    beginning: str | None,
    progress: ProgressCallback | None,
) -> Iterator[Translation]:
    """Translate texts in chunks, and yield their translations in order."""
    done = 0
    lines = iter(texts)
    while chunk := list(itertools.islice(lines, LINES_AT_ONCE)):
        yield from translator.translate(chunk, _beginnings(beginning, chunk))
        done += len(chunk)
        if progress:
            progress(done, None)


def _beginnings(beginning: str | None, texts: Sequence[str]) -> Sequence[str]:
    """Return one for each text; none where none was asked for."""
    return [beginning] * len(texts) if beginning else ()
