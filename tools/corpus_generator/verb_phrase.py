"""English predicates: the inflected head, agreement, do-support, questions."""

from __future__ import annotations

from dataclasses import dataclass

from tools.corpus_generator.english import (
    past_participle,
    past_tense,
    present_participle,
    third_person,
)

TENSES = ("present", "past", "future")
MODAL_PASTS = {"can": "could", "may": "might"}
MODAL_FUTURES = {"can": "be able to", "may": "be allowed to"}
NEGATIVES = {
    "can": "can't", "will": "won't", "do": "don't", "am": "am not", "may": "may not",
    "might": "might not",
}  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """The person and number that an English verb agrees with.

    Args:
        person: 1, 2 or 3.
        is_plural: Whether the subject is more than one.
    """

    person: int = 3
    is_plural: bool = False

    @property
    def is_third_singular(self) -> bool:
        """Whether the present ends in -s."""
        return self.person == 3 and not self.is_plural


@dataclass(frozen=True)
class VerbPhrase:
    """An uninflected predicate.

    Args:
        head: The word that is inflected: "eat", "be", "can", "have".
        rest: What follows it: "up", "hungry", "to eat".
        is_auxiliary: Whether the head itself precedes the subject in questions and needs no do: be,
            can, and have of the perfect.
    """

    head: str
    rest: str = ""
    is_auxiliary: bool = False

    @classmethod
    def parse(cls, text: str) -> VerbPhrase:
        """Read "listen to" or "be hungry": the first word is the head."""
        head, _, rest = text.partition(" ")
        return cls(head, rest, head == "be")

    def base(self) -> str:
        """Return the bare infinitive: "listen to"."""
        return words(self.head, self.rest)

    def gerund(self) -> str:
        """Return the form in -ing: "listening to"."""
        return words(present_participle(self.head), self.rest)

    def participle(self) -> str:
        """Return the past participle: "listened to"."""
        return words(past_participle(self.head), self.rest)


def words(*parts: str) -> str:
    """Join the parts that are not empty with single spaces."""
    return " ".join(part for part in parts if part)


def be(agreement: Agreement, tense: str = "present") -> str:
    """Return am, is, are, was or were."""
    is_singular = not agreement.is_plural and agreement.person != 2
    if tense == "past":
        return "was" if is_singular else "were"
    if is_singular:
        return "am" if agreement.person == 1 else "is"
    return "are"


def negate(auxiliary: str) -> str:
    """Return an auxiliary with not: do → don't, can → can't, am → am not."""
    return NEGATIVES.get(auxiliary) or auxiliary + "n't"


def _split(phrase: VerbPhrase, agreement: Agreement, tense: str) -> tuple[str, str]:
    """Return the auxiliary ("" if there is none) and the rest of a positive statement."""
    if tense == "future":
        bare = words(MODAL_FUTURES.get(phrase.head, phrase.head), phrase.rest)
        return "will", bare
    if phrase.head == "be":
        return be(agreement, tense), phrase.rest
    if phrase.head in MODAL_PASTS:
        return (phrase.head if tense == "present" else MODAL_PASTS[phrase.head]), phrase.rest
    if tense == "past":
        form = past_tense(phrase.head)
    else:
        form = third_person(phrase.head) if agreement.is_third_singular else phrase.head
    return (form, phrase.rest) if phrase.is_auxiliary else ("", words(form, phrase.rest))


def inflect(
    phrase: VerbPhrase,
    agreement: Agreement,
    tense: str = "present",
    is_negative: bool = False,
    needs_auxiliary: bool = False,
) -> tuple[str, str]:
    """Inflect a predicate.

    Args:
        phrase: The predicate.
        agreement: The subject's person and number.
        tense: One of `TENSES`.
        is_negative: Whether not is added.
        needs_auxiliary: Whether an auxiliary must precede the subject, as in a question.

    Returns:
        The auxiliary, including not, and the rest. They are adjacent in a statement, and on either
        side of the subject in a question. The auxiliary is "" if there is none.

    Raises:
        ValueError: If the tense is unknown.
    """
    if tense not in TENSES:
        raise ValueError(f"tense accepts {', '.join(TENSES)}. Received: {tense!r}.")
    auxiliary, rest = _split(phrase, agreement, tense)
    if not auxiliary and (is_negative or needs_auxiliary):
        present = "does" if agreement.is_third_singular else "do"
        auxiliary, rest = ("did" if tense == "past" else present), phrase.base()
    return (negate(auxiliary) if is_negative else auxiliary), rest


def statement(
    subject: str,
    agreement: Agreement,
    phrase: VerbPhrase,
    tense: str = "present",
    is_negative: bool = False,
    adverb: str = "",
) -> str:
    """Return a statement up to its predicate; an adverb such as often follows the auxiliary."""
    auxiliary, rest = inflect(phrase, agreement, tense, is_negative)
    return words(subject, auxiliary, adverb, rest)


def question(
    subject: str,
    agreement: Agreement,
    phrase: VerbPhrase,
    tense: str = "present",
    is_negative: bool = False,
    adverb: str = "",
) -> str:
    """Return a question up to its predicate, without a question word: does he often read."""
    auxiliary, rest = inflect(phrase, agreement, tense, is_negative, needs_auxiliary=True)
    return words(auxiliary, subject, adverb, rest)
