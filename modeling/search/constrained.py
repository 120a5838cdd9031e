"""Lexically constrained beam search: finds translations that contain given terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from malgil.modeling.search.beam_search import Candidates, concatenate, rank, split
from malgil.modeling.search.hypotheses import ActiveHypotheses, to_grid
from malgil.modeling.search.request import ALL, Phrase, StepOutput

Alternatives = tuple[Phrase, ...]


class ConstraintState(NamedTuple):
    """The parts of its sentence's terms that a hypothesis contains.

    Attributes:
        counts: For each term the number of occurrences, at most the required number.
        matched: For each term and alternative the number of its first tokens with which the
            hypothesis ends.
    """

    counts: tuple[int, ...]
    matched: tuple[tuple[int, ...], ...]


class Terms:
    """The terms of one sentence, and the required number of occurrences of each.

    Args:
        constraints: `Request.constraints`.

    Attributes:
        size: The number of tokens of all terms together, with the shortest alternative of each.
    """

    def __init__(self, constraints: Sequence[Alternatives]) -> None:
        counted = Counter(tuple(filter(None, alternatives)) for alternatives in constraints)
        counted.pop((), None)
        self._terms = list(counted)
        self._required = list(counted.values())
        self._failures = [[_failures(phrase) for phrase in term] for term in self._terms]
        self._sizes = [min(map(len, term)) for term in self._terms]
        self.size = sum(n * size for n, size in zip(self._required, self._sizes, strict=True))

    def initial_state(self) -> ConstraintState:
        """Return the state of a hypothesis without tokens."""
        zeros = tuple((0,) * len(term) for term in self._terms)
        return ConstraintState((0,) * len(self._terms), zeros)

    def advance(self, state: ConstraintState, token: int) -> ConstraintState:
        """Return the state of the hypothesis extended by a token."""
        counts, matched = list(state.counts), list(state.matched)
        for i, term in enumerate(self._terms):
            if counts[i] == self._required[i]:
                continue
            now = tuple(
                _match(phrase, failures, before, token)
                for phrase, failures, before in zip(
                    term, self._failures[i], matched[i], strict=True
                )
            )
            if any(n == len(phrase) for n, phrase in zip(now, term, strict=True)):
                counts[i] += 1
                now = (0,) * len(term)
            matched[i] = now
        return ConstraintState(tuple(counts), tuple(matched))

    def bank(self, state: ConstraintState) -> int:
        """Return how many of the `size` tokens appear, including those of an incomplete term."""
        return sum(
            n * size + (min(max(matched), size) if n < required else 0)
            for n, required, size, matched in zip(
                state.counts, self._required, self._sizes, state.matched, strict=True
            )
        )

    def missing(self, state: ConstraintState) -> int:
        """Return how many terms do not appear yet."""
        return sum(self._required) - sum(state.counts)

    def next_tokens(self, state: ConstraintState) -> Iterator[int]:
        """Yield the tokens that would start or continue a missing term."""
        for i, term in enumerate(self._terms):
            if state.counts[i] < self._required[i]:
                for phrase, matched in zip(term, state.matched[i], strict=True):
                    yield phrase[matched]
                    yield phrase[0]


def missing_terms(constraints: Sequence[Alternatives], ids: Sequence[int]) -> int:
    """Return how many terms of `Request.constraints` a translation does not contain."""
    terms = Terms(constraints)
    state = terms.initial_state()
    for token in ids:
        state = terms.advance(state, token)
    return terms.missing(state)


def _failures(phrase: Phrase) -> list[int]:
    """Return the failure table of a phrase, with which a partial match continues after a mismatch.

    Entry n is the length of the longest beginning of the phrase, shorter than n, with which the
    first n tokens end.

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


def _match(phrase: Phrase, failures: list[int], matched: int, token: int) -> int:
    """Return the number of first tokens of a phrase that match after another token."""
    while matched and phrase[matched] != token:
        matched = failures[matched]
    return matched + (phrase[matched] == token)


