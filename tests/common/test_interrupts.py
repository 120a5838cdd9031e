"""Tests of deferred Ctrl-C: the first signal is collected, the second one raises."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from malgil.common.interrupts import (
    collect_interrupts,
    end_signals,
    exit_on_hangup,
    interrupt_at_end,
)

requires_hangup = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGHUP")
SIGNALS = [signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]
pytestmark = pytest.mark.usefixtures("hears_hangup")


@pytest.mark.parametrize("number", SIGNALS)
def test_is_collected(number: signal.Signals) -> None:
    with collect_interrupts() as received:
        assert not received
        signal.raise_signal(number)
        assert received == [number]


@pytest.mark.parametrize("number", SIGNALS[:2])
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


@requires_hangup
def test_a_closed_terminal_sends_sighup_twice_and_perhaps_sigterm() -> None:
    with collect_interrupts() as received:
        for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
            signal.raise_signal(number)
        assert len(received) == 4
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@requires_hangup
def test_nohup() -> None:
    """SIGHUP that is ignored when the program starts stays ignored."""
    assert end_signals() == (signal.SIGTERM, signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert end_signals() == (signal.SIGTERM,)
    with collect_interrupts() as received, exit_on_hangup():
        signal.raise_signal(signal.SIGHUP)
        assert received == []


@requires_hangup
def test_exit_on_hangup() -> None:
    with pytest.raises(SystemExit) as ended, exit_on_hangup():
        signal.raise_signal(signal.SIGHUP)
    assert ended.value.code == 130
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_interrupt_at_end(name: str) -> None:
    number = getattr(signal, name)
    with pytest.raises(KeyboardInterrupt), interrupt_at_end():
        with collect_interrupts() as received:
            signal.raise_signal(number)
        assert received == [number]
        signal.raise_signal(number)
    assert signal.getsignal(number) == signal.SIG_DFL
