"""The doctor as a whole: what it prints, how it ends, and that nothing brings it down."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from malgil.cli.doctor import diagnosis, files, hardware, software
from malgil.common.locations import ROOT
from tests.cli.doctor.conftest import by_name


def test_all_is_well(healthy):
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, stream=stream) == 0
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "All that is needed to train and to translate is there."
    assert not [line for line in lines if line.startswith("✗")]
    assert [line for line in lines if line.startswith("✓ tensorflow ")] == [
        "✓ tensorflow           2.21.0"
    ]


def test_what_is_needed_and_missing_is_status_2(healthy, versions):
    del versions["sentencepiece"]
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, stream=stream) == 2
    text = stream.getvalue()
    assert text.endswith("Missing: sentencepiece.\n")
    assert "\n✗ sentencepiece        not installed\n" in text
    assert '\n                       pip install "sentencepiece>=' in text


def test_json_is_one_object(healthy, versions):
    del versions["sacrebleu"]
    stream = io.StringIO()
    assert diagnosis.diagnose(healthy, as_json=True, stream=stream) == 0
    report = json.loads(stream.getvalue())
    assert report.keys() == {"is_ready", "checks"}
    assert report["is_ready"] is True
    assert all(f.keys() == {"name", "state", "detail", "fix"} for f in report["checks"])
    found = {f["name"]: f for f in report["checks"]}
    assert found["sacrebleu"]["state"] == "optional"
    assert found["translator ko-en"]["fix"] == "python app.py --mode train"


def test_standard_output_is_the_default(healthy, capsys):
    diagnosis.diagnose(healthy)
    assert "All that is needed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name", "status", "result"),
    [
        (software, "check_packages", 2, "packages"),
        (software, "check_taggers", 2, "taggers"),
        (software, "check_java", 0, "Java"),
        (software, "check_fonts", 0, "Hangul font"),
        (files, "check_corpus", 2, "corpus"),
        (files, "check_translators", 0, "translators"),
        (hardware, "check_tensorflow", 2, "TensorFlow runs"),
        (hardware, "check_gpu", 0, "GPU"),
        (hardware, "check_processor", 0, "processor"),
        (hardware, "check_memory", 0, "memory"),
        (hardware, "check_disk", 2, "disk"),
    ],
)
def test_no_check_can_bring_the_doctor_down(monkeypatch, healthy, module, name, status, result):
    def fail(_settings):
        raise ZeroDivisionError("out of luck")

    monkeypatch.setattr(module, name, fail)
    assert diagnosis.diagnose(healthy, stream=io.StringIO()) == status
    found = by_name(diagnosis.run_checks(healthy))[result]
    assert found.detail == "cannot be examined (ZeroDivisionError: out of luck)"


def test_no_package_is_needed_to_ask_the_doctor():
    program = "import sys; from malgil.cli.doctor import diagnosis; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "malgil.cli.doctor.diagnosis" in loaded
    assert not {"numpy", "h5py", "tensorflow", "matplotlib", "konlpy"} & set(loaded)
