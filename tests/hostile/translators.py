"""Makers of hostile translators: files with changed bytes, and changed contents that are sealed."""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from malgil.modeling import tensor_file, translator_file
from malgil.modeling.translator_file import Bundle
from malgil.settings import Settings
from tests.bundles import make_bundle

MODELS: tuple[dict[str, Any], ...] = (
    {},
    {"architecture": "transformer", "encoder_layers": 2},
    {"cell": "gru", "bidirectional": False, "attention": "multi_head", "decoder_layers": 2},
    {"attention": "bahdanau", "attention_window": "predictive", "layer_normalization": True},
)
HOSTILE_TEXTS = (
    "/etc/passwd",
    "../../.env",
    "\x1b]0;owned\x07",
    "\x9b31m",
    "a\nb",
    "\u202e",
    "\ud800",
    "한" * 5000,
    "",
    " ",
    "%n%s{0}{path!r}",
)
HOSTILE_VALUES = (
    *HOSTILE_TEXTS,
    *(-1, 0, 1, 2, 3, 31, 255, 8192, 2**31 - 1, 2**31, 2**63, 10**300),
    *(0.0, -0.0, 0.5, 1e308, math.nan, math.inf, -math.inf),
    *(True, False, None, [], {}, [1], ["/etc/passwd"], [["a"]], {"a": 1}),
)


def make_model(number: int) -> Bundle:
    """Return one of a few valid bundles of different models."""
    return copy.deepcopy(_model(number % len(MODELS)))


@functools.cache
def _model(number: int) -> Bundle:
    return make_bundle({"model": MODELS[number]})


# ---- Files with changed bytes, whose checksum is that of the original.


def mutate(content: bytes, seed: int) -> bytes:
    """Return the bytes of a file with one or more changes that the seed draws."""
    draw = random.Random(seed)
    kinds = (_flip, _flip, _truncate, _insert, _remove, _repeat, _edit_header, _edit_length)
    while True:
        changed = bytearray(content)
        draw.choice(kinds)(changed, draw)
        if changed != content:
            return bytes(changed)


def _place(content: bytearray, draw: random.Random) -> int:
    """Return an offset: in half of all cases one in the header."""
    end = min(len(content), 6000) if draw.random() < 0.5 else len(content)
    return draw.randrange(end)


def _flip(content: bytearray, draw: random.Random) -> None:
    for _ in range(draw.choice((1, 1, 2, 20))):
        content[_place(content, draw)] ^= 1 << draw.randrange(8)


def _truncate(content: bytearray, draw: random.Random) -> None:
    del content[_place(content, draw) :]


def _insert(content: bytearray, draw: random.Random) -> None:
    at = _place(content, draw)
    content[at:at] = draw.randbytes(draw.choice((1, 8, 300)))


def _remove(content: bytearray, draw: random.Random) -> None:
    at = _place(content, draw)
    del content[at : at + draw.choice((1, 8, 300))]


def _repeat(content: bytearray, draw: random.Random) -> None:
    at, begin = _place(content, draw), _place(content, draw)
    content[at:at] = content[begin : begin + draw.choice((1, 30, 3000))]


def _edit_header(content: bytearray, draw: random.Random) -> None:
    """Change a digit in the header."""
    end = 8 + int.from_bytes(content[:8], "little")
    digits = [i for i in range(8, end) if 48 <= content[i] <= 57]
    content[draw.choice(digits)] = draw.randrange(48, 58)


def _edit_length(content: bytearray, draw: random.Random) -> None:
    """Change the size of the header."""
    size = draw.choice((0, 1, len(content), 2**31, 2**63, 2**64 - 1, draw.randrange(2**20)))
    content[:8] = size.to_bytes(8, "little")


# ---- Files with changed contents and the checksum of these.


def reseal(path: Path, seed: int) -> None:
    """Write a file whose contents have changes that the seed draws, with a correct checksum."""
    draw = random.Random(seed)
    bundle = make_model(draw.randrange(len(MODELS)))
    change = RESEALERS[seed % len(RESEALERS)]
    if change is metadata:
        metadata(path, bundle, draw)
        return
    change(bundle, draw)
    translator_file.save(path, bundle)


def one_setting(bundle: Bundle, draw: random.Random) -> None:
    """Change a setting, or add one that does not exist."""
    section = draw.choice(list(bundle.settings))
    values = bundle.settings[section]
    key = draw.choice([*values, *values, draw.choice(HOSTILE_TEXTS)])
    values[key] = draw.choice(HOSTILE_VALUES)


def sections(bundle: Bundle, draw: random.Random) -> None:
    """Remove a section, empty one, or add one."""
    section = draw.choice([*bundle.settings, draw.choice(HOSTILE_TEXTS)])
    bundle.settings[section] = draw.choice(({}, {"a": 1}, {"a" * 5000: {}}))
    if draw.random() < 0.3:
        del bundle.settings[section]


