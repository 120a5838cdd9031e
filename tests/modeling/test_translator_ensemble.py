"""Translators that translate together, and what cannot."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.trained_model import ModelEnsemble, TrainedModel
from malgil.modeling.training.run import train
from malgil.modeling.translator import Translator
from malgil.modeling.translator_ensemble import combine, load_ensemble
from malgil.modeling.translator_file import FILE_NAME, Bundle
from malgil.preprocessing.pipeline import TextPipeline
from malgil.settings import ModelSettings, Settings, from_dict
from tests.conftest import learn_pipeline

Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def texts(tiny_pairs: Pairs) -> list[str]:
    return [source for source, _ in tiny_pairs[::7]]


@pytest.fixture(scope="module")
def other_folder(
    tiny_settings: Callable[..., Settings],
    translator_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make another model with the same text path, which has learned almost nothing."""
    stored = from_dict(translator_file.load(translator_folder / FILE_NAME).settings)
    settings = tiny_settings(
        tmp_path_factory.mktemp("other"),
        "data.train=" + ", ".join(stored.data.train),
        "cleaning.drop_duplicates=no",
        "cleaning.drop_overlap=no",
        f"data.valid={stored.data.valid[0]}",
        "model.architecture=transformer",
        "model.units=16",
        "training.epochs=1",
        "inference.beam_size=3",
    )
    return train(settings).folder


def test_twice_the_same_is_that_one(
    translator: Translator, translator_folder: Path, texts: list[str]
) -> None:
    both = load_ensemble([translator_folder] * 2)
    alone, together = translator.translate(texts), both.translate(texts)
    assert [one.text for one in together] == [one.text for one in alone]
    for a, b in zip(alone, together, strict=True):
        assert b.score == pytest.approx(a.score, abs=1e-4)
        assert a.attention is not None and b.attention is not None
        np.testing.assert_allclose(b.attention, a.attention, atol=1e-4)
    assert both.parameters == 2 * translator.parameters
    assert both.fingerprint != translator.fingerprint


def test_each_is_heard(
    translator: Translator, translator_folder: Path, other_folder: Path, texts: list[str]
) -> None:
    """The scores are the renormalized geometric mean of what the members think."""
    both = load_ensemble([translator_folder, other_folder])
    other = Translator.load(other_folder)
    pairs = [(text, translator.translate([text])[0].text) for text in texts[:3]]
    scored = [each.score(pairs) for each in (both, translator, other)]
    for together, one, two in zip(*scored, strict=True):
        mean = np.mean([one.token_scores, two.token_scores], axis=0)
        # The sum of the mean's probabilities is at most 1, so each can only become likelier.
        assert np.all(np.array(together.token_scores) >= mean - 1e-5)
        assert together.token_scores != pytest.approx(one.token_scores, abs=1e-3)
    assert both.attention_heads(both.translate(texts[:1])[0])[0][0] == "attention"


def test_other_settings_hold_for_all(translator_folder: Path, texts: list[str]) -> None:
    both = load_ensemble([translator_folder] * 2)
    wanted = dataclasses.replace(both.settings.inference, n_best=3)
    [found] = both.with_inference(wanted).translate(texts[:1])
    assert len(found.alternatives) == 2
    with pytest.raises(UserError, match="shortlist accepts only 0"):
        both.with_inference(dataclasses.replace(wanted, shortlist=8))


def test_has_a_window_if_all_have_one() -> None:
    """Else what has no weight in the mean need not lie outside of any."""

    def member(window: str) -> TrainedModel:
        settings = ModelSettings(attention_window=window)
        return TrainedModel(settings, 7, 9, Bundle({}, {}, {}), Path("x"))

    assert ModelEnsemble([member("monotonic"), member("predictive")]).has_window
    assert not ModelEnsemble([member("monotonic"), member("global")]).has_window


def test_ensembles_can_be_combined(translator: Translator, texts: list[str]) -> None:
    """Each model counts once, however they were put together."""
    three = combine([combine([translator, translator]), translator])
    assert three.parameters == 3 * translator.parameters
    assert three.name == "tiny + tiny + tiny"
    [found] = three.translate(texts[:1])
    assert found.text == translator.translate(texts[:1])[0].text


class TestRefusals:
    def changed(self, translator: Translator, **changes: object) -> Translator:
        """Make the same translator under another name, with another text path."""
        settings = translator.settings
        pipeline = changes.get("pipeline", translator.pipeline)
        assert isinstance(pipeline, TextPipeline)
        if "target_language" in changes:
            data = dataclasses.replace(settings.data, target_language="de")
            settings = dataclasses.replace(settings, data=data)
        if "lowercase" in changes:
            text = dataclasses.replace(settings.preprocessing, lowercase=True)
            settings = dataclasses.replace(settings, preprocessing=text)
        return Translator("b", pipeline, settings, translator.model)

    def test_other_languages(self, translator: Translator) -> None:
        other = self.changed(translator, target_language="de")
        with pytest.raises(UserError, match=r"tiny and b .* target languages differ \(en, de\)"):
            combine([translator, other])

    def test_other_settings_of_the_text(self, translator: Translator) -> None:
        other = self.changed(translator, lowercase=True)
        with pytest.raises(UserError, match=r"their \[preprocessing\] settings differ"):
            combine([translator, other])

    def test_other_vocabularies(self, translator: Translator, tiny_pairs: Pairs) -> None:
        pipeline = learn_pipeline(tiny_pairs[:30], translator.settings.preprocessing)
        with pytest.raises(UserError, match="vocabularies differ. Train both"):
            combine([translator, self.changed(translator, pipeline=pipeline)])


class TestCommandLine:
    def test_several(
        self, run_app: Callable[..., tuple[int, str, str]], translator_folder: Path, tmp_path: Path
    ) -> None:
        shutil.copy(translator_folder / FILE_NAME, tmp_path)
        for names in ("tiny", f"tiny,{tmp_path}", f"{translator_folder}, {tmp_path / FILE_NAME}"):
            status, out, _ = run_app("--mode", "predict", "--model", names, "고양이가 잡니다.")
            assert (status, out) == (0, "The cat sleeps.\n")

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ("no", "there is no translator"),
            ("tiny,,tiny", "joined by commas. Received: 'tiny,,tiny'"),
            ("tiny,tiny", "accepts each translator once"),
            ("", "joined by commas. Received: ''"),
        ],
    )
    def test_mistakes(
        self, run_app: Callable[..., tuple[int, str, str]], names: str, message: str
    ) -> None:
        status, out, err = run_app("--mode", "predict", "--model", names, "고양이가 잡니다.")
        assert (status, out) == (2, "") and message in err and err.count("\n") == 1
