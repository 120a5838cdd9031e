"""The catalogs of gettext: PO files, and MO files, which are compiled from them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from malgil.common.encoding import UTF8
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import INSTALL
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.catalogs.bilingual_unit import (
    OBSOLETE,
    PLURAL,
    UNFINISHED,
    Direction,
    find_direction,
)
from malgil.preprocessing.corpus.formats.catalogs.key_pairs import KeyedText
from malgil.preprocessing.corpus.formats.column_statistics import are_korean
from malgil.preprocessing.corpus.formats.declared_encoding import checked_codec
from malgil.preprocessing.corpus.formats.document_kinds import MO_SIGNATURES
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget
from malgil.settings import DataSettings

if TYPE_CHECKING:
    import polib

# polib holds a catalog in memory. The largest of Debian, of LibreOffice's help, has 12 MB.
MAX_CATALOG_BYTES = 1 << 26
# polib splits lines where `str.splitlines` does: at more characters than gettext.
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LANGUAGE = re.compile(r'^"Language:\s*([A-Za-z]{2,3}(?:[-_@]\w+)*)', re.MULTILINE)
# `dialog.open.title`, `ERR_NOT_FOUND`: a key, not a text.
_KEY = re.compile(r"[A-Za-z]\w*([._:/-]\w+)+")
_SAMPLE = 500
_CHARSET = re.compile(rb"charset=([A-Za-z0-9_.-]{1,40})")
# What polib holds in memory for a message, and for each line of a PO file.
_ENTRY_BYTES, _LINE_BYTES = 1500, 400
_LINES_AT_ONCE = 256


def parse_gettext(
    content: bytes | str, data: DataSettings, name: str, budget: ReadingBudget
) -> ParsedRows:
    """Parse a PO or MO file; its msgids are English, unless they are Korean.

    Left out are fuzzy, obsolete and plural entries, and those without a translation.

    Args:
        content: The bytes of an MO file, or the text of a PO file.
        data: `[data]`: the languages. A catalog that translates from the target language to the
            source language is reversed.
        name: The name of the file, in quotation marks.
        budget: The budget of the file.

    Raises:
        UserError: If the catalog is damaged, or its msgids are keys instead of texts.
    """
    catalog = _read_catalog(content, name, budget)
    translated = [entry for entry in catalog if entry.msgstr and not entry.obsolete][:_SAMPLE]
    if 2 * sum(bool(_KEY.fullmatch(entry.msgid)) for entry in translated) > len(translated):
        raise UserError(
            _(
                "{name} has keys instead of texts as msgid. Name the catalogs of both languages, "
                "such as data.train = ko.po, en.po."
            ).format(name=name)
        )
    text_language = "ko" if are_korean(entry.msgid for entry in translated) else "en"
    language = str(catalog.metadata.get("Language") or "").split("@")[0]
    if not language and are_korean(entry.msgstr for entry in translated):
        language = "ko"
    return ParsedRows(
        "PO" if isinstance(content, str) else "MO",
        _("msgid and msgstr"),
        RowUnit.MESSAGE,
        _("Each message must have a msgid and a msgstr in {source} and {target}.").format(
            source=data.source_language, target=data.target_language
        ),
        _pairs(catalog, find_direction(text_language, language, data)),
    )


def declared_language(text: str) -> str:
    """Return the code of the language in the header of a PO file; empty if it declares none."""
    match = _LANGUAGE.search(text)
    return language_code(match[1]) if match else ""


def read_po_texts(text: str, name: str, budget: ReadingBudget) -> Iterator[KeyedText]:
    """Yield the translations of a PO file by context and msgid, or reasons.

    Args:
        text: The text of a PO file.
        name: The name of the file, in quotation marks.
        budget: The budget of the file.
    """
    for entry in _read_catalog(text, name, budget):
        yield _reason(entry) or (f"{entry.msgctxt or ''}\4{entry.msgid}", entry.msgstr)


def _pairs(catalog: Any, direction: Direction) -> Iterator[PairOrReason]:
    for entry in catalog:
        yield _reason(entry) or direction.pair(entry.msgid, entry.msgstr)


def _reason(entry: polib.POEntry | polib.MOEntry) -> str:
    """Return why an entry is left out regardless of its text; empty if it is not."""
    if entry.obsolete:
        return OBSOLETE
    if "fuzzy" in (entry.flags or ()):
        return UNFINISHED
    return PLURAL if entry.msgid_plural else ""


def _read_catalog(content: bytes | str, name: str, budget: ReadingBudget) -> Any:
    """Return the entries of a catalog, without its header."""
    try:
        import polib
    except ImportError as error:
        raise UserError(
            _("reading PO and MO files requires the package polib. Install it: {command}").format(
                command=INSTALL
            )
        ) from error
    try:
        if isinstance(content, bytes):
            _check_mo(content, budget)
            return polib.mofile(content, encoding=_mo_codec(content, name))
        # A path would be opened: it has only one line.
        return polib.pofile(_CountedText(content + "\n\n", budget), encoding="utf-8")
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise UserError(
            _(
                "{name} is not a valid gettext catalog: {reason}. Check it with msgfmt --check."
            ).format(name=name, reason=" ".join(str(error).split())[:200])
        ) from error


class _CountedText(str):
    """The text of a PO file, whose lines are counted as polib reads them.

    polib splits a text with `splitlines`, which ends lines at more characters than gettext does.
    """

    def __new__(cls, text: str, _budget: ReadingBudget) -> _CountedText:
        """Return the text."""
        return super().__new__(cls, text)

    def __init__(self, _text: str, budget: ReadingBudget) -> None:
        self._budget = budget

    def splitlines(self, keepends: bool = False) -> Iterator[str]:  # type: ignore[override]
        """Yield the lines."""
        for number, line in enumerate(self.split("\n")):
            if number % _LINES_AT_ONCE == 0:
                self._budget.step(_LINES_AT_ONCE)
                self._budget.hold(_LINES_AT_ONCE * _LINE_BYTES)
            yield _OTHER_LINE_ENDS.sub(" ", line)


def _mo_codec(content: bytes, name: str) -> str:
    """Return the encoding that an MO file declares, or UTF-8."""
    match = _CHARSET.search(content)
    return checked_codec(match[1].decode("ascii") if match else "", UTF8, name)


def _check_mo(content: bytes, budget: ReadingBudget) -> None:
    """Raise `ValueError` if the texts of an MO file overlap: they would fill the memory."""
    order = "<" if content.startswith(MO_SIGNATURES[0]) else ">"
    __, count, *tables = struct.unpack_from(f"{order}4I", content, 4)
    budget.hold(count * _ENTRY_BYTES)
    size = 0
    for table in tables:
        entries = content[table : table + 8 * count]
        places = list(struct.iter_unpack(f"{order}2I", entries[: len(entries) // 8 * 8]))
        if len(places) < count or any(sum(place) > len(content) for place in places):
            raise ValueError(_("it is incomplete"))
        size += sum(length for length, __ in places)
    if size > len(content):
        raise ValueError(_("its texts overlap"))
