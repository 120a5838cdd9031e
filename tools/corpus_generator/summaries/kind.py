"""Kinds of text: what each may say, in how many ways, and what of it is essential.

A kind is an ini file of ``kinds/``. Its section ``[kind]`` holds what fits each of its cases,
``[words]`` what is drawn, and each ``[case …]`` one thing that a text can be about. What may be
said stands as templates (``template.py``), a topic a line; a line that begins with ``| `` is
another way to say the one before; `` / `` parts sentences between which others may stand.
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
# How far apart two words are that are drawn in order, in words of their list.
LONGEST_STEP = 3
CASE_KEYS = ("summary", "key", "core", "leads", "details", "closings")


# One thing to be said, in one of several ways, each a row of templates.
Topic = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Words:
    """Names that are drawn together.

    Args:
        names: the names.
        rows: a table, of which one row is drawn.
        pool: or a list, of which different words are drawn,
        is_ordered: in the order of the list and not far from each other, as dates.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    pool: tuple[str, ...] = ()
    is_ordered: bool = False

    def draw(self, random: Random) -> dict[str, str]:
        """A word for each name."""
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
    """One thing that a text can be about.

    Args:
        name: its name within the kind.
        summary: the template of the summary: its fields are the essential facts.
        key: those of them that decide whether a text belongs to train, valid or test.
        core: what tells the essential facts, in one of several ways.
        leads: what may come before, in this order.
        details: what may come between and after, in any order.
        closings: what may come last, in this order.
        words: what is drawn for this case alone, instead of the kind's words of those names.
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
        """A word for each name that a case may use, no word twice."""
        while True:
            facts: dict[str, str] = {}
            for words in (*self.words, *case.words):
                facts.update(words.draw(random))
            if len(set(facts.values())) == len(facts):
                return facts


def _topics(text: str) -> tuple[Topic, ...]:
    """Topics, a line each; a line that begins with | is another way to say the one before."""
    topics: list[list[tuple[str, ...]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("| "):
            topics.append([])
        topics[-1].append(tuple(line.removeprefix("| ").split(" / ")))
    return tuple(map(tuple, topics))


def _words(names: str, value: str) -> Words:
    """The words of a line of a file.

    Args:
        names: ``a, b`` draws different words, ``a < b`` words in the list's order, ``a / b`` a row.
        value: words, separated by commas, ``@list`` among them, or the rows ``x / y``, a line each.
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
    """A case from its section and what its kind says in every case."""
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
        path: an ini file as described above.

    Returns:
        The kind, named as the file is.

    Raises:
        KeyError: a section or a key is missing, or a shared list is unknown.
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
    """All kinds of ``kinds/``, in the order of their names."""
    return tuple(read_kind(path) for path in sorted(FOLDER.glob("*.ini")))
