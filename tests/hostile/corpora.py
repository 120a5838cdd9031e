"""Corpora that were made to exhaust the memory or the time of a reader, or to crash it."""

from __future__ import annotations

import functools
import gzip
import io
import json
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from tests.hostile.packing import (
    MAIN,
    SHEET,
    STRINGS,
    STYLES,
    WORKBOOK,
    Repeated,
    padded,
    stored,
    tar_header,
    workbook,
    zip_file,
)

MIB = 1 << 20
PAIR = b"ko,en\n\xea\xb0\x80\xec\x9a\x94.,I go.\n"
# The files of a corpus by name, for a scale from 0 to 1 of what they unpack to.
Files = dict[str, bytes]


class HostileCorpus(NamedTuple):
    """A corpus, and what must become of it.

    Attributes:
        name: Its name.
        make: Returns its files.
        message: A part of the one-line message; empty if it may be read.
    """

    name: str
    make: Callable[[float], Files]
    message: str = ""


def _compressed(layer: str, content: Repeated) -> Callable[[float], Files]:
    return lambda scale: {
        "a.tsv": content._replace(size=int(content.size * scale)).compressed(layer)
    }


def _zipped(name: str, content: Repeated) -> Callable[[float], Files]:
    return lambda scale: {
        "a.zip": zip_file([(name, content._replace(size=int(content.size * scale)))])
    }


def _plain(name: str, content: Repeated) -> Callable[[float], Files]:
    return lambda scale: {name: content._replace(size=int(content.size * scale)).whole()}


def _workbook(part: str, content: Repeated, sheet: str = "") -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        parts = {part: content._replace(size=int(content.size * scale))}
        return {"a.xlsx": workbook({**({SHEET: sheet} if sheet else {}), **parts})}

    return make


def _two(first: Files, second: str) -> Callable[[float], Files]:
    return lambda _scale: {**first, **{second: next(iter(first.values()))}}


_UNPACKS, _STEPS = "unpacks to more than", "sentence pair"
_TAGS, _HELD = "a single element with more than", "must be held in memory"
_SINGLE = "a single text of more than 16 MiB"

_TMX = b'<?xml version="1.0"?><tmx version="1.4"><header/><body>'
_UNIT = (
    '<tu><tuv xml:lang="ko"><seg>가요.</seg></tuv><tuv xml:lang="en"><seg>I go.</seg></tuv></tu>'
).encode()
# Beginnings of files that go on without end.
_ENDLESS = {
    "blank lines": (Repeated(b"\n", 1 << 30, PAIR), _STEPS),
    "blank lines of a text": (Repeated(b"\n", 1 << 30), ""),
    "lines of spaces": (Repeated(b" \t \n", 1 << 30, PAIR), _STEPS),
    "empty cells": (Repeated(b",\n", 1 << 30, PAIR), _STEPS),
    "lines without a tab": (Repeated(b"a\n", 1 << 30), ""),
    "a line": (Repeated(b"a", 1 << 30, PAIR), "16,777,216 characters in line"),
    "NULs": (Repeated(b"\0", 1 << 30, PAIR), ""),
    "carriage returns": (Repeated(b"\r", 1 << 30), ""),
    "an open quotation mark": (Repeated(b"a\n", 1 << 30, PAIR + b'"'), "is not closed"),
    "lists of JSON": (Repeated(b"[],", 1 << 30, b'[{"ko":"a","en":"b"},'), _STEPS),
    "JSON Lines": (Repeated(b"{}\n", 1 << 30, b'{"ko":"a","en":"b"}\n'), _STEPS),
    "a string of JSON": (Repeated(b"a", 1 << 30, b'[{"ko":"'), ""),
    "a number of JSON": (Repeated(b"9", 1 << 30, b'[{"ko":'), ""),
    "units of TMX": (Repeated(b"<tu/>", 1 << 30, _TMX), _STEPS),
    "elements of a unit": (Repeated(b"<a/>", 1 << 30, _TMX + b"<tu>"), _TAGS),
    "a comment of XML": (Repeated(b"a ", 1 << 30, _TMX + b"<!--"), _SINGLE),
    "attributes of XML": (Repeated(b" a", 1 << 30, _TMX + b"<tu"), ""),
}


