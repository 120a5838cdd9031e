"""The recurrent decoder: scores the next token, given the target so far and the encoded source."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.modeling.attention import Attention
from malgil.modeling.layers.base import LazyModel, Tensor
from malgil.modeling.layers.deep_output import DeepOutput
from malgil.modeling.layers.recurrent_stack import RecurrentStack
from malgil.modeling.layers.scan import scan_positions
from malgil.modeling.local_attention import AttentionWindow
from malgil.settings import ModelSettings


class RecurrentDecoder(LazyModel):
    """Recurrent layers, with or without attention to the source.

    - Luong et al. 2015: the query is the state after a step, and the next token is predicted from
      the attentional vector (eq. 5). Without input feeding, all target positions first pass through
      the layers, and attention is one batched product: training needs no loop over steps.
    - Input feeding (Luong et al. 2015, section 3.3): the attentional vector enters the next step.
    - Bahdanau et al. 2015: the query is the state before a step, and the context enters the step.
    - No attention: the decoder starts from the encoder's states (Sutskever et al. 2014, eq. 1).

    Args:
        vocabulary_size: The size of the target vocabulary.
        settings: `[model]`.
        dtype: A Keras dtype policy.

    Raises:
        UserError: If input feeding is combined with attention whose context enters the step.
    """

    def __init__(
        self, vocabulary_size: int, settings: ModelSettings, dtype: str = "float32"
    ) -> None:
        super().__init__(name="decoder", dtype=dtype)
        layers = keras.layers
        self.settings = settings
        self.embedding = layers.Embedding(
            vocabulary_size, settings.embedding_size, name="embedding", dtype=dtype
        )
        self.dropout = layers.Dropout(settings.dropout, name="dropout", dtype=dtype)
        self.recurrent_stack = RecurrentStack(
            settings, settings.decoder_layers, False, self.dropout, dtype=dtype
        )
        self.attention: Attention | None = None
        self.window: AttentionWindow | None = None
        if settings.attention != "none":
            self._add_attention(settings, dtype)
        self.projection = layers.Dense(vocabulary_size, name="projection", dtype=dtype)

    def _add_attention(self, settings: ModelSettings, dtype: str) -> None:
        units = settings.units
        attention_class = Attention.kinds[settings.attention]
        self.attention = attention_class(units, settings.heads, name="attention", dtype=dtype)
        if not self.attention.is_before_step:
            self.attentional = keras.layers.Dense(
                units, activation="tanh", use_bias=False, name="attentional", dtype=dtype
            )
        elif settings.input_feeding:
            message = _(
                "model.input_feeding accepts no if model.attention = {attention}, whose context "
                "already enters each step. Received: yes. Choose another model.attention."
            )
            raise UserError(message.format(attention=settings.attention))
        else:
            self.deep_output = DeepOutput(units, name="deep_output", dtype=dtype)
        if settings.attention_window != "global":
            self.window = AttentionWindow(
                settings.attention_window,
                settings.window_half_width,
                units,
                name="window",
                dtype=dtype,
            )

    @property
    def _is_before_step(self) -> bool:
        return self.attention is not None and self.attention.is_before_step

    def memory(self, encoder_outputs: Tensor) -> list[Tensor]:
        """Return the tensors that every step needs of the source.

        Args:
            encoder_outputs: `(batch, src_len, units)`.

        Returns:
            The attention's keys and values, each `(batch, src_len, …)`; an empty list without
            attention.
        """
        if self.attention is None:
            return []
        with keras.name_scope(self.name):  # the scope that `call` runs in
            return list(self.attention.memory(encoder_outputs))

    def initial_state(self, states: list[Tensor], memory: list[Tensor]) -> list[Tensor]:
        """Return the states before the first step.

        Args:
            states: The encoder's states of each layer, `(batch, units)`.
            memory: From `memory`; not used.

        Returns:
            The states of each decoder layer (Bahdanau et al. 2015, appendix A.2.2, use a learned
            function of the backward state), followed by those of the attention: with input feeding
            an attentional vector of zeros `(batch, units)`, with a window the position `(batch,)`.
        """
        initial = self.recurrent_stack.initial_states(states)
        if self.settings.input_feeding:
            initial.append(ops.zeros_like(states[0]))
        if self.window is not None:
            initial.append(ops.zeros_like(states[0][:, 0], dtype="int32"))
        return initial

    def call(
        self,
        target: Tensor,
        memory: list[Tensor],
        mask: Tensor,
        states: list[Tensor],
        training: bool = False,
        with_logits: bool = True,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Score the token that follows each target position.

        Args:
            target: `(batch, tgt_len)` ids, the begin mark first.
            memory: From `memory`.
            mask: `(batch, src_len)` bool, True for a real source token.
            states: From `initial_state`, or those that the last call returned.
            training: Whether dropout is on.
            with_logits: Whether to apply the projection to the vocabulary.

        Returns:
            Logits `(batch, tgt_len, vocabulary)`, or without the projection its input features
            `(batch, tgt_len, units)`; the states after the last position; and the attention weights
            `(batch, heads, tgt_len, src_len)`, None without attention.
        """
        embedded = self.embedding(target)  # (batch, tgt_len, embedding_size)
        positions = None
        if self.window is not None:
            *states, first = states
            positions = first[:, None] + ops.arange(ops.shape(target)[1], dtype="int32")
        # If the result of attention enters the recurrent layers, training runs step by step.
        is_stepwise = self.settings.input_feeding or self._is_before_step
        run = self._run_stepwise if is_stepwise else self._run_whole
        outputs, states, weights = run(embedded, memory, mask, states, positions, training)
        if positions is not None:
            states = [*states, positions[:, -1] + 1]
        outputs = self.dropout(outputs, training=training)
        return self.projection(outputs) if with_logits else outputs, states, weights

    def step(
        self, tokens: Tensor, memory: list[Tensor], mask: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Advance several hypotheses of each source by one token.

        Args:
            tokens: `(batch, width)` ids, the last one of each hypothesis.
            memory: From `memory`, `(batch, …)`.
            mask: `(batch, src_len)` bool, True for a real source token.
            states: As from `initial_state`, with one row for each hypothesis: `(batch · width, …)`.

        Returns:
            The input features `(batch · width, units)` of the projection; the new states; and the
            attention weights `(batch, heads, width, src_len)`, None without attention.
        """
        x = self.embedding(ops.reshape(tokens, (-1,)))  # (batch · width, embedding_size)
        width = ops.shape(tokens)[1]
        flat_positions = positions = None
        if self.window is not None:
            *states, flat_positions = states
            positions = ops.reshape(flat_positions, (-1, width))
        output, states, context, weights = self._run_step(
            x, list(states), memory, mask, positions, width
        )
        if self._is_before_step:
            output = self.deep_output(output[:, None], x[:, None], context[:, None])[:, 0]
        if flat_positions is not None:
            states = [*states, flat_positions + 1]
        return output, states, weights

    def _run_whole(
        self,
        embedded: Tensor,
        memory: list[Tensor],
        mask: Tensor,
        states: list[Tensor],
        positions: Tensor | None,
        training: bool,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Run all target positions through the layers, then compute attention for all at once."""
        outputs, states = self.recurrent_stack.run(embedded, states, None, training)
        if self.attention is None:
            return outputs, states, None
        contexts, weights = self._attend(outputs, memory, mask, positions)
        return self._attentional_vector(contexts, outputs), states, weights

    def _run_stepwise(
        self,
        embedded: Tensor,
        memory: list[Tensor],
        mask: Tensor,
        states: list[Tensor],
        positions: Tensor | None,
        training: bool,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Run one target position after another, each with the result of attention as input."""
        fed_units = memory[1].shape[-1] if self._is_before_step else self.settings.units
        features = embedded.shape[-1] + fed_units
        self.recurrent_stack.build_for_steps(features)
        dropout_masks = self.recurrent_stack.dropout_masks(embedded, features, training)

        def step(states: list[Tensor], inputs: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
            x, *rest = inputs
            position = None if positions is None else rest.pop(0)[:, None]
            output, states, context, weights = self._run_step(
                x, states, memory, mask, position, 1, rest
            )
            return states, [output, context, weights]

        inputs = [embedded, *([] if positions is None else [positions]), *dropout_masks]
        states, (outputs, contexts, weights) = scan_positions(step, list(states), inputs)
        weights = ops.swapaxes(weights[:, :, :, 0], 1, 2)  # (batch, heads, tgt_len, src_len)
        if self._is_before_step:
            outputs = self.deep_output(outputs, embedded, contexts)
        return outputs, states, weights

    def _run_step(
        self,
        x: Tensor,
        states: list[Tensor],
        memory: list[Tensor],
        mask: Tensor,
        positions: Tensor | None,
        width: Tensor,
        dropout_masks: Sequence[Tensor] = (),
    ) -> tuple[Tensor, list[Tensor], Tensor, Tensor]:
        """Run one target position, of `width` hypotheses for each source.

        Args:
            x: The embedded tokens, `(batch · width, embedding_size)`.
            states: `(batch · width, …)`, without the position of the window.
            memory, mask: As for `step`, `(batch, …)`.
            positions: `(batch, width)`, for a window.
            width: The number of hypotheses of each source.
            dropout_masks: The masks of this position, from `RecurrentStack.dropout_masks`.

        Returns:
            h̃_t, or s_t if the context enters the step, `(batch · width, units)`; the new states;
            the contexts `(batch · width, …)`; and the weights `(batch, heads, width, src_len)`.
            The last two are None without attention.
        """
        stack = self.recurrent_stack

        def attend(queries: Tensor) -> tuple[Tensor, Tensor]:
            # The hypotheses take the axis of target positions, so that they share the memory.
            queries = ops.reshape(queries, (-1, width, queries.shape[-1]))
            contexts, weights = self._attend(queries, memory, mask, positions)
            return ops.reshape(contexts, (-1, contexts.shape[-1])), weights

        if self.attention is None:
            output, states = stack.step(x, states, dropout_masks)
            return output, states, None, None
        if self._is_before_step:
            context, weights = attend(states[-stack.states_per_layer])  # the last layer's h
            x = ops.concatenate([x, context], axis=-1)
            output, states = stack.step(x, states, dropout_masks)
            return output, states, context, weights
        if self.settings.input_feeding:
            *states, previous = states
            x = ops.concatenate([x, previous], axis=-1)
        output, states = stack.step(x, states, dropout_masks)
        context, weights = attend(output)
        output = self._attentional_vector(context, output)
        if self.settings.input_feeding:
            states = [*states, output]
        return output, states, context, weights

    def _attend(
        self, queries: Tensor, memory: list[Tensor], mask: Tensor, positions: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return contexts `(batch, tgt_len, …)` and weights `(batch, heads, tgt_len, src_len)`."""
        assert self.attention is not None
        factors = None
        if self.window is not None:
            mask, factors, _centers = self.window(queries, positions, mask)
        contexts, weights = self.attention(queries, *memory, mask, factors)
        return contexts, weights if len(weights.shape) == 4 else weights[:, None]

    def _attentional_vector(self, contexts: Tensor, outputs: Tensor) -> Tensor:
        """Return h̃_t = tanh(W_c [c_t; h_t]) (Luong et al. 2015, eq. 5)."""
        return self.attentional(ops.concatenate([contexts, outputs], axis=-1))
