"""The trained model of a translator, or an ensemble of several models."""

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
from malgil.common.localization import _
from malgil.modeling.inference.engine import Engine
from malgil.modeling.inference.shortlist import Shortlist
from malgil.modeling.translation import Translation
from malgil.modeling.translator_file import Bundle
from malgil.settings import DecodingOptions, ModelSettings

if TYPE_CHECKING:
    from malgil.modeling.inference.graphs.inference_graphs import InferenceGraphs
    from malgil.modeling.seq2seq import Seq2Seq

AttentionHead = tuple[str, NDArray[np.float32]]
"""The name of an attention head, and its weights `(tgt_len, src_len)`."""


class TrainedModel:
    """The model of one translator. It is thread-safe.

    Args:
        settings: `[model]`.
        source_size: The size of the source vocabulary.
        target_size: The size of the target vocabulary.
        stored: The contents of the translator's file.
        path: The path of that file, for messages.
        graphs: The graphs of the model; None to build them.

    Attributes:
        settings: The argument.
        parameters: The number of weights.
        has_window: Whether attention is local, so that weights outside the window are exactly 0.
    """

    def __init__(
        self,
        settings: ModelSettings,
        source_size: int,
        target_size: int,
        stored: Bundle,
        path: Path,
        graphs: InferenceGraphs | None = None,
    ) -> None:
        self.settings = settings
        self.parameters = sum(int(weights.size) for weights in stored.weights.values())
        self.has_window = settings.has_window
        self._sizes = source_size, target_size
        self._stored = stored
        self._path = path
        self._graphs = graphs
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
        """Return the engine that runs the model, the same engine for the same settings.

        Keras and TensorFlow are imported only if `inference.engine` is `keras`.

        Raises:
            UserError: If the weights do not fit the settings, or the shortlist is missing.
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
        from malgil.modeling.inference.graphs.inference_graphs import build_graphs
        from malgil.modeling.inference.onnx_engine import OnnxEngine

        # Built from the settings each time, which takes milliseconds. Graphs in a translator's file
        # would have to be trusted.
        graphs = self._graphs or build_graphs(self.settings, *self._sizes)
        shortlist = self._shortlist(inference.shortlist)
        try:
            return OnnxEngine(graphs, self._stored.weights, shortlist, inference.threads)
        except ValueError as error:
            raise self._mismatch(error) from error

    @functools.cached_property
    def keras_model(self) -> Seq2Seq:
        """The model in Keras."""
        from malgil.modeling.inference.keras_engine import build_model

        try:
            return build_model(self.settings, *self._sizes, self._stored.weights)
        except ValueError as error:
            raise self._mismatch(error) from error

    def _mismatch(self, error: ValueError) -> UserError:
        message = _("{path!r} does not fit its own settings ({error}). Train it again.")
        return UserError(message.format(path=str(self._path), error=error))

    def _shortlist(self, size: int) -> Shortlist | None:
        if not self._stored.shortlist and size:
            message = _(
                "{path!r} has no shortlist, so inference.shortlist accepts only 0. "
                "Received: {size}. Train it again to add a shortlist."
            )
            raise UserError(message.format(path=str(self._path), size=size))
        return Shortlist(**self._stored.shortlist).truncate(size) if size else None

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return the attention weights of each head; see `Translator.attention_heads`."""
        if not _has_one_block(translation):
            return []
        if self.settings.architecture == "rnn" and self.settings.attention != "multi_head":
            return [(_("attention"), translation.attention_blocks[0])]
        from malgil.modeling.inference.attention_maps import attention_heads

        return attention_heads(self.keras_model, self.settings.heads, *translation.ids[0])


class ModelEnsemble:
    """An ensemble of several models; see `Ensemble`.

    They may differ in random seed, sizes and architecture, but share the text pipeline.

    Args:
        members: Two or more models.

    Attributes:
        members: The argument, as a list.
        parameters: The number of weights of all members together.
        has_window: Whether attention is local in all members. Only then are mean weights outside
            the window exactly 0.
    """

    def __init__(self, members: Sequence[TrainedModel]) -> None:
        self.members = list(members)
        self.parameters = sum(member.parameters for member in members)
        self.has_window = all(member.has_window for member in members)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the members' fingerprints."""
        fingerprints = "".join(member.fingerprint for member in self.members)
        return hashlib.sha256(fingerprints.encode()).hexdigest()

    def engine(self, inference: DecodingOptions) -> Engine:
        """Return an engine that runs all members.

        Raises:
            UserError: As `TrainedModel.engine`, or if the settings ask for a shortlist.
        """
        from malgil.modeling.inference.ensemble import Ensemble

        if inference.shortlist:
            message = _(
                "inference.shortlist accepts only 0 for an ensemble. Received: {size}. "
                "Set it to 0 or name one translator."
            )
            raise UserError(message.format(size=inference.shortlist))
        return Ensemble([member.engine(inference) for member in self.members])

    def attention_heads(self, translation: Translation) -> list[AttentionHead]:
        """Return the mean of the members' attention, as one head."""
        blocks = translation.attention_blocks
        return [(_("attention"), blocks[0])] if _has_one_block(translation) else []


def _has_one_block(translation: Translation) -> bool:
    blocks = translation.attention_blocks
    return len(blocks) == 1 and blocks[0].size > 0
