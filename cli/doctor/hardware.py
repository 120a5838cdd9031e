"""Checks of the machine: TensorFlow, GPU, processor, memory and disk."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malgil.cli.doctor.check import CheckResult
from malgil.common.locations import ROOT
from malgil.common.system import usable_cores
from malgil.settings import Settings

GIGABYTE = 10**9
LEAST_DISK = GIGABYTE
LEAST_MEMORY = 2 * GIGABYTE
PROBE_SECONDS = 180
# Where CUDA's libraries come from as wheels.
_CUDA_PACKAGE = "nvidia-cudnn-cu12"
_INSTALL_CUDA = 'pip install "tensorflow[and-cuda]"'

_PROC = Path("/proc")
_DEVICES = Path("/dev")
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

# Run in a process of its own: on a processor without AVX TensorFlow ends the whole process, and
# what it writes while it is loaded cannot be kept off standard error otherwise.
_PROBE = """
import json
import keras
import tensorflow as tf

gpus = tf.config.list_physical_devices("GPU")
details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
build = tf.sysconfig.get_build_info()
print(json.dumps({
    "version": tf.__version__,
    "backend": keras.config.backend(),
    "gpus": [detail.get("device_name", "GPU") for detail in details],
    "cuda": build.get("cuda_version") or "",
    "cudnn": build.get("cudnn_version") or "",
}))
"""


@dataclass(frozen=True)
class Probe:
    """The answer of TensorFlow about itself, or why there is none.

    Attributes:
        error: Why it cannot be imported; empty if it can.
        version: TensorFlow's.
        backend: The backend that Keras runs on.
        gpus: The names of the GPUs that TensorFlow can use.
        cuda: The CUDA version that it was built for; empty if it was built without.
        cudnn: The same for cuDNN.
    """

    error: str = ""
    version: str = ""
    backend: str = "tensorflow"
    gpus: tuple[str, ...] = ()
    cuda: str = ""
    cudnn: str = ""


@functools.cache
def probe() -> Probe:
    """Import TensorFlow in another process and ask it. Takes seconds, the first time."""
    if importlib.util.find_spec("tensorflow") is None:
        return Probe(error="it is not installed")
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=False,
            cwd=ROOT,
        )
    except subprocess.TimeoutExpired:
        return Probe(error=f"its import takes longer than {PROBE_SECONDS} s")
    except OSError as error:
        return Probe(error=f"Python cannot be started once more ({error})")
    if done.returncode:
        return Probe(error=_why(done.returncode, done.stderr))
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return Probe(**{**said, "gpus": tuple(said["gpus"])})


def _why(status: int, stderr: str) -> str:
    """Return the reason, in a line, why a process that imported TensorFlow ended."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    about_avx = next((line for line in lines if "compiled to use" in line), "")
    if status < 0 and not about_avx:
        with contextlib.suppress(ValueError):
            return f"the process was ended by {signal.Signals(-status).name}"
    return about_avx or next(reversed(lines), f"the process ended with status {status}")


def check_tensorflow(_settings: Settings) -> list[CheckResult]:
    """Check that TensorFlow can be imported, and Keras runs on it.

    Where it is not installed there is no result: `check_packages` has one.
    """
    found = probe()
    if not found.error:
        if found.backend != "tensorflow":
            detail = f"Keras runs on the backend {found.backend!r}"
            fix = "export KERAS_BACKEND=tensorflow"
            return [CheckResult("TensorFlow runs", "missing", detail, fix)]
        made = f", built for CUDA {found.cuda} and cuDNN {found.cudnn}" if found.cuda else ""
        return [CheckResult("TensorFlow runs", "ok", f"yes{made}")]
    if importlib.util.find_spec("tensorflow") is None:
        return []  # the packages say so
    flags = cpu_flags()
    if "compiled to use" in found.error or (flags and "avx" not in flags and _is_x86(flags)):
        detail = f"no: this processor lacks instructions that it needs ({found.error})"
        fix = "Use a processor with AVX, or build TensorFlow from its source."
    else:
        detail, fix = f"no: {found.error}", "pip install --force-reinstall tensorflow"
    return [CheckResult("TensorFlow runs", "missing", detail, fix)]


