"""The files that `--output` and `--attention` name: checked early, whole or not there."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.files import write_atomically


def check_output(options: Options) -> None:
    """Check that what is to be written can be, before time is spent.

    Args:
        options: `output`, `attention`, `overwrite` and `input` are looked at.

    Raises:
        UserError: If a file is in the way, a folder is missing, or the input would be replaced.
    """
    if options.attention:
        from malgil.evaluation.plotting.style import picture_format

        picture_format(options.attention)
    for flag, value in (("--output", options.output), ("--attention", options.attention)):
        if not value:
            continue
        path = Path(value)
        if options.input and path.resolve() == Path(options.input).resolve():
            raise UserError(f"{flag} {value!r} is the input itself. Name another file.")
        if path.is_dir():
            raise UserError(f"{flag} {value!r} is a folder. Name a file.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"{flag} {value!r}: its folder is not there. Create it first.")
    if options.output and not options.overwrite and Path(options.output).exists():
        raise UserError(
            f"--output {options.output!r} exists. Name another file, or add --overwrite."
        )


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[IO[str]]:
    """Open the file at `path`, which appears only when it is whole.

    Args:
        path: The file; None for standard output.

    Yields:
        A text file in UTF-8.

    Raises:
        UserError: If the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    with write_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.detach()  # flushes; the file is closed by who opened it
