"""One trained translator on disk: written whole or not at all, checked before it is read.

A bundle is an HDF5 file behind a header of 512 bytes (HDF5's user block), in ASCII:

    malgil translator
    version 1
    length <bytes after the header>
    sha256 <of the bytes after the header>
    header <sha256 of the lines above>

Behind it: the attributes `settings` and `metrics` (JSON), a group `subword` with one model for each
side, a group `weights` with one array for each variable, and, once training has ended, a group
`graphs` with the inference models as ONNX and a group `shortlist`. Nothing in it is code. Look into
it with any HDF5 tool.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import as_user_error, write_atomically

FILE_NAME = "translator.h5"
CHECKPOINT_NAME = "checkpoint.h5"  # of an unfinished training, in the same folder
VERSION = 1
_MAGIC = b"malgil translator\n"
_HEADER_SIZE = 512
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclass
class Bundle:
    """What a trained translator consists of.

    Attributes:
        settings: Sections of plain values, as `Settings.to_dict` gives them.
        subword: The SentencePiece model of each side, `source` and `target`.
        weights: An array for each variable, by its path within the model.
        metrics: What was measured in training: plain values.
        graphs: The inference models as ONNX (`inference.export`); empty before they are written.
        shortlist: The arrays of a `Shortlist`, by their names; empty where none was learned.
    """

    settings: dict[str, dict[str, Any]]
    subword: dict[str, bytes]
    weights: dict[str, NDArray[Any]]
    metrics: dict[str, Any] = field(default_factory=dict)
    graphs: dict[str, bytes] = field(default_factory=dict)
    shortlist: dict[str, NDArray[Any]] = field(default_factory=dict)


def find(folder: str | Path) -> Path:
    """The file of the translator in `folder`.

    Raises:
        UserError: If there is none.
    """
    path = Path(folder) / FILE_NAME
    if not path.exists():
        raise UserError(
            f"there is no translator at {str(path)!r}. Train one first: python app.py --mode train"
        )
    return path


def save(path: Path, bundle: Bundle) -> None:
    """Write a bundle atomically: `path` is the old file or the new one, never a part.

    Args:
        path: The file to write.
        bundle: The translator.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    content = io.BytesIO()
    with h5py.File(content, "w", track_order=True) as file:
        # In ASCII: a file's name may hold what UTF-8 cannot.
        file.attrs["settings"] = json.dumps(bundle.settings)
        file.attrs["metrics"] = json.dumps(bundle.metrics)
        for group, models in (("subword", bundle.subword), ("graphs", bundle.graphs)):
            stored = file.create_group(group)
            for name, model in models.items():
                stored[name] = np.frombuffer(model, dtype=np.uint8)
        for group, arrays in (("weights", bundle.weights), ("shortlist", bundle.shortlist)):
            stored = file.create_group(group)
            for name, array in arrays.items():
                stored.create_dataset(name, data=array)
    write_sealed(path, content.getbuffer())


def load(path: Path) -> Bundle:
    """Read a bundle, after its header and its checksum.

    Args:
        path: The file.

    Returns:
        The translator's parts. Nothing from the file is run.

    Raises:
        UserError: If the file is missing, no translator, of a later version, cut short, changed
            in any byte, or not laid out as a translator; each in its own words.
    """
    content = io.BytesIO(read_sealed(path))
    try:
        with h5py.File(content, "r") as file:
            settings, metrics = (json.loads(file.attrs[name]) for name in ("settings", "metrics"))
            sections = settings.values() if isinstance(settings, dict) else [settings]
            if not all(isinstance(table, dict) for table in (metrics, *sections)):
                raise ValueError("settings or metrics are no tables")
            subword, graphs = (
                {name: model.tobytes() for name, model in _arrays(file, group).items()}
                if group in file or group == "subword"  # translators of before have no graphs
                else {}
                for group in ("subword", "graphs")
            )
            shortlist = _arrays(file, "shortlist") if "shortlist" in file else {}
            weights = _arrays(file, "weights")
            return Bundle(settings, subword, weights, metrics, graphs, shortlist)
    except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
        raise UserError(
            f"{str(path)!r} is not laid out as a translator ({error}). Train it again."
        ) from error


