"""Unknown pieces in a translation: the source word that the model looked at, or its translation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.glossary import Glossary
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.placeholders import MARKS
from malgil.preprocessing.text.subword import UNK


def replace_unknown(
    ids: Sequence[int],
    pieces: Sequence[str],
    words: Sequence[str],
    attention: NDArray[np.floating[Any]] | None,
    dictionary: Glossary | None = None,
) -> list[str]:
    """Put a word in the place of each unknown piece.

    It is the source word that the attention weighs most: as the dictionary translates it, else as
    it is, which suits names. Two unknown pieces in a row that look at one place are one word.

    Args:
        ids: Those of a translation, without the end mark.
        pieces: Their text, empty for an unknown one.
        words: The source token that each source id belongs to, without the end mark.
        attention: `(len(ids), src_len)` or a row more for the end mark. Where it is None unknown
            pieces stay empty.
        dictionary: Words and what they mean.

    Returns:
        The pieces.

    Source: Luong et al. 2015, "Addressing the Rare Word Problem in Neural Machine Translation",
    section 3, with the attention in the place of their alignments.
    """
    found = list(pieces)
    if attention is None or not words:
        return found
    before = None
    for row, piece in enumerate(ids):
        if piece != UNK:
            before = None
            continue
        place = int(np.argmax(attention[row, : len(words)]))
        if place != before and words[place] not in MARKS:
            found[row] = SPACE + _meaning(words[place].removeprefix(SPACE), dictionary)
        before = place
    return found


def _meaning(word: str, dictionary: Glossary | None) -> str:
    term = next(dictionary.find(word), None) if dictionary else None
    return term.targets[0] if term else word
