"""The result of a check of the doctor, and how a list of results is shown."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["ok", "missing", "optional"]
MARKS: dict[State, str] = {"ok": "✓", "missing": "✗", "optional": "–"}


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Attributes:
        name: What it is, in a word or three.
        state: `ok`; `missing`, if it is needed to train and translate; `optional`, if it is not
            there, or could be better, and all is well without it.
        detail: What was found, in one line.
        fix: A command, or what else to do, in one line. Empty where there is nothing to do.
    """

    name: str
    state: State
    detail: str
    fix: str = ""


def guarded(name: str, check: Callable[[], list[CheckResult]], state: State) -> list[CheckResult]:
    """Run a check; an exception in it becomes a result too.

    Args:
        name: The name of the result about an exception.
        check: Returns its results.
        state: That of the result about an exception.

    Returns:
        What `check` returns, or the one result that it failed.
    """
    try:
        return check()
    except Exception as error:  # the doctor must get to the end, whatever is broken
        return [CheckResult(name, state, f"cannot be examined ({type(error).__name__}: {error})")]


def is_ready(results: Iterable[CheckResult]) -> bool:
    """Return whether nothing that is needed is missing."""
    return all(result.state != "missing" for result in results)


def to_dict(results: Iterable[CheckResult]) -> dict[str, Any]:
    """Return an object for JSON: `is_ready`, and `checks` with the fields of `CheckResult`."""
    results = list(results)
    return {
        "is_ready": is_ready(results),
        "checks": [dataclasses.asdict(result) for result in results],
    }


def to_text(results: Iterable[CheckResult]) -> str:
    """Format a line for each result, aligned; below it its fix, if it has one; then the verdict.

    Args:
        results: In the order in which they are shown.

    Returns:
        Lines, without a line end after the last.
    """
    results = list(results)
    width = max((_width(result.name) for result in results), default=0)
    lines = []
    for result in results:
        name = result.name + " " * (width - _width(result.name))
        lines.append(f"{MARKS[result.state]} {name}  {_one_line(result.detail)}")
        if result.fix:
            lines.append(f"{' ' * (width + 4)}{_one_line(result.fix)}")
    missing = [result.name for result in results if result.state == "missing"]
    verdict = (
        f"Missing: {', '.join(missing)}."
        if missing
        else "All that is needed to train and to translate is there."
    )
    return "\n".join([*lines, "", verdict])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _width(text: str) -> int:
    """Return the columns on a terminal: a Hangul syllable takes two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