def _compressed_corpora() -> list[HostileCorpus]:
    corpora = [
        HostileCorpus(f"gz: endless {name}", _compressed("gz", content), message)
        for name, (content, message) in _ENDLESS.items()
    ]
    for layer in ("bz2", "xz"):
        for name in ("blank lines", "a line", "lists of JSON", "units of TMX"):
            content, message = _ENDLESS[name]
            corpora.append(
                HostileCorpus(f"{layer}: endless {name}", _compressed(layer, content), message)
            )
    corpora += [
        HostileCorpus(f"zip: endless {name}", _zipped("a.csv", _ENDLESS[name][0]), message)
        for name, message in (("blank lines", _STEPS), ("a number of JSON", ""))
    ]
    dictionary = bytearray(lzma.compress(PAIR * 1000, check=lzma.CHECK_NONE))
    dictionary[12 + 4] = 40  # the size of the dictionary: 4 GiB - 1 (xz file format, 5.3.1)
    dictionary[20:24] = struct.pack("<L", zlib.crc32(dictionary[12:20]))
    corpora.append(
        HostileCorpus(
            "xz: a dictionary of 4 GiB",
            lambda _scale: {"a.xz": bytes(dictionary)},
            "is damaged or incomplete",
        )
    )
    return corpora


def _zip_of_zips(scale: float) -> Files:
    content = zip_file([("a.tsv", Repeated(b"\n", int(200 * MIB * scale)))])
    for _ in range(3):
        content = zip_file((f"{number}.zip", stored(content)) for number in range(10))
    return {"a.zip": content}


def _many_gz(scale: float) -> Files:
    member = Repeated(b"a\tb\n", int((1 << 30) * scale)).compressed("gz")
    return {"a.zip": zip_file((f"{number}.tsv", member) for number in range(20))}


def _members(count: int, name: str = "{number}.tsv") -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        numbers = range(int(count * scale))
        return {"a.zip": zip_file((name.format(number=n), stored(b"a\tb\n")) for n in numbers)}

    return make


def _many_of_one_name(scale: float) -> Files:
    names = ("x.ko", "x.en") * int(10_000 * scale)
    return {"a.zip": zip_file((name, stored(b"a.\n")) for name in names)}


def _overlapping(scale: float) -> Files:
    member = Repeated(b"a", int((1 << 31) * scale)).deflated()
    return {"a.zip": zip_file((("a.tsv", member) for _ in range(100)), overlaps=True)}


def _changed(size: int, flags: int = 0, method: int = 8) -> Callable[[float], Files]:
    def make(_scale: float) -> Files:
        member = Repeated(b"a\tb\n", MIB).deflated()
        changed = member._replace(size=size, flags=flags, method=method)
        return {"a.zip": zip_file([("a.tsv", changed)])}

    return make


def _nested(depth: int) -> Callable[[float], Files]:
    def make(_scale: float) -> Files:
        content = b"a\tb\n"
        for _ in range(depth):
            content = gzip.compress(content)
        return {"a.gz": content}

    return make


def _with_ending(layer: str, ending: bytes) -> Callable[[float], Files]:
    content = Repeated(b"a\tb\n", 40_000)
    packed = zip_file([("a.tsv", content)]) if layer == "zip" else content.compressed(layer)
    return lambda _scale: {"a": packed + ending}


