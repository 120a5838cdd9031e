"""Kinds of text: their possible sentences, and the facts that are essential.

A kind is an ini file of `kinds/`. Its section `[kind]` holds the topics of all its cases, `[words]`
the words to draw from, and each `[case …]` one subject of a text. The topics are templates
(`template.py`), one per line. A line that begins with `| ` is an alternative to the line before.
` / ` separates sentences between which others may be inserted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tools.corpus_generator.summaries.template import field_names
from tools.corpus_generator.summaries.words import shared_lists

FOLDER = Path(__file__).parent / "kinds"
# The maximum distance of two words that are drawn in order, in positions of their list.
LONGEST_STEP = 3
CASE_KEYS = ("summary", "key", "core", "leads", "details", "closings")


# One statement in several alternatives; each alternative is a sequence of templates.
Topic = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Words:
    """Names that are drawn together.

    Args:
        names: The names.
        rows: A table from which one row is drawn; if it is empty, the words come from the pool.
        pool: A list from which different words are drawn.
        is_ordered: Whether they are in the order of the list and close to each other, as dates are.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    pool: tuple[str, ...] = ()
    is_ordered: bool = False

    def draw(self, random: Random) -> dict[str, str]:
        """Draw a word for each name."""
        if self.rows:
            words = random.choice(self.rows)
        elif self.is_ordered:
            words = self._in_order(random)
        else:
            words = tuple(random.sample(self.pool, len(self.names)))
        return dict(zip(self.names, words, strict=True))

    def _in_order(self, random: Random) -> tuple[str, ...]:
        steps = [random.randint(1, LONGEST_STEP) for _ in self.names]
        begin = random.randrange(len(self.pool) - sum(steps[1:]))
        return tuple(self.pool[begin + sum(steps[1:end])] for end in range(1, len(steps) + 1))


@dataclass(frozen=True)
class Case:
    """One subject of a text.

    Args:
        name: Its name within the kind.
        summary: The template of the summary; its fields are the essential facts.
        key: The essential facts that decide whether a text belongs to train, valid or test.
        core: The topic with the essential facts, in several alternatives.
        leads: Topics that may come before, in this order.
        details: Topics that may come in between and after, in any order.
        closings: Topics that may come last, in this order.
        words: The words of this case; they replace the words of the kind with the same names.
    """

    name: str
    summary: str
    key: tuple[str, ...]
    core: Topic
    leads: tuple[Topic, ...]
    details: tuple[Topic, ...]
    closings: tuple[Topic, ...]
    words: tuple[Words, ...] = ()

    @property
    def essential(self) -> tuple[str, ...]:
        """The names of the essential facts."""
        return field_names(self.summary)


@dataclass(frozen=True)
class TextKind:
    """One kind of text, such as a letter of complaint, with its cases."""

    name: str
    styles: tuple[str, ...]
    words: tuple[Words, ...]
    cases: tuple[Case, ...]

    def draw(self, case: Case, random: Random) -> dict[str, str]:
        """Draw a word for each name that a case may use, without repetition."""
        while True:
            facts: dict[str, str] = {}
            for words in (*self.words, *case.words):
                facts.update(words.draw(random))
            if len(set(facts.values())) == len(facts):
                return facts


def _topics(text: str) -> tuple[Topic, ...]:
    """Parse topics, one per line; a line that begins with | is an alternative."""
    topics: list[list[tuple[str, ...]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("| "):
            topics.append([])
        topics[-1].append(tuple(line.removeprefix("| ").split(" / ")))
    return tuple(map(tuple, topics))


def _words(names: str, value: str) -> Words:
    """Parse the words of a line of a file.

    Args:
        names: `a, b` draws different words, `a < b` words in the order of the list, `a / b` a row.
        value: Words and lists (`@list`), separated by commas, or the rows `x / y`, one per line.
    """
    if " / " in names:
        lines = filter(None, map(str.strip, value.splitlines()))
        rows = tuple(tuple(line.split(" / ")) for line in lines)
        return Words(tuple(names.split(" / ")), rows=rows)
    is_ordered = " < " in names
    pool: list[str] = []
    for word in re.split(r",\s+", value.strip()):
        pool += shared_lists()[word[1:]] if word.startswith("@") else [word]
    separator = " < " if is_ordered else ", "
    return Words(tuple(names.split(separator)), pool=tuple(pool), is_ordered=is_ordered)


def _case(name: str, section: Mapping[str, str], common: Mapping[str, str]) -> Case:
    """Make a case from its section and the topics that all cases of its kind share."""
    said = {
        field: _topics(f"{common.get(field, '')}\n{section.get(field, '')}")
        for field in ("leads", "details", "closings")
    }
    (core,) = _topics(section["core"])
    own = tuple(_words(names, value) for names, value in section.items() if names not in CASE_KEYS)
    key = tuple(section["key"].split(", "))
    return Case(name, section["summary"], key, core, **said, words=own)


def read_kind(path: Path) -> TextKind:
    """Read a kind of text.

    Args:
        path: An ini file in the format described above.

    Returns:
        The kind, with the name of the file.

    Raises:
        KeyError: If a section or a key is missing, or a shared list is unknown.
    """
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    common = parser["kind"]
    cases = tuple(
        _case(name.removeprefix("case "), parser[name], common)
        for name in parser.sections()
        if name.startswith("case ")
    )
    words = tuple(_words(names, value) for names, value in parser["words"].items())
    return TextKind(path.stem, tuple(common["styles"].split(", ")), words, cases)


@cache
def read_kinds() -> tuple[TextKind, ...]:
    """Read all kinds of `kinds/`, in the order of their names."""
    return tuple(read_kind(path) for path in sorted(FOLDER.glob("*.ini")))
