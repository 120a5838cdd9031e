"""The files of `--output` and `--attention`: checked and locked early, written atomically."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.files import as_user_error, remove_leftovers, write_atomically
from malgil.common.localization import _
from malgil.common.locks import exclusive


@contextlib.contextmanager
def reserve_output(options: Options) -> Iterator[None]:
    """Check the files of a run as `check_output`, and hold their locks for the body.

    Args:
        options: As for `check_output`.

    Raises:
        UserError: As `check_output`, or if another process writes one of the files.
    """
    check_output(options)
    with contextlib.ExitStack() as stack:
        for path in filter(None, (options.output, options.attention)):
            stack.enter_context(exclusive(path))
        check_output(options)  # another run may have written them since
        yield


def check_output(options: Options) -> None:
    """Check that the files of a run can be written, before time is spent.

    Args:
        options: `output`, `attention`, `overwrite`, and the files that are read.

    Raises:
        UserError: If a file exists, is a device or a pipe, its folder is missing or cannot be
            written to, the run would replace a file that it reads, or it is to be resumed and is
            complete.
    """
    if options.attention:
        from malgil.evaluation.plotting.style import picture_format

        picture_format(options.attention, "--attention")
    in_use = list(_files_read(options))
    for flag, value in (("--output", options.output), ("--attention", options.attention)):
        if value:
            _check_file(flag, value, in_use)
            in_use.append((flag, value))
    if options.output and options.resume:
        _require_part(options.output)
    if options.output and not options.overwrite and Path(options.output).exists():
        raise UserError(
            _("--output: {path!r} exists. Choose another file, or add --overwrite.").format(
                path=options.output
            )
        )


def _require_part(output: str) -> None:
    """Refuse to resume a run that is complete. If the output is missing, `resumable` reports it."""
    from malgil.cli.resumable_output import part_of

    path = Path(output)
    if path.exists() and not part_of(path).exists():
        raise UserError(
            _(
                "nothing to resume: {path!r} is complete. To translate again, run with "
                "--overwrite and without --resume."
            ).format(path=output)
        )


def _files_read(options: Options) -> Iterator[tuple[str, str]]:
    """Yield the files that a run reads, each with the option that names it."""
    given = {"--config": options.config, "--glossary": options.glossary, "--input": options.input}
    for flag, value in given.items():
        if value:
            yield flag, value
    for part in (options.input or "").split(","):  # evaluate accepts two files, SOURCE,TARGET
        if part:
            yield "--input", part


def _check_file(flag: str, value: str, in_use: Sequence[tuple[str, str]]) -> None:
    """Refuse a file that cannot be written, or that the same run uses otherwise."""
    path = Path(value)
    for other, name in in_use:
        if os.path.realpath(path) == os.path.realpath(name):
            raise UserError(
                _("{flag}: {path!r} is the file of {other}. Choose another file.").format(
                    flag=flag, path=value, other=other
                )
            )
    with as_user_error(value, "write", flag):
        folder = Path(os.path.realpath(path)).parent
        code = 0
        if path.is_dir():
            code = errno.EISDIR
        elif path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, _("it is a device or a pipe, not a file"))
        elif not folder.is_dir():
            code = errno.ENOTDIR if folder.exists() else errno.ENOENT
        elif not os.access(folder, os.W_OK):
            code = errno.EACCES
        if code:
            raise OSError(code, os.strerror(code))


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[IO[str]]:
    """Open the file at `path`, which appears only when it is complete.

    Args:
        path: The file, whose lock the caller holds (`reserve_output`); None for standard output.

    Yields:
        A text file in UTF-8.

    Raises:
        UserError: If the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    remove_killed(Path(path))
    with write_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.detach()  # flushes, and leaves closing to `write_atomically`


def remove_killed(path: Path) -> None:
    """Remove the temporary files that killed runs left of a file, whose lock the caller holds."""
    path = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):  # they may belong to another user
        remove_leftovers(path.parent, path.name)
