"""Recurrent layers on top of one another, over whole sequences or one time step at a time."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.lstm import LSTM
from malgil.settings import ModelSettings

_LAYERS = {"lstm": LSTM, "gru": keras.layers.GRU}
# The states of a layer: h and c (Hochreiter and Schmidhuber 1997), or h (Cho et al. 2014).
STATES = {"lstm": 2, "gru": 1}
# What normalized outputs are multiplied by at first: more would saturate the softmax of attention
# before anything is learned, as the scores grow with the square of it, and what is saturated learns
# no more. (Cooijmans et al. 2017, section 4, begin with 0.1 as well, for the sake of tanh.)
_GAIN = 0.1


class RecurrentStack(keras.layers.Layer):
    """LSTMs or GRUs on top of one another, the inputs of each with dropout.

    With `residual`, a layer's input is added to its output from the second on (Wu et al. 2016,
    eq. 6), where both are `units` wide. With `layer_normalization`, the output of each is first
    normalized (Ba et al. 2016, eq. 3), with a gain that begins at 0.1. Their eq. 4 normalizes the
    sums within the cell instead: that cuDNN cannot run.

    GRUs apply the reset gate after the recurrent product, as cuDNN does, and not before it (Cho et
    al. 2014, section 2.3; Bahdanau et al. 2015, appendix A.1.1).

    It is called by `run` and `step`, in the name scope of the model that it is a part of.

    Args:
        settings: `[model]`.
        layers: How many.
        bidirectional: Whether each layer reads in both directions (Schuster and Paliwal 1997),
            with half of the units for either.
        dropout: The layer that drops.
        is_read: Whether anything reads the last layer's outputs, and not its states alone: else
            they are not normalized, as nothing could be learned from that.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(
        self,
        settings: ModelSettings,
        layers: int,
        bidirectional: bool,
        dropout: keras.layers.Dropout,
        is_read: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.is_bidirectional = bidirectional
        self.is_residual = settings.residual
        self.states_of_a_layer = STATES[settings.cell]
        self.dropout = dropout
        units = settings.units // 2 if bidirectional else settings.units
        names = [f"{settings.cell}_{i}" for i in range(layers)]
        make, dtype = _LAYERS[settings.cell], self.dtype_policy
        plain = [
            make(units, return_sequences=True, return_state=True, name=name, dtype=dtype)
            for name in names
        ]
        self.recurrent_layers = [
            keras.layers.Bidirectional(layer, name=f"bidirectional_{layer.name}", dtype=dtype)
            if bidirectional
            else layer
            for layer in plain
        ]
        self.normalizations = [
            keras.layers.LayerNormalization(
                epsilon=1e-5,
                gamma_initializer=keras.initializers.Constant(_GAIN),
                name=f"normalization_{i}",
                dtype=self.dtype_policy,
            )
            for i in range(layers - (not is_read) if settings.layer_normalization else 0)
        ]
        self.built = True  # it has no weights but those of its layers, and is never called itself

    def run(
        self, inputs: Any, states: list[Any] | None, mask: Any = None, training: bool = False
    ) -> tuple[Any, list[Any]]:
        """Run over whole sequences.

        Args:
            inputs: `(batch, length, features)`.
            states: For each layer its states `(batch, units)`; zeros where it is None.
            mask: `(batch, length)` bool, True for a real token, real tokens on the left.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, length, units)`, and the states after the last real token, those
            of both directions side by side.
        """
        ends: list[Any] = []
        count = self.states_of_a_layer
        for i, layer in enumerate(self.recurrent_layers):
            begin = None if states is None else states[i * count : (i + 1) * count]
            dropped = self.dropout(inputs, training=training)
            outputs, *last = layer(dropped, initial_state=begin, mask=mask, training=training)
            if self.is_bidirectional:
                last = [ops.concatenate([last[j], last[count + j]], axis=-1) for j in range(count)]
            ends += last
            inputs = self._finish(i, inputs, outputs)
        return inputs, ends

    def drop_masks(self, rows: Any, features: int, training: bool) -> list[Any]:
        """What `step` multiplies each layer's inputs with. It is drawn for all time steps at once,
        as a loop must not draw anew.

        Args:
            rows: A tensor `(batch, length, …)`.
            features: The size of the first layer's inputs.
            training: Whether dropout is on.

        Returns:
            For each layer `(batch, length, its inputs)`; nothing where dropout is off.
        """
        if not training or not self.dropout.rate:
            return []
        batch, length = ops.shape(rows)[0], ops.shape(rows)[1]
        sizes = [features] + [layer.units for layer in self.recurrent_layers[1:]]
        return [
            self.dropout(ops.ones((batch, length, size), dtype=self.compute_dtype), training=True)
            for size in sizes
        ]

    def step(self, inputs: Any, states: list[Any], masks: list[Any]) -> tuple[Any, list[Any]]:
        """Run one time step; for one direction alone.

        Args:
            inputs: `(batch, features)`.
            states: For each layer its states `(batch, units)`.
            masks: From `drop_masks`, those of this time step: for each layer `(batch, its inputs)`.

        Returns:
            The output `(batch, units)` and the new states.
        """
        new: list[Any] = []
        count = self.states_of_a_layer
        for i, layer in enumerate(self.recurrent_layers):
            dropped = inputs * masks[i] if masks else inputs
            outputs, last = layer.cell(dropped, states[i * count : (i + 1) * count])
            new += last
            inputs = self._finish(i, inputs, outputs)
        return inputs, new

    def build_for_steps(self, features: int) -> None:
        """Create the weights of layers that `step` alone will run.

        Args:
            features: The size of the first layer's inputs.
        """
        for layer in self.recurrent_layers:
            if not layer.built:
                layer.build((None, None, features))
            features = layer.units

    def _finish(self, i: int, inputs: Any, outputs: Any) -> Any:
        if i < len(self.normalizations):
            outputs = self.normalizations[i](outputs)
        return inputs + outputs if self.is_residual and i else outputs
