"""Files that are sealed correctly but do not hold a translator of this program."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import tensor_file, translator_file
from malgil.modeling.bundle_validation import load_valid
from malgil.modeling.inference.graphs import inference_graphs
from malgil.modeling.translator import Translator
from malgil.modeling.translator_file import Bundle
from malgil.settings import DecodingOptions, Settings
from tests.bundles import make_bundle

KERNEL = "seq2seq/decoder/attentional/kernel"
SENTENCE = "고양이가 웃습니다."


@pytest.fixture
def bundle() -> Bundle:
    return make_bundle()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "translator.safetensors"


def refusal(path: Path, bundle: Bundle) -> str:
    """Return the message with which a file is refused."""
    translator_file.save(path, bundle)
    with pytest.raises(UserError) as caught:
        load_valid(path)
    message = str(caught.value)
    assert message.isprintable() and len(message) < 800 and repr(str(path)) in message
    return message


def put(name: str, index: int, value: float) -> Callable[[Bundle], None]:
    """Return a change of one number of a shortlist."""

    def change(bundle: Bundle) -> None:
        array = bundle.shortlist[name].copy()
        array.reshape(-1)[index] = value
        bundle.shortlist[name] = array

    return change


class TestWeights:
    def test_the_size_is_compared_before_anything_is_built(
        self, path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundle.settings["model"] |= {"units": 8192, "encoder_layers": 16, "decoder_layers": 16}
        bundle.settings["inference"]["engine"] = "keras"
        monkeypatch.setattr(Translator, "__init__", None)
        translator_file.save(path, bundle)
        with pytest.raises(UserError, match="does not fit its own settings .* weights differ"):
            Translator.load(path)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -1e7])
    def test_a_number(self, path: Path, bundle: Bundle, value: float) -> None:
        bundle.weights[KERNEL][3, 1] = value
        warnings.simplefilter("error")  # NumPy's would be written to the terminal
        assert re.search(f"{KERNEL}' has a number that is not finite", refusal(path, bundle))

    @pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32])
    def test_a_type(self, path: Path, bundle: Bundle, dtype: Any) -> None:
        bundle.weights[KERNEL] = bundle.weights[KERNEL].astype(dtype)
        assert f"{KERNEL}' has the type" in refusal(path, bundle)

    def test_weights_that_overflow(self, path: Path, bundle: Bundle) -> None:
        """They are finite and small enough to be loaded, but give no probabilities."""
        bundle = make_bundle({"model": {"architecture": "transformer", "normalization": "post"}})
        for array in bundle.weights.values():
            array[:] = 0
        for array in bundle.weights.values():
            array.reshape(-1)[0] = 9e3
        translator_file.save(path, bundle)
        translator = Translator.load(path)
        translator.engine = _NoProbabilities(translator.engine)  # type: ignore[assignment]
        with pytest.raises(UserError, match="give no probabilities"):
            translator.translate([SENTENCE])


class _NoProbabilities:
    """An engine whose log-probabilities are nan."""

    def __init__(self, engine: Any) -> None:
        self.encode = engine.encode
        self._engine = engine

    def step(self, *arguments: Any) -> Any:
        output = self._engine.step(*arguments)
        return output._replace(log_probabilities=np.full_like(output.log_probabilities, np.nan))


class TestShortlist:
    @pytest.mark.parametrize(
        "change",
        [
            put("common", -1, 10**6),
            put("common", 0, -1),
            put("common", 2, 0),
            put("common", 3, 4),
            put("likely", 5, 10**6),
            put("likely", 5, -2),
            lambda bundle: bundle.shortlist.pop("common"),
            lambda bundle: bundle.shortlist.update(more=np.zeros(3, np.int32)),
            lambda bundle: bundle.shortlist.update(common=np.zeros(0, np.int32)),
            lambda bundle: bundle.shortlist.update(likely=bundle.shortlist["likely"][1:]),
            lambda bundle: bundle.shortlist.update(likely=bundle.shortlist["likely"][0]),
            lambda bundle: bundle.shortlist.update(common=np.arange(9.0)),
        ],
    )
    def test_wrong_ones(self, path: Path, bundle: Bundle, change: Callable[[Bundle], Any]) -> None:
        change(bundle)
        assert "the shortlist has " in refusal(path, bundle)


class TestSettings:
    def test_files_that_they_name_are_not_opened(self, path: Path, bundle: Bundle) -> None:
        for section, kind in Settings.sections().items():
            for each in dataclasses.fields(kind):
                if "is_path" in each.metadata:
                    name = str(path.parent / "secret")
                    is_list = isinstance(each.default, tuple)
                    bundle.settings[section][each.name] = [name] if is_list else name
        assert bundle.settings["inference"]["glossary"] == str(path.parent / "secret")
        translator_file.save(path, bundle)
        translator = Translator.load(path)
        assert translator.translate([SENTENCE])
        assert str(path.parent) not in repr(translator.settings)

    def test_the_callers_own_are(self, path: Path, bundle: Bundle) -> None:
        translator_file.save(path, bundle)
        with pytest.raises(UserError, match="missing.tsv"):
            Translator.load(path, DecodingOptions(glossary=str(path.parent / "missing.tsv")))

    @pytest.mark.parametrize(
        ("section", "key", "value"),
        [
            ("model", "\x1b]0;owned\x07", 1),
            ("model", "x" * 100_000, 1),
            ("model", "units", "9" * 100_000),
            ("model", "units", [[[]]]),
            ("data", "source_language", "ko\x1b[31m"),
            ("data", "source_language", ["ko"]),
            ("inference", "glossary", 3),
            ("translator", "name", "../x"),
        ],
    )
    def test_wrong_ones(
        self, path: Path, bundle: Bundle, section: str, key: str, value: object
    ) -> None:
        bundle.settings[section][key] = value
        assert "cannot be used" in refusal(path, bundle)

    @pytest.mark.parametrize(
        "search",
        [
            {"beam_size": 256, "max_length": 100_000},
            {"n_best": 256, "max_length": 1000},
            {"beam_size": 200, "batch_size": 100_000},
        ],
    )
    def test_an_expensive_search(self, path: Path, bundle: Bundle, search: dict[str, int]) -> None:
        bundle.settings["inference"] |= search
        translator_file.save(path, bundle)
        with pytest.raises(UserError, match="ask for a search that needs much memory"):
            Translator.load(path)
        own = DecodingOptions(**search)
        assert Translator.load(path, own).settings.inference == own


class TestParts:
    @pytest.mark.parametrize("name", ["graphs/encoder", "graphs/step", "code", "other/x"])
    def test_graphs_are_refused(self, path: Path, bundle: Bundle, name: str) -> None:
        """Earlier versions stored graphs, which could name files and exhaust the memory."""
        translator_file.save(path, bundle)
        texts, arrays = tensor_file.read(path)
        own = {key: texts[key] for key in ("settings", "metrics", "malgil_version")}
        tensor_file.write(path, own, {**arrays, name: np.zeros(9, np.uint8)})
        with pytest.raises(UserError, match="does not have the structure of a translator"):
            load_valid(path)

    def test_graphs_depend_on_the_settings_only(self, path: Path, bundle: Bundle) -> None:
        translator_file.save(path, bundle)
        valid = load_valid(path)
        sizes = len(valid.subwords[0]), len(valid.subwords[1])
        assert valid.graphs == inference_graphs.build_graphs(valid.settings.model, *sizes)

    @pytest.mark.parametrize("key", ["placeholders", "lowercase"])
    def test_a_vocabulary_without_marks(self, path: Path, key: str) -> None:
        bundle = make_bundle({"preprocessing": {"placeholders": False}})
        translator_file.save(path, bundle)
        load_valid(path)
        bundle.settings["preprocessing"][key] = True
        assert "a vocabulary lacks marks" in refusal(path, bundle)

    def test_the_models_of_the_subwords_exchanged(self, path: Path, bundle: Bundle) -> None:
        bundle.subword = {"source": bundle.subword["target"], "target": bundle.subword["source"]}
        assert "does not fit its own settings" in refusal(path, bundle)
