"""A text and its translation, with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A matrix of more attention weights than this is of use to nobody.
_MOST_WEIGHTS = 1_000_000


@dataclass(frozen=True)
class Translation:
    """One text and its translation.

    Attributes:
        source: The text as it was given.
        text: Its translation; empty for a blank text.
        score: The log-probability divided by the length penalty (Wu et al. 2016, eq. 14); 0 for a
            blank text.
        source_tokens: The source's pieces, `▁` where a space comes before, the end mark last. What
            a placeholder stands for is shown, not the placeholder.
        target_tokens: The translation's pieces, the end mark last where it was reached.
        attention_blocks: For each part that the text was translated in, `(its target tokens, its
            source tokens)`.
        ids: For each part the ids of its source and of its translation.
        token_scores: The log-probability of each of `target_tokens`.
        alternatives: The next best translations, where more than one was asked for.
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

    @property
    def attention(self) -> NDArray[np.float32] | None:
        """Shape `(len(target_tokens), len(source_tokens))`: each row the weights with which a
        piece was chosen. None for a blank text, and beyond a million weights.
        """
        blocks = self.attention_blocks
        rows, columns = (sum(block.shape[axis] for block in blocks) for axis in (0, 1))
        # Built only when it is asked for: it grows with the square of a text's length.
        return _joined(blocks, rows, columns) if 0 < rows * columns <= _MOST_WEIGHTS else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; the attention weights are rounded to 4 digits, `[]` for None."""
        attention = self.attention
        return {
            "source": self.source,
            "translation": self.text,
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


def _joined(blocks: Sequence[NDArray[np.float32]], rows: int, columns: int) -> NDArray[np.float32]:
    """The attention of several parts in one matrix `(rows, columns)`, each part's in its block."""
    joined = np.zeros((rows, columns), np.float32)
    row = column = 0
    for block in blocks:
        joined[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return joined
