"""The mode predict at a prompt, and the whole program at a pipe and a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import prompt
from malgil.common.locations import ROOT

PREDICT = ("--mode", "predict")


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


class Terminal(io.StringIO):
    """A terminal at which text is typed, with Ctrl-D at the end."""

    def isatty(self) -> bool:
        return True


class TestPrompt:
    @pytest.fixture
    def type_in(self, run_app: Any) -> Callable[..., Any]:
        """Run the mode predict as `run_app` does, with text typed at its prompt."""

        def run(typed: str, *arguments: str | Path) -> Any:
            return run_app(*PREDICT, *arguments, stdin=Terminal(typed))

        return run

    def test_a_translation_for_each_line(
        self, type_in: Any, sentences: list[str], translated: list[str]
    ) -> None:
        ran = type_in(lines(*sentences[:2], "", "  ", *sentences[2:]))
        assert (ran.status, ran.out) == (0, lines(*translated))
        welcome, rest = ran.err.split("\n", 1)
        assert welcome == (
            "tiny (ko → en). Type one sentence per line. :help lists the commands, Ctrl-D quits."
        )
        assert rest == "> " * (len(sentences) + 3) + "\n"  # off a standard output that is a file

    def test_json(self, type_in: Any, sentences: list[str], translated: list[str]) -> None:
        ran = type_in(lines(*sentences[:2]), "--json")
        assert [json.loads(line)["translation"] for line in ran.out.splitlines()] == translated[:2]

    def test_attention_of_each(self, type_in: Any, sentences: list[str], tmp_path: Path) -> None:
        ran = type_in(lines(*sentences[:2]), "--attention", tmp_path / "a.png")
        assert (ran.status, ran.err.count(f"attention: {tmp_path / 'a.png'}\n")) == (0, 2)

    def test_text_in_another_encoding_does_not_end_it(
        self, type_in: Any, sentences: list[str], translated: list[str]
    ) -> None:
        ran = type_in(lines("caf\udce9", sentences[0]))
        assert (ran.status, ran.out) == (0, lines(translated[0]))
        assert ran.err.count("error: the line is not UTF-8 text. It was not translated.\n") == 1

    def test_output_is_refused(self, type_in: Any, tmp_path: Path) -> None:
        ran = type_in("가\n", "--output", tmp_path / "out")
        assert (ran.status, ran.out) == (2, "")
        assert "--output requires sentences" in ran.err and not (tmp_path / "out").exists()

    def test_ctrl_c_drops_the_line(
        self,
        type_in: Any,
        sentences: list[str],
        translated: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        ask, asked = prompt.read_line, []

        def interrupt_once() -> str:
            asked.append(ask)
            if len(asked) == 1:
                raise KeyboardInterrupt
            return ask()

        monkeypatch.setattr(prompt, "read_line", interrupt_once)
        ran = type_in(lines(sentences[0]))
        assert (ran.status, ran.out) == (0, lines(translated[0]))

    def test_quit(self, type_in: Any, sentences: list[str], translated: list[str]) -> None:
        ran = type_in(lines(sentences[0], ":quit", sentences[1]))
        assert (ran.status, ran.out) == (0, lines(translated[0]))


class TestProcess:
    """The program as people start it, TensorFlow and all."""

    @pytest.fixture
    def command(self, translator_folder: Path) -> list[str]:
        overrides = [f"translator.directory={translator_folder.parent}", "translator.name=tiny"]
        sets = [part for each in overrides for part in ("--set", each)]
        return [sys.executable, "app.py", *PREDICT, *sets]

    def test_nothing_but_translations_on_standard_output(
        self, command: list[str], sentences: list[str], translated: list[str]
    ) -> None:
        ended = subprocess.run(
            command,
            cwd=ROOT,
            input=lines(*sentences[:2], "").encode(),
            capture_output=True,
            check=False,
        )
        assert ended.stdout.decode() == lines(*translated[:2], "")
        assert (ended.returncode, ended.stderr) == (0, b"")

    @pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
    def test_a_terminal(
        self, command: list[str], sentences: list[str], translated: list[str]
    ) -> None:
        import pty

        ours, theirs = pty.openpty()
        with subprocess.Popen(
            command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs
        ) as process:
            os.close(theirs)
            seen = read_until(ours, b"> ")
            assert b"Ctrl-D quits." in seen
            for source, target in list(zip(sentences, translated, strict=True))[:2]:
                os.write(ours, source.encode() + b"\n")
                answer = read_until(ours, b"> ")
                assert target.encode() in answer
            os.write(ours, b"\x04")
            with contextlib.suppress(OSError):  # Linux: the other end is closed
                read_until(ours, b"nothing more")
        os.close(ours)
        assert process.returncode == 0


def read_until(descriptor: int, end: bytes) -> bytes:
    """Return the output of a terminal up to `end`, within a minute."""
    seen = b""
    while not seen.endswith(end):
        assert select.select([descriptor], [], [], 60)[0], seen
        part = os.read(descriptor, 4096)
        if not part:
            break
        seen += part
    return seen
