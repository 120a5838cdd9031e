"""Glossaries: terms with their required translations, and the search for terms in source texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from malgil.preprocessing.text.korean_particles import ends_noun

# Signs that join what stands on both sides into one name: ASP.NET, C++11, AT&T.
_JOINING = frozenset(".-_+#@/&'’~:*!")


@dataclass(frozen=True)
class Term:
    """A term and its required translations.

    Attributes:
        source: The term as it occurs in source texts.
        targets: The alternative translations, one of which must appear in the translation.
    """

    source: str
    targets: tuple[str, ...]


class Occurrence(NamedTuple):
    """A term that was found in a text, at `text[begin:end]`."""

    term: Term
    begin: int
    end: int


class Glossary:
    """Terms that are searched for in texts.

    A term is found as a whole word. One in lower case is found in any case, unless another term has
    that spelling; one with capitals is found only as it is spelled: May is not found in "may". A
    Korean term may be followed by particles and the copula: 서울 is found in 서울에서, 서울까지만
    and 서울이었어요, not in 서울대.

    Args:
        terms: The terms, in any order. If two match at the same place, the longer one is found. If
            two have the same spelling, their translations become alternatives.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms: dict[str, Term] = {}
        for term in terms:
            known = self._terms.get(term.source)
            targets = (*known.targets, *term.targets) if known else term.targets
            self._terms[term.source] = Term(term.source, tuple(dict.fromkeys(targets)))
        self._lengths = sorted({len(source) for source in self._terms}, reverse=True)
        self._first_characters = {_fold(source[0]) for source in self._terms}

    def find(self, text: str, protected: Sequence[tuple[int, int]] = ()) -> Iterator[Occurrence]:
        """Yield each occurrence of a term in a text, in order, without overlap.

        Args:
            text: Normalized text.
            protected: The begin and end of each span in which no term is looked for, such as an
                address. A term may contain a whole span and more: *2002 World Cup*.
        """
        folded = _fold(text)
        begin = 0
        while begin < len(text):
            found = None
            if folded[begin] in self._first_characters and _begins_word(text, begin):
                found = self._longest_at(text, folded, begin, protected)
            if found:
                yield found
            begin = found.end if found else begin + 1

    def _longest_at(
        self, text: str, folded: str, begin: int, protected: Sequence[tuple[int, int]]
    ) -> Occurrence | None:
        """Return the longest term that begins at an index."""
        for length in self._lengths:
            end = begin + length
            if end > len(text):  # a shorter term would be found with the length of this one
                continue
            term = self._terms.get(text[begin:end]) or self._terms.get(folded[begin:end])
            if term and _ends_word(text, end) and not _is_protected(begin, end, protected):
                return Occurrence(term, begin, end)
        return None


def _fold(text: str) -> str:
    """Return text in lower case, each character in the place of its capital."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _begins_word(text: str, begin: int) -> bool:
    """Return whether a term may begin at an index: not within a word or a name such as ASP.NET.

    Other signs may follow a word directly: 50%, (주)가온.
    """
    first, before = text[begin], text[begin - 1 : begin]
    return not (_is_word(first) or first in _JOINING) or not _is_word(before)


def _ends_word(text: str, end: int) -> bool:
    """Return whether a term may end at an index: before no word, or only Korean particles."""
    last, following = text[end - 1 : end], text[end : end + 2]
    if not (_is_word(last) or last in _JOINING):
        return True
    if _is_word(last) and last.isascii() and (following == "++" or following[:1] == "#"):
        return False  # C in C++
    is_hangul = "가" <= following[:1] <= "힣"
    return ends_noun(text, end) if is_hangul else not _is_word(following[:1])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_protected(begin: int, end: int, protected: Sequence[tuple[int, int]]) -> bool:
    """Return whether a span overlaps a protected one without containing it and more."""
    return any(
        begin < last
        and first < end
        and not (begin <= first and last <= end and (begin, end) != (first, last))
        for first, last in protected
    )
