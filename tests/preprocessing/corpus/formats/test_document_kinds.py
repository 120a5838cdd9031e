"""Documents that are recognized by their content, and texts that are none."""

from __future__ import annotations

import gzip
import struct

import pytest

from malgil.common.encoding import SAMPLE_BYTES
from malgil.preprocessing.corpus.formats.document_kinds import document_kind, zip_document_kind
from tests.preprocessing.corpus.formats.writers import PAIRS, json_text, tmx, xlsx, zipped

CUE = "00:00:01,000 --> 00:00:02,000"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
XML = '<?xml version="1.0"?>\n'


def packed(*names: str, mimetype: str = "") -> bytes:
    members = {"mimetype": mimetype} if mimetype else {"[Content_Types].xml": "<Types/>"}
    return zipped({**members, **dict.fromkeys(names, "<x/>")})


def stored(mimetype: str) -> bytes:
    """Return the beginning of a zip file whose first member is not compressed."""
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, len(mimetype), len(mimetype), 8, 0
    )
    return head + b"mimetype" + mimetype.encode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"{\\rtf1\\ansi", "an RTF document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (packed("word/document.xml"), "a Word document"),
        (packed("ppt/presentation.xml"), "a PowerPoint presentation"),
        (xlsx({"s": PAIRS}), "an Excel workbook"),
        (stored("application/hwp+zip"), "a Hangul document (.hwpx)"),
        (packed("Contents/section0.xml", mimetype="x"), "a Hangul document (.hwpx)"),
        (stored("application/vnd.oasis.opendocument.text"), "an OpenDocument text"),
        (stored("application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument spreadsheet"),
        (stored("application/vnd.oasis.opendocument.presentation"), "an OpenDocument presentation"),
        (stored("application/epub+zip"), "an e-book (.epub)"),
        (zipped({"a.txt": "word/"}), "an archive"),
        (gzip.compress(b"a", mtime=0), "an archive"),
        (OLD + "WordDocument".encode("utf-16-le"), "an old Word document (.doc)"),
        (OLD + "\5HwpSummaryInformation".encode("utf-16-le"), "a Hangul document (.hwp)"),
        (OLD, "an old Office document (.xls, .hwp) or one with a password"),
        (b"\xde\x12\x04\x95" + bytes(24), "a compiled gettext catalog (MO)"),
        (f"1\n{CUE}\n안녕\n", "SubRip subtitles"),
        (f"\n1\r\n{CUE} X1:0\r\n안녕\r\n", "SubRip subtitles"),
        (f"1\n{CUE}\n안녕\n".encode("cp949"), "SubRip subtitles"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\na\n".encode("utf-16"), "WebVTT subtitles"),
        ('# x\nmsgid ""\nmsgstr ""\n"Language: ko\\n"\n', "a gettext catalog (PO)"),
        ('/* Menu */\n"open" = "열기";\n"close" = "닫기";\n', "an Apple .strings file"),
        ("".join(f"app.key{n} = 글\n" for n in range(5)), "a Java .properties file"),
        (tmx([[("ko", "가"), ("en", "a")]]), "a translation memory (TMX)"),
        (f"{XML}<!-- <tmx> --><xliff version='1.2'/>", "an XLIFF file"),
        (f"{XML}<!DOCTYPE TS><TS version='2.1'/>", "a translation file of Qt Linguist"),
        (f"{XML}<resources><string/></resources>", "an Android resource file"),
        (f"{XML}<root><data name='a'/></root>", "a .resx file of .NET"),
        (json_text({"a": {"b": "글"}}, indent=1), "a JSON file"),
        (json_text([{"a": "글"}]), "a JSON file"),
        ('{"a": 1}\n{"a": 2}\n', "a JSON file"),
        (json_text([{"key": "글" * 99}] * 9000), "a JSON file"),
    ],
)
def test_documents(content: bytes | str, kind: str) -> None:
    data = content.encode() if isinstance(content, str) else content
    assert document_kind(data[:SAMPLE_BYTES], "file") == kind


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("ko.yml", "ko:\n  open: 열기\n", "a YAML file"),
        ("a.properties", "open=열기\n", "a Java .properties file"),
        ("a.properties", "open=열기 \\\n  닫기 \\\n 보기\n", "a Java .properties file"),
    ],
)
def test_formats_that_need_a_name(name: str, content: str, kind: str) -> None:
    assert document_kind(content.encode(), name) == kind
    assert document_kind(content.encode(), "a.txt") == ""


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요.\n",
        "",
        f"The cue {CUE} begins here.\n{CUE}\n",
        "1\n2\n3\n",
        "WEBVTTs are subtitles.",
        "{name}님, 안녕하세요.",
        '{"name"}님',
        "[1] 참고 문헌\n[2] 다른 문헌\n",
        '["안녕"] 하고 말했다.',
        "msgid is a keyword.\nmsgstr too.\n",
        '"a" = "b"라고 쓴다.\n',
        "철수: 안녕?\n영희: 응, 안녕.\n",
        "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n",
        "<b>굵게</b>\n",
        "<!DOCTYPE html><html><body>글</body></html>",
        "<?xml version='1.0'?><html/>",
        "# 제목\n\n- 하나\n- 둘\n",
        "가\ta\n나\tb\n",
        "MZ세대는 다르다.",
        "PK\n",
    ],
)
def test_plain_text(text: str) -> None:
    assert document_kind(text.encode(), "a.txt") == ""


def test_comments_without_a_root_are_read_in_bounded_time() -> None:
    assert document_kind(b"<!-- a -->" * 50_000 + b"text", "a") == ""


def test_members_in_the_central_directory() -> None:
    content = packed("docProps/app.xml", "word/document.xml")
    assert zip_document_kind(content[content.index(b"PK\x01\x02") :]) == "a Word document"
