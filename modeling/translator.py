"""The translator, which is loaded once and then translates and scores lists of texts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.modeling import translator_file
from malgil.modeling.request_builder import RequestBuilder, required_tokens
from malgil.modeling.search import Hypothesis, Request, beam_search
from malgil.modeling.trained_model import AttentionHead, ModelEnsemble, TrainedModel
from malgil.modeling.translation import Translation
from malgil.preprocessing.pipeline import Segment, TextPipeline
from malgil.preprocessing.text.subword import EOS
from malgil.settings import DecodingOptions, Settings, from_dict


class Translator:
    """Translates texts with a trained model or an ensemble. It is thread-safe.

    Args:
        name: The translator's name in messages and pictures.
        pipeline: Converts texts to ids and back.
        settings: The settings of its training, with the `[inference]` settings to use.
        model: One trained model, or an ensemble.

    Attributes:
        name, pipeline, settings, model: The arguments.
        engine: Runs the model.

    Raises:
        UserError: If a glossary cannot be read, or as `TrainedModel.engine`.
    """

    def __init__(
        self,
        name: str,
        pipeline: TextPipeline,
        settings: Settings,
        model: TrainedModel | ModelEnsemble,
    ) -> None:
        self.name = name
        self.pipeline = pipeline
        self.settings = settings
        self.model = model
        self.engine = model.engine(settings.inference)
        self._requests = RequestBuilder(pipeline, settings.inference)

    @classmethod
    def load(cls, folder: str | Path, inference: DecodingOptions | None = None) -> Translator:
        """Load a trained translator. No file is written.

        Args:
            folder: The translator's folder, such as `model/ko-en`, or its file.
            inference: The `[inference]` settings; None for those saved with the translator.

        Raises:
            UserError: If the translator is missing, or its file is damaged or of another version.
        """
        path = translator_file.require_path(folder)
        stored = translator_file.load(path)
        translator_file.refuse_checkpoint(path, stored)
        try:
            settings = from_dict(stored.settings)
            pipeline = TextPipeline.from_state(stored.subword, settings.preprocessing)
        except KeyError as error:
            message = _("{path!r} does not contain {name}. Train it again.")
            raise UserError(message.format(path=str(path), name=error)) from error
        if inference is not None:
            settings = settings.with_inference(inference)
        sizes = len(pipeline.source.subword), len(pipeline.target.subword)
        model = TrainedModel(settings.model, *sizes, stored, path)
        return cls(translator_file.name_of(path), pipeline, settings, model)

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return self.model.parameters

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the weights."""
        return self.model.fingerprint

    @property
    def has_window(self) -> bool:
        """Whether attention is local, so that weights outside the window are exactly 0."""
        return self.model.has_window

    def with_inference(self, inference: DecodingOptions) -> Translator:
        """Return a translator with other `[inference]` settings that shares this one's model.

        Raises:
            UserError: If a glossary cannot be read, or the model has no shortlist.
        """
        settings = self.settings.with_inference(inference)
        return Translator(self.name, self.pipeline, settings, self.model)

    def translate(self, texts: Sequence[str], beginnings: Sequence[str] = ()) -> list[Translation]:
        """Translate texts.

        A text is split into sentences if `[inference] split_sentences` is yes, and always into
        segments of at most `[preprocessing] max_length` tokens. The segments are translated
        separately, and their translations are joined. A text's translation does not depend on the
        other texts.

        Args:
            texts: Any number of texts. They may be blank.
            beginnings: The required beginning of each translation, in whole words; "" for none.

        Returns:
            A translation for each text, in order. Its alternatives are the next best translations,
            `[inference] n_best` - 1 of them.

        Example:
            >>> translator = Translator.load("model/ko-en")
            >>> [translation] = translator.translate(["제 친구가 집에서 책을 읽습니다."])
            >>> translation.text
            'My friend reads books at home.'
        """
        segments_by_text = self.pipeline.encode_segments(
            texts,
            self.settings.preprocessing.max_length,
            self.settings.inference.split_sentences,
            self.settings.inference.keep,
        )
        sources, requests = [], []
        for segments, beginning in zip(
            segments_by_text, beginnings or [""] * len(texts), strict=True
        ):
            for i, segment in enumerate(segments):
                sources.append(segment.ids)
                requests.append(self._requests.build(segment, beginning if i == 0 else ""))
        results = iter(self._search(sources, requests, self.settings.inference))
        return [
            self._n_best_translation(text, segments, [next(results) for _segment in segments])
            for text, segments in zip(texts, segments_by_text, strict=True)
        ]

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return the attention weights of each head.

        A model with several heads is run again, by Keras.

        Args:
            translation: A result of `translate`.

        Returns:
            The name of each head and its weights `(len(target_tokens), len(source_tokens))`. The
            list is empty without attention, and for a text that is blank or has several segments.
        """
        return self.model.attention_heads(translation)

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[Translation]:
        """Score given translations.

        Args:
            pairs: Source and target texts.

        Returns:
            Each target as a translation, with the log-probabilities of its tokens, its attention
            weights and its score.

        Example:
            >>> translator = Translator.load("model/ko-en")
            >>> source = "제 친구가 집에서 책을 읽습니다."
            >>> texts = ["My friend reads books at home.", "My friend at books reads home."]
            >>> right, wrong = translator.score([(source, text) for text in texts])
            >>> right.score > wrong.score
            True
        """
        pairs_of_ids = self.pipeline.encode_pairs(pairs)
        # Every token is forced, so the search has no choice.
        options = dataclasses.replace(
            self.settings.inference, beam_size=1, n_best=1, no_repeat=0, groups=1, temperature=0.0
        )
        requests = [
            Request(len(target), prefix=tuple(target), source_length=len(source))
            for source, target in pairs_of_ids
        ]
        results = self._search([ids[0] for ids in pairs_of_ids], requests, options)
        return [
            self._forced_translation(pair, ids, hypothesis)
            for pair, ids, [hypothesis] in zip(pairs, pairs_of_ids, results, strict=True)
        ]

    def _forced_translation(
        self, pair: tuple[str, str], ids: tuple[list[int], list[int]], hypothesis: Hypothesis
    ) -> Translation:
        """Return a given target as a translation, with the scores of its forced hypothesis."""
        attention = _attention_to(hypothesis, len(ids[0]))
        return Translation(
            source=pair[0],
            text=pair[1],
            score=hypothesis.score,
            source_tokens=self.pipeline.source.readable_pieces(ids[0]),
            target_tokens=self.pipeline.target.readable_pieces(ids[1]),
            attention_blocks=() if attention is None else (attention,),
            ids=(ids,),
            token_scores=hypothesis.token_log_probabilities,
        )

    def perplexity(self, pairs: Sequence[tuple[str, str]]) -> float:
        """Return the perplexity of target texts per token, including end marks.

        Args:
            pairs: Source and target texts.

        Returns:
            exp of the mean negative log-likelihood; nan without pairs.
        """
        scores = [value for scored in self.score(pairs) for value in scored.token_scores]
        return math.exp(min(-sum(scores) / len(scores), 700.0)) if scores else math.nan

    def _search(
        self,
        sources: Sequence[list[int]],
        requests: Sequence[Request],
        options: DecodingOptions,
    ) -> list[list[Hypothesis]]:
        """Return the best hypotheses for each source; batches have sources of similar length."""
        batch_size = self.settings.inference.batch_size
        order = sorted(range(len(sources)), key=lambda i: (len(sources[i]), i))
        results: dict[int, list[Hypothesis]] = {}
        for begin in range(0, len(order), batch_size):
            indices = order[begin : begin + batch_size]
            batch = [requests[i] for i in indices]
            required = [required_tokens(request) for request in batch]
            state = self.engine.encode([sources[i] for i in indices], required)
            hypotheses = beam_search(self.engine.step, state, batch, options)
            results.update(zip(indices, hypotheses, strict=True))
        return [results[i] for i in range(len(sources))]

    def _n_best_translation(
        self, text: str, segments: Sequence[Segment], results: Sequence[Sequence[Hypothesis]]
    ) -> Translation:
        """Return the best translation of a text, with the next best as its alternatives.

        The nth best translation joins the nth best hypotheses of the segments. A segment with fewer
        hypotheses contributes its last one.

        Args:
            text: The source text.
            segments: Its segments.
            results: The hypotheses of each segment, best first.
        """
        best, *alternatives = (
            self._join(text, segments, [ranked[min(n, len(ranked) - 1)] for ranked in results])
            for n in range(max(map(len, results), default=1))
        )
        return dataclasses.replace(best, alternatives=tuple(alternatives)) if alternatives else best

    def _join(
        self, text: str, segments: Sequence[Segment], hypotheses: Sequence[Hypothesis]
    ) -> Translation:
        """Join the translations of the segments of a text, one hypothesis for each segment."""
        if not segments:
            return Translation(text, "", 0.0, [], [])
        source, target = self.pipeline.source, self.pipeline.target
        texts, ids, attention_blocks = [], [], []
        source_tokens: list[str] = []
        target_tokens: list[str] = []
        token_scores: list[float] = []
        for segment, hypothesis in zip(segments, hypotheses, strict=True):
            target_ids = hypothesis.ids + [EOS] * hypothesis.is_finished
            attention = _attention_to(hypothesis, len(segment.ids))
            texts.append(
                self.pipeline.decode(
                    target_ids,
                    segment.placeholders,
                    attention,
                    segment.words,
                    self._requests.dictionary,
                )
            )
            ids.append((segment.ids, target_ids))
            attention_blocks.append(
                np.zeros((0, len(segment.ids)), np.float32) if attention is None else attention
            )
            source_tokens += source.readable_pieces(segment.ids, segment.placeholders)
            target_tokens += target.readable_pieces(target_ids, segment.placeholders)
            token_scores += hypothesis.token_log_probabilities
        return Translation(
            source=text,
            text=" ".join(filter(None, texts)),
            score=float(np.mean([hypothesis.score for hypothesis in hypotheses])),
            source_tokens=source_tokens,
            target_tokens=target_tokens,
            attention_blocks=tuple(attention_blocks),
            ids=tuple(ids),
            token_scores=token_scores,
        )


def _attention_to(hypothesis: Hypothesis, src_len: int) -> NDArray[np.float32] | None:
    """Return the attention to the first `src_len` positions, without the batch's padding."""
    return None if hypothesis.attention is None else hypothesis.attention[:, :src_len]
