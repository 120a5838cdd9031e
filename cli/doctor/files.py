"""Checks of files: the trained translators and the trainings that can be resumed."""

from __future__ import annotations

import functools
import os
import shlex
import time
from pathlib import Path

from malgil.cli.doctor.check import CheckResult, guarded
from malgil.common.errors import UserError
from malgil.common.locations import COMMAND
from malgil.settings import Settings, from_dict

TRAIN = f"{COMMAND} --mode train"


def check_translators(settings: Settings) -> list[CheckResult]:
    """Check each trained translator, and each training that has not finished."""
    from malgil.modeling import translator_file

    kinds = (
        ("translator", translator_file.FILE_NAME, _translator),
        ("training", translator_file.CHECKPOINT_NAME, _training),
    )
    results = []
    root = settings.folder.parent
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        for kind, file_name, check in kinds:
            path = folder / file_name
            if os.path.isfile(path):
                name = f"{kind} {folder.name}"
                results += guarded(name, functools.partial(check, name, path), "missing")
    if not any(os.path.isfile(settings.folder / file_name) for _, file_name, _ in kinds):
        name = f"translator {settings.translator.name}"
        results.append(CheckResult(name, "optional", "not trained yet", TRAIN))
    return results


def _translator(name: str, path: Path) -> list[CheckResult]:
    """Check one translator: what it is, or what is wrong with its file."""
    from malgil.modeling import translator_file

    try:
        stored = translator_file.load(path)
        data = from_dict(stored.settings).data
    except UserError as error:
        fix = f"{TRAIN} --set translator.name={shlex.quote(path.parent.name)}"
        return [CheckResult(name, "missing", str(error), fix)]
    loss = stored.metrics.get("training", {}).get("val_loss")
    facts = [
        f"{data.source_language} → {data.target_language}",
        "validation loss unknown" if loss is None else f"validation loss {loss:.3f}",
        f"{path.stat().st_size / 10**6:,.1f} MB",
        _date(path),
    ]
    return [CheckResult(name, "ok", ", ".join(facts))]


def _training(name: str, path: Path) -> list[CheckResult]:
    """Check one checkpoint. A training that has finished gives no result."""
    from malgil.modeling import translator_file

    try:
        state = translator_file.load_metrics(path)["state"]
        if state["is_finished"]:
            return []
        done = f"epoch {state['epoch'] + 1} after {state['seconds'] / 60:,.0f} minutes"
    except UserError as error:
        detail = f"{error} This training cannot be resumed."
        return [CheckResult(name, "optional", detail, f"{TRAIN}, without --resume")]
    except (KeyError, ValueError, TypeError) as error:
        detail = f"{str(path)!r} is damaged ({error}): this training cannot be resumed"
        return [CheckResult(name, "optional", detail, f"{TRAIN}, without --resume")]
    detail = f"not finished: in {done}, {_date(path)}; it may still be running"
    fix = f"{TRAIN} --resume, with the same --config and --set as before"
    return [CheckResult(name, "optional", detail, fix)]


def _date(path: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
