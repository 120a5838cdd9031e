"""The mode compare: trainings in separate processes, failures, and --resume."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.cli import training_process
from malgil.cli.compare import run as compare
from malgil.cli.options import Options
from malgil.common.errors import UserError
from malgil.common.logging import messages
from malgil.evaluation.comparison import SystemResult
from malgil.settings import Settings
from tests.evaluation.test_comparison import result

ROOT = Path(__file__).resolve().parents[2]


def recipe(folder: Path, name: str, *lines: str) -> str:
    """Write a recipe which differs from those of other names in one setting of decoding."""
    path = folder / f"{name}.ini"
    own = ["[inference]", f"max_length = {120 + sum(map(ord, name)) % 1000}"]
    path.write_text("\n".join(["[translator]", f"name = {name}", *own, *lines]), encoding="utf-8")
    return str(path)


@pytest.fixture
def overrides(tiny_overrides, tmp_path: Path) -> list[str]:
    """Return the overrides of a tiny training, except for the name."""
    values = tiny_overrides(tmp_path / "model")
    return [value for value in values if not value.startswith("translator.name")]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Replace training. Returns which systems were to be trained, and whether to resume."""
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
    """Show messages, as the command line does."""
    with messages():
        yield


def options(recipes: list[str], overrides: list[str], **more: bool) -> Options:
    first, *others = recipes or [None]
    return Options("compare", tuple(others), first, tuple(overrides), **more)


