"""Checks of files: the trained translators and the trainings that can be resumed."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from malgil.cli.doctor.check import MISSING, OK, OPTIONAL, CheckResult, State, guarded
from malgil.cli.translators import command_to_train
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import COMMAND
from malgil.settings import Settings

TRAIN = f"{COMMAND} --mode train"


def check_translators(settings: Settings, config: str | None = None) -> list[CheckResult]:
    """Check all translators, their versions and candidates, and the trainings that can be resumed.

    Args:
        settings: `[translator]` says where the translators are, and which one translating needs.
        config: The value of `--config`, for the commands that train a translator.
    """
    from malgil.modeling.translator_file import FILE_NAME

    def train(name: str) -> str:
        return command_to_train(settings, name, config)

    own, root = settings.translator.name, settings.folder.parent
    results: list[CheckResult] = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        found = _check_folder(folder, train)
        results += found if folder.name == own else map(_as_optional, found)
    has_translator = (settings.folder / FILE_NAME).exists()
    return results if has_translator else _with_note(results, own, train)


def _check_folder(folder: Path, train: Callable[[str], str]) -> list[CheckResult]:
    """Check what the folder of one translator contains; no result if it contains nothing."""
    from malgil.modeling import translator_file

    translator, training = (functools.partial(each, train) for each in (_translator, _training))
    kinds: tuple[tuple[str, str, Callable[[str, Path], list[CheckResult]], State], ...] = (
        (_("translator {name}"), translator_file.FILE_NAME, translator, MISSING),
        (_("versions {name}"), translator_file.VERSIONS_NAME, _versions, OPTIONAL),
        (_("candidate {name}"), translator_file.CANDIDATE_NAME, _candidate, OPTIONAL),
        (_("training {name}"), translator_file.CHECKPOINT_NAME, training, OPTIONAL),
    )
    results = []
    for title, file_name, check, state in kinds:
        path = folder / file_name
        if path.exists():
            name = title.format(name=folder.name)
            results += guarded(name, functools.partial(check, name, path), state)
    return results


def _as_optional(result: CheckResult) -> CheckResult:
    """Return the result of a translator that these settings do not use: none needs it."""
    return dataclasses.replace(result, state=OPTIONAL) if result.state == MISSING else result


def _with_note(
    results: list[CheckResult], own: str, train: Callable[[str], str]
) -> list[CheckResult]:
    """Return the results, one of which notes that the translator in use is not trained yet."""
    training = _("training {name}").format(name=own)
    if any(result.name == training for result in results):
        note = _(
            "Translating: ready, but there is no translator {name!r} yet. See {check!r} above."
        ).format(name=own, check=training)
        return [
            dataclasses.replace(result, note=note) if result.name == training else result
            for result in results
        ]
    command = train(own)
    note = _(
        "Translating: ready, but there is no translator {name!r} yet. To train it, type: {command}"
    ).format(name=own, command=command)
    name = _("translator {name}").format(name=own)
    return [*results, CheckResult(name, OPTIONAL, _("not trained yet"), command, note=note)]


def _translator(train: Callable[[str], str], name: str, path: Path) -> list[CheckResult]:
    """Check one translator: list facts about it, or the error in its file.

    Args:
        train: Returns the command that trains a translator.
        name: The name of the result.
        path: The file of the translator.
    """
    from malgil.modeling.bundle_validation import load_valid
    from malgil.modeling.training_record import time_of

    try:
        valid = load_valid(path)
    except UserError as error:
        return [CheckResult(name, MISSING, str(error), train(path.parent.name))]
    stored, data = valid.bundle, valid.settings.data
    facts = [
        f"{data.source_language} → {data.target_language}",
        _shown_losses(stored.metrics),
        _("{size:,.1f} MB").format(size=path.stat().st_size / 10**6),
        _shown_time(time_of(path)),
    ]
    if stored.program_version:
        facts.append(_("Malgil {version}").format(version=stored.program_version))
    return [CheckResult(name, OK, ", ".join(facts))]


def _versions(name: str, path: Path) -> list[CheckResult]:
    """List the earlier versions of one translator; no result if there are none."""
    from malgil.modeling.training_record import TrainingRecord, shown_loss
    from malgil.modeling.versions import list_versions

    shown = []
    for version in list_versions(path.parent):
        try:
            loss = shown_loss(TrainingRecord.read(version).loss)
        except UserError:
            loss = _("damaged")
        shown.append(f"{version.stem} {loss}")
    if not shown:
        return []
    detail = _("kept in {folder!r} (validation loss per character): {versions}")
    return [CheckResult(name, OK, detail.format(folder=str(path), versions=", ".join(shown)))]


def _candidate(name: str, path: Path) -> list[CheckResult]:
    """Check a new translator that is not in use."""
    from malgil.modeling import translator_file
    from malgil.modeling.training_record import time_of

    try:
        losses = _shown_losses(translator_file.load_metrics(path))
    except UserError as error:
        return [CheckResult(name, OPTIONAL, str(error))]
    detail = _("a new translator that is not in use: {losses}, {time}")
    detail = detail.format(losses=losses, time=_shown_time(time_of(path)))
    fix = _("to use it: {command} --resume --overwrite, with the same --config and --set as before")
    return [CheckResult(name, OPTIONAL, detail, fix.format(command=TRAIN))]


def _shown_losses(metrics: dict[str, Any]) -> str:
    """Return the validation loss of a translator, per token and per character if it is known."""
    from malgil.modeling.training_record import TrainingRecord, shown_loss

    loss = metrics.get("training", {}).get("val_loss")
    if loss is None:
        return _("validation loss unknown")
    per_character = TrainingRecord.from_metrics(metrics).loss
    if per_character is None:
        return _("validation loss {loss:.3f}").format(loss=loss)
    message = _("validation loss {loss:.3f} ({per_character} per character)")
    return message.format(loss=loss, per_character=shown_loss(per_character))


def _training(train: Callable[[str], str], name: str, path: Path) -> list[CheckResult]:
    """Check one checkpoint. A training that has finished gives no result."""
    from malgil.modeling import translator_file

    fix = _("{command} (without --resume)").format(command=train(path.parent.name))
    try:
        state = translator_file.load_metrics(path)["state"]
        if state["is_finished"]:
            return []
        epoch, minutes = int(state["epoch"]) + 1, float(state["seconds"]) / 60
    except UserError as error:
        detail = _("{error} This training cannot be resumed.").format(error=error)
        return [CheckResult(name, OPTIONAL, detail, fix)]
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        detail = _("{path!r} is damaged ({error}): this training cannot be resumed")
        detail = detail.format(path=str(path), error=error)
        return [CheckResult(name, OPTIONAL, detail, fix)]
    detail = _(
        "not finished: in epoch {epoch} after {minutes:,.0f} minutes, {time}; it may still be "
        "running"
    )
    modified = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    detail = detail.format(epoch=epoch, minutes=minutes, time=_shown_time(modified))
    fix = _("{command} --resume, with the same --config and --set as before")
    return [CheckResult(name, OPTIONAL, detail, fix.format(command=TRAIN))]


def _shown_time(time: datetime) -> str:
    """Return a time in the local time zone for people."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M")
