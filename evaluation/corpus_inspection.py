"""The inspection of a corpus: counts what training would use, and evaluates vocabularies."""

from __future__ import annotations

import heapq
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.evaluation.corpus_description import HELD_OUT, Inspection, Sample, Side, Vocabulary
from malgil.preprocessing.dataset.held_out import read_if_possible
from malgil.preprocessing.dataset.tokenize_pairs import TokenizedPair
from malgil.preprocessing.dataset.training_pairs import TrainingPairs, require_pairs
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.subword import UNK, Subword
from malgil.settings import Settings

logger = logging.getLogger(__name__)

SIZES = (500, 1000, 2000, 4000, 8000, 16_000, 32_000)
_SAMPLES, _LONGEST, _FREQUENT = 20, 3, 15


def inspect(settings: Settings, progress: Callable[[str, int], None]) -> Inspection:
    """Compute the statistics of the pairs of `[data] train` that training uses.

    Pairs are left out as in training: those that are also in valid or test, and those that have too
    many of the subwords that training would learn.

    Args:
        settings: `[data]`, `[cleaning]` and `[preprocessing]` as for training. Files of valid and
            test that cannot be read are left out with a warning.
        progress: Called with a title and the number of pairs done.

    Returns:
        The statistics, which depend only on the files and the settings.

    Raises:
        UserError: If a file cannot be read, or no pair is left after cleaning.
    """
    reading = _Reading(settings)
    with ExitStack() as stack:
        pairs = TrainingPairs(settings, read_if_possible(settings), None, stack)
        counts = pairs.tokenize(progress)
        require_pairs("train", pairs.statistics, settings)
        done = 0
        for chunk in pairs.selected(_learn_pipeline(counts, settings, progress)):
            for pair, _ids in chunk:
                reading.add(pair)
            done += len(chunk)
            progress(_("pairs encoded"), done)
    require_pairs("train", pairs.statistics, settings)
    summary = pairs.statistics.summary()
    return Inspection(reading.pairs, summary, *reading.sides(progress), reading.samples())


def _learn_pipeline(
    counts: tuple[Counter[str], Counter[str]],
    settings: Settings,
    progress: Callable[[str, int], None],
) -> TextPipeline | None:
    """Learn the subwords as training does; None with a warning if training could not learn them."""
    progress(_("learning a vocabulary of size"), settings.preprocessing.vocabulary_size)
    try:
        return TextPipeline.learn(counts, settings.preprocessing)
    except UserError as error:
        message = _("lengths in subwords are not checked, as training would fail: {error}")
        logger.warning(message.format(error=error))
        return None


class _Reading:
    """Collects the statistics pair by pair."""

    def __init__(self, settings: Settings) -> None:
        data, self._text = settings.data, settings.preprocessing
        self._sides = (
            Side(data.source_language, self._text.source_tokenizer),
            Side(data.target_language, self._text.target_tokenizer),
        )
        self._counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._held_out: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._longest: tuple[list[tuple[int, int, str]], ...] = ([], [])
        self._random = random.Random(settings.training.seed)
        self._drawn: list[tuple[int, TokenizedPair]] = []
        self.pairs = 0

    def add(self, pair: TokenizedPair) -> None:
        """Add one pair."""
        counted = self._counts if (self.pairs + 1) % HELD_OUT else self._held_out
        sides = zip(pair.plain_sides(), pair.text(), strict=True)
        for i, (tokens, text) in enumerate(sides):
            words = sum(token.startswith(SPACE) for token in tokens)
            self._sides[i].words += words
            self._sides[i].tokens += len(tokens)
            lengths = self._sides[i].lengths
            lengths[words] = lengths.get(words, 0) + 1
            counted[i].update(tokens)
            # Of sentences of the same length, the first ones are kept.
            entry = (len(text), -self.pairs, text)
            if len(self._longest[i]) < _LONGEST:
                heapq.heappush(self._longest[i], entry)
            elif entry > self._longest[i][0]:
                heapq.heapreplace(self._longest[i], entry)
        # Algorithm R (Vitter 1985): each pair is drawn with the same probability.
        place = self.pairs if self.pairs < _SAMPLES else self._random.randint(0, self.pairs)
        if place < _SAMPLES:
            self._drawn[place : place + 1] = [(self.pairs, pair)]
        self.pairs += 1

    def sides(self, progress: Callable[[str, int], None]) -> tuple[Side, Side]:
        """Return the statistics of both sides, after all pairs have been added."""
        for side, counts, held_out, longest in zip(
            self._sides, self._counts, self._held_out, self._longest, strict=True
        ):
            together = counts + held_out
            side.types = len(together)
            # Equally frequent tokens are in alphabetical order.
            ranked = sorted(together.items(), key=lambda item: (-item[1], item[0]))
            side.frequent = ranked[:_FREQUENT]
            side.longest = [entry[2] for entry in sorted(longest, reverse=True)]
            side.vocabularies = _vocabularies(
                counts, held_out or counts, self._text.subword, progress
            )
        return self._sides

    def samples(self) -> list[Sample]:
        """Return the drawn pairs, in the order of the files."""
        pairs = [drawn[1] for drawn in sorted(self._drawn, key=lambda drawn: drawn[0])]
        return [
            Sample(*pair.text(), *(pair.plain_sides() if pair.is_augmented else pair[:2]))
            for pair in pairs
        ]


def _vocabularies(
    counts: Counter[str],
    held_out: Counter[str],
    kind: str,
    progress: Callable[[str, int], None],
) -> list[Vocabulary]:
    """Learn vocabularies of increasing size, up to the first that the corpus cannot fill."""
    vocabularies: list[Vocabulary] = []
    words = sum(n for token, n in held_out.items() if token.startswith(SPACE))
    for size in SIZES:
        progress(_("learning a vocabulary of size"), size)
        try:
            subword = Subword.train(counts, kind, size)
        except UserError:  # smaller than the alphabet
            continue
        encoded = [(subword.encode([token]), n) for token, n in held_out.items()]
        pieces = sum(len(ids) * n for ids, n in encoded)
        unknown = sum(ids.count(UNK) * n for ids, n in encoded)
        vocabularies.append(
            Vocabulary(len(subword), pieces / max(words, 1), unknown / max(pieces, 1))
        )
        if len(subword) < size:
            break
    return vocabularies
