"""Stacked recurrent layers, which run over whole sequences or one time step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from malgil.modeling.layers.base import Tensor
from malgil.modeling.layers.lstm import LSTM
from malgil.settings import ModelSettings

_LAYERS = {"lstm": LSTM, "gru": keras.layers.GRU}
# The number of states: h and c (Hochreiter and Schmidhuber 1997), or h (Cho et al. 2014).
_STATES = {"lstm": 2, "gru": 1}
# The initial gain of layer normalization. A larger gain would saturate the softmax of attention
# early, as the scores grow with the square of the gain, and a saturated softmax stops learning.
# (Cooijmans et al. 2017, section 4, also start from 0.1, because of tanh.)
_GAIN = 0.1


class RecurrentStack(keras.layers.Layer):
    """Stacked LSTMs or GRUs, with dropout on the inputs of each layer.

    With `residual`, each layer after the first adds its input to its output (Wu et al. 2016,
    eq. 6). With `layer_normalization`, the output of each layer is normalized before that (Ba et
    al. 2016, eq. 3), with an initial gain of 0.1. Eq. 4 of that paper normalizes the sums within
    the cell instead, which cuDNN does not support.

    GRUs apply the reset gate after the recurrent product, as cuDNN does, and not before it (Cho et
    al. 2014, section 2.3; Bahdanau et al. 2015, appendix A.1.1).

    The methods are called in the name scope of the model that contains the stack.

    Args:
        settings: `[model]`.
        layers: The number of layers.
        bidirectional: Whether each layer reads in both directions (Schuster and Paliwal 1997),
            with half of the units for each.
        dropout: The dropout layer.
        uses_outputs: Whether the last layer's outputs are used. If only its states are used, its
            outputs are not normalized, as the normalization's weights would have no gradient.
        **kwargs: Arguments of every Keras layer.
    """

    def __init__(
        self,
        settings: ModelSettings,
        layers: int,
        bidirectional: bool,
        dropout: keras.layers.Dropout,
        uses_outputs: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.is_bidirectional = bidirectional
        self.is_residual = settings.residual
        self.states_per_layer = _STATES[settings.cell]
        self.dropout = dropout
        units = settings.units // 2 if bidirectional else settings.units
        names = [f"{settings.cell}_{i}" for i in range(layers)]
        layer_class, dtype = _LAYERS[settings.cell], self.dtype_policy
        one_way = [
            layer_class(units, return_sequences=True, return_state=True, name=name, dtype=dtype)
            for name in names
        ]
        self.recurrent_layers = [
            keras.layers.Bidirectional(layer, name=f"bidirectional_{layer.name}", dtype=dtype)
            if bidirectional
            else layer
            for layer in one_way
        ]
        self.normalizations = [
            keras.layers.LayerNormalization(
                epsilon=1e-5,
                gamma_initializer=keras.initializers.Constant(_GAIN),
                name=f"normalization_{i}",
                dtype=self.dtype_policy,
            )
            for i in range(layers - (not uses_outputs) if settings.layer_normalization else 0)
        ]
        self.built = True  # all weights belong to the inner layers, and `call` is never used

    def run(
        self,
        inputs: Tensor,
        states: list[Tensor] | None,
        mask: Tensor = None,
        training: bool = False,
    ) -> tuple[Tensor, list[Tensor]]:
        """Run over whole sequences.

        Args:
            inputs: `(batch, length, features)`.
            states: The initial states of each layer, `(batch, units)`; None for zeros.
            mask: `(batch, length)` bool, True for a real token, real tokens on the left.
            training: Whether dropout is on.

        Returns:
            The outputs `(batch, length, units)`, and the states of each layer after the last real
            token, `(batch, units)`, with both directions concatenated.
        """
        last_states: list[Tensor] = []
        count = self.states_per_layer
        for i, layer in enumerate(self.recurrent_layers):
            initial = None if states is None else states[i * count : (i + 1) * count]
            dropped = self.dropout(inputs, training=training)
            outputs, *last = layer(dropped, initial_state=initial, mask=mask, training=training)
            if self.is_bidirectional:
                last = [ops.concatenate([last[j], last[count + j]], axis=-1) for j in range(count)]
            last_states += last
            inputs = self._normalize_and_add(i, inputs, outputs)
        return inputs, last_states

    def initial_states(self, states: list[Tensor]) -> list[Tensor]:
        """Return initial states from the last states of another stack.

        Args:
            states: The states of each layer of the other stack, `(batch, units)`.

        Returns:
            The states of each layer: those of the other stack's upper layers. If the other stack
            has fewer layers, the states of its last layer are repeated.
        """
        count, layers = self.states_per_layer, len(self.recurrent_layers)
        by_layer = [states[i : i + count] for i in range(0, len(states), count)][-layers:]
        by_layer += by_layer[-1:] * (layers - len(by_layer))
        return [state for layer_states in by_layer for state in layer_states]

    def dropout_masks(self, inputs: Tensor, features: int, training: bool) -> list[Tensor]:
        """Return the dropout masks of `step` for all time steps, which are drawn before the loop.

        Args:
            inputs: A tensor `(batch, length, …)`.
            features: The size of the first layer's inputs.
            training: Whether dropout is on.

        Returns:
            A mask for each layer, `(batch, length, input size)`; an empty list if dropout is off.
        """
        if not training or not self.dropout.rate:
            return []
        batch, length = ops.shape(inputs)[0], ops.shape(inputs)[1]
        sizes = [features] + [layer.units for layer in self.recurrent_layers[1:]]
        return [
            self.dropout(ops.ones((batch, length, size), dtype=self.compute_dtype), training=True)
            for size in sizes
        ]

    def step(
        self, inputs: Tensor, states: list[Tensor], masks: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """Run one time step. The layers must be unidirectional.

        Args:
            inputs: `(batch, features)`.
            states: The states of each layer, `(batch, units)`.
            masks: The dropout masks of this time step, `(batch, input size)` for each layer.

        Returns:
            The output `(batch, units)` and the new states.
        """
        new_states: list[Tensor] = []
        count = self.states_per_layer
        for i, layer in enumerate(self.recurrent_layers):
            dropped = inputs * masks[i] if masks else inputs
            outputs, last = layer.cell(dropped, states[i * count : (i + 1) * count])
            new_states += last
            inputs = self._normalize_and_add(i, inputs, outputs)
        return inputs, new_states

    def build_for_steps(self, features: int) -> None:
        """Create the weights of layers that only `step` will run.

        Args:
            features: The size of the first layer's inputs.
        """
        for layer in self.recurrent_layers:
            if not layer.built:
                layer.build((None, None, features))
            features = layer.units

    def _normalize_and_add(self, i: int, inputs: Tensor, outputs: Tensor) -> Tensor:
        if i < len(self.normalizations):
            outputs = self.normalizations[i](outputs)
        return inputs + outputs if self.is_residual and i else outputs
