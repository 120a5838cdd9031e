"""What is in zip and tar archives, each member as a stream of its own."""

from __future__ import annotations

import contextlib
import functools
import re
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.byte_source import Source, decompressed, seekable

_HEAD = 1 << 10
_DEEPEST = 4  # layers: a file in a tar in a gzip in a zip
_MOST_MEMBERS = 100_000
# More than this is never asked for at once, but by a header that is made to fill the memory.
_LARGEST_READ = 1 << 26
# Parts of a workbook that are read as a whole, and how often a text may hold itself over.
_MOST_BYTES, _MOST_RATIO = 1 << 28, 200
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HIDDEN = re.compile(r"(^|/)(__MACOSX/|\.[^/]*$)")
_WORKBOOK = "xl/workbook.xml"
# Members that give away other files that are zips: Word's; OpenDocument's, Hangul's; Apple's.
_DOCUMENT = {"[Content_Types].xml", "mimetype", "Index/Document.iwa"}


def unpack(source: Source, stack: ExitStack) -> list[Source]:
    """The files in a file: itself, where it is no archive.

    Args:
        source: A file, or what is in one.
        stack: Closes what stays open for the members.

    Returns:
        Each file that is not an archive, in their order; a workbook is a file.

    Raises:
        UserError: If an archive is damaged, encrypted, too deep, or is a document.
    """
    head = source.head(_HEAD)
    if head.startswith(_ZIP):
        members = _zip_members(source, stack)
    elif head[257:262] == b"ustar":
        members = _tar_members(source, stack)
    else:
        inner = decompressed(source, head)
        if inner is None:
            return [source]
        members = [inner]
    if len(source.layers) >= _DEEPEST:
        raise UserError(
            f"{source.name} is packed more than {_DEEPEST} times. Unpack it, and name the file in "
            "it."
        )
    if members == [source]:
        return members
    return [leaf for member in members for leaf in unpack(member, stack)]


def is_archive(source: Source) -> bool:
    """Whether a file holds files: a zip that is no workbook, or a tar."""
    return bool({"zip", "tar"} & set(source.layers))


def _zip_members(source: Source, stack: ExitStack) -> list[Source]:
    with ExitStack() as opened:
        file = seekable(source, opened)
        with source.told():
            archive = opened.enter_context(zipfile.ZipFile(file))
        infos = archive.infolist()
        names = {info.filename for info in infos}
        if _WORKBOOK in names:
            _check_workbook(archive, source)
            return [source]
        stack.push(opened.pop_all())
    if names & _DOCUMENT:
        raise UserError(
            f"{source.name} is a document of an office program, but no workbook (.xlsx). Save its "
            "sentence pairs as .xlsx, CSV or TSV."
        )
    _check_number(len(infos), source)
    return list(_zip_sources(source, archive, infos))


def _zip_sources(
    source: Source, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]
) -> Iterator[Source]:
    for info in infos:
        is_file = info.filename and not info.filename.endswith("/") and info.file_size
        if not is_file or _HIDDEN.search(info.filename):
            continue
        name = _shown(info)
        if info.flag_bits & 0x1:
            raise UserError(
                f"{source.name} is protected by a password ({name!r}). Unpack it, and name the "
                "file "
                "in it."
            )
        yield source.within("zip", functools.partial(archive.open, info), name)


def _shown(info: zipfile.ZipInfo) -> str:
    """A member's name. Korean Windows writes it in cp949, and says nothing of it."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("cp949")
    return printable(name)


def printable(name: str) -> str:
    """A name out of a file as it may be shown: short, and without control characters."""
    return "".join(c if c.isprintable() else "?" for c in name[-100:])


def _check_workbook(archive: zipfile.ZipFile, source: Source) -> None:
    """Refuse a workbook that is made to fill the memory, or whose XML declares entities.

    Excel writes no document type: it has no use but to hide one text in another.
    """
    for info in archive.infolist():
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > _MOST_BYTES and ratio > _MOST_RATIO:
            raise UserError(
                f"{source.name} would grow {ratio:,.0f}-fold: it is no workbook of sentence pairs."
            )
        if info.filename.endswith((".xml", ".rels")):
            with source.told(), archive.open(info) as part:
                head = part.read(1 << 16).replace(b"\0", b"")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise UserError(
                    f"{source.name} declares XML entities ({printable(info.filename)!r}), which no "
                    "workbook needs. Save it anew with Excel or LibreOffice."
                )


def _check_number(count: int, source: Source) -> None:
    if count > _MOST_MEMBERS:
        raise UserError(
            f"{source.name} holds {count:,} files; at most {_MOST_MEMBERS:,} are accepted. Join "
            "them."
        )


def _tar_members(source: Source, stack: ExitStack) -> list[Source]:
    archive = _Tar(source)
    stack.callback(archive.close)
    return [
        source.within("tar", functools.partial(archive.open, member), printable(member.name))
        for member in archive.members
        # No links: they may point out of the archive.
        if member.isreg() and not member.issparse() and member.size
        if not _HIDDEN.search(member.name)
    ]


class _Tar:
    """The members of a tar, which may be compressed.

    A compressed file can only be read forwards at a good speed, so readers are kept where they
    stand: members that are read one after another cost one pass, two at a time cost two.

    Args:
        source: The tar.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._idle: list[tarfile.TarFile] = []
        self.members: list[tarfile.TarInfo] = []
        archive = self._reader()
        with source.told():
            for member in archive:
                self.members.append(member)
                _check_number(len(self.members), source)
        self._idle.append(archive)

    def _reader(self) -> tarfile.TarFile:
        if self._idle:
            return self._idle.pop()
        with self._source.told():
            return tarfile.TarFile(fileobj=_Bounded(self._source))  # type: ignore[arg-type]

    def open(self, member: tarfile.TarInfo) -> _Member:
        archive = self._reader()
        file = archive.extractfile(member)
        assert file is not None  # a regular file has content
        return _Member(file, lambda: self._idle.append(archive))

    def close(self) -> None:
        for archive in self._idle:
            archive.fileobj.close()


class _Member:
    """A member of a tar; closing it gives the reader back."""

    def __init__(self, file: Any, give_back: Any) -> None:
        self.read, self.seek, self.tell, self.seekable = (
            file.read,
            file.seek,
            file.tell,
            file.seekable,
        )
        self._give_back = give_back

    def close(self) -> None:
        give_back, self._give_back = self._give_back, lambda: None
        give_back()


class _Bounded:
    """The bytes of a tar, for a reader that believes the sizes that stand in its headers."""

    def __init__(self, source: Source) -> None:
        self._file = source.open()
        self._name = source.name
        self.seek, self.tell = self._file.seek, self._file.tell
        self.seekable, self.close = self._file.seekable, self._file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise UserError(f"{self._name} is damaged: a header of {size:,} bytes. Get it again.")
        return self._file.read(size)
