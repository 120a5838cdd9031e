"""A fixed sample of the inputs of each fuzz target, and of the search for faults itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz.__main__ import run_all
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target, fuzz, load_targets, run_once

EXAMPLES = 12


@pytest.mark.parametrize("name", load_targets())
def test_target(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = fuzz(load_targets()[name], examples=EXAMPLES)
    assert result.examples >= EXAMPLES // 3
    assert not result.faults, "\n".join(
        f"{fault.value!r}\n{fault.report}" for fault in result.faults
    )


class TestSearch:
    def test_a_fault_is_found_and_shrunk(self) -> None:
        def check(text: str) -> None:
            assert "<<" not in text

        tested = Target("broken", lambda: mutated(["a<b", "c"], ["<"]), check)
        [fault] = fuzz(tested, examples=100).faults
        assert "<<" in fault.value and len(fault.value) < 8
        assert fault.place.startswith("AssertionError")

    def test_two_faults_are_told_apart(self) -> None:
        def check(number: int) -> None:
            if number > 50:
                raise ValueError
            if number > 40:
                raise KeyError

        result = fuzz(Target("broken", lambda: st.integers(0, 100), check), examples=100)
        assert {fault.place.split()[0]: fault.value for fault in result.faults} == {
            "ValueError": 51,
            "KeyError": 41,
        }

    def test_what_takes_too_long_is_a_fault(self) -> None:
        def check(value: Any) -> None:
            while True:
                try:
                    while True:
                        pass
                except Exception:
                    continue

        fault = run_once(check, 1, seconds=0.05)
        assert fault is not None and fault.place == "late"

    def test_a_process_that_dies_is_a_fault(self) -> None:
        def check(value: int) -> None:
            if value > 30:
                os.kill(os.getpid(), signal.SIGKILL)

        results = dict(run_all([Target("dies", lambda: st.integers(0, 99), check)], 5, 1, 1))
        [fault] = results["dies"].faults
        assert fault.value > 30 and "-9" in fault.place

    @pytest.mark.parametrize("sample", ["안녕 <b>", b"\0abc"])
    def test_a_changed_input_has_the_type_of_the_honest_one(self, sample: Any) -> None:
        seen = set()

        def check(value: Any) -> None:
            assert type(value) is type(sample)
            seen.add(value)

        assert not fuzz(Target("seen", lambda: mutated([sample]), check), examples=50).faults
        assert len(seen) > 15
