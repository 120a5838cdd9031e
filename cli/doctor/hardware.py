"""Checks of the machine: TensorFlow on it, GPU, processor, memory and disk space."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from malgil.cli.doctor import tensorflow_probe
from malgil.cli.doctor.check import MISSING, OK, OPTIONAL, CheckResult
from malgil.cli.doctor.tensorflow_probe import Probe
from malgil.cli.keras_backend import TENSORFLOW, chosen_backend
from malgil.common.localization import _, ngettext
from malgil.common.system import usable_cores
from malgil.settings import Settings

GIGABYTE = 10**9
MIN_DISK = GIGABYTE
MIN_MEMORY = 2 * GIGABYTE
# Where CUDA's libraries come from as wheels.
_CUDA_PACKAGE = "nvidia-cudnn-cu12"
_INSTALL_CUDA = 'pip install "tensorflow[and-cuda]"'

_PROC = Path("/proc")
_DEVICES = Path("/dev")
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def check_tensorflow(_settings: Settings) -> list[CheckResult]:
    """Check that TensorFlow can be imported, and that Keras runs on it.

    There is no result if TensorFlow is not installed: `check_packages` reports that.
    """
    if not tensorflow_probe.is_installed():
        return []
    found = tensorflow_probe.probe()
    name = _("working TensorFlow")
    if found.error:
        return [CheckResult(name, MISSING, *_tensorflow_failure(found.error))]
    detail = _("yes")
    if found.cuda:
        detail = _("yes; built for CUDA {cuda} and cuDNN {cudnn}").format(
            cuda=found.cuda, cudnn=found.cudnn
        )
    return [CheckResult(name, OK, detail), *_check_keras(found)]


def _tensorflow_failure(error: str) -> tuple[str, str]:
    """Return what is wrong with TensorFlow, and the fix."""
    flags = cpu_flags()
    if "compiled to use" in error or (flags and "avx" not in flags and _is_x86(flags)):
        return (
            _("no: this processor lacks required instructions ({error})").format(error=error),
            _("Use a processor with AVX, or build TensorFlow from source."),
        )
    return _("no: {error}").format(error=error), "pip install --force-reinstall tensorflow"


def _check_keras(found: Probe) -> list[CheckResult]:
    """Return a result if Keras does not run on TensorFlow, though it is installed."""
    backend, origin = chosen_backend()
    if backend != TENSORFLOW:
        detail = _("no: {origin} chooses the backend {backend!r}").format(
            origin=origin, backend=backend
        )
        fix = "export KERAS_BACKEND=tensorflow"
    elif found.keras_error and importlib.util.find_spec("keras") is not None:
        detail = _("no: {error}").format(error=found.keras_error)
        fix = "pip install --force-reinstall keras"
    else:
        return []
    return [CheckResult(_("Keras on TensorFlow"), MISSING, detail, fix)]


def check_gpu(_settings: Settings) -> list[CheckResult]:
    """Check whether there is a GPU that TensorFlow can use. None is needed."""
    name = _("GPU")
    found = tensorflow_probe.probe()
    if found.gpus:
        detail = _("{names}: used by TensorFlow").format(names=", ".join(found.gpus))
        return [CheckResult(name, OK, detail)]
    names = ", ".join(nvidia_devices())
    if not names:
        detail, fix = _("none; training runs on the processor"), ""
        if (_PROC / "driver/nvidia").is_dir():
            detail = _("a driver without a device; training runs on the processor")
            fix = _("In a container: start it with `docker run --gpus all`.")
        return [CheckResult(name, OPTIONAL, detail, fix)]
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and (not hidden.strip() or hidden.strip().startswith("-1")):
        detail = _("{names}: hidden by CUDA_VISIBLE_DEVICES={value!r}").format(
            names=names, value=hidden
        )
        return [CheckResult(name, OPTIONAL, detail, "unset CUDA_VISIBLE_DEVICES")]
    return [CheckResult(name, OPTIONAL, _unused_gpu(names, found), _gpu_fix(found))]


def _unused_gpu(names: str, found: Probe) -> str:
    """Return why TensorFlow does not use the GPUs `names`."""
    if found.error:
        return _("{names}: TensorFlow does not run, so training runs on the processor").format(
            names=names
        )
    if not found.cuda:
        return _(
            "{names}: TensorFlow is built without CUDA, so training runs on the processor"
        ).format(names=names)
    return _(
        "{names}: TensorFlow finds no CUDA {cuda} with cuDNN {cudnn}, so training runs on the "
        "processor"
    ).format(names=names, cuda=found.cuda, cudnn=found.cudnn)


def _gpu_fix(found: Probe) -> str:
    if os.name == "nt":
        return _("Run Malgil under WSL 2: TensorFlow uses no GPU on Windows itself.")
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        if found.cuda and importlib.metadata.version(_CUDA_PACKAGE):
            return _("Update the NVIDIA driver: CUDA 12 needs 525 or later (see `nvidia-smi`).")
    return _INSTALL_CUDA


def nvidia_devices() -> list[str]:
    """Return the names of the NVIDIA GPUs from `nvidia-smi`, or else their device files."""
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
    precision, has_gpu = settings.training.precision, bool(tensorflow_probe.probe().gpus)
    has_bfloat16 = bool({"avx512_bf16", "amx_bf16"} & flags)
    lacks_bfloat16 = bool(flags) and not has_bfloat16  # without flags nothing is known
    detail = ngettext("{count} usable core", "{count} usable cores", cores).format(count=cores)
    name = _("processor")
    if not has_gpu and (
        precision == "mixed_float16" or (precision == "mixed_bfloat16" and lacks_bfloat16)
    ):
        advice = _("training.precision = {precision} is slow on it").format(precision=precision)
        fix = "--set training.precision=float32"
        return [CheckResult(name, OPTIONAL, f"{detail}; {advice}", fix)]
    if has_bfloat16:
        advice = _("AVX512_BF16: training.precision = mixed_bfloat16 is the fastest")
        detail = f"{detail}; {advice}"
    return [CheckResult(name, OK, detail)]


def cpu_flags() -> set[str]:
    """Return the processor's features in lower case; empty if they are unknown."""
    with contextlib.suppress(OSError):
        text = (_PROC / "cpuinfo").read_text(encoding="utf-8", errors="replace")
        line = re.search(r"^(?:flags|Features)\s*:(.*)$", text, flags=re.MULTILINE)
        return set(line.group(1).lower().split()) if line else set()
    return set()


