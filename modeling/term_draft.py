"""Drafts: free translations of sentences, in which the terms of a glossary replace words."""

from __future__ import annotations

from typing import NamedTuple

from malgil.modeling.search import Hypothesis, Request
from malgil.modeling.search.constrained import missing_terms
from malgil.modeling.target_words import TargetWords
from malgil.preprocessing.text.subword import EOS, UNK, Ids


class TermPlace(NamedTuple):
    """The tokens `ids[begin:end]` of a draft that translate a term."""

    begin: int
    end: int
    term: int


class TermDraft:
    """A free translation of a sentence, in which terms replace words.

    Args:
        source: The ids of the source.
        request: The request with the terms.
        hypothesis: The translation.
        words: Finds the words of translations.

    Attributes:
        source, request: The arguments.
        ids: The tokens of the translation.
        hypothesis: The translation with the terms; None if they have no place in it.
        terms: The indices of the terms to place; none if the translation has them all.
        places: Their places.
    """

    def __init__(
        self, source: Ids, request: Request, hypothesis: Hypothesis, words: TargetWords
    ) -> None:
        self.source = source
        self.request = request
        self.ids = hypothesis.ids
        self.hypothesis: Hypothesis | None = hypothesis
        # A term may also begin the sentence.
        self._accepted = [
            tuple(dict.fromkeys(form for phrase in term for form in words.cases(phrase)))
            for term in request.constraints
        ]
        self.terms = range(len(request.constraints)) if self.is_missing(self.ids) else range(0)
        self.places: list[TermPlace] = []
        if self.terms and not all(request.term_positions):
            self.terms, self.hypothesis = range(0), None

    def is_missing(self, ids: Ids) -> bool:
        """Return whether a translation lacks terms."""
        return missing_terms(self._accepted, ids) > 0

    def has_at(self, begin: int, term: int) -> bool:
        """Return whether a required translation of a term begins at an index."""
        return any(
            tuple(self.ids[begin : begin + len(phrase)]) == phrase
            for phrase in self._accepted[term]
        )

    def without(self, term: int) -> Ids:
        """Return the source with the unknown piece in place of a term."""
        positions = self.request.term_positions[term]
        return [
            UNK if i == positions[0] else token
            for i, token in enumerate(self.source)
            if i == positions[0] or i not in positions
        ]

    def only(self, term: int) -> Ids:
        """Return the source that consists of a term."""
        return [*(self.source[i] for i in self.request.term_positions[term]), EOS]