def file_names(bundle: Bundle, draw: random.Random) -> None:
    """Name files in all settings that name files."""
    for section, kind in Settings.sections().items():
        for each in dataclasses.fields(kind):
            if "is_path" in each.metadata:
                name = draw.choice(("/etc/passwd", "/proc/self/environ", "/dev/zero", "/dev/stdin"))
                is_list = isinstance(each.default, tuple)
                bundle.settings[section][each.name] = [name] if is_list else name


def sizes(bundle: Bundle, draw: random.Random) -> None:
    """Ask for a model that would not fit into memory, or for another one."""
    large = {
        "units": draw.choice((18, 8192)),
        "embedding_size": draw.choice((12, 13, 8192)),
        "encoder_layers": draw.choice((1, 2, 16)),
        "decoder_layers": draw.choice((1, 2, 16)),
        "feed_forward_units": draw.choice((24, 65_536)),
        "heads": draw.choice((1, 2, 256)),
    }
    for key in draw.sample(list(large), draw.randint(1, 4)):
        bundle.settings["model"][key] = large[key]
    if draw.random() < 0.3:  # Keras would build the model before it compares the shapes
        bundle.settings["model"]["units"] = 8192
        bundle.settings["inference"]["engine"] = "keras"


def another_model(bundle: Bundle, draw: random.Random) -> None:
    """Take the settings of another model."""
    choices = {
        "architecture": ("rnn", "transformer"),
        "cell": ("lstm", "gru"),
        "bidirectional": (True, False),
        "attention": ("none", "bahdanau", "luong_dot", "luong_concat", "multi_head"),
        "attention_window": ("global", "monotonic", "predictive"),
        "window_half_width": (1, 10_000),
        "input_feeding": (True, False),
        "normalization": ("pre", "post"),
        "residual": (True, False),
        "layer_normalization": (True, False),
    }
    for key in draw.sample(list(choices), 2):
        bundle.settings["model"][key] = draw.choice(choices[key])


def expensive_search(bundle: Bundle, draw: random.Random) -> None:
    """Ask for a search that takes memory, time or threads."""
    inference = bundle.settings["inference"]
    large = {
        "beam_size": draw.choice((64, 256)),
        "n_best": draw.choice((64, 256)),
        "max_length": draw.choice((500, 100_000)),
        "max_length_ratio": 100.0,
        "batch_size": 100_000,
        "threads": 1024,
        "shortlist": draw.choice((1, 64)),
        "no_repeat": draw.choice((1, 100)),
        "min_length_ratio": 10.0,
        "length_penalty": 10.0,
        "groups": draw.choice((1, 64)),
        "temperature": draw.choice((0.0, 100.0)),
        "keep": ["고양이"] * draw.choice((1, 5000)),
    }
    for key in draw.sample(list(large), draw.randint(1, 4)):
        inference[key] = large[key]
    bundle.settings["preprocessing"]["max_length"] = draw.choice((2, 60, 10_000))


def weight_shapes(bundle: Bundle, draw: random.Random) -> None:
    """Change the shape, the type or the name of a weight."""
    name = draw.choice(list(bundle.weights))
    array = bundle.weights.pop(name)
    kind = draw.randrange(7)
    if kind == 0:
        bundle.weights[name] = array.T if array.ndim > 1 else array[None]
    elif kind == 1:
        types = (np.float64, np.float16, np.int32, np.uint8, np.int64)
        bundle.weights[name] = array.astype(draw.choice(types))
    elif kind == 2:
        bundle.weights[name] = array[:-1]
    elif kind == 3:
        bundle.weights[name] = np.concatenate([array, array])
    elif kind == 4:
        bundle.weights[name + draw.choice(HOSTILE_TEXTS)] = array
    elif kind == 5:
        bundle.weights[name] = np.zeros((0, *array.shape[1:]), np.float32)
    # Otherwise the weight is missing.


def weight_values(bundle: Bundle, draw: random.Random) -> None:
    """Set some or all weights to values that are not numbers or overflow."""
    value = draw.choice((np.nan, np.inf, -np.inf, 3e38, -3e38, 1e20, 1e6, 1e4, 1e-45, 0.0))
    names = draw.sample(list(bundle.weights), draw.choice((1, len(bundle.weights))))
    for name in names:
        flat = bundle.weights[name].reshape(-1)
        if draw.random() < 0.5:
            flat[:] = value
        else:
            flat[draw.randrange(flat.size)] = value


def subword_bytes(bundle: Bundle, draw: random.Random) -> None:
    """Change the bytes of a subword model, in half of all cases those after the pieces."""
    side = draw.choice(("source", "target"))
    model = bytearray(bundle.subword[side])
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(model) - 160 if draw.random() < 0.5 else 0, len(model))
        kind = draw.randrange(4)
        if kind == 0:
            model[at] = draw.randrange(256)
        elif kind == 1:
            model[at:at] = draw.randbytes(draw.randint(1, 6))
        elif kind == 2:
            del model[at : at + draw.randint(1, 12)]
        else:
            model[at:at] = model[-draw.randint(1, 60) :]
    bundle.subword[side] = bytes(model)


