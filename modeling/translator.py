"""A trained translator: loaded once, it translates lists of texts. Every mode calls this."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.requests import RequestBuilder
from malgil.modeling.search import Hypothesis, Request, beam_search
from malgil.modeling.trained_model import AttentionHead, ModelEnsemble, TrainedModel
from malgil.modeling.translation import Translation
from malgil.preprocessing.pipeline import Segment, TextPipeline
from malgil.preprocessing.text.subword import EOS
from malgil.settings import DecodingOptions, Settings, from_dict


class Translator:
    """Translates texts with a trained model, or with several together.

    Several threads may use one at the same time.

    Args:
        name: What people call it.
        pipeline: Its text path.
        settings: Those it was trained with; `[inference]` is what it searches with.
        model: What it was trained to be.

    Attributes:
        name, pipeline, settings, model: The arguments.
        engine: What runs the model.

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
        """Load a trained translator. Nothing is written.

        Args:
            folder: The translator's folder, such as `model/ko-en`.
            inference: How to search; as it was trained with where it is None.

        Returns:
            The translator.

        Raises:
            UserError: If there is none, or its file is damaged, or of another version.
        """
        path = translator_file.require_path(folder)
        stored = translator_file.load(path)
        try:
            settings = from_dict(stored.settings)
            pipeline = TextPipeline.from_state(stored.subword, settings.preprocessing)
        except KeyError as error:
            raise UserError(f"{str(path)!r} lacks {error}. Train it again.") from error
        if inference is not None:
            settings = settings.with_inference(inference)
        sizes = len(pipeline.source.subword), len(pipeline.target.subword)
        model = TrainedModel(settings.model, *sizes, stored, path)
        return cls(Path(folder).name, pipeline, settings, model)

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return self.model.parameters

    @property
    def fingerprint(self) -> str:
        """A SHA-256 that changes with the weights."""
        return self.model.fingerprint

    @property
    def has_window(self) -> bool:
        """Whether it looks through a window, and what has no weight lies outside of it."""
        return self.model.has_window

    def with_inference(self, inference: DecodingOptions) -> Translator:
        """Return the same translator with other settings of `[inference]`, nothing loaded twice.

        Raises:
            UserError: If a glossary cannot be read, or there is no shortlist.
        """
        settings = self.settings.with_inference(inference)
        return Translator(self.name, self.pipeline, settings, self.model)

    def translate(self, texts: Sequence[str], beginnings: Sequence[str] = ()) -> list[Translation]:
        """Translate texts.

        A text of several sentences is cut into them, if `[inference] split_sentences` says so; one
        longer than `[preprocessing] max_length` pieces is cut in any case. The parts are translated
        and put together. What else is in the list does not change a text's translation.

        Args:
            texts: Any number of texts, blank ones included.
            beginnings: What the translation of each text must begin with: whole words, "" for
                none.

        Returns:
            A translation for each text, in their order; the `[inference] n_best` - 1 next best
            are its alternatives.

        Example:
            >>> translator = Translator.load("model/ko-en")
            >>> [found] = translator.translate(["제 친구가 집에서 책을 읽습니다."])
            >>> found.text
            'My friend reads books at home.'
        """
        parts = self.pipeline.encode_segments(
            texts, self.settings.preprocessing.max_length, self.settings.inference.split_sentences
        )
        begun = beginnings or [""] * len(texts)
        requests = [
            self._requests.request(part, beginning if i == 0 else "")
            for of_text, beginning in zip(parts, begun, strict=True)
            for i, part in enumerate(of_text)
        ]
        sources = [part.ids for of_text in parts for part in of_text]
        found = iter(self._search(sources, requests, self.settings.inference))
        return [
            self._best(text, [(part, next(found)) for part in of_text])
            for text, of_text in zip(texts, parts, strict=True)
        ]

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return where each head of the attention looked.

        Several heads take a second pass through the model, by Keras.

        Args:
            translation: One of `translate`, of a text that was translated in one part.

        Returns:
            For each head its name and its weights `(len(target_tokens), len(source_tokens))`;
            nothing without attention, or for a text of several parts or none.
        """
        return self.model.attention_heads(translation)

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[Translation]:
        """Score given translations.

        Args:
            pairs: Source and target texts.

        Returns:
            Each target as if it had been found: with the log-probability of each of its pieces,
            the attention, and its score.

        Example:
            >>> translator = Translator.load("model/ko-en")
            >>> source = "제 친구가 집에서 책을 읽습니다."
            >>> texts = ["My friend reads books at home.", "My friend at books reads home."]
            >>> right, wrong = translator.score([(source, text) for text in texts])
            >>> right.score > wrong.score
            True
        """
        ids = self.pipeline.encode_pairs(pairs)
        # Where every token is forced there is nothing to choose among.
        options = dataclasses.replace(
            self.settings.inference, beam_size=1, n_best=1, no_repeat=0, groups=1, temperature=0.0
        )
        requests = [
            Request(len(target), prefix=tuple(target), source_length=len(source))
            for source, target in ids
        ]
        found = self._search([source for source, _ in ids], requests, options)
        return [
            self._given(pair, of_pair, best)
            for pair, of_pair, (best, *_) in zip(pairs, ids, found, strict=True)
        ]

    def _given(
        self, pair: tuple[str, str], ids: tuple[list[int], list[int]], found: Hypothesis
    ) -> Translation:
        source, target = self.pipeline.source.pieces(ids[0]), self.pipeline.target.pieces(ids[1])
        looked = found.attention
        return Translation(
            *(*pair, found.score, source, target),
            attention_blocks=() if looked is None else (looked[:, : len(source)],),
            ids=(ids,),
            token_scores=found.token_log_probabilities,
        )

    def perplexity(self, pairs: Sequence[tuple[str, str]]) -> float:
        """Return the perplexity per target piece, end marks included, of given translations.

        Args:
            pairs: Source and target texts.

        Returns:
            exp of the mean negative log-likelihood; nan where there is no pair.
        """
        scores = [value for scored in self.score(pairs) for value in scored.token_scores]
        return math.exp(min(-sum(scores) / len(scores), 700.0)) if scores else math.nan

    def _search(
        self,
        sources: Sequence[list[int]],
        requests: Sequence[Request],
        options: DecodingOptions,
    ) -> list[list[Hypothesis]]:
        """The best hypotheses for each source, searched in batches of similar length."""
        batch_size = self.settings.inference.batch_size
        order = sorted(range(len(sources)), key=lambda i: (len(sources[i]), i))
        found: dict[int, list[Hypothesis]] = {}
        for begin in range(0, len(order), batch_size):
            indices = order[begin : begin + batch_size]
            some = [requests[i] for i in indices]
            required = [_required_pieces(request) for request in some]
            state = self.engine.encode([sources[i] for i in indices], required)
            results = beam_search(self.engine.step, state, some, options)
            found.update(zip(indices, results, strict=True))
        return [found[i] for i in range(len(sources))]

    def _best(self, text: str, group: Sequence[tuple[Segment, list[Hypothesis]]]) -> Translation:
        """The best translation of a text, the others beside it: of each part as good a one."""
        count = max((len(found) for _, found in group), default=1)
        best, *others = (
            self._translation(
                text, [(part, found[min(i, len(found) - 1)]) for part, found in group]
            )
            for i in range(count)
        )
        return dataclasses.replace(best, alternatives=tuple(others)) if others else best

    def _translation(self, text: str, group: Sequence[tuple[Segment, Hypothesis]]) -> Translation:
        """Put the translated parts of one text together."""
        pipeline = self.pipeline
        if not group:
            return Translation(text, "", 0.0, [], [])
        ids = [(part.ids, found.ids + [EOS] * found.is_finished) for part, found in group]
        texts = [
            pipeline.decode(
                target,
                part.placeholders,
                _of_source(found, part),
                part.words,
                self._requests.dictionary,
            )
            for (part, found), (_, target) in zip(group, ids, strict=True)
        ]
        known = [part.placeholders for part, _ in group]
        source_tokens, target_tokens = (
            [
                piece
                for of_part, some in zip(ids, known, strict=True)
                for piece in side.pieces(of_part[i], some)
            ]
            for i, side in enumerate((pipeline.source, pipeline.target))
        )
        return Translation(
            source=text,
            text=" ".join(filter(None, texts)),
            score=float(np.mean([found.score for _, found in group])),
            source_tokens=source_tokens,
            target_tokens=target_tokens,
            attention_blocks=tuple(
                np.zeros((0, len(part.ids)), np.float32) if weights is None else weights
                for part, found in group
                for weights in [_of_source(found, part)]
            ),
            ids=tuple(ids),
            token_scores=[value for _, found in group for value in found.token_log_probabilities],
        )


def _required_pieces(request: Request) -> set[int]:
    """Return the pieces that a request asks for."""
    phrases = [request.prefix, *(phrase for term in request.constraints for phrase in term)]
    return {piece for phrase in phrases for piece in phrase}


def _of_source(found: Hypothesis, part: Segment) -> NDArray[np.float32] | None:
    """The attention to the part itself: the batch may have padded it."""
    return None if found.attention is None else found.attention[:, : len(part.ids)]
