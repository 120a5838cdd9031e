"""One sentence pair and its triples."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize

from tools.corpus_generator.clause import Clause, Triple, clause_english, sentence_korean
from tools.corpus_generator.verb_phrase import words


@dataclass(frozen=True)
class Composed:
    """A Korean sentence, its English translation, and the triples of all its clauses."""

    korean: str
    english: str
    triples: tuple[Triple, ...]


def compose_pair(korean: str, english: str, *triples: Triple, mark: str = ".") -> Composed:
    """Finish a pair: NFC, a capital, and the same mark at the end of both sentences.

    Args:
        korean: The Korean sentence without its punctuation mark.
        english: The English sentence without capital and punctuation mark.
        triples: The triples of the sentence.
        mark: "." or "?".
    """
    korean = normalize("NFC", korean.strip()) + mark
    english = english.strip()
    return Composed(korean, english[:1].upper() + english[1:] + mark, triples)


def from_clause(clause: Clause, style: str, pair: str, time_first: bool = False) -> Composed:
    """Make a statement of one clause."""
    korean = sentence_korean(clause, style, pair, time_first)
    return compose_pair(korean[:-1], clause_english(clause), clause.triple)


def conjoin(*parts: str) -> str:
    """Join parts of a sentence, without a space before a comma."""
    return words(*parts).replace(" ,", ",")
