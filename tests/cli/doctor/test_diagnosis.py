"""The doctor as a whole: what it prints, its exit status, and that no check can stop it."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from malgil import __version__
from malgil.cli.doctor import corpus, diagnosis, files, hardware, software, tensorflow_probe
from malgil.cli.main import main
from malgil.cli.translators import command_to_train
from malgil.common.locations import ROOT
from malgil.settings import DecodingOptions
from tests.cli.doctor.conftest import by_name

TRAINING_PACKAGES = ("tensorflow", "keras", "h5py", "matplotlib", "tensorboard")


def test_nothing_is_missing(healthy):
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, stream=stream) == 0
    lines = stream.getvalue().splitlines()
    assert lines[0] == f"Malgil {__version__}"
    assert lines[-2:] == [
        "Translating: ready, but there is no translator 'ko-en' yet. To train it, type: "
        + command_to_train(healthy, "ko-en"),
        "Training: ready.",
    ]
    assert not [line for line in lines if line.startswith("✗")]
    assert [line for line in lines if line.startswith("✓ tensorflow ")] == [
        "✓ tensorflow           2.21.0"
    ]


def test_status_2_if_translating_needs_something(healthy, versions):
    del versions["sentencepiece"]
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, stream=stream) == 2
    text = stream.getvalue()
    assert text.endswith("Translating: needs sentencepiece.\nTraining: needs sentencepiece.\n")
    assert "\n✗ sentencepiece        not installed\n" in text
    assert '\n                       pip install "sentencepiece>=' in text


def test_the_command_that_trains_has_the_recipe(tmp_path, capsys):
    recipe = tmp_path / "나의.ini"
    recipe.write_text("[translator]\nname = 나의\n", encoding="utf-8")
    directory = f"translator.directory={tmp_path / 'model'}"
    arguments = ["--mode", "doctor", "--config", str(recipe), "--set", directory]
    main(arguments)
    command = shlex.join(["--mode", "train", *arguments[2:]])
    out = capsys.readouterr().out
    assert f"there is no translator '나의' yet. To train it, type: python app.py {command}\n" in out


@pytest.fixture
def bare(healthy, versions, monkeypatch):
    """Return settings for an installation that only translates."""
    for name in (*TRAINING_PACKAGES, "konlpy", "sacrebleu", "requests", "openpyxl", "ijson"):
        del versions[name]
    monkeypatch.setattr(tensorflow_probe, "is_installed", lambda: False)
    return healthy


def test_an_installation_without_tensorflow_can_translate(bare):
    stream = io.StringIO()
    assert diagnosis.diagnose(bare, stream=stream) == 0
    text = stream.getvalue()
    verdict = text.split("\n\n")[-1].splitlines()
    assert verdict[0].startswith("Translating: ready, but there is no translator 'ko-en' yet.")
    assert verdict[1].startswith("Training: needs ")
    assert set(verdict[1][len("Training: needs ") : -1].split(", ")) == set(TRAINING_PACKAGES)
    assert verdict[2] == "To install all packages: pip install -r requirements.txt"
    assert "✗ tensorflow           not installed; needed for training\n" in text


def test_the_keras_engine_cannot_translate_without_tensorflow(bare):
    settings = replace(bare, inference=DecodingOptions(engine="keras"))
    stream = io.StringIO()
    assert diagnosis.diagnose(settings, stream=stream) == 2
    assert "Translating: needs tensorflow, keras.\n" in stream.getvalue()


def test_json_is_one_object(healthy, versions):
    del versions["sacrebleu"]
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, as_json=True, stream=stream) == 0
    report = json.loads(stream.getvalue())
    assert report.keys() == {"version", "is_ready", "checks"}
    assert report["is_ready"] == {"translating": True, "training": True}
    keys = {"name", "state", "detail", "fix", "needed_for"}
    assert all(check.keys() == keys for check in report["checks"])
    found = {check["name"]: check for check in report["checks"]}
    assert found["sacrebleu"]["state"] == "optional"
    assert found["translator ko-en"]["fix"] == command_to_train(healthy, "ko-en")


def test_standard_output_is_the_default(healthy, capsys):
    diagnosis.diagnose(healthy)
    assert "Translating: ready, but" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name", "status", "result"),
    [
        (software, "check_packages", 2, "packages"),
        (software, "check_taggers", 2, "taggers"),
        (software, "check_java", 0, "Java"),
        (software, "check_fonts", 0, "Hangul font"),
        (corpus, "check_corpus", 0, "corpus"),
        (files, "check_translators", 0, "translators"),
        (hardware, "check_tensorflow", 0, "working TensorFlow"),
        (hardware, "check_gpu", 0, "GPU"),
        (hardware, "check_processor", 0, "processor"),
        (hardware, "check_memory", 0, "memory"),
        (hardware, "check_disk", 0, "disk space"),
    ],
)
def test_no_check_can_stop_the_doctor(monkeypatch, healthy, module, name, status, result):
    def fail(*_arguments, **_keywords):
        raise ZeroDivisionError("out of luck")

    monkeypatch.setattr(module, name, fail)
    assert diagnosis.diagnose(healthy, stream=io.StringIO()) == status
    found = by_name(diagnosis.run_checks(healthy))[result]
    assert found.detail == "cannot be checked (ZeroDivisionError: out of luck)"


def test_the_doctor_needs_no_package():
    program = "import sys; from malgil.cli.doctor import diagnosis; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "malgil.cli.doctor.diagnosis" in loaded
    assert not {"numpy", "h5py", "tensorflow", "matplotlib", "konlpy"} & set(loaded)


@pytest.mark.parametrize("as_json", [False, True])
def test_tensorflow_prints_nothing(tmp_path: Path, as_json: bool) -> None:
    """Its messages are switched on, and it is given a GPU that does not exist."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "0",
        "CUDA_VISIBLE_DEVICES": "0",
        "KERAS_BACKEND": "jax",
    }
    command = [sys.executable, "app.py", "--mode", "doctor", *["--json"] * as_json]
    command += ["--set", f"translator.directory={tmp_path}"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stderr == "" and "computation_placer" not in ran.stdout
    if as_json:
        assert json.loads(ran.stdout)["is_ready"]["training"] is False
    else:
        assert "Training: needs Keras on TensorFlow.\n" in ran.stdout
        assert all(line[:1] in "✓✗– MTt" for line in ran.stdout.splitlines())
