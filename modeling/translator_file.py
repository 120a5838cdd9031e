"""A trained translator on disk: settings, subword models, weights and metrics.

The format is that of `tensor_file`: metadata `settings` and `metrics` (JSON), `malgil_version` and
`quantization`; arrays `subword/SIDE` (a SentencePiece model), `weights/PATH` (a variable of the
model), `scales/PATH` (of quantized weights) and `shortlist/NAME`. The file holds no code. Any tool
for safetensors shows its contents.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import malgil
from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.common.localization import _, ngettext
from malgil.common.locations import COMMAND, find
from malgil.modeling import tensor_file
from malgil.modeling.quantization import dequantize, quantize
from malgil.modeling.stored_metrics import is_short, require_metrics

FILE_NAME = "translator.safetensors"
_EARLIER_FILE_NAME = "translator.h5"
CANDIDATE_NAME = "candidate.safetensors"  # see `modeling.versions`
VERSIONS_NAME = "versions"  # the folder of earlier translators
CHECKPOINT_NAME = "checkpoint.safetensors"  # of a training, in the same folder


@dataclass
class Bundle:
    """The parts of a trained translator.

    Attributes:
        settings: Sections of plain values, as `Settings.to_dict` returns them.
        subword: The SentencePiece model of each side, `source` and `target`.
        weights: An array for each variable, by its path within the model.
        metrics: Measurements of the training, as JSON values; see `TrainingRecord.to_metrics`.
        shortlist: The arrays of a `Shortlist`, by their names; empty if none was learned.
        program_version: The version of Malgil that trained it; "" if it is unknown.
        quantization: How the weights are stored; see `quantization.quantize`.
    """

    settings: dict[str, dict[str, Any]]
    subword: dict[str, bytes]
    weights: dict[str, NDArray[Any]]
    metrics: dict[str, Any] = field(default_factory=dict)
    shortlist: dict[str, NDArray[Any]] = field(default_factory=dict)
    program_version: str = malgil.__version__
    quantization: str = "none"


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
                "{path!r} was written by an earlier version of Malgil. Train the translator "
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


def refuse_checkpoint(path: Path, bundle: Bundle) -> None:
    """Refuse the checkpoint of a training, whose file has the same format.

    Raises:
        UserError: If the bundle is a checkpoint.
    """
    if "state" in bundle.metrics:
        raise UserError(
            _(
                "{path!r} is the checkpoint of a training, not a translator. Name the file "
                "{name} of that training."
            ).format(path=str(path), name=FILE_NAME)
        )


def name_of(path: Path) -> str:
    """Return the name of a translator: the name of its folder, then that of a file of its own.

    `model/ko-en/translator.safetensors` is `ko-en`; `model/ko-en/versions/X.safetensors` is
    `ko-en/X`.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 -- a link keeps its own name
    if folder.name == VERSIONS_NAME:
        folder = folder.parent
    return folder.name if path.name == FILE_NAME else f"{folder.name}/{path.stem}"


