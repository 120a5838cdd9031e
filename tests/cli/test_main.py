"""The command line: its arguments, its exit statuses, and errors before anything is loaded."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil import __version__
from malgil.cli import train
from malgil.cli.doctor import diagnosis
from malgil.cli.main import main
from malgil.cli.options import Options
from malgil.common.errors import ExitCode, UserError
from malgil.common.locations import ROOT

Capture = pytest.CaptureFixture[str]


def mistake(capsys: Capture, *arguments: str) -> str:
    """Return the line that reports a user error."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n")
    return err


@pytest.fixture
def set_mode(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Make the mode train raise an exception, or return a status."""

    def replace(result: object) -> None:
        def mode(options: Options) -> object:
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setattr(train, "run", mode)

    return replace


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["문장"],
                "--mode is missing. To translate, type: python app.py --mode predict '문장'",
            ),
            (["--mode", "tran"], "Did you mean train?"),
            (["--mode", "predict", "--jso", "a"], "Did you mean --json?"),
            (["--mode", "train", "--config"], "--config requires a value"),
            (["--mode", "train", "문장"], "--mode train accepts options only. Received: '문장'."),
            (["--mode", "train", "--input", "a"], "--input applies to --mode predict, score, "),
            (["--mode", "predict", "문장", "--input", "a"], "--input or text on the command line"),
            (["--mode", "predict", "문장", "--overwrite"], "--overwrite requires --output FILE."),
        ],
    )
    def test_mistakes_are_one_line(
        self, capsys: Capture, arguments: list[str], message: str
    ) -> None:
        assert message in mistake(capsys, *arguments)

    def test_settings_come_from_the_recipe_and_from_set(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        seen: list[Options] = []
        monkeypatch.setattr(train, "run", lambda options: seen.append(options) or 0)
        recipe = tmp_path / "나의.ini"
        recipe.write_text("[training]\nepochs = 7\nseed = 8\n", encoding="utf-8")
        arguments = ["--mode", "train", "--config", str(recipe), "--set", "training.seed=9"]
        assert main([*arguments, "--resume"]) == 0
        (options,) = seen
        settings = options.settings()
        assert (settings.training.epochs, settings.training.seed) == (7, 9)
        assert options.resume

    @pytest.mark.parametrize("as_json", [True, False])
    def test_the_doctor(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, as_json: bool):
        monkeypatch.setattr(diagnosis, "run_checks", lambda settings, config: [])
        assert main(["--mode", "doctor", *["--json"] * as_json]) == 0
        out = capsys.readouterr().out
        if as_json:
            ready = {"translating": True, "training": True}
            assert json.loads(out) == {"version": __version__, "is_ready": ready, "checks": []}
        else:
            assert not out.startswith("{")


class TestExitStatus:
    @pytest.mark.parametrize("status", [0, 130])
    def test_the_modes_own(self, set_mode: Callable, status: int) -> None:
        set_mode(status)
        assert main(["--mode", "train"]) == status

    @pytest.mark.parametrize(
        ("error", "status", "message"),
        [
            (UserError("not\nthis way"), 2, "error: not this way"),
            (RuntimeError("a\nb"), 1, "internal error: RuntimeError: a b (--debug shows"),
            (OSError(errno.EIO, "bad disk"), 1, "internal error: OSError: [Errno 5] bad"),
            (FileNotFoundError(errno.ENOENT, "No", "x"), 1, "internal error: FileNotFoundError: "),
            (
                PermissionError(errno.EACCES, "Permission denied", "모델/x"),
                2,
                "error: cannot access '모델/x': Permission denied. Choose another path.",
            ),
            (OSError(errno.ENAMETOOLONG, "File name too long", "x"), 2, "error: cannot access 'x'"),
            (OSError(errno.ENOSPC, "No space left"), 2, "error: cannot write the output: No space"),
            (ModuleNotFoundError("no", name="keras"), 2, "error: the package keras is not install"),
            (KeyboardInterrupt(), 130, "interrupted"),
        ],
    )
    def test_an_error(
        self,
        capsys: Capture,
        set_mode: Callable,
        error: BaseException,
        status: int,
        message: str,
    ) -> None:
        set_mode(error)
        assert main(["--mode", "train"]) == status
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(message) and err.count("\n") == 1

    @pytest.mark.parametrize(
        "error", [ValueError("Unable to import backend"), ModuleNotFoundError("No module 'jax'")]
    )
    def test_a_backend_that_keras_cannot_use(
        self, capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        namespace: dict[str, object] = {"__name__": "keras.src.backend", "error": error}
        exec("def run(options): raise error", namespace)
        monkeypatch.setattr(train, "run", namespace["run"])
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        assert main(["--mode", "train"]) == 2
        err = capsys.readouterr().err
        assert err.startswith("error: Keras cannot use the backend of the environment variable ")
        assert f"'jax': {error}. Type: export KERAS_BACKEND=tensorflow\n" in err
        monkeypatch.delenv("KERAS_BACKEND")
        main(["--mode", "train"])
        assert "KERAS_BACKEND" not in capsys.readouterr().err

    @pytest.mark.skipif(os.name != "posix", reason="folders that are removed while in use")
    def test_a_current_folder_that_was_removed(self, tmp_path: Path) -> None:
        script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
        command = [sys.executable, str(ROOT / "app.py"), "--mode", "settings", "--output", "o.ini"]
        ended = subprocess.run(
            ["sh", "-c", script, "sh", *command], cwd=tmp_path, capture_output=True, check=False
        )
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert ended.stderr.startswith(b"error: --output: cannot write 'o.ini': No such file")
        assert ended.stderr.count(b"\n") == 1

    @pytest.mark.parametrize("error", [UserError("no"), RuntimeError("no"), OSError(28, "no")])
    def test_debug_shows_where(self, capsys: Capture, set_mode: Callable, error: Exception) -> None:
        set_mode(error)
        status = main(["--mode", "train"])
        assert "Traceback" not in capsys.readouterr().err
        assert main(["--mode", "train", "--debug"]) == status
        err = capsys.readouterr().err
        assert err.startswith("Traceback") and __name__.split(".")[-1] in err
        assert err.splitlines()[-1].startswith(("error: ", "internal error: "))

    def test_what_was_written_stands_before_the_error(
        self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mode(options: Options) -> int:
            print("half")
            raise UserError("no")

        monkeypatch.setattr(train, "run", mode)
        assert main(["--mode", "train"]) == 2
        assert capfd.readouterr() == ("half\n", "error: no\n")


def test_app_py_is_the_same_program() -> None:
    ended = subprocess.run(
        [sys.executable, "app.py", "--mode", "none"], cwd=ROOT, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.USER_ERROR, b"")
    assert ended.stderr.startswith(b"error: --mode accepts train, predict, ")


@pytest.mark.skipif(os.name != "posix", reason="a shell closes it")
def test_closed_standard_output() -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "app.py", "--mode", "settings"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == ExitCode.USER_ERROR
    assert ended.stderr.startswith(b"error: standard output is closed. Redirect it")
    assert ended.stderr.count(b"\n") == 1


EARLY = """
import contextlib, io, json, sys
import app
seen = []
for arguments in json.loads(sys.argv[1]):
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        seen.append([app.main(arguments), err.getvalue()])
loaded = [name for name in ("tensorflow", "keras", "matplotlib") if name in sys.modules]
print(json.dumps([seen, loaded]))
"""


def test_mistakes_are_reported_before_tensorflow_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    (tmp_path / "in.txt").write_text("문장\n", encoding="utf-8")
    (tmp_path / "empty.tsv").write_text("")
    old, source = str(tmp_path / "old.txt"), str(tmp_path / "in.txt")
    train, predict, evaluate = (["--mode", name] for name in ("train", "predict", "evaluate"))
    cases = [
        ([*train, "--set", "training.epoch=3"], "Did you mean 'epochs'"),
        ([*train, "--set", "training.epochs=many"], "Received: 'many'"),
        ([*train, "--config", "no.ini"], "--config: cannot read 'no.ini'"),
        ([*train, "--set", "data.train=no.tsv"], "data.train: cannot read 'no.tsv'"),
        ([*train, "--set", f"data.valid={tmp_path}"], "Is a directory. Name a file, not a folder."),
        ([*train, "--set", "data.train="], "data.train is empty"),
        (
            [*predict, "문장", "--set", "translator.name=none-such"],
            "there is no translator 'none-such'",
        ),
        ([*predict, "문장", "--output", old], "exists. Choose another file, or add --overwrite"),
        ([*predict, "문장", "--output", str(tmp_path / "no/a")], "Create its folder first."),
        ([*predict, "문장", "--attention", "a.jpg"], "accepts the extensions .png"),
        ([*predict, "문장", "--attention", str(tmp_path / "no/a.png")], "Create its folder first."),
        ([*predict, "하나", "둘", "--attention", "a.png"], "Received: several."),
        ([*predict, "문장\udcff"], "sentence 1 is not UTF-8 text"),
        ([*predict, "--input", "no.txt"], "--input: cannot read 'no.txt': No such file or"),
        ([*predict, "--input", source, "--output", source], "is the file of --input"),
        ([*evaluate, "--set", "data.test=no.tsv"], "data.test: cannot read 'no.tsv'"),
        ([*evaluate, "--input", "no.tsv"], "cannot read 'no.tsv'"),
        ([*evaluate, "--input", str(tmp_path / "empty.tsv")], "is empty"),
        (["--mode", "score", "--input", "no.tsv"], "--input: cannot read 'no.tsv': No such"),
        (["--mode", "score", "문장"], "Number of sentences received: 1."),
        ([*evaluate, "--set", "translator.name=none-such"], "there is no translator 'none-such'"),
    ]
    ended = subprocess.run(
        [sys.executable, "-c", EARLY, json.dumps([arguments for arguments, _ in cases])],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    seen, loaded = json.loads(ended.stdout)
    assert ended.stderr == b""
    for (status, line), (arguments, expected) in zip(seen, cases, strict=True):
        assert status == 2, arguments
        assert line.startswith("error: ") and line.count("\n") == 1, arguments
        assert expected in line
    assert loaded == []
    assert (tmp_path / "old.txt").read_text() == "old"


# The program with a translator that needs no TensorFlow: it writes in capitals.
STAND_IN = """
import sys
from types import SimpleNamespace
import app
from malgil.cli import translators
translation = lambda text: SimpleNamespace(text=text, alternatives=(), is_translated=True)
translate = lambda texts, _: [translation(text.upper()) for text in texts]
from malgil.settings import Settings
settings = Settings()
translators.load_translator = lambda *_: SimpleNamespace(translate=translate, settings=settings)
sys.exit(app.main())
"""
PREDICT = [sys.executable, "-c", STAND_IN, "--mode", "predict"]


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
class TestStreams:
    def test_a_reader_that_goes_away(self, tmp_path: Path) -> None:
        source = tmp_path / "long.txt"
        source.write_text("line\n" * 300_000)
        with subprocess.Popen(
            [*PREDICT, "--input", source],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout and process.stderr
            assert process.stdout.readline() == b"LINE\n"
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk_behind_standard_output(self) -> None:
        with open("/dev/full", "wb") as full:
            ended = subprocess.run(
                [*PREDICT, "a"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert ended.stderr == (
            b"error: cannot write the output: No space left on device. Free some space.\n"
        )
        assert ended.returncode == 2

    def test_streams_that_are_closed(self, tmp_path: Path) -> None:
        script = 'exec "$@" <&- >&- 2>&-'
        command = ["sh", "-c", script, "sh", *PREDICT]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        output = tmp_path / "output"
        command += ["a", "--output", str(output)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        assert output.read_text() == "A\n"

    def test_utf_8_whatever_the_locale(self) -> None:
        ended = subprocess.run(
            PREDICT,
            cwd=ROOT,
            env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            input="é 말\n".encode(),
            capture_output=True,
            check=True,
        )
        assert (ended.stdout, ended.stderr) == ("É 말\n".encode(), b"")
