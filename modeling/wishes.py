"""What the settings ask of a search: `[inference]` in the words of `modeling.search`."""

from __future__ import annotations

import zlib

import numpy as np

from malgil.modeling.search import Request
from malgil.preprocessing.pipeline import Segment, TextPipeline
from malgil.preprocessing.text import placeholders
from malgil.preprocessing.text.glossary import read_glossary
from malgil.settings import DecodingOptions, find

# A translation may be this much longer than `max_length_ratio` allows, for the shortest sources.
_SPARE_LENGTH = 10


class Wishes:
    """What is wanted of translations.

    Args:
        pipeline: Their text path.
        settings: What is wanted.

    Attributes:
        dictionary: How words that the vocabulary lacks are translated; None for none.

    Raises:
        UserError: If a glossary cannot be read.
    """

    def __init__(self, pipeline: TextPipeline, settings: DecodingOptions) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._glossary, self.dictionary = (
            read_glossary(find(path)) if path else None
            for path in (settings.glossary, settings.dictionary)
        )

    def request(self, part: Segment, beginning: str) -> Request:
        """What is wanted of the translation of a part, which begins as it is told to."""
        wanted, length = self._settings, len(part.ids)
        limit = min(wanted.max_length, round(wanted.max_length_ratio * length) + _SPARE_LENGTH)
        return Request(
            limit,
            min(round(wanted.min_length_ratio * length), limit - 1),
            tuple(self._target_ids(beginning)),
            self._terms(part),
            length,
            zlib.crc32(np.array([wanted.seed, *part.ids], np.int64).tobytes()),
        )

    def _target_ids(self, text: str) -> list[int]:
        """The ids of a stretch of a translation, which begins with a word."""
        return self._pipeline.target.encode(text)[:-1]

    def _terms(self, part: Segment) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """What the glossary wants in the translation of a part."""
        if self._glossary is None:
            return ()
        text = placeholders.restore_spans(self._pipeline.source.decode(part.ids), part.placeholders)
        return tuple(
            tuple(tuple(self._target_ids(target)) for target in term.targets)
            for term in self._glossary.find(text)
        )
