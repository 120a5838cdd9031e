"""The identity of a validation set, by which losses of different trainings can be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from malgil.preprocessing.corpus import Pair

# Pairs longer than `max_length` subwords are left out, so two vocabularies may leave out different
# ones. Up to this share of the characters, the mean loss is still of the same text.
_MAX_DIFFERENCE = 0.01


class ValidationSet(NamedTuple):
    """The validation pairs of a training, regardless of the vocabulary.

    Attributes:
        fingerprint: A SHA-256 of all pairs that were read, in any order, including those that are
            longer than `max_length`; "" if unknown.
        characters: The number of characters (NFC) of the target texts that the loss is measured
            on; the end of a sentence does not count as a character.
    """

    fingerprint: str = ""
    characters: int = 0

    def is_comparable(self, other: ValidationSet) -> bool:
        """Return whether losses per character on both sets can be compared.

        The pairs that were read must be the same, and the numbers of characters that were kept may
        differ by 1 %.

        Args:
            other: The validation set of another training.
        """
        difference = abs(self.characters - other.characters)
        is_similar = difference <= _MAX_DIFFERENCE * max(self.characters, other.characters)
        return bool(self.fingerprint) and self.fingerprint == other.fingerprint and is_similar


def fingerprint_of(pairs: Iterable[Pair]) -> str:
    """Return the fingerprint of a `ValidationSet`.

    Args:
        pairs: Normalized source and target sentences, so that none holds a tab or a line end.
    """
    digest = hashlib.sha256()
    for source, target in sorted(pairs):
        digest.update(f"{source}\t{target}\n".encode())
    return digest.hexdigest()
