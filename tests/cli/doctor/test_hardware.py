"""Checks of machines of every kind, none of which is this one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from malgil.cli.doctor import hardware, tensorflow_probe
from malgil.cli.doctor.check import CheckResult
from malgil.cli.doctor.tensorflow_probe import Probe
from malgil.settings import Settings, TrainingSettings, TranslatorSettings

WORKING = Probe(version="2.21.0", cuda="12.5.1", cudnn="9")
ABOUT_AVX = "The TensorFlow library was compiled to use AVX instructions, but these are not here."


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Simulate a machine with TensorFlow, no GPU, and nothing under /proc and /dev."""
    monkeypatch.setattr(hardware, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(hardware, "_DEVICES", tmp_path / "dev")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    set_probe(monkeypatch, WORKING)


def set_probe(monkeypatch: pytest.MonkeyPatch, found: Probe) -> None:
    monkeypatch.setattr(tensorflow_probe, "probe", lambda: found)


def one(results: list[CheckResult]) -> CheckResult:
    (result,) = results
    return result


def test_tensorflow_that_runs(monkeypatch):
    result = one(hardware.check_tensorflow(Settings()))
    assert (result.state, result.detail) == ("ok", "yes; built for CUDA 12.5.1 and cuDNN 9")


def test_keras_on_another_backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    tensorflow, keras = hardware.check_tensorflow(Settings())
    assert tensorflow.state == "ok"
    assert (keras.name, keras.state) == ("Keras on TensorFlow", "missing")
    assert keras.detail == "no: KERAS_BACKEND chooses the backend 'jax'"
    assert keras.fix == "export KERAS_BACKEND=tensorflow"


def test_keras_that_cannot_be_imported(monkeypatch):
    set_probe(monkeypatch, replace(WORKING, keras_error="ImportError: no optree"))
    _, keras = hardware.check_tensorflow(Settings())
    assert (keras.state, keras.detail) == ("missing", "no: ImportError: no optree")
    assert keras.fix == "pip install --force-reinstall keras"
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "keras" else object()
    )
    one(hardware.check_tensorflow(Settings()))  # the packages report that it is not installed


def test_tensorflow_that_cannot_be_imported(monkeypatch):
    set_probe(monkeypatch, Probe(error="ImportError: libgomp.so.1"))
    result = one(hardware.check_tensorflow(Settings()))
    assert (result.state, result.detail) == ("missing", "no: ImportError: libgomp.so.1")
    assert result.fix == "pip install --force-reinstall tensorflow"


@pytest.mark.parametrize("error", [ABOUT_AVX, "the process was ended by SIGILL"])
def test_a_processor_without_avx(monkeypatch, tmp_path, error):
    write(tmp_path / "proc/cpuinfo", "flags\t\t: fpu sse sse2\n")
    set_probe(monkeypatch, Probe(error=error))
    result = one(hardware.check_tensorflow(Settings()))
    assert result.state == "missing"
    assert "this processor lacks required instructions" in result.detail
    assert "AVX" in result.fix


def test_the_packages_report_a_tensorflow_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    set_probe(monkeypatch, Probe(error="it is not installed"))
    assert hardware.check_tensorflow(Settings()) == []


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_no_gpu_is_needed():
    result = one(hardware.check_gpu(Settings()))
    assert result == CheckResult("GPU", "optional", "none; training runs on the processor")


def test_a_gpu_that_tensorflow_uses(monkeypatch):
    set_probe(monkeypatch, replace(WORKING, gpus=("Fast 1", "Fast 2")))
    result = one(hardware.check_gpu(Settings()))
    assert (result.state, result.detail) == ("ok", "Fast 1, Fast 2: used by TensorFlow")


def test_a_gpu_that_tensorflow_cannot_use(tmp_path):
    write(tmp_path / "dev/nvidia0", "")
    write(tmp_path / "dev/nvidiactl", "")
    result = one(hardware.check_gpu(Settings()))
    assert result.state == "optional"
    assert result.detail.startswith("NVIDIA nvidia0: TensorFlow finds no CUDA 12.5.1 with cuDNN 9")
    assert result.fix == 'pip install "tensorflow[and-cuda]"'


def test_installed_cuda_libraries_point_to_the_driver(monkeypatch, tmp_path):
    write(tmp_path / "dev/nvidia0", "")
    monkeypatch.setattr(importlib.metadata, "version", {"nvidia-cudnn-cu12": "9.3"}.__getitem__)
    assert "Update the NVIDIA driver" in one(hardware.check_gpu(Settings())).fix
    set_probe(monkeypatch, replace(WORKING, cuda=""))
    assert "pip install" in one(hardware.check_gpu(Settings())).fix


@pytest.mark.parametrize(
    ("found", "reason"),
    [(Probe(error="broken"), "does not run"), (Probe(version="2.21.0"), "is built without CUDA")],
)
def test_a_gpu_that_this_tensorflow_is_not_built_for(monkeypatch, tmp_path, found, reason):
    write(tmp_path / "dev/nvidia3", "")
    set_probe(monkeypatch, found)
    result = one(hardware.check_gpu(Settings()))
    assert f"NVIDIA nvidia3: TensorFlow {reason}, so" in result.detail
    assert result.fix == 'pip install "tensorflow[and-cuda]"'


@pytest.mark.parametrize("value", ["", "-1"])
def test_a_gpu_that_is_hidden_on_purpose(monkeypatch, tmp_path, value):
    write(tmp_path / "dev/nvidia0", "")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    result = one(hardware.check_gpu(Settings()))
    assert f"CUDA_VISIBLE_DEVICES={value!r}" in result.detail
    assert result.fix == "unset CUDA_VISIBLE_DEVICES"


