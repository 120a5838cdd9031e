"""The optimizer: Adam with clipped gradients."""

from __future__ import annotations

import keras


def make_optimizer(learning_rate: float, clip_norm: float) -> keras.optimizers.Optimizer:
    """Adam (Kingma and Ba 2015, algorithm 1, in the order of its section 2's last paragraph) over
    gradients scaled down to a global norm (Pascanu et al. 2013, algorithm 1).

    Args:
        learning_rate: α.
        clip_norm: The largest norm of all gradients together.

    Returns:
        On TensorFlow an Adam that updates each variable in one pass, elsewhere Keras's.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.optimizers.Adam(learning_rate, global_clipnorm=clip_norm)
    from modeling.fused_adam import FusedAdam  # needs TensorFlow

    return FusedAdam(learning_rate, clip_norm)
