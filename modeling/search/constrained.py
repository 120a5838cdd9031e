"""Search for translations in which given terms appear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from malgil.modeling.search.active_hypotheses import ActiveHypotheses, to_grid
from malgil.modeling.search.request import Phrase
from malgil.modeling.search.selection import BeamSearch, Candidates, joined
from malgil.modeling.search.step import ALL, StepOutput

Alternatives = tuple[Phrase, ...]


class Progress(NamedTuple):
    """How far a hypothesis has come with each of its sentence's terms.

    Attributes:
        done: For each term how often it appears, up to as often as it must.
        partial: For each term and alternative how many of its first tokens stand at the end.
    """

    done: tuple[int, ...]
    partial: tuple[tuple[int, ...], ...]


class Terms:
    """The terms of one sentence, each of which must appear a number of times.

    Args:
        constraints: Of `Request`.
    """

    def __init__(self, constraints: Sequence[Alternatives]) -> None:
        counted = Counter(tuple(filter(None, alternatives)) for alternatives in constraints)
        counted.pop((), None)
        self._terms = list(counted)
        self._counts = list(counted.values())
        self._failures = [[_failures(phrase) for phrase in term] for term in self._terms]
        self._sizes = [min(map(len, term)) for term in self._terms]
        self.size = sum(n * size for n, size in zip(self._counts, self._sizes, strict=True))

    def begin(self) -> Progress:
        """That of a hypothesis without tokens."""
        zeros = tuple((0,) * len(term) for term in self._terms)
        return Progress((0,) * len(self._terms), zeros)

    def advance(self, progress: Progress, token: int) -> Progress:
        """That of a hypothesis with one token more."""
        done, partial = list(progress.done), list(progress.partial)
        for i, term in enumerate(self._terms):
            if done[i] == self._counts[i]:
                continue
            matched = tuple(
                _match(phrase, failures, so_far, token)
                for phrase, failures, so_far in zip(
                    term, self._failures[i], partial[i], strict=True
                )
            )
            if any(n == len(phrase) for n, phrase in zip(matched, term, strict=True)):
                done[i] += 1
                matched = (0,) * len(term)
            partial[i] = matched
        return Progress(tuple(done), tuple(partial))

    def met(self, progress: Progress) -> int:
        """How many tokens of all terms it has, of `size`; what is begun counts."""
        return sum(
            n * size + (min(max(begun), size) if n < count else 0)
            for n, count, size, begun in zip(
                progress.done, self._counts, self._sizes, progress.partial, strict=True
            )
        )

    def unmet(self, progress: Progress) -> int:
        """How many terms are lacking."""
        return sum(self._counts) - sum(progress.done)

    def wanted(self, progress: Progress) -> Iterator[int]:
        """The tokens that would bring a term further."""
        for i, term in enumerate(self._terms):
            if progress.done[i] < self._counts[i]:
                for phrase, so_far in zip(term, progress.partial[i], strict=True):
                    yield phrase[so_far]
                    yield phrase[0]


def _failures(phrase: Phrase) -> list[int]:
    """For each beginning of a phrase, by its length, the longest one that it also ends with.

    Source: Knuth, Morris and Pratt 1977, "Fast pattern matching in strings".
    """
    table = [0] * (len(phrase) + 1)
    length = 0
    for i in range(1, len(phrase)):
        while length and phrase[i] != phrase[length]:
            length = table[length]
        length += phrase[i] == phrase[length]
        table[i + 1] = length
    return table


def _match(phrase: Phrase, failures: list[int], so_far: int, token: int) -> int:
    while so_far and phrase[so_far] != token:
        so_far = failures[so_far]
    return so_far + (phrase[so_far] == token)


class LexicallyConstrainedBeamSearch:
    """Beam search in which a hypothesis ends only when it has all of its terms.

    The candidates of a sentence are the best of all, the best of each hypothesis, and those that
    bring a term further. The beam is divided among them by how many tokens of terms they have, so
    that those which have begun a term are not pushed out by those that put it off. A sentence
    without terms is searched as ever.

    Args:
        constraints: For each search its terms.
        width: Live hypotheses of a search; more, where its terms have as many tokens.
        eos: The id of the end.

    Source: Post and Vilar 2018, "Fast Lexically Constrained Decoding with Dynamic Beam Allocation
        for Neural Machine Translation", sec. 3.
    """

    def __init__(
        self, constraints: Sequence[tuple[Alternatives, ...]], width: int, eos: int
    ) -> None:
        self._terms = [Terms(some) for some in constraints]
        self._width = width
        self._eos = eos
        self._plain = BeamSearch(width, eos)
        self._is_plain = np.array([not terms.size for terms in self._terms])
        self._progress: list[Progress] = []
        self.k = ALL

    def choose(self, rows: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose for each sentence; see `BeamSearch.choose`."""
        self._follow(rows)
        is_plain = self._is_plain[rows.searches]
        numbers = np.flatnonzero(is_plain)
        parts = []
        if numbers.size:
            values = output.log_probabilities[numbers]
            best = np.argsort(-values, axis=1, kind="stable")[:, : self._plain.k]
            few = output._replace(
                log_probabilities=np.take_along_axis(values, best, axis=1),
                ids=np.take_along_axis(output.ids[numbers], best, axis=1),
            )
            found = self._plain.choose(rows.where(numbers), few)
            parents = numbers.astype(np.int32)[found.candidates.parents]
            parts.append(found._replace(candidates=found.candidates._replace(parents=parents)))
        token_totals = to_grid(output.log_probabilities)
        for search in np.unique(rows.searches[~is_plain]).tolist():
            parts.append(self._of_sentence(search, rows, output.ids, token_totals))
        return joined(parts)

    def _follow(self, rows: ActiveHypotheses) -> None:
        """The progress of each row, by that of the row that it continues."""
        terms = [self._terms[search] for search in rows.searches.tolist()]
        if not self._progress:
            self._progress = [of_row.begin() for of_row in terms]
            return
        self._progress = [
            of_row.advance(self._progress[parent], token)
            for of_row, parent, token in zip(
                terms, rows.parents.tolist(), rows.tokens.tolist(), strict=True
            )
        ]

    def _of_sentence(
        self, search: int, rows: ActiveHypotheses, ids: np.ndarray, token_totals: np.ndarray
    ) -> Candidates:
        terms = self._terms[search]
        width = max(self._width, terms.size + 1)
        found: dict[tuple[int, int], tuple[float, float]] = {}  # (row, token) → totals
        for row in np.flatnonzero(rows.searches == search).tolist():
            best = self._candidates(terms, self._progress[row], ids[row], token_totals[row], width)
            for token, value in best.items():
                found[row, token] = (rows.totals[row] + value, value)
        ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
        after = [terms.advance(self._progress[row], token) for (row, token), _ in ranked]
        chosen = _allocate([terms.met(progress) for progress in after], terms.size, width)
        kept = [(*ranked[i], after[i]) for i in chosen]
        size = max(len(kept), 1)
        candidates = ActiveHypotheses(
            np.full((1, size), search, np.int32),
            np.full((1, size), self._eos, np.int32),
            np.zeros((1, size), np.int32),
            np.zeros((1, size)),
            np.full((1, size), -np.inf),
        )
        unmet = np.zeros((1, size), np.int64)
        for i, ((row, token), (total, token_total), progress) in enumerate(kept):
            candidates.tokens[0, i], candidates.parents[0, i] = token, row
            candidates.totals[0, i], candidates.token_totals[0, i] = total, token_total
            unmet[0, i] = terms.unmet(progress)
        is_possible = candidates.totals > -np.inf
        is_eos = candidates.tokens == self._eos
        return Candidates(candidates, is_possible & is_eos, is_possible & ~is_eos, unmet)

    def _candidates(
        self,
        terms: Terms,
        progress: Progress,
        ids: np.ndarray,
        token_totals: np.ndarray,
        width: int,
    ) -> dict[int, float]:
        """The best next tokens of a row, and those that bring a term further.

        The best candidates of a sentence are among the best of each of its rows.
        """
        may_end = not terms.unmet(progress)
        order = np.argsort(-token_totals, kind="stable")[: width + 1]
        wanted = np.flatnonzero(np.isin(ids, list(terms.wanted(progress))))
        places = np.concatenate([order, wanted])
        best = zip(ids[places].tolist(), token_totals[places].tolist(), strict=True)
        return {
            token: value
            for token, value in best
            if value > -np.inf and (may_end or token != self._eos)
        }


def _allocate(met: Sequence[int], size: int, width: int) -> list[int]:
    """Which of some candidates stay in the beam.

    Args:
        met: How many tokens of its terms each candidate has, the best candidate first.
        size: How many there are to be had.
        width: How many stay.

    Returns:
        Their places, in order.
    """
    banks: list[list[int]] = [[] for _ in range(size + 1)]
    for place, n in enumerate(met):
        banks[n].append(place)
    share, more = divmod(width, size + 1)
    # What cannot be shared out evenly, and what a bank leaves, goes to those that are furthest.
    kept = [bank[: share + (size - n < more)] for n, bank in enumerate(banks)]
    free = width - sum(map(len, kept))
    for n in range(size, -1, -1):
        further = banks[n][len(kept[n]) :][:free]
        kept[n] = kept[n] + further
        free -= len(further)
    return sorted(place for bank in kept for place in bank)