_ZIPS = [
    HostileCorpus("zip: zips of zips of zips", _zip_of_zips, "rows without a sentence pair"),
    HostileCorpus("zip: twenty gz of a GiB", _many_gz, ""),
    HostileCorpus("zip: 400,000 members", _members(400_000), "the maximum is"),
    HostileCorpus("zip: 400,000 folders", _members(400_000, "{number}/"), "the maximum is"),
    HostileCorpus("zip: members of the same name", _many_of_one_name, _STEPS),
    HostileCorpus("zip: members that overlap", _overlapping, ""),
    HostileCorpus("zip: a size that is too large", _changed((1 << 32) - 2)),
    HostileCorpus("zip: a size that is too small", _changed(3), "is damaged"),
    HostileCorpus("zip: a password", _changed(MIB, flags=1), "protected by a password"),
    HostileCorpus("zip: an unknown method", _changed(MIB, method=97), "cannot be unpacked"),
    HostileCorpus("gz: in itself 5 times", _nested(5), "packed more than 4 times"),
    HostileCorpus("gz: in itself 500 times", _nested(500), "packed more than 4 times"),
    *(
        HostileCorpus(f"{layer}: more after the end", _with_ending(layer, b"\0\0x\n"), "is damaged")
        for layer in ("gz", "bz2", "xz", "zip")
    ),
    *(
        HostileCorpus(f"{layer}: zeros after the end", _with_ending(layer, bytes(10_240)))
        for layer in ("gz", "bz2", "xz", "zip")
    ),
]


def _tar_headers(kind: bytes, scale: float) -> bytes:
    """Return 40 members with headers of 60 MB."""
    size = int(60_000_000 * scale)
    body = b"%d path=" % size if kind in (tarfile.XHDTYPE, tarfile.XGLTYPE) else b""
    body += b"a" * (size - len(body) - 1) + b"\n"
    return (
        tar_header(kind, size) + padded(body) + tar_header(tarfile.REGTYPE, 4) + padded(b"a\tb\n")
    )


def _long_headers(kind: bytes, layer: str) -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        member = _tar_headers(kind, scale)
        return {"a.tar": gzip.compress(member, 1) * 40 if layer else member}

    return make


def _global_header(scale: float) -> Files:
    """Return a header of 60,000 keys, which tarfile copies to each of 20,000 members."""
    keys = b"".join(b"17 comment%04x=\n" % number for number in range(int(60_000 * scale)))
    member = tar_header(tarfile.REGTYPE, 4) + padded(b"a\tb\n")
    content = tar_header(tarfile.XGLTYPE, len(keys)) + padded(keys) + member * int(20_000 * scale)
    return {"a.tar": content}


def _sparse_chain(scale: float) -> Files:
    header = bytearray(tar_header(tarfile.GNUTYPE_SPARSE, 4))
    header[482] = 1  # goes on in the next block
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    number = b"00000000001\0"
    block = number * 42 + b"\1" + bytes(7)
    count = int(500_000 * scale)
    return {
        "a.tar": gzip.compress(bytes(header), 1) + Repeated(block, 512 * count).compressed("gz")
    }


def _sparse_map(_scale: float) -> Files:
    info = tarfile.TarInfo("a.tsv")
    info.pax_headers = {
        **{"GNU.sparse.major": "0", "GNU.sparse.minor": "1"},
        **{"GNU.sparse.size": str(1 << 60), "GNU.sparse.map": "0,5"},
    }
    info.size = 5
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as packed:
        packed.addfile(info, io.BytesIO(b"a\tb\n."))
    return {"a.tar": file.getvalue()}


def _recursive_headers(scale: float) -> Files:
    header = tar_header(tarfile.GNUTYPE_LONGNAME, 2) + padded(b"a\0")
    return {"a.tar": header * int(100_000 * scale)}


def _huge_member(size: int) -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        header = tar_header(tarfile.REGTYPE, size, "a.bin")
        content = Repeated(b"\0", int((1 << 31) * scale)).compressed("gz")
        return {"a.tar": gzip.compress(header, 1) + content}

    return make


