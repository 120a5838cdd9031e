"""The mode compare: real trainings in processes of their own, failures, and going on."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.cli import training_process
from malgil.cli.compare import load_systems
from malgil.cli.compare import run as compare
from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.logging import messages
from malgil.evaluation.comparison import SystemResult
from malgil.settings import Settings
from tests.cli import children
from tests.evaluation.test_comparison import result

ROOT = Path(__file__).resolve().parents[2]


def recipe(folder: Path, name: str, *lines: str) -> str:
    path = folder / f"{name}.ini"
    path.write_text("\n".join(["[translator]", f"name = {name}", *lines]), encoding="utf-8")
    return str(path)


@pytest.fixture
def overrides(tiny_overrides, tmp_path: Path) -> list[str]:
    """Those of a tiny training, but for the name."""
    values = tiny_overrides(tmp_path / "model")
    return [value for value in values if not value.startswith("translator.name")]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Training is left out. Returns which systems were asked for, and whether to resume."""
    asked: list[tuple[str, bool]] = []

    def run(settings: Settings, resume: bool, is_debug: bool) -> SystemResult | None:
        name = settings.translator.name
        asked.append((name, resume))
        if name == "stopped":
            return None
        if name in ("broken", "faulty"):
            return SystemResult(name, "it broke", is_fault=name == "faulty")
        return result(name, tests=1)

    monkeypatch.setattr(training_process, "train_in_process", run)
    return asked


@pytest.fixture(autouse=True)
def _messages(capsys: pytest.CaptureFixture) -> Iterator[None]:
    """Messages are shown, as the command line does."""
    with messages():
        yield


def options(recipes: list[str], overrides: list[str], **more: bool) -> Options:
    first, *others = recipes or [None]
    return Options("compare", tuple(others), first, tuple(overrides), **more)


