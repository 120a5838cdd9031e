"""Sentences of one clause about states: having, being, comparing, existing."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator import phrase
from tools.corpus_generator.clause import Triple, subject_korean
from tools.corpus_generator.composed import Composed, compose_pair, from_clause
from tools.corpus_generator.conjugation import finish, honorific, join, past
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.english import comparative, plural, superlative, with_article
from tools.corpus_generator.frames_simple import in_style
from tools.corpus_generator.lexicon import Adjective, Person
from tools.corpus_generator.particles import attach
from tools.corpus_generator.phrase import NounPhrase
from tools.corpus_generator.verb_phrase import Agreement, VerbPhrase, be, statement, words

DEGREES = (("아주", "very"), ("정말", "really"), ("너무", "too"))
POSITIONS = (
    ("위에", "on", "desk table chair bed box"),
    ("아래에", "under", "desk table chair bed"),
    ("옆에", "next to", "desk table chair bed box"),
    ("안에", "in", "bag box"),
)
LOCATED = ("thing", "losable", "breakable", "fruit", "text", "lendable")
HOLDERS = ("책상", "식탁", "의자", "침대", "상자", "가방")


def having(draw: Draw) -> Composed | None:
    """Compose a sentence about having or needing: 저는 고양이가 두 마리 있어요."""
    clause, style = in_style(draw, "having")
    if clause is None or "honorific" in clause.subject.flags or clause.object is None:
        return None
    tense = draw.one(("present", "present", "past"))
    is_having = clause.verb.korean == "있다"
    is_denied = draw.chance(0.3)
    verb = replace(clause.verb, korean="없다") if is_having and is_denied else clause.verb
    korean_clause = replace(clause, verb=verb, tense=tense, negation="")
    english_clause = replace(clause, tense=tense, negation="long" if is_denied else "")
    if is_denied and not is_having:
        korean_clause = english_clause
    noun = next(
        one
        for one in draw.lexicon.nouns
        if one.english == clause.object.key  # the plain thing
    )
    if is_denied or clause.object.english.startswith(("this", "that", "these", "those", "the")):
        korean_clause = replace(korean_clause, object=phrase.bare(noun))
        english_clause = replace(english_clause, object=phrase.bare(noun))
    korean = from_clause(korean_clause, style, "은/는").korean
    return Composed(korean, from_clause(english_clause, style, "은/는").english, (clause.triple,))


def copula(draw: Draw) -> Composed | None:
    """Compose a sentence about what someone is or is not.

    Example: 저는 학생이에요, 그 남자는 의사가 아니에요.
    """
    subject = draw.person()
    if not subject.flags.isdisjoint({"job", "child"}):
        return None
    style, role = draw.style(subject), draw.one(draw.lexicon.roles)
    tense = draw.one(("present", "present", "past"))
    is_denied = draw.chance(0.3)
    form = f"{attach(role.korean, '이/가')} 아니다" if is_denied else role.korean + "이다"
    form = honorific(form) if "honorific" in subject.flags else form
    form = past(form) if tense == "past" else form
    korean = words(subject_korean(subject, style, draw.pair()), finish(form, style, is_verb=False))
    is_many = subject.agreement.is_plural
    complement = plural(role.english) if is_many else with_article(role.english)
    english = statement(
        subject.english, subject.agreement, VerbPhrase("be", complement, True), tense, is_denied
    )
    return compose_pair(korean, english, Triple(subject.english, "이다/be", role.english))


def becoming(draw: Draw) -> Composed | None:
    """Compose a sentence about what someone becomes or wants to become.

    Example: 제 딸은 의사가 되고 싶어 해요.
    """
    subject = draw.person(without="job")
    role = draw.one([role for role in draw.lexicon.roles if "사람" not in role.korean])
    is_many = subject.agreement.is_plural
    english = plural(role.english) if is_many else with_article(role.english)
    want = "want" if subject.is_first else "want_other"
    modality = draw.one(("simple", want, want, "can", "plan"))
    clause = draw.clause(
        replace(draw.lexicon.actions[0], korean="되다", english="become", objects=(), particle="이",
                places=(), adverbs=(), tools=(), flags=frozenset({"nocompanion"})),
        subject, None, modality, "past" if modality == "simple" else "present", "", adorned=False,
    )  # fmt: skip
    if clause is None:
        return None
    clause = replace(clause, object=NounPhrase(role.korean, english, role.english))
    return from_clause(clause, draw.style(subject), draw.pair())


def person_quality(draw: Draw) -> tuple[Person, Adjective]:
    """Draw a person and a quality that people have."""
    adjectives = [one for one in draw.lexicon.adjectives if "person" in one.classes]
    return draw.person(), draw.one(adjectives)


def describing(draw: Draw) -> Composed | None:
    """Compose a sentence that describes a person: 우리 할머니는 아주 건강하세요."""
    subject, adjective = person_quality(draw)
    style = draw.style(subject)
    is_denied, tense = draw.chance(0.15), draw.one(("present", "present", "past"))
    degree = draw.one(DEGREES) if not is_denied and draw.chance(0.4) else ("", "")
    return _described(
        subject_korean(subject, style, draw.pair()), subject.english, subject.agreement,
        adjective, style, tense, degree, is_denied, "honorific" in subject.flags,
    )  # fmt: skip


def _described(
    korean: str, english: str, agreement: Agreement, adjective: Adjective, style: str, tense: str,
    degree: tuple[str, str], is_denied: bool, is_honored: bool = False,
) -> Composed:  # fmt: skip
    form = adjective.korean
    form = honorific(form) if is_honored else form
    form = join(form, "지 않다") if is_denied else form
    form = past(form) if tense == "past" else form
    *before, last = finish(form, style, is_verb=False).split(" ")
    if is_denied and before:
        before, last = before[:-1], f"{before[-1]} {last}"
    text = words(korean, *before, degree[0], last)
    predicate = VerbPhrase("be", words(degree[1], adjective.english), True)
    said = statement(english, agreement, predicate, tense, is_denied)
    key = english.removeprefix("the ").removeprefix("this ").removeprefix("that ")
    return compose_pair(text, said, Triple(key, adjective.korean, ""))


def describing_thing(draw: Draw) -> Composed | None:
    """Compose a sentence that describes a thing or a place: 이 가방은 너무 비싸요."""
    adjective = draw.one([one for one in draw.lexicon.adjectives if "person" not in one.classes])
    nouns = [one for one in draw.lexicon.nouns_of(*adjective.classes) if one.kind != "own"]
    if not nouns:
        return None
    noun = draw.one(nouns)
    style = draw.style(draw.third(without="honorific"))
    if noun.kind in ("the", "zero"):
        thing = phrase.bare(noun)
    elif draw.chance(0.3) and not phrase.OWNABLE.isdisjoint(noun.classes):
        thing = phrase.owned(noun, draw.lexicon.people[0], style)
    else:
        thing = phrase.demonstrated(noun, *draw.one(phrase.DEMONSTRATIVES))
    is_denied, tense = draw.chance(0.15), draw.one(("present", "present", "past"))
    degree = draw.one(DEGREES) if not is_denied and draw.chance(0.4) else ("", "")
    return _described(
        attach(thing.korean, "은/는"), thing.english, Agreement(3, thing.is_plural), adjective,
        style, tense, degree, is_denied,
    )  # fmt: skip


def describing_place(draw: Draw) -> Composed | None:
    """Compose a sentence that describes a place: 그 도서관은 아주 조용해요."""
    adjective = draw.one([one for one in draw.lexicon.adjectives if "place" in one.classes])
    place = draw.one([one for one in draw.lexicon.places if one.article == "the"])
    korean, english = draw.one(phrase.DEMONSTRATIVES)
    is_denied, tense = draw.chance(0.15), draw.one(("present", "present", "past"))
    degree = draw.one(DEGREES) if not is_denied and draw.chance(0.5) else ("", "")
    return _described(
        attach(f"{korean} {place.korean}", "은/는"), f"{english} {place.noun}", Agreement(),
        adjective, draw.style(draw.third()), tense, degree, is_denied,
    )  # fmt: skip


def comparing(draw: Draw) -> Composed | None:
    """Compose a sentence that compares people: 민수 씨는 지영 씨보다 키가 더 커요."""
    subject, adjective = person_quality(draw)
    other = draw.person(subject)
    style = draw.style(subject)
    form = honorific(adjective.korean) if "honorific" in subject.flags else adjective.korean
    *before, last = finish(form, style, is_verb=False).split(" ")
    opening = subject_korean(subject, style, draw.pair())
    triple = Triple(subject.english, adjective.korean, other.english)
    verb = be(subject.agreement)
    is_family = "family" in subject.flags
    if "feeling" not in adjective.classes and draw.chance(0.35):
        group, english = ("우리 반에서", "in our class")
        if is_family:
            group, english = ("우리 가족 중에서", "in my family")
        elif subject.flags.isdisjoint({"name", "first"}) or subject.agreement.is_plural:
            return None
        korean = words(opening, group, *before, "가장", last)
        said = f"the {superlative(adjective.english)}"
        triple = replace(triple, object=english)
        return compose_pair(korean, words(subject.english, verb, said, english), triple)
    korean = words(opening, f"{phrase.name(other, style)}보다", *before, "더", last)
    said = words(subject.english, verb, comparative(adjective.english), "than", other.object_form)
    return compose_pair(korean, said, triple)


def comparing_things(draw: Draw) -> Composed | None:
    """Compose a sentence that compares things: 이 가방이 저 가방보다 더 비싸요."""
    adjective = draw.one([one for one in draw.lexicon.adjectives if "person" not in one.classes])
    nouns = [one for one in draw.lexicon.nouns_of(*adjective.classes) if one.kind == "count"]
    if not nouns or adjective.english in ("red", "blue", "white", "black", "yellow"):
        return None
    first = draw.one(nouns)
    second = first if draw.chance(0.5) else draw.one(nouns)
    style = draw.style(draw.third(without="honorific"))
    korean = words(
        attach(f"이 {first.korean}", "이/가" if draw.chance(0.5) else "은/는"),
        f"저 {second.korean}보다 더", finish(adjective.korean, style, is_verb=False),
    )  # fmt: skip
    said = f"this {first.english} is {comparative(adjective.english)} than that {second.english}"
    return compose_pair(korean, said, Triple(first.english, adjective.korean, second.english))


def existing(draw: Draw) -> Composed | None:
    """Compose a sentence about where things are.

    Example: 책상 위에 책이 두 권 있어요, 그 책은 책상 위에 있어요.
    """
    chosen = draw.one(HOLDERS)
    holder = next(one for one in draw.lexicon.nouns if one.korean == chosen)
    positions = [one for one in POSITIONS if holder.english in one[2].split()]
    noun = draw.one(draw.lexicon.nouns_of(*LOCATED))
    if noun is holder or not noun.classes.isdisjoint(
        {"bigthing", "drivable", "openable", "message"}
    ):
        return None
    if not positions or noun.kind not in ("count", "plural"):
        return None
    is_small_box = holder.english in ("table", "desk", "box", "bag")
    if not is_small_box and not noun.classes.isdisjoint({"fruit", "breakable"}):
        return None
    position, preposition, _ = draw.one(positions)
    style = draw.style(draw.third(without="honorific"))
    tense = draw.one(("present", "present", "past"))
    triple = Triple(noun.english, "있다/be", holder.english)
    where, said_where = f"{holder.korean} {position}", f"{preposition} the {holder.english}"
    form = past("있다") if tense == "past" else "있다"
    if draw.chance(0.4):
        thing = phrase.demonstrated(noun, *draw.one(phrase.DEMONSTRATIVES[:2]))
        korean = words(attach(thing.korean, "은/는"), where, finish(form, style))
        verb = be(Agreement(3, thing.is_plural), tense)
        return compose_pair(korean, words(thing.english, verb, said_where), triple)
    if draw.chance(0.25):
        form = past("없다") if tense == "past" else "없다"
        verb = be(Agreement(3, noun.kind == "plural"), tense)
        korean = words(where, attach(noun.korean, "이/가"), finish(form, style))
        return compose_pair(korean, words("there", verb, "no", noun.english, said_where), triple)
    if phrase.is_countable(noun) and draw.chance(0.4):
        number, english = draw.one(phrase.NUMBERS)
        thing = phrase.counted(noun, number, english)
        korean = words(where, attach(noun.korean, "이/가"), number, noun.counter)
    else:
        thing = draw.described(noun) if draw.chance(0.4) else phrase.bare(noun)
        korean = words(where, attach(thing.korean, "이/가"))
    verb = be(Agreement(3, thing.is_plural), tense)
    korean = words(korean, finish(form, style))
    return compose_pair(korean, words("there", verb, thing.english, said_where), triple)
