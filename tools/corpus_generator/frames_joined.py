"""Sentences of two clauses: and, but, when, before, after, while, in order to."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator.clause import (
    Clause,
    body_korean,
    clause_english,
    is_verbal,
    lemma,
    middle_korean,
    sentence_korean,
    subject_korean,
    tail_english,
)
from tools.corpus_generator.composed import Composed, compose_pair, conjoin
from tools.corpus_generator.conjugation import finish, honorific, join, join_eu, past
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import Person
from tools.corpus_generator.phrase import NounPhrase
from tools.corpus_generator.verb_phrase import words

UNRELATED = frozenset({"state", "happening"})


def _pair(
    draw: Draw, first: Person, second: Person, tense: str, style: str
) -> tuple[Clause | None, Clause | None]:
    """Draw two simple clauses in one tense; the second has no time."""
    one = draw.clause(None, first, style, "simple", tense, "")
    two = draw.clause(None, second, style, "simple", tense, "")
    if one is None or two is None or one.verb is two.verb:
        return None, None
    if any(not UNRELATED.isdisjoint(clause.verb.flags) for clause in (one, two)):
        return None, None
    if {"wear", "visit", "travel"} & {one.verb.english, two.verb.english}:
        return None, None
    if one.place and two.place:
        two = replace(two, place=None)
    two = replace(two, time=None, frequency=None, manner=None, tool=None)
    return replace(one, frequency=None, manner=None, companion=None), two


def _and(clause: Clause) -> str:
    """Return the English after and for the same subject: ate lunch and went home."""
    text = clause_english(clause)
    return text.removeprefix(clause.subject.english + " ").removeprefix("will ")


def sequence(draw: Draw) -> Composed | None:
    """Compose a sentence in which one person does two things: 저는 아침을 먹고 신문을 읽었어요."""
    subject = draw.person()
    style = draw.style(subject)
    tense = draw.one(("past", "past", "future", "present"))
    one, two = _pair(draw, subject, subject, tense, style)
    if one is None or two is None:
        return None
    korean = words(
        body_korean(one, style, "은/는", draw.chance(0.4)), join(lemma(one, "present"), "고"),
        middle_korean(two, style), finish(lemma(two), style),
    )  # fmt: skip
    english = words(clause_english(replace(one, time=None)), "and", _and(two))
    time = one.time.english if one.time else ""
    return compose_pair(korean, words(english, time), one.triple, two.triple)


def contrast(draw: Draw) -> Composed | None:
    """Compose a sentence in which two people do two things.

    Example: 저는 책을 읽고 민수 씨는 음악을 들어요; … 읽었지만 …
    """
    first = draw.person()
    second = draw.person(first, without="pronoun")
    style = draw.style(first)
    tense = draw.one(("past", "past", "future", "present"))
    one, two = _pair(draw, first, second, tense, style)
    if one is None or two is None:
        return None
    is_but = draw.chance(0.5)
    if is_but:
        negative = replace(one, subject=second, negation="long", time=None, place=None, tool=None)
        if negative.object and negative.object.english.startswith(f"{first.possessive} "):
            return None
        two = replace(negative, companion=None)
    form = past(lemma(one, "present")) if tense == "past" else lemma(one)
    ending = join(form, "지만" if is_but else "고")
    korean = words(
        body_korean(one, style, "은/는", draw.chance(0.3)), ending,
        sentence_korean(two, style)[:-1],
    )  # fmt: skip
    english = conjoin(clause_english(one), ", but" if is_but else "and", clause_english(two))
    return compose_pair(korean, english, one.triple, two.triple)


def while_going_on(draw: Draw) -> Composed | None:
    """Compose a sentence about two simultaneous events.

    Example: 제가 집에 왔을 때 민수 씨는 자고 있었어요.
    """
    first = draw.person()
    second = draw.person(first, without="pronoun")
    style = draw.style(first)
    verb = draw.one([*draw.lexicon.verbs_with("movement"), *draw.lexicon.verbs_with("routine")])
    one = draw.clause(verb, first, style, "simple", "past", "", adorned=False)
    two = draw.clause(None, second, style, "progressive", "past", "")
    if one is None or two is None or "personal" in two.verb.flags:
        return None
    two = replace(two, time=None)
    korean = words(
        body_korean(one, style, "이/가"), join_eu(lemma(one), "ㄹ"), "때",
        sentence_korean(two, style)[:-1],
    )  # fmt: skip
    english = conjoin("when", clause_english(one), ",", clause_english(two))
    return compose_pair(korean, english, one.triple, two.triple)


def _bare_action(clause: Clause) -> str:
    return words(clause.verb.phrase.gerund(), tail_english(clause))


def order_in_time(draw: Draw) -> Composed | None:
    """Compose a sentence with before, after or while.

    Example: 저는 자기 전에 책을 읽었어요, 음악을 들으면서 공부해요.
    """
    subject = draw.person()
    style = draw.style(subject)
    tense = draw.one(("past", "past", "future"))
    one, two = _pair(draw, subject, subject, tense, style)
    if one is None or two is None:
        return None
    one = replace(one, time=None)
    verb = one.verb.korean
    form = honorific(verb) if "honorific" in subject.flags else verb
    joined, said = draw.one(
        ((join(form, "기 전에"), "before"), (join_eu(form, "ㄴ 후에"), "after"), ("", "while"))
    )
    if said == "while":
        one = draw.clause(
            draw.lexicon.verb("듣다/listen to"), subject, style, "simple", tense, "", False
        )
        if one is None or two.verb.english == "sleep":
            return None
        joined = join_eu(honorific("듣다") if form != verb else "듣다", "면서")
    korean = words(
        subject_korean(subject, style), middle_korean(one, style), joined,
        middle_korean(two, style), finish(lemma(two), style),
    )  # fmt: skip
    english = words(clause_english(two), said, _bare_action(one))
    return compose_pair(korean, english, one.triple, two.triple)


def purpose(draw: Draw) -> Composed | None:
    """Compose a sentence about going somewhere to do something.

    Example: 저는 책을 읽으러 도서관에 갔어요.
    """
    subject = draw.person()
    style = draw.style(subject)
    aim = draw.clause(None, subject, style, "simple", "past", "")
    if aim is None or aim.place is None or "goal" not in aim.place.flags:
        return None
    if not aim.verb.flags.isdisjoint({"state", "happening", "nolike", "noplan", "routine"}):
        return None
    if aim.verb.english in ("drive", "use", "write in", "look at", "take", "sell"):
        return None
    go = next(one for one in draw.lexicon.verbs_with("movement") if one.english == "go")
    trip = draw.clause(go, subject, style, negation="")
    if trip is None or trip.kind.name in ("like", "experience", "know_how", "start"):
        return None
    goal = NounPhrase(aim.place.korean, aim.place.whither, aim.place.noun)
    trip = replace(trip, object=goal, manner=None, tool=None, frequency=None)
    aim = replace(aim, place=None, time=None, manner=None, companion=None, tool=None)
    time = trip.time.korean if trip.time else ""
    trip_body = middle_korean(trip, style).removesuffix(f"{goal.korean}에").strip()
    korean = words(
        subject_korean(subject, style), time, trip_body, middle_korean(aim, style),
        join_eu(aim.verb.korean, "러"), f"{goal.korean}에",
        finish(lemma(trip), style, is_verb=is_verbal(trip)),
    )  # fmt: skip
    when = trip.time.english if trip.time else ""
    english = words(
        clause_english(replace(trip, time=None)), "to", aim.verb.phrase.base(),
        tail_english(aim), when,
    )  # fmt: skip
    return compose_pair(korean, english, trip.triple, aim.triple)
