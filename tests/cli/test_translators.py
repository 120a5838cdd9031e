"""The names and paths that `--model` accepts, and what is said about those that do not exist."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.predict import _dependencies
from malgil.common.errors import UserError
from malgil.modeling.translator_file import CHECKPOINT_NAME, FILE_NAME
from malgil.settings import Settings, load

PREDICT = ("--mode", "predict")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with translators in it and in `model/`; none can be loaded."""
    for path in ("model/ko-en", "model/en-ko", "here", "a,b"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / FILE_NAME).write_text("")
    (tmp_path / "model/unfinished").mkdir()
    (tmp_path / "model/old").mkdir()
    (tmp_path / "model/old/translator.h5").write_text("")
    version = tmp_path / "model/ko-en/versions/2026-11-30T190512.safetensors"
    version.parent.mkdir()
    version.write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load(overrides=[f"translator.directory={folder / 'model'}"])


class TestResolve:
    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("ko-en", "model/ko-en/translator.safetensors"),
            ("here", "here/translator.safetensors"),  # not in the directory of the translators
            ("./here", "here/translator.safetensors"),
            ("model/ko-en", "model/ko-en/translator.safetensors"),
            ("model/ko-en/", "model/ko-en/translator.safetensors"),
            ("here/../model/en-ko", "model/en-ko/translator.safetensors"),
            ("~/here", "here/translator.safetensors"),
            ("here/translator.safetensors", "here/translator.safetensors"),
            (
                "model/ko-en/versions/2026-11-30T190512.safetensors",
                "model/ko-en/versions/2026-11-30T190512.safetensors",
            ),
        ],
    )
    def test_names_and_paths(self, settings: Settings, folder: Path, name: str, file: str) -> None:
        found = translators.resolve(settings, name)
        assert found.resolve() == (folder / file).resolve()
        absolute = translators.resolve(settings, str(folder / file))
        assert absolute == folder / file

    @pytest.mark.parametrize("name", [".", "..", "translator.safetensors", "../ko-en"])
    def test_from_a_folder_of_a_translator(
        self, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        below = folder / "model" / "ko-en" / ("versions" if name == ".." else "")
        monkeypatch.chdir(below)
        expected = folder / "model/ko-en/translator.safetensors"
        assert translators.resolve(settings, name).resolve() == expected.resolve()

    def test_the_directory_comes_before_the_current_folder(
        self, settings: Settings, folder: Path
    ) -> None:
        (folder / "ko-en").mkdir()
        (folder / "ko-en" / FILE_NAME).write_text("")
        assert translators.resolve(settings, "ko-en") == folder / "model/ko-en" / FILE_NAME

    def test_a_missing_name(self, settings: Settings, folder: Path) -> None:
        with pytest.raises(UserError) as error:
            translators.resolve(settings, "ko-en-2")
        directory = folder / "model"
        assert str(error.value) == (
            f"there is no translator 'ko-en-2' in '{directory}'. Available: en-ko, ko-en. To train "
            "it, type: python app.py --mode train --set translator.name=ko-en-2 "
            f"--set translator.directory={directory}"
        )

    def test_a_recipe_is_repeated(self) -> None:
        settings = load("recipes/fr-en.ini", ["translator.name=other"])
        with pytest.raises(UserError) as error:
            translators.load_translator(settings, config="recipes/fr-en.ini")
        assert str(error.value).endswith(
            "python app.py --mode train --config recipes/fr-en.ini --set translator.name=other"
        )

    def test_the_default_translator(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("malgil.settings.sections.workspace", lambda: folder / "empty")
        with pytest.raises(UserError) as error:
            translators.load_translators(load(), ())
        assert str(error.value) == (
            "there is no translator 'ko-en' in 'model', and no other one. To train it, type: "
            "python app.py --mode train"
        )

    @pytest.mark.parametrize("name", ["here-not/x", "~nobody-here/x", "no.safetensors"])
    def test_a_missing_path(self, settings: Settings, name: str) -> None:
        with pytest.raises(UserError, match="there is no translator at .*Name the folder or the"):
            translators.resolve(settings, name)

    @pytest.mark.parametrize("name", ["old", "model/old", "model/old/translator.h5"])
    def test_an_earlier_version(self, settings: Settings, name: str) -> None:
        with pytest.raises(UserError, match="was written by an earlier version of Malgil"):
            translators.resolve(settings, name)

    def test_a_path_that_is_too_long(self, settings: Settings) -> None:
        with pytest.raises(UserError, match="cannot read .*File name too long"):
            translators.resolve(settings, "x" * 300)


class TestModels:
    @pytest.mark.parametrize("names", ["ko-en,ko-en", "ko-en,model/ko-en", "ko-en, ./model/ko-en"])
    def test_twice_in_an_ensemble(self, settings: Settings, names: str) -> None:
        with pytest.raises(UserError, match="--model accepts each translator once. Received twice"):
            translators.load_translator(settings, names)

    @pytest.mark.parametrize(
        "models", [("ko-en", "./model/ko-en"), ("ko-en,en-ko", "here", "en-ko,ko-en")]
    )
    def test_twice_to_compare(self, settings: Settings, models: tuple[str, ...]) -> None:
        with pytest.raises(UserError, match="--model accepts each translator once. Received twice"):
            translators.load_translators(settings, models)

    @pytest.mark.parametrize("names", ["", ",", "ko-en,", " , ko-en"])
    def test_empty_names(self, settings: Settings, names: str) -> None:
        with pytest.raises(UserError, match=f"joined by commas. Received: '{names}'"):
            translators.load_translators(settings, (names,))

    def test_a_path_with_a_comma(self, settings: Settings, folder: Path) -> None:
        assert translators._files(settings, "./a,b", None) == [Path("a,b", FILE_NAME)]

    def test_a_missing_one_is_reported_before_any_is_loaded(self, settings: Settings) -> None:
        """The first is not a translator, which loading would report."""
        with pytest.raises(UserError, match="there is no translator 'none'"):
            translators.load_translators(settings, ("ko-en", "none"))


class TestSeveral:
    """Several `--model` of the command line, with translators that were trained."""

    @pytest.fixture
    def copies(self, translator_folder: Path, tmp_path: Path) -> list[str]:
        paths = []
        for name in ("first", "second/tiny", "third/tiny"):
            (tmp_path / name).mkdir(parents=True)
            shutil.copy(translator_folder / FILE_NAME, tmp_path / name)
            paths.append(str(tmp_path / name))
        return paths

    def test_predict(
        self, run_app: Any, copies: list[str], sentences: list[str], translated: list[str]
    ) -> None:
        first, second, third = copies
        models = ("--model", first, "--model", f"{first},{second}")
        ran = run_app(*PREDICT, *models, *sentences[:2])
        names = ("first", "first + tiny")
        expected = [f"{name}\t{text}" for text in translated[:2] for name in names]
        assert (ran.status, ran.out.splitlines(), ran.err) == (0, expected, "")
        # Two folders of one name are shown as they were given.
        ran = run_app(*PREDICT, "--model", second, "--model", third, "--json", sentences[0])
        objects = [json.loads(line) for line in ran.out.splitlines()]
        assert [each["translator"] for each in objects] == [second, third]
        assert {each["translation"] for each in objects} == {translated[0]}

    def test_a_file(
        self,
        run_app: Any,
        copies: list[str],
        sentences: list[str],
        translated: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("malgil.cli.predict.LINES_AT_ONCE", 2)
        (tmp_path / "in").write_text("\n".join(sentences), encoding="utf-8")
        files = ("--input", tmp_path / "in", "--output", tmp_path / "out")
        models = ("--model", copies[0], "--model", copies[1])
        assert run_app(*PREDICT, *models, *files) == (0, "", "")
        expected = [f"{name}\t{text}" for text in translated for name in ("first", "tiny")]
        assert (tmp_path / "out").read_text(encoding="utf-8").splitlines() == expected

    def test_the_key_of_a_resumable_file_covers_all(
        self, load_once: Callable, tiny_settings: Callable, translator_folder: Path
    ) -> None:
        one = load_once(tiny_settings(translator_folder.parent))
        other = one.with_inference(one.settings.inference)
        other.name = "other"
        options = Options("predict")
        keys = [
            repr(list(_dependencies(loaded, options)))
            for loaded in ([one], [one, one], [one, other], [other, one])
        ]
        assert len(set(keys)) == 4

    def test_score(self, run_app: Any, copies: list[str], tiny_pairs: list[Any]) -> None:
        models = ("--model", copies[0], "--model", copies[1])
        ran = run_app("--mode", "score", *models, *tiny_pairs[0])
        head, *lines = [line.split("\t") for line in ran.out.splitlines()]
        assert head == ["translator", "log_probability", "perplexity", "alignment"]
        assert [line[0] for line in lines] == ["first", "tiny"]
        assert lines[0][1:] == lines[1][1:]
        first, second = ran.err.splitlines()
        assert first.startswith("first: perplexity ") and second.startswith("tiny: perplexity ")

    def test_the_checkpoint_of_a_training(self, run_app: Any, translator_folder: Path) -> None:
        ran = run_app(*PREDICT, "--model", translator_folder / CHECKPOINT_NAME, "가")
        assert ran.status == 2 and ran.err.count("\n") == 1
        assert "is the checkpoint of a training, not a translator" in ran.err
