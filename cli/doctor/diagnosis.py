"""The mode doctor: checks what training and translating need, and how to fix what is missing."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from typing import TextIO

from malgil.cli.doctor import files, hardware, software
from malgil.cli.doctor.check import CheckResult, State, guarded, is_ready, to_dict, to_text
from malgil.cli.options import Options
from malgil.common.errors import ExitCode
from malgil.settings import Settings


def run(options: Options) -> int:
    """Check all that training and translating with these options' settings need.

    Args:
        options: `json` asks for JSON; `config` and `set` name the settings.

    Returns:
        The exit status.
    """
    return diagnose(options.settings(), options.json)


def diagnose(settings: Settings, as_json: bool = False, stream: TextIO | None = None) -> ExitCode:
    """Run all checks, and print their results.

    Args:
        settings: Those to train and translate with.
        as_json: One JSON object instead of text: `is_ready` and `checks`.
        stream: Where to write; standard output where it is None.

    Returns:
        `DONE` if all that is needed is there, `USER_ERROR` if something is missing.
    """
    results = run_checks(settings)
    text = json.dumps(to_dict(results), ensure_ascii=False) if as_json else to_text(results)
    print(text, file=stream or sys.stdout)
    return ExitCode.DONE if is_ready(results) else ExitCode.USER_ERROR


def run_checks(settings: Settings) -> list[CheckResult]:
    """Return the results of every check. One that raises has that as its result.

    Args:
        settings: Those to train and translate with.
    """
    checks: tuple[tuple[str, Callable[[Settings], list[CheckResult]], State], ...] = (
        ("packages", software.check_packages, "missing"),
        ("TensorFlow runs", hardware.check_tensorflow, "missing"),
        ("GPU", hardware.check_gpu, "optional"),
        ("processor", hardware.check_processor, "optional"),
        ("memory", hardware.check_memory, "optional"),
        ("disk", hardware.check_disk, "missing"),
        ("taggers", software.check_taggers, "missing"),
        ("Java", software.check_java, "optional"),
        ("Hangul font", software.check_fonts, "optional"),
        ("corpus", files.check_corpus, "missing"),
        ("translators", files.check_translators, "optional"),
    )
    return [
        result
        for name, check, state in checks
        for result in guarded(name, functools.partial(check, settings), state)
    ]
