"""The quality by sentence length: groups without sentences, and concatenated sentences."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.lengths import NOTHING, concatenate_neighbors, losses, scores
from malgil.modeling.translator import Translator

PAIRS = [("고양이가 잡니다.", "The cat sleeps."), ("비가 옵니다.", "It rains.")]
EMPTY = np.array([], dtype=int)


@pytest.mark.parametrize("measure", [losses, scores])
def test_group_without_sentences_has_no_number(measure: object, translator: Translator) -> None:
    assert callable(measure)
    first, none, overall = measure(translator, PAIRS, [np.array([0]), EMPTY])
    assert none == NOTHING
    assert any(digit.isdigit() for digit in first)
    assert any(digit.isdigit() for digit in overall)


def test_losses_are_nats_per_token(translator: Translator) -> None:
    [score] = translator.score(PAIRS[:1])
    expected = -sum(score.token_scores) / len(score.token_scores)
    assert losses(translator, PAIRS, [np.array([0])])[0] == f"{expected:.2f}"


def test_fewer_sentences_than_are_concatenated(translator: Translator) -> None:
    assert concatenate_neighbors(PAIRS, 2) == [
        ("고양이가 잡니다. 비가 옵니다.", "The cat sleeps. It rains.")
    ]
    assert concatenate_neighbors(PAIRS, 3) == []
    assert scores(translator, [], []) == [NOTHING]