def _tar_members(scale: float) -> Files:
    member = tar_header(tarfile.REGTYPE, 4) + padded(b"a\tb\n")
    return {"a.tar": Repeated(member, int(400_000 * 1024 * scale)).compressed("gz")}


_TARS = [
    *(
        HostileCorpus(f"tar{layer}: {name} of 60 MB", _long_headers(kind, layer), "has a header")
        for layer in ("", ".gz")
        for name, kind in (
            ("long names", tarfile.GNUTYPE_LONGNAME),
            ("long links", tarfile.GNUTYPE_LONGLINK),
            ("pax headers", tarfile.XHDTYPE),
            ("global headers", tarfile.XGLTYPE),
        )
    ),
    HostileCorpus("tar: a global header for each member", _global_header),
    HostileCorpus("tar: a chain of sparse headers", _sparse_chain, "has a header"),
    HostileCorpus("tar: a sparse file of an exabyte", _sparse_map, "no files that can be read"),
    HostileCorpus("tar: names of names", _recursive_headers, "is damaged"),
    HostileCorpus("tar: a member of 2 GiB of zeros", _huge_member(1 << 31)),
    HostileCorpus("tar: a member of an exabyte", _huge_member(1 << 60)),
    HostileCorpus("tar: 400,000 members", _tar_members, "the maximum is"),
]


_COLUMNS = "<cols>", "</cols>"
_ROW_START, _ROW_END = "<sheetData><row>", "</row></sheetData>"


def _sheet(
    text: bytes, size: int, start: str = "<sheetData>", end: str = "</sheetData>"
) -> Repeated:
    head = f"<worksheet {MAIN}>{start}".encode()
    return Repeated(text, size, head, f"{end}</worksheet>".encode())


def _part(tag: str, text: bytes, size: int, start: str = "") -> Repeated:
    return Repeated(text, size, f"<{tag} {MAIN}>{start}".encode(), f"</{tag}>".encode())


_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>가요.</t></is></c></row>'
_WIDE = b'<row><c r="XFD1" t="inlineStr"><is><t>a</t></is></c></row>'
_PART = "has a part that is far too large"


def _text(text: bytes, size: int, start: str, end: str) -> Callable[[float], Files]:
    """Return a workbook with a shared text that repeats something."""
    content = _part("sst", text, size, start)
    return _workbook(STRINGS, content._replace(end=end.encode() + content.end))


def _nested_text(depth: int) -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        count = int(depth * scale)
        text = f"<si><r><rPr>{'<b>' * count}{'</b>' * count}</rPr></r></si>"
        return {"a.xlsx": workbook({STRINGS: f"<sst {MAIN}>{text}</sst>"})}

    return make


def _merged(scale: float) -> Files:
    """Return areas over whole columns, and rows that are empty."""
    columns = [
        *(chr(65 + i) for i in range(26)),
        *(chr(65 + i) + chr(65 + j) for i in range(26) for j in range(26)),
    ]
    areas = "".join(f'<mergeCell ref="{column}1:{column}1048576"/>' for column in columns)
    end = f"</sheetData><mergeCells>{areas}</mergeCells>"
    sheet = _sheet(b"<row><c/></row>", int(15_000_000 * scale), f"<sheetData>{_WIDE.decode()}", end)
    return {"a.xlsx": workbook({SHEET: sheet})}


def _many_sheets(scale: float) -> Files:
    count = int(100_000 * scale)
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, count))
    text = WORKBOOK["xl/workbook.xml"].replace("<sheets>", f"<sheets>{sheets}")
    return {"a.xlsx": workbook({"xl/workbook.xml": text})}


