"""Run by test_devices.py in a process of its own: a processor split into two devices.

    python two_devices.py FOLDER DEVICES EPOCHS DROPOUT [--resume]

Trains on so many devices, one number or several with commas, and prints what each saw as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import tensorflow as tf

processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
)

from malgil.modeling import translator_file
from malgil.modeling.training.run import train
from malgil.settings import from_dict


def losses_and_weights(
    folder: Path, devices: int, epochs: int, dropout: str, resume: bool
) -> dict[str, object]:
    """Train with so many devices. Returns the losses of each epoch, and the weights."""
    settings = from_dict(
        {
            "translator": {"directory": str(folder), "name": f"on-{devices}"},
            "data": {
                "train": str(folder / "train.tsv"),
                "valid": str(folder / "valid.tsv"),
                "cache": str(folder / "cache"),
            },
            "preprocessing": {"source_tokenizer": "none", "vocabulary_size": "60"},
            "model": {"embedding_size": "12", "units": "16", "dropout": dropout},
            # So that some batches have one sentence, and some gradients are clipped.
            "training": {
                "batch_tokens": "40",
                "clip_norm": "0.3",
                "epochs": str(epochs),
                "devices": str(devices),
                "max_minutes": "0",
            },
        }
    )
    result = train(settings, resume=resume)
    stored = translator_file.load(result.folder / "checkpoint.safetensors")
    return {
        "losses": [[row["loss"], row["val_loss"]] for row in result.state.history],
        "weights": {name: values.ravel().tolist() for name, values in stored.weights.items()},
    }


if __name__ == "__main__":
    folder, devices, epochs, dropout, *more = sys.argv[1:]
    found = {
        number: losses_and_weights(
            Path(folder), int(number), int(epochs), dropout, "--resume" in more
        )
        for number in devices.split(",")
    }
    print(json.dumps(found))
