"""What finished hypotheses are worth."""

from __future__ import annotations

import numpy as np
import pytest

from malgil.modeling.search import Request, beam_search, length_penalty
from malgil.modeling.search.hypotheses import coverage_penalty
from malgil.settings import DecodingOptions
from tests.modeling.search.toy import WIDE, Toy, exhaustive, run


def test_length_penalty_is_equation_14() -> None:
    lengths, alphas = (1, 7, 19, 33), (0.7, 1.0, 0.5, 0.0)
    assert list(map(length_penalty, lengths, alphas)) == [1.0, 2.0, 2.0, 1.0]


class TestCoverage:
    def test_is_equation_14(self) -> None:
        looked = np.array([0.25, 1.0, 3.0, 0.5])
        expected = 0.2 * (np.log(0.25) + np.log(0.5))
        assert coverage_penalty(looked, 0.2) == pytest.approx(expected)
        assert coverage_penalty(np.zeros(2), 0.5) == pytest.approx(np.log(1e-6))

    @pytest.mark.parametrize("seed", range(5))
    def test_ranks_as_every_sequence_would(self, seed: int) -> None:
        class Looking(Toy):
            """Looks at position 0 by a share of the token's own, at position 1 by the rest."""

            def __call__(self, tokens, parents, state, k):
                output = super().__call__(tokens, parents, state, k)
                share = np.array([0.1 + 0.2 * (len(prefix) % 3) for _, prefix in output.state])
                looked = np.stack([share, 1 - share, np.zeros_like(share)], axis=1)
                return output._replace(attention=looked)

        def penalty(length: int) -> float:
            # The step at which n tokens stand, bos among them, looks by 0.1 + 0.2 * (n % 3).
            shares = np.array([0.1 + 0.2 * (n % 3) for n in range(1, length + 1)])
            return coverage_penalty(np.array([shares.sum(), (1 - shares).sum()]), 0.7)

        toy = Looking()
        request = Request(3, source_length=2)
        options = DecodingOptions(beam_size=WIDE, coverage_penalty=0.7, n_best=WIDE)
        (found,) = beam_search(toy, [(seed, ())], [request], options)
        every = exhaustive(toy, seed, 3, 0.6)
        expected = sorted((rank[0], rank[1] - penalty(len(ids))) for ids, rank in every.items())
        scores = [(not one.is_finished, -one.score) for one in found]
        assert np.array(scores) == pytest.approx(np.array(expected))

    def test_without_attention_there_is_none(self) -> None:
        class Blind(Toy):
            def __call__(self, *asked):
                return super().__call__(*asked)._replace(attention=None)

        assert run(Blind(), [3], [4], coverage_penalty=0.5) == run(Blind(), [3], [4])