_WORKBOOKS = [
    HostileCorpus(
        "xlsx: 3 million number formats",
        _workbook(
            STYLES,
            _part(
                "styleSheet", b'<numFmt numFmtId="9" formatCode="0"/>', 114_000_000, "<numFmts>"
            )._replace(end=b"</numFmts></styleSheet>"),
        ),
        _PART,
    ),
    HostileCorpus(
        "xlsx: 5 million cell styles",
        _workbook(
            STYLES,
            _part("styleSheet", b"<xf/>", 25_000_000, "<cellXfs>")._replace(
                end=b"</cellXfs></styleSheet>"
            ),
        ),
        _PART,
    ),
    HostileCorpus(
        "xlsx: nested elements in styles",
        _workbook(STYLES, _part("styleSheet", b"<b>", 450_000)._replace(end=b"")),
        "cannot be read as XLSX",
    ),
    HostileCorpus(
        "xlsx: 52 million empty texts",
        _workbook(STRINGS, _part("sst", b"<si/>", 260_000_000)),
        _STEPS,
    ),
    HostileCorpus(
        "xlsx: 260 MB of texts",
        _workbook(
            STRINGS,
            _part("sst", "<si><t>😀aaaaaaaaaaaaaaaaaaaaaaaa</t></si>".encode(), 260_000_000),
        ),
    ),
    HostileCorpus(
        "xlsx: a text of 260 MB", _text(b"a", 260_000_000, "<si><t>", "</t></si>"), _PART
    ),
    HostileCorpus("xlsx: a million nested <b> in a text", _nested_text(1_000_000), _PART),
    HostileCorpus(
        "xlsx: 90,000 nested <b> in a text", _nested_text(90_000), "cannot be read as XLSX"
    ),
    HostileCorpus(
        "xlsx: 20 million runs in a text",
        _text(b"<r><t>a</t></r>", 300_000_000, "<si>", "</si>"),
        _PART,
    ),
    HostileCorpus(
        "xlsx: 66 million empty cells in a row",
        _workbook(SHEET, _sheet(b"<c/>", 264_000_000, _ROW_START, _ROW_END)),
        _PART,
    ),
    HostileCorpus(
        "xlsx: 66 million empty cells in rows",
        _workbook(SHEET, _sheet(b"<row>" + b"<c/>" * 1000 + b"</row>", 264_000_000)),
    ),
    HostileCorpus(
        "xlsx: 40 million empty rows", _workbook(SHEET, _sheet(b"<row/>", 240_000_000)), ""
    ),
    HostileCorpus("xlsx: wide rows", _workbook(SHEET, _sheet(_WIDE, 60_000_000)), ""),
    HostileCorpus(
        "xlsx: a dimension that is wrong",
        _workbook(SHEET, _sheet(b" ", 9, f'<dimension ref="A1:XFD1048576"/><sheetData>{_ROW}')),
    ),
    HostileCorpus("xlsx: merged columns", _merged, ""),
    HostileCorpus(
        "xlsx: 5 million merged areas",
        _workbook(
            SHEET,
            _sheet(
                *(b'<mergeCell ref="A1:B2"/>', 120_000_000),
                *(f"<sheetData>{_ROW}</sheetData><mergeCells>", "</mergeCells>"),
            ),
        ),
        _PART,
    ),
    HostileCorpus(
        "xlsx: 5 million columns",
        _workbook(
            SHEET,
            _sheet(b'<col min="1" max="16384" hidden="1"/>', 190_000_000, *_COLUMNS),
        ),
    ),
    HostileCorpus(
        "xlsx: tags that do not end",
        _workbook(SHEET, _sheet(b"<row ", 50_000_000, f"<sheetData>{_ROW}")),
    ),
    HostileCorpus("xlsx: 100,000 sheets", _many_sheets),
    HostileCorpus(
        "xlsx: 5 million content types",
        _workbook(
            "[Content_Types].xml",
            Repeated(
                b'<Default Extension="a" ContentType="b"/>',
                200_000_000,
                b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">',
                b"</Types>",
            ),
        ),
        _PART,
    ),
    HostileCorpus(
        "xlsx: a theme of 1 GiB",
        _workbook("xl/theme/theme1.xml", Repeated(b"a", 1 << 30)),
    ),
    HostileCorpus(
        "xlsx: a number of 10 million digits",
        _workbook(
            SHEET,
            _sheet(b"9", 10_000_000, '<sheetData><row r="1"><c><v>', "</v></c></row></sheetData>"),
        ),
        "cannot be read as XLSX",
    ),
    HostileCorpus(
        "xlsx: the row 10^300",
        _workbook(
            SHEET,
            _sheet(
                b" ",
                9,
                f"<sheetData>{_ROW.replace(chr(34) + '1' + chr(34), chr(34) + '1e300' + chr(34))}",
            ),
        ),
    ),
    HostileCorpus(
        "xlsx: the encoding undefined",
        lambda _scale: {
            "a.xlsx": workbook(
                {STRINGS: '<?xml version="1.0" encoding="undefined"?>' + WORKBOOK[STRINGS]}
            )
        },
    ),
]

