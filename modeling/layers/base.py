"""The base of layers and models: the type of a tensor, and a model built by its first call."""

from __future__ import annotations

from typing import Any, TypeAlias

import keras

# A tensor of the Keras backend in use, or a NumPy array: Keras has no type for them. A scalar may
# be a Python number.
Tensor: TypeAlias = Any


class LazyModel(keras.Model):
    """A model whose layers are built when its first call reaches them.

    Keras would first trace that call with symbolic tensors to build them: twice for a model within
    a model, which takes seconds where there are loops.
    """

    def build(self, _: Any) -> None:
        """Do nothing, as nothing is left to build; without this method Keras would trace `call`."""
