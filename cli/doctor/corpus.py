"""Checks of the files of sentence pairs that `[data]` names."""

from __future__ import annotations

from malgil.cli.doctor.check import MISSING, OK, OPTIONAL, CheckResult, State
from malgil.common.errors import UserError
from malgil.common.files import as_user_error, require_file
from malgil.common.localization import _
from malgil.settings import Settings, find


def check_corpus(settings: Settings) -> list[CheckResult]:
    """Check that the files of `[data]` can be read. Training does not need those of `test`."""
    results = []
    for key in ("train", "valid", "test"):
        names = getattr(settings.data, key)
        problems = [problem for name in names if (problem := _problem(name))]
        if names and not problems:
            results.append(CheckResult(f"data.{key}", OK, ", ".join(names)))
            continue
        detail = " ".join(problems) if names else _("the setting is empty")
        fix = _("--set data.{key}=FILE").format(key=key)
        state: State = OPTIONAL if key == "test" else MISSING
        results.append(CheckResult(f"data.{key}", state, detail, fix))
    return results


def _problem(name: str) -> str:
    """Return why a file of sentence pairs cannot be read; empty if it can."""
    path = find(name)
    try:
        require_file(path)
        with as_user_error(path, "read"), open(path, "rb") as file:
            is_empty = not file.read(1)
    except UserError as error:
        return str(error)
    return _("{path!r} is empty.").format(path=name) if is_empty else ""