class TestMode:
    def test_table_pictures_and_what_is_kept(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("하나", "둘")]
        assert compare(options(recipes, overrides)) == 0
        out = capsys.readouterr().out
        folder = tmp_path / "model" / "comparison"
        assert out == (folder / "comparison.md").read_text("utf-8")
        assert [line.split(" | ")[0] for line in out.splitlines()[2:]] == ["| 하나", "| 둘"]
        kept = {path.name for path in folder.iterdir()}
        assert kept == {"comparison.md", "comparison.png", "attention.png", "하나.json", "둘.json"}

    def test_a_failed_one_does_not_end_the_others(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("broken", "둘")]
        with pytest.raises(UserError, match="^broken failed; why stands above"):
            compare(options(recipes, overrides))
        captured = capsys.readouterr()
        assert "| broken | failed: it broke |" in captured.out and "| 둘 |" in captured.out
        assert "broken failed: it broke" in captured.err
        stubbed.clear()
        with pytest.raises(UserError):
            compare(options(recipes, overrides, resume=True))
        assert stubbed == [("broken", True)]

    def test_resume_takes_the_results_of_the_same_settings(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("하나", "stopped", "셋")]
        assert compare(options(recipes, overrides)) == 130
        assert [name for name, _ in stubbed] == ["하나", "stopped"]
        assert "Go on with the same command and --resume" in capsys.readouterr().err
        stubbed.clear()
        recipes = [recipes[0], recipe(tmp_path, "둘"), recipes[2]]
        assert compare(options(recipes, overrides, resume=True, json=True)) == 0
        assert stubbed == [("둘", False), ("셋", False)]  # neither had begun
        assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["하나", "둘", "셋"]
        stubbed.clear()
        assert compare(options(recipes, [*overrides, "model.units=18"], resume=True)) == 0
        assert len(stubbed) == 3

    def test_resume_goes_on_with_what_this_comparison_began(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, "stopped")]
        assert compare(options(recipes, overrides)) == 130
        assert compare(options(recipes, overrides, resume=True)) == 130
        assert compare(options(recipes, overrides)) == 130
        assert [resume for _, resume in stubbed] == [False, True, False]

    def test_resume_does_not_go_on_with_another_training(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        """One that was stopped before it could set the earlier checkpoint aside."""
        folder = tmp_path / "model" / "stopped"
        folder.mkdir(parents=True)
        (folder / "checkpoint.safetensors").write_text("of another training")
        recipes = [recipe(tmp_path, "stopped")]
        assert compare(options(recipes, overrides)) == 130
        kept = {path.name: path.read_text() for path in folder.iterdir()}
        assert kept == {"checkpoint.previous.safetensors": "of another training"}
        (folder / "checkpoint.safetensors").write_text("of this one")
        assert compare(options(recipes, overrides, resume=True)) == 130
        assert (folder / "checkpoint.safetensors").read_text() == "of this one"

    def test_a_fault_of_the_program_is_no_mistake_of_the_user(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("faulty", "broken", "둘")]
        with pytest.raises(RuntimeError, match="^faulty, broken failed; why stands above"):
            compare(options(recipes, overrides))
        assert [name for name, _ in stubbed] == ["faulty", "broken", "둘"]

    @pytest.mark.parametrize("name", ["하나", "stopped"])
    def test_resume_begins_anew_on_other_files(
        self, stubbed: list, overrides: list[str], tmp_path: Path, name: str
    ) -> None:
        """Under the same names."""
        copied = []
        for value in overrides:
            key, path = value.split("=", 1)
            if key.startswith("data.") and path.endswith(".tsv"):
                (tmp_path / f"{key}.tsv").write_bytes(Path(path).read_bytes())
                copied.append(f"{key}={tmp_path / key}.tsv")
            else:
                copied.append(value)
        recipes = [recipe(tmp_path, name)]
        compare(options(recipes, copied))
        for key in ("train", "valid", "test"):
            with open(tmp_path / f"data.{key}.tsv", "a", encoding="utf-8") as file:
                file.write("새는 납니다.\tThe bird flies.\n")
            stubbed.clear()
            compare(options(recipes, copied, resume=True))
            assert stubbed == [(name, False)], key

    def test_losses_of_other_pieces_are_not_compared(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        values = [value for value in overrides if not value.startswith("preprocessing.lowercase")]
        recipes = [
            recipe(tmp_path, name, "[preprocessing]", f"lowercase = {lowercase}")
            for name, lowercase in (("하나", "no"), ("둘", "no"), ("셋", "yes"))
        ]
        compare(options(recipes[:2], values))
        assert "per piece" not in capsys.readouterr().out
        compare(options(recipes, values))
        out = capsys.readouterr().out
        assert out.splitlines()[-1].startswith(
            "The validation loss is per piece. 하나 and 셋 differ"
        )
        assert (tmp_path / "model" / "comparison" / "comparison.md").read_text("utf-8") == out

    def test_a_damaged_result_is_made_again(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, "하나")]
        compare(options(recipes, overrides))
        path = tmp_path / "model" / "comparison" / "하나.json"
        for broken in ("{", "[]", '{"settings": 1}', path.read_text("utf-8").replace("tests", "t")):
            path.write_text(broken, encoding="utf-8")
            stubbed.clear()
            compare(options(recipes, overrides, resume=True))
            assert stubbed == [("하나", False)]


class TestProcess:
    """What becomes of a system whose process does not answer."""

    @pytest.mark.parametrize(
        ("child", "failure"),
        [
            (children.leave, "its process ended with status 3"),
            (children.be_killed, "its process was ended by signal 9"),
        ],
    )
    def test_ends_by_itself(
        self, monkeypatch: pytest.MonkeyPatch, child: Callable[..., None], failure: str
    ) -> None:
        monkeypatch.setattr(training_process, "train_and_send", child)
        found = training_process.train_in_process(Settings(), False, False)
        assert found == SystemResult(Settings().translator.name, failure, is_fault=True)

    def test_sigterm_ends_it_too(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(training_process, "train_and_send", children.wait)
        monkeypatch.chdir(tmp_path)
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

        def end() -> None:
            while not (tmp_path / "waiting").exists():
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=end, daemon=True).start()
        assert training_process.train_in_process(Settings(), False, False) is None
        assert not multiprocessing.active_children()
        after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        assert after == before


class TestRefused:
    def test_no_recipe(self) -> None:
        with pytest.raises(UserError, match="compare takes recipes"):
            compare(options([], []))

    def test_the_same_name_twice(self, tmp_path: Path) -> None:
        path = recipe(tmp_path, "a")
        with pytest.raises(UserError, match=r"name = 'a' 2 times"):
            load_systems([path, path], [])

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ("[data]\ntrain = other.tsv", r"\[data\]"),
            ("[cleaning]\ndrop_duplicates = no", r"\[cleaning\]"),
            ("[training]\nmax_minutes = 7", "training.max_minutes"),
        ],
    )
    def test_what_must_be_the_same(self, tmp_path: Path, line: str, what: str) -> None:
        recipes = [recipe(tmp_path, "a"), recipe(tmp_path, "b", line)]
        with pytest.raises(UserError, match=f"the same {what} in all recipes; a and b differ"):
            load_systems(recipes, [])

    def test_missing_data(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="data.test: cannot read"):
            compare(options([recipe(tmp_path, "a")], ["data.test=nothing.tsv"]))


@pytest.mark.slow
def test_real_trainings(overrides: list[str], tmp_path: Path) -> None:
    """One whose process fails, and one that trains; then --resume does nothing twice."""
    recipes = [
        # Every translation of this one needs a character that its pieces lack: it cannot begin.
        recipe(tmp_path, "broken", "[preprocessing]", "max_length = 2"),
        recipe(tmp_path, "plain", "[model]", "attention = none"),
    ]
    command = [sys.executable, "app.py", "--mode", "compare", "--config", *recipes]
    for value in overrides:
        if not value.startswith("preprocessing.max_length"):
            command += ["--set", value]
    environment = {**os.environ, "PYTHONUTF8": "1"}

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *more],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    first = run()
    assert first.returncode == 2, first.stderr
    lines = [line for line in first.stdout.splitlines()[2:] if line.startswith("|")]
    rows = [line.strip("| ").split(" | ") for line in lines]
    assert [row[0] for row in rows] == ["broken", "plain"]
    assert rows[0][1].startswith("failed: ") and "max_length" in rows[0][1]
    assert "Traceback" not in first.stderr
    assert int(rows[1][1].replace(",", "")) > 1000 and float(rows[1][5]) > 0
    folder = tmp_path / "model" / "comparison"
    stored = json.loads((folder / "plain.json").read_text("utf-8"))["result"]
    assert stored["attention"]["weights"] is None
    assert (tmp_path / "model" / "plain" / "translator.safetensors").exists()
    second = run("--resume")
    assert second.stdout == first.stdout
    assert "plain" in second.stderr and "epoch 1" not in second.stderr
