"""What TensorFlow and Keras report about themselves, asked in another process."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from malgil.cli.doctor.check import PURPOSES, TRAINING, Purpose
from malgil.cli.keras_backend import TENSORFLOW
from malgil.common.localization import _
from malgil.common.locations import ROOT
from malgil.settings import Settings

PROBE_SECONDS = 180

# Run in a process of its own: on a processor without AVX TensorFlow ends the whole process, and
# what it writes while it is loaded cannot be kept off standard error otherwise.
_PROBE = """
import json
import tensorflow as tf

gpus = tf.config.list_physical_devices("GPU")
details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
build = tf.sysconfig.get_build_info()
report = {
    "version": tf.__version__,
    "gpus": [detail.get("device_name", "GPU") for detail in details],
    "cuda": build.get("cuda_version") or "",
    "cudnn": build.get("cudnn_version") or "",
}
try:
    import keras
except Exception as error:
    report["keras_error"] = f"{type(error).__name__}: {error}"
print(json.dumps(report))
"""

# A line that native code logs: its level (I, W, E or F), its place, and the message.
_NATIVE_LINE = re.compile(
    r"^(?:\d{4}-\d\d-\d\d [\d:.]+: )?([IWEF])(?:\d{4} [\d:.]+ +\d+)? \S+:\d+\] (.*)$"
)
_NATIVE_NOISE = "WARNING: All log messages before absl::InitializeLog"


@dataclass(frozen=True)
class Probe:
    """The answer of TensorFlow about itself, or why there is none.

    Attributes:
        error: Why it cannot be imported; empty if it can.
        version: TensorFlow's.
        keras_error: Why Keras cannot be imported; empty if it can. Keras is asked to run on
            TensorFlow, regardless of `KERAS_BACKEND`.
        gpus: The names of the GPUs that TensorFlow can use.
        cuda: The CUDA version that it was built for; empty if it was built without.
        cudnn: The same for cuDNN.
    """

    error: str = ""
    version: str = ""
    keras_error: str = ""
    gpus: tuple[str, ...] = ()
    cuda: str = ""
    cudnn: str = ""


def purposes(settings: Settings) -> tuple[Purpose, ...]:
    """Return what TensorFlow is needed for: training, and translating with the Keras engine."""
    return PURPOSES if settings.inference.engine == "keras" else (TRAINING,)


def is_installed() -> bool:
    """Return whether TensorFlow is installed. It is not imported."""
    return importlib.util.find_spec("tensorflow") is not None


@functools.cache
def probe() -> Probe:
    """Import TensorFlow in another process and ask it. The first call takes seconds."""
    if not is_installed():
        return Probe(error=_("it is not installed"))
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=False,
            cwd=ROOT,
            env={**os.environ, "KERAS_BACKEND": TENSORFLOW},
        )
    except subprocess.TimeoutExpired:
        return Probe(
            error=_("its import takes longer than {seconds} s").format(seconds=PROBE_SECONDS)
        )
    except OSError as error:
        return Probe(
            error=_("another Python process cannot be started ({error})").format(error=error)
        )
    if done.returncode:
        return Probe(error=_reason(done.returncode, done.stderr))
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return Probe(**{**answer, "gpus": tuple(answer["gpus"])})


def _reason(status: int, stderr: str) -> str:
    """Return in one line why a process that imported TensorFlow ended.

    Lines that TensorFlow logs on its way are left out; of a fatal one only the message is kept.
    """
    lines, fatal = [], ""
    for line in filter(None, map(str.strip, stderr.splitlines())):
        native = _NATIVE_LINE.match(line)
        if native and native.group(1) == "F":
            fatal = native.group(2)
        elif not native and not line.startswith(_NATIVE_NOISE):
            lines.append(line)
    about_avx = next((line for line in [fatal, *lines] if "compiled to use" in line), "")
    if about_avx:
        return about_avx
    if status < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-status).name
            return _("the process was ended by {signal}").format(signal=name)
    if fatal:
        return fatal
    return lines[-1] if lines else _("the process ended with status {status}").format(status=status)
