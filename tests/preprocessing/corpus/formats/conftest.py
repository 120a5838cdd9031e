"""What the tests of the formats share: reading bytes as a file of some name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.reader import Corpus, read_corpus
from malgil.settings import DataSettings

FileReader = Callable[..., Corpus]


@pytest.fixture
def read_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileReader:
    """Reads content: `read_file(b"...", source_language="fr")`; several are files in a row."""
    monkeypatch.chdir(tmp_path)

    def run(*contents: bytes | str, names: tuple[str, ...] = (), **data: Any) -> Corpus:
        names = names or tuple(f"file{number}" for number in range(len(contents)))
        for name, content in zip(names, contents, strict=True):
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_corpus(names, DataSettings(**data))

    return run


@pytest.fixture
def mistake(read_file: FileReader) -> Callable[..., str]:
    """The one line that reading content is answered with."""

    def run(*contents: bytes | str, **options: Any) -> str:
        with pytest.raises(UserError) as caught:
            read_file(*contents, **options)
        message = str(caught.value)
        assert message and len(message.splitlines()) == 1
        return message

    return run
