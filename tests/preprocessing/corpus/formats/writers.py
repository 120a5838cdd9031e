"""Writers of each format that share no code with the readers."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import XMLGenerator, escape

import openpyxl

Pairs = Sequence[tuple[str, str]]

PAIRS = [
    ("저는 오늘 학교에 갑니다.", "I go to school today."),
    ('"안녕하세요," 하고 말했다.', 'He said, "Hello," and left; then | came back.'),
    ("비가 오면\n집에 있을 거예요.", "If it rains,\nI will be at home."),
    ("3 < 4 & 5 > 2", "a <b> & </b>"),
    ("밥을 먹었어요", "I ate."),
]
# As PAIRS come out: line breaks are spaces.
READ = [tuple(text.replace("\n", " ") for text in pair) for pair in PAIRS]


def lines(rows: Iterable[Sequence[str]], between: str = "\t") -> str:
    return "".join(between.join(row) + "\n" for row in rows)


def csv_text(rows: Iterable[Sequence[Any]], delimiter: str = ",", **options: Any) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, **options).writerows(rows)
    return file.getvalue()


def json_text(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


def json_lines(values: Iterable[Any]) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def tmx(units: Iterable[Iterable[tuple[str, str]]], head: str = "", encoding: str = "") -> str:
    """Return a TMX of units, each a list of (language, text)."""
    file = io.StringIO()
    xml = XMLGenerator(file)
    for unit in units:
        xml.startElement("tu", {"tuid": "1"})
        for language, text in unit:
            xml.startElement("tuv", {"xml:lang": language})
            xml.startElement("seg", {})
            xml.characters(text)
            xml.endElement("seg")
            xml.endElement("tuv")
        xml.endElement("tu")
    declared = f' encoding="{encoding}"' if encoding else ""
    return (
        f'<?xml version="1.0"{declared}?>\n{head}\n<tmx version="1.4"><header srclang="ko"/>'
        f"<body>{file.getvalue()}</body></tmx>\n"
    )


def xlsx(sheets: Mapping[str, Iterable[Sequence[Any]]], merged: str = "") -> bytes:
    """Return a workbook written by openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merged:
            sheet.merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def excel_parts(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the parts of a workbook as Excel writes it, with the texts in a separate table."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row))
    cells = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{"ABCDEFG"[column]}{number}" t="s"><v>{texts.index(cell)}</v></c>'
            for column, cell in enumerate(row)
        )
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    strings = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    package = "http://schemas.openxmlformats.org/package/2006"
    return {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_PART}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_PART}.sharedStrings+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{_KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_KIND}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><dimension ref="A1"/>'
        f"<sheetData>{cells}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
    }


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def large_dictionaries(content: bytes) -> bytes:
    """Return a zip file of `zipfile.ZIP_LZMA` whose members ask for dictionaries of 4 GiB."""
    changed, begin = bytearray(content), -1
    while (begin := content.find(b"PK\x03\x04", begin + 1)) >= 0:
        name_bytes = int.from_bytes(content[begin + 26 : begin + 28], "little")
        size_at = begin + 30 + name_bytes + 5
        changed[size_at : size_at + 4] = b"\xff" * 4
    return bytes(changed)


def tarred(members: Mapping[str, str | tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return file.getvalue()
