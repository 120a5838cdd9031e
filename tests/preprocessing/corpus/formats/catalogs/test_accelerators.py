"""Keyboard accelerators of labels."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.catalogs.accelerators import remove_accelerators


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("파일(_F)", "_File", ("파일", "File")),
        ("끝내기(&X)...", "E&xit...", ("끝내기...", "Exit...")),
        ("텍스트 (~T):", "~Text:", ("텍스트:", "Text:")),
        ("열기(O)", "Open", ("열기(O)", "Open")),
        ("_Fichier", "_File", ("Fichier", "File")),
        ("my_file 열기", "Open my_file", ("my_file 열기", "Open my_file")),
        ("A & B", "A & B", ("A & B", "A & B")),
        ("_name_ 값", "the value", ("_name_ 값", "the value")),
        ("항목(_I) 추가", "Add item", ("항목(_I) 추가", "Add item")),
        ("打开(_O)", "열기(_O)", ("打开", "열기")),
    ],
)
def test_pairs(source: str, target: str, expected: tuple[str, str]) -> None:
    assert remove_accelerators(source, target) == expected
    assert remove_accelerators(target, source) == expected[::-1]
