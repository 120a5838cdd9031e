"""What a translator's model is: its engines, and what tells it from another."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.trained_model import ModelEnsemble, TrainedModel
from malgil.modeling.translator import Translator
from malgil.modeling.translator_file import Bundle
from malgil.settings import DecodingOptions


@pytest.fixture
def stored(translator_folder: Path) -> Bundle:
    return translator_file.load(translator_folder / translator_file.FILE_NAME)


@pytest.fixture
def model(translator: Translator, stored: Bundle) -> TrainedModel:
    return another(translator, stored)


def another(translator: Translator, stored: Bundle) -> TrainedModel:
    pipeline = translator.pipeline
    sizes = len(pipeline.source.subword), len(pipeline.target.subword)
    return TrainedModel(translator.settings.model, *sizes, stored, Path("x.safetensors"))


def test_engines_are_made_once(model: TrainedModel) -> None:
    first = model.engine(DecodingOptions())
    assert model.engine(DecodingOptions(beam_size=1, n_best=3)) is first
    for other in ({"threads": 1}, {"shortlist": 8}, {"engine": "keras"}):
        assert model.engine(DecodingOptions(**other)) is not first
    assert model.engine(DecodingOptions()) is first
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: model.engine(DecodingOptions(threads=2)), range(4)))
    assert len(set(map(id, engines))) == 1


def test_translators_share_their_model(translator: Translator) -> None:
    wide = translator.with_inference(dataclasses.replace(translator.settings.inference, n_best=3))
    assert wide.model is translator.model and wide.engine is translator.engine


def test_parameters_and_fingerprint(
    model: TrainedModel, translator: Translator, stored: Bundle
) -> None:
    assert model.parameters == sum(array.size for array in stored.weights.values())
    assert model.fingerprint == translator.fingerprint
    name = min(stored.weights)
    stored.weights[name] = np.nextafter(stored.weights[name], np.float32(9))
    assert another(translator, stored).fingerprint != translator.fingerprint


def test_without_a_shortlist(translator: Translator, stored: Bundle) -> None:
    stored.shortlist = {}
    model = another(translator, stored)
    model.engine(DecodingOptions())
    with pytest.raises(UserError, match=r"'x.safetensors' has no shortlist.*Received: 5"):
        model.engine(DecodingOptions(shortlist=5))


@pytest.mark.parametrize("engine", ["onnx", "keras"])
def test_weights_that_do_not_fit(translator: Translator, stored: Bundle, engine: str) -> None:
    name = "seq2seq/decoder/projection/bias"
    stored.weights[name] = stored.weights[name][:-1]
    with pytest.raises(UserError, match=f"'x.safetensors' does not fit .*differs: '{name}'"):
        another(translator, stored).engine(DecodingOptions(engine=engine))


def test_fingerprint_of_an_ensemble(model: TrainedModel) -> None:
    one, two = (ModelEnsemble([model] * count).fingerprint for count in (1, 2))
    assert one != two != model.fingerprint != one
