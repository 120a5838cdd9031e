"""The models build and train on JAX as well, with the losses that TensorFlow gives."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from malgil.common.locations import ROOT
from tests.modeling import three_steps

needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed: pip install jax"
)


def draw_weights() -> dict[str, np.ndarray]:
    """Return random weights for every system, as `three_steps.main` takes them."""
    random = np.random.default_rng(5)
    return {
        f"{system}/{i}": random.normal(scale=0.4, size=variable.shape).astype("float32")
        for system in three_steps.SYSTEMS
        for i, variable in enumerate(three_steps.make(system).trainable_variables)
    }


def test_three_steps_lower_the_loss() -> None:
    """On the backend of this process: what the other one is compared with is a training."""
    for losses in three_steps.main(draw_weights()).values():
        assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0] - 0.01


@needs_jax
@pytest.mark.slow  # JAX compiles each model
def test_losses_are_those_of_tensorflow(tmp_path: Path) -> None:
    weights = draw_weights()
    np.savez(tmp_path / "weights.npz", **weights)
    command = [sys.executable, "-m", "tests.modeling.three_steps", str(tmp_path / "weights.npz")]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found, expected = json.loads(ran.stdout), three_steps.main(weights)
    for system, losses in expected.items():
        np.testing.assert_allclose(found[system], losses, atol=1e-4, err_msg=system)
