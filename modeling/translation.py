"""A translation: the text, its score, tokens and attention, and the alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# For longer texts, the attention is not joined into one matrix, which would only take memory.
_MAX_WEIGHTS = 1_000_000


@dataclass(frozen=True)
class Translation:
    """One text and its translation.

    Attributes:
        source: The source text, unchanged.
        text: Its translation; empty for a blank text. The affixes of sentences, such as quotation
            marks and emoji around them, are in the text but not among the tokens.
        score: The log-probability divided by the length penalty (Wu et al. 2016, eq. 14); 0 for a
            blank text.
        source_tokens: The subwords of the source, with `▁` for a preceding space, the end mark
            last. A placeholder is replaced with the text that it represents.
        target_tokens: The subwords of the translation. The end mark is last unless the translation
            was cut.
        attention_blocks: For each segment of the text the attention weights `(tgt_len, src_len)`.
        ids: For each segment the ids of its source and of its translation.
        token_scores: The log-probability of each of `target_tokens`.
        alternatives: The next best translations, if `[inference] n_best` is above 1.
        is_translated: Whether there was something to translate. Otherwise `text` is the source.
    """

    source: str
    text: str
    score: float
    source_tokens: list[str]
    target_tokens: list[str]
    attention_blocks: tuple[NDArray[np.float32], ...] = ()
    ids: tuple[tuple[list[int], list[int]], ...] = ()
    token_scores: list[float] = field(default_factory=list)
    alternatives: tuple[Translation, ...] = ()
    is_translated: bool = True

    @property
    def attention(self) -> NDArray[np.float32] | None:
        """The attention weights `(len(target_tokens), len(source_tokens))`, 0 between segments.

        It is None for a blank text, without attention, and for more than a million weights.
        """
        blocks = self.attention_blocks
        rows, columns = (sum(block.shape[axis] for block in blocks) for axis in (0, 1))
        # Not stored: it grows with the square of a text's length.
        return (
            _block_diagonal(blocks, rows, columns) if 0 < rows * columns <= _MAX_WEIGHTS else None
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values. Attention weights are rounded to 4 digits, and None becomes `[]`."""
        attention = self.attention
        return {
            "source": self.source,
            "translation": self.text,
            "translated": self.is_translated,
            "score": round(self.score, 5),
            "source_tokens": self.source_tokens,
            "target_tokens": self.target_tokens,
            "token_scores": [round(score, 5) for score in self.token_scores],
            "alternatives": [
                {"translation": other.text, "score": round(other.score, 5)}
                for other in self.alternatives
            ],
            "attention": [] if attention is None else np.round(attention.astype(float), 4).tolist(),
        }


def _block_diagonal(
    blocks: Sequence[NDArray[np.float32]], rows: int, columns: int
) -> NDArray[np.float32]:
    """Return a matrix `(rows, columns)` with the blocks along its diagonal."""
    matrix = np.zeros((rows, columns), np.float32)
    row = column = 0
    for block in blocks:
        matrix[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return matrix
