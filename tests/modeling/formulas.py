"""The papers' formulas in plain NumPy (float64), one sentence, one step and one score at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from malgil.settings import ModelSettings

Weights = Mapping[str, np.ndarray]


def weights_of(model: object, prefix: str) -> dict[str, np.ndarray]:
    """Return the trainable weights of a model by their paths below `prefix`."""
    return {
        variable.path.removeprefix(f"{prefix}/"): variable.numpy().astype("float64")
        for variable in model.trainable_variables
    }


def slope(
    value: Callable[[dict[str, np.ndarray]], float], at: Weights, name: str, direction: np.ndarray
) -> float:
    """How fast `value` rises as `at[name]` moves along a direction: its central difference."""
    step = 1e-5
    ends = [value({**at, name: at[name] + sign * step * direction}) for sign in (1, -1)]
    return (ends[0] - ends[1]) / (2 * step)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max())
    return powers / powers.sum()


def layer_norm(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    """Ba et al. 2016, eq. 3, over the last axis, with the gain and the bias of eq. 4."""
    centered = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centered**2).mean(axis=-1, keepdims=True) + 1e-5)
    return centered / deviation * w[f"{name}/gamma"] + w[f"{name}/beta"]


def lstm_step(x: np.ndarray, states: list[np.ndarray], w: Weights, name: str) -> list[np.ndarray]:
    """Hochreiter and Schmidhuber 1997 with forget gates, in the order i, f, candidate, o."""
    h, c = states
    gates = x @ w[f"{name}/kernel"] + h @ w[f"{name}/recurrent_kernel"] + w[f"{name}/bias"]
    i, f, candidate, o = np.split(gates, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
    return [sigmoid(o) * np.tanh(c), c]


def gru_step(x: np.ndarray, states: list[np.ndarray], w: Weights, name: str) -> list[np.ndarray]:
    """Cho et al. 2014, section 2.3, the reset gate after the product as in cuDNN; z, r, candidate.

    z is how much of the old state stays.
    """
    (h,) = states
    from_x = np.split(x @ w[f"{name}/kernel"] + w[f"{name}/bias"][0], 3)
    from_h = np.split(h @ w[f"{name}/recurrent_kernel"] + w[f"{name}/bias"][1], 3)
    z, r = sigmoid(from_x[0] + from_h[0]), sigmoid(from_x[1] + from_h[1])
    return [z * h + (1 - z) * np.tanh(from_x[2] + r * from_h[2])]


CELLS = {"lstm": lstm_step, "gru": gru_step}


def score(kind: str, h_t: np.ndarray, h_s: np.ndarray, w: Weights) -> float:
    """How a state h_t goes with an encoder output h_s. `w` has the paths below the decoder."""
    if kind == "luong_dot":  # Luong et al. 2015, section 3.1, below eq. 7
        return h_t @ h_s
    if kind == "luong_general":
        kernel = w["attention_projection/kernel"]
        return h_t @ (kernel.T / len(h_t) ** 0.25) @ h_s  # the kernel is units^¼ W_a
    if kind == "scaled_dot":  # Vaswani et al. 2017, eq. 1
        return h_t @ h_s / np.sqrt(len(h_t))
    if kind not in ("luong_concat", "bahdanau"):
        raise NotImplementedError(f"the score of {kind!r}: write its formula in {__file__}")
    # Luong et al. 2015, section 3.1, concat; Bahdanau et al. 2015, appendix A.1.2
    w_a = np.vstack([w["attention/attention_query/kernel"], w["attention_key/kernel"]]).T
    v_a = w["attention/attention_energy/kernel"][:, 0]
    return v_a @ np.tanh(w_a @ np.concatenate([h_t, h_s]))


def multi_head(
    queries: np.ndarray,
    outputs: np.ndarray,
    may_look: np.ndarray,
    heads: int,
    w: Weights,
    name: str,
    gain: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Vaswani et al. 2017, section 3.2.2, head by head.

    Args:
        queries: `(tgt_len, units)`.
        outputs: `(src_len, units)`.
        may_look: `(tgt_len, src_len)` factors; 0 where there is nothing to look at.
        heads: How many.
        w: Weights.
        name: Of the layer; its memory's projection stands beside it.
        gain: What is learned is that many times the formula's kernels.

    Returns:
        `(tgt_len, units)` and the weights `(heads, tgt_len, src_len)`.
    """
    scope, own = name.rpartition("/")[0], name.rpartition("/")[2]
    end = "/kernel" if gain == 1 else "_with_gain/kernel"
    w_k, w_v = np.split(w[f"{scope}/{own}_memory{end}".lstrip("/")] / gain, 2, axis=1)
    w_q, w_o = (w[f"{name}/{own}_{which}{end}"] / gain for which in ("query", "output"))
    size = queries.shape[1] // heads
    found, all_weights = [], []
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        q = queries @ w_q[:, part]
        k, v = outputs @ w_k[:, part], outputs @ w_v[:, part]
        weights = np.zeros(may_look.shape)
        for t, s in enumerate(may_look > 0):
            weights[t, s] = softmax(k[s] @ q[t] / np.sqrt(size)) * may_look[t, s]
        found.append(weights @ v)
        all_weights.append(weights)
    return np.concatenate(found, axis=1) @ w_o, np.array(all_weights)


