"""The recurrent encoder and decoder as ONNX nodes; see `modeling/encoder.py` and `decoder.py`."""

from __future__ import annotations

import functools

from malgil.modeling.inference.graphs.attention import (
    IS_BEFORE_STEP,
    attend,
    attention_memory,
    attention_window,
    heads_specs,
)
from malgil.modeling.inference.graphs.builder import GraphBuilder
from malgil.modeling.inference.graphs.serialization import FLOAT, INT32, TensorSpec
from malgil.modeling.inference.graphs.weights import CELLS
from malgil.settings import ModelSettings

_ENCODER, _DECODER = "seq2seq/encoder", "seq2seq/decoder"
_STATES = {"lstm": 2, "gru": 1}


def inputs(settings: ModelSettings) -> tuple[list[TensorSpec], list[TensorSpec]]:
    """Return the types and shapes of the memory and of the states; see `encode`."""
    units = settings.units
    has_attention = settings.attention != "none"
    values: list[TensorSpec] = [(FLOAT, "batch", "src_len", units)] * 2
    if settings.attention == "multi_head":
        values = heads_specs(settings, "batch", "src_len")
    count = _STATES[settings.cell] * settings.decoder_layers + settings.input_feeding
    states: list[TensorSpec] = [(FLOAT, "rows", units)] * count
    if settings.has_window and has_attention:
        states.append((INT32, "rows"))
    return values if has_attention else [], states


def encode(
    g: GraphBuilder, settings: ModelSettings, vocabulary_size: int, source: str, mask: str
) -> tuple[list[str], list[str]]:
    """Add the encoder and the preparation of the decoder's first step.

    Args:
        g: The graph.
        settings: `[model]`.
        vocabulary_size: The size of the source vocabulary.
        source: `(batch, src_len)` int32 ids.
        mask: `(batch, src_len)` bool.

    Returns:
        The memory, each tensor `(batch, src_len, …)`, and the states of the decoder `(batch, …)`;
        see `RecurrentDecoder.memory` and `initial_state`.
    """
    lengths = g.node("ReduceSum", g.node("Cast", mask, to=INT32), [1], keepdims=0)
    embeddings = g.weight(
        f"{_ENCODER}/embedding/embeddings", vocabulary_size, settings.embedding_size
    )
    x = g.node("Gather", embeddings, g.node("Transpose", source, perm=[1, 0]))
    is_read = settings.attention != "none"
    x, states = _stack(g, settings, _ENCODER, settings.encoder_layers, x, None, lengths, is_read)
    memory = (
        attention_memory(g, settings, g.node("Transpose", x, perm=[1, 0, 2])) if is_read else []
    )
    per_layer, layers = _STATES[settings.cell], settings.decoder_layers
    by_layer = [states[i : i + per_layer] for i in range(0, len(states), per_layer)][-layers:]
    by_layer += by_layer[-1:] * (layers - len(by_layer))
    initial = [state for layer_states in by_layer for state in layer_states]
    if settings.input_feeding:
        initial.append(g.node("ConstantOfShape", g.dimensions(states[0], 0, 2)))
    if settings.has_window and is_read:
        rows = g.dimensions(states[0], 0, 1)
        initial.append(g.node("Cast", g.node("ConstantOfShape", rows), to=INT32))
    return memory, initial


def step(
    g: GraphBuilder,
    settings: ModelSettings,
    vocabulary_size: int,
    tokens: str,
    memory: list[str],
    mask: str,
    states: list[str],
) -> tuple[str, list[str], str | None]:
    """Add a step of the decoder; see `RecurrentDecoder.step`.

    Args:
        g: The graph.
        settings: `[model]`.
        vocabulary_size: The size of the target vocabulary.
        tokens: `(batch, width)` int32 ids.
        memory: From `encode`.
        mask: `(batch, src_len)` bool.
        states: As from `encode`, `(batch · width, …)`.

    Returns:
        The input features `(batch · width, units)` of the projection; the new states; and the
        attention weights `(batch, width, src_len)`, averaged over heads, or None.
    """
    units = settings.units
    embeddings = g.weight(
        f"{_DECODER}/embedding/embeddings", vocabulary_size, settings.embedding_size
    )
    x = g.node("Gather", embeddings, g.reshape(tokens, -1))
    if settings.attention == "none":
        output, states = _one_step(g, settings, x, states)
        return output, states, None
    position = None
    if settings.has_window:
        *states, position = states
    attend_to_source = functools.partial(
        _attend_to_source, g, settings, tokens, memory, mask, position
    )
    if settings.attention in IS_BEFORE_STEP:
        context, weights = attend_to_source(states[-_STATES[settings.cell]])  # the last layer's h
        output, states = _one_step(g, settings, g.node("Concat", x, context, axis=-1), states)
        output = _deep_output(g, settings, g.node("Concat", output, x, context, axis=-1))
    else:
        if settings.input_feeding:
            *states, fed = states
            x = g.node("Concat", x, fed, axis=-1)
        output, states = _one_step(g, settings, x, states)
        context, weights = attend_to_source(output)
        both = g.node("Concat", context, output, axis=-1)
        output = g.node("Tanh", g.dense(both, f"{_DECODER}/attentional", 2 * units, units))
        states = [*states, output] if settings.input_feeding else states
    if position is not None:
        states = [*states, g.node("Add", position, g.constant(1, "int32"))]
    return output, states, weights


