"""Commands that a benchmark runs: another toolkit's, or a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys


def run(command: list[str] | str) -> tuple[str, float]:
    """Run a command to its end. Returns what it printed, and its peak memory in MiB."""
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
    """The speed that a peer printed: the last number behind `label=`, else the last number."""
    found = re.findall(rf"{label}=([\d.]+)", output) or re.findall(r"\d+(?:\.\d+)?", output)
    if not found:
        sys.exit(f"the peer printed no number:\n{output}")
    return float(found[-1])
