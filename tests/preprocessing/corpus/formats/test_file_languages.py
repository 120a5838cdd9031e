"""Languages in the names of files and folders."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.file_languages import (
    is_first_file_source,
    split_path_language,
)
from malgil.settings import DataSettings


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("film.ko.srt", ("ko", "film.srt")),
        ("a/film (Korean).srt", ("ko", "a/film.srt")),
        ("messages_ko_KR.properties", ("ko", "messages.properties")),
        ("res/values-ko-rKR/strings.xml", ("ko", "res/values/strings.xml")),
        ("ko.lproj/Localizable.strings", ("ko", ".lproj/Localizable.strings")),
        ("locale/fr/LC_MESSAGES/app.po", ("fr", "locale//LC_MESSAGES/app.po")),
        ("ko.json", ("ko", ".json")),
        ("locales\\en\\common.json", ("en", "locales//common.json")),
        ("show-it-off.srt", ("", "show-it-off.srt")),
        ("strings.xml", ("", "strings.xml")),
    ],
)
def test_split(path: str, expected: tuple[str, str]) -> None:
    assert split_path_language(path) == expected


@pytest.mark.parametrize(
    ("paths", "texts", "is_first"),
    [
        (("a.en.srt", "a.ko.srt"), (["가"], ["a"]), True),  # the script decides
        (("a.en.srt", "a.fr.srt"), (["a"], ["b"]), False),
        (("a.srt", "a.fr.srt"), (["a"], ["b"]), False),
        (("a.en.srt", "a.srt"), (["a"], ["b"]), False),
        (("a.srt", "b.srt"), (["a"], ["b"]), True),
    ],
)
def test_the_source(
    paths: tuple[str, str], texts: tuple[list[str], list[str]], is_first: bool
) -> None:
    source = "ko" if "ko" in paths[1] else "fr"
    assert is_first_file_source(paths, texts, DataSettings(source_language=source)) is is_first
