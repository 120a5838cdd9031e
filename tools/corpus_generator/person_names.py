"""Names of people: Korean ones with their romanization, foreign ones, and titles.

Given names are romanized syllable by syllable, as the Revised Romanization (2000, section 3.4) does
with names, in the spelling that most people use for each syllable: 영 young, 희 hee.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from tools.corpus_generator.lexicon import Person, read_table
from tools.corpus_generator.verb_phrase import Agreement

TITLES = (
    ("과장님", "Manager"), ("부장님", "Director"), ("팀장님", "Team Leader"),
    ("교수님", "Professor"), ("박사님", "Dr."), ("사장님", "President"),
)  # fmt: skip
COMMON_SHARE = 0.8  # of the syllables; the table says which are common
COMMON_SURNAMES = 30  # the first ones of the table, in the order of their frequency
NAMED = frozenset({"name"})
FOREIGN = frozenset({"name", "foreign"})
HONORED = frozenset({"honorific"})


@dataclass(frozen=True)
class Name:
    """A name in both languages.

    Args:
        korean: In Hangul: 김민수, 민수, 톰, 김 과장님.
        english: In Latin letters: Kim Minsu, Minsu, Tom, Manager Kim.
        is_title: Whether it ends in a title.
        is_foreign: Whether it is not Korean.
    """

    korean: str
    english: str
    is_title: bool = False
    is_foreign: bool = False

    def person(self) -> Person:
        """Return the person of this name, for a clause."""
        flags = HONORED if self.is_title else FOREIGN if self.is_foreign else NAMED
        return Person(self.korean, self.korean, self.english, self.english, "", Agreement(), flags)


@cache
def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    return tuple((row["korean"], row["english"]) for row in read_table(table))


@cache
def _syllables(position: str) -> tuple[tuple[str, str], ...]:
    """Return the syllables that can be `first` or `last`, or those that are `common` too."""
    wanted = set(position.split())
    return tuple(
        (row["korean"], row["english"])
        for row in read_table("name_syllables")
        if wanted <= set(row["positions"].split())
    )


class NameDraw:
    """A random source of names, reproducible for a seed.

    Args:
        random: The random number generator.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    def given(self) -> Name:
        """Draw a given name of two syllables: 지은 Jieun."""
        parts = [self._syllable("first"), self._syllable("last")]
        while parts[0] == parts[1]:
            parts[1] = self._syllable("last")
        return Name("".join(k for k, _ in parts), "".join(e for _, e in parts).capitalize())

    def full(self) -> Name:
        """Draw a surname and a given name: 박지은 Park Jieun."""
        korean, english = self._surname()
        given = self.given()
        return Name(korean + given.korean, f"{english} {given.english}")

    def foreign(self) -> Name:
        """Draw a foreign name in Hangul: 톰 Tom."""
        return Name(*self.random.choice(_pairs("foreign_names")), is_foreign=True)

    def titled(self) -> Name:
        """Draw a surname with a title: 김 과장님 Manager Kim."""
        surname, english = self._surname()
        title, said = self.random.choice(TITLES)
        return Name(f"{surname} {title}", f"{said} {english}", is_title=True)

    def any(self) -> Name:
        """Draw a name of any kind but without a title."""
        kinds = (self.full, self.given, self.foreign)
        return self.random.choices(kinds, (45, 35, 20))[0]()

    def _surname(self) -> tuple[str, str]:
        surnames = _pairs("surnames")
        is_common = self.random.random() < COMMON_SHARE
        return self.random.choice(surnames[:COMMON_SURNAMES] if is_common else surnames)

    def _syllable(self, position: str) -> tuple[str, str]:
        is_common = self.random.random() < COMMON_SHARE
        return self.random.choice(_syllables(f"{position} common" if is_common else position))
