"""The base of layers and models: the type of a tensor, and a model built by its first call."""

from __future__ import annotations

from typing import Any, TypeAlias

import keras

# A tensor of the current Keras backend, or a NumPy array: Keras has no type for these. A scalar may
# be a Python number.
Tensor: TypeAlias = Any


class LazyModel(keras.Model):
    """A model whose layers are built when its first call reaches them.

    Keras would trace that call with symbolic tensors to build the layers, twice for a model within
    a model. With loops this takes seconds.
    """

    def build(self, _: Any) -> None:
        """Do nothing; without this method Keras would trace `call` to build the layers."""
