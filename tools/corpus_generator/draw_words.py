"""A random source of words: people, styles, noun phrases and plausible objects."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from tools.corpus_generator import phrase
from tools.corpus_generator.lexicon import Lexicon, Noun, Person, Verb
from tools.corpus_generator.phrase import NounPhrase
from tools.corpus_generator.word_set import word_set

Drawn = TypeVar("Drawn")
DISTANT = ("city", "country", "island")
UNCOUNTED_VERBS = ("wear", "take off", "drive", "ride", "chop")
UNOWNED_VERBS = word_set("buy make draw wear plant receive give have need")


class WordDraw:
    """A random source of words, reproducible for a seed.

    Args:
        random: The random number generator of every choice.
        lexicon: The words.
    """

    def __init__(self, random: Random, lexicon: Lexicon) -> None:
        self.random = random
        self.lexicon = lexicon

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random.random() < probability

    def one(self, items: Sequence[Drawn]) -> Drawn:
        """Draw one of the items, all with the same probability."""
        return items[int(self.random.random() * len(items))]

    def person(self, *excluded: Person, second: bool = False, without: str = "") -> Person:
        """Draw a person: I or we a fifth of the time.

        Args:
            excluded: Persons that are not drawn.
            second: Whether "you" may be drawn.
            without: A flag that the person must not have.
        """
        while True:
            person = self.one(self.lexicon.people)
            if not person.is_second and self.chance(0.18):
                person = self.one([one for one in self.lexicon.people if one.is_first][:3:2])
            if person.is_second and not second:
                continue
            is_clash = any(
                person is other or (person.is_first and other.is_first) for other in excluded
            )
            if not is_clash and (not without or without not in person.flags):
                return person

    def third(self, *excluded: Person, without: str = "") -> Person:
        """Draw a person other than I, we, you and the other pronouns."""
        while True:
            person = self.person(*excluded, without=without)
            if "pronoun" not in person.flags:
                return person

    def style(self, person: Person, *, is_question: bool = False) -> str:
        """Draw a style for a sentence about this person; 너 requires the casual one."""
        if person.is_second:
            return "casual"
        weights = (45, 28, 27, 0) if is_question else (44, 25, 19, 12)
        return self.random.choices(("polite", "formal", "casual", "plain"), weights)[0]

    def pair(self) -> str:
        """Draw the particle of the subject: mostly that of the topic."""
        return "은/는" if self.chance(0.75) else "이/가"

    def adjective(self, noun: Noun, barred: str = "") -> str:
        """Draw the Korean of an adjective that fits a noun, or return "" if none does."""
        fitting = [
            adjective.korean
            for adjective in self.lexicon.adjectives
            if not adjective.classes.isdisjoint(noun.classes) and adjective.korean != barred
        ]
        return self.one(fitting) if fitting else ""

    def described(self, noun: Noun) -> NounPhrase:
        """Add an adjective to the noun if one fits; 새 is not an adjective in Korean."""
        is_thing = noun.kind == "count" and not phrase.OWNABLE.isdisjoint(noun.classes)
        if is_thing and self.chance(0.25):
            return NounPhrase(f"새 {noun.korean}", f"a new {noun.english}", noun.english)
        korean = self.adjective(noun)
        for adjective in self.lexicon.adjectives:
            if adjective.korean == korean and " " not in korean:
                return phrase.described(noun, adjective)
        return phrase.bare(noun)

    def noun_phrase(self, noun: Noun, subject: Person, style: str, verb: Verb) -> NounPhrase:
        """Draw a noun phrase: bare or with an adjective, a number, a demonstrative or an owner."""
        if noun.kind in ("the", "zero", "own"):
            return phrase.bare(noun, subject)
        which = self.random.random()
        if which < 0.13:
            return self.described(noun)
        is_counted = verb.english not in UNCOUNTED_VERBS and not (
            noun.unit and verb.english in ("make", "cook")
        )
        if which < 0.27 and phrase.is_countable(noun) and is_counted:
            return phrase.counted(noun, *self.one(phrase.NUMBERS))
        if which < 0.40 and "animal" not in noun.classes:
            return phrase.demonstrated(noun, *self.one(phrase.DEMONSTRATIVES))
        is_ownable = (
            not phrase.OWNABLE.isdisjoint(noun.classes) and verb.english not in UNOWNED_VERBS
        )
        if which < 0.47 and is_ownable:
            owner = self.one([one for one in self.lexicon.people if "name" in one.flags])
            owner = self.lexicon.people[0] if self.chance(0.5) else owner
            if owner is not subject:
                return phrase.owned(noun, owner, style)
        return phrase.bare(noun)

    def object(self, verb: Verb, subject: Person, style: str) -> NounPhrase | None:
        """Draw a plausible object of the verb, or return None if it has none."""
        if not verb.objects:
            return None
        kind = self.one(verb.objects)
        if kind == "PERSON":
            person = self.person(subject, without="honorific", second=style == "casual")
            return NounPhrase(phrase.name(person, style), person.object_form, person.english)
        if kind in ("VISITED", "GOAL"):
            flag = kind.lower()
            places = [one for one in self.lexicon.places if flag in one.flags]
            if "walking" in verb.flags:
                places = [one for one in places if one.classes.isdisjoint(DISTANT)]
            place = self.one(places)
            english = place.whither if kind == "GOAL" else place.english
            if "arriving" in verb.flags and place.article != "home":
                english = place.where
            return NounPhrase(place.korean, english, place.noun)
        noun = self.one(self.lexicon.nouns_of(kind))
        if noun.kind == "own" and not subject.possessive:
            return None
        if "alcohol" in noun.classes and "child" in subject.flags:
            return None
        if "generic" in verb.flags:
            return phrase.generic(noun)
        return self.noun_phrase(noun, subject, style, verb)
