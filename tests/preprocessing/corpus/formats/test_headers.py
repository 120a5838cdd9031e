"""Rows that are headers, and rows that are not."""

from __future__ import annotations

from malgil.preprocessing.corpus.formats.headers import is_known_header
from malgil.settings import DataSettings


def test_sentences_are_not_a_header() -> None:
    data = DataSettings()
    assert is_known_header(["ko", "en"], data)
    assert not is_known_header(["한국어를 배워요.", "I learn English."], data)
    assert not is_known_header(["한국어", "Korean"], data)
    assert not is_known_header(["ko"], data)