def save(path: Path, bundle: Bundle) -> None:
    """Write a bundle atomically: `path` holds the old file or the new one, never a part of one.

    Args:
        path: The file to write.
        bundle: The translator.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    weights, scales = quantize(bundle.weights, bundle.quantization)
    arrays = {f"weights/{name}": array for name, array in weights.items()}
    arrays |= {f"scales/{name}": array for name, array in scales.items()}
    arrays |= {f"shortlist/{name}": array for name, array in bundle.shortlist.items()}
    arrays |= {
        f"subword/{name}": np.frombuffer(model, np.uint8) for name, model in bundle.subword.items()
    }
    # JSON in ASCII, as a file name in the settings may not be valid UTF-8.
    metadata = {name: json.dumps(getattr(bundle, name)) for name in ("settings", "metrics")}
    metadata["malgil_version"] = bundle.program_version
    metadata["quantization"] = bundle.quantization
    tensor_file.write(path, metadata, arrays)


def load(path: Path) -> Bundle:
    """Read a bundle and verify its checksum.

    Args:
        path: The file.

    Returns:
        The parts of the translator. Nothing in the file is executed.

    Raises:
        UserError: If the file is missing, is not a translator, has a newer format, is truncated,
            has a changed byte, or has another structure; each with its own message.
    """
    metadata, arrays = tensor_file.read(path)
    with tensor_file.layout_errors(path):
        settings, metrics = _settings(metadata), _metrics(metadata)
        quantization = metadata.get("quantization", "none")
        groups: dict[str, dict[str, NDArray[Any]]]
        groups = {"weights": {}, "scales": {}, "subword": {}, "shortlist": {}}
        for name, array in arrays.items():
            group, _separator, within = name.partition("/")
            groups[group][within] = array
        subword = {name: array.tobytes() for name, array in groups["subword"].items()}
        return Bundle(
            settings,
            subword,
            dequantize(groups["weights"], groups["scales"], quantization),
            metrics,
            groups["shortlist"],
            _version(metadata),
            quantization,
        )


def load_metrics(path: Path) -> dict[str, Any]:
    """Read the metrics only, which is fast: no arrays are read and no checksum is computed.

    Raises:
        UserError: As `load`.
    """
    metadata = tensor_file.read_metadata(path)
    with tensor_file.layout_errors(path):
        return _metrics(metadata)


def load_settings(path: Path) -> tuple[dict[str, Any], str]:
    """Read only the settings, and the version of Malgil that trained the translator.

    Returns:
        The sections, as `Settings.to_dict` gives them; and the version, "" if it is unknown.

    Raises:
        UserError: As `load`.
    """
    metadata = tensor_file.read_metadata(path)
    with tensor_file.layout_errors(path):
        return _settings(metadata), _version(metadata)


def _settings(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the sections of the settings, with those that an earlier version did not have."""
    settings = _table(metadata["settings"])
    if not all(isinstance(section, dict) for section in settings.values()):
        raise ValueError(_("the settings are not tables"))
    # A translator whose file has no such setting was trained with the spaces of its sources.
    settings.get("preprocessing", {}).setdefault("ignore_spaces", False)
    return settings


def _metrics(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the metrics, which have the types that their readers expect."""
    metrics = _table(metadata["metrics"])
    require_metrics(metrics)
    return metrics


def _version(metadata: Mapping[str, str]) -> str:
    """Return the version of the program; "" if it is unknown."""
    version = metadata.get("malgil_version", "")
    if not is_short(version):
        raise ValueError(_("the version of the program is wrong"))
    return version


def _table(text: str) -> dict[str, Any]:
    table = json.loads(text)
    if not isinstance(table, dict):
        raise ValueError(_("the settings or the metrics are not a table"))
    return table


def named_weights(variables: Any) -> dict[str, NDArray[np.float32]]:
    """Return the values of Keras variables by their paths.

    Raises:
        ValueError: If two variables have the same path.
    """
    named = {variable.path: np.asarray(variable.value) for variable in variables}
    if len(named) != len(variables):
        raise ValueError("two weights of the model have the same path")
    return named


def assign_weights(variables: Any, weights: Mapping[str, NDArray[Any]]) -> None:
    """Assign to each variable the array of its path.

    Raises:
        ValueError: If an array is missing, unexpected, or of another shape.
    """
    expected = {variable.path: variable for variable in variables}
    require_shapes(weights, {name: tuple(one.shape) for name, one in expected.items()})
    for name, variable in expected.items():
        variable.assign(weights[name])


def require_shapes(
    weights: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Check that the weights have the names and shapes that a model expects.

    Args:
        weights: An array for each name.
        shapes: The expected shapes.

    Raises:
        ValueError: If an array is missing, unexpected, or of another shape.
    """
    wrong = set(shapes) ^ set(weights) or {
        name for name, shape in shapes.items() if weights[name].shape != shape
    }
    if wrong:
        message = ngettext(
            "{count} weight differs: {name!r}",
            "{count} weights differ, for example {name!r}",
            len(wrong),
        )
        raise ValueError(message.format(count=len(wrong), name=min(wrong)))
