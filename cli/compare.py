"""The mode compare: trains systems one after another on the same data, and compares them."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path

from malgil.cli import training_process
from malgil.cli.compared_systems import describe_duration, load_systems
from malgil.cli.comparison_record import ComparisonRecord
from malgil.cli.keras_backend import require_tensorflow_backend
from malgil.cli.options import Options
from malgil.cli.output_format import json_line
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import make_folder, set_aside, sha256_of, write_text
from malgil.common.localization import _
from malgil.common.locks import exclusive
from malgil.evaluation.comparison import SystemResult, with_differences
from malgil.evaluation.comparison_tables import comparison_markdown
from malgil.modeling.translator_file import CHECKPOINT_NAME
from malgil.settings import Settings, find, require_files

logger = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Train and measure the systems of two or more recipes.

    Args:
        options: `config` and `text` are the recipes; `overrides` apply to all of them; `resume`
            keeps the results of an interrupted comparison, and continues it.

    Returns:
        The exit status.

    Raises:
        UserError: If a recipe, the data or another process that writes in the same folders does not
            allow the comparison. If settings, data or the disk do not allow the training of some
            systems, it is raised after the others are done.
        RuntimeError: If some failed with an internal error.
    """
    records = _records(options)
    with exclusive(records[0].folder):
        return _compare(records, options)


def _compare(records: Sequence[ComparisonRecord], options: Options) -> int:
    """Train and measure the systems, and write the results; see `run`."""
    for record in records:
        with _unused(record):  # before time is spent on the first one
            pass
    remaining = [record for record in records if not (options.resume and record.read()[1])]
    logger.info(describe_duration([record.settings for record in remaining]))
    folder, note = records[0].folder, _note([record.settings for record in records])
    results: list[SystemResult] = []
    for number, record in enumerate(records, 1):
        logger.info(
            _("── {name} ({number} of {total}) ──").format(
                name=record.settings.translator.name, number=number, total=len(records)
            )
        )
        result = _train_or_recall(record, options)
        if result is None:
            logger.info(
                _(
                    "interrupted; progress is saved. To continue, run the same command with "
                    "--resume."
                )
            )
            return ExitCode.INTERRUPTED
        if result.failure:
            logger.info(
                _("{name} failed: {reason}").format(name=result.name, reason=result.failure)
            )
        else:
            result = _tested(result, results, record)
        results.append(result)
        write_results(folder, results, note)
    values = [result.to_dict(with_translations=False) for result in results]
    shown = json_line(values) + "\n"
    print(shown if options.json else comparison_markdown(results) + note, end="", flush=True)
    logger.info(_("done: the table and the pictures are in {path}").format(path=folder))
    _raise_failures(results)
    return ExitCode.DONE


def _records(options: Options) -> list[ComparisonRecord]:
    """Check everything that all systems need, and return a record for each of them.

    The folder of the comparison is created last: if the comparison is refused, none is left.
    """
    recipes = [*([options.config] if options.config else []), *options.text]
    systems = load_systems(recipes, options.overrides, has_config=options.config is not None)
    for settings in systems:
        require_files(settings, "train", "valid", "test")
    _require_training_packages()
    files = _checksums(systems[0])
    folder = systems[0].folder.parent
    records = [ComparisonRecord(folder, settings, files) for settings in systems]
    if options.resume and not any(record.read()[0] for record in records):
        raise UserError(
            _(
                "nothing to resume: no comparison in {path!r} has begun with these settings and "
                "files. Run without --resume."
            ).format(path=str(folder))
        )
    make_folder(folder)
    return records


def _train_or_recall(record: ComparisonRecord, options: Options) -> SystemResult | None:
    """Return the result of a system, from an earlier run if it is resumed; None after Ctrl-C."""
    has_begun, result = record.read() if options.resume else (False, None)
    if result is not None:
        return result
    if not has_begun:  # an existing checkpoint is of another training: it must not be continued
        with _unused(record):
            set_aside(record.settings.folder / CHECKPOINT_NAME)
        record.write(None)
    result = training_process.train_in_process(record.settings, has_begun, options.debug)
    if result is not None and not result.failure:
        record.write(result)
    return result


def _unused(record: ComparisonRecord) -> contextlib.AbstractContextManager[None]:
    """Return the lock of a system's folder, which the process that trains it takes itself.

    It is held by another training, or by a system of a comparison that was killed and that runs on.
    """
    folder = record.settings.folder
    return exclusive(folder) if folder.is_dir() else contextlib.nullcontext()


def _tested(
    result: SystemResult, earlier: Sequence[SystemResult], record: ComparisonRecord
) -> SystemResult:
    """Return a result with its differences from the first result, and record it."""
    baseline = next((each for each in earlier if not each.failure), None)
    if baseline is None:  # a result that is resumed may have been compared with another system
        tests = tuple(dataclasses.replace(test, differences=()) for test in result.tests)
        return dataclasses.replace(result, tests=tests)
    from malgil.preprocessing.corpus.reader import read_test_sets

    data = record.settings.data
    test_sets = read_test_sets({name: find(name) for name in data.test}, data)
    references = [[target for _source, target in test.pairs] for _name, test in test_sets]
    result = with_differences(result, baseline, references, data.target_language)
    record.write(result)
    return result


def _raise_failures(results: Sequence[SystemResult]) -> None:
    """Raise if a system failed: `UserError` if the user can correct all failures."""
    failed = [result.name for result in results if result.failure]
    if not failed:
        return
    message = _(
        "training failed: {names}. See the errors above. To try again, run the same command with "
        "--resume."
    ).format(names=", ".join(failed))
    if any(result.is_fault for result in results):
        raise RuntimeError(message)
    raise UserError(message)


def _require_training_packages() -> None:
    """Check the packages and Keras's backend here, before each of the systems fails.

    Raises:
        ModuleNotFoundError: If a package is missing.
        UserError: If Keras would not run on TensorFlow.
    """
    for name in ("keras", "tensorflow"):
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    require_tensorflow_backend()


def _note(systems: Sequence[Settings]) -> str:
    """Return a warning if losses cannot be compared, else an empty text."""
    first, *others = systems
    other = next((one for one in others if one.preprocessing != first.preprocessing), None)
    if other is None:
        return ""
    warning = _(
        "The validation loss is per token. {first} and {other} differ in [preprocessing] and "
        "therefore in their tokens: compare BLEU and chrF instead."
    ).format(first=first.translator.name, other=other.translator.name)
    return f"\n{warning}\n"


def _checksums(settings: Settings) -> dict[str, str]:
    """Return the checksums of the files that all systems are trained and measured on."""
    names = [*settings.data.train, *settings.data.valid, *settings.data.test]
    return {name: sha256_of(find(name)) for name in names}


def write_results(folder: Path, results: Sequence[SystemResult], note: str = "") -> None:
    """Write the table and the pictures of the systems that are done.

    Args:
        folder: Where `comparison.md`, `comparison.png` and `attention.png` are written.
        results: Those of systems with different names.
        note: Text to add below the table.

    Raises:
        UserError: If they cannot be written.
    """
    from malgil.evaluation.plotting.comparison import attentions_picture, comparison_picture

    write_text(folder / "comparison.md", comparison_markdown(results) + note)
    done = [result for result in results if not result.failure]
    if done:
        comparison_picture(folder / "comparison.png", done)
    maps = [(result.name, result.attention) for result in done if result.attention]
    if any(attention.weights for _name, attention in maps):
        attentions_picture(folder / "attention.png", maps)
