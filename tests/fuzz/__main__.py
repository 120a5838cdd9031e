"""Fuzzing of all parsers for a given time: `python -m tests.fuzz --minutes 10`.

The time, which is that of the processors, is shared equally among the targets, each of which has a
process of its own. An input that a parser does not handle is written to build/fuzz, and the command
that parses it again is printed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import faulthandler
import hashlib
import multiprocessing
import os
import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from tests.fuzz.target import Fault, Result, Target, fuzz, load_targets, run_once

_FAULTS = Path("build/fuzz")
_ADDRESS_SPACE = 6 << 30
_HANG_SECONDS = 600.0  # a C function that takes longer cannot be interrupted: its process ends
_processes = multiprocessing.get_context("fork")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the targets, and print a table. Returns 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="the time for all targets")
    parser.add_argument("--seed", type=int, help="repeats a run; random if it is not given")
    parser.add_argument("--target", action="append", help="only this target; can be repeated")
    parser.add_argument("--input", help="parse one input, a file that was written before, and stop")
    options = parser.parse_args(arguments)
    known = load_targets()
    targets = [known[name] for name in options.target or known]
    if options.input is not None:
        fault = run_once(targets[0].check, _literal(Path(options.input)))
        print(fault.report if fault else "no fault")
        return int(bool(fault))
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    print(f"{len(targets)} targets, {options.minutes:g} minutes, --seed {seed}", flush=True)
    workers = min(os.cpu_count() or 1, len(targets))
    seconds = options.minutes * 60 * workers / len(targets)
    examples, faults = 0, 0
    _print_row("target", "inputs", "faults")
    for name, result in run_all(targets, seconds, seed, workers):
        _print_row(name, f"{result.examples:,}", str(len(result.faults)))
        for fault in result.faults:
            _FAULTS.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256(repr(fault.value).encode()).hexdigest()
            path = _FAULTS / f"{name}-{digest[:8]}.txt"
            path.write_text(repr(fault.value), encoding="utf-8")
            print(f"\n{fault.place}\n{fault.report}\nTo parse it again:")
            print(f"python -m tests.fuzz --target {name} --input {path}\n", flush=True)
        examples += result.examples
        faults += len(result.faults)
    _print_row("total", f"{examples:,}", str(faults))
    return int(bool(faults))


def _literal(path: Path) -> Any:
    return ast.literal_eval(path.read_text(encoding="utf-8"))


def _print_row(name: str, examples: str, faults: str) -> None:
    print(f"{name:<24}{examples:>12}{faults:>8}", flush=True)


def run_all(
    targets: Sequence[Target], seconds: float, seed: int, workers: int
) -> Iterator[tuple[str, Result]]:
    """Run each target in a process of its own.

    Args:
        targets: The targets.
        seconds: The processor time for each of them.
        seed: The seed of the inputs.
        workers: The number of targets that run at the same time.

    Yields:
        The name and the result of each target when it has finished.
    """
    waiting, running = list(targets), {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < workers:
                tested = waiting.pop(0)
                current = Path(folder) / tested.name
                ours, theirs = _processes.Pipe(duplex=False)
                process = _processes.Process(
                    target=_work, args=(tested, seed, seconds, current, theirs), daemon=True
                )
                process.start()
                theirs.close()
                running[ours] = (tested.name, process, current)
            for ready in wait(list(running)):
                name, process, current = running.pop(ready)  # type: ignore[arg-type]
                result = None
                with contextlib.suppress(EOFError):
                    result = ready.recv()  # type: ignore[union-attr]
                process.join()
                yield name, result or _died(process.exitcode, current)


def _work(tested: Target, seed: int, seconds: float, current: Path, answers: Any) -> None:
    """Run a target in this process, which may die: its last input is kept in a file."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = current.with_suffix(".folder")
    folder.mkdir()
    os.chdir(folder)

    with (
        open(os.devnull, "w") as nowhere,
        open(current, "w", encoding="utf-8") as file,
        open(current.with_suffix(".trace"), "w") as trace,
    ):
        sys.stdout = sys.stderr = nowhere

        def note(value: Any) -> None:
            faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True, file=trace)
            file.seek(0)
            file.write(repr(value))
            file.truncate()
            file.flush()

        answers.send(fuzz(tested, seed, seconds=seconds, before=note))
    answers.close()
    os._exit(0)


def _died(code: int | None, current: Path) -> Result:
    """Return the result of a process that a signal or the C function of a library has ended."""
    text = current.read_text(encoding="utf-8") if current.exists() else ""
    with contextlib.suppress(ValueError, SyntaxError):
        return Result(0, (Fault(f"died, {code}", ast.literal_eval(text), f"exit code {code}"),))
    return Result(0, (Fault(f"died, {code}", "", f"exit code {code}"),))


if __name__ == "__main__":
    sys.exit(main())