def _is_x86(flags: set[str]) -> bool:
    return "fpu" in flags


def check_memory(_settings: Settings) -> list[CheckResult]:
    """Check how much memory this process may use, if the system reports it."""
    name, size = _("memory"), total_memory()
    if size is None:
        return [CheckResult(name, OK, _("unknown on this system"))]
    if size < MIN_MEMORY:
        detail = _("{size}: little for training").format(size=_gigabytes(size))
        return [CheckResult(name, OPTIONAL, detail, "--set training.batch_tokens=512")]
    return [CheckResult(name, OK, _gigabytes(size))]


def total_memory() -> int | None:
    """Return the bytes of memory that the system or its container allows; None if unknown."""
    try:
        sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        return None
    for path in _CGROUP_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            sizes.append(int(path.read_text(encoding="ascii")))  # "max" is not a number
    return min(sizes)


def check_disk(settings: Settings) -> list[CheckResult]:
    """Check that the translator's folder can be written to and has enough free space."""
    name = _("disk space")
    elsewhere = _("--set translator.directory=FOLDER")
    folder = next(path for path in (settings.folder, *settings.folder.parents) if path.exists())
    if not folder.is_dir():
        detail = _("{path!r} is a file, not a folder").format(path=str(folder))
        return [CheckResult(name, MISSING, detail, elsewhere)]
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        detail = _("cannot write to {path!r}: {reason}").format(
            path=str(folder), reason=error.strerror or error
        )
        return [CheckResult(name, MISSING, detail, elsewhere)]
    free = shutil.disk_usage(folder).free
    values = {"free": _gigabytes(free), "path": str(folder), "needed": _gigabytes(MIN_DISK)}
    if free < MIN_DISK:
        detail = _("{free} free in {path!r}; training needs {needed}").format(**values)
        fix = _("Free some space, or use --set translator.directory=FOLDER.")
        return [CheckResult(name, MISSING, detail, fix)]
    return [CheckResult(name, OK, _("{free} free in {path!r}").format(**values))]


def _gigabytes(size: int) -> str:
    return _("{size:,.1f} GB").format(size=size / GIGABYTE)
