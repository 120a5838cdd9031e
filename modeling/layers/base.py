"""A model that is built by its first call."""

from __future__ import annotations

from typing import Any

import keras


class LazyModel(keras.Model):
    """A model whose layers are built where its first call comes to them.

    Keras would first trace that call with symbols to have them built: for a model within a model
    twice, which takes seconds with loops.
    """

    def build(self, _: Any) -> None:
        """Nothing is left to build; a method of this name keeps Keras from tracing."""