class TestMode:
    def test_table_pictures_and_records(
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

    def test_systems_are_tested_against_the_first_that_is_done(
        self,
        stubbed: list,
        overrides: list[str],
        tmp_path: Path,
        capsys: pytest.CaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The differences are recorded, and the same after --resume."""
        test_file = Path(next(v for v in overrides if v.startswith("data.test=")).partition("=")[2])
        references = [line.split("\t")[1] for line in test_file.read_text("utf-8").splitlines()]
        real = training_process.train_in_process

        def run(settings: Settings, resume: bool, is_debug: bool) -> SystemResult | None:
            found = real(settings, resume, is_debug)
            if found is None or found.failure:
                return found
            texts = references if found.name == "하나" else ["xyz"] * len(references)
            [test] = found.tests
            test = dataclasses.replace(test, translations=tuple(texts), chrf_plus_plus=1.0)
            return dataclasses.replace(found, tests=(test,))

        monkeypatch.setattr(training_process, "train_in_process", run)
        recipes = [recipe(tmp_path, name) for name in ("broken", "하나", "둘")]
        with pytest.raises(UserError):
            compare(options(recipes, overrides))
        out = capsys.readouterr().out
        rows = [line.strip("| ").split(" | ") for line in out.splitlines()]
        tested = [row for row in rows if row[-1] == "worse"]
        assert [row[1:4] for row in tested] == [
            ["둘", "하나", metric] for metric in ("BLEU", "chrF", "chrF++", "TER")
        ]
        stored = json.loads((tmp_path / "model" / "comparison" / "둘.json").read_text("utf-8"))
        [test] = stored["result"]["tests"]
        assert [each["baseline"] for each in test["differences"]] == ["하나"] * 4
        with pytest.raises(UserError):
            compare(options(recipes, overrides, resume=True))
        assert capsys.readouterr().out == out
        with pytest.raises(UserError):
            compare(options(recipes, overrides, resume=True, json=True))
        shown = json.loads(capsys.readouterr().out)
        assert [one["tests"][0]["translations"] for one in shown[1:]] == [[], []]
        assert len(shown[2]["tests"][0]["differences"]) == 4
        # In another order, the other system is the baseline.
        assert compare(options(recipes[:0:-1], overrides, resume=True, json=True)) == 0
        first, second = json.loads(capsys.readouterr().out)
        assert (first["name"], first["tests"][0]["differences"]) == ("둘", [])
        found = second["tests"][0]["differences"]
        assert [each["baseline"] for each in found] == ["둘"] * 4

    def test_a_failed_one_does_not_end_the_others(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("broken", "둘")]
        with pytest.raises(UserError, match="^training failed: broken. See the errors above"):
            compare(options(recipes, overrides))
        captured = capsys.readouterr()
        assert "| broken | failed: it broke |" in captured.out and "| 둘 |" in captured.out
        assert "broken failed: it broke" in captured.err
        stubbed.clear()
        with pytest.raises(UserError):
            compare(options(recipes, overrides, resume=True))
        assert stubbed == [("broken", True)]

    def test_resume_keeps_the_results_of_the_same_settings(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("하나", "stopped", "셋")]
        assert compare(options(recipes, overrides)) == 130
        assert [name for name, _ in stubbed] == ["하나", "stopped"]
        assert "To continue, run the same command with --resume." in capsys.readouterr().err
        stubbed.clear()
        recipes = [recipes[0], recipe(tmp_path, "둘"), recipes[2]]
        assert compare(options(recipes, overrides, resume=True, json=True)) == 0
        assert stubbed == [("둘", False), ("셋", False)]  # neither had begun
        assert [one["name"] for one in json.loads(capsys.readouterr().out)] == ["하나", "둘", "셋"]

    def test_nothing_to_resume(self, stubbed: list, overrides: list[str], tmp_path: Path) -> None:
        """Hours of training must not start because of a small difference in the command."""
        recipes = [recipe(tmp_path, name) for name in ("하나", "둘")]
        folder = tmp_path / "model" / "comparison"
        message = (
            f"nothing to resume: no comparison in {str(folder)!r} has begun with these settings "
            "and files. Run without --resume."
        )
        with pytest.raises(UserError) as caught:
            compare(options(recipes, overrides, resume=True))
        assert str(caught.value) == message and not folder.parent.exists()
        assert compare(options(recipes, overrides)) == 0
        stubbed.clear()
        with pytest.raises(UserError) as caught:
            compare(options(recipes, [*overrides, "model.units=18"], resume=True))
        assert (str(caught.value), stubbed) == (message, [])

    def test_resume_continues_the_training_of_this_comparison(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("stopped", "둘")]
        assert compare(options(recipes, overrides)) == 130
        assert compare(options(recipes, overrides, resume=True)) == 130
        assert compare(options(recipes, overrides)) == 130
        assert [resume for _, resume in stubbed] == [False, True, False]

    def test_resume_does_not_continue_another_training(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        """It was stopped before it could set the earlier checkpoint aside."""
        folder = tmp_path / "model" / "comparison" / "stopped"
        folder.mkdir(parents=True)
        (folder / "checkpoint.safetensors").write_text("of another training")
        recipes = [recipe(tmp_path, name) for name in ("stopped", "둘")]
        assert compare(options(recipes, overrides)) == 130
        kept = {path.name: path.read_text() for path in folder.iterdir()}
        assert kept == {"checkpoint.previous.safetensors": "of another training"}
        (folder / "checkpoint.safetensors").write_text("of this one")
        assert compare(options(recipes, overrides, resume=True)) == 130
        assert (folder / "checkpoint.safetensors").read_text() == "of this one"

    def test_an_internal_error_is_not_a_user_error(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("faulty", "broken", "둘")]
        with pytest.raises(RuntimeError, match="^training failed: faulty, broken. See"):
            compare(options(recipes, overrides))
        assert [name for name, _ in stubbed] == ["faulty", "broken", "둘"]

    @pytest.mark.parametrize("name", ["하나", "stopped"])
    def test_other_files_of_the_same_names_are_not_resumed(
        self, stubbed: list, overrides: list[str], tmp_path: Path, name: str
    ) -> None:
        copied = []
        for value in overrides:
            key, path = value.split("=", 1)
            if key.startswith("data.") and path.endswith(".tsv"):
                (tmp_path / f"{key}.tsv").write_bytes(Path(path).read_bytes())
                copied.append(f"{key}={tmp_path / key}.tsv")
            else:
                copied.append(value)
        recipes = [recipe(tmp_path, each) for each in (name, "둘")]
        compare(options(recipes, copied))
        for key in ("train", "valid", "test"):
            with open(tmp_path / f"data.{key}.tsv", "a", encoding="utf-8") as file:
                file.write("새는 납니다.\tThe bird flies.\n")
            stubbed.clear()
            with pytest.raises(UserError, match="^nothing to resume: "):
                compare(options(recipes, copied, resume=True))
            assert stubbed == [], key
            compare(options(recipes, copied))

    def test_losses_over_other_tokens_are_not_compared(
        self, stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
    ) -> None:
        values = [value for value in overrides if not value.startswith("preprocessing.lowercase")]
        recipes = [
            recipe(tmp_path, name, "[preprocessing]", f"lowercase = {lowercase}")
            for name, lowercase in (("하나", "no"), ("둘", "no"), ("셋", "yes"))
        ]
        compare(options(recipes[:2], values))
        assert "per token" not in capsys.readouterr().out
        compare(options(recipes, values))
        out = capsys.readouterr().out
        assert out.splitlines()[-1].startswith(
            "The validation loss is per token. 하나 and 셋 differ"
        )
        assert (tmp_path / "model" / "comparison" / "comparison.md").read_text("utf-8") == out

    def test_a_damaged_result_is_computed_again(
        self, stubbed: list, overrides: list[str], tmp_path: Path
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in ("하나", "둘")]
        compare(options(recipes, overrides))
        path = tmp_path / "model" / "comparison" / "하나.json"
        whole = path.read_text("utf-8")
        stored = json.loads(whole)
        broken_results = [
            *("{", "[]", '{"settings": 1}', "[" * 100_000, whole.replace("tests", "t")),
            *(
                json.dumps({**stored, "result": {**stored["result"], **wrong}})
                for wrong in ({"name": 5}, {"history": {}}, {"tests": [{"by_length": ["x"]}]})
            ),
        ]
        for broken in broken_results:
            path.write_text(broken, encoding="utf-8")
            stubbed.clear()
            compare(options(recipes, overrides, resume=True))
            assert stubbed == [("하나", False)]


class TestRefused:
    @pytest.fixture
    def refused(self, overrides: list[str], tmp_path: Path) -> Callable[..., str]:
        """Return a function that starts a comparison that is refused, and returns its error."""

        def run(recipes: list[str], *more: str) -> str:
            with pytest.raises(UserError) as caught:
                compare(options(recipes, [*overrides, *more]))
            assert {path.suffix for path in tmp_path.iterdir()} == {".ini"}, "it left something"
            return str(caught.value)

        return run

    @pytest.mark.parametrize("count", [0, 1])
    def test_fewer_than_two_recipes(
        self, refused: Callable[..., str], tmp_path: Path, count: int
    ) -> None:
        recipes = [recipe(tmp_path, name) for name in "ab"][:count]
        recipe(tmp_path, "c")
        received = repr(recipes[0]) if recipes else "none"
        error = refused(recipes)
        assert f"compare accepts two or more recipes. Received: {received}. Example: " in error

    def test_missing_data(self, refused: Callable[..., str], tmp_path: Path) -> None:
        recipes = [recipe(tmp_path, name) for name in "ab"]
        assert "data.test" in refused(recipes, "data.test=nothing.tsv")

    def test_a_file_that_cannot_be_read(
        self, refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(path: Path) -> str:
            raise UserError(f"cannot read {path}")

        monkeypatch.setattr("malgil.cli.compare.sha256_of", fail)
        assert "cannot read" in refused([recipe(tmp_path, name) for name in "ab"])

    def test_another_backend(
        self, refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        error = refused([recipe(tmp_path, name) for name in "ab"])
        assert error.startswith("KERAS_BACKEND accepts 'tensorflow'. Received: 'jax'.")


def test_recipes_may_be_given_without_config(
    stubbed: list, overrides: list[str], tmp_path: Path
) -> None:
    recipes = [recipe(tmp_path, name) for name in ("하나", "둘")]
    given = Options("compare", tuple(recipes), None, tuple(overrides))
    assert compare(given) == 0
    assert [name for name, _ in stubbed] == ["하나", "둘"]


def test_the_time_is_announced(
    stubbed: list, overrides: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    recipes = [recipe(tmp_path, name) for name in ("하나", "stopped")]
    limited = [*overrides, "training.max_minutes=30"]
    compare(options(recipes, limited))
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("training 2 systems for up to 30 minutes each, 60 minutes in all")
    compare(options(recipes, limited, resume=True))
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("training 1 system for up to 30 minutes")


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
    [costs, *_scores] = first.stdout.split("\n\n")
    lines = [line for line in costs.splitlines()[2:] if line.startswith("|")]
    rows = [line.strip("| ").split(" | ") for line in lines]
    assert [row[0] for row in rows] == ["broken", "plain"]
    assert rows[0][1].startswith("failed: ") and "max_length" in rows[0][1]
    assert "Traceback" not in first.stderr
    assert int(rows[1][1].replace(",", "")) > 1000 and float(rows[1][5]) > 0
    folder = tmp_path / "model" / "comparison"
    stored = json.loads((folder / "plain.json").read_text("utf-8"))["result"]
    assert stored["attention"]["weights"] is None
    # A translator of the same name is not touched.
    assert (folder / "plain" / "translator.safetensors").exists()
    assert not (tmp_path / "model" / "plain").exists()
    second = run("--resume")
    assert second.stdout == first.stdout
    assert "plain" in second.stderr and "epoch 1" not in second.stderr
