"""Clauses inside clauses: the book that I bought, I think that he is kind."""

from __future__ import annotations

from dataclasses import replace

from tools.corpus_generator import phrase
from tools.corpus_generator.clause import (
    Clause,
    Triple,
    body_korean,
    clause_english,
    lemma,
    modifier_korean,
    sentence_korean,
    subject_korean,
)
from tools.corpus_generator.composed import Composed, compose_pair
from tools.corpus_generator.conjugation import attributive, finish, honorific, past, plain
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.english import with_article
from tools.corpus_generator.frames_state import person_quality
from tools.corpus_generator.lexicon import Noun, Person
from tools.corpus_generator.particles import attach
from tools.corpus_generator.phrase import NounPhrase
from tools.corpus_generator.verb_phrase import Agreement, VerbPhrase, be, statement, words

MADE = ("buy", "make", "write", "borrow", "lose", "draw", "read")
SEEN = {
    "읽다/read": ("text",), "먹다/eat": ("dish", "baked", "fruit"), "보다/look at": ("picture",),
    "입다/wear": ("clothes",), "고치다/fix": ("fixable",), "듣다/listen to": ("sing",),
    "사다/buy": ("fruit", "thing", "clothes"), "쓰다/use": ("usable",), "팔다/sell": ("furniture",),
    "빌리다/borrow": ("lendable",),
}  # fmt: skip


def _relative(
    draw: Draw, nouns: tuple[Noun, ...], subject: Person, style: str
) -> tuple[NounPhrase | None, Clause | None]:
    """Draw a thing with a relative clause: 제가 산 책, the book that I bought."""
    noun = draw.one(nouns)
    verbs = [
        verb
        for verb in draw.lexicon.actions
        if verb.english in MADE and not noun.classes.isdisjoint(verb.objects)
    ]
    if not verbs or noun.kind not in ("count", "mass", "plural"):
        return None, None
    clause = draw.clause(draw.one(verbs), subject, style, "simple", "past", "")
    if clause is None:
        return None, None
    keep_time = clause.time if draw.chance(0.5) else None
    clause = replace(
        clause, object=None, time=keep_time, companion=None, manner=None, tool=None, place=None
    )
    english = words("the", noun.english, "that", clause_english(clause))
    korean = words(modifier_korean(clause, style), noun.korean)
    thing = NounPhrase(korean, english, noun.english, noun.kind == "plural")
    return thing, replace(clause, object=phrase.bare(noun))


def relative_subject(draw: Draw) -> Composed | None:
    """Compose a sentence that describes a thing with a relative clause.

    Example: 제가 어제 산 책은 아주 재미있어요.
    """
    owner = draw.person()
    style = draw.style(owner)
    adjective = draw.one([one for one in draw.lexicon.adjectives if "person" not in one.classes])
    nouns = draw.lexicon.nouns_of(*adjective.classes)
    if not nouns:
        return None
    thing, clause = _relative(draw, nouns, owner, style)
    if thing is None or clause is None:
        return None
    tense = draw.one(("present", "past"))
    form = past(adjective.korean) if tense == "past" else adjective.korean
    degree, said = draw.one((("아주", "very"), ("", ""), ("정말", "really")))
    korean = words(attach(thing.korean, "은/는"), degree, finish(form, style, is_verb=False))
    verb = "was" if tense == "past" else "is"
    verb = {"was": "were", "is": "are"}[verb] if thing.is_plural else verb
    english = words(thing.english, verb, said, adjective.english)
    return compose_pair(korean, english, clause.triple, Triple(thing.key, adjective.korean, ""))