_XML_FILES = {
    "tmx": ('<tmx version="1.4"><body>{}</body></tmx>', "a.tmx"),
    "xliff": ("<xliff version='1.2'><file><body>{}</body></file></xliff>", "a.xlf"),
    "ts": ('<TS version="2.1"><context>{}</context></TS>', "a.ts"),
    "android": ("<resources>{}</resources>", "strings.xml"),
    "resx": ("<root><data name='a'><value>b</value></data>{}</root>", "a.resx"),
}
_ENTITIES = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>{}]>".format(
    "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
)


def _xml(kind: str, start: str, body: str) -> Callable[[float], Files]:
    def make(_scale: float) -> Files:
        outer, name = _XML_FILES[kind]
        content = (start + outer.format(body)).encode()
        if kind in ("android", "resx"):
            return {f"ko/{name}": content, f"en/{name}": content}
        return {name: content}

    return make


def _xml_corpora() -> list[HostileCorpus]:
    corpora = []
    for kind in _XML_FILES:
        corpora += [
            HostileCorpus(
                f"{kind}: entities of entities",
                _xml(kind, _ENTITIES, "&j;"),
                "declares XML entities",
            ),
            HostileCorpus(
                f"{kind}: nested elements", _xml(kind, "", "<a>" * 100_000), "levels deep"
            ),
        ]
    for codec in ("undefined", "zip", "rot13", "idna", "unicode_escape", "punycode", "x" * 1000):
        start = f'<?xml version="1.0" encoding="{codec}"?>'
        make = _xml("tmx", start, _UNIT.decode())
        corpora.append(
            HostileCorpus(f"tmx: the encoding {codec[:20]}", make, "declares the unknown encoding")
        )
    file = "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    corpora.append(HostileCorpus("tmx: an external entity", _xml("tmx", file, "&a;"), "entities"))
    return corpora


def _long_integer(offset: int) -> Callable[[float], Files]:
    start = b" " * offset
    return lambda _scale: {"a.json": start + b'[{"ko":' + b"9" * 70_000 + b',"en":"a"}]'}


def _keys(path: str, count: int) -> Callable[[float], Files]:
    def make(scale: float) -> Files:
        inner = ",".join(f'"k{n}":"a"' for n in range(int(count * scale)))
        return {"a.json": f"{path}{{{inner}}}{'}' * path.count('{')}".encode()}

    return make


def _paths(_scale: float) -> Files:
    """Return objects that all have another path."""
    text = ",".join(
        '{"a":[' * (n % 13) + f'{{"x{n}":"a","y":"b"}}' + "]}" * (n % 13) for n in range(900)
    )
    for depth in range(90):
        text = f'{{"k{depth}":[{text}],"z":{{"b":"c"}}}}'
    return {"a.json": f"[{text}]".encode()}


