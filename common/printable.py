"""Text that others wrote, as it may be shown on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text whose control and other unprintable characters are escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
