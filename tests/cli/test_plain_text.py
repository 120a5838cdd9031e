"""Documents given to predict are refused before a translator is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from malgil.cli.plain_text import refuse_document
from malgil.common.errors import UserError
from malgil.common.locations import ROOT

SRT = "1\n00:00:01,000 --> 00:00:02,000\n안녕하세요.\n"


def test_the_message() -> None:
    with pytest.raises(UserError) as caught:
        refuse_document(SRT.encode(), "film.srt")
    assert str(caught.value) == (
        "--input accepts plain text, one sentence per line. Received: 'film.srt', SubRip "
        "subtitles. Save its text as plain text (.txt, UTF-8)."
    )


def test_plain_text_is_accepted() -> None:
    refuse_document("안녕하세요.\n".encode(), "a.txt")
    refuse_document(b"", "empty.txt")


@pytest.mark.parametrize("is_input", [True, False])
def test_predict(is_input: bool, tmp_path: Path) -> None:
    """Refuse a file however it is given; the translator does not exist."""
    path = tmp_path / "film.txt"
    path.write_text(SRT, encoding="utf-8")
    command = [sys.executable, "app.py", "--mode", "predict", "--model", "none"]
    arguments = ["--input", str(path)] if is_input else []
    with open(path, "rb") as file:
        ran = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            stdin=file,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "accepts plain text, one sentence per line. Received: " in line
    assert "SubRip subtitles" in line


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from malgil.cli.plain_text import refuse_document\n"
        "refuse_document(b'a\\n', 'a'); refuse_document(b'[1] a\\n', 'a')\n"
        "print({name.partition('.')[0] for name in sys.modules} & "
        "{'polib', 'yaml', 'ijson', 'openpyxl', 'defusedxml', 'numpy', 'zipfile'})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "set()"
