"""The starters replace the translators of the default settings that have not been trained."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from malgil.cli import starters, translators
from malgil.common.errors import UserError
from malgil.modeling.translator_file import FILE_NAME
from malgil.settings import ModelSettings, Settings, load

NAMES = ("starter-ko-en", "starter-en-ko")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a program that ships two starters; none can be loaded."""
    for name in NAMES:
        write(tmp_path / "shipped" / name)
    monkeypatch.setattr(starters, "FOLDER", tmp_path / "shipped")
    monkeypatch.setattr(translators, "STARTERS", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_text("")


def settings_of(folder: Path, *overrides: str) -> Settings:
    return load(overrides=[f"translator.directory={folder / 'model'}", *overrides])


ENGLISH_FIRST = (
    *("data.source_language=en", "data.target_language=ko"),
    *("preprocessing.source_tokenizer=nltk", "preprocessing.target_tokenizer=mecab"),
)


class TestFind:
    @pytest.mark.parametrize("name", ["ko-en", "en-ko"])
    @pytest.mark.parametrize(("languages", "starter"), [((), NAMES[0]), (ENGLISH_FIRST, NAMES[1])])
    def test_the_languages_choose_it(
        self, folder: Path, name: str, languages: tuple[str, ...], starter: str
    ) -> None:
        found = starters.find_starter(settings_of(folder, f"translator.name={name}", *languages))
        assert found == folder / "shipped" / starter / FILE_NAME

    def test_not_if_the_translator_exists(self, folder: Path) -> None:
        write(folder / "model" / "ko-en")
        assert starters.find_starter(settings_of(folder)) is None

    @pytest.mark.parametrize(
        "override", ["translator.name=ko-em", "translator.name=ko-fr", "data.target_language=fr"]
    )
    def test_not_for_other_names_and_languages(self, folder: Path, override: str) -> None:
        assert starters.find_starter(settings_of(folder, override)) is None


class TestLoad:
    @pytest.fixture(autouse=True)
    def loaded(self, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        """Collect the files that are loaded."""
        paths: list[Path] = []

        def load_file(path: Path, _inference: Any) -> Any:
            paths.append(path)
            trained = dataclasses.replace(load(), model=ModelSettings(units=64))
            return SimpleNamespace(name=path.parent.name, settings=trained)

        monkeypatch.setattr("malgil.modeling.translator.Translator.load", load_file)
        return paths

    def test_one_note_and_nothing_on_settings(
        self, folder: Path, loaded: list[Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        settings = settings_of(folder, "model.units=128")
        translators.load_translators(settings, (), accepts_starter=True)
        assert loaded == [folder / "shipped" / "starter-ko-en" / FILE_NAME]
        (note,) = caplog.messages
        assert note.startswith("using the translator starter-ko-en, which ships with Malgil")
        assert note.endswith("--mode train")

    def test_other_modes_refuse(self, folder: Path, loaded: list[Path]) -> None:
        with pytest.raises(UserError, match="there is no translator 'ko-en'"):
            translators.load_translators(settings_of(folder), ())
        assert not loaded

    def test_a_misspelled_name_is_refused(self, folder: Path, loaded: list[Path]) -> None:
        settings = settings_of(folder, "translator.name=ko-em")
        with pytest.raises(UserError, match="'ko-em'.*Available: starter-en-ko, starter-ko-en"):
            translators.load_translators(settings, (), accepts_starter=True)
        assert not loaded

    def test_by_name(
        self, folder: Path, loaded: list[Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        translators.load_translators(settings_of(folder), ("starter-en-ko",))
        assert loaded == [folder / "shipped" / "starter-en-ko" / FILE_NAME]
        assert not caplog.messages