_JSON = [
    HostileCorpus("json: 70,000 digits", _long_integer(0)),
    HostileCorpus("json: 70,000 digits from a block to the next", _long_integer(60_000)),
    HostileCorpus(
        "json: 70,000 digits before the end",
        lambda _scale: {"a.json": b'[{"ko":"a","en":"b"},' + b"9" * 70_000},
    ),
    HostileCorpus(
        "json: a negative integer of 5,000 digits",
        lambda _scale: {"a.json": b'[{"ko":-' + b"9" * 5000 + b',"en":"a"}]'},
    ),
    HostileCorpus(
        "json: 5,000 digits in JSON Lines",
        lambda _scale: {"a.json": (b'{"ko":' + b"9" * 5000 + b',"en":"a"}\n') * 9},
    ),
    HostileCorpus(
        "json: an exponent of 9 digits",
        lambda _scale: {"a.json": b'[{"ko":1e999999999,"en":1E-999999999}]'},
    ),
    HostileCorpus("json: nested lists", lambda _scale: {"a.json": b"[" * 1_000_000}),
    HostileCorpus("json: nested objects", lambda _scale: {"a.json": b'{"ko":' * 1_000_000}),
    HostileCorpus(
        "json: nested lists in a line",
        lambda _scale: {"a.json": (b'{"ko":' + b"[" * 99_999 + b"]" * 99_999 + b"}\n") * 9},
    ),
    HostileCorpus(
        "json: halves of characters",
        lambda _scale: {"a.json": b'[{"ko":"\\ud800","en":"\\udfff\\ud800"}]'},
    ),
    HostileCorpus("json: NULs", lambda _scale: {"a.json": b'[{"ko":"\\u0000","en":"\0"}]'}),
    HostileCorpus("json: a million keys", _keys('{"ko":', 1_000_000)),
    HostileCorpus(
        "json: texts of one language only",
        lambda scale: {
            "a.json": json.dumps({"ko": ["a"] * int(1_500_000 * scale), "en": []}).encode()
        },
    ),
    HostileCorpus("json: paths that differ", _paths),
]

_ALIASES = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)
)


def _mo(count: int, table: int, place: tuple[int, int], size: int = 28) -> bytes:
    header = struct.pack("<7I", 0x950412DE, 0, count, table, table, 0, 0)
    return header + struct.pack("<2I", *place) * max(0, (size - 28) // 8)


_PO_HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: ko\\n"\n\n'
)


def _po(body: str) -> Callable[[float], Files]:
    return lambda _scale: {"a.po": (_PO_HEADER + body).encode()}