def check_gpu(_settings: Settings) -> list[CheckResult]:
    """Check whether there is a GPU, and TensorFlow can use it. None is needed."""
    found = probe()
    if found.gpus:
        return [CheckResult("GPU", "ok", f"{', '.join(found.gpus)}: TensorFlow uses it")]
    names = ", ".join(nvidia_devices())
    if not names:
        detail, fix = "none; training runs on the processor", ""
        if (_PROC / "driver/nvidia").is_dir():
            detail = "a driver without a device; training runs on the processor"
            fix = "In a container: start it with `docker run --gpus all`."
        return [CheckResult("GPU", "optional", detail, fix)]
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and (not hidden.strip() or hidden.strip().startswith("-1")):
        detail = f"{names}: hidden by CUDA_VISIBLE_DEVICES={hidden!r}"
        return [CheckResult("GPU", "optional", detail, "unset CUDA_VISIBLE_DEVICES")]
    reason = f"finds no CUDA {found.cuda} with cuDNN {found.cudnn}"
    if found.error or not found.cuda:
        reason = "does not run" if found.error else "is built without CUDA"
    detail = f"{names}: TensorFlow {reason}, so training runs on the processor"
    return [CheckResult("GPU", "optional", detail, _gpu_fix(found))]


def _gpu_fix(found: Probe) -> str:
    if os.name == "nt":
        return "Run this program under WSL 2: TensorFlow uses no GPU on Windows itself."
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        if found.cuda and importlib.metadata.version(_CUDA_PACKAGE):
            return "Update the NVIDIA driver: CUDA 12 needs 525 or later (`nvidia-smi` shows it)."
    return _INSTALL_CUDA


def nvidia_devices() -> list[str]:
    """Return the names of the NVIDIA GPUs, as its tool gives them, or their device files."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(
            ["nvidia-smi", "-L"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            check=True,
        )
        names = re.findall(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", listed.stdout, flags=re.MULTILINE)
        if names:
            return names
    return sorted(f"NVIDIA {path.name}" for path in _DEVICES.glob("nvidia[0-9]*"))


def check_processor(settings: Settings) -> list[CheckResult]:
    """Check the usable cores, and whether `[training] precision` suits them."""
    cores, flags = usable_cores(), cpu_flags()
    precision, has_gpu = settings.training.precision, bool(probe().gpus)
    has_bfloat16 = bool({"avx512_bf16", "amx_bf16"} & flags)
    lacks_bfloat16 = bool(flags) and not has_bfloat16  # no flags: nothing is known
    detail = f"{cores} usable core{'s' * (cores != 1)}"
    if not has_gpu and (
        precision == "mixed_float16" or (precision == "mixed_bfloat16" and lacks_bfloat16)
    ):
        detail += f"; training.precision={precision} is slow on it"
        return [CheckResult("processor", "optional", detail, "--set training.precision=float32")]
    if has_bfloat16:
        detail += "; AVX512_BF16: training.precision=mixed_bfloat16 is the fastest"
    return [CheckResult("processor", "ok", detail)]


def cpu_flags() -> set[str]:
    """Return the processor's features in lower case; empty where they are unknown."""
    with contextlib.suppress(OSError):
        text = (_PROC / "cpuinfo").read_text(encoding="utf-8", errors="replace")
        line = re.search(r"^(?:flags|Features)\s*:(.*)$", text, flags=re.MULTILINE)
        return set(line.group(1).lower().split()) if line else set()
    return set()


def _is_x86(flags: set[str]) -> bool:
    return "fpu" in flags


def check_memory(_settings: Settings) -> list[CheckResult]:
    """Check how much memory this process may use, where the system says."""
    size = total_memory()
    if size is None:
        return [CheckResult("memory", "ok", "unknown on this system")]
    if size < LEAST_MEMORY:
        detail = f"{_gigabytes(size)}: little to train with"
        return [CheckResult("memory", "optional", detail, "--set training.batch_tokens=512")]
    return [CheckResult("memory", "ok", _gigabytes(size))]


def total_memory() -> int | None:
    """Return the bytes of memory that the system or its container allows; None if unknown."""
    try:
        sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        return None
    for path in _CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            sizes.append(int(path.read_text(encoding="ascii")))  # "max" is no number
    return min(sizes)


def check_disk(settings: Settings) -> list[CheckResult]:
    """Check that the translator's folder can be written to, and has enough space."""
    folder = next(path for path in (settings.folder, *settings.folder.parents) if path.exists())
    elsewhere = "--set translator.directory=FOLDER"
    if not folder.is_dir():
        detail = f"{str(folder)!r} is a file where a folder must be"
        return [CheckResult("disk", "missing", detail, elsewhere)]
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        detail = f"{str(folder)!r} cannot be written to: {error.strerror or error}"
        return [CheckResult("disk", "missing", detail, elsewhere)]
    free = shutil.disk_usage(folder).free
    detail = f"{_gigabytes(free)} free in {str(folder)!r}"
    if free < LEAST_DISK:
        fix = f"Free some space, or {elsewhere}"
        return [
            CheckResult("disk", "missing", f"{detail}; training needs {LEAST_DISK:,} bytes", fix)
        ]
    return [CheckResult("disk", "ok", detail)]


def _gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:,.1f} GB"
