"""The words of the grammar, read from the tables in `lexicon/`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.corpus_generator.verb_phrase import Agreement, VerbPhrase, words

FOLDER = Path(__file__).parent / "lexicon"
POSSESSIVES = {"m": "his", "f": "her"}
PRONOUNS = {"my": "I", "your": "you", "our": "we", "his": "he", "her": "she", "their": "they"}


@dataclass(frozen=True)
class Person:
    """A person who acts, or to whom something is done.

    Args:
        korean: The name in a polite sentence (저, 민수; 씨 is added later).
        casual: The name in a casual sentence (나).
        english: The name as a subject; it is also the key.
        object_form: The name as an object.
        possessive: My, his, Minsu's; "" if English needs the gender and it is unknown.
        agreement: Person and number.
        flags: Name, family, job, role, pronoun, friend, child, honorific, plural.
    """

    korean: str
    casual: str
    english: str
    object_form: str
    possessive: str
    agreement: Agreement
    flags: frozenset[str]

    @property
    def pronoun(self) -> str:
        """The pronoun for a second mention: I, he, they; "" if it is unknown."""
        return PRONOUNS.get(self.possessive, "")

    @property
    def is_first(self) -> bool:
        """Whether the person is I or we."""
        return self.agreement.person == 1

    @property
    def is_second(self) -> bool:
        """Whether the person is you."""
        return self.agreement.person == 2


@dataclass(frozen=True)
class Noun:
    """A thing: Korean, English, how it is counted and what can be done with it.

    `kind` is the kind of article in English: count (a book), mass (water), plural (glasses), the
    (the piano), zero (lunch) or own (my hands).
    """

    korean: str
    english: str
    kind: str
    counter: str
    unit: str
    classes: frozenset[str]


@dataclass(frozen=True)
class Verb:
    """A verb and what it combines with: classes of objects and places, adverbs, tools."""

    korean: str
    english: str
    objects: tuple[str, ...]
    particle: str
    places: tuple[str, ...]
    adverbs: tuple[str, ...]
    tools: tuple[str, ...]
    flags: frozenset[str]

    @property
    def key(self) -> str:
        """The key of the verb in a triple."""
        return f"{self.korean}/{self.english}"

    @property
    def phrase(self) -> VerbPhrase:
        """The English predicate."""
        return VerbPhrase.parse(self.english)


@dataclass(frozen=True)
class Place:
    """A place and its English prepositions: at home, to school, in the park."""

    korean: str
    noun: str
    article: str
    preposition: str
    classes: frozenset[str]
    flags: frozenset[str]

    @property
    def english(self) -> str:
        """The place with its article: the library, Seoul."""
        return f"the {self.noun}" if self.article == "the" else self.noun

    @property
    def where(self) -> str:
        """Where something happens: at the library, in Seoul."""
        return f"{self.preposition} {self.english}"

    @property
    def whither(self) -> str:
        """Where someone goes: to the library, home."""
        return words("" if self.article == "home" else "to", self.english)


@dataclass(frozen=True)
class Adverbial:
    """A time, manner, tool or frequency that is the same in every sentence."""

    korean: str
    english: str
    key: str = ""
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Adjective:
    """A quality and the classes of nouns that can have it."""

    korean: str
    english: str
    classes: frozenset[str]


@dataclass(frozen=True)
class Role:
    """A role that a person has: a student, a good friend."""

    korean: str
    english: str


@dataclass(frozen=True)
class Lexicon:
    """All words, each kind in the order of its table."""

    people: tuple[Person, ...]
    nouns: tuple[Noun, ...]
    verbs: tuple[Verb, ...]
    places: tuple[Place, ...]
    times: tuple[Adverbial, ...]
    manners: tuple[Adverbial, ...]
    frequencies: tuple[Adverbial, ...]
    tools: tuple[Adverbial, ...]
    adjectives: tuple[Adjective, ...]
    roles: tuple[Role, ...]

    def nouns_of(self, *classes: str) -> tuple[Noun, ...]:
        """Return the nouns that are in at least one of the classes."""
        return tuple(noun for noun in self.nouns if not noun.classes.isdisjoint(classes))

    def verbs_with(self, flag: str) -> tuple[Verb, ...]:
        """Return the verbs that have a flag."""
        return tuple(verb for verb in self.verbs if flag in verb.flags)

    @property
    def actions(self) -> tuple[Verb, ...]:
        """The verbs whose objects and places can be chosen freely from their classes."""
        special = {"movement", "giving", "receiving", "having"}
        return tuple(verb for verb in self.verbs if verb.flags.isdisjoint(special))

    def places_of(self, *classes: str) -> tuple[Place, ...]:
        """Return the places that are in at least one of the classes."""
        return tuple(place for place in self.places if not place.classes.isdisjoint(classes))

    def verb(self, key: str) -> Verb:
        """Return the verb of a key such as 먹다/eat.

        Raises:
            KeyError: If there is none.
        """
        for verb in self.verbs:
            if verb.key == key:
                return verb
        raise KeyError(key)


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table in `lexicon/`, by the names of its columns."""
    text = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [{key: value or "" for key, value in row.items()} for row in reader]


def _person(row: dict[str, str]) -> Person:
    flags = frozenset(row["flags"].split())
    person = 1 if "first" in flags else 2 if "second" in flags else 3
    possessive = row["possessive"] or POSSESSIVES.get(row["gender"], "")
    if not possessive and "plural" in flags:
        possessive = "their"
    english = row["english"]
    agreement = Agreement(person, "plural" in flags)
    return Person(
        row["korean"],
        row["casual"],
        english,
        row["object"] or english,
        possessive,
        agreement,
        flags,
    )


def _adverbials(name: str, flags: str = "") -> tuple[Adverbial, ...]:
    return tuple(
        Adverbial(
            row["korean"],
            row["english"],
            row.get("key", row["english"]),
            frozenset(row.get(flags, "").split()),
        )
        for row in read_table(name)
    )


def _split(row: dict[str, str], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name].split()) for name in names]


def _verb(row: dict[str, str]) -> Verb:
    objects, places, adverbs, tools, flags = _split(
        row, "objects", "places", "adverbs", "tools", "flags"
    )
    korean, english, particle = row["korean"], row["english"], row["particle"]
    return Verb(korean, english, objects, particle, places, adverbs, tools, frozenset(flags))


@cache
def load_lexicon() -> Lexicon:
    """Read every table.

    Returns:
        The words; the same object for every call.
    """
    nouns = tuple(
        Noun(
            row["korean"], row["english"], row["kind"], row["counter"], row["unit"],
            frozenset(row["classes"].split()),
        )
        for row in read_table("nouns")
    )  # fmt: skip
    places = tuple(
        Place(
            row["korean"], row["noun"], row["article"], row["preposition"],
            frozenset(row["classes"].split()), frozenset(row["flags"].split()),
        )
        for row in read_table("places")
    )  # fmt: skip
    adjectives = tuple(
        Adjective(row["korean"], row["english"], frozenset(row["classes"].split()))
        for row in read_table("adjectives")
    )
    return Lexicon(
        people=tuple(_person(row) for row in read_table("people")),
        nouns=nouns,
        verbs=tuple(_verb(row) for row in read_table("verbs")),
        places=places,
        times=_adverbials("times", "tenses"),
        manners=_adverbials("adverbs"),
        frequencies=_adverbials("frequencies"),
        tools=_adverbials("tools"),
        adjectives=adjectives,
        roles=tuple(Role(row["korean"], row["english"]) for row in read_table("roles")),
    )
