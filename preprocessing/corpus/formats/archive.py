"""The members of zip and tar archives, each as a stream of its own."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.byte_source import (
    ByteSource,
    decompressed,
    open_seekable,
)

if TYPE_CHECKING:
    import tarfile
    import zipfile

MAX_MEMBERS = 100_000
MAX_PART_BYTES = 1 << 28
_HEAD_BYTES = 1 << 10
_MAX_LAYERS = 4  # a file in a tar in a gzip in a zip
# Only a header that was made to fill the memory asks for more bytes at once.
_MAX_READ_BYTES = 1 << 26
# A part of a workbook, which openpyxl reads as a whole, may be larger or more compressed, not both.
_MAX_PART_RATIO = 200
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_HIDDEN = re.compile(r"(^|/)(__MACOSX/|\.[^/]*$)")
_WORKBOOK = "xl/workbook.xml"
# Members of documents that are zip files: Word's; OpenDocument's and Hangul's; Apple's.
_DOCUMENT_MEMBERS = {"[Content_Types].xml", "mimetype", "Index/Document.iwa"}


def unpack(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    """Return the files in an archive, archives in it unpacked too.

    Args:
        source: A file, or something packed in one.
        stack: Closes what stays open for the members.

    Returns:
        The files in their order; the source itself if it is not an archive. A workbook is a file.

    Raises:
        UserError: If an archive is damaged, encrypted, nested too deep, or a document.
    """
    head = source.read_head(_HEAD_BYTES)
    if head.startswith(_ZIP_SIGNATURES):
        members = _zip_members(source, stack)
    elif head[257:262] == b"ustar":
        members = _tar_members(source, stack)
    else:
        content = decompressed(source, head)
        if content is None:
            return [source]
        members = [content]
    if len(source.layers) >= _MAX_LAYERS:
        raise UserError(
            f"{source.name} is packed more than {_MAX_LAYERS} times. Unpack it, and name the file "
            "in it."
        )
    if members == [source]:
        return members
    return [file for member in members for file in unpack(member, stack)]


def is_archive_member(source: ByteSource) -> bool:
    """Return whether a source comes out of a zip or a tar, rather than being a file by itself."""
    return bool({"zip", "tar"} & set(source.layers))


def printable(name: str) -> str:
    """Return a name from a file in a form for messages: short, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in name[-100:])


def _zip_members(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    import zipfile

    with ExitStack() as opened:
        file = open_seekable(source, opened)
        with source.damage_as_user_error():
            archive = opened.enter_context(zipfile.ZipFile(file))
        infos = archive.infolist()
        names = {info.filename for info in infos}
        if _WORKBOOK in names:
            _check_workbook(archive, source)
            return [source]
        stack.push(opened.pop_all())
    if names & _DOCUMENT_MEMBERS:
        raise UserError(
            f"{source.name} is a document of an office program, but no workbook (.xlsx). Save its "
            "sentence pairs as .xlsx, CSV or TSV."
        )
    _check_member_count(len(infos), source)
    return list(_zip_sources(source, archive, infos))


def _zip_sources(
    source: ByteSource, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]
) -> Iterator[ByteSource]:
    for info in infos:
        is_file = info.filename and not info.filename.endswith("/") and info.file_size
        if not is_file or _HIDDEN.search(info.filename):
            continue
        name = _zip_member_name(info)
        if info.flag_bits & 0x1:
            raise UserError(
                f"{source.name} is protected by a password ({name!r}). Unpack it, and name the "
                "file in it."
            )
        yield source.unpacked("zip", functools.partial(archive.open, info), name)


def _zip_member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; Korean Windows writes it in cp949 without saying so."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("cp949")
    return printable(name)


def _check_workbook(archive: zipfile.ZipFile, source: ByteSource) -> None:
    """Refuse a workbook that was made to fill the memory, or whose XML declares entities.

    Excel writes no document type, which would only serve to hide one text in another.
    """
    for info in archive.infolist():
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > MAX_PART_BYTES and ratio > _MAX_PART_RATIO:
            raise UserError(
                f"{source.name} would grow {ratio:,.0f}-fold: it is no workbook of sentence pairs."
            )
        if info.filename.endswith((".xml", ".rels")):
            with source.damage_as_user_error(), archive.open(info) as part:
                head = part.read(1 << 16).replace(b"\0", b"")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise UserError(
                    f"{source.name} declares XML entities ({printable(info.filename)!r}), which no "
                    "workbook needs. Save it anew with Excel or LibreOffice."
                )


def _check_member_count(count: int, source: ByteSource) -> None:
    if count > MAX_MEMBERS:
        raise UserError(
            f"{source.name} holds {count:,} files; at most {MAX_MEMBERS:,} are accepted. Join them."
        )


def _tar_members(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    archive = _TarArchive(source)
    stack.callback(archive.close)
    return [
        source.unpacked("tar", functools.partial(archive.open, member), printable(member.name))
        for member in archive.members
        # No links: they may point out of the archive.
        if member.isreg() and not member.issparse() and member.size
        if not _HIDDEN.search(member.name)
    ]


class _TarArchive:
    """The members of a tar file, which may be compressed.

    A compressed file can only be read forwards at a good speed. So readers are kept at their
    positions: members that are read one after another take one pass over the file, two at a time
    take two passes.

    Args:
        source: The tar file.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._idle_readers: list[tarfile.TarFile] = []
        self.members: list[tarfile.TarInfo] = []
        reader = self._take_reader()
        with source.damage_as_user_error():
            for member in reader:
                self.members.append(member)
                _check_member_count(len(self.members), source)
        self._idle_readers.append(reader)

    def _take_reader(self) -> tarfile.TarFile:
        import tarfile

        if self._idle_readers:
            return self._idle_readers.pop()
        with self._source.damage_as_user_error():
            return tarfile.TarFile(fileobj=_BoundedTarStream(self._source))  # type: ignore[arg-type]

    def open(self, member: tarfile.TarInfo) -> _TarMember:
        """Open a member at its beginning."""
        reader = self._take_reader()
        file = reader.extractfile(member)
        assert file is not None  # a regular file has content
        return _TarMember(file, lambda: self._idle_readers.append(reader))

    def close(self) -> None:
        """Close the file."""
        for reader in self._idle_readers:
            reader.fileobj.close()


class _TarMember:
    """A member of a tar file.

    Args:
        file: The content.
        release_reader: Called when the member is closed.
    """

    def __init__(self, file: Any, release_reader: Callable[[], None]) -> None:
        self.read, self.seek = file.read, file.seek
        self.tell, self.seekable = file.tell, file.seekable
        self._release_reader: Callable[[], None] | None = release_reader

    def close(self) -> None:
        if self._release_reader:
            self._release_reader()
        self._release_reader = None


class _BoundedTarStream:
    """The bytes of a tar file; tarfile would read as many at once as a header says."""

    def __init__(self, source: ByteSource) -> None:
        self._file = source.open()
        self._name = source.name
        self.seek, self.tell = self._file.seek, self._file.tell
        self.seekable, self.close = self._file.seekable, self._file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_READ_BYTES:
            raise UserError(f"{self._name} is damaged: a header of {size:,} bytes. Get it again.")
        return self._file.read(size)
