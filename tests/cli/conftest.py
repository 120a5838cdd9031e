"""Sentences for the tiny translator, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sentences(tiny_pairs: list[tuple[str, str]]) -> list[str]:
    """Five sentences: three of the corpus, a new one, and several in one line."""
    known = [source for source, _ in tiny_pairs]
    return [*known[:21:7], "고양이가 산에서 책을 안 읽습니다!", " ".join(known[:9])]


@pytest.fixture(scope="session")
def translated(
    sentences: list[str], load_once: Callable, tiny_settings: Callable, translator_folder: Path
) -> list[str]:
    """Return the translations of `sentences`, one at a time and without the command line."""
    translator = load_once(tiny_settings(translator_folder.parent))
    return [translator.translate([sentence])[0].text for sentence in sentences]
