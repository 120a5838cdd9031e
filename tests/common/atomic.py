"""What the tests of atomic writing share."""

from __future__ import annotations

from pathlib import Path

from malgil.common.files import write_atomically

OLD, NEW = b"the old content", b"the new content, which is longer"


def write(path: Path, content: bytes = NEW) -> None:
    with write_atomically(path) as file:
        file.write(content)


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
