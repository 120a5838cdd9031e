"""Compose the parallel sentences that are included with the project.

`python -m tools.corpus_generator.compose` writes `data/composed/train.tsv`, `valid.tsv` and
`test.tsv`, one pair per line: Korean, a tab, English. The same seed gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from tools.corpus_generator import (
    frames_cause,
    frames_embedded,
    frames_joined,
    frames_question,
    frames_simple,
    frames_state,
)
from tools.corpus_generator.command import write_parts
from tools.corpus_generator.composed import Composed
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import load_lexicon
from tools.corpus_generator.split import SPLITS, common_split

FOLDER = Path(__file__).parents[2] / "data" / "composed"
SEED = 20240
SIZES = {"train": 24_000, "valid": 600, "test": 600}
# Correct but clumsy: what did he turn on on Monday, I think that that person is kind.
REPEATED = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
MIN_WORDS, MAX_WORDS = 3, 14
Frame = Callable[[Draw], Composed | None]
# Each frame and its share of the sentences; the shares sum to 200, which divides every size.
FRAMES: tuple[tuple[Frame, int], ...] = (
    (frames_simple.action, 50),
    (frames_simple.personal, 8),
    (frames_simple.movement, 14),
    (frames_simple.giving, 12),
    (frames_state.having, 6),
    (frames_state.copula, 5),
    (frames_state.becoming, 3),
    (frames_state.describing, 5),
    (frames_state.describing_thing, 3),
    (frames_state.describing_place, 1),
    (frames_state.comparing, 5),
    (frames_state.comparing_things, 1),
    (frames_state.existing, 5),
    (frames_question.yes_or_no, 12),
    (frames_question.who, 4),
    (frames_question.what, 4),
    (frames_question.where, 3),
    (frames_question.whither, 3),
    (frames_question.when_or_why, 5),
    (frames_question.how_many, 2),
    (frames_question.with_whom, 2),
    (frames_question.requesting, 4),
    (frames_question.proposing, 3),
    (frames_joined.sequence, 7),
    (frames_joined.contrast, 5),
    (frames_cause.reason, 3),
    (frames_cause.weather_reason, 1),
    (frames_cause.condition, 3),
    (frames_cause.own_condition, 2),
    (frames_joined.while_going_on, 3),
    (frames_joined.order_in_time, 4),
    (frames_joined.purpose, 3),
    (frames_embedded.relative_subject, 2),
    (frames_embedded.relative_object, 2),
    (frames_embedded.relative_person, 1),
    (frames_embedded.thinking, 2),
    (frames_embedded.hearing, 2),
)
MAX_DRAWS = 400_000


def _fits(pair: Composed, min_words: int) -> bool:
    count = len(pair.english.split())
    is_right_length = min_words <= count <= MAX_WORDS
    return is_right_length and not REPEATED.search(pair.english)


def _fill(
    frame: Frame,
    draw: Draw,
    quotas: Mapping[str, int],
    seed: int,
    seen: dict[str, str],
    parts: dict[str, list[Composed]],
    min_words: int,
) -> None:
    """Draw from one frame until each part has its share."""
    left = dict(quotas)
    for _ in range(MAX_DRAWS):
        if not any(left.values()):
            return
        pair = frame(draw)
        if pair is None or not _fits(pair, min_words):
            continue
        split = common_split(pair.triples, seed)
        # One English sentence may have several Korean ones, but only in one part.
        if not left.get(split) or pair.korean in seen:
            continue
        if seen.setdefault(pair.english, split) != split:
            continue
        seen[pair.korean] = split
        left[split] -= 1
        parts[split].append(pair)
    raise RuntimeError(f"{frame.__name__} has too few sentences: {left} are missing.")


def compose(
    seed: int = SEED,
    sizes: Mapping[str, int] | None = None,
    frames: Sequence[tuple[Frame, int]] | None = None,
    min_words: int = MIN_WORDS,
) -> dict[str, list[Composed]]:
    """Compose all parts.

    Args:
        seed: Random seed; it determines every choice.
        sizes: Number of pairs of each part, multiples of the sum of shares. By default `SIZES`.
        frames: The frames, each with its share of the sentences. By default `FRAMES`.
        min_words: The minimum number of English words.

    Returns:
        The pairs of train, valid and test, shuffled. No Korean sentence, English sentence or triple
        is in two parts, and no Korean sentence occurs twice in one part.

    Raises:
        RuntimeError: If a frame cannot produce enough different sentences.
    """
    sizes = SIZES if sizes is None else sizes
    frames = FRAMES if frames is None else frames
    shares = sum(share for _, share in frames)
    random = Random(seed)
    draw = Draw(random, load_lexicon())
    seen: dict[str, str] = {}
    parts: dict[str, list[Composed]] = {split: [] for split in SPLITS}
    for frame, share in frames:
        quotas = {split: sizes[split] * share // shares for split in SPLITS}
        _fill(frame, draw, quotas, seed, seen, parts, min_words)
    for pairs in parts.values():
        random.shuffle(pairs)
    return parts


def to_tsv(pairs: list[Composed]) -> str:
    """Return the text of a file: one pair per line."""
    return "".join(f"{pair.korean}\t{pair.english}\n" for pair in pairs)


def to_files(seed: int) -> dict[str, str]:
    """Return the text of the file of each part."""
    return {split: to_tsv(pairs) for split, pairs in compose(seed).items()}


def main(arguments: list[str] | None = None) -> None:
    """Write the three files.

    Args:
        arguments: The command line, without the program's name.
    """
    write_parts(to_files, SEED, FOLDER, "Compose Korean-English sentence pairs.", arguments)


if __name__ == "__main__":
    main()
