"""Fuzz targets: a parser, its honest inputs with changes, and what must hold for each of them."""

from __future__ import annotations

import contextlib
import importlib
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

from malgil.common.errors import UserError

SECONDS = 5.0  # of processor time for one input
_SHRINKING_SECONDS = 3.0
_EXAMPLES_AT_ONCE = 200

Check = Callable[[Any], object]


class Target(NamedTuple):
    """A parser to fuzz.

    Attributes:
        name: Its name on the command line.
        make_inputs: Returns the strategy of its inputs, which are literals of Python: texts, bytes,
            numbers and tuples of them.
        check: Parses an input. It may raise `UserError`; any other exception is a fault.
    """

    name: str
    make_inputs: Callable[[], SearchStrategy[Any]]
    check: Check


class Fault(NamedTuple):
    """An input that a parser does not handle.

    Attributes:
        place: The exception and the line of code that raised it, by which faults are told apart.
        value: The smallest such input that was found.
        report: The traceback.
    """

    place: str
    value: Any
    report: str


class Result(NamedTuple):
    """The number of inputs that a target was given, and the faults that were found."""

    examples: int
    faults: tuple[Fault, ...]


class _Late(BaseException):
    """Raised by the alarm; not an `Exception`, which a parser may catch."""


TARGETS: dict[str, Target] = {}
_MODULES = ("corpus_targets", "packed_targets", "text_targets", "stored_targets", "program_targets")


def load_targets() -> dict[str, Target]:
    """Return all targets by their names."""
    for name in _MODULES:
        importlib.import_module(f"tests.fuzz.{name}")
    return TARGETS


def target(make_inputs: Callable[[], SearchStrategy[Any]]) -> Callable[[Check], Check]:
    """Register a check of a parser as a target, under the name of the function."""

    def register(check: Check) -> Check:
        name = check.__name__
        assert name not in TARGETS, name
        TARGETS[name] = Target(name, make_inputs, check)
        return check

    return register


def run_once(check: Check, value: Any, seconds: float = SECONDS) -> Fault | None:
    """Parse one input.

    Returns:
        The fault; None if the input was accepted, or refused with a `UserError`.
    """
    try:
        with _time_limit(seconds):
            check(value)
    except UserError:
        return None
    except _Late as error:
        return Fault("late", value, _report(error, f"took over {seconds:.0f} s"))
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
        return Fault(place, value, _report(error, ""))
    return None


def fuzz(
    tested: Target,
    seed: int | None = None,
    examples: int | None = None,
    seconds: float | None = None,
    before: Callable[[Any], object] = lambda value: None,
) -> Result:
    """Give a target many inputs, and shrink those that it does not handle.

    Args:
        tested: The target.
        seed: The seed of the inputs; None for the same inputs each time.
        examples: The number of inputs; None for as many as the time allows.
        seconds: The processor time; None if `examples` is given.
        before: Called with each input before it is parsed.
    """
    until = time.process_time() + seconds if seconds else float("inf")
    faults: dict[str, Fault] = {}
    count, rounds = 0, 0
    inputs = tested.make_inputs()

    def search(value: Any) -> None:
        nonlocal count, shrinking_until
        if time.process_time() > (shrinking_until if found else until):
            return
        count += 1
        before(value)
        fault = run_once(tested.check, value)
        if fault is None or fault.place in faults:
            return
        if not found:
            shrinking_until = time.process_time() + _SHRINKING_SECONDS
        known = found.get(fault.place)
        if known is None or len(repr(value)) <= len(repr(known.value)):
            found[fault.place] = fault
        raise AssertionError(fault.place)

    while True:
        found: dict[str, Fault] = {}
        shrinking_until = float("inf")
        test = settings(
            max_examples=examples or _EXAMPLES_AT_ONCE,
            database=None,
            deadline=None,
            derandomize=seed is None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )(given(inputs)(search))
        if seed is not None:
            test = seeded(seed * 1_000_003 + rounds)(test)
        with contextlib.suppress(Exception):  # `found` has what it would report
            test()
        faults |= found
        rounds += 1
        if (examples and not found) or time.process_time() > until:
            return Result(count, tuple(faults.values()))


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise `_Late` in the body after some processor time, if the system has such alarms."""
    if not hasattr(signal, "SIGPROF"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise _Late

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def _report(error: BaseException, note: str) -> str:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return f"{note}\n{''.join(lines)[-4000:]}".strip()
