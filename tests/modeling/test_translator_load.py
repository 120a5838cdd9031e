"""Loading a translator, and files that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from malgil.common import locations
from malgil.common.errors import UserError
from malgil.modeling import translator_file
from malgil.modeling.training import checkpoint
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions


class TestLoad:
    def test_what_is_kept(self, translator: Translator, translator_folder: Path) -> None:
        assert translator.name == "tiny"
        assert translator.settings.inference.beam_size == 3
        assert translator.settings.model.units == 64
        assert Translator.load(str(translator_folder)).settings == translator.settings

    def test_another_search(self, translator: Translator, translator_folder: Path) -> None:
        greedy = Translator.load(translator_folder, DecodingOptions(beam_size=1))
        assert greedy.settings.inference.beam_size == 1
        assert greedy.settings.model == translator.settings.model
        assert greedy.translate(["고양이가 웃습니다."])[0].text

    def test_a_translator_without_placeholders(
        self, translator_folder: Path, tmp_path: Path
    ) -> None:
        stored = translator_file.load(translator_folder / translator_file.FILE_NAME)
        stored.settings["preprocessing"]["placeholders"] = False
        translator_file.save(tmp_path / translator_file.FILE_NAME, stored)
        plain = Translator.load(tmp_path)
        assert not plain.settings.preprocessing.placeholders
        [found] = plain.translate(["고양이가 😀 2024 웃습니다."])
        assert found.text and "⟦" not in found.text
        assert "2024" not in found.text

    @pytest.mark.parametrize("engine", ["onnx", "keras"])
    def test_writes_nothing(self, translator_folder: Path, tmp_path: Path, engine: str) -> None:
        folder = tmp_path / "tiny"
        folder.mkdir()
        path = folder / translator_file.FILE_NAME
        stored = translator_file.load(translator_folder / translator_file.FILE_NAME)
        stored.shortlist = {}  # as while the training goes on
        translator_file.save(path, stored)
        before = path.read_bytes(), path.stat().st_mtime_ns
        translator = Translator.load(folder, DecodingOptions(engine=engine))
        assert translator.translate(["고양이가 웃습니다."])[0].text
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert list(tmp_path.rglob("*")) == [folder, path]

    @pytest.mark.parametrize("name", ["none", "none/at/all", "none/translator.safetensors"])
    def test_missing(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UserError, match="there is no translator at .*--mode train") as error:
            Translator.load(tmp_path / name)
        assert name in str(error.value)

    def test_one_of_an_earlier_version(self, tmp_path: Path) -> None:
        (tmp_path / "translator.h5").write_bytes(b"malgil translator\n")
        with pytest.raises(UserError, match="earlier version of Malgil. Train the translator"):
            Translator.load(tmp_path)

    def test_the_file_of_an_earlier_version(self, tmp_path: Path) -> None:
        (tmp_path / "old.h5").write_bytes(b"malgil translator\n")
        with pytest.raises(UserError, match="old.h5' was written by an earlier version"):
            Translator.load(tmp_path / "old.h5")

    def test_another_file(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("notes")
        with pytest.raises(UserError, match="notes.txt' is not a translator"):
            Translator.load(tmp_path / "notes.txt")

    @pytest.mark.parametrize(
        ("file", "name"),
        [
            ("a/translator.safetensors", "a"),
            ("a/versions/2026-11-30T190512.safetensors", "a/2026-11-30T190512"),
            ("a/candidate.safetensors", "a/candidate"),
        ],
    )
    def test_by_its_file(
        self,
        translator_folder: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        file: str,
        name: str,
    ) -> None:
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.symlink_to(translator_folder / translator_file.FILE_NAME)
        loaded = Translator.load(path)
        assert loaded.name == name
        monkeypatch.chdir(path.parent)
        assert Translator.load(path.name).name == name
        assert loaded.translate(["고양이가 웃습니다."])[0].text

    def test_the_current_folder(
        self, translator_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(translator_folder)
        assert Translator.load(".").name == translator_folder.name

    def test_below_the_workspace(
        self, translator_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As an installed copy finds it that keeps its models below MALGIL_HOME."""
        monkeypatch.setattr(locations, "IS_CHECKOUT", False)
        monkeypatch.setenv("MALGIL_HOME", str(translator_folder.parent))
        monkeypatch.chdir(tmp_path)
        assert Translator.load(translator_folder.name).name == translator_folder.name

    def test_checkpoint_in_its_place(self, translator_folder: Path, tmp_path: Path) -> None:
        content = (translator_folder / checkpoint.FILE_NAME).read_bytes()
        (tmp_path / translator_file.FILE_NAME).write_bytes(content)
        with pytest.raises(UserError, match="is the checkpoint of a training, not a translator"):
            Translator.load(tmp_path)

    @pytest.mark.parametrize("engine", ["onnx", "keras"])
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda stored: stored.subword.pop("target"), "does not contain 'target'"),
            (lambda stored: stored.subword.update(source=b"\1\2"), "subword model is damaged"),
            (lambda stored: stored.settings["model"].update(unit=3), "model.unit is not a setting"),
            (lambda stored: stored.settings["model"].update(units="many"), "model.units accepts"),
            (
                lambda stored: stored.settings.update(model=3),
                "does not have the structure of a translator",
            ),
            (lambda stored: stored.weights.popitem(), "does not fit its own settings"),
        ],
        ids=["subword", "damaged subword", "key", "value", "section", "weight"],
    )
    def test_parts_that_do_not_fit(
        self, translator_folder: Path, tmp_path: Path, change: Any, message: str, engine: str
    ) -> None:
        stored = translator_file.load(translator_folder / translator_file.FILE_NAME)
        change(stored)
        translator_file.save(tmp_path / translator_file.FILE_NAME, stored)
        with pytest.raises(UserError, match=message):
            Translator.load(tmp_path, DecodingOptions(engine=engine))
