"""The members of zip and tar archives, each as a separate stream."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import printable
from malgil.preprocessing.corpus.formats.byte_source import (
    ByteSource,
    decompressed,
    open_seekable,
)
from malgil.preprocessing.corpus.formats.document_kinds import zip_document_kind
from malgil.preprocessing.corpus.formats.reading_budget import ReadingBudget

if TYPE_CHECKING:
    import tarfile
    import zipfile

_HEAD_BYTES = 1 << 10
_DOCUMENT_BYTES = 1 << 20
_MAX_LAYERS = 4  # a file in a tar in a gzip in a zip
_END, _MAX_END_BYTES = b"PK\x05\x06", 22 + (1 << 16)  # with a comment (APPNOTE.TXT, 4.3.16)
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
# A member that LZMA compresses (APPNOTE.TXT, 4.4.5, 4.3.7 and 5.8.8). 7-Zip's largest level has a
# dictionary of 64 MiB.
_LZMA, _LOCAL_HEADER_BYTES, _MAX_DICTIONARY_BYTES = 14, 30, 1 << 27
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
            archive = opened.enter_context(zipfile.ZipFile(bounded_zip_file(file, source.budget)))
            check_dictionaries(archive, file)
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
    source.budget.add_members(len(infos))
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
    """Refuse a workbook whose XML declares entities.

    Excel does not write document types; they would only serve to hide one text in another.
    """
    for info in archive.infolist():
        source.budget.step()
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


def bounded_zip_file(file: BinaryIO, budget: ReadingBudget) -> BinaryIO:
    """Return a zip file for `zipfile.ZipFile` that ends where it should, without too many members.

    zipfile ignores what follows the end. It reads the directory as a whole and makes an object of
    each entry; the number of entries at the end of the file may be wrong.

    Args:
        file: The zip file.
        budget: The budget of its file.

    Raises:
        ValueError: If something other than zeros follows the end, as in other compressed files.
        UserError: While reading, if it has too many members.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _MAX_END_BYTES))
    tail = file.read()
    end = tail.rfind(_END)
    comment_size = int.from_bytes(tail[end + 20 : end + 22], "little")
    if end >= 0 and tail[end + 22 + comment_size :].strip(b"\0"):
        raise ValueError(_("it goes on after its end"))
    file.seek(0)
    return cast(BinaryIO, _BoundedZipFile(file, budget))


def check_dictionaries(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """Check the sizes of the LZMA dictionaries, for which zipfile reserves memory.

    Args:
        archive: The zip file.
        file: The same file, open for reading in any order.

    Raises:
        NotImplementedError: If a member has a dictionary that is far too large.
    """
    for member in archive.infolist():
        if member.compress_type != _LZMA:
            continue
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
        file.seek(sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28)), 1)
        # The version and the size of the properties; their first byte; the size of the dictionary.
        size = int.from_bytes(file.read(9)[5:], "little")
        if size > _MAX_DICTIONARY_BYTES:
            message = _("{member!r} needs a dictionary of {size:,} bytes")
            raise NotImplementedError(message.format(member=shown_name(member.filename), size=size))


class _BoundedZipFile:
    def __init__(self, file: BinaryIO, budget: ReadingBudget) -> None:
        self._file = file
        self._budget = budget
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        count = data.count(_DIRECTORY_ENTRY)
        if count > self._budget.limits.members:
            self._budget.add_members(count)
        return data


def _tar_members(source: ByteSource, stack: ExitStack) -> list[ByteSource]:
    archive = TarArchive(source)
    stack.callback(archive.close)
    return [
        source.unpacked("tar", functools.partial(archive.open, member), shown_name(member.name))
        for member in archive.members
    ]


class TarArchive:
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
        stream: Any = reader.fileobj
        with source.damage_as_user_error():
            while member := reader.next():
                source.budget.add_members(1)
                stream.end_header()
                # No links: they may point out of the archive.
                is_file = member.isreg() and not member.issparse() and member.size
                if is_file and not _HIDDEN.search(member.name):
                    self.members.append(member)
                member.pax_headers = {}  # a global header is copied to each member
                reader.members.clear()  # type: ignore[attr-defined]
        stream.reads_headers = False
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
    """The bytes of a tar file; limits the sizes of headers, which tarfile reads as a whole.

    Attributes:
        reads_headers: Whether all reads are for headers, until all members are listed.
    """

    def __init__(self, source: ByteSource) -> None:
        self._file = source.open()
        self._source = source
        self._header_bytes = 0
        self.reads_headers = True
        self.seek, self.tell = self._file.seek, self._file.tell
        self.seekable, self.close = self._file.seekable, self._file.close

    def end_header(self) -> None:
        """Begin the header of the next member."""
        self._header_bytes = 0

    def read(self, size: int = -1) -> bytes:
        if self.reads_headers:
            budget = self._source.budget
            budget.step()
            self._header_bytes += size if size >= 0 else 1 << 62
            if self._header_bytes > budget.limits.header_bytes:
                raise UserError(
                    _(
                        "{name} is damaged: it has a header of more than {limit:,} bytes. Get the "
                        "file again."
                    ).format(name=self._source.name, limit=budget.limits.header_bytes)
                )
        return self._file.read(size)