def subword_parts(bundle: Bundle, draw: random.Random) -> None:
    """Add a part that the program's own models do not have, or exchange the models."""
    side = draw.choice(("source", "target"))
    model = bundle.subword[side]
    units = draw.randbytes(1024)
    table = (1024).to_bytes(4, "little") + units + b"\0"
    charsmap = b"\x12" + _varint(len(table)) + table
    piece = draw.choice((b"\x1b[31m", b"\x0a", b"\xff\xfe", b"", b"a" * 100_000, b"b"))
    content = b"\x0a" + _varint(len(piece)) + piece + b"\x15\0\0\0\0"
    added = draw.choice(
        (
            b"\x1a" + _varint(len(charsmap)) + charsmap,  # a table for normalization
            b"\x2a" + _varint(len(charsmap)) + charsmap,  # one for the output
            b"\x0a" + _varint(len(content)) + content,  # a piece after the other parts
            b"\x22\x00",  # a test of itself
            b"\x12\x02\x18\x04",  # another kind of model
        )
    )
    kind = draw.randrange(4)
    if kind == 0:
        bundle.subword = {"source": bundle.subword["target"], "target": bundle.subword["source"]}
    elif kind == 1:  # a piece among the others
        bundle.subword[side] = b"\x0a" + _varint(len(content)) + content + model
    else:
        bundle.subword[side] = model + added


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*content, number])


def shortlist(bundle: Bundle, draw: random.Random) -> None:
    """Change the ids, the shape or the type of a shortlist, which the search then uses."""
    bundle.settings["inference"]["shortlist"] = 8
    arrays = bundle.shortlist
    name = draw.choice(("common", "likely"))
    kind = draw.randrange(6)
    if kind == 0:
        wrong = arrays[name].copy()
        wrong.reshape(-1)[draw.randrange(wrong.size)] = draw.choice(
            (-2, 10**6, 2**31 - 1, -(2**31))
        )
        arrays[name] = wrong
    elif kind == 1:
        arrays[name] = arrays[name].astype(draw.choice((np.int64, np.float32, np.uint8)))
    elif kind == 2:
        arrays[name] = arrays[name][: draw.choice((0, 1, -1))]
    elif kind == 3:
        arrays[name] = arrays[name][::-1]
    elif kind == 4:
        arrays[draw.choice(("common", "more", "\x1b"))] = arrays.pop(name)
    else:
        arrays[name] = arrays[name][..., None]


def metrics(bundle: Bundle, draw: random.Random) -> None:
    """Change the metrics, which listings show."""
    key = draw.choice([*bundle.metrics, "state", "history"])
    value = draw.choice(HOSTILE_VALUES)
    if isinstance(bundle.metrics.get(key), dict) and draw.random() < 0.7:
        bundle.metrics[key][draw.choice([*bundle.metrics[key]])] = value
    else:
        bundle.metrics[key] = value
    if draw.random() < 0.1:
        bundle.program_version = draw.choice(HOSTILE_TEXTS)


def metadata(path: Path, bundle: Bundle, draw: random.Random) -> None:
    """Write texts that are not those of a translator, or arrays of another kind."""
    translator_file.save(path, bundle)
    texts, arrays = tensor_file.read(path)
    texts, arrays = dict(texts), dict(arrays)
    for name in ("version", "bytes", "sha256", "start"):
        texts.pop(name, None)
    name = draw.choice(("settings", "metrics"))
    kind = draw.randrange(6)
    if kind == 0:
        texts[name] = draw.choice(("", "[]", "{}", "null", "{", "NaN", '{"model":' + "9" * 5000))
    elif kind == 1:
        texts[name] = '{"model":' + "[" * 100_000 + "]" * 100_000 + "}"
    elif kind == 2:
        texts[name] = json.dumps({"model": [[]] * 300_000})
    elif kind == 3:
        del texts[name]
    elif kind == 4:
        group = draw.choice(("graphs/encoder", "graphs/step", "code/run", "x\x1b[31m", "weights"))
        arrays[group] = np.zeros(9, np.uint8)
    else:
        arrays["weights/empty"] = np.zeros((2**40, 0, 2**20), np.float32)
    tensor_file.write(path, texts, arrays)


Resealer = Callable[..., None]
RESEALERS: tuple[Resealer, ...] = (
    one_setting,
    file_names,
    sizes,
    another_model,
    expensive_search,
    weight_shapes,
    weight_values,
    subword_bytes,
    subword_parts,
    shortlist,
    metrics,
    metadata,
    sections,
    one_setting,
    subword_bytes,
)
