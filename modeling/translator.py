"""The translator, which is loaded once and then translates and scores lists of texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.modeling import translator_file
from malgil.modeling.bundle_validation import load_valid, require_modest_search
from malgil.modeling.request_builder import RequestBuilder, required_tokens
from malgil.modeling.search import Hypothesis, Request, beam_search
from malgil.modeling.search.request import NoProbabilitiesError, forced_options, forced_request
from malgil.modeling.trained_model import AttentionHead, ModelEnsemble, TrainedModel
from malgil.modeling.translation import Translation
from malgil.modeling.translation_builder import TranslationBuilder
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import DecodingOptions, Settings


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
        self._translations = TranslationBuilder(pipeline, settings.data.target_language)
        self._requests = RequestBuilder(pipeline, settings)

    @classmethod
    def load(cls, folder: str | Path, inference: DecodingOptions | None = None) -> Translator:
        """Load a trained translator. No file is written.

        Args:
            folder: The translator's folder, such as `model/ko-en`, or its file.
            inference: The `[inference]` settings; None for those saved with the translator, except
                the files that they name: a glossary, a dictionary.

        Raises:
            UserError: If the translator is missing, or its file is damaged, of another version, or
                not valid (`bundle_validation`).
        """
        path = translator_file.require_path(folder)
        stored, settings, subwords, graphs = load_valid(path)
        if inference is None:
            require_modest_search(path, settings.inference)
        else:
            settings = settings.with_inference(inference)
        pipeline = TextPipeline.from_subwords(subwords, settings.preprocessing)
        sizes = len(subwords[0]), len(subwords[1])
        model = TrainedModel(settings.model, *sizes, stored, path, graphs)
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
            self.settings.data.source_language,
            self.settings.inference.keep,
        )
        sources, requests = [], []
        for segments, beginning in zip(
            segments_by_text, beginnings or [""] * len(texts), strict=True
        ):
            for i, segment in enumerate(segments):
                sources.append(segment.ids)
                requests.append(self._requests.build(segment, beginning if i == 0 else ""))
        results = iter(self._search_with_terms(sources, requests))
        return [
            self._translations.build(
                text, segments, [next(results) for _segment in segments], self._requests.dictionary
            )
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
        options = forced_options(self.settings.inference)
        requests = [forced_request(target, len(source)) for source, target in pairs_of_ids]
        results = self._search([ids[0] for ids in pairs_of_ids], requests, options)
        return [
            self._translations.build_forced(pair, ids, hypothesis)
            for pair, ids, [hypothesis] in zip(pairs, pairs_of_ids, results, strict=True)
        ]

    def perplexity(self, pairs: Sequence[tuple[str, str]]) -> float:
        """Return the perplexity of target texts per token, including end marks.

        Args:
            pairs: Source and target texts.

        Returns:
            exp of the mean negative log-likelihood; nan without pairs.
        """
        scores = [value for scored in self.score(pairs) for value in scored.token_scores]
        return math.exp(min(-sum(scores) / len(scores), 700.0)) if scores else math.nan

    def _search_with_terms(
        self, sources: Sequence[list[int]], requests: Sequence[Request]
    ) -> list[list[Hypothesis]]:
        """Return the best hypotheses for each source, with the terms of the glossary."""
        options = self.settings.inference
        if not any(request.constraints for request in requests):
            return self._search(sources, requests, options)
        # Imported here, as most translations use no glossary.
        from malgil.modeling.target_words import TargetWords
        from malgil.modeling.term_placement import TermPlacer

        words = TargetWords(self.pipeline.target, self.settings.data.target_language)
        return TermPlacer(self._search, words, options).search(sources, requests)

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
            try:
                hypotheses = beam_search(self.engine.step, state, batch, options)
            except NoProbabilitiesError as error:  # weights that overflow
                message = _("the weights of {name!r} give no probabilities. Train it again.")
                raise UserError(message.format(name=self.name)) from error
            results.update(zip(indices, hypotheses, strict=True))
        return [results[i] for i in range(len(sources))]
