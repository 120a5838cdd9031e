"""The process that imports TensorFlow: its answer, and the reasons why there is none."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator

import pytest

from malgil.cli.doctor import tensorflow_probe
from malgil.cli.doctor.tensorflow_probe import Probe, probe, purposes
from malgil.settings import DecodingOptions, Settings

ABOUT_AVX = "The TensorFlow library was compiled to use AVX instructions, but these are not here."
ABSL = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR"
INFO = "2026-01-31 00:00:00.123456: I external/local_xla/xla/tsl/cuda_transport.cc:32] no drivers"
ERROR = "E0000 00:00:1796065132.764838    2473 cuda_dnn.cc:8310] Unable to register cuDNN factory"
FATAL = "F0000 00:00:1796065132.764838    2473 parse_flags_from_env.cc:234] Unknown flag: --tf_foo"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the answer before and after each test."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    probe.cache_clear()
    yield
    probe.cache_clear()


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("raise ImportError('no libgomp')", "ImportError: no libgomp"),
        (
            f"import os, sys; print('{ABOUT_AVX}', file=sys.stderr, flush=True); os.abort()",
            ABOUT_AVX,
        ),
        ("raise SystemExit(7)", "the process ended with status 7"),
    ],
)
def test_the_reason_why_the_import_fails(monkeypatch, program, error):
    monkeypatch.setattr(tensorflow_probe, "_PROBE", program)
    assert probe().error == error


@pytest.mark.skipif(os.name != "posix", reason="only POSIX reports signals")
def test_the_signal_that_ended_the_import(monkeypatch):
    monkeypatch.setattr(
        tensorflow_probe, "_PROBE", f"import os; os.kill(os.getpid(), {signal.SIGILL:d})"
    )
    assert probe().error == "the process was ended by SIGILL"


def test_only_the_last_line_is_read(monkeypatch):
    monkeypatch.setattr(
        tensorflow_probe,
        "_PROBE",
        "import sys; print('hello'); print('noise', file=sys.stderr); print("
        '\'{"version": "2.99", "gpus": ["A", "B"], "cuda": "12",'
        ' "cudnn": "9"}\')',
    )
    assert probe() == Probe(version="2.99", gpus=("A", "B"), cuda="12", cudnn="9")


def test_an_import_that_hangs(monkeypatch):
    monkeypatch.setattr(tensorflow_probe, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(tensorflow_probe, "PROBE_SECONDS", 0.2)
    assert "takes longer than 0.2 s" in probe().error


def test_nothing_is_started_without_tensorflow(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(tensorflow_probe, "_PROBE", "raise SystemExit(7)")
    assert probe() == Probe(error="it is not installed")


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([ABSL, INFO, ERROR, "ImportError: libgomp.so.1", INFO], "ImportError: libgomp.so.1"),
        ([ABSL, INFO, FATAL], "Unknown flag: --tf_foo"),
        ([ABSL, INFO, ERROR], "the process ended with status 1"),
        ([INFO, f"{FATAL.split(']', maxsplit=1)[0]}] {ABOUT_AVX}"], ABOUT_AVX),
    ],
)
def test_lines_that_tensorflow_logs_are_left_out(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], error: str
) -> None:
    program = f"import sys; print({chr(10).join(lines)!r}, file=sys.stderr); raise SystemExit(1)"
    monkeypatch.setattr(tensorflow_probe, "_PROBE", program)
    assert probe().error == error


def test_keras_is_asked_to_run_on_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    program = (
        "import os; print('{\"gpus\": [], \"version\": \"' + os.environ['KERAS_BACKEND'] + '\"}')"
    )
    monkeypatch.setattr(tensorflow_probe, "_PROBE", program)
    assert probe().version == "tensorflow"


def test_what_tensorflow_is_needed_for() -> None:
    assert purposes(Settings()) == ("training",)
    keras = Settings(inference=DecodingOptions(engine="keras"))
    assert purposes(keras) == ("translating", "training")
