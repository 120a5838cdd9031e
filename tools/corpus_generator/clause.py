"""One clause, expressed in Korean and in English."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tools.corpus_generator.conjugation import attributive, finish, future, past
from tools.corpus_generator.lexicon import Adverbial, Person, Place, Verb
from tools.corpus_generator.modality import MODALITIES, Modality, cannot, deny, deny_lexically
from tools.corpus_generator.particles import attach
from tools.corpus_generator.phrase import NounPhrase, name
from tools.corpus_generator.verb_phrase import VerbPhrase, question, statement, words

BEFORE_OBJECT = ("together", "alone", "again", "often")


@dataclass(frozen=True, order=True)
class Triple:
    """Subject, verb and object; the object may be a place, a complement or "" (none)."""

    subject: str
    verb: str
    object: str


@dataclass(frozen=True)
class Clause:
    """A clause with everything that both languages need.

    Args:
        subject: The person who acts.
        verb: The action.
        object: The thing or person acted on, or None.
        modality: A key of `MODALITIES`.
        tense: Present, past or future.
        negation: "" none, "short" 안, "long" -지 않다, "cannot" 못.
        time, frequency, companion, place, manner, tool: Optional additions.
        recipient: The person to whom something is given, or from whom it is received.
    """

    subject: Person
    verb: Verb
    object: NounPhrase | None = None
    modality: str = "simple"
    tense: str = "present"
    negation: str = ""
    time: Adverbial | None = None
    frequency: Adverbial | None = None
    companion: Person | None = None
    place: Place | None = None
    manner: Adverbial | None = None
    tool: Adverbial | None = None
    recipient: Person | None = None

    @property
    def triple(self) -> Triple:
        """The keys of subject, verb and object."""
        thing = self.object.key if self.object else ""
        if not thing and self.place and "needsplace" in self.verb.flags:
            thing = self.place.noun
        return Triple(self.subject.english, self.verb.key, thing)

    @property
    def kind(self) -> Modality:
        """The modality of the clause."""
        return MODALITIES[self.modality]


def is_verbal(clause: Clause) -> bool:
    """Return whether the Korean predicate acts as a verb: 필요하다 and 고 싶다 do not."""
    is_adjective = clause.modality == "simple" and "adjective" in clause.verb.flags
    return clause.kind.is_verb and not is_adjective


def subject_korean(person: Person, style: str, pair: str = "은/는") -> str:
    """Return the subject with its particle: 저는, 제가, 네가, 민수 씨는.

    Args:
        person: The subject.
        style: One of `conjugation.STYLES`.
        pair: "은/는" for the topic, "이/가" for the subject.
    """
    text = name(person, style)
    if pair == "이/가" and text in ("저", "나", "너"):
        return {"저": "제가", "나": "내가", "너": "네가"}[text]
    return attach(text, pair)


def is_honored(clause: Clause) -> bool:
    """Return whether the Korean verb honors the subject."""
    return "honorific" in clause.subject.flags


def lemma(clause: Clause, tense: str | None = None) -> str:
    """Return the predicate as a dictionary form: honorific, modality, negation, then tense.

    Args:
        clause: The clause.
        tense: The tense to use instead of that of the clause.
    """
    verb = clause.verb.korean
    if clause.recipient and "honorific" in clause.recipient.flags and verb.endswith("주다"):
        verb = verb[:-2] + "드리다"
    if verb == "알다" and clause.negation:
        verb, clause = "모르다", replace(clause, negation="")
    form = clause.kind.korean(verb, is_honored(clause))
    if clause.negation == "cannot":
        form = cannot(form)
    elif clause.negation and clause.kind.negative == "lexical":
        form = deny_lexically(form)
    elif clause.negation:
        form = deny(form, clause.negation == "short")
    tense = tense or clause.tense
    return past(form) if tense == "past" else future(form) if tense == "future" else form


def object_korean(clause: Clause) -> str:
    """Return the object with the particle of the verb: 책을, 민수에게, 학교에."""
    if clause.object is None:
        return ""
    if clause.verb.particle in ("이", "가"):
        return attach(clause.object.korean, "이/가")
    if clause.verb.particle == "을" or clause.recipient:
        return attach(clause.object.korean, "을/를")
    return clause.object.korean + clause.verb.particle


def recipient_korean(clause: Clause, style: str) -> str:
    """Return the recipient with its particle: 민수 씨에게, 할머니께; in casual style 나한테."""
    if clause.recipient is None:
        return ""
    particle = clause.verb.particle
    if "honorific" in clause.recipient.flags:
        particle = "께"
    elif style == "casual":
        particle = particle.replace("에게", "한테")
    return name(clause.recipient, style) + particle


def companion_korean(companion: Person, style: str) -> str:
    """Return the companion with its particle: 민수 씨와; in casual style 민수랑."""
    return attach(name(companion, style), "이랑/랑" if style == "casual" else "과/와")


def middle_korean(clause: Clause, style: str) -> str:
    """Return everything between subject and predicate, except for the time."""
    manner = clause.manner
    is_early = manner is not None and manner.key in BEFORE_OBJECT
    text = manner.korean if manner else ""
    return words(
        clause.frequency.korean if clause.frequency else "",
        companion_korean(clause.companion, style) if clause.companion else "",
        text if is_early else "",
        f"{clause.place.korean}{place_particle(clause)}" if clause.place else "",
        clause.tool.korean if clause.tool else "",
        recipient_korean(clause, style),
        object_korean(clause),
        "" if is_early else text,
    )


def place_particle(clause: Clause) -> str:
    """Return the particle of the place: 에서 for an action, 에 for living somewhere."""
    return "에" if "needsplace" in clause.verb.flags else "에서"


def body_korean(clause: Clause, style: str, pair: str = "은/는", time_first: bool = False) -> str:
    """Return the clause up to its predicate.

    Args:
        clause: The clause.
        style: One of `conjugation.STYLES`.
        pair: The particle of the subject; "" omits the subject.
        time_first: Whether the time comes before the subject.
    """
    subject = subject_korean(clause.subject, style, pair) if pair else ""
    time = clause.time.korean if clause.time else ""
    opening = (time, subject) if time_first else (subject, time)
    return words(*opening, middle_korean(clause, style))


def sentence_korean(
    clause: Clause,
    style: str,
    pair: str = "은/는",
    time_first: bool = False,
    is_question: bool = False,
) -> str:
    """Return the clause as a sentence, with its punctuation."""
    ending = finish(lemma(clause), style, is_question, is_verbal(clause))
    body = body_korean(clause, style, pair, time_first)
    return words(body, ending) + ("?" if is_question else ".")


def modifier_korean(clause: Clause, style: str) -> str:
    """Return the clause as a modifier of a noun: 제가 어제 산 (책)."""
    form = attributive(lemma(clause, "present"), clause.tense, is_verbal(clause))
    return words(body_korean(clause, style, "이/가"), form)


def predicate_english(clause: Clause) -> tuple[VerbPhrase, bool, str]:
    """Return the English predicate, whether it is negated with not, and the adverb inside it."""
    phrase = clause.kind.english(clause.verb.phrase)
    adverb = clause.frequency.english if clause.frequency else ""
    if clause.negation == "cannot":
        return VerbPhrase("can", phrase.base(), is_auxiliary=True), True, adverb
    if clause.negation and clause.modality == "experience":
        return phrase, False, "never"
    return phrase, bool(clause.negation), adverb


def tail_english(clause: Clause, with_object: bool = True, with_place: bool = True) -> str:
    """Return what follows the predicate: object, manner, companion, tool, place, time."""
    recipient = clause.recipient.object_form if clause.recipient else ""
    is_source = "receiving" in clause.verb.flags
    return words(
        "" if is_source else recipient,
        clause.object.english if clause.object and with_object else "",
        f"from {recipient}" if is_source and recipient else "",
        clause.manner.english if clause.manner else "",
        words("with", clause.companion.object_form) if clause.companion else "",
        clause.tool.english if clause.tool else "",
        clause.place.where if clause.place and with_place else "",
        clause.time.english if clause.time else "",
    )


def clause_english(clause: Clause, is_question: bool = False, **kept: bool) -> str:
    """Return the clause without capital and period, as a statement or a question."""
    phrase, is_negative, adverb = predicate_english(clause)
    build = question if is_question else statement
    subject = clause.subject
    before = ""
    if clause.modality == "experience" and is_question:
        adverb = "ever"
    elif clause.modality == "experience" and not clause.negation:
        before = "before"
    text = build(subject.english, subject.agreement, phrase, clause.tense, is_negative, adverb)
    return words(text, tail_english(clause, **kept), before)
