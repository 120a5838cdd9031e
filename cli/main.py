"""The entry point of the command line: runs a mode and turns its outcome into an exit status."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence

from malgil.cli import modes
from malgil.cli.options import parse
from malgil.cli.streams import prepare_streams, release_output
from malgil.common.errors import ExitCode, UserError
from malgil.common.locations import INSTALL
from malgil.common.logging import messages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments after the program's name; None for those of the process.

    Returns:
        The exit status, an `ExitCode`.
    """
    prepare_streams()
    is_debug = False
    try:
        with messages():
            options = parse(arguments)
            is_debug = options.debug
            options.check()
            status = modes.run(options)
            sys.stdout.flush()  # here, where an error can still be reported
        return status
    except BrokenPipeError:  # the reader of the output has closed it, as `head` does
        release_output()
        return ExitCode.DONE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        release_output()
        return _report(error)


def _report(error: Exception) -> ExitCode:
    """Print an error in one line, and return its exit status."""
    message = _user_error(error)
    if message:
        print(f"error: {message}", file=sys.stderr)
        return ExitCode.USER_ERROR
    reason = " ".join(str(error).split())
    print(
        f"fault of the program: {type(error).__name__}: {reason} (--debug shows where)",
        file=sys.stderr,
    )
    return ExitCode.INTERNAL_ERROR


def _user_error(error: Exception) -> str | None:
    """Return what the user can correct about an error; None for an internal error."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot write the output: {error.strerror}. Free some space."
    if isinstance(error, ModuleNotFoundError):
        return (
            f"the package {error.name} is not installed: {INSTALL}. "
            "--mode doctor shows all that is missing."
        )
    return None
