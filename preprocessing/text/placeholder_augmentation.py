"""Placeholder augmentation: adds placeholders to training pairs, as few corpora have addresses.

Numbers, addresses, emoji or codes are added to both sides of a share of the pairs: in place of a
word that both sides share (KTX, 3), which teaches the model where a placeholder goes within a
sentence, or before, between or after sentences. In other pairs marks such as <b> and </b> enclose
such a word, or the whole text.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from malgil.preprocessing.text.placeholders import COUNT, match_spans

if TYPE_CHECKING:
    from malgil.preprocessing.corpus import Pair

# The share of augmented pairs among those whose sides share a word, and among the others.
SHARE_OF_SHARING = 0.08
SHARE = 0.012
# The share of the augmented pairs in which marks enclose words.
_SHARE_OF_ENCLOSING = 0.2
_SENTENCE_END = re.compile(r"(?<=[.!?])\ ")
_SHARED_WORD = re.compile(
    r"(?<![A-Za-z\d])(?<![.,:/@-])(?:\d{1,2}|[A-Za-z]{3,}|[A-Z]{2})(?![A-Za-z\d]|[.,:/@-][A-Za-z\d])"
)
_EMOJI = "😀😂🙏👍🎉😭❤🔥🌸☕🚀🐶"
_ENCLOSING = (
    ("<b>", "</b>"),
    ('<a href="#">', "</a>"),
    ("<x1>", "</x1>"),
    ("**", "**"),
    ("~~", "~~"),
    ("[", "](https://a.com)"),
)


def augment(source: str, target: str, seed: int) -> Pair:
    """Add spans to both sides of a pair that is drawn; a pure function of the pair and the seed.

    Args:
        source: Normalized text.
        target: Its translation.
        seed: `[training] seed`.

    Returns:
        The pair, with the same spans added on both sides, or unchanged.
    """
    digest = zlib.crc32(f"{seed}\t{source}\t{target}".encode())
    shared = _shared_words(source, target)
    draw = digest / 2**32
    if draw >= (SHARE_OF_SHARING if shared else SHARE) or match_spans(source, target)[0]:
        return source, target
    random = Random(digest)
    if random.random() < _SHARE_OF_ENCLOSING:
        enclosed = _enclose(source, target, random)
        return enclosed if _count(*enclosed) in (1, 2) else (source, target)
    count = random.choices([1, 2, 3, random.randint(4, COUNT)], [70, 18, 8, 4])[0]
    spans = _spans(random, count)
    if draw >= SHARE:  # drawn only because both sides share a word
        spans = spans[: len(shared)]
        arrangements = [_replace_words]
    else:
        arrangements = [_replace_words, *random.sample([_insert_between, _surround, _append], 3)]
    for arrange in arrangements:
        pair = arrange(source, target, spans, random)
        if pair is not None and _count(*pair) == len(spans):
            return pair
    return source, target


def _shared_words(source: str, target: str) -> list[str]:
    """Return the words that occur exactly once on either side."""
    words = Counter(_SHARED_WORD.findall(source)), Counter(_SHARED_WORD.findall(target))
    return [word for word in words[0] if words[0][word] == words[1][word] == 1]


def _count(source: str, target: str) -> int:
    """Return the number of different placeholders of a pair."""
    return len({slot.number for slot in match_spans(source, target)[0]})


def _spans(random: Random, count: int) -> list[str]:
    """Draw different spans of all kinds: the model does not see the kind, but taggers do."""
    word, number = partial(_word, random), random.randint
    kinds: list[list[Callable[[], str]]] = [
        [
            lambda: str(number(100, 99_999)),
            lambda: f"{number(1, 23)}:{number(10, 59)}",
            lambda: f"{number(0, 99)}.{number(1, 99)}",
        ],
        [
            lambda: f"https://www.{word()}.com/{word()}",
            lambda: f"{word()}@{word()}.com",
            lambda: f"#{word()}",
            lambda: f"@{word()}",
        ],
        [lambda: random.choice(_EMOJI) * number(1, 3)],
        [
            lambda: f"{{{word()}}}",
            lambda: f"{{{{ {word()} }}}}",
            lambda: f"%{number(1, 9)}$s",
            lambda: f"`{word()}`",
            lambda: f"<{word()}/>",
        ],
        [
            lambda: f"{word()}_{number(1, 99)}.pdf",
            lambda: f"/{word()}/{word()}",
            lambda: f"C:\\{word()}\\{word()}.txt",
            lambda: f"{word().upper()}-{number(100, 9999)}",
            lambda: f"v{number(0, 9)}.{number(0, 99)}",
            lambda: f"{word()}_{word()}",
        ],
    ]
    spans: dict[str, None] = {}
    while len(spans) < count:
        spans[random.choice(random.choice(kinds))()] = None
    return list(spans)


def _word(random: Random) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(3, 8)))


def _enclose(source: str, target: str, random: Random) -> Pair:
    """Enclose a word that both sides share in a pair of marks; if there is none, the whole text."""
    opening, closing = random.choice(_ENCLOSING)
    shared = _shared_words(source, target)
    if not shared:
        return f"{opening}{source}{closing}", f"{opening}{target}{closing}"
    word = random.choice(shared)
    source, target = (
        _SHARED_WORD.sub(
            lambda found: f"{opening}{word}{closing}" if found[0] == word else found[0], text
        )
        for text in (source, target)
    )
    return source, target


def _replace_words(source: str, target: str, spans: list[str], random: Random) -> Pair | None:
    """Replace words that both sides share with the spans."""
    shared = _shared_words(source, target)
    if len(shared) < len(spans):
        return None
    places = dict(zip(random.sample(shared, len(spans)), spans, strict=True))
    source, target = (
        _SHARED_WORD.sub(lambda found: places.get(found[0], found[0]), text)
        for text in (source, target)
    )
    return source, target


def _insert_between(source: str, target: str, spans: list[str], random: Random) -> Pair | None:
    """Put one span between the same two sentences if both sides have as many sentences."""
    sides = [_SENTENCE_END.split(text) for text in (source, target)]
    if len(spans) > 1 or len(sides[0]) != len(sides[1]) or len(sides[0]) < 2:
        return None
    at = random.randint(1, len(sides[0]) - 1)
    source, target = (" ".join([*side[:at], *spans, *side[at:]]) for side in sides)
    return source, target


def _surround(source: str, target: str, spans: list[str], random: Random) -> Pair | None:
    """Put the first span before the text, the others after it."""
    source, target = (" ".join([spans[0], text, *spans[1:]]) for text in (source, target))
    return source, target


def _append(source: str, target: str, spans: list[str], random: Random) -> Pair | None:
    """Put the spans after the text, sometimes in brackets or after a colon."""
    listed = random.choice([" ", ", "]).join(spans)
    form = random.choices(["{} {}", "{} ({})", "{}: {}"], [8, 1, 1])[0]
    source, target = (
        form.format(text.rstrip(".") if ":" in form else text, listed) for text in (source, target)
    )
    return source, target