def test_a_container_without_the_device(tmp_path):
    (tmp_path / "proc/driver/nvidia").mkdir(parents=True)
    result = one(hardware.check_gpu(Settings()))
    assert "a driver without a device" in result.detail
    assert "--gpus all" in result.fix


@pytest.mark.skipif(os.name != "posix", reason="the tool's stand-in is a shell script")
def test_names_of_gpus_come_from_nvidia_smi(tmp_path):
    listing = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1f)\nGPU 1: Tesla T4 (UUID: GPU-2e)\n"
    tool = write(tmp_path / "bin/nvidia-smi", f"#!/bin/sh\n[ $1 = -L ] && printf '{listing}'\n")
    tool.chmod(0o755)
    assert hardware.nvidia_devices() == ["NVIDIA H100 80GB HBM3", "Tesla T4"]


def test_an_nvidia_smi_that_hangs(monkeypatch, tmp_path):
    def hang(*_arguments, timeout, **_options):
        raise subprocess.TimeoutExpired("nvidia-smi", timeout)

    write(tmp_path / "dev/nvidia1", "")
    monkeypatch.setattr(subprocess, "run", hang)
    assert hardware.nvidia_devices() == ["NVIDIA nvidia1"]


def with_precision(precision: str) -> Settings:
    return Settings(training=TrainingSettings(precision=precision))


BFLOAT16, PLAIN = "flags : fpu avx avx512_bf16\n", "flags : fpu avx avx2\n"


@pytest.mark.parametrize(
    ("precision", "cpuinfo", "gpus", "state"),
    [
        ("float32", PLAIN, (), "ok"),
        ("mixed_bfloat16", BFLOAT16, (), "ok"),
        ("mixed_bfloat16", PLAIN, (), "optional"),
        ("mixed_bfloat16", PLAIN, ("Fast",), "ok"),
        ("mixed_bfloat16", None, (), "ok"),
        ("mixed_float16", BFLOAT16, (), "optional"),
        ("mixed_float16", PLAIN, ("Fast",), "ok"),
    ],
)
def test_precision_suits_the_processor(monkeypatch, tmp_path, precision, cpuinfo, gpus, state):
    if cpuinfo:
        write(tmp_path / "proc/cpuinfo", f"processor : 0\n{cpuinfo}\nprocessor : 1\n{cpuinfo}")
    set_probe(monkeypatch, replace(WORKING, gpus=gpus))
    result = one(hardware.check_processor(with_precision(precision)))
    assert result.state == state
    assert bool(result.fix) == (state == "optional")
    assert ("AVX512_BF16" in result.detail) == (cpuinfo == BFLOAT16 and state == "ok")


def test_cores_are_counted(monkeypatch):
    monkeypatch.setattr(hardware, "usable_cores", lambda: 5)
    assert one(hardware.check_processor(Settings())).detail == "5 usable cores"
    monkeypatch.setattr(hardware, "usable_cores", lambda: 1)
    assert one(hardware.check_processor(Settings())).detail == "1 usable core"


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="the system does not report its memory")
def test_a_container_limits_the_memory(monkeypatch, tmp_path):
    unlimited = write(tmp_path / "memory.max", "max\n")
    monkeypatch.setattr(hardware, "_CGROUP_LIMITS", (unlimited, tmp_path / "missing"))
    whole = hardware.total_memory()
    assert whole == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    write(tmp_path / "memory.max", "1500000\n")
    assert hardware.total_memory() == 1_500_000


@pytest.mark.parametrize(
    ("size", "state", "detail"),
    [(8 * 10**9, "ok", "8.0 GB"), (10**9, "optional", "1.0 GB"), (None, "ok", "unknown")],
)
def test_memory(monkeypatch, size, state, detail):
    monkeypatch.setattr(hardware, "total_memory", lambda: size)
    result = one(hardware.check_memory(Settings()))
    assert (result.state, result.detail.startswith(detail)) == (state, True)
    assert bool(result.fix) == (state == "optional")


def in_folder(folder: Path) -> Settings:
    return Settings(translator=TranslatorSettings(directory=str(folder), name="ko-en"))


def set_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))


def test_disk_space_of_the_future_folder(monkeypatch, tmp_path):
    set_free(monkeypatch, 12_300_000_000)
    result = one(hardware.check_disk(in_folder(tmp_path / "not" / "there")))
    assert result == CheckResult("disk space", "ok", f"12.3 GB free in {str(tmp_path)!r}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("free", "state"), [(10**9, "ok"), (10**9 - 1, "missing")])
def test_low_disk(monkeypatch, tmp_path, free, state):
    set_free(monkeypatch, free)
    result = one(hardware.check_disk(in_folder(tmp_path)))
    assert result.state == state
    assert ("Free some space" in result.fix) == (state == "missing")


def test_a_folder_that_cannot_be_written_to(monkeypatch, tmp_path):
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    result = one(hardware.check_disk(in_folder(tmp_path)))
    assert result.state == "missing"
    assert result.detail == f"cannot write to {str(tmp_path)!r}: Permission denied"
    assert result.fix == "--set translator.directory=FOLDER"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a /proc")
def test_a_folder_that_accepts_no_files():
    result = one(hardware.check_disk(in_folder(Path("/proc/translators"))))
    assert result.state == "missing"
    assert result.detail.startswith("cannot write to '/proc': ")


def test_a_file_instead_of_the_folder(tmp_path):
    path = write(tmp_path / "model", "")
    result = one(hardware.check_disk(in_folder(path)))
    assert result == CheckResult(
        "disk space",
        "missing",
        f"{str(path)!r} is a file, not a folder",
        "--set translator.directory=FOLDER",
    )
