"""Pairs of two files in two languages whose texts have the same keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.catalogs.accelerators import remove_accelerators
from malgil.preprocessing.corpus.formats.language_names import is_known_language, language_code
from malgil.preprocessing.corpus.formats.markup.character_repair import LOST
from malgil.preprocessing.corpus.formats.markup.units import INVALID_CHARACTER
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget

# A key and its text; or the reason why an entry is left out.
KeyedText = tuple[str, str] | str
# What separates the keys of nested objects.
NESTED = "\0"

# The keys next to `message` in the messages of a Chrome extension.
_NOTES = {"description", "placeholders"}

_REPEATED = _("with a repeated key")
# What Python needs for an entry besides its characters.
_ENTRY_BYTES = 200


class KeyedFile:
    """The texts of a file in one language, by key.

    Args:
        entries: The keys and texts, or reasons.
        budget: The budget of the file, whose texts are held in memory.

    Attributes:
        texts: The texts by key, in their order. A repeated key has its last text.
        reasons: Why entries are left out, one for each.

    Raises:
        UserError: If the file is too large, or not valid.
    """

    def __init__(self, entries: Iterable[KeyedText], budget: ReadingBudget) -> None:
        self.texts: dict[str, str] = {}
        self.reasons: list[str] = []
        for entry in entries:
            if isinstance(entry, str):
                budget.step()
                self.reasons.append(entry)
                continue
            key, text = entry
            budget.hold(_ENTRY_BYTES + 2 * (len(key) + len(text)))
            if key in self.texts:
                self.reasons.append(_REPEATED)
            self.texts[key] = text
        self._remove_root()
        self._remove_notes()

    def _remove_root(self) -> None:
        """Remove the outermost key if it is the language of all texts, as in Ruby on Rails."""
        roots = {key.split(NESTED, 1)[0] for key in self.texts if NESTED in key}
        is_nested = all(NESTED in key for key in self.texts)
        if is_nested and len(roots) == 1 and is_known_language(language_code(roots.pop())):
            self.texts = {key.split(NESTED, 1)[1]: text for key, text in self.texts.items()}

    def _remove_notes(self) -> None:
        """Remove what is said about a message next to it, as in the messages of Chrome."""
        for key in [key for key in self.texts if NESTED in key]:
            parts = key.split(NESTED)
            for depth in range(1, len(parts)):
                message = NESTED.join([*parts[:depth], "message"])
                if parts[depth] in _NOTES and message in self.texts:
                    self.texts.pop(key, None)


def pair_by_key(
    source: KeyedFile, target: KeyedFile, languages: tuple[str, str]
) -> Iterator[PairOrReason]:
    """Yield the texts of two files that have the same key, and reasons for all others.

    Args:
        source: The file in the source language.
        target: The file in the target language.
        languages: The source and the target language, for messages.
    """
    yield from source.reasons
    yield from target.reasons
    missing = [_("without {language}").format(language=language) for language in languages]
    for key, text in source.texts.items():
        translation = target.texts.get(key)
        if translation is None:
            yield missing[1]
        elif LOST in text or LOST in translation:
            yield INVALID_CHARACTER
        else:
            yield remove_accelerators(text, translation)
    for key in target.texts:
        if key not in source.texts:
            yield missing[0]
