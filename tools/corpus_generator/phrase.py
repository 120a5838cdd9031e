"""Noun phrases in both languages: 책, 그 책, 큰 책, 책 두 권, 내 책."""

from __future__ import annotations

from dataclasses import dataclass

from tools.corpus_generator.conjugation import attributive
from tools.corpus_generator.english import plural, with_article
from tools.corpus_generator.hangul import final_consonant
from tools.corpus_generator.lexicon import Adjective, Noun, Person
from tools.corpus_generator.verb_phrase import words
from tools.corpus_generator.word_set import word_set

NUMBERS = (("두", "two"), ("세", "three"), ("네", "four"), ("다섯", "five"), ("여섯", "six"))
PLURAL_DEMONSTRATIVES = {"this": "these", "that": "those", "the": "the"}
DEMONSTRATIVES = (("그", "the"), ("이", "this"), ("저", "that"))
OWNABLE = word_set("thing losable bigthing clothes outer fixable usable lendable drivable")
POLITE_STYLES = ("polite", "formal")


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase, ready for a particle.

    Args:
        korean: The Korean, without particle.
        english: The English, with its article.
        key: The noun that represents it in a triple.
        is_plural: Whether an English verb takes the plural after it.
    """

    korean: str
    english: str
    key: str
    is_plural: bool = False


def bare(noun: Noun, owner: Person | None = None) -> NounPhrase:
    """Return a noun without adjective or number: 책 a book, 물 water, 손 my hands.

    Args:
        noun: The noun.
        owner: The owner, required by nouns of the kind "own".
    """
    if noun.kind == "own":
        possessive = owner.possessive if owner else "the"
        return NounPhrase(noun.korean, words(possessive, noun.english), noun.english)
    if noun.kind == "the":
        return NounPhrase(noun.korean, f"the {noun.english}", noun.english)
    english = with_article(noun.english) if noun.kind == "count" else noun.english
    return NounPhrase(noun.korean, english, noun.english, noun.kind == "plural")


def generic(noun: Noun) -> NounPhrase:
    """Return a generic noun, as after 좋아하다: apples, water, soccer."""
    if noun.kind == "count":
        return NounPhrase(noun.korean, plural(noun.english), noun.english, True)
    return bare(noun)


def demonstrated(noun: Noun, korean: str, english: str) -> NounPhrase:
    """Return a noun after 그, 이 or 저: 그 책 the book, 이 안경 these glasses."""
    is_plural = noun.kind == "plural"
    word = PLURAL_DEMONSTRATIVES[english] if is_plural else english
    return NounPhrase(f"{korean} {noun.korean}", words(word, noun.english), noun.english, is_plural)


def described(noun: Noun, adjective: Adjective) -> NounPhrase:
    """Return a noun after an adjective: 큰 집 a big house."""
    korean = f"{attributive(adjective.korean, is_verb=False)} {noun.korean}"
    english = words(adjective.english, noun.english)
    if noun.kind == "count":
        english = with_article(english)
    return NounPhrase(korean, english, noun.english, noun.kind == "plural")


def counted(noun: Noun, korean: str, english: str) -> NounPhrase:
    """Return a number of things with the counter.

    Example: 책 두 권 two books, 물 두 잔 two glasses of water.
    """
    phrase = f"{noun.unit} of {noun.english}" if noun.unit else noun.english
    english = words(english, plural(phrase))
    return NounPhrase(f"{noun.korean} {korean} {noun.counter}", english, noun.english, True)


def owned(noun: Noun, owner: Person, style: str) -> NounPhrase:
    """Return a noun with its owner: 제 가방 my bag, 민수 씨의 책 Minsu's book."""
    if owner.english == "I":
        korean, english = ("제" if style in POLITE_STYLES else "내"), "my"
    else:
        korean = f"{name(owner, style)}의"
        english = f"{owner.english}'s"
    is_plural = noun.kind == "plural"
    return NounPhrase(
        f"{korean} {noun.korean}", words(english, noun.english), noun.english, is_plural
    )


def name(person: Person, style: str) -> str:
    """Return the name of a person in a style, before a particle: 민수 씨, 지영이, 저, 나."""
    if style in POLITE_STYLES:
        return f"{person.korean} 씨" if "name" in person.flags else person.korean
    if style == "casual" and "name" in person.flags:
        # 이 softens a Korean name that ends in a consonant: 지영이, but 톰.
        is_softened = "foreign" not in person.flags and final_consonant(person.casual)
        return person.casual + ("이" if is_softened else "")
    return person.casual


def is_countable(noun: Noun) -> bool:
    """Return whether it can be counted: it has a counter, and a plural in English."""
    return bool(noun.counter) and (noun.kind == "count" or bool(noun.unit))
