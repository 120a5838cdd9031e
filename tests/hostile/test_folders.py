"""Current folders that are gone or closed, and output folders that are deleted during a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.cli import predict
from malgil.common.locations import ROOT

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(os.name != "posix", reason="folders that are removed while in use"),
]
GONE = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
# A superuser may enter any folder, unless the process gives this right away.
CLOSED = (
    "mkdir closed && cd closed && chmod 0 . && exec setpriv "
    '--bounding-set -dac_override,-dac_read_search "$@"'
)
MODES = [
    ["settings", "--output", "o.ini"],
    ["settings", "--config", "r.ini"],
    ["settings", "--model", "./x"],
    ["predict", "--input", "i.txt", "--output", "o.txt"],
    ["predict", "문장", "--output", "o.txt"],
    ["predict", "문장", "--attention", "a.png"],
    ["predict", "문장", "--model", "./x"],
    ["score", "--input", "i.tsv"],
    ["inspect", "x.tsv"],
    ["inspect", "--output", "a.png"],
    ["evaluate", "--input", "a.tsv"],
    ["evaluate", "--output", "x.tsv"],
    ["compare", "a.ini", "b.ini"],
    ["train", "--set", "data.train=x.tsv"],
    ["train", "--config", "r.ini"],
]


@pytest.mark.parametrize("arguments", MODES, ids=" ".join)
@pytest.mark.parametrize("script", [GONE, CLOSED], ids=["gone", "closed"])
def test_the_current_folder(tmp_path: Path, arguments: list[str], script: str) -> None:
    if script == CLOSED and (os.getuid() != 0 or not shutil.which("setpriv")):
        pytest.skip("needs setpriv and its rights")
    command = [sys.executable, str(ROOT / "app.py"), "--mode", *arguments]
    ended = subprocess.run(
        ["sh", "-c", script, "sh", *command],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=200,
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"error: ") and ended.stderr.count(b"\n") == 1


def test_the_output_folder_is_deleted_during_the_run(
    run_app: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "in.txt").write_text("고양이가 잡니다.\n" * 3, encoding="utf-8")
    monkeypatch.setattr(predict, "LINES_AT_ONCE", 1)
    real = predict._formatted

    def delete(*given: object) -> str:
        shutil.rmtree(folder, ignore_errors=True)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(predict, "_formatted", delete)
    for source in (["--input", tmp_path / "in.txt"], ["고양이가 잡니다."]):
        folder.mkdir(exist_ok=True)
        ran = run_app("--mode", "predict", *source, "--output", folder / "o.txt")
        status, out, err = ran  # type: ignore[misc]
        assert (status, out) == (2, "")
        lines = [line for line in err.splitlines() if not line.endswith(" sentences")]
        assert len(lines) == 1 and lines[0].startswith("error: cannot write"), err
