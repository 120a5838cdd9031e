"""Units of bilingual files: a text, its translation, and why a unit is left out."""

from __future__ import annotations

from typing import NamedTuple

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.catalogs.accelerators import remove_accelerators
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.markup.character_repair import LOST
from malgil.preprocessing.corpus.formats.markup.units import INVALID_CHARACTER
from malgil.settings import DataSettings

UNTRANSLATED = _("not translated")
UNFINISHED = _("not reviewed or fuzzy")
OBSOLETE = _("obsolete")
PLURAL = _("with plural forms")
NOT_TO_TRANSLATE = _("not to be translated")


class Direction(NamedTuple):
    """How the two languages of a file are those of the translator.

    Attributes:
        is_reversed: Whether the texts of the file are the target, and its translations the source.
        reason: Why pairs are left out; empty if both languages are those of the translator.
    """

    is_reversed: bool
    reason: str = ""

    def pair(self, text: str, translation: str) -> PairOrReason:
        """Return a pair with the source first, or the reason why it is left out."""
        if self.reason:
            return self.reason
        if LOST in text or LOST in translation:
            return INVALID_CHARACTER
        if not translation.strip():
            return UNTRANSLATED
        text, translation = remove_accelerators(text, translation)
        return (translation, text) if self.is_reversed else (text, translation)


def find_direction(text_language: str, translation_language: str, data: DataSettings) -> Direction:
    """Compare the languages that a file declares with those of the translator.

    Args:
        text_language: The declared language of the texts, such as `en-US`; may be empty.
        translation_language: That of the translations; may be empty.
        data: `[data]`: the languages.
    """
    source, target = language_code(data.source_language), language_code(data.target_language)
    declared = language_code(text_language), language_code(translation_language)
    for wanted, is_reversed in (((source, target), False), ((target, source), True)):
        known = [(name, code) for name, code in zip(declared, wanted, strict=True) if name]
        if all(name == code for name, code in known):
            return Direction(is_reversed)
    names = [name or "?" for name in declared]
    return Direction(False, _("in {source} and {target}").format(source=names[0], target=names[1]))
