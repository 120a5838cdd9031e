"""Detection of a file's format from its content."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from malgil.common.encoding import SAMPLE_BYTES, UTF8, detect_codec, open_text
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.text_lines import iterate_lines
from malgil.preprocessing.corpus.formats.base import ParsedRows
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.byte_source import ByteSource
from malgil.preprocessing.corpus.formats.delimited import find_newline, parse_csv, sniff_delimiter
from malgil.preprocessing.corpus.formats.headers import is_known_header
from malgil.preprocessing.corpus.formats.json_leaves import read_json_leaves, read_json_lines_leaves
from malgil.preprocessing.corpus.formats.json_records import (
    parse_json,
    read_json,
    read_json_lines,
)
from malgil.preprocessing.corpus.formats.json_text import JsonText
from malgil.preprocessing.corpus.formats.parallel import parse_parallel_texts
from malgil.preprocessing.corpus.formats.tab_separated import are_rows_quoted, parse_tsv
from malgil.preprocessing.corpus.formats.translation_memory import parse_tmx
from malgil.preprocessing.corpus.formats.workbook import parse_xlsx
from malgil.settings import DataSettings

ACCEPTED = _(
    "A corpus is TSV, CSV, XLSX, JSON, TMX or two parallel texts, packed or not (docs/corpora.md)."
)
_SINGLE_TEXT_ADVICE = _(
    "To read a text without tabs, name its translation too, such as data.train = a.ko, a.en. To "
    "read CSV, set its columns: --set data.columns=1,2. All accepted formats: docs/corpora.md."
)
_MAX_SAMPLE_LINES, _MAX_FIRST_LINES, _MAX_SAMPLE_EVENTS = 1000, 100, 1000
_PICTURE, _PROGRAM = _("{name} is a picture."), _("{name} is a program.")
_UNPACK = _("Unpack it, and name the file in it.")
# The first bytes of formats that are refused, the message, and what to do.
_REFUSED = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        _("{name} is an old Office document (.xls, .hwp) or a workbook with a password."),
        _("Save it as .xlsx without a password."),
    ),
    (b"%PDF-", _("{name} is a PDF."), ACCEPTED),
    (b"\x89PNG\r\n", _PICTURE, ACCEPTED),
    (b"\xff\xd8\xff", _PICTURE, ACCEPTED),
    (b"GIF89a", _PICTURE, ACCEPTED),
    (b"7z\xbc\xaf\x27\x1c", _("{name} is a 7z archive."), _UNPACK),
    (b"Rar!\x1a\x07", _("{name} is a RAR archive."), _UNPACK),
    (b"\x28\xb5\x2f\xfd", _("{name} is packed by zstd."), _UNPACK),
    (b"PAR1\x15", _("{name} is a Parquet file."), _("Save it as CSV or JSON Lines.")),
    (b"SQLite format 3\0", _("{name} is a database."), _("Save its table as CSV.")),
    (b"\x7fELF", _PROGRAM, ACCEPTED),
    (b"MZ\x90", _PROGRAM, ACCEPTED),
)
_XML = re.compile(r"\s*<(\?xml|!DOCTYPE|!--|tmx|html)", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)")


class NotCorpusError(UserError):
    """The format of a file is not accepted for a corpus."""


@dataclass(frozen=True)
class DetectedFile:
    """A file and its detected format.

    Attributes:
        source: The bytes of the file.
        format: TSV, CSV, JSON, JSON Lines, TMX, XLSX, or text: lines that are not a table.
        codec: The codec of its characters.
        delimiter: What separates the columns of a CSV file.
        newline: What ends a line, as for `open`; "" if `iterate_lines` finds out.
        first_lines: The first lines that are not blank; empty if the file cannot be a text.
    """

    source: ByteSource
    format: str
    codec: str = UTF8
    delimiter: str = ""
    newline: str | None = ""
    first_lines: tuple[str, ...] = ()

    def lines(self, stack: ExitStack) -> Iterator[str]:
        """Open the file, and return its lines without their ends; the stack closes it."""
        text = open_text(self.source.open(), self.codec, self.newline)
        return iterate_lines(stack.enter_context(text), self.source.name)

    def bounded_reader(self, stack: ExitStack) -> BoundedReader:
        """Open the file for a parser; the stack closes it."""
        text = stack.enter_context(open_text(self.source.open(), self.codec))
        is_json = self.format == "JSON"
        return BoundedReader(JsonText(text) if is_json else text, self.source.name)

    def parse(self, data: DataSettings, stack: ExitStack) -> ParsedRows:
        """Parse the file; a single text is parsed as TSV.

        Args:
            data: `[data]`: languages and columns.
            stack: Closes what stays open.

        Raises:
            UserError: If it cannot be decided which columns are source and target.
        """
        name = self.source.name
        if self.format == "XLSX":
            return parse_xlsx(self.source, data, stack)
        if self.format == "TMX":
            return parse_tmx(self.bounded_reader(stack), data, name)
        if self.format == "JSON":
            return parse_json(
                read_json(self.bounded_reader(stack), name),
                lambda: read_json_leaves(self.bounded_reader(stack), name),
                "JSON",
                data,
                name,
            )
        if self.format == "JSON Lines":
            return parse_json(
                read_json_lines(self.lines(stack)),
                lambda: read_json_lines_leaves(self.lines(stack)),
                "JSON Lines",
                data,
                name,
            )
        if self.format == "CSV":
            return parse_csv(self.lines(stack), self.delimiter, data, name)
        parsed = parse_tsv(self.lines(stack), data, name)
        if self.format == "text":
            return parsed._replace(requirement=f"{parsed.requirement} {_SINGLE_TEXT_ADVICE}")
        return parsed


def parse_together(source: DetectedFile, target: DetectedFile, stack: ExitStack) -> ParsedRows:
    """Parse two parallel texts; the stack closes them."""
    names = source.source.name, target.source.name
    file_names = source.source.base_name, target.source.base_name
    return parse_parallel_texts(source.lines(stack), target.lines(stack), names, file_names)


def detect_format(source: ByteSource, data: DataSettings) -> DetectedFile:
    """Detect the format of a file.

    Args:
        source: A file that is not an archive; a workbook counts as a file.
        data: `[data]`: the languages and columns that a header may have.

    Raises:
        UserError: If the file is empty or its format is not accepted.
    """
    head = source.read_head(SAMPLE_BYTES)
    is_whole = len(head) < SAMPLE_BYTES
    for signature, message, advice in _REFUSED:
        if head.startswith(signature):
            raise NotCorpusError(f"{message.format(name=source.name)} {advice}")
    if head.startswith(b"PK\x03\x04"):
        return DetectedFile(source, "XLSX")
    codec = detect_codec(head, is_whole)
    text = head.decode(codec, errors="ignore")
    if not text:
        raise NotCorpusError(
            _("{name} is empty. Name a file of sentence pairs.").format(name=source.name)
        )
    if _is_binary(text):
        message = _("{name} is not a text that can be read.").format(name=source.name)
        raise NotCorpusError(f"{message} {ACCEPTED}")
    if _XML.match(text):
        return _detect_xml(source, text, codec)
    newline = find_newline(text)
    lines = list(iterate_lines(io.StringIO(text, newline=newline), source.name))
    if not is_whole and len(lines) > 1:
        lines.pop()  # it may be incomplete
    return replace(_detect_text(source, text, codec, lines, data), newline=newline)


def _detect_text(
    source: ByteSource, text: str, codec: str, lines: list[str], data: DataSettings
) -> DetectedFile:
    """Detect JSON, TSV and CSV among texts.

    Args:
        source: The file.
        text: The beginning of its text.
        codec: The codec of its characters.
        lines: The lines of `text`.
        data: As for `detect_format`.
    """
    full_lines = [line for line in lines if line.strip()][:_MAX_SAMPLE_LINES]
    json_format = _detect_json(text, full_lines)
    if json_format:
        return DetectedFile(source, json_format, codec)
    first_lines = tuple(full_lines[:_MAX_FIRST_LINES])
    tabs = sum("\t" in line for line in full_lines)
    if (
        not full_lines
        or (2 * tabs >= len(full_lines) and "\t" in full_lines[0])
        or (tabs and are_rows_quoted(lines[:_MAX_SAMPLE_LINES], source.name))
    ):
        return DetectedFile(source, "TSV", codec, first_lines=first_lines)
    delimiter = sniff_delimiter(
        lines[:_MAX_SAMPLE_LINES],
        lambda cells: is_known_header(cells, data),
        source.name,
        has_columns=bool(data.columns),
    )
    if delimiter:
        return DetectedFile(source, "CSV", codec, delimiter, first_lines=first_lines)
    if 10 * tabs >= len(full_lines):
        return DetectedFile(source, "TSV", codec, first_lines=first_lines)
    return DetectedFile(source, "text", codec, first_lines=first_lines)


def _is_binary(text: str) -> bool:
    """Return whether a text has too many control characters to be a text."""
    odd = sum("\0" < character < "\t" or "\x0e" <= character < "\x1b" for character in text)
    return odd > 0.1 * len(text)


def _detect_xml(source: ByteSource, text: str, codec: str) -> DetectedFile:
    if not re.search(r"<tmx\b", text, re.IGNORECASE):
        message = _("{name} is XML or HTML, but not TMX.").format(name=source.name)
        raise NotCorpusError(f"{message} {ACCEPTED}")
    declared = _DECLARED_ENCODING.match(text.lstrip("\ufeff \t\r\n"))
    # A declared encoding is used if it cannot be detected from the bytes, such as ISO-8859-1.
    if declared and codec == UTF8 and not declared[1].lower().startswith("utf"):
        try:
            "".encode(declared[1])
        except LookupError as error:
            raise UserError(
                _("{name} declares the unknown encoding {encoding!r}. Save it as UTF-8.").format(
                    name=source.name, encoding=declared[1]
                )
            ) from error
        codec = declared[1]
    return DetectedFile(source, "TMX", codec)


def _detect_json(text: str, lines: list[str]) -> str | None:
    """Return `JSON` (which may be invalid later on) or `JSON Lines`; None for any other text."""
    if not re.match(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]])", text):
        return None
    if len(lines) > 1 and _is_json_container(lines[0]) and lines[1].lstrip()[:1] in ("{", "["):
        return "JSON Lines"
    if any(_is_json_container(line) for line in lines[:1]):
        return "JSON"
    import ijson

    events = 0
    try:
        for __ in ijson.basic_parse(BoundedReader(JsonText(io.StringIO(text)), "")):
            events += 1
            if events > _MAX_SAMPLE_EVENTS:
                break
    except Exception as error:
        is_cut = "premature EOF" in str(error) or "Incomplete" in str(error)
        return "JSON" if is_cut or events > 10 else None
    return "JSON"


def _is_json_container(line: str) -> bool:
    """Return whether a line is a complete object or list."""
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False
