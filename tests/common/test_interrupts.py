"""Ctrl-C is held back until the one who collects it has finished, but only once."""

from __future__ import annotations

import signal
import threading

import pytest

from malgil.common.interrupts import collect_interrupts

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
def test_is_collected(number: signal.Signals) -> None:
    with collect_interrupts() as received:
        assert not received
        signal.raise_signal(number)
        assert received == [number]


@pytest.mark.parametrize("number", SIGNALS)
def test_the_second_is_not_held_back(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        with collect_interrupts():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(number)


def test_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with collect_interrupts():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
    with pytest.raises(ZeroDivisionError), collect_interrupts():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_outside_the_main_thread() -> None:
    """Python lets only the main thread handle signals; the work must go on all the same."""
    results = []

    def work() -> None:
        with collect_interrupts() as received:
            results.append(list(received))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [[]]
