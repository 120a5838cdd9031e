"""Batches: every pair once, within the limit, in an order that depends on seed and epoch."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.common.locations import ROOT
from malgil.preprocessing.dataset.batches import Batch, TokenBatchSampler
from malgil.preprocessing.text.subword import BOS, EOS, PAD, pad

lengths = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=60)


def make(sizes: list[tuple[int, int]], batch_tokens: int = 50, seed: int = 1) -> TokenBatchSampler:
    """Make pairs of the given lengths, with different ids for each pair."""
    source = [[4 + 2 * i] * (src_len - 1) + [EOS] for i, (src_len, _) in enumerate(sizes)]
    target = [
        [10_000 + 50 * i + j for j in range(tgt_len - 1)] + [EOS]
        for i, (_, tgt_len) in enumerate(sizes)
    ]
    return TokenBatchSampler(source, target, batch_tokens, seed)


def some(count: int = 67, batch_tokens: int = 50, seed: int = 1) -> TokenBatchSampler:
    random = np.random.default_rng(5)
    sizes = list(zip(random.integers(1, 13, count), random.integers(1, 17, count), strict=True))
    return make([(int(a), int(b)) for a, b in sizes], batch_tokens, seed)


def as_lists(batches: TokenBatchSampler, epoch: int | None) -> list[list[int]]:
    return [indices.tolist() for indices in batches.batch_indices(epoch)]


class TestOrder:
    @settings(deadline=None)
    @given(sizes=lengths, batch_tokens=st.integers(1, 300), epoch=st.none() | st.integers(0, 9))
    def test_every_pair_once(
        self, sizes: list[tuple[int, int]], batch_tokens: int, epoch: int | None
    ) -> None:
        order = make(sizes, batch_tokens).batch_indices(epoch)
        assert all(len(indices) for indices in order)
        assert sorted(np.concatenate(order).tolist()) == list(range(len(sizes)))

    @settings(deadline=None)
    @given(sizes=lengths, batch_tokens=st.integers(1, 300), epoch=st.none() | st.integers(0, 9))
    def test_within_the_limit(
        self, sizes: list[tuple[int, int]], batch_tokens: int, epoch: int | None
    ) -> None:
        for batch in make(sizes, batch_tokens).batches(epoch):
            size = max(batch.source.size, batch.target_output.size)
            assert size <= batch_tokens or len(batch.source) == 1

    def test_batches_are_filled(self) -> None:
        for batch_tokens, sizes in ((34, [5, 6, 6, 6]), (35, [2, 7, 7, 7])):
            order = make([(5, 3)] * 23, batch_tokens).batch_indices(0)
            assert sorted(map(len, order)) == sizes

    def test_an_overlong_pair_is_a_batch_of_its_own(self) -> None:
        order = as_lists(make([(3, 2), (40, 2), (2, 3), (2, 60), (1, 1)], 20), 4)
        assert [1] in order and [3] in order

    def test_a_long_pair_does_not_widen_the_batch_after_it(self) -> None:
        order = make([(40, 1)] + [(3, 2)] * 10, batch_tokens=30).batch_indices(0)
        assert sorted(map(len, order)) == [1, 10]

    def test_long_and_short_batches_are_mixed(self) -> None:
        widths = [batch.target_output.shape[1] for batch in some(400, 100).batches(0)]
        falls = sum(before > after for before, after in pairwise(widths))
        assert falls > len(widths) / 4

    def test_lengths_within_a_batch_are_similar(self) -> None:
        batches = some(400, 100)
        padded = sum(batch.target_output.size for batch in batches.batches(0))
        assert padded < 1.15 * batches.target_tokens

    def test_is_reproducible(self) -> None:
        assert as_lists(some(), 3) == as_lists(some(), 3)

    def test_does_not_depend_on_earlier_calls(self) -> None:
        batches = some()
        expected = as_lists(some(), 2)
        list(batches.batches(0))
        batches.batch_indices(1)
        assert as_lists(batches, 2) == expected

    def test_does_not_depend_on_global_randomness(self) -> None:
        np.random.seed(1)
        first = as_lists(some(), 2)
        np.random.seed(2)
        assert as_lists(some(), 2) == first

    def test_is_the_same_in_another_process(self) -> None:
        program = (
            "from malgil.preprocessing.dataset.batches import TokenBatchSampler\n"
            "ids = [[5] * (n % 7 + 1) for n in range(40)]\n"
            "print([i.tolist() for i in TokenBatchSampler(ids, ids[::-1], 20, 9).batch_indices(3)])"
        )
        run = [sys.executable, "-B", "-c", program]
        there = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        ids = [[5] * (n % 7 + 1) for n in range(40)]
        assert there.strip() == str(as_lists(TokenBatchSampler(ids, ids[::-1], 20, 9), 3))

    def test_differs_between_epochs_and_seeds(self) -> None:
        orders = [as_lists(some(400, 100, seed), epoch) for seed in (1, 2) for epoch in (0, 1, 2)]
        assert len({str(order) for order in orders}) == 6
        # Not only the order of the batches differs, but also their contents.
        contents = [{frozenset(indices) for indices in order} for order in orders]
        assert all(a != b for i, a in enumerate(contents) for b in contents[:i])

    def test_without_an_epoch_batches_are_ordered_by_length(self) -> None:
        batches = some()
        widths = [len(batches.target[i]) for indices in as_lists(batches, None) for i in indices]
        assert widths == sorted(widths)
        assert as_lists(some(seed=1), None) == as_lists(some(seed=2), None)

    def test_an_empty_corpus(self) -> None:
        empty = TokenBatchSampler([], [], 8)
        assert empty.batch_indices(0) == [] and list(empty.batches(None)) == []
        assert empty.target_tokens == 0


class TestBatch:
    def test_ids_and_shapes(self) -> None:
        batches = TokenBatchSampler([[7, 8, EOS], [9, EOS]], [[5, EOS], [6, 7, 8, EOS]], 100)
        batch = batches.batch(np.array([1, 0]))
        assert batch.source.tolist() == [[9, EOS, PAD], [7, 8, EOS]]
        assert batch.target_output.tolist() == [[6, 7, 8, EOS], [5, EOS, PAD, PAD]]
        assert batch.target_input.tolist() == [[BOS, 6, 7, 8], [BOS, 5, PAD, PAD]]
        assert {part.dtype for part in batch} == {np.dtype(np.int32)}

    @settings(deadline=None)
    @given(sizes=lengths)
    def test_the_input_is_the_output_shifted(self, sizes: list[tuple[int, int]]) -> None:
        batches = make(sizes, 200)
        for indices, batch in zip(batches.batch_indices(0), batches.batches(0), strict=True):
            rows = zip(indices, batch.source, batch.target_input, batch.target_output, strict=True)
            for i, source, target_input, target_output in rows:
                src_len, tgt_len = sizes[i]
                assert source[:src_len].tolist() == batches.source[i].tolist()
                assert target_output[:tgt_len].tolist() == batches.target[i].tolist()
                assert target_input[:tgt_len].tolist() == [BOS, *batches.target[i][:-1]]
                assert not source[src_len:].any()
                assert not target_output[tgt_len:].any()
                assert not target_input[tgt_len:].any()

    def test_the_input_shares_no_memory_with_the_output(self) -> None:
        batch = some().batch(np.array([0, 1]))
        assert not np.shares_memory(batch.target_input, batch.target_output)

    def test_tokens(self) -> None:
        batches = make([(3, 2), (1, 5), (4, 7)])
        assert batches.count_target_tokens(np.array([2, 0])) == 9
        assert batches.target_tokens == 14
        order = batches.batch_indices(0)
        assert sum(map(batches.count_target_tokens, order)) == batches.target_tokens


class TestEpoch:
    @pytest.mark.parametrize("first", [0, 1, 5])
    def test_first_skips_batches(self, first: int) -> None:
        batches = some()
        whole, rest = list(batches.batches(3)), list(batches.batches(3, first))
        assert len(whole) > 6
        assert len(rest) == len(whole) - first
        for expected, got in zip(whole[first:], rest, strict=True):
            for a, b in zip(expected, got, strict=True):
                np.testing.assert_array_equal(a, b)

    def test_skipping_all(self) -> None:
        batches = some()
        assert list(batches.batches(0, len(batches.batch_indices(0)))) == []


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_split_distributes_every_row(rows: int, parts: int) -> None:
    source = pad([[10 + i, EOS] for i in range(rows)], 5)
    target = pad([[20 + i, 30 + i, EOS] for i in range(rows)], 4)
    inputs = pad([[BOS, 20 + i, 30 + i] for i in range(rows)], 4)
    shares = Batch(source, inputs, target).split(parts)
    assert len(shares) == parts
    assert len({share.source.shape for share in shares}) == 1  # all have the same number of rows
    real = [row for share in shares for row in zip(*map(np.ndarray.tolist, share), strict=True)]
    real = [row for row in real if any(row[2])]
    assert sorted(real) == sorted(
        zip(source.tolist(), inputs.tolist(), target.tolist(), strict=True)
    )
    for share in shares:
        assert (share.source != 0).any(axis=1).all()  # every row has source tokens
