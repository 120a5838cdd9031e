"""The one kind of error that a user can mend."""

from __future__ import annotations


class UserError(Exception):
    """A mistake that the user can mend, told in one line.

    The message says what was received, what is accepted and what to do. `app.py` prints it
    without a traceback and exits with status 2; any other exception is a fault of the program
    and exits with status 1.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
