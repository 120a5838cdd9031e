"""Korean morphemes with their word classes, each one alone: 예요 is 이 + 에요."""

from __future__ import annotations

import functools
import os
import re
import shlex
from collections.abc import Iterable
from typing import Any, NamedTuple

from malgil.preprocessing.text.korean import mecab_dictionary
from malgil.preprocessing.text.normalization import normalize

_INFLECTED = "Inflect"
_PART = re.compile(r"([^+/]+)/([A-Z]+)/[^+]*")
# Nouns, verbs, adjectives, adverbs, determiners, pronouns, numerals, roots and interjections.
CONTENT = {"NNG", "NNP", "NP", "NR", "VV", "VA", "MAG", "MM", "XR", "IC"}
ENDINGS = {"EF", "EC", "EP", "ETM", "ETN"}


class Morpheme(NamedTuple):
    """A morpheme.

    Attributes:
        text: Its form; that of a verb or an adjective is the stem.
        word_class: The tag of mecab-ko-dic, such as `NNG` or `EF`.
    """

    text: str
    word_class: str


def analyze(text: str) -> list[Morpheme]:
    """Return the morphemes of a Korean text; contracted ones are taken apart."""
    found = []
    for line in _tagger().parse(normalize(text)).split("\n")[:-2]:
        surface, word_class, kind, expression = line.split("\t")
        if kind == _INFLECTED:
            found += [Morpheme(*part) for part in _PART.findall(expression)]
        else:
            found.append(Morpheme(surface, word_class.partition("+")[0]))
    return found


def count_kind(texts: Iterable[str], classes: set[str]) -> dict[Morpheme, int]:
    """Return how often each morpheme of some word classes occurs, the most frequent first."""
    counts: dict[Morpheme, int] = {}
    for text in texts:
        for morpheme in analyze(text):
            if morpheme.word_class in classes:
                counts[morpheme] = counts.get(morpheme, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@functools.cache
def _tagger() -> Any:
    os.environ.setdefault("MECABRC", os.devnull)
    import MeCab

    path = shlex.quote(str(mecab_dictionary()))
    return MeCab.Tagger(
        rf"-d {path} '--node-format=%m\t%f[0]\t%f[4]\t%f[7]\n' '--unk-format=%m\t%f[0]\t\t\n' "
        r"'--eos-format=\n'"
    )
