"""Attention as ONNX nodes, with a score function for each kind; see `modeling/attention.py`."""

from __future__ import annotations

from collections.abc import Callable

from malgil.modeling.inference.graphs.builder import GraphBuilder
from malgil.modeling.inference.graphs.serialization import FLOAT, TensorSpec
from malgil.settings import ModelSettings

# The score of a masked position. Its softmax is exactly 0 if any position is real.
_MASKED = -1e9
SCOPE = "seq2seq/decoder"
# The kinds whose query is the state before a decoding step.
IS_BEFORE_STEP = {"bahdanau"}


def luong_dot(g: GraphBuilder, settings: ModelSettings, queries: str, keys: str) -> str:
    """Add `LuongDotAttention.scores`: `(batch, width, units)`, `(batch, src_len, units)` →
    `(batch, width, src_len)`.
    """
    return g.node("MatMul", queries, g.node("Transpose", keys, perm=[0, 2, 1]))


def scaled_dot(g: GraphBuilder, settings: ModelSettings, queries: str, keys: str) -> str:
    """Add `ScaledDotAttention.scores`; the shapes are those of `luong_dot`."""
    return luong_dot(g, settings, g.node("Mul", queries, settings.units**-0.5), keys)


def luong_concat(g: GraphBuilder, settings: ModelSettings, queries: str, keys: str) -> str:
    """Add `LuongConcatAttention.scores`; the shapes are those of `luong_dot`."""
    units = settings.units
    projected = g.dense(queries, f"{SCOPE}/attention/attention_query", units, units)
    both = g.node("Add", g.node("Unsqueeze", projected, [2]), g.node("Unsqueeze", keys, [1]))
    energies = g.dense(g.node("Tanh", both), f"{SCOPE}/attention/attention_energy", units, 1)
    return g.node("Squeeze", energies, [3])


ScoreFunction = Callable[[GraphBuilder, ModelSettings, str, str], str]
SCORES: dict[str, ScoreFunction] = {
    "luong_dot": luong_dot,
    "luong_general": luong_dot,
    "scaled_dot": scaled_dot,
    "luong_concat": luong_concat,
    "bahdanau": luong_concat,
}


def attention_memory(g: GraphBuilder, settings: ModelSettings, encoder_outputs: str) -> list[str]:
    """Add `Attention.memory` of the decoder's attention.

    Args:
        g: The graph.
        settings: `[model]`.
        encoder_outputs: `(batch, src_len, units)`.

    Returns:
        Keys and values, `(batch, src_len, units)`; for `multi_head` those of `heads_memory`.
    """
    units, keys = settings.units, encoder_outputs
    if settings.attention == "multi_head":
        name = f"{SCOPE}/attention_memory_with_gain"
        return list(heads_memory(g, settings, encoder_outputs, name, units**-0.5))
    if settings.attention == "luong_general":
        keys = g.dense(encoder_outputs, f"{SCOPE}/attention_projection", units, units)
        keys = g.node("Mul", keys, units**-0.25)
    elif settings.attention in ("luong_concat", "bahdanau"):
        keys = g.dense(encoder_outputs, f"{SCOPE}/attention_key", units, units)
    return [keys, encoder_outputs]


def attend(
    g: GraphBuilder,
    settings: ModelSettings,
    queries: str,
    memory: list[str],
    mask: str,
    window: tuple[str, str | None] | None = None,
) -> tuple[str, str]:
    """Add the decoder's attention; see `Attention.call`.

    Args:
        g: The graph.
        settings: `[model]`.
        queries: `(batch, width, units)`.
        memory: From `attention_memory`.
        mask: `(batch, src_len)` bool.
        window: From `attention_window`.

    Returns:
        The contexts `(batch, width, units)`, and the weights `(batch, width, src_len)`, averaged
        over heads.
    """
    inside, factors = window or (g.node("Unsqueeze", mask, [1]), None)
    if settings.attention == "multi_head":
        heads = f"{SCOPE}/attention/attention"
        contexts, weights = attend_by_heads(
            g, settings, queries, memory, inside, factors, heads, "_with_gain", settings.units**-0.5
        )
        return contexts, g.node("ReduceMean", weights, [1], keepdims=0)
    scores = SCORES[settings.attention](g, settings, queries, memory[0])
    weights = _masked_softmax(g, scores, inside, factors)
    return g.node("MatMul", weights, memory[1]), weights


def heads_memory(
    g: GraphBuilder, settings: ModelSettings, rows: str, name: str, scale: float = 1.0
) -> tuple[str, str]:
    """Add `MultiHeadAttention.memory`, split into heads.

    Args:
        g: The graph.
        settings: `[model]`.
        rows: `(batch, length, units)`.
        name: The path of the layer that projects keys and values.
        scale: The factor that removes the gain from the products.

    Returns:
        Keys `(batch, heads, size, length)`, values `(batch, heads, length, size)`.
    """
    units = settings.units
    products = _scaled(g, g.dense(rows, name, units, 2 * units), scale)
    keys, values = g.nodes("Split", 2, products, axis=-1, num_outputs=2)
    return (
        g.node("Transpose", split_heads(g, settings, keys), perm=[0, 2, 3, 1]),
        g.node("Transpose", split_heads(g, settings, values), perm=[0, 2, 1, 3]),
    )


