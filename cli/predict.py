"""The mode predict: translates sentences, a file, a pipe, or what is typed at a prompt."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import check_output, open_output, reserve_output
from malgil.cli.output_format import draw_attention, format_translations, is_utf8
from malgil.cli.plain_text import refuse_document
from malgil.cli.streams import piped_lines, sentence_counter
from malgil.cli.untranslated_lines import UntranslatedLines
from malgil.common.encoding import SAMPLE_BYTES
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import as_user_error, require_file
from malgil.common.localization import _, ngettext
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
        options: `text` or `input` provides the sentences; the others say how to translate them.

    Returns:
        The exit status.

    Raises:
        UserError: If a file or the translator cannot be read, or the output cannot be written.
    """
    settings = options.settings()
    if not options.text and not options.input and sys.stdin.isatty():
        check_output(options)  # without its lock: a prompt may be open all day
        return _prompt(options, settings)
    with reserve_output(options):
        return _predict(options, settings)


def _predict(options: Options, settings: Settings) -> int:
    """Translate the sentences of the command line, a file or a pipe; see `run`."""
    texts = _texts(options)
    if options.output and options.input and _is_regular(options.input):
        return _translate_file(options, settings, texts)
    if options.resume:
        raise UserError(
            _("--resume requires an --input that is a regular file. Received: {path!r}.").format(
                path=options.input
            )
        )
    loaded = _load(settings, options)
    untranslated = UntranslatedLines(loaded[0].settings.data.source_language)
    with sentence_counter() as progress, open_output(options.output) as file:
        # Without --output the translations themselves show the progress.
        callback = progress if options.output else None
        translations = _translate(loaded, texts, options.beginning, callback)
        for number, translated in enumerate(translations, 1):
            print(_formatted(loaded, translated, number, options), file=file)
            untranslated.add(number, translated[0])
            if options.attention:
                draw_attention(options.attention, loaded[0], translated[0])
    untranslated.report()
    return ExitCode.DONE


def _prompt(options: Options, settings: Settings) -> int:
    if options.output:
        raise UserError(
            _(
                "--output requires sentences, --input or a pipe: the prompt writes its "
                "translations to the terminal."
            )
        )
    from malgil.cli.prompt import run_prompt

    return run_prompt(_load(settings, options), options)


def _load(settings: Settings, options: Options) -> list[Translator]:
    """Load the translators of `--model`, else that of the settings, else a starter."""
    return translators.load_translators(
        settings, options.model, options.config, accepts_starter=True
    )


def _translate_file(options: Options, settings: Settings, texts: Iterable[str]) -> int:
    """Translate a file into another, chunk by chunk, so that an interrupted run can be resumed."""
    from malgil.cli.resumable_output import fingerprint, resumable

    assert options.input and options.output
    texts = iter(texts)
    loaded = _load(settings, options)
    key = fingerprint(options.input, *_dependencies(loaded, options))
    untranslated = UntranslatedLines(loaded[0].settings.data.source_language)
    with sentence_counter() as progress, resumable(options.output, key, options.resume) as file:
        for _skipped in itertools.islice(texts, file.done):
            pass  # lines that an earlier run has translated
        try:
            while chunk := list(itertools.islice(texts, LINES_AT_ONCE)):
                lines = ""
                translations = _translate(loaded, chunk, options.beginning)
                for number, translated in enumerate(translations, file.done + 1):
                    lines += _formatted(loaded, translated, number, options) + "\n"
                    untranslated.add(number, translated[0])
                    if options.attention:
                        draw_attention(options.attention, loaded[0], translated[0])
                file.write(lines, len(chunk))
                progress(file.done, None)
        except KeyboardInterrupt:
            if file.done:
                logger.info(
                    ngettext(
                        "{count:,} translation is saved. To continue, run the same command with "
                        "--resume.",
                        "{count:,} translations are saved. To continue, run the same command with "
                        "--resume.",
                        file.done,
                    ).format(count=file.done)
                )
            raise
    untranslated.report()
    return ExitCode.DONE


def _dependencies(loaded: Sequence[Translator], options: Options) -> Iterator[object]:
    """Yield all that an output depends on besides its input."""
    for translator in loaded:
        yield translator.fingerprint
        yield translator.settings.inference
    if len(loaded) > 1:
        yield [translator.name for translator in loaded]
    yield options.json, options.confidence, options.beginning


def _formatted(
    loaded: Sequence[Translator],
    translated: Sequence[Translation],
    number: int,
    options: Options,
) -> str:
    names = [translator.name for translator in loaded] if len(loaded) > 1 else None
    is_numbered = any(translator.settings.inference.n_best > 1 for translator in loaded)
    return format_translations(
        translated, number, names, options.json, options.confidence, is_numbered
    )


def _texts(options: Options) -> Iterable[str]:
    """Return the texts to translate; the lines of a file or a pipe are read as they are needed."""
    for number, text in enumerate(options.text, 1):
        if not is_utf8(text):
            raise UserError(
                _("sentence {number} is not UTF-8 text: {text}. Encode it in UTF-8.").format(
                    number=number, text=ascii(text)[:80]
                )
            )
    texts = options.text or (_file_lines(options.input) if options.input else _input_lines())
    return _one_sentence(texts) if options.attention else texts


def _file_lines(name: str) -> Iterator[str]:
    """Return the lines of a file; a missing or wrong one is refused before translators load."""
    require_file(name, "--input")
    if _is_regular(name):
        with as_user_error(name, "read", "--input"), open(name, "rb") as file:
            refuse_document(file.read(SAMPLE_BYTES), name)
    return read_lines(name)


def _input_lines() -> Iterator[str]:
    """Return the lines of standard input; a file that it comes from may not be a document."""
    with contextlib.suppress(OSError):  # it may be closed, or not a file at all
        if stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
            refuse_document(cast(io.BufferedReader, sys.stdin.buffer).peek())
    return piped_lines()


def _is_regular(name: str) -> bool:
    with as_user_error(name, "read", "--input"):
        return Path(name).is_file()


def _one_sentence(texts: Iterable[str]) -> Sequence[str]:
    """Return the texts if they are one sentence, whose attention can be drawn."""
    from malgil.preprocessing.text.normalization import normalize

    sentences = list(itertools.islice(texts, 2))
    if len(sentences) == 1 and normalize(sentences[0]):
        return sentences
    if not sentences:
        message = _("--attention draws one sentence. Received: none.")
    elif len(sentences) == 1:
        message = _("--attention draws one sentence. Received: a blank line.")
    else:
        message = _("--attention draws one sentence. Received: several.")
    raise UserError(message)


def _translate(
    loaded: Sequence[Translator],
    texts: Iterable[str],
    beginning: str | None,
    progress: ProgressCallback | None = None,
) -> Iterator[tuple[Translation, ...]]:
    """Translate texts in chunks.

    Yields:
        The translation of each text by each translator.
    """
    done = 0
    lines = iter(texts)
    while chunk := list(itertools.islice(lines, LINES_AT_ONCE)):
        beginnings = [beginning] * len(chunk) if beginning else ()
        columns = [translator.translate(chunk, beginnings) for translator in loaded]
        yield from zip(*columns, strict=True)
        done += len(chunk)
        if progress:
            progress(done, None)
