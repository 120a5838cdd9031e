"""The two graphs of a translator: the encoder, and one step of the decoder."""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from malgil.modeling.inference.graphs import recurrent, transformer
from malgil.modeling.inference.graphs.builder import Graph, GraphBuilder
from malgil.modeling.inference.graphs.serialization import BOOL, FLOAT, INT32, INT64
from malgil.settings import ModelSettings

PROJECTION = "seq2seq/decoder/projection"
_ARCHITECTURES: dict[str, ModuleType] = {"rnn": recurrent, "transformer": transformer}
_KINDS = ("memory", "state")


class InferenceGraphs(NamedTuple):
    """The inference models of a translator.

    Attributes:
        encoder: source `(batch, src_len)` → mask, memory_0 …, state_0 …, see `DecodingState`.
        step: tokens `(batch, width)`, parents `(batch · width,)`, k `(1,)`, mask, memory_0 …,
            state_0 … → log_probabilities and ids `(batch · width, k)`, new_state_0 … and, if the
            model has attention, attention `(batch, width, src_len)`.
        listed_step: The same with a projection to the tokens of a shortlist. It has two more
            inputs, kernel `(listed, units)` and bias `(batch, 1, listed)`. Log-probabilities and
            ids are `(batch, width, k)`, and an id is the index of a row of the kernel.
    """

    encoder: Graph
    step: Graph
    listed_step: Graph


def build_graphs(settings: ModelSettings, source_size: int, target_size: int) -> InferenceGraphs:
    """Build the graphs of a model from its settings.

    Args:
        settings: `[model]`.
        source_size: The size of the source vocabulary.
        target_size: The size of the target vocabulary.
    """
    return InferenceGraphs(
        _encoder(settings, source_size),
        _step(settings, target_size, is_listed=False),
        _step(settings, target_size, is_listed=True),
    )


def _encoder(settings: ModelSettings, vocabulary_size: int) -> Graph:
    g = GraphBuilder()
    source = g.input("source", INT32, "batch", "src_len")
    mask = g.node("Greater", source, g.constant(0, "int32"))
    architecture = _ARCHITECTURES[settings.architecture]
    tensors_by_kind = architecture.encode(g, settings, vocabulary_size, source, mask)
    g.output("mask", mask, BOOL, "batch", "src_len")
    specs_by_kind = architecture.inputs(settings)
    for kind, tensors, specs in zip(_KINDS, tensors_by_kind, specs_by_kind, strict=True):
        for i, (tensor, spec) in enumerate(zip(tensors, specs, strict=True)):
            g.output(f"{kind}_{i}", tensor, *spec)
    return g.build("encoder")


def _step(settings: ModelSettings, vocabulary_size: int, is_listed: bool) -> Graph:
    g = GraphBuilder()
    architecture, units = _ARCHITECTURES[settings.architecture], settings.units
    tokens = g.input("tokens", INT32, "batch", "width")
    parents = g.input("parents", INT32, "rows")
    k = g.input("k", INT64, 1)
    mask = g.input("mask", BOOL, "batch", "src_len")
    specs = architecture.inputs(settings)
    memory, states = (
        [g.input(f"{kind}_{i}", *spec) for i, spec in enumerate(kind_specs)]
        for kind, kind_specs in zip(_KINDS, specs, strict=True)
    )
    states = [g.node("Gather", state, parents) for state in states]
    outputs, states, weights = architecture.step(
        g, settings, vocabulary_size, tokens, memory, mask, states
    )
    if is_listed:
        kernel = g.node("Transpose", g.input("kernel", FLOAT, "listed", units), perm=[1, 0])
        rows = g.reshape(outputs, g.dimensions(tokens, 0, 2), units)
        bias = g.input("bias", FLOAT, "batch", 1, "listed")
        logits = g.node("Add", g.node("MatMul", rows, kernel), bias)
    else:
        logits = g.dense(outputs, PROJECTION, units, vocabulary_size, has_bias=True)
    best, ids = g.nodes("TopK", 2, g.node("LogSoftmax", logits, axis=-1), k)
    shape = ("batch", "width", "k") if is_listed else ("rows", "k")
    g.output("log_probabilities", best, FLOAT, *shape)
    g.output("ids", ids, INT64, *shape)
    for i, (state, spec) in enumerate(zip(states, specs[1], strict=True)):
        g.output(f"new_state_{i}", state, *spec)
    if weights is not None:
        g.output("attention", weights, FLOAT, "batch", "width", "src_len")
    return g.build("step")
