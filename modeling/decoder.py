"""The decoder: target ids so far, and the encoded source → scores of the next piece."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from malgil.common.errors import UserError
from malgil.modeling.attention import make_attention
from malgil.modeling.layers.base import LazyModel
from malgil.modeling.layers.deep_output import DeepOutput
from malgil.modeling.layers.recurrent_stack import RecurrentStack
from malgil.modeling.layers.scan import scan_positions
from malgil.modeling.local_attention import AttentionWindow
from malgil.settings import ModelSettings


class RecurrentDecoder(LazyModel):
    """Recurrent layers that look back at the source by one kind of attention, or by none.

    - Luong et al. 2015: the state after a step queries, and the attentional vector (eq. 5) tells
      the next piece. Without input feeding all target positions run through the layers first and
      attention is one batched product: no loop over steps in training.
    - Input feeding (Luong et al. 2015, section 3.3): the attentional vector enters the next step.
    - Bahdanau et al. 2015: the state before a step queries, and the context enters the step.
    - None: the encoder's last states are all that is known of the source (Sutskever et al. 2014,
      eq. 1).

    Args:
        vocabulary_size: The number of target pieces.
        settings: `[model]`.
        dtype: A Keras dtype policy.

    Raises:
        UserError: If the attention's context and an attentional vector would both be fed.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="decoder", dtype=dtype)
        units, layers = settings.units, keras.layers
        self.settings = settings
        self.embedding = layers.Embedding(
            vocabulary_size, settings.embedding_size, name="embedding", dtype=dtype
        )
        self.dropout = layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.stack = RecurrentStack(
            settings, settings.decoder_layers, False, self.dropout, dtype=dtype
        )
        self.attention: Any = None
        self.window: Any = None
        if settings.attention != "none":
            self.attention = make_attention(
                settings.attention, units, settings.heads, name="attention", dtype=dtype
            )
            if self.attention.is_before_step:
                if settings.input_feeding:
                    raise UserError(
                        f"model.input_feeding = yes goes with another model.attention. Received: "
                        f"{settings.attention!r}, which feeds its context already."
                    )
                self.readout = DeepOutput(units, name="deep_output", dtype=dtype)
            else:
                self.attentional = layers.Dense(
                    units, activation="tanh", use_bias=False, name="attentional", dtype=dtype
                )
            if settings.attention_window != "global":
                self.window = AttentionWindow(
                    settings.attention_window,
                    settings.window_half_width,
                    units,
                    name="window",
                    dtype=dtype,
                )
        self.projection = layers.Dense(vocabulary_size, name="projection", dtype=dtype)

    @property
    def is_stepwise(self) -> bool:
        """Whether what attention finds enters the recurrent layers, so that training must go step
        by step.
        """
        return self.settings.input_feeding or self._is_before_step

    @property
    def _is_before_step(self) -> bool:
        return self.attention is not None and self.attention.is_before_step

    def memory(self, encoder_outputs: Any) -> list[Any]:
        """What the decoder needs of the source at every step.

        Args:
            encoder_outputs: `(batch, src_len, units)`.

        Returns:
            The attention's keys and values, each `(batch, src_len, …)`; nothing without attention.
        """
        if self.attention is None:
            return []
        with keras.name_scope(self.name):  # the scope that `call` runs in
            return list(self.attention.memory(encoder_outputs))

    def start(self, states: list[Any], memory: list[Any]) -> list[Any]:
        """The states before the first step.

        Args:
            states: The encoder's: for each layer its states, `(batch, units)`.
            memory: From `memory`; not used.

        Returns:
            For each decoder layer its states: those of the encoder's upper layers, and for a
            layer that the encoder lacks those of its last (Bahdanau et al. 2015, appendix A.2.2,
            begin with a learned function of the backward state instead). Then what the attention
            adds: with input feeding an attentional vector of zeros `(batch, units)`, with a window
            the position `(batch,)`.
        """
        count, wanted = self.stack.states_of_a_layer, self.settings.decoder_layers
        layers = [states[i : i + count] for i in range(0, len(states), count)][-wanted:]
        layers += layers[-1:] * (wanted - len(layers))
        own = [state for layer in layers for state in layer]
        if self.settings.input_feeding:
            own.append(ops.zeros_like(states[0]))
        if self.window is not None:
            own.append(ops.zeros_like(states[0][:, 0], dtype="int32"))
        return own

    def call(
        self,
        target: Any,
        memory: list[Any],
        mask: Any,
        states: list[Any],
        training: bool = False,
        with_logits: bool = True,
    ) -> tuple[Any, list[Any], Any]:
        """Score the piece that follows each target position.

        Args:
            target: `(batch, tgt_len)` ids, the begin mark first.
            memory: From `memory`.
            mask: `(batch, src_len)` bool, True for a real source token.
            states: From `start`, or those that the last call returned.
            training: Whether dropout is on.
            with_logits: Whether to end with the projection to the vocabulary.

        Returns:
            Logits `(batch, tgt_len, vocabulary)`, or without them the vectors `(batch, tgt_len,
            units)` that they are a projection of; the states after the last position; and the
            attention weights `(batch, heads, tgt_len, src_len)`, None without attention.
        """
        embedded = self.embedding(target)  # (batch, tgt_len, embedding_size)
        position = None
        if self.window is not None:
            *states, first = states
            position = first[:, None] + ops.arange(ops.shape(target)[1], dtype="int32")
        run = self._run_stepwise if self.is_stepwise else self._run_whole
        outputs, states, weights = run(embedded, memory, mask, states, position, training)
        if position is not None:
            states = [*states, position[:, -1] + 1]
        outputs = self.dropout(outputs, training=training)
        return self.projection(outputs) if with_logits else outputs, states, weights

    def step(
        self, tokens: Any, memory: list[Any], mask: Any, states: list[Any]
    ) -> tuple[Any, list[Any], Any]:
        """Go on by one piece with several hypotheses of each source at a time.

        Args:
            tokens: `(batch, width)` ids, the last one of each hypothesis.
            memory: From `memory`, `(batch, …)`.
            mask: `(batch, src_len)` bool, True for a real source token.
            states: As `start` gives them, one row for each hypothesis: `(batch · width, …)`.

        Returns:
            The vectors `(batch · width, units)` that the next pieces are a projection of; the new
            states; and the attention weights `(batch, heads, width, src_len)`, None without
            attention.
        """
        x = self.embedding(ops.reshape(tokens, (-1,)))  # (batch · width, embedding_size)
        width = ops.shape(tokens)[1]
        position = None
        if self.window is not None:
            *states, position = states
            positions = ops.reshape(position, (-1, width))
        output, states, context, weights = self._advance(
            x, list(states), memory, mask, None if position is None else positions, width, []
        )
        if self._is_before_step:
            output = self.readout(output[:, None], x[:, None], context[:, None])[:, 0]
        if position is not None:
            states = [*states, position + 1]
        return output, states, weights

    def _run_whole(
        self,
        embedded: Any,
        memory: list[Any],
        mask: Any,
        states: list[Any],
        position: Any,
        training: bool,
    ) -> tuple[Any, list[Any], Any]:
        """All positions through the layers, then attention for all of them at once."""
        outputs, states = self.stack.run(embedded, states, None, training)
        if self.attention is None:
            return outputs, states, None
        contexts, weights = self._attend(outputs, memory, mask, position)
        return self._attentional(contexts, outputs), states, weights

    def _run_stepwise(
        self,
        embedded: Any,
        memory: list[Any],
        mask: Any,
        states: list[Any],
        position: Any,
        training: bool,
    ) -> tuple[Any, list[Any], Any]:
        """Position by position, as each needs what attention found at the one before it or at
        itself.
        """
        entering_units = memory[1].shape[-1] if self._is_before_step else self.settings.units
        features = embedded.shape[-1] + entering_units
        self.stack.build_for_steps(features)
        drop_masks = self.stack.drop_masks(embedded, features, training)

        def step(carry: list[Any], inputs: list[Any]) -> tuple[list[Any], list[Any]]:
            x, *more = inputs
            at = None if position is None else more.pop(0)[:, None]
            output, carry, context, weights = self._advance(x, carry, memory, mask, at, 1, more)
            return carry, [output, context, weights]

        over = [embedded, *([] if position is None else [position]), *drop_masks]
        states, (outputs, contexts, weights) = scan_positions(step, list(states), over)
        weights = ops.swapaxes(weights[:, :, :, 0], 1, 2)  # (batch, heads, tgt_len, src_len)
        if self._is_before_step:
            outputs = self.readout(outputs, embedded, contexts)
        return outputs, states, weights

    def _advance(
        self,
        x: Any,
        carry: list[Any],
        memory: list[Any],
        mask: Any,
        position: Any,
        width: Any,
        drop_masks: list[Any],
    ) -> tuple[Any, list[Any], Any, Any]:
        """One step of every row.

        Args:
            x: What enters the layers, `(batch · width, embedding_size)`.
            carry: The states, one row for each of them.
            memory, mask: Those of the sources, `(batch, …)`.
            position: `(batch, width)`, for a window.
            width: How many rows each source has.
            drop_masks: From `RecurrentStack.drop_masks`, those of this step.

        Returns:
            `(batch · width, units)`: h̃_t, or s_t where the context enters the step; the states;
            the contexts `(batch · width, …)`; the weights `(batch, heads, width, src_len)`. The
            last two are None without attention.
        """

        def attend(queries: Any) -> tuple[Any, Any]:
            # The rows of a source stand where a target's positions do, and share its memory.
            queries = ops.reshape(queries, (-1, width, queries.shape[-1]))
            contexts, weights = self._attend(queries, memory, mask, position)
            return ops.reshape(contexts, (-1, contexts.shape[-1])), weights

        if self.attention is None:
            output, carry = self.stack.step(x, carry, drop_masks)
            return output, carry, None, None
        if self._is_before_step:
            context, weights = attend(carry[-self.stack.states_of_a_layer])  # the last layer's h
            entering = ops.concatenate([x, context], axis=-1)
            output, carry = self.stack.step(entering, carry, drop_masks)
            return output, carry, context, weights
        if self.settings.input_feeding:
            *carry, fed = carry
            x = ops.concatenate([x, fed], axis=-1)
        output, carry = self.stack.step(x, carry, drop_masks)
        context, weights = attend(output)
        output = self._attentional(context, output)
        return output, [*carry, output] if self.settings.input_feeding else carry, context, weights

    def _attend(self, queries: Any, memory: list[Any], mask: Any, position: Any) -> Any:
        """Contexts `(batch, tgt_len, …)`, weights `(batch, heads, tgt_len, src_len)`."""
        factors = None
        if self.window is not None:
            mask, factors, _ = self.window(queries, position, mask)
        contexts, weights = self.attention(queries, *memory, mask, factors)
        return contexts, weights if len(weights.shape) == 4 else weights[:, None]

    def _attentional(self, contexts: Any, outputs: Any) -> Any:
        """Luong et al. 2015, eq. 5: h̃_t = tanh(W_c [c_t; h_t])."""
        return self.attentional(ops.concatenate([contexts, outputs], axis=-1))
