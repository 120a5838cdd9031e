"""The parts of a workbook, which is a zip archive, within the budget of its file."""

from __future__ import annotations

import functools
import re
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING, Any, BinaryIO

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import printable
from malgil.preprocessing.corpus.formats.archive import bounded_zip_file
from malgil.preprocessing.corpus.formats.byte_source import ByteSource, Extent

if TYPE_CHECKING:
    from openpyxl import Workbook

_BYTES_AT_ONCE = 1 << 18
_LAST_ROW = re.compile(rb"</(?P<prefix>\w+:)?sheetData\s*>|<(?P<empty_prefix>\w+:)?sheetData\s*/>")
_MAX_TAG_BYTES = 100
_STEPS_AT_ONCE = 256
# Opening a sheet takes as long as reading many cells.
_SHEET_STEPS = 1000
_TEXT_BYTES = 64  # of a short text in a list
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class WorkbookArchive(zipfile.ZipFile):
    """The zip archive of a workbook, as openpyxl reads it.

    openpyxl reads styles, relations and the like as a whole, and makes objects of all their XML
    tags; sheets and shared texts are read in blocks, and what is parsed is kept until a row or a
    text ends.

    Args:
        file: The workbook, open for reading in any order.
        source: The workbook, for messages and its budget.
    """

    def __init__(self, file: BinaryIO, source: ByteSource) -> None:
        self.source = source
        self._extents: defaultdict[str, Extent] = defaultdict(Extent)  # of each part
        self.pending_tags = self.pending_bytes = 0
        super().__init__(bounded_zip_file(file, source.budget))

    def release(self) -> None:
        """Record that the parser has finished a row or a text, and keeps nothing in memory."""
        self.pending_tags = self.pending_bytes = 0

    def open(self, name: Any, mode: Any = "r", *args: Any, **options: Any) -> Any:
        """Open a part for reading."""
        self.release()
        return _WorkbookPart(self, super().open(name, mode, *args, **options))

    def count_unpacked(self, part: str, end: int) -> None:
        """Count the bytes before a position of a part if they were not read before."""
        if added := self._extents[part].extend(end):
            self.source.budget.unpack(added)


class _WorkbookPart:
    """A part of a workbook.

    Attributes:
        is_parsed: Whether a parser keeps the tags that are read.
    """

    def __init__(self, archive: WorkbookArchive, file: Any) -> None:
        self._archive = archive
        self._file = file
        self.is_parsed = True
        self._rest = b""
        self._is_at_end = False
        self.close = file.close

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self._read_whole()
        data = bytes(self._file.read(size))
        self._archive.count_unpacked(self._file.name, self._file.tell())
        if self.is_parsed:
            self._archive.pending_tags += data.count(b"<")
            self._archive.pending_bytes += len(data)
            limits = self._archive.source.budget.limits
            self._check(
                self._archive.pending_bytes, self._archive.pending_tags, limits.pending_tags
            )
            return self._without_appendix(data)
        return data

    def _without_appendix(self, data: bytes) -> bytes:
        """Return a block of a sheet up to its last row, then the end of the XML.

        openpyxl makes objects of what follows the rows, such as merged areas, which
        `SheetStructure` reads.
        """
        if self._is_at_end:
            return b""
        whole = self._rest + data
        if match := _LAST_ROW.search(whole):
            self._is_at_end = True
            prefix = match["prefix"] or match["empty_prefix"] or b""
            return whole[: match.end()] + b"</" + prefix + b"worksheet>"
        # The tag may go on in the next block.
        begin = whole.rfind(b"<", max(0, len(whole) - _MAX_TAG_BYTES)) if data else -1
        self._rest = whole[begin:] if begin > 0 else b""
        return whole[:begin] if begin > 0 else whole

    def _read_whole(self) -> bytes:
        limits = self._archive.source.budget.limits
        parts: list[bytes] = []
        size = tags = 0
        while data := bytes(self._file.read(_BYTES_AT_ONCE)):
            parts.append(data)
            size += len(data)
            tags += data.count(b"<")
            self._archive.count_unpacked(self._file.name, size)
            self._check(size, tags, limits.part_tags)
        return b"".join(parts)

    def _check(self, size: int, tags: int, max_tags: int) -> None:
        max_bytes = self._archive.source.budget.limits.part_bytes
        if size > max_bytes or tags > max_tags:
            raise UserError(
                _(
                    "{name} has a part that is far too large: {member!r} has more than {tags:,} "
                    "tags or {size} MiB in one piece. Save its sentence pairs as CSV or TSV."
                ).format(
                    name=self._archive.source.name,
                    member=printable(self._file.name),
                    tags=max_tags,
                    size=max_bytes >> 20,
                )
            )

    def __enter__(self) -> _WorkbookPart:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def load_workbook(file: BinaryIO, source: ByteSource) -> Workbook:
    """Return a workbook of openpyxl that is read row by row.

    Args:
        file: The workbook, open for reading in any order.
        source: The workbook, for messages and its budget.

    Raises:
        UserError: Now or while reading, if it exceeds the budget of its file.
    """
    reader = _workbook_reader()(file, source)
    reader.read()
    return reader.wb


@functools.cache
def _workbook_reader() -> Any:
    """Return the class; openpyxl is imported only for workbooks."""
    from openpyxl.cell.text import Text
    from openpyxl.reader import excel
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import SHARED_STRINGS
    from openpyxl.xml.functions import iterparse

    class Sheet(ReadOnlyWorksheet):
        """A sheet of any size: what it says about its size may be wrong, or at its end."""

        def _get_size(self) -> None:
            self.reset_dimensions()

    class WorkbookReader(excel.ExcelReader):
        """Reads a workbook of openpyxl from a `WorkbookArchive`."""

        def __init__(self, file: BinaryIO, source: ByteSource) -> None:
            self.archive = WorkbookArchive(file, source)
            self.valid_files = self.archive.namelist()
            self.read_only, self.data_only = True, True
            self.keep_vba = self.keep_links = self.rich_text = False
            self.shared_strings: list[str] = []

        def read_strings(self) -> None:
            """Read the shared texts; openpyxl would keep an element of each in memory."""
            content = self.package.find(SHARED_STRINGS)
            if content is None:
                return
            budget = self.archive.source.budget
            strings: list[str] = []
            root = None
            held = 0
            with self.archive.open(content.PartName[1:]) as part:
                for event, element in iterparse(part, ("start", "end")):
                    if root is None:
                        root = element
                    if event == "start" or element.tag != _NAMESPACE + "si":
                        continue
                    text = _plain_text(element)
                    if text is None:
                        text = Text.from_tree(element).content
                    text = text.replace("x005F_", "")
                    strings.append(text)
                    held += _TEXT_BYTES + 2 * len(text)
                    if len(strings) % _STEPS_AT_ONCE == 0:
                        budget.step(_STEPS_AT_ONCE)
                        budget.hold(held)
                        held = 0
                    root.clear()
                    self.archive.release()
            budget.hold(held)
            self.shared_strings = strings

        def read_worksheets(self) -> None:
            """Add the sheets with cells; charts, comments and pictures are not read."""
            for sheet, relation in self.parser.find_sheets():
                self.archive.source.budget.step(_SHEET_STEPS)
                if relation.target in self.valid_files and "chartsheet" not in relation.Type:
                    content = Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
                    content.sheet_state = sheet.state
                    self.wb._sheets.append(content)

    return WorkbookReader


def _plain_text(element: Any) -> str | None:
    """Return the text of a shared text without formatting; None for any other."""
    if len(element) == 1 and element[0].tag == _NAMESPACE + "t":
        return element[0].text or ""
    return None
