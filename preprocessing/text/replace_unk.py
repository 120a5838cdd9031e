"""Replacement of unknown pieces in a translation with the source words that they attend to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.placeholders import MARKS
from malgil.preprocessing.text.subword import UNK

if TYPE_CHECKING:
    from malgil.preprocessing.text.glossary import Glossary


def replace_unk(
    ids: Sequence[int],
    pieces: Sequence[str],
    words: Sequence[str],
    attention: NDArray[np.floating[Any]] | None,
    dictionary: Glossary | None = None,
) -> list[str]:
    """Replace each unknown piece with a word.

    It is the translation, in the dictionary, of the source word with the highest attention weight.
    A source word that is not in the dictionary is copied, which suits names. Consecutive unknown
    pieces that attend to the same source piece produce one word.

    Args:
        ids: The ids of a translation, without the end mark.
        pieces: The text of each id, empty for an unknown piece.
        words: The source token that each source id belongs to, without the end mark.
        attention: `(len(ids), src_len)`, or one row more for the end mark. If it is None, unknown
            pieces remain empty.
        dictionary: Words and their translations.

    Returns:
        The pieces with the replacements.

    Source: Luong et al. 2015, "Addressing the Rare Word Problem in Neural Machine Translation",
    section 3, with attention in place of their alignments.
    """
    replaced = list(pieces)
    if attention is None or not words:
        return replaced
    previous = None  # the source position of the preceding piece, if that is unknown
    for row, piece in enumerate(ids):
        if piece != UNK:
            previous = None
            continue
        position = int(np.argmax(attention[row, : len(words)]))
        if position != previous and words[position] not in MARKS:
            replaced[row] = SPACE + _translate(words[position].removeprefix(SPACE), dictionary)
        previous = position
    return replaced


def _translate(word: str, dictionary: Glossary | None) -> str:
    found = next(dictionary.find(word), None) if dictionary else None
    return found.term.targets[0] if found else word
