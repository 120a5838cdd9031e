"""Sentences of cause and condition: because, and if."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator.clause import (
    Clause,
    Triple,
    body_korean,
    clause_english,
    lemma,
    middle_korean,
    sentence_korean,
    subject_korean,
)
from tools.corpus_generator.composed import Composed, compose_pair, conjoin
from tools.corpus_generator.conjugation import finish, honorific, infinitive, join_eu
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import Adjective
from tools.corpus_generator.verb_phrase import Agreement, VerbPhrase, statement, words
from tools.corpus_generator.word_set import word_set

WEATHER = (
    ("비가 오다", "it", "rain"), ("눈이 오다", "it", "snow"), ("바람이 불다", "the wind", "blow"),
    ("날씨가 좋다", "the weather", "be nice"), ("날씨가 춥다", "the weather", "be cold"),
    ("날씨가 덥다", "the weather", "be hot"), ("날씨가 따뜻하다", "the weather", "be warm"),
)  # fmt: skip
OUTDOOR = word_set("park beach street river mountain garden")
CONDITIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("시간이 있다", "have time", ()), ("바쁘지 않다", "be busy", ()),
    ("돈이 있다", "have money", ("buy", "travel", "visit", "learn")),
    ("피곤하다", "be tired", ("sleep", "rest")),
)  # fmt: skip
REFRESHING = {
    "tired": ("자다/sleep", "쉬다/rest"),
    "hungry": ("먹다/eat", "먹다/eat", "만들다/make"),
    "thirsty": ("마시다/drink",),
}


def again(clause: Clause) -> str:
    """Return the English clause with a pronoun as its subject, or "" if the pronoun is unknown."""
    pronoun = clause.subject.pronoun
    if not pronoun:
        return ""
    subject = replace(clause.subject, english=pronoun)
    return clause_english(replace(clause, subject=subject))


def _feeling(draw: Draw) -> Adjective:
    return draw.one([one for one in draw.lexicon.adjectives if "feeling" in one.classes])


def reason(draw: Draw) -> Composed | None:
    """Compose a sentence with a reason.

    Example: 저는 배가 고파서 밥을 먹었어요, 민수 씨는 바빠서 영화를 못 봤어요.
    """
    subject = draw.person()
    style, adjective = draw.style(subject), _feeling(draw)
    if not subject.pronoun or adjective.english == "happy":
        return None
    keys = REFRESHING.get(adjective.english)
    is_denied = keys is None or (adjective.english == "tired" and draw.chance(0.5))
    verb = None if is_denied or keys is None else draw.lexicon.verb(draw.one(keys))
    clause = draw.clause(verb, subject, style, "simple", "past", "cannot" if is_denied else "")
    if clause is None or "happening" in clause.verb.flags or "state" in clause.verb.flags:
        return None
    if is_denied and not clause.verb.flags.isdisjoint({"nolike", "noplan"}):
        return None
    is_honored = "honorific" in subject.flags
    form = honorific(adjective.korean) if is_honored else adjective.korean
    time = clause.time.korean if clause.time else ""
    korean = words(
        subject_korean(subject, style), time, infinitive(form) + "서",
        middle_korean(clause, style), finish(lemma(clause), style),
    )  # fmt: skip
    why = statement(
        subject.pronoun, subject.agreement, VerbPhrase("be", adjective.english, True), "past"
    )
    english = words(clause_english(clause), "because", why)
    cause = Triple(subject.english, adjective.korean, "")
    return compose_pair(korean, english, cause, clause.triple)


def weather_reason(draw: Draw) -> Composed | None:
    """Compose a sentence about plans that the weather prevents.

    Example: 비가 와서 저는 공원에서 산책하지 못했어요.
    """
    korean, subject, said = draw.one(WEATHER[:3])
    clause = draw.clause(None, None, None, "simple", "past", "cannot")
    if clause is None or not OUTDOOR.intersection(clause.verb.places):
        return None
    places = draw.lexicon.places_of(*OUTDOOR.intersection(clause.verb.places))
    if "nolike" in clause.verb.flags:
        return None
    clause = replace(clause, place=draw.one(places))
    style = draw.style(clause.subject)
    time = clause.time.korean if clause.time else ""
    text = words(
        time, infinitive(korean) + "서", body_korean(replace(clause, time=None), style),
        finish(lemma(clause), style),
    )  # fmt: skip
    why = statement(subject, Agreement(), VerbPhrase.parse(said), "past")
    return compose_pair(text, words(clause_english(clause), "because", why), clause.triple)


def _under(draw: Draw, clause: Clause, said: str) -> Clause | None:
    """Adapt a clause to the weather: going out if it is good, staying in if it is bad."""
    is_outdoor = not OUTDOOR.isdisjoint(clause.verb.places)
    if said in ("be nice", "be warm", "be hot"):
        places = draw.lexicon.places_of(*OUTDOOR.intersection(clause.verb.places))
        return replace(clause, place=draw.one(places), negation="") if is_outdoor else None
    if is_outdoor and (clause.place is None or not OUTDOOR.isdisjoint(clause.place.classes)):
        return replace(clause, negation="long", manner=None)
    return clause if "home" in clause.verb.places else None


def condition(draw: Draw) -> Composed | None:
    """Compose a sentence with the weather as a condition: 내일 비가 오면 저는 집에서 쉴 거예요."""
    korean, subject, said = draw.one(WEATHER)
    clause = draw.clause(None, None, None, "simple", "future", "")
    if clause is None or not clause.verb.flags.isdisjoint({"nolike", "noplan", "state"}):
        return None
    time = clause.time
    clause = _under(draw, replace(clause, time=None, frequency=None), said)
    if clause is None:
        return None
    style = draw.style(clause.subject)
    opening = words(time.korean if time else "", join_eu(korean, "면"))
    when = statement(subject, Agreement(), VerbPhrase.parse(said))
    text = words(opening, sentence_korean(clause, style)[:-1])
    english = words("if", when, time.english if time else "")
    return compose_pair(text, conjoin(english, ",", clause_english(clause)), clause.triple)


def own_condition(draw: Draw) -> Composed | None:
    """Compose a sentence with a condition about the subject.

    Example: 저는 시간이 있으면 내일 영화를 볼 거예요.
    """
    korean, said, able = draw.one(CONDITIONS)
    subject = draw.person(without="honorific")
    style = draw.style(subject)
    clause = draw.clause(None, subject, style, "simple", "future", "")
    if clause is None or not subject.pronoun:
        return None
    if not clause.verb.flags.isdisjoint({"nolike", "noplan", "state"}):
        return None
    if able and clause.verb.english not in able:
        if said != "be tired":
            return None
        clause = replace(clause, negation="long", manner=None)
    clause = replace(clause, frequency=None)
    time = clause.time.korean if clause.time else ""
    text = words(
        subject_korean(subject, style), join_eu(korean, "면"), time, middle_korean(clause, style),
        finish(lemma(clause), style),
    )  # fmt: skip
    when = statement(
        subject.english, subject.agreement, VerbPhrase.parse(said), is_negative=said == "be busy"
    )
    english = conjoin("if", when, ",", again(clause))
    return compose_pair(text, english, Triple(subject.english, korean, ""), clause.triple)
