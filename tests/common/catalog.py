"""A writer of gettext catalogs (GNU gettext manual, "The Format of GNU MO Files")."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

_MAGIC = 0x950412DE
_HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: {plural_forms}\n"
KOREAN = "nplurals=1; plural=0;"


def write_catalog(
    locale: Path,
    messages: Mapping[str | tuple[str, str], str | tuple[str, ...]],
    language: str = "ko",
    plural_forms: str = KOREAN,
) -> Path:
    """Write a catalog.

    Args:
        locale: The folder of all languages.
        messages: Translations by English text; singular and plural are a pair, their translations
            a tuple with an entry for each plural form.
        language: The code of the language.
        plural_forms: The number of plural forms, and the formula that selects one of them.

    Returns:
        The path of the catalog.
    """
    entries = {"": _HEADER.format(plural_forms=plural_forms)}
    for key, value in messages.items():
        entries[_joined(key)] = _joined(value)
    texts = [(original.encode(), translation.encode()) for original, translation in entries.items()]
    texts.sort()
    tables = [b"", b""]
    content = b""
    start = 28 + 16 * len(texts)
    for column in (0, 1):
        for pair in texts:
            tables[column] += struct.pack("<II", len(pair[column]), start + len(content))
            content += pair[column] + b"\0"
    head = struct.pack(
        "<7I", _MAGIC, 0, len(texts), 28, 28 + 8 * len(texts), 0, 28 + 16 * len(texts)
    )
    path = locale / language / "LC_MESSAGES" / "malgil.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(head + tables[0] + tables[1] + content)
    return path


def _joined(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else "\0".join(text)
