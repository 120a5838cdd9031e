"""The one function through which all text for people passes: `_`.

A text is a template with named fields, filled in after it has been looked up:

    from malgil.common.localization import _

    raise UserError(_("cannot find {path!r}.").format(path=str(path)))

The lookup is gettext's. A catalogue is a file `locale/LANGUAGE/LC_MESSAGES/malgil.mo` beside the
packages; the environment variables LANGUAGE, LC_ALL, LC_MESSAGES and LANG choose the language, and
without a catalogue the English text is its own translation. `_` is no name for a variable that is
not used in modules that import it.
"""

from __future__ import annotations

import functools
import gettext
from pathlib import Path

_DOMAIN = "malgil"
_FOLDER = Path(__file__).resolve().parents[1] / "locale"


def _(message: str) -> str:
    """Return the translation of a text for people.

    Args:
        message: A constant: the English text, with a field in braces for each value.

    Returns:
        The text in the language of the environment, with the same fields.
    """
    return _catalogue().gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the translation of a text whose form depends on a number.

    Args:
        singular: The English text for a `count` of 1.
        plural: The English text for every other `count`.
        count: The number; the text may show it as `{count}`.

    Returns:
        The form for `count` in the language of the environment, with the same fields.
    """
    return _catalogue().ngettext(singular, plural, count)


@functools.lru_cache(maxsize=1)
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, _FOLDER, fallback=True)
