"""Documents that are not plain text, recognized by their content."""

from __future__ import annotations

import re

from malgil.common.encoding import SAMPLE_BYTES, detect_codec
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats import text_signatures
from malgil.preprocessing.corpus.formats.document_lines import structured_kind
from malgil.preprocessing.corpus.formats.text_signatures import json_format, text_format, xml_format

MO_SIGNATURES = (b"\xde\x12\x04\x95", b"\x95\x04\x12\xde")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURE, _ARCHIVE, _PROGRAM = _("a picture"), _("an archive"), _("a program")
_UNPACK = _("Unpack it, and name the file in it.")
# The first bytes of documents that are not corpora, what they are, and what to do; "" if nothing.
_SIGNATURES = (
    (b"%PDF-", _("a PDF"), ""),
    (b"{\\rtf", _("an RTF document"), ""),
    (b"HWP Document File", _("a Hangul document (.hwp)"), ""),
    (b"\x89PNG\r\n", _PICTURE, ""),
    (b"\xff\xd8\xff", _PICTURE, ""),
    (b"GIF87a", _PICTURE, ""),
    (b"GIF89a", _PICTURE, ""),
    (b"7z\xbc\xaf\x27\x1c", _("a 7z archive"), _UNPACK),
    (b"Rar!\x1a\x07", _("a RAR archive"), _UNPACK),
    (b"\x28\xb5\x2f\xfd", _("packed by zstd"), _UNPACK),
    (b"PAR1\x15", _("a Parquet file"), _("Save it as CSV or JSON Lines.")),
    (b"SQLite format 3\0", _("a database"), _("Save its table as CSV.")),
    (b"\x7fELF", _PROGRAM, ""),
    (b"MZ\x90", _PROGRAM, ""),
)
# The first bytes of files that are corpora, or have some, but are not plain text.
_PACKED = (b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0")
# Streams in old Office documents, whose names are in UTF-16.
_OLD_STREAMS = (
    ("HwpSummaryInformation", _("a Hangul document (.hwp)")),
    ("WordDocument", _("an old Word document (.doc)")),
    ("Workbook", _("an old Excel workbook (.xls)")),
    ("PowerPoint Document", _("an old PowerPoint presentation (.ppt)")),
)
# Members of the zip files that are documents.
_ZIP_MEMBERS = (
    (re.compile(rb"^word/"), _("a Word document")),
    (re.compile(rb"^xl/"), _("an Excel workbook")),
    (re.compile(rb"^ppt/"), _("a PowerPoint presentation")),
    (
        re.compile(rb"^Contents/section\d+\.xml|^mimetypeapplication/hwp\+zip"),
        _("a Hangul document (.hwpx)"),
    ),
    (re.compile(rb"^mimetypeapplication/epub\+zip"), _("an e-book (.epub)")),
    (
        re.compile(rb"^mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet"),
        _("an OpenDocument spreadsheet"),
    ),
    (
        re.compile(rb"^mimetypeapplication/vnd\.oasis\.opendocument\.presentation"),
        _("an OpenDocument presentation"),
    ),
    (re.compile(rb"^mimetypeapplication/vnd\.oasis\.opendocument"), _("an OpenDocument text")),
    (re.compile(rb"^Index/Document\.iwa"), _("a Pages, Numbers or Keynote document")),
)
_ZIP_HEADER = re.compile(rb"PK(?:\x03\x04.{26}|\x01\x02.{42})", re.DOTALL)
_TEXT_KINDS = {
    text_signatures.SRT: _("SubRip subtitles"),
    text_signatures.VTT: _("WebVTT subtitles"),
    text_signatures.PO: _("a gettext catalog (PO)"),
    text_signatures.STRINGS: _("an Apple .strings file"),
    text_signatures.PROPERTIES: _("a Java .properties file"),
    text_signatures.YAML: _("a YAML file"),
    text_signatures.TMX: _("a translation memory (TMX)"),
    text_signatures.XLIFF: _("an XLIFF file"),
    text_signatures.LINGUIST: _("a translation file of Qt Linguist"),
    text_signatures.ANDROID: _("an Android resource file"),
    text_signatures.RESX: _("a .resx file of .NET"),
    text_signatures.JSON: _("a JSON file"),
}


def document_kind(head: bytes, name: str) -> str:
    """Return what kind of document a file is, such as "a Word document"; empty for plain text.

    HTML and Markdown count as plain text, as do tables with tabs.

    Args:
        head: The beginning of the file, up to `SAMPLE_BYTES`.
        name: The name of the file; YAML and short .properties files are recognized only with it.
    """
    kind, __ = binary_document(head)
    if kind:
        return kind
    if head.startswith(MO_SIGNATURES):
        return _("a compiled gettext catalog (MO)")
    if head.startswith(_PACKED):
        return _ARCHIVE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zip_document_kind(head) or _ARCHIVE
    is_whole = len(head) < SAMPLE_BYTES
    text = head.decode(detect_codec(head, is_whole), errors="ignore")
    known = xml_format(text)
    if known is None:
        known = text_format(text, name) or json_format(text, is_whole)
    return _TEXT_KINDS.get(known or "") or structured_kind(text, is_whole)


def binary_document(head: bytes) -> tuple[str, str]:
    """Return what kind of document a file is whose first bytes say that it is not a corpus.

    Args:
        head: The beginning of the file.

    Returns:
        What it is, such as "a PDF", and what to do about it. Both are empty for other files.
    """
    for signature, kind, advice in _SIGNATURES:
        if head.startswith(signature):
            return kind, advice
    if head.startswith(_OLD_OFFICE):
        return _old_office_kind(head), _("Save it as .xlsx without a password.")
    return "", ""


def zip_document_kind(head: bytes) -> str:
    """Return which document a zip file is; empty for an archive or an unknown document.

    Args:
        head: The beginning of the file: the names of its first members, or those of all.
    """
    names = [head[match.end() : match.end() + 80] for match in _ZIP_HEADER.finditer(head)]
    for pattern, kind in _ZIP_MEMBERS:
        if any(map(pattern.match, names)):
            return kind
    return ""


def _old_office_kind(head: bytes) -> str:
    for stream, kind in _OLD_STREAMS:
        if stream.encode("utf-16-le") in head:
            return kind
    return _("an old Office document (.xls, .hwp) or one with a password")
