"""One text and its summary, composed from a case of a kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tools.corpus_generator.summaries.kind import Case, TextKind, Topic
from tools.corpus_generator.summaries.template import fill

SENTENCE_END = re.compile(r"[.?!](?= |$)")
MIN_SENTENCES, MAX_SENTENCES = 3, 6
MIN_WORDS, MAX_WORDS = 25, 70
MAX_LEADS, MAX_DETAILS, MAX_CLOSINGS = 2, 4, 1


@dataclass(frozen=True)
class Summarized:
    """A text, its summary and their origin.

    Args:
        text: Three to six sentences.
        summary: One sentence.
        kind: The kind of text and its case, such as `meeting/time`.
        facts: The essential facts by name; the summary has only these.
        key: The essential facts that decide which part the text belongs to.
    """

    text: str
    summary: str
    kind: str
    facts: Mapping[str, str]
    key: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with its punctuation mark."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    return [text[begin:end].strip() for begin, end in zip([0, *ends[:-1]], ends, strict=True)]


def _some(topics: tuple[Topic, ...], most: int, random: Random) -> list[str]:
    """Draw up to `most` topics, in the order of the list."""
    count = min(random.randint(0, most), len(topics))
    chosen = sorted(random.sample(range(len(topics)), count))
    return [part for index in chosen for part in random.choice(topics[index])]


def _arrange(case: Case, random: Random) -> list[str]:
    """Draw the templates of a text: leads, then the core with details in and after it, closings."""
    middle = list(random.choice(case.core))
    details = _some(case.details, MAX_DETAILS, random)
    for detail in random.sample(details, len(details)):
        middle.insert(random.randint(1, len(middle)), detail)
    leads = _some(case.leads, MAX_LEADS, random)
    return [*leads, *middle, *_some(case.closings, MAX_CLOSINGS, random)]


def is_right_length(text: str) -> bool:
    """Return whether a text has three to six sentences, with 25 to 70 words in total."""
    count = len(sentences(text))
    is_right_count = MIN_SENTENCES <= count <= MAX_SENTENCES
    return is_right_count and MIN_WORDS <= len(text.split()) <= MAX_WORDS


def summarize(kind: TextKind, random: Random) -> Summarized:
    """Compose one text of a kind, of the right length, with its summary."""
    case = random.choice(kind.cases)
    while True:
        style = random.choice(kind.styles)
        facts = kind.draw(case, random)
        parts = _arrange(case, random)
        text = " ".join(fill(part, facts, style) for part in parts)
        if is_right_length(text):
            break
    return Summarized(
        text,
        fill(case.summary, facts, "plain"),
        f"{kind.name}/{case.name}",
        {name: facts[name] for name in case.essential},
        tuple(facts[name] for name in case.key),
    )
