"""Sentences of one clause about actions: doing, going, giving."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator.clause import Clause
from tools.corpus_generator.composed import Composed, from_clause
from tools.corpus_generator.draw import Draw

VEHICLES = (
    ("버스로", "by bus"), ("지하철로", "by subway"), ("택시로", "by taxi"), ("기차로", "by train"),
    ("자전거로", "by bicycle"), ("자동차로", "by car"),
)  # fmt: skip


def action(draw: Draw) -> Composed | None:
    """Compose an S O V sentence with optional additions such as a place.

    Example: 저는 어제 집에서 책을 읽었어요.
    """
    subject = draw.person()
    style = draw.style(subject)
    clause = draw.clause(None, subject, style)
    return from_clause(clause, style, draw.pair(), draw.chance(0.4)) if clause else None


def in_style(draw: Draw, flag: str) -> tuple[Clause | None, str]:
    """Draw a clause with a verb that has the flag, and its style."""
    subject = draw.person()
    style = draw.style(subject)
    verb = draw.one(draw.lexicon.verbs_with(flag))
    return draw.clause(verb, subject, style), style


def personal(draw: Draw) -> Composed | None:
    """Compose a sentence about something done to someone or felt for someone.

    Example: 저는 민수 씨를 만났어요.
    """
    clause, style = in_style(draw, "personal")
    return from_clause(clause, style, draw.pair(), draw.chance(0.4)) if clause else None


def travel(draw: Draw, clause: Clause) -> Clause:
    """Add a vehicle to some clauses of movement."""
    is_far = clause.object is not None and clause.object.english.startswith("to ")
    if is_far and clause.verb.flags.isdisjoint({"walking", "arriving"}) and draw.chance(0.35):
        abroad = {place.noun for place in draw.lexicon.places_of("country", "island")}
        is_abroad = clause.object is not None and clause.object.key in abroad
        korean, english = ("비행기로", "by plane") if is_abroad else draw.one(VEHICLES)
        is_one = clause.manner is None and clause.companion is None
        manner = replace(draw.lexicon.manners[0], korean=korean, english=english, key="")
        return replace(clause, manner=manner) if is_one else clause
    return clause


def movement(draw: Draw) -> Composed | None:
    """Compose a sentence about going somewhere: 민수 씨는 버스로 학교에 가요."""
    clause, style = in_style(draw, "movement")
    if clause is None:
        return None
    clause = travel(draw, clause)
    if clause.manner and not clause.manner.key:
        # The vehicle comes before the goal in Korean and after it in English.
        clause = replace(clause, tool=clause.manner, manner=None)
    return from_clause(clause, style, draw.pair(), draw.chance(0.4))


def giving(draw: Draw) -> Composed | None:
    """Compose a sentence about giving or receiving: 저는 할머니께 선물을 드렸어요."""
    clause, style = in_style(draw, "giving" if draw.chance(0.75) else "receiving")
    if clause is None:
        return None
    recipient = draw.person(clause.subject, without="plural")
    if "pronoun" in recipient.flags and not recipient.is_first:
        return None
    if clause.kind.name in ("like", "know_how", "experience"):
        return None
    if "honorific" in recipient.flags and not clause.verb.korean.endswith("주다"):
        return None
    clause = replace(clause, recipient=recipient, frequency=None)
    return from_clause(clause, style, draw.pair(), draw.chance(0.4))
