"""Validation of a translator's file: all that it holds, before anything is built from it.

A file may come from someone else, and its checksum proves only that it was not damaged on the way.
So nothing in it is believed: settings are in their ranges and name no files, shapes are compared
with those that follow from the settings, and numbers are finite and within their vocabularies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.modeling import translator_file
from malgil.modeling.inference.graphs.inference_graphs import InferenceGraphs, build_graphs
from malgil.modeling.inference.graphs.weights import stored_shapes
from malgil.modeling.tensor_file import shown
from malgil.modeling.translator_file import Bundle, require_shapes
from malgil.preprocessing.pipeline import required_marks
from malgil.preprocessing.text.subword import EOS, Subword
from malgil.settings import DecodingOptions, Settings, from_dict

# A weight has about 0.1. Numbers whose squares have a larger mean would overflow in the model.
_MAX_MEAN_SQUARE = 1e8
_NO_TOKEN = -1  # pads the rows of a shortlist
# Limits of a search that a file asks for; the user's own settings may ask for more. The defaults
# are 5 · 120 and 32 · 5.
_MAX_TOKENS_OF_BEAM = 32_768
_MAX_ROWS_OF_BATCH = 16_384


class ValidBundle(NamedTuple):
    """The contents of a valid file, and what the validation has built from them.

    Attributes:
        bundle: The contents.
        settings: The settings of the training; those that name files have their defaults.
        subwords: The subwords of both sides, source first.
        graphs: The inference models.
    """

    bundle: Bundle
    settings: Settings
    subwords: tuple[Subword, Subword]
    graphs: InferenceGraphs


def load_valid(path: Path) -> ValidBundle:
    """Read the file of a translator and validate it.

    Args:
        path: The file.

    Raises:
        UserError: As `translator_file.load`; if the file is a checkpoint; or if a part of it is
            missing, out of range, or does not fit the others.
    """
    bundle = translator_file.load(path)
    translator_file.refuse_checkpoint(path, bundle)
    try:
        settings = from_dict(bundle.settings).without_paths()
        subwords = Subword(bundle.subword["source"]), Subword(bundle.subword["target"])
    except KeyError as error:
        message = _("{path!r} does not contain {name}. Train it again.")
        raise UserError(message.format(path=str(path), name=error)) from error
    except (UserError, RecursionError) as error:
        message = _("{path!r} cannot be used: {reason}")
        raise UserError(message.format(path=str(path), reason=shown(error))) from error
    sizes = len(subwords[0]), len(subwords[1])
    try:
        marks = required_marks(settings.preprocessing)
        if not all(mark in subword.marks for mark in marks for subword in subwords):
            raise ValueError(_("a vocabulary lacks marks"))
        graphs = build_graphs(settings.model, *sizes)
        _check_weights(bundle.weights, graphs)
        if bundle.shortlist:
            _check_shortlist(bundle.shortlist, *sizes)
    except ValueError as error:
        message = _("{path!r} does not fit its own settings ({error}). Train it again.")
        raise UserError(message.format(path=str(path), error=shown(error))) from error
    return ValidBundle(bundle, settings, subwords, graphs)


def require_modest_search(path: Path, inference: DecodingOptions) -> None:
    """Check that the search that a file asks for neither exhausts the memory nor takes hours.

    Args:
        path: The file, for the message.
        inference: Its own `[inference]`.

    Raises:
        UserError: If it asks for more.
    """
    beam = max(inference.beam_size, inference.n_best)
    if beam * inference.max_length <= _MAX_TOKENS_OF_BEAM and (
        beam * inference.batch_size <= _MAX_ROWS_OF_BATCH
    ):
        return
    message = _(
        "the settings in {path!r} ask for a search that needs much memory (beam_size {beam}, "
        "max_length {length}, batch_size {batch}). Pass your own settings of [inference]."
    )
    values = {"beam": beam, "length": inference.max_length, "batch": inference.batch_size}
    raise UserError(message.format(path=str(path), **values))


def _check_weights(weights: Mapping[str, NDArray[Any]], graphs: InferenceGraphs) -> None:
    """Check the names, shapes, types and values of the weights."""
    require_shapes(weights, stored_shapes({**graphs.encoder.weights, **graphs.step.weights}))
    for name, array in weights.items():
        if array.dtype != np.float32:
            message = _("the weight {name!r} has the type {type}")
            raise ValueError(message.format(name=name, type=array.dtype))
        flat = array.reshape(-1)
        # One pass at the speed of the memory. A sum of squares with nan or infinity is not finite.
        with np.errstate(all="ignore"):
            is_small = bool(np.dot(flat, flat) <= _MAX_MEAN_SQUARE * array.size)
        if not is_small:
            message = _("the weight {name!r} has a number that is not finite or too large")
            raise ValueError(message.format(name=name))


def _check_shortlist(
    shortlist: Mapping[str, NDArray[Any]], source_size: int, target_size: int
) -> None:
    """Check the names, shapes, types and ids of a shortlist."""
    common, likely = (shortlist.get(name) for name in ("common", "likely"))
    if common is None or likely is None or len(shortlist) != 2:
        raise ValueError(_("the shortlist has other parts"))
    if (
        common.ndim != 1
        or not common.size
        or likely.ndim != 2
        or len(likely) != source_size
        or not common.dtype == likely.dtype == np.int32
    ):
        raise ValueError(_("the shortlist has another shape or type"))
    is_sorted = bool(np.all(common[:-1] < common[1:]))
    if not (is_sorted and common[0] >= 0 and common[-1] < target_size and EOS in common):
        raise ValueError(_("the shortlist has wrong common tokens"))
    if likely.size and not _NO_TOKEN <= likely.min() <= likely.max() < target_size:
        raise ValueError(_("the shortlist has a token that is not in the vocabulary"))
