"""Questions, requests and proposals."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator.clause import (
    Clause,
    body_korean,
    clause_english,
    is_verbal,
    lemma,
    middle_korean,
    predicate_english,
    sentence_korean,
    subject_korean,
    tail_english,
)
from tools.corpus_generator.composed import Composed, compose_pair
from tools.corpus_generator.conjugation import finish, honorific, infinitive, join, join_eu
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.english import plural
from tools.corpus_generator.frames_simple import VEHICLES
from tools.corpus_generator.lexicon import Person
from tools.corpus_generator.phrase import is_countable
from tools.corpus_generator.verb_phrase import Agreement, question, statement, words
from tools.corpus_generator.word_set import word_set

# Verbs whose English depends on the object, which is what the question asks for.
AMBIGUOUS = word_set("타다 쓰다 치다 하다 보다 끼다 찍다 신다 감다")
FOR_ONESELF = word_set("eat drink wear learn study listen")
REQUESTED = ("today", "this afternoon", "tomorrow", "tomorrow morning", "tonight", "later")
WHO = Person("누가", "누가", "who", "whom", "", Agreement(), frozenset())
NOBODY = Person("", "", "", "", "", Agreement(), frozenset())
YOU = Person("", "", "you", "you", "your", Agreement(2), frozenset({"second"}))
WE = Person("", "", "we", "us", "our", Agreement(1, True), frozenset({"first", "plural"}))


def _asked(draw: Draw) -> tuple[Person, str]:
    """Draw the subject of a question (never I; you a quarter of the time) and its style."""
    if draw.chance(0.25):
        person = next(one for one in draw.lexicon.people if one.is_second)
    else:
        person = draw.person(draw.lexicon.people[0])
    return person, draw.style(person, is_question=True)


def _simple(draw: Draw, tense: str | None = None) -> tuple[Clause | None, str]:
    """Draw a simple clause for a question, without a frequency, and its style."""
    person, style = _asked(draw)
    clause = draw.clause(None, person, style, "simple", tense, "")
    return (replace(clause, frequency=None) if clause else None), style


def _asks(clause: Clause, style: str, before: str, after: str, english: str) -> Composed:
    """Compose a question from what comes before and after the place of the question word."""
    ending = finish(lemma(clause), style, is_question=True, is_verb=is_verbal(clause))
    return compose_pair(words(before, after, ending), english, clause.triple, mark="?")


def yes_or_no(draw: Draw) -> Composed | None:
    """Compose a yes-no question: 민수 씨는 커피를 마셔요?"""
    person, style = _asked(draw)
    clause = draw.clause(None, person, style)
    if (
        clause is None
        or clause.modality == "may"
        or (clause.modality == "experience" and clause.negation)
    ):
        return None
    korean = sentence_korean(clause, style, "은/는", draw.chance(0.3), is_question=True)
    english = clause_english(clause, is_question=True)
    return compose_pair(korean[:-1], english, clause.triple, mark="?")


def who(draw: Draw) -> Composed | None:
    """Ask who does something: 누가 창문을 열었어요?"""
    clause, style = _simple(draw)
    if clause is None or (clause.object and "your" in clause.object.english):
        return None
    own = clause.subject.possessive
    if clause.object and own and clause.object.english.startswith(own + " "):
        return None
    clause = replace(clause, subject=WHO, companion=None)
    if clause.manner and clause.manner.key == "together":
        return None
    phrase, is_negative, adverb = predicate_english(clause)
    english = statement("who", WHO.agreement, phrase, clause.tense, is_negative, adverb)
    time = clause.time.korean if clause.time else ""
    before = words(time, "누가") if draw.chance(0.5) else words("누가", time)
    return _asks(
        clause, style, before, middle_korean(clause, style), words(english, tail_english(clause))
    )


def _turned(clause: Clause, **kept: bool) -> str:
    phrase, is_negative, adverb = predicate_english(clause)
    subject = clause.subject
    text = question(subject.english, subject.agreement, phrase, clause.tense, is_negative, adverb)
    return words(text, tail_english(clause, **kept))


def what(draw: Draw) -> Composed | None:
    """Ask what is done, or to whom: 민수 씨는 어제 뭘 샀어요?, 지영 씨는 누구를 만났어요?"""
    clause, style = _simple(draw)
    if clause is None or clause.object is None or clause.manner or clause.tool:
        return None
    is_person = "PERSON" in clause.verb.objects
    if is_person and clause.verb.particle != "을":
        return None
    word = "누구를" if is_person else "뭘" if style == "casual" else "무엇을"
    if "VISITED" in clause.verb.objects or clause.verb.korean in AMBIGUOUS:
        return None
    asked = replace(clause, object=None)
    body = body_korean(asked, style)
    english = words("who" if is_person else "what", _turned(asked))
    pair = _asks(asked, style, body, word, english)
    return replace(pair, triples=(replace(asked.triple, object="who" if is_person else "what"),))


def where(draw: Draw) -> Composed | None:
    """Ask where something is done: 민수 씨는 어디에서 책을 읽었어요?"""
    clause, style = _simple(draw)
    if clause is None or not clause.verb.places or "state" in clause.verb.flags:
        return None
    asked = replace(clause, place=None)
    time = asked.time.korean if asked.time else ""
    before = words(subject_korean(asked.subject, style), time, "어디에서")
    middle = middle_korean(asked, style)
    return _asks(asked, style, before, middle, words("where", _turned(asked)))


def whither(draw: Draw) -> Composed | None:
    """Ask where someone goes, or how: 민수 씨는 어제 어디에 갔어요?, 학교에 어떻게 가요?"""
    person, style = _asked(draw)
    verb = next(one for one in draw.lexicon.verbs_with("movement") if one.english == "go")
    clause = draw.clause(verb, person, style, "simple", negation="")
    if clause is None:
        return None
    clause = replace(clause, frequency=None, manner=None)
    if draw.chance(0.5):
        body = body_korean(replace(clause, object=None), style)
        english = words("where", _turned(replace(clause, object=None)))
        pair = _asks(clause, style, body, "어디에", english)
        return replace(pair, triples=(replace(clause.triple, object="where"),))
    if draw.chance(0.5):
        korean, english = draw.one(VEHICLES)
        manner = replace(draw.lexicon.manners[0], korean=korean, english=english, key="")
        asked = replace(clause, tool=manner, time=None, companion=None)
        return _asks(asked, style, body_korean(asked, style), "", _turned(asked))
    body = body_korean(clause, style)
    return _asks(clause, style, body, "어떻게", words("how", _turned(clause)))


def when_or_why(draw: Draw) -> Composed | None:
    """Ask when or why: 지영 씨는 언제 서울에 와요?, 너는 왜 울었어?"""
    clause, style = _simple(draw)
    if clause is None or "state" in clause.verb.flags:
        return None
    is_why = draw.chance(0.5)
    if is_why:
        if draw.chance(0.3):
            clause = replace(clause, negation="long" if draw.chance(0.5) else "short")
            if clause.manner:
                return None
        word, english, asked = "왜", "why", clause
    else:
        word, english, asked = "언제", "when", replace(clause, time=None)
    time = asked.time.korean if asked.time else ""
    before = words(subject_korean(asked.subject, style), time, word)
    middle = middle_korean(asked, style)
    return _asks(asked, style, before, middle, words(english, _turned(asked)))


def how_many(draw: Draw) -> Composed | None:
    """Ask how many: 민수 씨는 사과를 몇 개 샀어요?"""
    clause, style = _simple(draw, tense="past" if draw.chance(0.7) else "future")
    if clause is None or clause.object is None or clause.verb.particle != "을":
        return None
    if "state" in clause.verb.flags or clause.verb.english == "look at":
        return None
    nouns = [one for one in draw.lexicon.nouns if one.korean == clause.object.korean]
    if not nouns or not is_countable(nouns[0]) or clause.manner or clause.tool:
        return None
    noun = nouns[0]
    thing = plural(f"{noun.unit} of {noun.english}" if noun.unit else noun.english)
    body = body_korean(clause, style)
    english = words("how many", thing, _turned(clause, with_object=False))
    return _asks(clause, style, body, f"몇 {noun.counter}", english)


def with_whom(draw: Draw) -> Composed | None:
    """Ask with whom: 민수 씨는 누구와 영화를 봤어요?"""
    clause, style = _simple(draw)
    if clause is None or not clause.verb.flags.isdisjoint({"nocompanion", "state"}):
        return None
    if clause.manner or clause.tool or "PERSON" in clause.verb.objects:
        return None
    asked = replace(clause, companion=None)
    time = asked.time.korean if asked.time else ""
    whom = "누구랑" if style == "casual" else "누구와"
    before = words(subject_korean(asked.subject, style), time, whom)
    english = words("who", _turned(replace(asked, companion=NOBODY)))
    return _asks(asked, style, before, middle_korean(asked, style), english)


def _wished(draw: Draw, subject: Person) -> Clause | None:
    """Draw a future action of you or us, for requests and proposals."""
    verb = draw.one(draw.lexicon.actions)
    if not verb.flags.isdisjoint({"state", "happening", "noplan", "personal"}):
        return None
    clause = draw.clause(verb, subject, "polite", "simple", "future", "")
    if clause is None:
        return None
    if clause.time and clause.time.english not in REQUESTED:
        clause = replace(clause, time=None)
    return replace(clause, frequency=None, companion=None, tense="present")


def requesting(draw: Draw) -> Composed | None:
    """Compose a request to do something or not to do it: 문을 열어 주세요, 창문을 닫지 마세요."""
    clause = _wished(draw, YOU)
    if clause is None or (clause.manner and clause.manner.key == "together"):
        return None
    body, verb = body_korean(clause, "polite", ""), clause.verb.korean
    style = draw.one(("polite", "polite", "formal", "casual"))
    said = words(clause.verb.phrase.base(), tail_english(clause))
    if draw.chance(0.3):
        ending = {"polite": "지 마세요", "formal": "지 마십시오", "casual": "지 마"}[style]
        korean = words(body, join(verb, ending))
        return compose_pair(korean, words("please don't", said), clause.triple)
    if clause.object is None or clause.verb.english.split(" ")[0] in FOR_ONESELF:
        # Eating or resting is not a favor to others: 드세요, 쉬십시오.
        form = honorific(verb)
        ending = join_eu(form, "ㅂ시오") if style == "formal" else finish(form, "polite")
        korean = words(body, ending)
    else:
        ending = {"polite": "주세요", "formal": "주십시오", "casual": "줘"}[style]
        korean = words(body, infinitive(verb), ending)
    return compose_pair(korean, words("please", said), clause.triple)


def proposing(draw: Draw) -> Composed | None:
    """Propose to do something together: 같이 영화를 봅시다, 내일 산책할까요?"""
    clause = _wished(draw, WE)
    if clause is None or "nocompanion" in clause.verb.flags:
        return None
    body, verb = body_korean(clause, "polite", ""), clause.verb.korean
    said = words(clause.verb.phrase.base(), tail_english(clause))
    which = draw.one(("formal", "casual", "asked", "asked_casual"))
    if which.startswith("asked"):
        ending = join_eu(verb, "ㄹ까요" if which == "asked" else "ㄹ까")
        return compose_pair(words(body, ending), words("shall we", said), clause.triple, mark="?")
    ending = join_eu(verb, "ㅂ시다") if which == "formal" else join(verb, "자")
    return compose_pair(words(body, ending), words("let's", said), clause.triple)
