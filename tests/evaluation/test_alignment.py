"""Word alignments from the attention weights of subwords."""

from __future__ import annotations

import numpy as np

from malgil.evaluation.alignment import pharaoh, word_indices


def test_words() -> None:
    assert word_indices(["▁학교", "에", "▁갔", "다", ".", "</s>"]) == [0, 0, 1, 1, 1, -1]
    assert word_indices([]) == []
    assert word_indices(["가", "▁나"]) == [0, 1]
    assert word_indices(["▁a", "</s>", "▁b"]) == [0, 0, 1]  # a text may contain it


def test_each_word_is_aligned_by_the_largest_weight() -> None:
    source = ["▁나", "는", "▁학교", "에", "▁갔", "다", "</s>"]
    target = ["▁I", "▁we", "nt", "▁to", "▁school", "</s>"]
    attention = np.array(
        [
            [0.5, 0.4, 0, 0, 0.1, 0, 0],
            [0, 0, 0.6, 0, 0.2, 0.2, 0],
            [0, 0, 0, 0, 0.4, 0.6, 0],
            [0, 0, 0.1, 0.6, 0, 0.3, 0],
            [0, 0, 0.3, 0.3, 0.4, 0, 0],
            [0, 0, 0, 0, 0, 0, 1.0],
        ]
    )
    assert pharaoh(attention, source, target) == "0-0 2-1 1-2 1-3"


def test_a_word_that_attends_only_to_the_end_mark_is_not_aligned() -> None:
    assert pharaoh(np.array([[0.0, 1.0], [0.0, 1.0]]), ["▁네", "</s>"], ["▁yes", "</s>"]) == ""
    assert pharaoh(np.zeros((0, 0)), [], []) == ""