def window(settings: ModelSettings, h_t: np.ndarray, t: int, length: int, w: Weights) -> np.ndarray:
    """Luong et al. 2015, section 3.2: factors of the weights, `(length,)`; 0 outside."""
    places = np.arange(length)
    half = settings.window_half_width
    if settings.attention_window == "global":
        return np.ones(length)
    if settings.attention_window == "monotonic":
        return (abs(places - min(t, length - 1)) <= half).astype(float)
    gain = np.sqrt(len(h_t))
    w_p, v_p = (w[f"window/{x}_with_gain/kernel"] / gain for x in ("projection", "position"))
    center = (length - 1) * sigmoid(np.tanh(h_t @ w_p) @ v_p)[0]  # eq. 9
    return np.exp(-((places - center) ** 2) / (2 * (half / 2) ** 2)) * (  # eq. 10
        abs(places - center) <= half
    )


def attend(
    settings: ModelSettings, h_t: np.ndarray, t: int, outputs: np.ndarray, w: Weights
) -> tuple[np.ndarray, np.ndarray]:
    """Return the context of one state and the weights `(heads, src_len)`: Luong et al., eq. 7."""
    factors = window(settings, h_t, t, len(outputs), w)
    if settings.attention == "multi_head":
        gain = np.sqrt(len(h_t))
        context, weights = multi_head(
            h_t[None], outputs, factors[None], settings.heads, w, "attention", gain
        )
        return context[0], weights[:, 0]
    inside = factors > 0
    weights = np.zeros(len(outputs))
    scores = [score(settings.attention, h_t, h_s, w) for h_s in outputs[inside]]
    weights[inside] = softmax(np.array(scores)) * factors[inside]
    return weights @ outputs, weights[None]


def stack_step(
    settings: ModelSettings, x: np.ndarray, states: list[list[np.ndarray]], w: Weights
) -> tuple[np.ndarray, list[list[np.ndarray]]]:
    """One time step through all layers; `states` has one list for each."""
    new = []
    for i, before in enumerate(states):
        cell = f"{settings.cell}_{i}/{settings.cell}_cell"
        new.append(CELLS[settings.cell](x, before, w, cell))
        out = new[-1][0]
        if settings.layer_normalization:
            out = layer_norm(out, w, f"normalization_{i}")
        x = x + out if settings.residual and i else out
    return x, new


