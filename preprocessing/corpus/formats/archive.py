"""The members of zip and tar archives, each as a separate stream."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import printable
from malgil.preprocessing.corpus.formats.byte_source import (
    ByteSource,
    decompressed,
    open_seekable,
)
from malgil.preprocessing.corpus.formats.document_kinds import zip_document_kind

if TYPE_CHECKING:
    import tarfile
    import zipfile

MAX_MEMBERS = 100_000
MAX_PART_BYTES = 1 << 28
_HEAD_BYTES = 1 << 10
_DOCUMENT_BYTES = 1 << 20
_MAX_LAYERS = 4  # a file in a tar in a gzip in a zip
# Only a header that was made to fill the memory asks for more bytes at once.
_MAX_READ_BYTES = 1 << 26
# openpyxl reads each part of a workbook as a whole: a part must not exceed both limits.
_MAX_PART_RATIO = 200
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_HIDDEN = re.compile(r"(^|/)(__MACOSX/|\.[^/]*$)")
_WORKBOOK = "xl/workbook.xml"
# Members of documents that are zip files: Word's; OpenDocument's and Hangul's; Apple's.
_DOCUMENT_MEMBERS = {"[Content_Types].xml", "mimetype", "Index/Document.iwa"}


def unpack(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    """Return the files in an archive; archives in it are unpacked as well.

    Args:
        source: A file, or something packed in one.
        stack: Closes what stays open for the members.

    Returns:
        The files in their order; the source itself if it is not an archive. A workbook (.xlsx)
        counts as a file.

    Raises:
        UserError: If an archive is damaged, encrypted, nested more than four levels deep, or an
            office document.
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
            _(
                "{name} is packed more than {limit} times. Unpack it, and name the file in it."
            ).format(name=source.name, limit=_MAX_LAYERS)
        )
    if members == [source]:
        return members
    return [file for member in members for file in unpack(member, stack)]


def is_archive_member(source: ByteSource) -> bool:
    """Return whether a source is a member of a zip or tar archive."""
    return bool({"zip", "tar"} & set(source.layers))


def shown_name(name: str) -> str:
    """Return a name found in a file in a form for messages: short, without control characters."""
    return printable(name[-100:])


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
        kind = zip_document_kind(source.read_head(_DOCUMENT_BYTES)) or _("an office document")
        raise UserError(
            _(
                "{name} is {kind}, not a workbook (.xlsx). Save its sentence pairs as XLSX, CSV or "
                "TSV."
            ).format(name=source.name, kind=kind)
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
                _(
                    "{name} is protected by a password ({member!r}). Unpack it, and name the file "
                    "in it."
                ).format(name=source.name, member=name)
            )
        yield source.unpacked("zip", functools.partial(archive.open, info), name)


def _zip_member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; Korean Windows writes it in cp949 without declaring it."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("cp949")
    return shown_name(name)


def _check_workbook(archive: zipfile.ZipFile, source: ByteSource) -> None:
    """Refuse a workbook that was made to fill the memory, or whose XML declares entities.

    Excel does not write document types; they would only serve to hide one text in another.
    """
    for info in archive.infolist():
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > MAX_PART_BYTES and ratio > _MAX_PART_RATIO:
            raise UserError(
                _(
                    "{name} grows {ratio:,.0f}-fold when it is unpacked, which a workbook of "
                    "sentence pairs does not. Save the pairs as CSV or TSV."
                ).format(name=source.name, ratio=ratio)
            )
        if info.filename.endswith((".xml", ".rels")):
            with source.damage_as_user_error(), archive.open(info) as part:
                head = part.read(1 << 16).replace(b"\0", b"")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise UserError(
                    _(
                        "{name} declares XML entities ({member!r}), which a workbook does not "
                        "need. Save it again with Excel or LibreOffice."
                    ).format(name=source.name, member=shown_name(info.filename))
                )


def _check_member_count(count: int, source: ByteSource) -> None:
    if count > MAX_MEMBERS:
        raise UserError(
            _("{name} holds {count:,} files; the maximum is {limit:,}. Join some of them.").format(
                name=source.name, count=count, limit=MAX_MEMBERS
            )
        )


def _tar_members(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    archive = _TarArchive(source)
    stack.callback(archive.close)
    return [
        source.unpacked("tar", functools.partial(archive.open, member), shown_name(member.name))
        for member in archive.members
        # No links: they may point out of the archive.
        if member.isreg() and not member.issparse() and member.size
        if not _HIDDEN.search(member.name)
    ]


class _TarArchive:
    """The members of a tar file, which may be compressed.

    Seeking backward in a compressed file is slow. Therefore readers are kept at their positions:
    reading members one after another takes one pass over the file, reading two at the same time
    takes two passes.

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
    """The bytes of a tar file; limits the size of a read, which tarfile takes from a header."""

    def __init__(self, source: ByteSource) -> None:
        self._file = source.open()
        self._name = source.name
        self.seek, self.tell = self._file.seek, self._file.tell
        self.seekable, self.close = self._file.seekable, self._file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_READ_BYTES:
            raise UserError(
                _(
                    "{name} is damaged: it has a header of {size:,} bytes. Get the file again."
                ).format(name=self._name, size=size)
            )
        return self._file.read(size)
