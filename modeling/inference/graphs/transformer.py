"""The Transformer's encoder and decoder as ONNX nodes; see `modeling/transformer.py`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from malgil.modeling.inference.graphs.attention import attend_by_heads, heads_memory, heads_specs
from malgil.modeling.inference.graphs.builder import GraphBuilder
from malgil.modeling.inference.graphs.serialization import FLOAT, TensorSpec
from malgil.settings import ModelSettings

_ENCODER, _DECODER = "seq2seq/encoder", "seq2seq/decoder"


def inputs(settings: ModelSettings) -> tuple[list[TensorSpec], list[TensorSpec]]:
    """Return the types and shapes of the memory and of the states; see `encode`."""
    layers = settings.decoder_layers
    memory = heads_specs(settings, "batch", "src_len") * layers
    return memory, heads_specs(settings, "rows", "past") * layers


def encode(
    g: GraphBuilder, settings: ModelSettings, vocabulary_size: int, source: str, mask: str
) -> tuple[list[str], list[str]]:
    """Add the encoder and the preparation of the decoder's first step.

    The arguments are those of `recurrent.encode`.

    Returns:
        For each decoder layer the keys `(batch, heads, size, src_len)` and values `(batch, heads,
        src_len, size)` of the source; and empty keys and values as the states of the decoder.
    """
    inside = g.node("Unsqueeze", mask, [1])
    length = g.node("Squeeze", g.node("Cast", g.dimensions(source, 1, 2), to=FLOAT))
    positions = g.node("Range", 0.0, length, 1.0)
    x = _embed(g, settings, _ENCODER, vocabulary_size, source, positions)
    for i in range(settings.encoder_layers):
        scope = f"{_ENCODER}/layer_{i}"

        def self_attend(rows: str, scope: str = scope) -> str:
            memory = list(heads_memory(g, settings, rows, f"{scope}/self_attention_memory"))
            name = f"{scope}/self_attention/self_attention"
            return attend_by_heads(g, settings, rows, memory, inside, None, name)[0]

        x = _around(g, settings, x, f"{scope}/self_attention_layer_norm", self_attend)
        x = _feed_forward(g, settings, x, scope)
    x = _normalize_last(g, settings, x, _ENCODER)
    memory: list[str] = []
    for i in range(settings.decoder_layers):
        memory += heads_memory(g, settings, x, f"{_DECODER}/layer_{i}/cross_attention_memory")
    states = [
        g.node("Slice", tensor, [0], [0], [axis])
        for tensor, axis in zip(memory, [3, 2] * settings.decoder_layers, strict=True)
    ]
    return memory, states


def step(
    g: GraphBuilder,
    settings: ModelSettings,
    vocabulary_size: int,
    tokens: str,
    memory: list[str],
    mask: str,
    states: list[str],
) -> tuple[str, list[str], str | None]:
    """Add a step of the decoder; see `TransformerDecoder.step`.

    The arguments and the results are those of `recurrent.step`; the states are the keys and values
    of the positions so far, `(batch · width, heads, …)`.
    """
    units, shape = settings.units, g.dimensions(tokens, 0, 2)
    inside = g.node("Unsqueeze", mask, [1])
    past = g.node("Cast", g.dimensions(states[1], 2, 3), to=FLOAT)
    # In self-attention each hypothesis is a sequence of length 1, (batch · width, 1, units). In
    # cross-attention the hypotheses of a source are one sequence, (batch, width, units).
    x = _embed(g, settings, _DECODER, vocabulary_size, g.reshape(tokens, -1, 1), past)
    now: list[str] = []
    weights: list[str] = []
    for i in range(settings.decoder_layers):
        scope = f"{_DECODER}/layer_{i}"

        def self_attend(rows: str, scope: str = scope, i: int = i) -> str:
            new = heads_memory(g, settings, rows, f"{scope}/self_attention_memory")
            keys = g.node("Concat", states[2 * i], new[0], axis=3)
            values = g.node("Concat", states[2 * i + 1], new[1], axis=2)
            now.extend((keys, values))
            name = f"{scope}/self_attention/self_attention"
            everywhere = g.constant(np.ones((1, 1, 1), bool))
            return attend_by_heads(g, settings, rows, [keys, values], everywhere, None, name)[0]

        def cross_attend(rows: str, scope: str = scope, i: int = i) -> str:
            rows = g.reshape(rows, shape, units)
            name = f"{scope}/cross_attention/cross_attention"
            layer_memory = memory[2 * i : 2 * i + 2]
            contexts, layer_weights = attend_by_heads(
                g, settings, rows, layer_memory, inside, None, name
            )
            weights.append(layer_weights)
            return g.reshape(contexts, -1, 1, units)

        x = _around(g, settings, x, f"{scope}/self_attention_layer_norm", self_attend)
        x = _around(g, settings, x, f"{scope}/cross_attention_layer_norm", cross_attend)
        x = _feed_forward(g, settings, x, scope)
    x = _normalize_last(g, settings, x, _DECODER)
    all_weights = g.node("Concat", *weights, axis=1)
    return g.reshape(x, -1, units), now, g.node("ReduceMean", all_weights, [1], keepdims=0)


def _embed(
    g: GraphBuilder,
    settings: ModelSettings,
    scope: str,
    vocabulary_size: int,
    ids: str,
    positions: str,
) -> str:
    """Add √units · embedding + positional encoding.

    The ids are `(batch, length)`, the positions `(length,)`.
    """
    units = settings.units
    embeddings = g.weight(f"{scope}/embedding/token_embedding/embeddings", vocabulary_size, units)
    columns = np.arange(units)
    divisors = np.power(10000.0, (2 * (columns // 2) / units).astype("float32"))
    angles = g.node("Div", g.node("Unsqueeze", positions, [1]), g.constant(divisors, "float32"))
    encoding = g.node(
        "Where", g.constant(columns % 2 == 0), g.node("Sin", angles), g.node("Cos", angles)
    )
    return g.node("Add", g.node("Mul", g.node("Gather", embeddings, ids), units**0.5), encoding)


def _around(
    g: GraphBuilder, settings: ModelSettings, x: str, name: str, sublayer: Callable[[str], str]
) -> str:
    """Add LayerNorm(x + Sublayer(x)) for `post`, x + Sublayer(LayerNorm(x)) for `pre`."""
    if settings.normalization == "pre":
        return g.node("Add", x, sublayer(g.layer_normalization(x, name, settings.units)))
    return g.layer_normalization(g.node("Add", x, sublayer(x)), name, settings.units)


def _feed_forward(g: GraphBuilder, settings: ModelSettings, x: str, scope: str) -> str:
    units, inner = settings.units, settings.feed_forward_units

    def run(rows: str) -> str:
        rows = g.node(
            "Relu", g.dense(rows, f"{scope}/feedforward_intermediate", units, inner, has_bias=True)
        )
        return g.dense(rows, f"{scope}/feedforward_output", inner, units, has_bias=True)

    return _around(g, settings, x, f"{scope}/feedforward_layer_norm", run)


def _normalize_last(g: GraphBuilder, settings: ModelSettings, x: str, scope: str) -> str:
    if settings.normalization != "pre":
        return x
    return g.layer_normalization(x, f"{scope}/final_layer_norm", settings.units)
