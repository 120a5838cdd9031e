"""The runner of commands: a failed command, and the speed in the output of a peer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.inference import fill
from benchmarks.subprocess_runner import run_command, speed_in
from malgil.common.locations import ROOT


def test_output_and_memory_of_a_command() -> None:
    # In a small process: until it starts the command, a child has the memory of its parent.
    program = (
        "import sys; from benchmarks.subprocess_runner import run_command; "
        "output, mebibytes = run_command([sys.executable, '-c', 'print(\"가\")']); "
        "assert output == '가\\n'; assert 1 < mebibytes < 1000, mebibytes"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_failed_command_of_the_shell_is_shown() -> None:
    with pytest.raises(SystemExit, match=r"exit status 3: echo out; exit 3\nout"):
        run_command("echo out; exit 3")


def test_failed_command_of_the_project_reports_its_own_error() -> None:
    with pytest.raises(SystemExit) as raised:
        run_command([sys.executable, "-c", "raise SystemExit(2)"])
    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("output", "speed"),
    [
        ("took 3 s\nspeed=10.5 speed=12.25 in 2 rounds", 12.25),
        ("speed=7.", 7.0),
        ("3 sentences, 41 per second", 41.0),
    ],
)
def test_speed_of_a_peer(output: str, speed: float) -> None:
    assert speed_in(output, "speed") == speed


@pytest.mark.parametrize("output", ["", "no number", "speed=0"])
def test_peer_without_a_speed_ends_the_benchmark(output: str) -> None:
    with pytest.raises(SystemExit, match="must print speed=NUMBER"):
        speed_in(output, "speed")


def test_only_known_fields_of_a_command_are_filled_in() -> None:
    command = fill("decode {beam} {batch} | awk '{print $1}'", beam=5, batch=32)
    assert command == "decode 5 32 | awk '{print $1}'"
