"""The result of a check of the doctor, and how a list of results is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import malgil
from malgil.common.localization import _
from malgil.common.locations import INSTALL
from malgil.common.table import display_width, pad_to_width

State = Literal["ok", "missing", "optional"]
OK: Final = "ok"
MISSING: Final = "missing"
OPTIONAL: Final = "optional"
MARKS: dict[State, str] = {OK: "✓", MISSING: "✗", OPTIONAL: "–"}

Purpose = Literal["translating", "training"]
TRANSLATING: Final = "translating"
TRAINING: Final = "training"
PURPOSES: tuple[Purpose, ...] = (TRANSLATING, TRAINING)


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        name: What was checked, in one to three words.
        state: `ok`; `missing`, if it is absent or broken and needed; `optional`, if it is absent
            or could be better and is not needed.
        detail: What was found, in one line.
        fix: A command or another remedy, in one line. Empty if there is nothing to do.
        needed_for: What a `missing` result prevents. Empty: what its group of checks is needed for,
            see `in_group`.
        note: What the last lines say instead of "Translating: ready." JSON does not contain it.
    """

    name: str
    state: State
    detail: str
    fix: str = ""
    needed_for: tuple[Purpose, ...] = ()
    note: str = ""


def guarded(name: str, check: Callable[[], list[CheckResult]], state: State) -> list[CheckResult]:
    """Run a check, and turn an exception in it into a result.

    Args:
        name: The name of the result that reports an exception.
        check: Returns its results.
        state: The state of the result that reports an exception.

    Returns:
        The results of `check`, or one result that reports its exception.
    """
    try:
        return check()
    except Exception as error:  # the doctor must finish, however broken the system is
        detail = _("cannot be checked ({kind}: {error})").format(
            kind=type(error).__name__, error=error
        )
        return [CheckResult(name, state, detail)]


def in_group(results: Iterable[CheckResult], needed_for: tuple[Purpose, ...]) -> list[CheckResult]:
    """Return the results of one group of checks, with what they are needed for.

    Args:
        results: The results of the group.
        needed_for: What a missing result prevents, if the result itself does not say.
    """
    return [
        dataclasses.replace(result, needed_for=result.needed_for or needed_for)
        for result in results
    ]


def missing_for(results: Iterable[CheckResult], purpose: Purpose) -> list[str]:
    """Return the names of the results that prevent translating or training."""
    return [
        result.name
        for result in results
        if result.state == MISSING and purpose in (result.needed_for or PURPOSES)
    ]


def is_ready(results: Iterable[CheckResult], purpose: Purpose) -> bool:
    """Return whether nothing is missing that translating or training needs."""
    return not missing_for(results, purpose)


def to_dict(results: Iterable[CheckResult]) -> dict[str, Any]:
    """Return an object for JSON.

    Returns:
        `version`, of Malgil; `is_ready`, true or false for `translating` and for `training`; and
        `checks`, each with the fields of `CheckResult` except the note.
    """
    results = list(results)
    checks = [dataclasses.asdict(result) for result in results]
    for check in checks:
        del check["note"]
    return {
        "version": malgil.__version__,
        "is_ready": {purpose: is_ready(results, purpose) for purpose in PURPOSES},
        "checks": checks,
    }


def to_text(results: Iterable[CheckResult]) -> str:
    """Format the version, an aligned line for each result, its fix below it, and the verdict.

    Args:
        results: In the order in which they are shown.

    Returns:
        Lines, without a line end after the last.
    """
    results = list(results)
    width = max((display_width(result.name) for result in results), default=0)
    lines = [_("Malgil {version}").format(version=malgil.__version__), ""]
    for result in results:
        name = pad_to_width(result.name, width)
        lines.append(f"{MARKS[result.state]} {name}  {_one_line(result.detail)}")
        if result.fix:
            lines.append(f"{' ' * (width + 4)}{_one_line(result.fix)}")
    return "\n".join([*lines, "", *_verdict(results)])


def _verdict(results: Sequence[CheckResult]) -> list[str]:
    """Return a line about translating and one about training; and how to install all packages."""
    lines = []
    for purpose in PURPOSES:
        names = ", ".join(missing_for(results, purpose))
        if purpose == TRANSLATING:
            ready = next((each.note for each in results if each.note), _("Translating: ready."))
            text = _("Translating: needs {names}.") if names else ready
        else:
            text = _("Training: needs {names}.") if names else _("Training: ready.")
        lines.append(text.format(names=names) if names else text)
    fixes = [result.fix for result in results if result.state == MISSING]
    if sum(fix.startswith("pip install ") for fix in fixes) > 1:
        lines.append(_("To install all packages: {command}").format(command=INSTALL))
    return lines


def _one_line(text: str) -> str:
    return " ".join(text.split())