_CUE = "00:00:01,000 --> 00:00:02,000\n"
_CATALOGS = [
    HostileCorpus("yaml: aliases of aliases", _two({"ko.yml": _ALIASES.encode()}, "en.yml")),
    HostileCorpus(
        "yaml: nested lists",
        _two({"ko.yml": b"a: b\nc: " + b"[" * 100_000}, "en.yml"),
        "is not valid YAML",
    ),
    HostileCorpus("yaml: nested keys", _two({"ko.yml": b"a: b\nc: " + b"? " * 100_000}, "en.yml")),
    HostileCorpus(
        "yaml: tags",
        _two({"ko.yml": b'a: !!python/object/apply:os.system ["ls"]\nb: c\n'}, "en.yml"),
    ),
    HostileCorpus(
        "mo: 2^32 entries",
        lambda _scale: {"a.mo": _mo(0xFFFFFFFF, 28, (0, 0), 800)},
        "texts that must be held in memory",
    ),
    HostileCorpus(
        "mo: texts that overlap",
        lambda _scale: {"a.mo": _mo(100_000, 28, (800_000, 0), 800_028)},
        "not a valid gettext",
    ),
    HostileCorpus(
        "mo: texts beyond the end",
        lambda _scale: {"a.mo": _mo(10, 28, (0xFFFFFFFF, 0xFFFFFFFF), 800)},
        "not a valid gettext",
    ),
    HostileCorpus(
        "mo: cut short", lambda _scale: {"a.mo": _mo(1, 28, (0, 0))[:9]}, "not a valid gettext"
    ),
    HostileCorpus(
        "po: the encoding undefined",
        lambda _scale: {
            "a.po": _PO_HEADER.replace("UTF-8", "undefined").encode() + b'msgid "a"\nmsgstr "b"\n'
        },
        "declares the unknown encoding",
    ),
    *(
        HostileCorpus(
            f"po: endless {name}",
            _compressed("gz", Repeated(text, 60_000_000, f'{_PO_HEADER}msgid "a"\n'.encode())),
        )
        for name, text in (
            ("messages", b'msgstr "b"\n\nmsgid "a"\n'),
            ("lines of a message", b'"b"\n'),
            ("comments", b"# a\n"),
        )
    ),
    HostileCorpus(
        "po: a million names of headers",
        _po('msgid "a"\nmsgstr "' + "Content-Type: " * 1_000_000 + '"\n'),
    ),
    HostileCorpus(
        "srt: 5 million empty cues",
        _two({"a.ko.srt": ("1\n" + (_CUE + "\n") * 2_000_000).encode()}, "a.en.srt"),
        "200,000 cues",
    ),
    HostileCorpus(
        "srt: cues at the same time",
        _two({"a.ko.srt": ("1\n" + (_CUE + "a\n\n") * 150_000).encode()}, "a.en.srt"),
    ),
    HostileCorpus(
        "vtt: millions of lines",
        _two({"a.ko.vtt": b"WEBVTT\n\n" + b"NOTE\n" * 10_000_000}, "a.en.vtt"),
    ),
    HostileCorpus(
        "properties: a value without end",
        _two({"ko.properties": b"a.b=\\\n" + b"a\\\n" * 10_000_000}, "en.properties"),
        "16,777,216 characters",
    ),
    HostileCorpus(
        "properties: lines without text",
        _two({"ko.properties": b"a.b=\\\n" + b"\\\n" * 10_000_000}, "en.properties"),
    ),
    HostileCorpus(
        "strings: comments without end",
        _two({"ko.strings": b'"a" = "b";\n' + b"/*" * 500_000}, "en.strings"),
    ),
    HostileCorpus(
        "strings: blank lines",
        _two({"ko.strings": b'"a" = "b";\n' + b"\n" * 900_000}, "en.strings"),
    ),
    HostileCorpus(
        "strings: escapes of 15 MB",
        _two({"ko.strings": b'"a" = "b";\n"c" = "' + rb"\n" * 7_000_000 + b'";'}, "en.strings"),
    ),
    HostileCorpus(
        "csv: quotation marks in each line", lambda _scale: {"a.csv": PAIR + b'"a,b\n' * 1_000_000}
    ),
    HostileCorpus(
        "tsv: quotation marks in each line", lambda _scale: {"a.tsv": b'a\t"b\n' * 1_000_000}
    ),
    HostileCorpus(
        "csv: a row of 10 million cells", lambda _scale: {"a.csv": PAIR + b"," * 10_000_000}
    ),
    HostileCorpus(
        "csv: a header of 500,000 cells",
        lambda _scale: {"a.csv": b"ko,en" + b",ko" * 200_000 + b"\na,b\n"},
    ),
    HostileCorpus(
        "tsv: halves of characters",
        lambda _scale: {"a.tsv": b"\xed\xa0\x80\t\xed\xb0\x80\n" * 100_000},
    ),
]


@functools.cache
def hostile_corpora() -> dict[str, HostileCorpus]:
    """Return all corpora by name."""
    corpora = [
        *(_compressed_corpora() + _ZIPS + _TARS + _WORKBOOKS),
        *(_xml_corpora() + _JSON + _CATALOGS),
    ]
    by_name = {corpus.name: corpus for corpus in corpora}
    assert len(by_name) == len(corpora)
    return by_name
