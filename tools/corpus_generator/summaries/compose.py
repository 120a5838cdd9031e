"""Compose the texts with summaries that ship with the project.

``python -m tools.corpus_generator.summaries.compose`` writes ``train.tsv``, ``valid.tsv`` and
``test.tsv`` of ``data/summary/``, one pair a line: the text, a tab, its summary. The same seed
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from unicodedata import normalize

from tools.corpus_generator.command import write_parts
from tools.corpus_generator.split import SPLITS, split_of_words
from tools.corpus_generator.summaries.kind import TextKind, read_kinds
from tools.corpus_generator.summaries.summarized import Summarized, summarize

FOLDER = Path(__file__).parents[3] / "data" / "summary"
SEED = 20250
SIZES = {"train": 8_000, "valid": 160, "test": 160}
MAX_DRAWS = 40_000


def split_of(pair: Summarized, seed: int) -> str:
    """The part of a pair: a function of the seed and its key facts alone."""
    return split_of_words((pair.kind, *pair.key), seed)


def _fill(
    kind: TextKind,
    random: Random,
    quotas: Mapping[str, int],
    seed: int,
    seen: set[str],
    parts: dict[str, list[Summarized]],
) -> None:
    """Draw from one kind until each part has its share of it."""
    left = dict(quotas)
    for _ in range(MAX_DRAWS):
        if not any(left.values()):
            return
        pair = summarize(kind, random)
        split = split_of(pair, seed)
        if not left[split] or pair.summary in seen:
            continue
        seen.add(pair.summary)
        left[split] -= 1
        parts[split].append(pair)
    raise RuntimeError(f"{kind.name} has too few texts: {left} are missing.")


def compose(
    seed: int = SEED,
    sizes: Mapping[str, int] | None = None,
    kinds: Iterable[TextKind] | None = None,
) -> dict[str, list[Summarized]]:
    """Compose all parts.

    Args:
        seed: from which every choice follows.
        sizes: how many pairs each part gets, shared out evenly among the kinds. By default
            ``SIZES``.
        kinds: the kinds of text. By default all that there are.

    Returns:
        For train, valid and test their pairs, in a mixed order. No summary occurs twice, and no
        combination of key facts in two parts.

    Raises:
        RuntimeError: a kind cannot give as many different summaries as it should.
    """
    sizes = SIZES if sizes is None else sizes
    kinds = read_kinds() if kinds is None else tuple(kinds)
    random = Random(seed)
    seen: set[str] = set()
    parts: dict[str, list[Summarized]] = {split: [] for split in SPLITS}
    for kind in kinds:
        quotas = {split: sizes[split] // len(kinds) for split in SPLITS}
        _fill(kind, random, quotas, seed, seen, parts)
    for pairs in parts.values():
        random.shuffle(pairs)
    return parts


def to_tsv(pairs: list[Summarized]) -> str:
    """The text of a file: one pair a line, NFC."""
    return normalize("NFC", "".join(f"{pair.text}\t{pair.summary}\n" for pair in pairs))


def to_files(seed: int) -> dict[str, str]:
    """The text of each part's file."""
    return {split: to_tsv(pairs) for split, pairs in compose(seed).items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the three files.

    Args:
        arguments: the command line, without the program's name.
    """
    write_parts(to_files, SEED, FOLDER, "Compose Korean texts with summaries.", arguments)


if __name__ == "__main__":
    main()