def relative_object(draw: Draw) -> Composed | None:
    """Compose a sentence whose object has a relative clause.

    Example: 민수 씨는 제가 만든 케이크를 먹었어요.
    """
    subject = draw.person()
    style = draw.style(subject)
    key = draw.one(tuple(SEEN))
    verb = draw.lexicon.verb(key)
    owner = draw.person(subject, without="pronoun" if draw.chance(0.7) else "")
    thing, inner = _relative(draw, draw.lexicon.nouns_of(*SEEN[key]), owner, style)
    if thing is None or inner is None or inner.verb is verb or inner.verb.english == "lose":
        return None
    outer = draw.clause(verb, subject, style, None, "past", None, adorned=False)
    if outer is None or outer.kind.name in ("experience", "know_how", "like", "may"):
        return None
    outer = replace(outer, object=thing)
    korean = sentence_korean(outer, style, "은/는")[:-1]
    return compose_pair(korean, clause_english(outer), outer.triple, inner.triple)


def relative_person(draw: Draw) -> Composed | None:
    """Compose a sentence whose subject has a relative clause.

    Example: 커피를 마시고 있는 남자는 의사예요.
    """
    korean, said = draw.one((("사람", "person"), ("남자", "man"), ("여자", "woman")))
    actor = Person(korean, korean, f"the {said}", "", "", Agreement(), frozenset())
    style = draw.style(actor)
    clause = draw.clause(None, actor, style, "progressive", "present", "")
    if clause is None or clause.frequency:
        return None
    clause = replace(clause, time=None, manner=None)
    role = draw.one(draw.lexicon.roles)
    form = attributive(lemma(clause))
    who = words(body_korean(clause, style, ""), form, korean)
    person = draw.third(without="plural")
    wanted = {"man": "his", "woman": "her"}.get(said, person.possessive)
    if draw.chance(0.5):
        if person.possessive != wanted or "role" in person.flags:
            return None
        end, complement, key = phrase.name(person, style), person.english, person.english
    else:
        end, complement, key = role.korean, with_article(role.english), role.english
    text = words(attach(who, "은/는"), finish(end + "이다", style, is_verb=False))
    doing = clause_english(replace(clause, subject=replace(actor, english="who")))
    english = words(actor.english, doing, "is", complement)
    return compose_pair(text, english, clause.triple, Triple(actor.english, "이다/be", key))


def thinking(draw: Draw) -> Composed | None:
    """Compose a sentence about a thought: 저는 민수 씨가 친절하다고 생각해요."""
    thinker = draw.person(without="honorific")
    about, adjective = person_quality(draw)
    is_clash = about is thinker or (about.is_first and thinker.is_first)
    if is_clash or about.is_second or "feeling" in adjective.classes:
        return None
    style = draw.style(thinker)
    form = honorific(adjective.korean) if "honorific" in about.flags else adjective.korean
    korean = words(
        subject_korean(thinker, style), subject_korean(about, style, "이/가"),
        plain(form, is_verb=False) + "고", finish("생각하다", style),
    )  # fmt: skip
    think = statement(thinker.english, thinker.agreement, VerbPhrase("think"))
    english = words(think, "that", about.english, be(about.agreement), adjective.english)
    first = Triple(thinker.english, "생각하다/think", "that")
    return compose_pair(korean, english, first, Triple(about.english, adjective.korean, ""))


def hearing(draw: Draw) -> Composed | None:
    """Compose a sentence about hearsay: 저는 민수 씨가 어제 자동차를 샀다고 들었어요."""
    hearer = draw.person(without="honorific")
    about = draw.person(hearer)
    style = draw.style(hearer)
    clause = draw.clause(None, about, style, "simple", "past")
    if clause is None:
        return None
    clause = replace(clause, manner=None, companion=None, tool=None)
    korean = words(
        subject_korean(hearer, style), body_korean(clause, style, "이/가"), lemma(clause) + "고",
        finish(past("듣다"), style),
    )  # fmt: skip
    heard = statement(hearer.english, hearer.agreement, VerbPhrase("hear"), "past")
    english = words(heard, "that", clause_english(clause))
    first = Triple(hearer.english, "듣다/hear", "that")
    return compose_pair(korean, english, first, clause.triple)