def _one_step(
    g: GraphBuilder, settings: ModelSettings, rows: str, states: list[str]
) -> tuple[str, list[str]]:
    """Add a step of the decoder's recurrent layers: `(rows, features)` → `(rows, units)`."""
    rows = g.node("Unsqueeze", rows, [0])
    rows, states = _stack(g, settings, _DECODER, settings.decoder_layers, rows, states)
    return g.node("Squeeze", rows, [0]), states


def _attend_to_source(
    g: GraphBuilder,
    settings: ModelSettings,
    tokens: str,
    memory: list[str],
    mask: str,
    position: str | None,
    rows: str,
) -> tuple[str, str]:
    """Add attention with queries `(batch · width, units)` at positions `(batch · width,)`.

    Returns:
        The contexts `(batch · width, units)`, and the weights `(batch, width, src_len)`.
    """
    shape = g.dimensions(tokens, 0, 2)
    queries = g.reshape(rows, shape, settings.units)
    window = None
    if position is not None:
        window = attention_window(g, settings, queries, g.reshape(position, shape), mask)
    contexts, weights = attend(g, settings, queries, memory, mask, window)
    return g.reshape(contexts, -1, settings.units), weights


def _deep_output(g: GraphBuilder, settings: ModelSettings, rows: str) -> str:
    """Add `DeepOutput`, which returns the larger of each two neighbors."""
    units = settings.units
    rows = g.dense(
        rows, f"{_DECODER}/deep_output/projection", 2 * units + settings.embedding_size, 2 * units
    )
    return g.node("ReduceMax", g.reshape(rows, -1, units, 2), [2], keepdims=0)


def _stack(
    g: GraphBuilder,
    settings: ModelSettings,
    scope: str,
    layers: int,
    x: str,
    states: list[str] | None,
    lengths: str | None = None,
    is_read: bool = True,
) -> tuple[str, list[str]]:
    """Add a `RecurrentStack`.

    Args:
        g: The graph.
        settings: `[model]`.
        scope: The path of the model that contains the stack.
        layers: The number of layers.
        x: `(length, batch, features)`.
        states: The states of each layer of a decoder, `(batch, units)`; None for an encoder.
        lengths: The lengths `(batch,)` int32 for an encoder; None for a decoder.
        is_read: `uses_outputs` of `RecurrentStack`.

    Returns:
        The outputs `(length, batch, units)`, and the last states of each layer, `(batch, units)`.
    """
    directions = 2 if settings.bidirectional and states is None else 1
    count, features = _STATES[settings.cell], settings.embedding_size
    if states is not None and settings.attention != "none":
        is_fed = settings.input_feeding or settings.attention in IS_BEFORE_STEP
        features += settings.units * is_fed
    ends: list[str] = []
    for i in range(layers):
        before = None if states is None else states[i * count : (i + 1) * count]
        name = f"{scope}/{settings.cell}_{i}"
        outputs, last = _layer(g, settings, name, features, directions, x, before, lengths)
        ends += last
        if settings.layer_normalization and (is_read or i < layers - 1):
            outputs = g.layer_normalization(outputs, f"{scope}/normalization_{i}", settings.units)
        x = g.node("Add", x, outputs) if settings.residual and i else outputs
        features = settings.units
    return x, ends


def _layer(
    g: GraphBuilder,
    settings: ModelSettings,
    name: str,
    features: int,
    directions: int,
    x: str,
    states: list[str] | None,
    lengths: str | None,
) -> tuple[str, list[str]]:
    """Add one layer of a stack, which is one operator for all time steps; see `_stack`."""
    cell, units = CELLS[settings.cell], settings.units // directions
    size = len(cell.gates) * units
    outputs, *last = g.nodes(
        cell.operator,
        1 + _STATES[settings.cell],
        x,
        g.weight(f"{name}/W", directions, size, features),
        g.weight(f"{name}/R", directions, size, units),
        g.weight(f"{name}/B", directions, 2 * size),
        lengths,
        *(g.node("Unsqueeze", state, [0]) for state in states or ()),
        hidden_size=units,
        direction="bidirectional" if directions == 2 else "forward",
        **cell.attributes,
    )
    # (length, directions, batch, units) and (directions, batch, units)
    if directions == 1:
        return g.node("Squeeze", outputs, [1]), [g.node("Squeeze", end, [0]) for end in last]
    outputs = g.reshape(g.node("Transpose", outputs, perm=[0, 2, 1, 3]), 0, 0, settings.units)
    transposed = [g.node("Transpose", end, perm=[1, 0, 2]) for end in last]
    return outputs, [g.reshape(end, 0, settings.units) for end in transposed]
