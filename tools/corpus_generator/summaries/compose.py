"""Compose the texts with summaries that are included with the project.

`python -m tools.corpus_generator.summaries.compose` writes `train.tsv`, `valid.tsv` and
`test.tsv` of `data/summary/`, one pair per line: the text, a tab, its summary. The same
seed gives the same bytes.
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
    """Return the part of a pair, which depends only on the seed and its key facts."""
    return split_of_words((pair.kind, *pair.key), seed)


def _fill(
    kind: TextKind,
    random: Random,
    quotas: Mapping[str, int],
    seed: int,
    seen: set[str],
    parts: dict[str, list[Summarized]],
) -> None:
    """Draw from one kind until each part has its share."""
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
        seed: Random seed; it determines every choice.
        sizes: Number of pairs of each part, divided evenly among the kinds. By default `SIZES`.
        kinds: The kinds of text. By default all of `kinds/`.

    Returns:
        The pairs of train, valid and test, shuffled. No summary occurs twice, and no combination of
        key facts is in two parts.

    Raises:
        RuntimeError: If a kind cannot produce enough different summaries.
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
    """Return the text of a file: one pair per line, in NFC."""
    return normalize("NFC", "".join(f"{pair.text}\t{pair.summary}\n" for pair in pairs))


def to_files(seed: int) -> dict[str, str]:
    """Return the text of the file of each part."""
    return {split: to_tsv(pairs) for split, pairs in compose(seed).items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the three files.

    Args:
        arguments: The command line, without the program's name.
    """
    write_parts(to_files, SEED, FOLDER, "Compose Korean texts with summaries.", arguments)


if __name__ == "__main__":
    main()