def recurrent_decoder(
    settings: ModelSettings,
    w: Weights,
    target: np.ndarray,
    outputs: np.ndarray,
    states: list[list[np.ndarray]],
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray | None]:
    """One sentence, step by step.

    Args:
        settings: `[model]`.
        w: The decoder's weights.
        target: `(tgt_len,)` ids.
        outputs: The encoder's, of the real tokens alone, `(real, units)`.
        states: Of each decoder layer.

    Returns:
        Logits `(tgt_len, vocabulary)`, the last states, weights `(heads, tgt_len, real)` or None.
    """
    fed = np.zeros(settings.units)
    logits, looked = [], []
    for t, token in enumerate(target):
        embedded = w["embedding/embeddings"][token]
        if settings.attention == "bahdanau":
            context, weights = attend(settings, states[-1][0], t, outputs, w)
            h, states = stack_step(settings, np.concatenate([embedded, context]), states, w)
            together = np.concatenate([h, embedded, context])
            pairs = (together @ w["deep_output/projection/kernel"]).reshape(-1, 2)
            vector = pairs.max(axis=1)  # appendix A.2.2
        else:
            x = np.concatenate([embedded, fed]) if settings.input_feeding else embedded
            h, states = stack_step(settings, x, states, w)
            vector = h
            if settings.attention != "none":
                context, weights = attend(settings, h, t, outputs, w)
                kernel = w["attentional/kernel"]
                vector = fed = np.tanh(np.concatenate([context, h]) @ kernel)  # Luong, eq. 5
        logits.append(vector @ w["projection/kernel"] + w["projection/bias"])
        if settings.attention != "none":
            looked.append(weights)
    last = [state for layer in states for state in layer]
    return np.array(logits), last, np.stack(looked, axis=1) if looked else None


def positional_encoding(length: int, units: int) -> np.ndarray:
    """Vaswani et al. 2017, section 3.5, entry by entry."""
    table = np.zeros((length, units))
    for position, column in np.ndindex(*table.shape):
        angle = position / 10000 ** (2 * (column // 2) / units)
        table[position, column] = np.sin(angle) if column % 2 == 0 else np.cos(angle)
    return table


def transformer(
    settings: ModelSettings,
    w: Weights,
    ids: np.ndarray,
    layers: int,
    outputs: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """One sentence through the encoder, or with the encoder's `outputs` through the decoder.

    Args:
        settings: `[model]`.
        w: The encoder's or the decoder's weights.
        ids: Without padding, `(length,)`.
        layers: How many.
        outputs: `(src_len, units)`.

    Returns:
        `(length, units)`, before the projection, and the weights `(layers · heads, length,
        src_len)` of the attention to the source.
    """
    units, length = settings.units, len(ids)
    x = w["embedding/token_embedding/embeddings"][ids] * np.sqrt(units)  # section 3.4
    x = x + positional_encoding(length, units)
    may_look = np.ones((length, length)) if outputs is None else np.tri(length)
    looked = []

    def around(name: str, x: np.ndarray, sublayer: object) -> np.ndarray:
        if settings.normalization == "pre":
            return x + sublayer(layer_norm(x, w, name))
        return layer_norm(x + sublayer(x), w, name)  # section 3.1

    for i in range(layers):
        name = f"layer_{i}"

        def to_itself(rows: np.ndarray, name: str = name) -> np.ndarray:
            return multi_head(rows, rows, may_look, settings.heads, w, f"{name}/self_attention")[0]

        def to_source(rows: np.ndarray, name: str = name) -> np.ndarray:
            everywhere = np.ones((length, len(outputs)))
            contexts, weights = multi_head(
                rows, outputs, everywhere, settings.heads, w, f"{name}/cross_attention"
            )
            looked.append(weights)
            return contexts

        def feed_forward(rows: np.ndarray, name: str = name) -> np.ndarray:  # eq. 2
            first, second = f"{name}/feedforward_intermediate", f"{name}/feedforward_output"
            inner = np.maximum(rows @ w[f"{first}/kernel"] + w[f"{first}/bias"], 0)
            return inner @ w[f"{second}/kernel"] + w[f"{second}/bias"]

        x = around(f"{name}/self_attention_layer_norm", x, to_itself)
        if outputs is not None:
            x = around(f"{name}/cross_attention_layer_norm", x, to_source)
        x = around(f"{name}/feedforward_layer_norm", x, feed_forward)
    if settings.normalization == "pre":
        x = layer_norm(x, w, "final_layer_norm")
    return x, np.concatenate(looked) if looked else None
