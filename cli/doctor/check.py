"""What the doctor finds: one thing that is there or not, with its mend, and how a list is shown."""

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
    """One thing that was looked at.

    Attributes:
        name: What it is, in a word or three.
        state: `ok`; `missing`, if it is needed to train and translate; `optional`, if it is not
            there, or could be better, and all is well without it.
        detail: What was seen, in one line.
        mend: A command, or what else to do, in one line. Empty where there is nothing to do.
    """

    name: str
    state: State
    detail: str
    mend: str = ""


def guarded(name: str, topic: Callable[[], list[CheckResult]], state: State) -> list[CheckResult]:
    """The findings of a topic; an exception in it becomes a finding too.

    Args:
        name: The topic's, for the finding about an exception.
        topic: Looks, and says what it found.
        state: That of the finding about an exception.

    Returns:
        What `topic` returns, or the one finding that it failed.
    """
    try:
        return topic()
    except Exception as error:  # the doctor must get to the end, whatever is broken
        return [CheckResult(name, state, f"cannot be examined ({type(error).__name__}: {error})")]


def is_ready(findings: Iterable[CheckResult]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(finding.state != "missing" for finding in findings)


def to_dict(findings: Iterable[CheckResult]) -> dict[str, Any]:
    """One object for JSON: `is_ready`, and `findings`, each with the fields of `CheckResult`."""
    findings = list(findings)
    return {
        "is_ready": is_ready(findings),
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }


def to_text(findings: Iterable[CheckResult]) -> str:
    """A line for each finding, aligned; below it its mend, if it has one; the verdict at the end.

    Args:
        findings: In the order in which they are shown.

    Returns:
        Lines, without a line end behind the last.
    """
    findings = list(findings)
    width = max((_width(finding.name) for finding in findings), default=0)
    lines = []
    for finding in findings:
        name = finding.name + " " * (width - _width(finding.name))
        lines.append(f"{MARKS[finding.state]} {name}  {_one_line(finding.detail)}")
        if finding.mend:
            lines.append(f"{' ' * (width + 4)}{_one_line(finding.mend)}")
    missing = [finding.name for finding in findings if finding.state == "missing"]
    verdict = (
        f"Missing: {', '.join(missing)}."
        if missing
        else "All that is needed to train and to translate is there."
    )
    return "\n".join([*lines, "", verdict])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _width(text: str) -> int:
    """Columns on a terminal: a Hangul syllable takes two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
