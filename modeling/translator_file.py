"""One trained translator on disk: settings, subword models, weights, and what was measured.

The file is one of `tensor_file`: metadata `settings` and `metrics` (JSON), arrays `subword/SIDE` (a
SentencePiece model), `weights/PATH` (a variable of the model), `shortlist/NAME`. Nothing in it is
code. Any tool for safetensors shows what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _
from malgil.common.locations import COMMAND, find
from malgil.modeling import tensor_file

FILE_NAME = "translator.safetensors"
_EARLIER_FILE_NAME = "translator.h5"
CHECKPOINT_NAME = "checkpoint.safetensors"  # of an unfinished training, in the same folder


@dataclass
class Bundle:
    """What a trained translator consists of.

    Attributes:
        settings: Sections of plain values, as `Settings.to_dict` gives them.
        subword: The SentencePiece model of each side, `source` and `target`.
        weights: An array for each variable, by its path within the model.
        metrics: What was measured in training: plain values.
        shortlist: The arrays of a `Shortlist`, by their names; empty where none was learned.
    """

    settings: dict[str, dict[str, Any]]
    subword: dict[str, bytes]
    weights: dict[str, NDArray[Any]]
    metrics: dict[str, Any] = field(default_factory=dict)
    shortlist: dict[str, NDArray[Any]] = field(default_factory=dict)


def find_path(location: str | Path) -> Path | None:
    """Return the file of a translator; None if there is none.

    Args:
        location: The file or its folder, as seen from the current folder, else from the workspace
            (`common.locations`).

    Raises:
        UserError: If an earlier version of the program wrote the file, or a folder may not be read.
    """
    path = find(location)
    with as_user_error(path, "read"):
        if not path.is_file():
            path = find(Path(location) / FILE_NAME)
        earlier = path.with_name(_EARLIER_FILE_NAME)
        is_there, is_earlier = path.is_file(), path.suffix == earlier.suffix
        if not is_there and earlier.is_file():
            path, is_earlier = earlier, True
    if is_earlier:
        raise UserError(
            _(
                "{path!r} was written by an earlier version of this program. Train the translator "
                "again: {command} --mode train"
            ).format(path=str(path), command=COMMAND)
        )
    return path if is_there else None


def require_path(location: str | Path) -> Path:
    """Return the file of a translator; see `find_path`.

    Raises:
        UserError: If there is none, and as `find_path`.
    """
    path = find_path(location)
    if path is None:
        raise UserError(
            _(
                "there is no translator at {path!r}. Name the folder or the file of a translator, "
                "or train one: {command} --mode train"
            ).format(path=str(location), command=COMMAND)
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
    arrays = {f"weights/{name}": array for name, array in bundle.weights.items()}
    arrays |= {f"shortlist/{name}": array for name, array in bundle.shortlist.items()}
    arrays |= {
        f"subword/{name}": np.frombuffer(model, np.uint8) for name, model in bundle.subword.items()
    }
    # In ASCII: a file's name may hold what UTF-8 cannot.
    metadata = {name: json.dumps(getattr(bundle, name)) for name in ("settings", "metrics")}
    tensor_file.write(path, metadata, arrays)


def load(path: Path) -> Bundle:
    """Read a bundle, after its checksum.

    Args:
        path: The file.

    Returns:
        The translator's parts. Nothing from the file is run.

    Raises:
        UserError: If the file is missing, no translator, of another version, cut short, changed
            in any byte, or not laid out as a translator; each in its own words.
    """
    metadata, arrays = tensor_file.read(path)
    with tensor_file.layout_errors(path):
        settings, metrics = (_table(metadata[name]) for name in ("settings", "metrics"))
        if not all(isinstance(section, dict) for section in settings.values()):
            raise ValueError("settings are no tables")
        groups: dict[str, dict[str, NDArray[Any]]] = {"weights": {}, "subword": {}, "shortlist": {}}
        for name, array in arrays.items():
            group, _, within = name.partition("/")
            groups[group][within] = array
        subword = {name: array.tobytes() for name, array in groups["subword"].items()}
        return Bundle(settings, subword, groups["weights"], metrics, groups["shortlist"])


def load_metrics(path: Path) -> dict[str, Any]:
    """Read the metrics alone, without what takes time: the arrays and the checksum.

    Raises:
        UserError: As `load`.
    """
    metadata = tensor_file.read_metadata(path)
    with tensor_file.layout_errors(path):
        return _table(metadata["metrics"])


def load_settings(path: Path) -> tuple[dict[str, Any], str]:
    """Read only the settings, and the version of Malgil that trained the translator.

    Returns:
        The sections, as `Settings.to_dict` gives them; and the version, "" if it is unknown.

    Raises:
        UserError: As `load`.
    """
    metadata = tensor_file.read_metadata(path)
    with tensor_file.layout_errors(path):
        return _table(metadata["settings"]), metadata.get("malgil_version", "")


def _table(text: str) -> dict[str, Any]:
    table = json.loads(text)
    if not isinstance(table, dict):
        raise ValueError("settings or metrics are no tables")
    return table


def named_weights(variables: Any) -> dict[str, NDArray[np.float32]]:
    """Return the values of Keras variables by their paths.

    Raises:
        ValueError: If two variables have one path, so that one would be lost.
    """
    named = {variable.path: np.asarray(variable.value) for variable in variables}
    if len(named) != len(variables):
        raise ValueError("two weights of the model have the same path")
    return named


def assign_weights(variables: Any, weights: Mapping[str, NDArray[Any]]) -> None:
    """Give each variable the array of its path.

    Raises:
        ValueError: If an array is missing, is left over, or has another shape.
    """
    expected = {variable.path: variable for variable in variables}
    require_shapes(weights, {name: tuple(one.shape) for name, one in expected.items()})
    for name, variable in expected.items():
        variable.assign(weights[name])


def require_shapes(
    weights: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Check that the weights are those of a model.

    Args:
        weights: An array for each name.
        shapes: The shape that each must have.

    Raises:
        ValueError: If an array is missing, is left over, or has another shape.
    """
    wrong = set(shapes) ^ set(weights) or {
        name for name, shape in shapes.items() if weights[name].shape != shape
    }
    if wrong:
        raise ValueError(f"{len(wrong)} weights differ, {min(wrong)!r} among them")
