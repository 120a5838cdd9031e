"""A trained translator: loaded once, it translates lists of texts. Every mode calls this."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.inference.engine import Searchable
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.search import Hypothesis, Request, beam_search
from malgil.modeling.translation import Translation
from malgil.modeling.translator_file import Bundle
from malgil.modeling.wishes import Wishes
from malgil.preprocessing.pipeline import Segment, TextPipeline
from malgil.preprocessing.text.subword import EOS, pad
from malgil.settings import DecodingOptions, Settings, from_dict

if TYPE_CHECKING:
    from malgil.modeling.seq2seq import Seq2Seq

_PROJECTION = "seq2seq/decoder/projection"

# The settings that another engine follows from.
_OF_THE_ENGINE = ("engine", "shortlist", "threads")


class Translator:
    """Translates texts with a trained model.

    Keras and TensorFlow are loaded only where its model itself is asked for something, or is the
    engine; ONNX Runtime does without them. Several threads may use one at the same time.

    Args:
        name: What people call it.
        pipeline: Its text path.
        settings: Those it was trained with; `[inference]` is what it searches with.
        stored: All that its file holds.
        path: That file, for messages.
    """

    def __init__(
        self, name: str, pipeline: TextPipeline, settings: Settings, stored: Bundle, path: Path
    ) -> None:
        self.name = name
        self.pipeline = pipeline
        self.settings = settings
        self.metrics = stored.metrics
        self.parameters = sum(int(weights.size) for weights in stored.weights.values())
        self._stored = stored
        self._path = path
        self._wishes = Wishes(pipeline, settings.inference)

    @classmethod
    def load(cls, folder: str | Path, inference: DecodingOptions | None = None) -> Translator:
        """Load a trained translator.

        One that has no graphs yet, as it was trained before there were any or was stopped before
        they were written, gets them here, if ONNX Runtime is to run it: that takes seconds, once.

        Args:
            folder: The translator's folder, such as `model/ko-en`.
            inference: How to search; as it was trained with where it is None.

        Returns:
            The translator.

        Raises:
            UserError: If there is none, or its file is damaged, or of a later version.
        """
        path = translator_file.find(folder)
        stored = translator_file.load(path)
        try:
            settings = from_dict(stored.settings)
            pipeline = TextPipeline.from_state(stored.subword, settings.preprocessing)
        except KeyError as error:
            raise UserError(f"{str(path)!r} lacks {error}. Train it again.") from error
        if inference is not None:
            settings = settings.with_inference(inference)
        if settings.inference.engine == "onnx" and not stored.graphs:
            from malgil.modeling.restore import with_graphs

            stored = with_graphs(stored, path)
            with contextlib.suppress(
                UserError
            ):  # a folder that cannot be written to: next time again
                translator_file.save(path, stored)
        translator = cls(Path(folder).name, pipeline, settings, stored, path)
        _ = translator.engine  # what does not fit is told here
        return translator

    @property
    def fingerprint(self) -> str:
        """By which its weights are known: another training has another."""
        digest = hashlib.sha256()
        for name, weights in sorted(self._stored.weights.items()):
            digest.update(name.encode())
            digest.update(weights.tobytes())
        return digest.hexdigest()

    def with_inference(self, inference: DecodingOptions) -> Translator:
        """The same translator with other settings of `[inference]`, nothing loaded twice.

        Raises:
            UserError: If a glossary cannot be read, or there is no shortlist.
        """
        settings = self.settings.with_inference(inference)
        other = Translator(self.name, self.pipeline, settings, self._stored, self._path)
        before = self.settings.inference
        if all(getattr(before, name) == getattr(inference, name) for name in _OF_THE_ENGINE):
            vars(other)["engine"] = self.engine
        return other

    @functools.cached_property
    def _model(self) -> Seq2Seq:
        """The trained model."""
        from malgil.modeling.restore import restore

        return restore(self._stored, self.pipeline, self._path)

    @functools.cached_property
    def engine(self) -> Searchable:
        """What runs the inference models."""
        if self.settings.inference.engine == "onnx":
            from malgil.modeling.inference.onnx_engine import OnnxEngine, Projection

            weights = self._stored.weights
            last = Projection(*(weights[f"{_PROJECTION}/{part}"] for part in ("kernel", "bias")))
            threads = self.settings.inference.threads
            return OnnxEngine(self._stored.graphs, last, self._shortlist(), threads)
        from malgil.modeling.inference.keras_engine import KerasEngine

        return KerasEngine(self._model.encoder, self._model.decoder)

    def _shortlist(self) -> Shortlist | None:
        pieces = self.settings.inference.shortlist
        if not self._stored.shortlist and pieces:
            raise UserError(
                f"{str(self._path)!r} has no shortlist: inference.shortlist accepts 0 here. "
                "Received: "
                f"{pieces}. Train it again for one."
            )
        return Shortlist(**self._stored.shortlist).first(pieces) if pieces else None

    def translate(self, texts: Sequence[str], beginnings: Sequence[str] = ()) -> list[Translation]:
        """Translate texts.

        A text of several sentences is cut into them, if `[inference] split_sentences` says so; one
        longer than `[preprocessing] max_length` pieces is cut in any case. The parts are translated
        and put together. What else is in the list does not change a text's translation.

        Args:
            texts: Any number of texts, blank ones included.
            beginnings: With what the translation of each begins, where it is not left open: whole
                words, "" for any.

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
            self._wishes.request(part, beginning if i == 0 else "")
            for of_text, beginning in zip(parts, begun, strict=True)
            for i, part in enumerate(of_text)
        ]
        sources = [part.ids for of_text in parts for part in of_text]
        found = iter(self._search(sources, requests, self.settings.inference))
        return [
            self._best(text, [(part, next(found)) for part in of_text])
            for text, of_text in zip(texts, parts, strict=True)
        ]

    @property
    def has_window(self) -> bool:
        """Whether it looks through a window, and what has no weight lies outside of it."""
        return self.settings.model.has_window

    def heads(self, translation: Translation) -> list[tuple[str, NDArray[np.float32]]]:
        """Where each head of the attention looked: of several by a second look of the model.

        Args:
            translation: One of `translate`, of a text that was translated in one part.

        Returns:
            For each head its name and its weights `(len(target_tokens), len(source_tokens))`;
            nothing without attention, or for a text of several parts or none.
        """
        blocks, model = translation.attention_blocks, self.settings.model
        if len(blocks) != 1 or not blocks[0].size:
            return []
        if model.architecture == "rnn" and model.attention != "multi_head":
            return [("attention", blocks[0])]
        from malgil.modeling.attention_maps import attention_heads

        return attention_heads(self._model, model.heads, *translation.ids[0])

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[Translation]:
        """What the model thinks of given translations.

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
        """The perplexity per target piece, end marks included, of given translations.

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
            state = self.engine.encode(
                pad([sources[i] for i in indices]), [_needed(request) for request in some]
            )
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
                self._wishes.dictionary,
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


def _needed(request: Request) -> set[int]:
    """The pieces that a request asks for."""
    phrases = [request.prefix, *(phrase for term in request.constraints for phrase in term)]
    return {piece for phrase in phrases for piece in phrase}


def _of_source(found: Hypothesis, part: Segment) -> NDArray[np.float32] | None:
    """The attention to the part itself: the batch may have padded it."""
    return None if found.attention is None else found.attention[:, : len(part.ids)]
