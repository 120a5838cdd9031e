"""A runner of commands: another toolkit, or a new process of the benchmark itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys

_NUMBER = r"\d+(?:\.\d+)?"


def run_command(command: list[str] | str) -> tuple[str, float]:
    """Run a command. Return its standard output and its peak memory in MiB.

    A command that fails ends the benchmark. A list is a command of this project, which reports its
    own errors; a text is a command of the shell, whose output is shown.
    """
    process = subprocess.Popen(
        command, shell=isinstance(command, str), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        if isinstance(command, list):
            sys.exit(code)
        sys.exit(f"error: the command failed with exit status {code}: {command}\n{output}")
    return output, usage.ru_maxrss / 1024


def speed_in(output: str, label: str) -> float:
    """Return the speed in the output of a peer.

    Output without a number above 0 ends the benchmark.

    Args:
        output: The output.
        label: The number follows the last `label=`; without one, it is the last number.
    """
    numbers = re.findall(rf"{label}=({_NUMBER})", output) or re.findall(_NUMBER, output)
    if not numbers or float(numbers[-1]) <= 0:
        sys.exit(f"error: the peer must print {label}=NUMBER, above 0. Received:\n{output}")
    return float(numbers[-1])
