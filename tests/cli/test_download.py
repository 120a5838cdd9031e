"""The mode download, at a terminal, in a pipe and over a slow network."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.cli import download
from malgil.cli.main import main
from malgil.common import progress
from malgil.common.locations import ROOT
from malgil.common.progress import ProgressLine
from malgil.preprocessing.corpus.download.catalogue import load_catalogue
from tests import web as site
from tests.conftest import Ran
from tests.web import Web, serving

NAME = "tatoeba-kor-eng"
BODY = site.zip_of(1)
MODE = ("--mode", "download")


QUESTION = "Do you agree to these terms and want to download the dataset? [y/N] "
NFD_YES = unicodedata.normalize("NFD", "예\n")  # as macOS may send it


class Terminal(io.StringIO):
    """The text that someone types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Start a server on this machine that has the file."""
    monkeypatch.setenv("NO_PROXY", "*")
    with serving() as server:
        server.script = [site.file(BODY)]
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of the download."""
    return tmp_path / "내려받은 것" / NAME / "kor-eng.zip"


@pytest.fixture
def arguments(web: Web, file: Path) -> list[str]:
    """Return the arguments that download the file from the server."""
    downloads = f"data.downloads={file.parent.parent}"
    return [*MODE, NAME, "--url", web.url(), "--set", downloads]