def _arrays(file: h5py.File, group: str) -> dict[str, NDArray[Any]]:
    """The arrays of a group, by path. Raises `ValueError` for all that is no plain array.

    A file from elsewhere must not lead to other files, nor make a small file fill the memory: no
    links, no compression, nothing twice.
    """
    arrays: dict[str, NDArray[Any]] = {}
    seen: set[Any] = set()

    def visit(parent: h5py.Group, name: str, path: str) -> None:
        if not isinstance(parent.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{path} points elsewhere")
        node = parent[name]
        if node in seen:
            raise ValueError(f"{path} is there twice")
        seen.add(node)
        if isinstance(node, h5py.Group):
            for child in node:
                visit(node, child, f"{path}/{child}")
        elif path == group or not _is_plain(node):
            raise ValueError(f"{path} is no plain array")
        else:
            arrays[path.removeprefix(f"{group}/")] = node[()]

    visit(file, group, group)
    return arrays


def _is_plain(node: Any) -> bool:
    """Whether a node is an array of numbers that is stored whole, in this file, as it is."""
    return (
        isinstance(node, h5py.Dataset)
        and node.shape is not None
        and node.dtype.kind in "fiub"
        and not node.external
        and not node.is_virtual
        and node.chunks is None
        and node.id.get_storage_size() == node.nbytes <= node.file.id.get_filesize()
    )


def write_sealed(path: Path, content: bytes | memoryview) -> None:
    """Write `content` atomically behind a header that seals it. Raises `UserError`."""
    with write_atomically(path) as file:
        file.write(_header(content))
        file.write(content)


def read_sealed(path: Path) -> bytes:
    """The content of a file that `write_sealed` wrote. Raises `UserError` as `load`."""
    with as_user_error(path, "read"), open(path, "rb") as file:
        length, digest = _read_header(path, file)
        size = os.fstat(file.fileno()).st_size - _HEADER_SIZE
        if size < length:
            raise UserError(
                f"{str(path)!r} is cut short: {max(size, 0):,} of {length:,} bytes are there. "
                "Copy it again or train again."
            )
        content = file.read()
    if len(content) != length or hashlib.sha256(content).hexdigest() != digest:
        raise UserError(
            f"{str(path)!r} is damaged: its checksum does not agree. Copy it again or train again."
        )
    return content


def _header(content: bytes | memoryview) -> bytes:
    lines = _MAGIC + (
        f"version {VERSION}\nlength {len(content)}\nsha256 {hashlib.sha256(content).hexdigest()}\n"
    ).encode("ascii")
    lines += b"header " + hashlib.sha256(lines).hexdigest().encode("ascii") + b"\n"
    return lines.ljust(_HEADER_SIZE, b"\0")


def _read_header(path: Path, file: BinaryIO) -> tuple[int, str]:
    """The length and the digest of the content, from a header that agrees with itself."""
    header = file.read(_HEADER_SIZE)
    follows_hdf5 = file.read(len(_HDF5_SIGNATURE)) == _HDF5_SIGNATURE
    file.seek(_HEADER_SIZE)
    is_ours = header.startswith(_MAGIC) or _MAGIC.startswith(header)
    if is_ours and len(header) != _HEADER_SIZE:
        raise UserError(
            f"{str(path)!r} is cut short: only {len(header)} bytes are there. "
            "Copy it again or train again."
        )
    if not is_ours and not follows_hdf5:
        raise UserError(
            f"{str(path)!r} is not a translator of this program. Name a {FILE_NAME} that training "
            "wrote."
        )
    damaged = f"{str(path)!r} is damaged in its header. Copy it again or train again."
    lines = header.rstrip(b"\0").split(b"\n")
    if not header.startswith(_MAGIC) or len(lines) != 6 or lines[5] != b"":
        raise UserError(damaged)
    sealed = b"\n".join(lines[:4]) + b"\n"
    if lines[4] != b"header " + hashlib.sha256(sealed).hexdigest().encode():
        raise UserError(damaged)
    try:
        version = int(lines[1].removeprefix(b"version "))
        length = int(lines[2].removeprefix(b"length "))
        digest = lines[3].removeprefix(b"sha256 ").decode("ascii")
    except ValueError as error:
        raise UserError(damaged) from error
    if version > VERSION:
        raise UserError(
            f"{str(path)!r} has version {version} of the format; this program reads up to version "
            f"{VERSION}. Install a newer version of the program."
        )
    return length, digest


def named_weights(variables: Any) -> dict[str, NDArray[np.float32]]:
    """The values of Keras variables by their paths, each an array of the variable's shape.

    Raises:
        ValueError: If two variables have one path, so that one would be lost.
    """
    named = {variable.path: np.asarray(variable.value) for variable in variables}
    if len(named) != len(variables):
        raise ValueError("two weights of the model have the same path")
    return named


def assign_weights(variables: Any, weights: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Give each variable the array of its path.

    Raises:
        UserError: If an array is missing, is left over, or has another shape.
    """
    expected = {variable.path: variable for variable in variables}
    wrong = set(expected) ^ set(weights) or {
        name for name in expected if tuple(expected[name].shape) != weights[name].shape
    }
    if wrong:
        raise UserError(
            f"{str(path)!r} does not fit its own settings ({len(wrong)} weights differ, "
            f"{min(wrong, default='')!r} among them). Train it again."
        )
    for name, variable in expected.items():
        variable.assign(weights[name])
