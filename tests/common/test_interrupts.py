"""Tests of deferred Ctrl-C: the first signal is collected, the second one raises."""

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
def test_the_second_raises(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        with collect_interrupts():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(number)


def test_handlers_are_restored() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with collect_interrupts():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
    with pytest.raises(ZeroDivisionError), collect_interrupts():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_outside_the_main_thread() -> None:
    """Only the main thread may handle signals; elsewhere the work continues without them."""
    results = []

    def work() -> None:
        with collect_interrupts() as received:
            results.append(list(received))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [[]]
