"""The metrics in the file of a translator, as far as the program reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from malgil.common.localization import _

# The types that the readers of each entry expect. Other entries are not read.
_TYPES = {
    "training": dict,
    "training_id": str,
    "trained_at": str,
    "validation": dict,
}
_MAX_LENGTH = 100  # of a text, such as a checksum


def require_metrics(metrics: Mapping[str, Any]) -> None:
    """Check that metrics have the types that their readers expect.

    Args:
        metrics: JSON values; see `TrainingRecord.to_metrics`. Each may be missing. The state of a
            checkpoint is checked by its own reader.

    Raises:
        ValueError: If one has another type, or a text is long or would not be shown as it is.
    """
    for name, kind in _TYPES.items():
        value = metrics.get(name, kind())
        if not isinstance(value, kind) or (isinstance(value, str) and not is_short(value)):
            raise ValueError(_message(name))
    if not all(map(is_number, metrics.get("training", {}).values())):
        raise ValueError(_message("training"))
    validation = metrics.get("validation", {})
    fingerprint, characters = validation.get("fingerprint", ""), validation.get("characters", 0)
    if not (isinstance(fingerprint, str) and is_short(fingerprint) and is_number(characters)):
        raise ValueError(_message("validation"))


def is_short(text: str) -> bool:
    """Return whether a text has at most 100 characters, none of which steers a terminal."""
    return len(text) <= _MAX_LENGTH and text.isprintable()


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number that a float can hold."""
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**63)


def _message(name: str) -> str:
    return _("{name} in the metrics has another type").format(name=name)
