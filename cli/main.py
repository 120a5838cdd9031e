"""The entry point of the command line: runs a mode and turns its outcome into an exit status."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from malgil.cli import modes
from malgil.cli.arguments import parse
from malgil.cli.streams import printable_streams, release_output
from malgil.common.errors import ExitCode, UserError
from malgil.common.localization import _
from malgil.common.locations import COMMAND, INSTALL
from malgil.common.logging import messages

_DEBUG = "--debug"
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# The causes of an error about a path that a user can remove.
_PATH_ERRORS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the name of the program; None for those of the process.

    Returns:
        The exit status, an `ExitCode`.
    """
    with printable_streams():
        return _main(sys.argv[1:] if arguments is None else arguments)


def _main(arguments: Sequence[str]) -> int:
    """Run the command line, and report its errors. Returns the exit status."""
    try:
        with messages():
            status = _run(arguments)
            sys.stdout.flush()  # now, while an error can still be reported
        return status
    except BrokenPipeError:  # the reader of the output has closed it, as `head` does
        release_output()
        return ExitCode.DONE
    except KeyboardInterrupt:
        print(_("interrupted"), file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if _DEBUG in arguments:
            traceback.print_exc()
        release_output()
        return _report(error)


def _run(arguments: Sequence[str]) -> int:
    """Show the help or the version, or run a mode. Returns the exit status."""
    if not arguments or {"-h", "--help", "--version"} & set(arguments):
        from malgil.cli import help as help_texts

        if not arguments:
            print(help_texts.short_usage(), file=sys.stderr)
            return ExitCode.USER_ERROR
        text = help_texts.requested_text(arguments)
        if text is not None:
            print(text)
            return ExitCode.DONE
    options = parse(arguments)
    options.check()
    return modes.run(options)


def _report(error: Exception) -> ExitCode:
    """Print an error in one line, and return its exit status."""
    message = _user_error(error)
    if message:
        print(_("error: {message}").format(message=message), file=sys.stderr)
        return ExitCode.USER_ERROR
    print(
        _("internal error: {kind}: {reason} (--debug shows the traceback)").format(
            kind=type(error).__name__, reason=_one_line(error)
        ),
        file=sys.stderr,
    )
    return ExitCode.INTERNAL_ERROR


def _user_error(error: Exception) -> str | None:
    """Return what the user can correct about an error; None for an internal error."""
    if isinstance(error, UserError):
        return str(error)
    if _is_raised_by_keras(error):
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        if backend != "tensorflow" and isinstance(error, (ImportError, ValueError)):
            return _(
                "Keras cannot use the backend of the environment variable KERAS_BACKEND, "
                "{backend!r}: {reason}. Type: export KERAS_BACKEND=tensorflow"
            ).format(backend=backend, reason=_one_line(error).rstrip("."))
    if isinstance(error, ModuleNotFoundError):
        return _(
            "the package {name} is not installed. Type: {install}. To check all packages, type: "
            "{command} --mode doctor"
        ).format(name=error.name, install=INSTALL, command=COMMAND)
    if isinstance(error, OSError):
        return _file_error(error)
    return None


def _file_error(error: OSError) -> str | None:
    """Return what the user can correct about an error of the system; None if nothing."""
    if error.errno in _DISK_FULL:
        return _("cannot write the output: {reason}. Free some space.").format(
            reason=error.strerror
        )
    if error.errno in _PATH_ERRORS and error.filename is not None:
        return _("cannot access {path!r}: {reason}. Choose another path.").format(
            path=os.fspath(error.filename), reason=error.strerror
        )
    if isinstance(error, FileNotFoundError) and not _has_current_folder():
        return _("the current folder no longer exists. Change to another folder: cd")
    return None


def _has_current_folder() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _is_raised_by_keras(error: BaseException) -> bool:
    """Return whether an error comes out of Keras, as if it cannot start."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__", "").startswith("keras.") for frame, _line in frames)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
