"""The translation of all text for people: the functions `_` and `ngettext`.

A text is a template with named fields, which are filled in after the translation is looked up:

    from malgil.common.localization import _

    raise UserError(_("cannot find {path!r}.").format(path=str(path)))

The lookup is gettext's. A catalog is a file `locale/LANGUAGE/LC_MESSAGES/malgil.mo` next to the
packages. The environment variables LANGUAGE, LC_ALL, LC_MESSAGES and LANG select the language. A
text without a translation stays in English. Modules that import `_` do not use it as a variable.
CONTRIBUTING.md describes how a language is added.

The values may come from anywhere. Their control characters become visible escapes, and their line
ends spaces, as in the message of a library that has several lines.
"""

from __future__ import annotations

import functools
import gettext
import logging
import re
import string
from pathlib import Path
from typing import Any

from malgil.common.printable import printable

_DOMAIN = "malgil"
_LINE_END = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_FOLDER = Path(__file__).resolve().parents[1] / "locale"

logger = logging.getLogger(__name__)


class _Formatter(string.Formatter):
    """Formats the values of a text for people, each as a part of one line."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text: str = super().format_field(value, format_spec)
        return text if isinstance(value, Formatted) else printable(_LINE_END.sub(" ", text))


class Formatted(str):
    """A text whose values have been filled in. It may be a value itself, with its line ends."""

    __slots__ = ()


class Template(str):
    """A text with named fields, which `format` fills in."""

    __slots__ = ()

    def format(self, *values: Any, **named: Any) -> str:
        """Fill in the fields as `str.format` does, without control characters in the values."""
        return Formatted(_FORMATTER.vformat(self, values, named))


_FORMATTER = _Formatter()


def _(message: str) -> str:
    """Return the translation of a text for people.

    Args:
        message: The English text, a constant with a field in braces for each value.

    Returns:
        The text in the language of the environment, with the same fields.
    """
    return Template(_catalog().gettext(message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the translation of a text whose form depends on a number.

    Args:
        singular: The English text for a `count` of 1.
        plural: The English text for any other `count`.
        count: The number. The text may show it as `{count}`.

    Returns:
        The text for `count` in the language of the environment, with the same fields.
    """
    return Template(_catalog().ngettext(singular, plural, count))


@functools.lru_cache(maxsize=1)
def _catalog() -> gettext.NullTranslations:
    """Load the catalog of the language of the environment, once.

    Returns:
        The catalog. An empty one, which leaves every text in English, if there is none or if its
        file is broken.
    """
    if not _FOLDER.is_dir():  # searching it for each language would take a millisecond
        return gettext.NullTranslations()
    try:
        return gettext.translation(_DOMAIN, _FOLDER, fallback=True)
    except Exception as error:  # gettext checks little: a broken file raises almost anything
        logger.warning("the messages stay in English: a file in %s is broken: %s", _FOLDER, error)
        return gettext.NullTranslations()
