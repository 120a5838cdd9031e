"""What is asked of a search: for each sentence, and for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Phrase = tuple[int, ...]


@dataclass(frozen=True)
class Request:
    """What is wanted of the translation of one sentence.

    Attributes:
        max_length: The most tokens, eos included. With 0 the step is never called.
        min_length: The fewest tokens before eos may come.
        prefix: Tokens that it begins with.
        constraints: What must appear in it: of each its alternatives, each a phrase of tokens. A
            phrase that is asked for twice must appear twice.
        source_length: The positions of the source that are real, for the coverage penalty.
        seed: What its samples begin with.
    """

    max_length: int
    min_length: int = 0
    prefix: Phrase = ()
    constraints: tuple[tuple[Phrase, ...], ...] = ()
    source_length: int = 0
    seed: int = 0


@dataclass(frozen=True)
class SearchOptions:
    """How translations are searched for.

    Attributes:
        beam_size: Live hypotheses per sentence. 1 is greedy search.
        length_penalty: α of Wu et al. 2016, eq. 14; at least 0.
        coverage_penalty: β of Wu et al. 2016, eq. 14; at least 0. Without attention it is nothing.
        n_best: Hypotheses wanted per sentence.
        no_repeat: No run of so many tokens comes twice in a hypothesis; 0 for any.
        groups: In how many groups the beam is divided, which avoid each other's tokens.
        diversity: λ of Vijayakumar et al. 2018, by which they do.
        temperature: Above 0 each of the `n_best` is drawn at random, from the distribution to the
            power of 1 / temperature.
        sample_top_k: Draw among so many best tokens alone; 0 for all.
        sample_top_p: Draw among the fewest best tokens that have this share of the distribution
            together.
    """

    beam_size: int = 5
    length_penalty: float = 0.6
    coverage_penalty: float = 0.0
    n_best: int = 1
    no_repeat: int = 0
    groups: int = 1
    diversity: float = 0.5
    temperature: float = 0.0
    sample_top_k: int = 0
    sample_top_p: float = 1.0

    @property
    def copies(self) -> int:
        """How many searches each sentence takes, independent of each other or nearly so."""
        return self.n_best if self.temperature else self.groups

    @property
    def width(self) -> int:
        """Live hypotheses of one such search."""
        return 1 if self.temperature else -(-self.beam_size // self.groups)


def check(requests: Sequence[Request], options: SearchOptions) -> None:
    """Raise `ValueError` for an argument out of range."""
    lengths = [request.max_length for request in requests]
    if any(length < 0 for length in lengths):
        raise ValueError(f"`max_length` accepts 0 or more. Received: {lengths}.")
    for name in ("beam_size", "n_best", "groups"):
        value = getattr(options, name)
        if value < 1:
            raise ValueError(f"`{name}` accepts 1 or more. Received: {value}.")
    for name in (
        "length_penalty",
        "coverage_penalty",
        "no_repeat",
        "diversity",
        "temperature",
        "sample_top_k",
    ):
        value = getattr(options, name)
        if not value >= 0:
            raise ValueError(f"`{name}` accepts 0 or more. Received: {value}.")
    if not 0 < options.sample_top_p <= 1:
        received = f"Received: {options.sample_top_p}."
        raise ValueError(f"`sample_top_p` accepts more than 0, and up to 1. {received}")
    if options.groups > options.beam_size:
        received = f"Received: {options.groups}, {options.beam_size}."
        raise ValueError(f"`groups` accepts no more than `beam_size`. {received}")
    is_plain = options.groups == 1 and not options.temperature
    if not is_plain and any(request.constraints for request in requests):
        raise ValueError("`constraints` accept no groups and no temperature.")
    if options.groups > 1 and options.temperature:
        raise ValueError("`groups` accept no temperature.")
