"""Word alignments from attention weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from malgil.preprocessing.text.normalization import SPACE

_END = "</s>"


def word_indices(subwords: Sequence[str]) -> list[int]:
    """Return the index of the word of each subword, counted from 0; -1 for the end mark.

    Args:
        subwords: Subwords, in which `▁` marks a preceding space.
    """
    indices, word = [], -1
    for i, subword in enumerate(subwords):
        word += subword.startswith(SPACE) or i == 0
        indices.append(-1 if subword == _END and i == len(subwords) - 1 else word)
    return indices


def pharaoh(attention: NDArray[np.floating], source: Sequence[str], target: Sequence[str]) -> str:
    """Return the alignment of words in Pharaoh's format: `0-0 1-2 …`, source word, target word.

    Each target word is aligned with the source word that has the largest attention weight, averaged
    over the subwords of the target word.

    Args:
        attention: `(tgt_len, src_len)`.
        source: The source's subwords.
        target: The translation's subwords.

    Source: Koehn, Axelrod et al. 2005 for the format; Luong et al. 2015, section 5.4, for
        alignments by attention.
    """
    of_source, of_target = word_indices(source), word_indices(target)
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
