"""Which source word each target word comes from, read off the attention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.normalization import SPACE

_END = "</s>"


def words_of(pieces: Sequence[str]) -> list[int]:
    """For each piece the number of the word that it belongs to, from 0 on; -1 for the end mark.

    Args:
        pieces: `▁` where a space comes before.
    """
    numbers, word = [], -1
    for i, piece in enumerate(pieces):
        word += piece.startswith(SPACE) or i == 0
        numbers.append(-1 if piece == _END and i == len(pieces) - 1 else word)
    return numbers


def pharaoh(attention: NDArray[np.floating], source: Sequence[str], target: Sequence[str]) -> str:
    """The alignment of words in Pharaoh's format: `0-0 1-2 …`, source word, target word.

    Each target word is aligned with the source word that it looked at most, in the mean over its
    pieces.

    Args:
        attention: `(target pieces, source pieces)`.
        source: The source's pieces.
        target: The translation's pieces.

    Source: Koehn, Axelrod et al. 2005 for the format; Luong et al. 2015, section 5.4, for
        alignments by attention.
    """
    of_source, of_target = words_of(source), words_of(target)
    pairs = []
    for word in range(max(of_target, default=-1) + 1):
        rows = [i for i, number in enumerate(of_target) if number == word]
        weights = np.zeros(max(of_source, default=-1) + 1)
        for column, number in enumerate(of_source):
            if number >= 0:
                weights[number] += attention[rows, column].mean()
        if weights.size and weights.max() > 0:
            pairs.append((int(weights.argmax()), word))
    return " ".join(f"{a}-{b}" for a, b in pairs)
