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
"""Enough to group sentences of similar length in batches, and few enough to hold in memory."""


def run(options: Options) -> int:
    """Translate the sentences of the command line, a file, a pipe, or a prompt.

    Args:
        options: `text` or `input` name the sentences; the others say how to translate them.

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
        # Without --output the translations themselves show the progress.
        callback = progress if options.output else None
        translations = _translate(translator, texts, options.beginning, callback)
        for number, translation in enumerate(translations, 1):
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
    """Translate a file into another, chunk by chunk, so that an interrupted run can be resumed."""
    from malgil.cli.resumable_output import fingerprint, resumable

    texts = iter(_texts(options))
    translator = translators.load_translator(settings, options.model)
    output_format = options.json, options.confidence, options.beginning
    key = fingerprint(source, translator.fingerprint, translator.settings.inference, output_format)
    with sentence_counter() as progress, resumable(target, key, options.resume) as file:
        for _ in itertools.islice(texts, file.done):
            pass  # lines that an earlier run has translated
        try:
            while chunk := list(itertools.islice(texts, LINES_AT_ONCE)):
                lines = ""
                translations = translator.translate(chunk, _beginnings(options.beginning, chunk))
                for number, translation in enumerate(translations, file.done + 1):
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
    """Return the texts to translate; the lines of a file or a pipe are read as they are needed."""
    for number, text in enumerate(options.text, 1):
        if not is_utf8(text):
            raise UserError(
                f"sentence {number} is not UTF-8 text: {ascii(text)[:80]}. Give it in UTF-8."
            )
    texts = options.text or (_file_lines(options.input) if options.input else piped_lines())
    return _one_sentence(texts) if options.attention else texts


def _file_lines(name: str) -> Iterator[str]:
    """Return the lines of a file; a missing file is refused before the translator is loaded."""
    path = Path(name)
    if not path.exists() or path.is_dir():
        state = "a folder" if path.is_dir() else "not there"
        raise UserError(f"--input {name!r} is {state}. Name a file with a sentence a line.")
    return read_lines(name)


def _one_sentence(texts: Iterable[str]) -> Sequence[str]:
    """Return the texts if they are one sentence, whose attention can be drawn."""
    from malgil.preprocessing.text.normalization import normalize

    sentences = list(itertools.islice(texts, 2))
    if len(sentences) != 1 or not normalize(sentences[0]):
        raise UserError(
            "--attention draws one sentence that is not blank. Received: "
            f"{('no line', 'a blank line', 'several lines')[len(sentences)]}."
        )
    return sentences


def _translate(
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
    """Return the beginning for each text; an empty sequence if no beginning was given."""
    return [beginning] * len(texts) if beginning else ()
