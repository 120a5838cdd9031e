"""Bundles of translators that are valid but were not trained, for tests of files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from malgil.modeling.inference.graphs.inference_graphs import build_graphs
from malgil.modeling.inference.graphs.weights import stored_shapes
from malgil.modeling.translator_file import Bundle
from malgil.preprocessing.pipeline import required_marks
from malgil.preprocessing.text.subword import EOS, Subword
from malgil.settings import from_dict

KOREAN = "고양이가 웃습니다 강아지가 집에서 잡니다 아이가 산에서 노래합니다 제 친구가 책을 읽습니다"
ENGLISH = "The cat laughs The puppy sleeps at home My friend reads books on a mountain"


def make_bundle(
    sections: Mapping[str, Mapping[str, Any]] | None = None,
    metrics: dict[str, Any] | None = None,
) -> Bundle:
    """Return a bundle with random weights, real vocabularies and a shortlist.

    Args:
        sections: Settings that differ from the defaults.
        metrics: The metrics; None for those of a training.
    """
    random = np.random.default_rng(7)
    small = {"units": 16, "embedding_size": 12, "heads": 2, "feed_forward_units": 24}
    given = {name: dict(values) for name, values in (sections or {}).items()}
    given["model"] = small | given.get("model", {})
    given["preprocessing"] = {"vocabulary_size": 100} | given.get("preprocessing", {})
    settings = from_dict(given)
    marks = required_marks(settings.preprocessing)
    source, target = (
        Subword.train(Counter("▁" + word for word in text.split()), "bpe", size, marks)
        for text, size in ((KOREAN, 100), (ENGLISH, 90))
    )
    graphs = build_graphs(settings.model, len(source), len(target))
    shapes = stored_shapes({**graphs.encoder.weights, **graphs.step.weights})
    shortlist = {
        "common": np.arange(EOS + 4, dtype=np.int32),
        "likely": random.integers(-1, len(target), (len(source), 8)).astype(np.int32),
    }
    if metrics is None:
        metrics = {
            "training": {"epoch": 2.0, "val_loss": 1.5, "val_loss_per_character": 0.4},
            "training_id": "d0fd14086b5634d8",
            "trained_at": "2026-11-30T19:05:12Z",
            "validation": {"fingerprint": "6cf53d14", "characters": 289},
        }
    return Bundle(
        settings.to_dict(),
        {"source": source.model, "target": target.model},
        {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()},
        metrics,
        shortlist,
    )
