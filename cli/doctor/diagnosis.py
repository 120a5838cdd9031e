"""The mode doctor: checks what translating and training need, and how to fix what is missing."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TextIO

from malgil.cli.doctor import corpus, files, hardware, software, tensorflow_probe
from malgil.cli.doctor.check import (
    MISSING,
    OPTIONAL,
    PURPOSES,
    TRAINING,
    TRANSLATING,
    CheckResult,
    Purpose,
    State,
    guarded,
    in_group,
    is_ready,
    to_dict,
    to_text,
)
from malgil.cli.options import Options
from malgil.cli.output_format import json_line
from malgil.common.errors import ExitCode
from malgil.common.localization import _
from malgil.settings import Settings


def run(options: Options) -> int:
    """Check everything that translating and training with the settings of these options need.

    Args:
        options: `json` asks for JSON; `config` and `overrides` choose the settings.

    Returns:
        The exit status.
    """
    return diagnose(options.settings(), options.json, config=options.config)


def diagnose(
    settings: Settings,
    as_json: bool = False,
    stream: TextIO | None = None,
    config: str | None = None,
) -> ExitCode:
    """Run all checks, and print their results.

    Args:
        settings: The settings to translate and train with.
        as_json: Whether to print one JSON object instead of text; see `check.to_dict`.
        stream: Where to write; standard output if None.
        config: The value of `--config`, for the commands that the results suggest.

    Returns:
        `DONE` if nothing is missing that translating needs, else `USER_ERROR`. An installation
        that only translates, without TensorFlow, is complete.
    """
    results = run_checks(settings, config)
    text = json_line(to_dict(results)) if as_json else to_text(results)
    print(text, file=stream or sys.stdout)
    return ExitCode.DONE if is_ready(results, TRANSLATING) else ExitCode.USER_ERROR


def run_checks(settings: Settings, config: str | None = None) -> list[CheckResult]:
    """Return the results of every check. A check that raises gives a result that says so.

    Args:
        settings: The settings to translate and train with.
        config: The value of `--config`, for the commands that the results suggest.
    """
    translators = functools.partial(files.check_translators, config=config)
    tensorflow = tensorflow_probe.purposes(settings)
    groups: tuple[
        tuple[str, Callable[[Settings], list[CheckResult]], State, tuple[Purpose, ...]], ...
    ] = (
        (_("packages"), software.check_packages, MISSING, PURPOSES),
        (_("working TensorFlow"), hardware.check_tensorflow, MISSING, tensorflow),
        (_("GPU"), hardware.check_gpu, OPTIONAL, (TRAINING,)),
        (_("processor"), hardware.check_processor, OPTIONAL, PURPOSES),
        (_("memory"), hardware.check_memory, OPTIONAL, PURPOSES),
        (_("disk space"), hardware.check_disk, MISSING, (TRAINING,)),
        (_("taggers"), software.check_taggers, MISSING, PURPOSES),
        (_("Java"), software.check_java, OPTIONAL, PURPOSES),
        (_("Hangul font"), software.check_fonts, OPTIONAL, PURPOSES),
        (_("corpus"), corpus.check_corpus, MISSING, (TRAINING,)),
        (_("translators"), translators, OPTIONAL, (TRANSLATING,)),
    )
    return [
        result
        for name, check, state, needed_for in groups
        for result in in_group(guarded(name, functools.partial(check, settings), state), needed_for)
    ]
