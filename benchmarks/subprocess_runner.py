"""Running commands from a benchmark: another toolkit, or a new process of the benchmark itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys


def run_command(command: list[str] | str) -> tuple[str, float]:
    """Run a command. Returns its standard output and its peak memory in MiB."""
    process = subprocess.Popen(
        command, shell=isinstance(command, str), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with status {os.waitstatus_to_exitcode(status)}:\n{output}")
    return output, usage.ru_maxrss / 1024


def speed_in(output: str, label: str) -> float:
    """Return the speed in a peer's output: the last number after `label=`, else the last number."""
    numbers = re.findall(rf"{label}=([\d.]+)", output) or re.findall(r"\d+(?:\.\d+)?", output)
    if not numbers:
        sys.exit(f"the peer printed no number:\n{output}")
    return float(numbers[-1])
