"""Building of translations from the hypotheses that the search found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from malgil.common.printable import without_controls
from malgil.modeling.search import Hypothesis
from malgil.modeling.translation import Translation
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.segments import Segment
from malgil.preprocessing.text.affixes import (
    adapt_signs,
    join_parts,
    simplify_pair,
    without_final_mark,
)
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import shared_spans
from malgil.preprocessing.text.subword import EOS

if TYPE_CHECKING:
    from malgil.preprocessing.text.glossary import Glossary


class TranslationBuilder:
    """Builds translations, with their tokens, scores and attention.

    Args:
        pipeline: Converts ids to text.
        target_language: The two-letter code of the target language.
    """

    def __init__(self, pipeline: TextPipeline, target_language: str) -> None:
        self._pipeline = pipeline
        self._target_language = target_language

    def build(
        self,
        text: str,
        segments: Sequence[Segment],
        results: Sequence[Sequence[Hypothesis]],
        dictionary: Glossary | None = None,
    ) -> Translation:
        """Return the best translation of a text, with the next best as its alternatives.

        The nth best translation joins the nth best hypotheses of the segments. A segment with fewer
        hypotheses contributes its last one.

        Args:
            text: The source text.
            segments: Its segments.
            results: The hypotheses of each segment, best first.
            dictionary: Translations of words that the vocabulary does not contain, or None.
        """
        best, *alternatives = (
            self._join(
                text, segments, [ranked[min(n, len(ranked) - 1)] for ranked in results], dictionary
            )
            for n in range(max(map(len, results), default=1))
        )
        return dataclasses.replace(best, alternatives=tuple(alternatives)) if alternatives else best

    def build_forced(
        self, pair: tuple[str, str], ids: tuple[list[int], list[int]], hypothesis: Hypothesis
    ) -> Translation:
        """Return a given target as a translation, with the scores of its forced hypothesis.

        Args:
            pair: Source and target text.
            ids: Their ids.
            hypothesis: The hypothesis in which every token was forced.
        """
        attention = _attention_to(hypothesis, len(ids[0]))
        source, target = simplify_pair(*map(normalize, pair))
        source_spans, target_spans = shared_spans(source, target)
        return Translation(
            source=pair[0],
            text=pair[1],
            score=hypothesis.score,
            source_tokens=self._pipeline.source.readable_pieces(ids[0], source_spans, source),
            target_tokens=self._pipeline.target.readable_pieces(ids[1], target_spans),
            attention_blocks=() if attention is None else (attention,),
            ids=(ids,),
            token_scores=hypothesis.token_log_probabilities,
        )

    def _join(
        self,
        text: str,
        segments: Sequence[Segment],
        hypotheses: Sequence[Hypothesis],
        dictionary: Glossary | None,
    ) -> Translation:
        """Join the translations of the segments of a text, one hypothesis for each segment."""
        if not segments:
            return Translation(text, _untranslated(text), 0.0, [], [], is_translated=False)
        source, target = self._pipeline.source, self._pipeline.target
        texts, ids, attention_blocks = [], [], []
        source_tokens: list[str] = []
        target_tokens: list[str] = []
        token_scores: list[float] = []
        for segment, hypothesis in zip(segments, hypotheses, strict=True):
            target_ids = hypothesis.ids + [EOS] * hypothesis.is_finished
            attention = _attention_to(hypothesis, len(segment.ids))
            translated = self._pipeline.decode(
                target_ids,
                segment.placeholders,
                attention,
                segment.words,
                dictionary,
            )
            texts.append(_surrounded(segment, translated, self._target_language))
            ids.append((segment.ids, target_ids))
            attention_blocks.append(
                np.zeros((0, len(segment.ids)), np.float32) if attention is None else attention
            )
            pieces = source.readable_pieces(segment.ids, segment.placeholders, segment.text)
            if not segment.follows_space:
                pieces[0] = pieces[0].removeprefix(SPACE)
            source_tokens += pieces
            target_tokens += target.readable_pieces(target_ids, segment.placeholders)
            token_scores += hypothesis.token_log_probabilities
        return Translation(
            source=text,
            text=without_controls(target.pre_tokenizer.typeset(join_parts(texts))),
            score=float(np.mean([hypothesis.score for hypothesis in hypotheses])),
            source_tokens=source_tokens,
            target_tokens=target_tokens,
            attention_blocks=tuple(attention_blocks),
            ids=tuple(ids),
            token_scores=token_scores,
        )


def _surrounded(segment: Segment, translation: str, language: str) -> str:
    """Return the translation of a segment with the signs around it."""
    if segment.has_lent_mark:
        translation = without_final_mark(translation)
    before, after = (adapt_signs(affix, language) for affix in (segment.before, segment.after))
    # Korean writes ㅋㅋ directly after a word. After another script it would become part of it.
    is_letter = after[:1].isalpha() and translation[-1:].isalpha()
    return before + translation + (" " if is_letter and language != "ko" else "") + after


def _untranslated(text: str) -> str:
    """Return a text that has nothing to translate, as one line without control characters."""
    line = text.rstrip("\r\n")
    is_blank = not normalize(line)
    if is_blank:
        return ""
    return without_controls(line) if len(line.splitlines()) == 1 else normalize(line)


def _attention_to(hypothesis: Hypothesis, src_len: int) -> NDArray[np.float32] | None:
    """Return the attention to the first `src_len` positions, without the batch's padding."""
    return None if hypothesis.attention is None else hypothesis.attention[:, :src_len]
