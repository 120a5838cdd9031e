"""What a translator was trained to be: from the arrays in its file to the engine that runs them."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling.inference.engine import Engine
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.translation import Translation
from malgil.modeling.translator_file import Bundle
from malgil.settings import DecodingOptions, ModelSettings

if TYPE_CHECKING:
    from malgil.modeling.inference.graphs.inference_graphs import InferenceGraphs
    from malgil.modeling.seq2seq import Seq2Seq

AttentionHead = tuple[str, NDArray[np.float32]]
"""What a head is called, and its weights `(tgt_len, src_len)`."""


def graphs_for(settings: ModelSettings, source_size: int, target_size: int) -> InferenceGraphs:
    """Return the ONNX graphs of a model. All that ONNX Runtime is ever given comes from here.

    They are built from the settings each time, which takes milliseconds. So a translator's file
    holds no graph that one would have to trust.

    Args:
        settings: `[model]`.
        source_size: The number of source pieces.
        target_size: The number of target pieces.
    """
    from malgil.modeling.inference.graphs.inference_graphs import build_graphs

    return build_graphs(settings, source_size, target_size)


class TrainedModel:
    """The model of one translator. Several threads may use one at the same time.

    Args:
        settings: `[model]`.
        source_size: The number of source pieces.
        target_size: The number of target pieces.
        stored: All that the translator's file holds.
        path: That file, for messages.

    Attributes:
        parameters: The number of weights.
        has_window: Whether it looks through a window, and what has no weight lies outside of it.
    """

    def __init__(
        self,
        settings: ModelSettings,
        source_size: int,
        target_size: int,
        stored: Bundle,
        path: Path,
    ) -> None:
        self.settings = settings
        self.parameters = sum(int(weights.size) for weights in stored.weights.values())
        self.has_window = settings.has_window
        self._sizes = source_size, target_size
        self._stored = stored
        self._path = path
        self._engines: dict[tuple[str, int, int], Engine] = {}
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the weights."""
        digest = hashlib.sha256()
        for name, weights in sorted(self._stored.weights.items()):
            digest.update(name.encode())
            digest.update(weights.tobytes())
        return digest.hexdigest()

    def engine(self, inference: DecodingOptions) -> Engine:
        """Return what runs the model. It is made once for the same settings.

        Keras and TensorFlow are loaded only if `inference.engine` says so.

        Raises:
            UserError: If the weights do not fit the settings, or there is no shortlist.
        """
        key = inference.engine, inference.shortlist, inference.threads
        with self._lock:
            if key not in self._engines:
                self._engines[key] = self._make_engine(inference)
            return self._engines[key]

    def _make_engine(self, inference: DecodingOptions) -> Engine:
        if inference.engine == "keras":
            from malgil.modeling.inference.keras_engine import KerasEngine

            return KerasEngine(self.keras_model.encoder, self.keras_model.decoder)
        from malgil.modeling.inference.onnx_engine import OnnxEngine

        graphs = graphs_for(self.settings, *self._sizes)
        shortlist = self._shortlist(inference.shortlist)
        try:
            return OnnxEngine(graphs, self._stored.weights, shortlist, inference.threads)
        except ValueError as error:
            raise self._unfit(error) from error

    @functools.cached_property
    def keras_model(self) -> Seq2Seq:
        """The model in Keras."""
        from malgil.modeling.inference.keras_engine import build_model

        try:
            return build_model(self.settings, *self._sizes, self._stored.weights)
        except ValueError as error:
            raise self._unfit(error) from error

    def _unfit(self, error: ValueError) -> UserError:
        return UserError(
            f"{str(self._path)!r} does not fit its own settings ({error}). Train it again."
        )

    def _shortlist(self, pieces: int) -> Shortlist | None:
        if not self._stored.shortlist and pieces:
            raise UserError(
                f"{str(self._path)!r} has no shortlist: inference.shortlist accepts 0 here. "
                f"Received: {pieces}. Train it again for one."
            )
        return Shortlist(**self._stored.shortlist).first(pieces) if pieces else None

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return where each head of the attention looked; see `Translator.attention_heads`."""
        if not _has_one_block(translation):
            return []
        if self.settings.architecture == "rnn" and self.settings.attention != "multi_head":
            return [("attention", translation.attention_blocks[0])]
        from malgil.modeling.attention_maps import attention_heads

        return attention_heads(self.keras_model, self.settings.heads, *translation.ids[0])


class ModelEnsemble:
    """Several models that translate together; see `Ensemble`.

    They may differ in all but the text path: another seed, other sizes, another architecture.

    Args:
        members: Two or more.

    Attributes:
        members: They.
        parameters: The number of weights of all.
        has_window: Whether all look through windows: else what has no weight in the mean need not
            lie outside of any.
    """

    def __init__(self, members: Sequence[TrainedModel]) -> None:
        self.members = list(members)
        self.parameters = sum(member.parameters for member in members)
        self.has_window = all(member.has_window for member in members)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the fingerprints of all."""
        every = "".join(member.fingerprint for member in self.members)
        return hashlib.sha256(every.encode()).hexdigest()

    def engine(self, inference: DecodingOptions) -> Engine:
        """Return what runs all models.

        Raises:
            UserError: As `TrainedModel.engine`, or if a shortlist is asked for.
        """
        from malgil.modeling.inference.ensemble import Ensemble

        if inference.shortlist:
            raise UserError(
                "inference.shortlist accepts 0 for several translators at once. Received: "
                f"{inference.shortlist}."
            )
        return Ensemble([member.engine(inference) for member in self.members])

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return where they looked, as one head: the mean; see `Translator.attention_heads`."""
        blocks = translation.attention_blocks
        return [("attention", blocks[0])] if _has_one_block(translation) else []


def _has_one_block(translation: Translation) -> bool:
    blocks = translation.attention_blocks
    return len(blocks) == 1 and blocks[0].size > 0
