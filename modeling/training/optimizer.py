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
    from malgil.modeling.training.fused_adam import FusedAdam  # needs TensorFlow

    return FusedAdam(learning_rate, clip_norm)


def warm_up(step: int, warmup_steps: int) -> float:
    """The share of the learning rate that a step takes: it rises in a line to 1 at `warmup_steps`,
    and falls with 1 / √step from there (Vaswani et al. 2017, eq. 3, whose peak is
    (units · warmup_steps)^-0.5).

    Args:
        step: Counted from 1.
        warmup_steps: 0 for no warm-up; the share is 1 then.
    """
    return min(step / warmup_steps, (warmup_steps / step) ** 0.5) if warmup_steps else 1.0
