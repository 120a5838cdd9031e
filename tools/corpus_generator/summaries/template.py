"""Templates of Korean sentences: fields that take particles, predicates that take endings.

`{event:을/를} {day:으로/로} [past 미루다].` becomes 회의를 월요일로 미루었습니다., 미루었어요.,
미루었어. or 미루었다., depending on the facts and the style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from tools.corpus_generator.conjugation import (
    STYLES,
    finish,
    future,
    infinitive,
    join,
    join_eu,
    past,
)
from tools.corpus_generator.hangul import final_consonant
from tools.corpus_generator.particles import attach

# The word directly before the bracket belongs to it: 3시[이다] is 3시이다.
PREDICATE = re.compile(r"([^\s\[\]]*)\[([^\[\]]+)\]")
# Requests have a different ending in each style.
REQUESTS = {"formal": " 주시기 바랍니다", "polite": " 주세요", "casual": " 줘"}
PROMISES: dict[str, Callable[[str], str]] = {
    "formal": lambda lemma: join(lemma, "겠습니다"),
    "polite": lambda lemma: join_eu(lemma, "ㄹ게요"),
    "casual": lambda lemma: join_eu(lemma, "ㄹ게"),
    "plain": lambda lemma: join(lemma, "겠다"),
}
PROPOSALS: dict[str, Callable[[str], str]] = {
    "formal": lambda lemma: join_eu(lemma, "ㅂ시다"),
    "polite": lambda lemma: infinitive(lemma) + "요",
    "casual": lambda lemma: join(lemma, "자"),
    "plain": lambda lemma: join(lemma, "자"),
}
PRONOUNS = {
    "polite": {"me": "저", "I": "제가", "my": "제", "we": "저희"},
    "casual": {"me": "나", "I": "내가", "my": "내", "we": "우리"},
}
STEPS: dict[str, Callable[[str], str]] = {
    "past": past,
    "future": future,
    "must": lambda lemma: infinitive(lemma) + "야 하다",
    "adjective": lambda lemma: lemma,
    "request": lambda lemma: lemma,
    "propose": lambda lemma: lemma,
    "promise": lambda lemma: lemma,
}


class _Fields(Formatter):
    """A formatter of fields with a particle, `{name:은/는}`, and of given names in a style.

    `{name!이}` 지영이, `{name!씨}` 지영 씨 or 지영이, `{name!야}` 지영 씨 or 지영아.
    """

    def __init__(self, style: str) -> None:
        self.is_polite = style in ("polite", "formal")

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion in ("씨", "야") and self.is_polite:
            return f"{value} 씨"
        if conversion == "야":
            return attach(value, "아/야")
        if conversion in ("이", "씨"):
            return value + ("이" if final_consonant(value) else "")
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> str:
        return attach(value, format_spec) if format_spec else str(value)


def field_names(template: str) -> tuple[str, ...]:
    """Return the fields of a template, in order, without duplicates."""
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


def pronouns(style: str) -> dict[str, str]:
    """Return the pronouns of the writer in a style: the fields me, I, my and we."""
    return PRONOUNS["polite" if style in ("polite", "formal") else "casual"]


def add_ending(lemma: str, ending: str) -> str:
    """Add a connecting ending to a predicate.

    Example: 먹다 + 고, + 아서, + 으면, + 은 → 먹고, 먹어서, 먹으면, 먹은.

    Args:
        lemma: The dictionary form.
        ending: The ending in its form after 먹 or 막; 아 and 으 are adapted to the stem.
    """
    if ending.startswith("아"):
        return infinitive(lemma) + ending[1:]
    if ending.startswith("으"):
        return join_eu(lemma, ending[1:])
    if ending[0] in "은을":
        return join_eu(lemma, ("ㄴ" if ending[0] == "은" else "ㄹ") + ending[1:])
    return join(lemma, ending)


def _predicate(host: str, text: str, style: str) -> str:
    """Return the predicate for a bracket: steps, a dictionary form, and optionally an ending.

    Args:
        host: The word directly before the bracket, which begins the dictionary form, or "".
        text: The content of the bracket.
        style: The style of the text.
    """
    body, _, ending = text.partition(" +")
    words = body.split(" ")
    steps = []
    while words and words[0] in STEPS:
        steps.append(words.pop(0))
    lemma = host + " ".join(words)
    for step in reversed(steps):
        lemma = STEPS[step](lemma)
    if ending:
        return add_ending(lemma, ending)
    if "request" in steps:
        return infinitive(lemma) + REQUESTS[style]
    for step, endings in (("propose", PROPOSALS), ("promise", PROMISES)):
        if step in steps:
            return endings[style](lemma)
    return finish(lemma, style, is_verb="adjective" not in steps)


def fill(template: str, facts: Mapping[str, str], style: str) -> str:
    """Fill in a template.

    Args:
        template: Text with fields `{name}`, `{name:particle}` (a pair of
            `particles.FORMS`), given names as `{name!이}`, `{name!씨}`,
            `{name!야}`, and predicates `[steps lemma +ending]`: the steps
            past, future, must, adjective (matters in the plain style), request, propose
            and promise, each applied to what follows it; without an ending it is finished in the
            style. The plain style has no request.
        facts: The value of each field; a predicate's dictionary form may be one of them.
        style: One of `conjugation.STYLES`.

    Returns:
        The text.

    Raises:
        KeyError: If a field has no value.
        ValueError: If the style or a particle is unknown, or a predicate is not a dictionary form.
    """
    if style not in STYLES:
        raise ValueError(f"style accepts {', '.join(STYLES)}. Received: {style!r}.")
    text = _Fields(style).vformat(template, (), {**pronouns(style), **facts})
    return PREDICATE.sub(lambda match: _predicate(match[1], match[2], style), text)