class LexicallyConstrainedBeamSearch:
    """Chooses candidates so that a hypothesis ends only after it contains all of its terms.

    The extensions to choose from are the best of each hypothesis, and those that start or continue
    a term. The beam is divided among banks, one for each number of term tokens in a hypothesis, so
    that more probable hypotheses without term tokens do not displace those with part of a term. A
    sentence without terms is searched as by `BeamSearch`.

    Args:
        constraints: The terms of each search.
        beam_size: Maximum number of active hypotheses of a search. It is increased to one per bank
            if the terms have more tokens.
        eos: The id of the end mark.

    Source: Post and Vilar 2018, "Fast Lexically Constrained Decoding with Dynamic Beam Allocation
        for Neural Machine Translation", sec. 3.
    """

    def __init__(
        self, constraints: Sequence[tuple[Alternatives, ...]], beam_size: int, eos: int
    ) -> None:
        self._terms = [Terms(search_constraints) for search_constraints in constraints]
        self._beam_size = beam_size
        self._eos = eos
        self._has_terms = np.array([terms.size > 0 for terms in self._terms])
        self._states: list[ConstraintState] = []  # of the active hypotheses
        self.k = ALL  # a token of a term may be improbable

    def choose(self, active: ActiveHypotheses, output: StepOutput) -> Candidates:
        """Choose the candidates of one step; see `BeamSearch.choose`."""
        self._advance(active)
        has_terms = self._has_terms[active.searches]
        token_log_probabilities = to_grid(output.log_probabilities)
        parts = []
        rows = np.flatnonzero(~has_terms)
        if rows.size:
            parts.append(self._choose_freely(rows, active, output, token_log_probabilities))
        for search in np.unique(active.searches[has_terms]).tolist():
            parts.append(
                self._choose_with_terms(search, active, output.ids, token_log_probabilities)
            )
        return concatenate(parts)

    def _advance(self, active: ActiveHypotheses) -> None:
        """Compute the state of each active hypothesis from that of its parent."""
        terms = [self._terms[search] for search in active.searches.tolist()]
        if not self._states:
            self._states = [row_terms.initial_state() for row_terms in terms]
            return
        self._states = [
            row_terms.advance(self._states[parent], token)
            for row_terms, parent, token in zip(
                terms, active.parents.tolist(), active.tokens.tolist(), strict=True
            )
        ]

    def _choose_freely(
        self,
        rows: np.ndarray,
        active: ActiveHypotheses,
        output: StepOutput,
        token_log_probabilities: np.ndarray,
    ) -> Candidates:
        """Choose as `BeamSearch` does, from the `beam_size` + 1 most probable next tokens."""
        order = np.argsort(-output.log_probabilities[rows], axis=1, kind="stable")
        columns = order[:, : self._beam_size + 1]
        ids, values = (
            np.take_along_axis(array[rows], columns, axis=1)
            for array in (output.ids, token_log_probabilities)
        )
        best = rank(active.where(rows), ids, values, 2 * self._beam_size)
        is_finished, is_active = split(best, self._beam_size, self._eos)
        parents = rows.astype(np.int32)[best.parents]
        return Candidates(best._replace(parents=parents), is_finished, is_active)

    def _choose_with_terms(
        self,
        search: int,
        active: ActiveHypotheses,
        ids: np.ndarray,
        token_log_probabilities: np.ndarray,
    ) -> Candidates:
        terms = self._terms[search]
        beam_size = max(self._beam_size, terms.size + 1)
        # (row, token) → log-probabilities of the extended hypothesis and of the token
        extensions: dict[tuple[int, int], tuple[float, float]] = {}
        for row in np.flatnonzero(active.searches == search).tolist():
            best = self._continuations(
                terms, self._states[row], ids[row], token_log_probabilities[row], beam_size
            )
            for token, value in best.items():
                extensions[row, token] = (active.log_probabilities[row] + value, value)
        ranked = sorted(extensions.items(), key=lambda item: (-item[1][0], item[0]))
        states = [terms.advance(self._states[row], token) for (row, token), _ in ranked]
        chosen = _allocate([terms.bank(state) for state in states], terms.size, beam_size)
        n = max(len(chosen), 1)
        candidates = ActiveHypotheses(
            np.full((1, n), search, np.int32),
            np.full((1, n), self._eos, np.int32),
            np.zeros((1, n), np.int32),
            np.zeros((1, n)),
            np.full((1, n), -np.inf),
            np.zeros((1, n), np.int32),
        )
        for i, place in enumerate(chosen):
            (row, token), (total, value) = ranked[place]
            candidates.tokens[0, i], candidates.parents[0, i] = token, row
            candidates.log_probabilities[0, i] = total
            candidates.token_log_probabilities[0, i] = value
            candidates.missing_terms[0, i] = terms.missing(states[place])
        is_possible = candidates.log_probabilities > -np.inf
        is_eos = candidates.tokens == self._eos
        return Candidates(candidates, is_possible & is_eos, is_possible & ~is_eos)

    def _continuations(
        self,
        terms: Terms,
        state: ConstraintState,
        ids: np.ndarray,
        token_log_probabilities: np.ndarray,
        beam_size: int,
    ) -> dict[int, float]:
        """Return the best next tokens of a hypothesis, and those of missing terms."""
        may_end = not terms.missing(state)
        best = np.argsort(-token_log_probabilities, kind="stable")[: beam_size + 1]
        needed = np.flatnonzero(np.isin(ids, list(terms.next_tokens(state))))
        columns = np.concatenate([best, needed])
        return {
            token: value
            for token, value in zip(
                ids[columns].tolist(), token_log_probabilities[columns].tolist(), strict=True
            )
            if value > -np.inf and (may_end or token != self._eos)
        }


def _allocate(banks: Sequence[int], size: int, beam_size: int) -> list[int]:
    """Return the candidates that remain in the beam.

    Args:
        banks: The bank of each candidate, the best candidate first.
        size: The number of the last bank, whose hypotheses contain all terms.
        beam_size: The maximum number of candidates that remain.

    Returns:
        Their indices, in order.
    """
    places: list[list[int]] = [[] for _ in range(size + 1)]  # of the candidates of each bank
    for place, bank in enumerate(banks):
        places[bank].append(place)
    share, more = divmod(beam_size, size + 1)
    # The remainder and unused places go to the banks of the highest counts.
    kept = [members[: share + (size - bank < more)] for bank, members in enumerate(places)]
    free = beam_size - sum(map(len, kept))
    for bank in range(size, -1, -1):
        further = places[bank][len(kept[bank]) :][:free]
        kept[bank] = kept[bank] + further
        free -= len(further)
    return sorted(place for members in kept for place in members)
