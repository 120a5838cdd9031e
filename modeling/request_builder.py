"""Building of search requests: length limits, the forced beginning and glossary terms."""

from __future__ import annotations

import zlib

import numpy as np

from malgil.modeling.search.request import Phrase, Request
from malgil.preprocessing.pipeline import Segment, TextPipeline
from malgil.preprocessing.text.glossary import read_glossary
from malgil.settings import DecodingOptions, find

# Added to the maximum length of every translation, as the ratio is too low for short sources.
_SPARE_LENGTH = 10


class RequestBuilder:
    """Builds the request of each segment from the settings of `[inference]`.

    Args:
        pipeline: Converts texts to ids and back.
        settings: `[inference]`.

    Attributes:
        dictionary: Translations of words that the vocabulary does not contain, or None.

    Raises:
        UserError: If a glossary cannot be read.
    """

    def __init__(self, pipeline: TextPipeline, settings: DecodingOptions) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._glossary, self.dictionary = (
            read_glossary(find(path), origin) if path else None
            for path, origin in (
                (settings.glossary, "inference.glossary"),
                (settings.dictionary, "inference.dictionary"),
            )
        )

    def build(self, segment: Segment, beginning: str) -> Request:
        """Build the request of a segment.

        Args:
            segment: A source text or a part of it.
            beginning: The required beginning of its translation, in whole words; "" for none.
        """
        settings, length = self._settings, len(segment.ids)
        max_length = min(
            settings.max_length, round(settings.max_length_ratio * length) + _SPARE_LENGTH
        )
        return Request(
            max_length=max_length,
            min_length=min(round(settings.min_length_ratio * length), max_length - 1),
            prefix=tuple(self._target_ids(beginning)),
            constraints=self._constraints(segment),
            source_length=length,
            seed=zlib.crc32(np.array([settings.seed, *segment.ids], np.int64).tobytes()),
        )

    def _target_ids(self, text: str) -> list[int]:
        """Return the ids of target text, without the end mark."""
        return self._pipeline.target.encode(text)[:-1]

    def _constraints(self, segment: Segment) -> tuple[tuple[Phrase, ...], ...]:
        """Return the translations of the glossary's terms that a segment contains."""
        if self._glossary is None:
            return ()
        return tuple(
            tuple(tuple(self._target_ids(target)) for target in term.targets)
            for term in self._glossary.find(segment.text)
        )


def required_tokens(request: Request) -> set[int]:
    """Return the tokens that the prefix or a constraint of a request may need."""
    phrases = [request.prefix, *(phrase for term in request.constraints for phrase in term)]
    return {token for phrase in phrases for token in phrase}
