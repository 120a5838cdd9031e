"""Shared fixtures of the tests of formats: reading bytes as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.reader import Corpus, read_corpus
from malgil.settings import DataSettings

FileReader = Callable[..., Corpus]
# pandas writes a missing value as one of these.
MISSING_VALUES = ("NaN", "nan", "NaT", "<NA>", "\\N")


@pytest.fixture
def read_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileReader:
    """Return a function that reads files: `read_file(b"...", source_language="fr")`."""
    monkeypatch.chdir(tmp_path)

    def run(*contents: bytes | str, names: tuple[str, ...] = (), **data: Any) -> Corpus:
        names = names or tuple(f"file{number}" for number in range(len(contents)))
        for name, content in zip(names, contents, strict=True):
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_corpus(names, DataSettings(**data))

    return run


@pytest.fixture
def mistake(read_file: FileReader) -> Callable[..., str]:
    """Return a function that returns the one-line error for files."""

    def run(*contents: bytes | str, **options: Any) -> str:
        with pytest.raises(UserError) as caught:
            read_file(*contents, **options)
        message = str(caught.value)
        assert message and len(message.splitlines()) == 1
        return message

    return run
