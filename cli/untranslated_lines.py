"""Lines that are not in the source language, and therefore are not translated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from malgil.common.localization import ngettext
from malgil.preprocessing.text.scripts import script_share

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation

logger = logging.getLogger(__name__)

_SHOWN = 60  # characters of the first line


class UntranslatedLines:
    """Counts the lines without a letter of the source language, for one notice at the end.

    Lines without any letter, such as numbers, are not counted: nobody expects a translation.

    Args:
        language: The two-letter code of the source language.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._count = 0
        self._first = (0, "")

    def add(self, number: int, translation: Translation) -> None:
        """Count a line if it is not in the source language.

        Args:
            number: The number of the line, counted from 1.
            translation: Its translation.
        """
        if translation.is_translated or script_share(translation.source, self._language) > 0:
            return
        self._count += 1
        if self._count == 1:
            self._first = number, translation.source.strip()

    def report(self) -> None:
        """Log how many lines were counted, and which was the first. No line, no message."""
        if not self._count:
            return
        number, text = self._first
        logger.info(
            ngettext(
                "{count:,} line contains no letter of the source language ({language}) and was "
                "not translated: line {number:,}, {text!r}.",
                "{count:,} lines contain no letter of the source language ({language}) and were "
                "not translated. The first is line {number:,}, {text!r}.",
                self._count,
            ).format(count=self._count, language=self._language, number=number, text=text[:_SHOWN])
        )
