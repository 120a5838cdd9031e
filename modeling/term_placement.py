"""The placement of glossary terms: a term replaces the words that the model translates it with.

A constrained search appends a term to a translation if the model strongly prefers another word in
the term's place, and continues badly after words that it seldom saw in training. Here the sentence
is first translated freely, and then each required translation replaces the model's own:

1. Its first word is the one that depends most on the term. How much a word depends on it is
   measured with the model, as attention of recurrent models is often not an alignment: it is the
   mean of the change in the word's log-probability when the term is removed from the source, and
   when it is added to an empty source. (A Shapley value averages all such changes.)
2. Its end is found by another translation of the sentence, in which the term is unknown to the
   model: the words with which both translations end do not belong to the term, nor what follows a
   function word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from malgil.modeling.search import Hypothesis, Request
from malgil.modeling.search.request import Phrase, forced_options, forced_request
from malgil.modeling.target_words import TargetWords
from malgil.modeling.term_draft import TermDraft, TermPlace
from malgil.preprocessing.text.subword import EOS, UNK, Ids
from malgil.settings import DecodingOptions

Search = Callable[[Sequence[Ids], Sequence[Request], DecodingOptions], list[list[Hypothesis]]]
"""Finds the best hypotheses of each source, best first."""

# The words before it belong to the translation of the term if they depend on it by this share.
_SHARE_OF_FIRST_WORDS = 0.5
_OTHER_TRANSLATIONS = 5  # to find the end of the term's translation


class TermPlacer:
    """Searches for translations with the required terms in place of the model's own words.

    Args:
        search: Searches with the model.
        words: Finds the words of translations.
        options: The decoding options.
    """

    def __init__(self, search: Search, words: TargetWords, options: DecodingOptions) -> None:
        self._search = search
        self._words = words
        self._options = options

    def search(self, sources: Sequence[Ids], requests: Sequence[Request]) -> list[list[Hypothesis]]:
        """Find the best hypotheses of each source, with the terms of its request.

        A sentence whose translations have all terms is searched once. One in which a term has no
        place is searched by `LexicallyConstrainedBeamSearch`.

        Args:
            sources: The ids of each source, the end mark last.
            requests: One for each source.

        Returns:
            The hypotheses of each source, in the order of the free translations. They have the
            scores of the model.
        """
        free = [dataclasses.replace(request, constraints=()) for request in requests]
        results = self._search(sources, free, self._options)
        drafts = {
            i: [TermDraft(sources[i], request, one, self._words) for one in results[i]]
            for i, request in enumerate(requests)
            if request.constraints
        }
        incomplete = [draft for group in drafts.values() for draft in group if draft.terms]
        self._find_begins(incomplete)
        self._find_ends(incomplete)
        self._replace(incomplete)
        for i, group in drafts.items():
            complete = [draft.hypothesis for draft in group if draft.hypothesis]
            results[i] = list({tuple(one.ids): one for one in reversed(complete)}.values())[::-1]
        remaining = [i for i, hypotheses in enumerate(results) if not hypotheses]
        constrained = self._search(
            [sources[i] for i in remaining], [requests[i] for i in remaining], self._options
        )
        for i, hypotheses in zip(remaining, constrained, strict=True):
            results[i] = hypotheses
        return results

    def _find_begins(self, drafts: Sequence[TermDraft]) -> None:
        """Find where the model's translation of each term begins, and set the places of a draft.

        A term that the draft translates as required gets no place.
        """
        sources = [
            source
            for draft in drafts
            for source in (
                draft.source,
                [UNK, EOS],
                *(
                    variant
                    for term in draft.terms
                    for variant in (draft.without(term), draft.only(term))
                ),
            )
        ]
        targets = [draft.ids for draft in drafts for _ in range(2 + 2 * len(draft.terms))]
        scores = (one.token_log_probabilities for one in self._forced(sources, targets))
        for draft in drafts:
            full, empty = next(scores), next(scores)
            dependences = []
            for _term in draft.terms:
                changes = zip(full, next(scores), next(scores), empty, strict=True)
                dependences.append([((a - b) + (c - d)) / 2 for a, b, c, d in changes])
            self._set_places(draft, np.array(dependences))

    def _set_places(self, draft: TermDraft, dependences: NDArray[np.float64]) -> None:
        """Set the places of a draft without their ends.

        Args:
            draft: The draft.
            dependences: `(terms, tokens)`, the dependence of each token on each term.
        """
        words = self._words.split(draft.ids)
        is_free = np.array(
            [word.is_content and word.begin >= len(draft.request.prefix) for word in words], bool
        )
        values = np.array([dependences[:, word.begin : word.end].sum(axis=1) for word in words])
        remaining = set(draft.terms)
        while remaining:
            # The clearest first, so that two terms do not take the same word.
            free = np.where(is_free[:, None], values, -np.inf) if len(words) else np.zeros((0, 0))
            term, best = max(
                ((term, int(word)) for term in remaining for word in np.flatnonzero(is_free)),
                key=lambda pair: free[pair[1], pair[0]],
                default=(-1, -1),
            )
            if best < 0:
                draft.hypothesis = None
                return
            first = best
            while first and free[first - 1, term] >= _SHARE_OF_FIRST_WORDS * free[best, term]:
                first -= 1
            is_free[first : best + 1] = False
            remaining.remove(term)
            begin = words[first].begin
            if not draft.has_at(begin, term):
                draft.places.append(TermPlace(begin, words[best].end, term))

    def _find_ends(self, drafts: Sequence[TermDraft]) -> None:
        """Find where the model's translation of each term ends."""
        options = dataclasses.replace(
            self._options,
            n_best=_OTHER_TRANSLATIONS,
            beam_size=max(_OTHER_TRANSLATIONS, self._options.beam_size),
            coverage_penalty=0.0,
        )
        jobs = [(draft, place) for draft in drafts if draft.hypothesis for place in draft.places]
        found = self._search(
            [draft.without(place.term) for draft, place in jobs],
            [
                dataclasses.replace(
                    draft.request, prefix=tuple(draft.ids[: place.begin]), constraints=()
                )
                for draft, place in jobs
            ],
            options,
        )
        for draft in drafts:
            draft.places = []
        for (draft, place), others in zip(jobs, found, strict=True):
            ends = [
                len(draft.ids) - common
                for other in others
                if (common := self._common_end(draft.ids, other.ids, place.begin))
            ]
            # A verb or a preposition does not belong to the term, whose translation is a noun.
            end = self._words.content_end(draft.ids, place.begin, min(ends, default=place.end))
            draft.places.append(place._replace(end=max(place.end, end)))

    def _common_end(self, ids: Ids, other: Ids, begin: int) -> int:
        """Return the number of last tokens that two translations share, whole words only.

        Returns:
            The number; 0 if the other one has the same word at `begin`, so that it does not show
            where the translation of the term ends.
        """
        if len(other) <= begin or other[begin] == ids[begin]:
            return 0
        common = 0
        while (
            common < min(len(ids), len(other)) - begin - 1
            and ids[-1 - common] == other[-1 - common]
        ):
            common += 1
        while common and not self._words.is_boundary(ids, len(ids) - common):
            common -= 1
        # If the other one continues with more than a noun, its end shows nothing.
        end = len(other) - common
        return common if self._words.content_end(other, begin, end) == end else 0

    def _replace(self, drafts: Sequence[TermDraft]) -> None:
        """Replace the places of each draft, each by the alternative that the model prefers."""
        drafts = [draft for draft in drafts if draft.hypothesis]
        jobs = [
            (place, phrase, draft)
            for draft in drafts
            for place in draft.places
            if len(phrases := draft.request.constraints[place.term]) > 1
            for phrase in phrases
        ]
        scored = self._forced(
            [draft.source for _, _, draft in jobs],
            [self._spliced(draft, {place: phrase}) for place, phrase, draft in jobs],
        )
        chosen: dict[tuple[int, TermPlace], tuple[float, Phrase]] = {}
        for (place, phrase, draft), hypothesis in zip(jobs, scored, strict=True):
            key = id(draft), place
            if key not in chosen or hypothesis.score > chosen[key][0]:
                chosen[key] = hypothesis.score, phrase
        targets = [
            self._spliced(
                draft,
                {
                    place: chosen[id(draft), place][1]
                    if (id(draft), place) in chosen
                    else draft.request.constraints[place.term][0]
                    for place in draft.places
                },
            )
            for draft in drafts
        ]
        for draft, target, hypothesis in zip(
            drafts, targets, self._forced([draft.source for draft in drafts], targets), strict=True
        ):
            draft.hypothesis = None if draft.is_missing(target) else hypothesis

    def _spliced(self, draft: TermDraft, phrases: Mapping[TermPlace, Phrase]) -> Ids:
        """Return the ids of a draft, with phrases in some of its places."""
        ids = draft.ids
        following = len(ids)
        # From the last to the first, so that the indices of the others remain valid.
        for place in sorted(phrases, reverse=True):
            ids = self._words.replace(ids, place.begin, min(place.end, following), phrases[place])
            following = place.begin
        return ids

    def _forced(self, sources: Sequence[Ids], targets: Sequence[Ids]) -> Iterator[Hypothesis]:
        """Yield given translations as hypotheses, with their scores and attention."""
        requests = [
            forced_request([*target, EOS], len(source))
            for source, target in zip(sources, targets, strict=True)
        ]
        for ranked in self._search(sources, requests, forced_options(self._options)):
            yield ranked[0]
