"""The mode evaluate: reports the scores of translators and other systems on test files."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import reserve_output
from malgil.cli.output_format import json_line
from malgil.cli.streams import sentence_counter
from malgil.cli.system_outputs import SystemOutput, check_names, read_outputs
from malgil.cli.translations_file import TranslationsFile, open_translations
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import as_user_error, require_file
from malgil.common.localization import _
from malgil.evaluation.sacrebleu_metrics import require_seed
from malgil.settings import DataSettings, Settings, find, require_files

if TYPE_CHECKING:
    from malgil.evaluation.report import Report
    from malgil.modeling.translator import Translator
    from malgil.preprocessing.corpus.reader import Corpus

logger = logging.getLogger(__name__)

_PARALLEL_FILES = 2


def run(options: Options) -> int:
    """Report the scores on a file of sentence pairs, or on those of `[data] test`.

    Args:
        options: `input` names the file, or two parallel texts; `model` the translators and
            `output_of` the files of other systems, which are compared if there are several;
            `normalize` asks for normalized references and translations; `json` asks for a line of
            JSON for each report; `output` names a file for all translations.

    Returns:
        The exit status.

    Raises:
        UserError: If a file or a translator cannot be read, the translators have different
            languages, a file of translations does not fit the test set, or the translations
            cannot be written.
    """
    settings = options.settings()
    with reserve_output(options):
        return _evaluate(options, settings)


def _evaluate(options: Options, settings: Settings) -> int:
    """Report the scores; see `run`."""
    check_names(options.output_of)
    require_seed()
    files = _test_files(options, settings)
    _require_other_file(options.output, files)
    loaded = []
    if options.model or not options.output_of:
        loaded = translators.load_translators(settings, options.model, options.config)
        _require_same_languages(loaded)
    # The languages are those of the translators, regardless of the settings of this command.
    trained = loaded[0].settings.data if loaded else settings.data
    data = dataclasses.replace(trained, columns=settings.data.columns)
    test_sets = _read_test_sets(files, data)
    outputs = read_outputs(options.output_of, test_sets, [each.name for each in loaded])
    reports: list[Report] = []
    with _translations(options) as file:
        for untested in _reports(loaded, outputs, test_sets, data, options.normalize):
            corpus = test_sets[untested.test_name]
            report = _tested(untested, reports, corpus, data, options.normalize)
            line = json_line(report.to_dict())
            is_first = all(each.translator != report.translator for each in reports)
            print(line if options.json else report.to_text(is_first), flush=True)
            if file is not None:
                pairs = test_sets[report.test_name].pairs
                file.write(report.test_name, report.translator, pairs, report.translations)
            reports.append(report)
    if len(loaded) + len(outputs) > 1 and not options.json:
        from malgil.evaluation.comparison_tables import comparison_text

        print(comparison_text(reports), flush=True)
    if options.output:
        logger.info(_("translations: {path}").format(path=options.output))
    return ExitCode.DONE


def _reports(
    loaded: Sequence[Translator],
    outputs: Sequence[SystemOutput],
    test_sets: dict[str, Corpus],
    data: DataSettings,
    normalizes: bool,
) -> Iterator[Report]:
    """Yield the report of each translator on each test set, then those of the other systems."""
    from malgil.evaluation.comparison_tables import short_names
    from malgil.evaluation.report import evaluate_output, evaluate_translator

    titles = dict(zip(test_sets, short_names(list(test_sets)), strict=True))
    for translator in loaded:
        for name, corpus in test_sets.items():
            parts = [translator.name] * (len(loaded) > 1) + [titles[name]] * (len(test_sets) > 1)
            with sentence_counter(", ".join(parts)) as progress:
                yield evaluate_translator(
                    translator,
                    corpus.pairs,
                    test_name=name,
                    normalizes=normalizes,
                    progress=progress,
                )
    for output in outputs:
        for name, corpus in test_sets.items():
            yield evaluate_output(
                output.name,
                output.file,
                output.translations,
                corpus.pairs,
                target_language=data.target_language,
                test_name=name,
                normalizes=normalizes,
            )


def _tested(
    report: Report,
    earlier: Sequence[Report],
    corpus: Corpus,
    data: DataSettings,
    normalizes: bool,
) -> Report:
    """Return a report with its differences from the first system on the same test set."""
    baseline = next((each for each in earlier if each.test_name == report.test_name), None)
    if baseline is None:
        return report
    from malgil.evaluation.metrics import as_scored
    from malgil.evaluation.significance import paired_differences

    differences = paired_differences(
        (baseline.translator, as_scored(baseline.translations, normalizes)),
        as_scored(report.translations, normalizes),
        as_scored([target for _source, target in corpus.pairs], normalizes),
        data.target_language,
    )
    return dataclasses.replace(report, differences=differences)


def _read_test_sets(files: dict[str, Path], data: DataSettings) -> dict[str, Corpus]:
    """Read the test sets once for all systems, and log what each of them holds."""
    from malgil.preprocessing.corpus.reader import read_test_sets

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
