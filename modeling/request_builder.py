"""Building of search requests: length limits, the forced beginning and glossary terms."""

from __future__ import annotations

import itertools
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from malgil.modeling.search.request import Phrase, Request
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.segments import Segment
from malgil.preprocessing.text import placeholders
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.protected_spans import find_spans
from malgil.preprocessing.text.subword import UNK
from malgil.settings import Settings, find

if TYPE_CHECKING:
    from malgil.preprocessing.text.glossary import Glossary

# Added to the maximum length of every translation, as the ratio is too low for short sources.
_SPARE_LENGTH = 10


class TermConstraint(NamedTuple):
    """A term of the glossary in a segment.

    Attributes:
        phrases: The ids of its possible translations.
        positions: The indices of the ids of the segment that spell it.
    """

    phrases: tuple[Phrase, ...]
    positions: tuple[int, ...]


class RequestBuilder:
    """Builds the request of each segment from the settings of `[inference]`.

    Args:
        pipeline: Converts texts to ids and back.
        settings: `[inference]`, and the languages in `[data]`.

    Attributes:
        dictionary: Translations of words that the vocabulary does not contain, or None.

    Raises:
        UserError: If a glossary cannot be read.
    """

    def __init__(self, pipeline: TextPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._settings = settings.inference
        self._glossary, self.dictionary = (
            _read_glossary(path, settings, origin) if path else None
            for path, origin in (
                (settings.inference.glossary, "inference.glossary"),
                (settings.inference.dictionary, "inference.dictionary"),
            )
        )

    def build(self, segment: Segment, beginning: str) -> Request:
        """Build the request of a segment.

        Args:
            segment: A source text or a part of it.
            beginning: The required beginning of its translation, in whole words; "" for none.
        """
        settings, length = self._settings, len(segment.ids)
        constraints = self._constraints(segment)
        max_length = min(
            settings.max_length, round(settings.max_length_ratio * length) + _SPARE_LENGTH
        )
        return Request(
            max_length=max_length,
            min_length=min(round(settings.min_length_ratio * length), max_length - 1),
            prefix=tuple(self._target_ids(beginning)),
            constraints=tuple(constraint.phrases for constraint in constraints),
            term_positions=tuple(constraint.positions for constraint in constraints),
            source_length=length,
            seed=zlib.crc32(np.array([settings.seed, *segment.ids], np.int64).tobytes()),
        )

    def _target_ids(self, text: str) -> list[int]:
        """Return the ids of target text, without the end mark."""
        return self._pipeline.target.encode(text)[:-1]

    def _constraints(self, segment: Segment) -> list[TermConstraint]:
        """Return the glossary's terms that a segment contains."""
        if self._glossary is None:
            return []
        text = segment.text
        if not any(True for _found in self._glossary.find(text)):
            return []  # most segments of most texts: what follows takes longer
        begins, protected = self._positions(segment)
        constraints = []
        for term, begin, end in self._glossary.find(text, [*protected, *find_spans(text)]):
            positions = [
                i for i, (a, b) in enumerate(itertools.pairwise(begins)) if a < end and b > begin
            ]
            phrases = dict.fromkeys(tuple(self._target_ids(target)) for target in term.targets)
            constraints.append(TermConstraint(tuple(phrases), tuple(positions)))
        return constraints

    def _positions(self, segment: Segment) -> tuple[list[int], list[tuple[int, int]]]:
        """Return where the ids of a segment, and the spans of its placeholders, are in its text.

        Returns:
            For each id the index of its first character in the text, with the length of the text
            for the end mark; and the begin and end of each span.
        """
        source, known = self._pipeline.source, segment.placeholders
        text = segment.text.lower() if source.lowercase else segment.text
        begins: list[int] = []
        spans: list[tuple[int, int]] = []
        position = 0
        ids = segment.ids[:-1]
        for i, piece, word in zip(ids, source.spell(ids), segment.words, strict=True):
            span = placeholders.readable_piece(piece, known)
            spelling = (word if i == UNK else span).removeprefix(SPACE)
            begin = max(text.find(spelling, position), position)
            position = begin + len(spelling) if text.startswith(spelling, begin) else begin
            begins.append(begin)
            if span != piece:
                spans.append((begin, position))
        return [*begins, len(text)], spans


def _read_glossary(path: str, settings: Settings, origin: str) -> Glossary:
    # Imported here, as most translations use no glossary.
    from malgil.preprocessing.text.glossary_file import read_glossary

    return read_glossary(find(path), settings.data, origin)


def required_tokens(request: Request) -> set[int]:
    """Return the tokens that the prefix or a constraint of a request may need."""
    phrases = [request.prefix, *(phrase for term in request.constraints for phrase in term)]
    return {token for phrase in phrases for token in phrase}
