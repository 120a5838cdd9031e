"""What is asked of a search, built from the settings of `[inference]`."""

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


class RequestBuilder:
    """Builds what is asked of a search for each sentence, and for all of them.

    Args:
        pipeline: The text path of the translator.
        settings: `[inference]`.

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
        """Return the request for a segment.

        Args:
            part: The segment.
            beginning: What its translation must begin with: whole words, "" for any.
        """
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
        """Return the ids of some words of a translation."""
        return self._pipeline.target.encode(text)[:-1]

    def _terms(self, part: Segment) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Return what the glossary wants in the translation of a segment."""
        if self._glossary is None:
            return ()
        text = placeholders.restore_spans(self._pipeline.source.decode(part.ids), part.placeholders)
        return tuple(
            tuple(tuple(self._target_ids(target)) for target in term.targets)
            for term in self._glossary.find(text)
        )