@pytest.fixture
def run(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Return a function that runs `main` with those arguments and more."""

    def run_main(*more: str, stdin: io.StringIO | None = None) -> Ran:
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        return Ran(main([*arguments, *more]), *capsys.readouterr())

    return run_main


class TestList:
    def test_names_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(list(MODE)) == 0
        out, err = capsys.readouterr()
        assert err == ""
        header, *rows = out.split("\n\n")[0].splitlines()
        assert header.split() == ["name", "languages", "pairs", "size", "license"]
        for row, dataset in zip(rows, load_catalogue().values(), strict=True):
            assert re.split("  +", row)[:3] == [
                dataset.name,
                ", ".join(dataset.languages),
                str(dataset.pairs),
            ]
            assert row.endswith(f"B  {dataset.license}") and len(row) <= 100
        assert "--mode download NAME" in out.splitlines()[-1]

    def test_sizes(self) -> None:
        sizes = [download.format_size(count) for count in (0, 999, 1000, 30_153_726, 1.5e9)]
        assert sizes == ["0 B", "999 B", "1.0 kB", "30.2 MB", "1.5 GB"]


class TestAgreement:
    def test_no_terminal_and_no_yes(self, run: Callable[..., Ran], web: Web, file: Path) -> None:
        ran = run()
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.count("\n") == 1 and "add --yes to agree. Nothing was downloaded." in ran.err
        assert web.requests == [] and not file.parent.parent.exists()

    @pytest.mark.parametrize("answer", ["y\n", "Yes \n", "예\n", "네\n", NFD_YES])
    def test_asked_at_a_terminal(
        self, run: Callable[..., Ran], file: Path, answer: str, web: Web
    ) -> None:
        ran = run(stdin=Terminal(answer))
        assert (ran.status, ran.out) == (0, "") and file.read_bytes() == BODY
        before, after = ran.err.split(QUESTION)
        dataset = load_catalogue()[NAME]
        for text in (dataset.license, dataset.terms, dataset.citation, dataset.source, web.url()):
            assert text in before
        assert "~260.0 kB in 1 file" in before and after.startswith("done. To train on it: ")

    @pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n", "아니요\n"])
    def test_not_given(self, run: Callable[..., Ran], web: Web, file: Path, answer: str) -> None:
        ran = run(stdin=Terminal(answer))
        assert ran.status == 2 and not file.parent.parent.exists() and web.requests == []
        assert ran.err.split(QUESTION)[1].strip() == (
            "error: you did not agree to the terms. Nothing was downloaded. To agree, answer y."
        )

    def test_given_in_advance(self, run: Callable[..., Ran], file: Path) -> None:
        ran = run("--yes")
        assert ran.status == 0 and file.read_bytes() == BODY and "[y/N]" not in ran.err
        assert "license    CC BY 2.0 FR\n" in ran.err


class TestAfterwards:
    def test_how_to_train_on_it(self, run: Callable[..., Ran], file: Path) -> None:
        shown = run("--yes").err.splitlines()[-1]
        command = shown.removeprefix("done. To train on it: ")
        assert shlex.split(command) == [
            *("python", "app.py", "--mode", "train", "--set", f"data.train={file}")
        ]

    def test_paths_in_the_project(self) -> None:
        dataset = load_catalogue()["korean-parallel-news"]
        folder = ROOT / "data" / "downloads" / dataset.name
        command = download.training_command(dataset, [folder / each.name for each in dataset.files])
        assert (
            "--config recipes/ko-en-large.ini --set data.train=data/downloads/korean-p" in command
        )
        assert command.count("--set data.") == 3
        assert " --set data.valid=data/downloads/" in command

    def test_already_downloaded(self, run: Callable[..., Ran], web: Web) -> None:
        first = run("--yes").err.splitlines()[-1]
        web.close()
        ran = run()  # nothing to agree to: nothing is downloaded
        assert ran.status == 0 and ran.err.splitlines() == [
            f"{NAME} is already downloaded; its checksums match those on record",
            first,
        ]

    def test_a_file_that_has_changed_since(self, run: Callable[..., Ran], file: Path) -> None:
        run("--yes")
        file.write_bytes(b"other")
        ran = run("--yes")
        assert ran.status == 2 and "has changed since it was downloaded" in ran.err

    def test_an_address_that_has_moved(self, run: Callable[..., Ran], web: Web, file: Path) -> None:
        web.script = [site.status(404)]
        ran = run("--yes")
        error = ran.err.splitlines()[-1]
        assert ran.status == 2 and error.endswith("its new address: --url URL")
        assert error.startswith(f"error: {web.url()} returned 404 ")

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (["--mode", "download", "tatoeba"], "no dataset 'tatoeba'. Did you mean 'tatoeba-"),
            (["--mode", "download", "a", "b"], "accepts one dataset at a time. Received: a"),
            (["--mode", "download", "--yes"], "--yes requires the name of a dataset"),
            (["--mode", "download", "--url", "https://a.org/"], "--url requires the name of a d"),
            (["--mode", "download", NAME, "--url", ""], "--url accepts https:// or http://"),
            (["--mode", "download", NAME, "--url", "file:///a"], "Received: 'file:///a'"),
            (["--mode", "download", NAME, "--input", "a"], "--input applies to --mode predict"),
            (["--mode", "train", "--yes"], "--yes applies to --mode download"),
            (["--mode", "train", "--url", "https://a.org/"], "--url applies to --mode download"),
        ],
    )
    def test_mistakes(
        self, capsys: pytest.CaptureFixture[str], more: list[str], message: str
    ) -> None:
        assert main(more) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and message in err


class TestProgress:
    def test_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        for module in (download, progress):
            monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
        stream = Terminal()
        shown = download.TransferProgress(ProgressLine(stream))
        for done in (1_000_000, 3_000_000):  # the first bytes say nothing about the speed
            now[0] += 1
            shown.show(done, 4_000_000)
        now[0] += 1
        shown.show(3_500_000, None)
        lines = [line.rstrip() for line in stream.getvalue().split("\r")[1:]]
        assert lines[0] == "██████░░░░░░░░░░░░░░░░░░ 1.0 MB of 4.0 MB  0 B/s  ? left"
        assert lines[1] == "██████████████████░░░░░░ 3.0 MB of 4.0 MB  2.0 MB/s  0:00 left"
        assert lines[2] == "3.5 MB  1.2 MB/s"

    def test_nothing_in_a_file(self, run: Callable[..., Ran]) -> None:
        assert "\r" not in run("--yes").err


# If a shell runs the tests in the background, their child processes ignore Ctrl-C.
HEARS_CTRL_C = (
    "import app, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.exit(app.main(sys.argv[1:]))"
)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_ctrl_c_at_the_question(arguments: list[str], web: Web, file: Path) -> None:
    import pty

    terminal, stdin = pty.openpty()
    command = [sys.executable, "-c", HEARS_CTRL_C, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=stdin, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        shown = b""
        while not shown.endswith(b"[y/N] "):
            shown += os.read(process.stderr.fileno(), 1024)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    for descriptor in (terminal, stdin):
        os.close(descriptor)
    assert process.returncode == 130 and rest.startswith(b"\ninterrupted")
    assert rest.count(b"\n") == 2 and b"Traceback" not in rest
    assert web.requests == [] and not file.parent.parent.exists()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
class TestKilled:
    """The program as it is started from a shell, killed in the middle and started again."""

    @pytest.fixture
    def broken_off(self, arguments: list[str], web: Web, file: Path) -> Callable[..., bytes]:
        """Return a function that sends a signal halfway, and returns standard error."""

        def run(number: int) -> bytes:
            web.script = [site.stall(BODY, len(BODY) // 2)]
            part = file.with_name(file.name + ".part")
            command = [sys.executable, "-c", HEARS_CTRL_C, *arguments, "--yes"]
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
                end = time.monotonic() + 30
                while not part.exists() or part.stat().st_size < len(BODY) // 2:
                    assert process.poll() is None and time.monotonic() < end
                    time.sleep(0.01)
                process.send_signal(number)
                _, stderr = process.communicate(timeout=30)
            assert process.returncode == (130 if number == signal.SIGINT else -number)
            assert not file.exists()
            return stderr

        return run

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_continues(
        self,
        broken_off: Callable[..., bytes],
        run: Callable[..., Ran],
        web: Web,
        file: Path,
        number: int,
    ) -> None:
        stderr = broken_off(number)
        if number == signal.SIGINT:
            last = stderr.decode().splitlines()[-1]
            assert last == "interrupted; 100.1 kB are kept. To continue, run the same command."
        web.script = [site.file(BODY)]
        ran = run("--yes")
        assert ran.status == 0 and file.read_bytes() == BODY
        assert web.requests[-1][1]["Range"] == f"bytes={len(BODY) // 2}-"
        assert {each.name for each in file.parent.iterdir()} == {file.name, file.name + ".json"}

    def test_tensorflow_is_not_loaded(self, arguments: list[str], file: Path) -> None:
        script = (
            "import app, sys; status = app.main(sys.argv[1:]); "
            "sys.exit(status or any(name in sys.modules for name in ('tensorflow', 'keras')))"
        )
        command = [sys.executable, "-c", script, *arguments, "--yes"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        assert file.read_bytes() == BODY
