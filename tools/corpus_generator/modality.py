"""Modalities of an action: in progress, wanted, possible, allowed, started …

Each modality turns a Korean dictionary form into a longer one, and an English predicate into a
longer one, in parallel: 먹다 → 먹고 싶다, eat → want to eat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.corpus_generator.conjugation import attributive, honorific, infinitive, join, join_eu
from tools.corpus_generator.verb_phrase import VerbPhrase


@dataclass(frozen=True)
class Modality:
    """A way to extend a predicate.

    Args:
        name: Its name.
        korean: (dictionary form, whether the subject is honored) → longer dictionary form.
        english: (predicate) → longer predicate.
        tenses: The tenses in which it is natural in both languages.
        negative: How it is negated: "long" with -지 않다, "lexical" with another word (없다,
            모르다), "" not at all.
        is_verb: Whether the Korean then acts as a verb, not an adjective.
    """

    name: str
    korean: Callable[[str, bool], str]
    english: Callable[[VerbPhrase], VerbPhrase]
    tenses: tuple[str, ...]
    negative: str = "long"
    is_verb: bool = True


def _honored(lemma: str, is_honored: bool) -> str:
    return honorific(lemma) if is_honored else lemma


def _first(ending: Callable[[str], str]) -> Callable[[str, bool], str]:
    """Make the action honorific, then add the ending: 읽으실 수 있다."""
    return lambda lemma, is_honored: ending(_honored(lemma, is_honored))


def _last(ending: Callable[[str], str]) -> Callable[[str, bool], str]:
    """Add the ending, then make the whole honorific: 읽고 싶어 하시다."""
    return lambda lemma, is_honored: _honored(ending(lemma), is_honored)


def _to(verb: str) -> Callable[[VerbPhrase], VerbPhrase]:
    return lambda phrase: VerbPhrase.parse(f"{verb} to {phrase.base()}")


def _modal(verb: str) -> Callable[[VerbPhrase], VerbPhrase]:
    return lambda phrase: VerbPhrase(verb, phrase.base(), is_auxiliary=True)


def cannot(lemma: str) -> str:
    """Add 못 before a short verb, else -지 못하다: 못 가다, 공부하지 못하다."""
    return f"못 {lemma}" if is_short(lemma) else join(lemma, "지 못하다")


def deny(lemma: str, is_short_form: bool = False) -> str:
    """Negate with 안 if that is requested and natural, else with -지 않다."""
    if is_short_form and is_short(lemma):
        *before, word = lemma.split(" ")
        return " ".join([*before, "안", word])
    return join(lemma, "지 않다")


def is_short(lemma: str) -> bool:
    """Return whether 안 or 못 can directly precede a verb: 가다, 마시다; not 공부하다."""
    word = lemma.rsplit(" ", maxsplit=1)[-1]
    return word == "하다" or (len(word) <= 3 and not word.endswith("하다"))


MODALITIES = {
    modality.name: modality
    for modality in (
        Modality(
            "simple", _first(lambda lemma: lemma), lambda phrase: phrase,
            ("present", "past", "future"),
        ),
        Modality(
            "progressive", _last(lambda lemma: join(lemma, "고 있다")),
            lambda phrase: VerbPhrase("be", phrase.gerund(), True), ("present", "past"),
        ),
        Modality(
            "want", _last(lambda lemma: join(lemma, "고 싶다")), _to("want"),
            ("present", "past"), is_verb=False,
        ),
        Modality(
            "want_other", _last(lambda lemma: join(lemma, "고 싶어 하다")), _to("want"),
            ("present", "past"),
        ),
        Modality(
            "can", _first(lambda lemma: join_eu(lemma, "ㄹ 수 있다")), _modal("can"),
            ("present", "past", "future"), "lexical",
        ),
        Modality(
            "must", _first(lambda lemma: infinitive(lemma) + "야 하다"), _to("have"),
            ("present", "past", "future"), "",
        ),
        Modality(
            "may", _first(lambda lemma: infinitive(lemma) + "도 되다"), _modal("may"),
            ("present",), "",
        ),
        Modality(
            "experience", _first(lambda lemma: join_eu(lemma, "ㄴ 적이 있다")),
            lambda phrase: VerbPhrase("have", phrase.participle(), True), ("present",),
            "lexical",
        ),
        Modality("plan", _last(lambda lemma: join_eu(lemma, "려고 하다")), _to("plan"),
                 ("present", "past"), ""),
        Modality("start", _last(lambda lemma: join(lemma, "기 시작하다")), _to("start"),
                 ("past", "future"), ""),
        Modality("know_how", _first(lambda lemma: join_eu(lemma, "ㄹ 줄 알다")),
                 _to("know how"), ("present",), "lexical"),
        Modality(
            "like", _last(lambda lemma: attributive(lemma) + " 것을 좋아하다"),
            lambda phrase: VerbPhrase("like", phrase.gerund()), ("present",),
        ),
    )
}  # fmt: skip
OPPOSITES = (("있다", "없다"), ("줄 알다", "줄 모르다"))


def deny_lexically(lemma: str) -> str:
    """Negate with another word: -ㄹ 수 있다 → -ㄹ 수 없다, 줄 알다 → 줄 모르다.

    Raises:
        ValueError: If the dictionary form ends in neither.
    """
    for positive, negative in OPPOSITES:
        if lemma.endswith(positive):
            return lemma[: -len(positive)] + negative
    raise ValueError(f"expected a dictionary form in 있다 or 줄 알다. Received: {lemma!r}.")
