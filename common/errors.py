"""Errors that a user can correct, and the exit statuses of the program."""

from __future__ import annotations

import enum

from malgil.common.printable import printable


class ExitCode(enum.IntEnum):
    """The exit statuses of the command line."""

    DONE = 0
    INTERNAL_ERROR = 1
    USER_ERROR = 2
    INTERRUPTED = 130
    """Ended by Ctrl-C: 128 + SIGINT, the status that shells use."""


class UserError(Exception):
    """An error that the user can correct, described in one line.

    The message says what was received, what is accepted and what to do. The command line prints
    it without a traceback and exits with `ExitCode.USER_ERROR`; any other exception is an internal
    error. Control characters in the message become visible escapes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.split())))
