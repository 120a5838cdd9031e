"""The backend that Keras runs on: training and the Keras engine need TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.records import read_stored

TENSORFLOW = "tensorflow"


def chosen_backend() -> tuple[str, str]:
    """Return the backend that Keras would load, and what chooses it. Keras is not imported.

    Returns:
        The name of the backend; and `KERAS_BACKEND` if that environment variable is set, else the
        path of Keras's configuration file, or "" if Keras uses its default, TensorFlow.
    """
    name = os.environ.get("KERAS_BACKEND", "")
    if name:
        return name, "KERAS_BACKEND"
    try:
        home = os.environ.get("KERAS_HOME", "")
        path = (Path(home) if home else Path.home() / ".keras") / "keras.json"
        name = read_stored(path)["backend"]
        return str(name), str(path)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return TENSORFLOW, ""  # no such file, or not one that Keras would use


def require_tensorflow_backend() -> None:
    """Check that Keras would run on TensorFlow, before it is imported.

    Raises:
        UserError: If another backend is chosen.
    """
    name, origin = chosen_backend()
    if name == TENSORFLOW:
        return
    message = _("{origin} accepts 'tensorflow'. Received: {name!r}. Set KERAS_BACKEND=tensorflow.")
    raise UserError(message.format(origin=origin, name=name))
