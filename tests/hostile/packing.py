"""Compressed files and archives that unpack to far more than they hold, made in no time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

_CHUNK = 1 << 20


class Repeated(NamedTuple):
    """A content that repeats one text.

    Attributes:
        text: The text.
        size: The number of bytes of all its repetitions.
        start: What comes before them.
        end: What comes after them.
    """

    text: bytes
    size: int
    start: bytes = b""
    end: bytes = b""

    def whole(self) -> bytes:
        """Return the content."""
        return self.start + self.text * (self.size // len(self.text)) + self.end

    def _chunk(self) -> tuple[bytes, int]:
        """Return a part of about a MiB, and how often it is repeated."""
        chunk = self.text * max(1, min(_CHUNK, self.size) // len(self.text))
        return chunk, max(1, self.size // len(chunk))

    def compressed(self, layer: str) -> bytes:
        """Return the content as a file of several compressed parts."""
        compress: Callable[[bytes], bytes] = {
            "gz": gzip.compress,
            "bz2": bz2.compress,
            "xz": lambda data: lzma.compress(data, preset=0),
        }[layer]
        chunk, count = self._chunk()
        start = compress(self.start) if self.start else b""
        return start + compress(chunk) * count + (compress(self.end) if self.end else b"")

    def deflated(self) -> Member:
        """Return the content as a member of a zip archive."""
        chunk, count = self._chunk()
        data, checksum = b"", 0
        for part, times in ((self.start, 1), (chunk, count)):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            data += (packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)) * times
            for _ in range(times):
                checksum = zlib.crc32(part, checksum)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data += packer.compress(self.end) + packer.flush()
        size = len(self.start) + len(chunk) * count + len(self.end)
        return Member(data, size, zlib.crc32(self.end, checksum))


class Member(NamedTuple):
    """A member of a zip archive.

    Attributes:
        data: Its bytes as they are in the archive.
        size: Its size in the headers.
        checksum: Its CRC-32.
        method: 8 for deflate, 0 for none.
        flags: Bit 0 stands for a password.
    """

    data: bytes
    size: int
    checksum: int
    method: int = 8
    flags: int = 0


def stored(data: bytes) -> Member:
    """Return a member that is not compressed."""
    return Member(data, len(data), zlib.crc32(data), method=0)


def zip_file(
    members: Iterable[tuple[str, Member | Repeated | bytes | str]], overlaps: bool = False
) -> bytes:
    """Return a zip archive (APPNOTE.TXT, 4.3).

    Args:
        members: The names and the contents of its members.
        overlaps: Whether all members share the data of the first.
    """
    file, directory = io.BytesIO(), io.BytesIO()
    count = 0
    for name, content in members:
        member = _member(content)
        position = 0 if overlaps else file.tell()
        encoded = name.encode()
        common = struct.pack(
            *("<HHHHHLLLHH", 20, member.flags, member.method, 0, 33),
            *(member.checksum, len(member.data), member.size, len(encoded), 0),
        )
        if not overlaps or not count:
            file.write(b"PK\3\4" + common + encoded + member.data)
        place = struct.pack("<HHHLL", 0, 0, 0, 0, position)
        directory.write(b"PK\1\2" + struct.pack("<H", 20) + common + place + encoded)
        count += 1
    entries, number = directory.getvalue(), min(count, 0xFFFF)
    end = struct.pack("<HHHHLLH", 0, 0, number, number, len(entries), file.tell(), 0)
    return file.getvalue() + entries + b"PK\5\6" + end


def _member(content: Member | Repeated | bytes | str) -> Member:
    if isinstance(content, Member):
        return content
    if isinstance(content, Repeated):
        return content.deflated()
    return _packed(content.encode() if isinstance(content, str) else content)


def _packed(data: bytes) -> Member:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return Member(packer.compress(data) + packer.flush(), len(data), zlib.crc32(data))


def tar_header(kind: bytes, size: int, name: str = "a.tsv") -> bytes:
    """Return the header of a member of a tar archive."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    """Return data with zeros up to a whole block of a tar archive."""
    return data + bytes(-len(data) % 512)


def workbook(parts: Mapping[str, Repeated | str]) -> bytes:
    """Return a workbook in which some parts are replaced, by their names, or added."""
    return zip_file({**WORKBOOK, **parts}.items())


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
_SHEET = (
    f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
    '<c r="B1" t="s"><v>1</v></c></row></sheetData></worksheet>'
)
WORKBOOK = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/>'
        "</Types>"
    ),
    "xl/workbook.xml": (
        f'<workbook {MAIN} xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>"
    ),
    SHEET: _SHEET,
    STYLES: f"<styleSheet {MAIN}/>",
    STRINGS: f"<sst {MAIN}><si><t>가요.</t></si><si><t>I go.</t></si></sst>",
}
