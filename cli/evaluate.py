"""The mode evaluate: reports the scores of one or more translators on test files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import check_output
from malgil.cli.streams import sentence_counter
from malgil.cli.translations_file import TranslationsFile, open_translations
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import as_user_error, require_file
from malgil.common.localization import _
from malgil.common.table import format_table
from malgil.settings import Settings, find, require_files

if TYPE_CHECKING:
    from malgil.evaluation.report import Report
    from malgil.modeling.translator import Translator
    from malgil.preprocessing.corpus.reader import Corpus

logger = logging.getLogger(__name__)

_PARALLEL_FILES = 2


def run(options: Options) -> int:
    """Report the scores on a file of sentence pairs, or on those of `[data] test`.

    Args:
        options: `input` names the file, or two parallel texts; `model` the translators, which are
            compared if there are several; `normalize` asks for normalized references and
            translations; `json` asks for a line of JSON for each report; `output` names a file for
            all translations.

    Returns:
        The exit status.

    Raises:
        UserError: If a file or a translator cannot be read, the translators have different
            languages, or the translations cannot be written.
    """
    settings = options.settings()
    check_output(options)
    files = _test_files(options, settings)
    _require_other_file(options.output, files)
    loaded = translators.load_translators(settings, options.model, options.config)
    _require_same_languages(loaded)
    test_sets = _read_test_sets(files, settings, loaded[0])
    reports = []
    with _translations(options) as file:
        for report, is_first in _reports(loaded, test_sets, options.normalize):
            line = json.dumps(report.to_dict(), ensure_ascii=False)
            print(line if options.json else report.to_text(is_first), flush=True)
            if file is not None:
                pairs = test_sets[report.test_name].pairs
                file.write(report.test_name, report.translator, pairs, report.translations)
            reports.append(report)
    if len(loaded) > 1 and not options.json:
        print(comparison_table(reports), flush=True)
    if options.output:
        logger.info(_("translations: {path}").format(path=options.output))
    return ExitCode.DONE


def comparison_table(reports: Sequence[Report]) -> str:
    """Return a table of scores, a row for each report, grouped by test set.

    Args:
        reports: Those of several translators on the same test sets.
    """
    rows = [(_("test set"), _("translator"), "BLEU", "chrF", _("exact"))]
    for name in dict.fromkeys(report.test_name for report in reports):
        shown = name
        for report in (each for each in reports if each.test_name == name):
            scores = report.scores
            bleu, chrf = f"{scores.bleu_sacrebleu:.2f}", f"{scores.chrf:.2f}"
            exact = f"{100 * scores.exact_match:.2f} %"
            rows.append((shown, report.translator, bleu, chrf, exact))
            shown = ""
    return _("Comparison") + "\n\n" + format_table(rows, to_right=(2, 3, 4))


def _reports(
    loaded: Sequence[Translator], test_sets: dict[str, Corpus], normalizes: bool
) -> Iterator[tuple[Report, bool]]:
    """Yield the report of each translator on each test set, and whether it is its first."""
    from malgil.evaluation.comparison import short_names
    from malgil.evaluation.report import evaluate_translator

    titles = dict(zip(test_sets, short_names(list(test_sets)), strict=True))
    for translator in loaded:
        for number, (name, corpus) in enumerate(test_sets.items()):
            parts = [translator.name] * (len(loaded) > 1) + [titles[name]] * (len(test_sets) > 1)
            with sentence_counter(", ".join(parts)) as progress:
                report = evaluate_translator(
                    translator,
                    corpus.pairs,
                    test_name=name,
                    normalizes=normalizes,
                    progress=progress,
                )
            yield report, number == 0


def _read_test_sets(
    files: dict[str, Path], settings: Settings, translator: Translator
) -> dict[str, Corpus]:
    """Read the test sets once for all translators, and log what each of them holds."""
    from malgil.preprocessing.corpus.reader import read_test_sets

    # The languages are those of the translator, regardless of the settings of this command.
    data = dataclasses.replace(translator.settings.data, columns=settings.data.columns)
    test_sets = dict(read_test_sets(files, data))
    for name, corpus in test_sets.items():
        logger.info(f"{name}: {corpus.summary()}")
    return test_sets


def _require_same_languages(loaded: Sequence[Translator]) -> None:
    """Refuse to compare translators of different languages."""
    first = loaded[0].settings.data
    for other in loaded[1:]:
        data = other.settings.data
        languages = (data.source_language, data.target_language)
        if languages != (first.source_language, first.target_language):
            raise UserError(
                _(
                    "--model: evaluate accepts translators of the same languages. Received: "
                    "{name!r} ({source} → {target}) and {other!r} ({other_source} → "
                    "{other_target}). Evaluate them separately."
                ).format(
                    name=loaded[0].name,
                    source=first.source_language,
                    target=first.target_language,
                    other=other.name,
                    other_source=data.source_language,
                    other_target=data.target_language,
                )
            )


def _translations(options: Options) -> contextlib.AbstractContextManager[TranslationsFile | None]:
    if options.output is None:
        return contextlib.nullcontext()
    return open_translations(options.output, options.json)


def _test_files(options: Options, settings: Settings) -> dict[str, Path]:
    """Return the test files by the names that reports give them."""
    if options.input is None:
        require_files(settings, "test")
        return {name: find(name) for name in settings.data.test}
    files = {name: Path(name) for name in _split_names(options.input)}
    for path in files.values():
        _require_content(path)
    return files


def _split_names(value: str) -> Sequence[str]:
    """Return the file that `--input` names, or two parallel texts joined by a comma."""
    parts = [part.strip() for part in value.split(",")]
    is_list = len(parts) == _PARALLEL_FILES and not os.path.exists(value)
    return parts if is_list and any(map(os.path.exists, parts)) else (value,)


def _require_content(path: Path) -> None:
    """Refuse a missing or empty file before a translator is loaded, which takes longer."""
    require_file(path, "--input")
    with as_user_error(path, "read", "--input"):
        is_empty = path.stat().st_size == 0 and path.is_file()  # a pipe has no size
    if is_empty:
        raise UserError(
            _("--input: {path!r} is empty. Name a file of sentence pairs.").format(path=str(path))
        )


def _require_other_file(output: str | None, files: dict[str, Path]) -> None:
    """Refuse to replace a test file by its translations."""
    if output is None or not os.path.exists(output):
        return
    if any(path.samefile(output) for path in files.values()):
        raise UserError(
            _("--output: {path!r} is a test file. Name another file.").format(path=output)
        )