def heads_specs(settings: ModelSettings, rows: str, length: str) -> list[TensorSpec]:
    """Return the types and shapes of the tensors that `heads_memory` adds."""
    heads, size = settings.heads, settings.units // settings.heads
    return [(FLOAT, rows, heads, size, length), (FLOAT, rows, heads, length, size)]


def attend_by_heads(
    g: GraphBuilder,
    settings: ModelSettings,
    queries: str,
    memory: list[str],
    inside: str,
    factors: str | None,
    name: str,
    ending: str = "",
    scale: float = 1.0,
) -> tuple[str, str]:
    """Add `MultiHeadAttention.call`.

    Args:
        g: The graph.
        settings: `[model]`.
        queries: `(batch, length, units)`.
        memory: From `heads_memory`.
        inside: `(batch, 1 or length, src_len)` bool, True for positions to attend to.
        factors: `(batch, length, src_len)` or None.
        name: The path of the layers, without `_query` and `_output`.
        ending: The suffix of their names.
        scale: The factor that removes the gain from the products.

    Returns:
        `(batch, length, units)`, and the weights `(batch, heads, length, src_len)`.
    """
    units = settings.units
    products = g.dense(queries, f"{name}_query{ending}", units, units)
    products = g.node("Mul", products, scale * (units // settings.heads) ** -0.5)
    split = g.node("Transpose", split_heads(g, settings, products), perm=[0, 2, 1, 3])
    scores = g.node("MatMul", split, memory[0])
    apart = factors and g.node("Unsqueeze", factors, [1])
    weights = _masked_softmax(g, scores, g.node("Unsqueeze", inside, [1]), apart)
    contexts = g.node("Transpose", g.node("MatMul", weights, memory[1]), perm=[0, 2, 1, 3])
    products = g.dense(g.reshape(contexts, 0, 0, units), f"{name}_output{ending}", units, units)
    return _scaled(g, products, scale), weights


def split_heads(g: GraphBuilder, settings: ModelSettings, rows: str) -> str:
    """Add `(batch, length, units)` → `(batch, length, heads, size)`."""
    return g.reshape(rows, 0, 0, settings.heads, settings.units // settings.heads)


def attention_window(
    g: GraphBuilder, settings: ModelSettings, queries: str, positions: str, mask: str
) -> tuple[str, str | None]:
    """Add `AttentionWindow`.

    Args:
        g: The graph.
        settings: `[model]`.
        queries: `(batch, width, units)`.
        positions: `(batch, width)` int32.
        mask: `(batch, src_len)` bool.

    Returns:
        The positions to attend to, `(batch, width, src_len)` bool; and the factors of the same
        shape, or None.
    """
    is_predictive = settings.attention_window == "predictive"
    lengths = g.node("ReduceSum", g.node("Cast", mask, to=FLOAT), [1], keepdims=1)
    last = g.node("Sub", lengths, 1.0)
    if is_predictive:
        units, scale = settings.units, settings.units**-0.5
        hidden = g.dense(queries, f"{SCOPE}/window/projection_with_gain", units, units)
        hidden = g.node("Tanh", g.node("Mul", hidden, scale))
        share = g.dense(hidden, f"{SCOPE}/window/position_with_gain", units, 1)
        share = g.node("Sigmoid", g.node("Mul", g.node("Squeeze", share, [2]), scale))
        centers = g.node("Mul", last, share)
    else:
        centers = g.node("Min", g.node("Cast", positions, to=FLOAT), last)
    count = g.node("Squeeze", g.node("Cast", g.dimensions(mask, 1, 2), to=FLOAT))
    places = g.node("Range", 0.0, count, 1.0)
    distances = g.node("Sub", places, g.node("Unsqueeze", centers, [2]))
    near = g.node("LessOrEqual", g.node("Abs", distances), float(settings.window_half_width))
    inside = g.node("And", near, g.node("Unsqueeze", mask, [1]))
    if not is_predictive:
        return inside, None
    deviation = settings.window_half_width / 2
    squares = g.node("Mul", distances, distances)
    return inside, g.node("Exp", g.node("Mul", squares, -1 / (2 * deviation**2)))


def _masked_softmax(g: GraphBuilder, scores: str, inside: str, factors: str | None) -> str:
    weights = g.node("Softmax", g.node("Where", inside, scores, _MASKED), axis=-1)
    return g.node("Mul", weights, factors) if factors else weights


def _scaled(g: GraphBuilder, rows: str, scale: float) -> str:
    return rows if scale == 1 else g.node("Mul", rows, scale)
