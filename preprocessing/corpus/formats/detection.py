"""Detection of a file's format from its content."""

from __future__ import annotations

import io
import itertools
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
from malgil.preprocessing.corpus.formats.catalogs.gettext_catalog import (
    MAX_CATALOG_BYTES,
    declared_language,
    parse_gettext,
)
from malgil.preprocessing.corpus.formats.catalogs.linguist import parse_linguist
from malgil.preprocessing.corpus.formats.catalogs.nested_keys import json_catalog_texts
from malgil.preprocessing.corpus.formats.catalogs.xliff import parse_xliff
from malgil.preprocessing.corpus.formats.declared_encoding import declared_codec
from malgil.preprocessing.corpus.formats.delimited import find_newline, parse_csv, sniff_delimiter
from malgil.preprocessing.corpus.formats.document_kinds import MO_SIGNATURES, binary_document
from malgil.preprocessing.corpus.formats.headers import is_known_header
from malgil.preprocessing.corpus.formats.json_leaves import read_json_leaves, read_json_lines_leaves
from malgil.preprocessing.corpus.formats.json_records import (
    parse_json,
    read_json,
    read_json_lines,
)
from malgil.preprocessing.corpus.formats.json_text import JsonText
from malgil.preprocessing.corpus.formats.markup.character_repair import (
    DECODING_ERRORS,
    RepairedText,
)
from malgil.preprocessing.corpus.formats.tab_separated import are_rows_quoted, parse_tsv
from malgil.preprocessing.corpus.formats.text_signatures import (
    LINGUIST,
    PO,
    SINGLE_LANGUAGE_FORMATS,
    TMX,
    XLIFF,
    text_format,
    xml_format,
)
from malgil.preprocessing.corpus.formats.translation_memory import parse_tmx
from malgil.preprocessing.corpus.formats.workbooks.workbook import parse_xlsx
from malgil.settings import DataSettings

ACCEPTED = _(
    "A corpus is TSV, CSV, XLSX, JSON, TMX or two parallel texts, packed or not. All accepted "
    "formats: docs/corpora.md."
)
_SINGLE_TEXT_ADVICE = _(
    "To read a text without tabs, name its translation too, such as data.train = a.ko, a.en. To "
    "read CSV, set its columns: --set data.columns=1,2. All accepted formats: docs/corpora.md."
)
_MAX_SAMPLE_LINES, _MAX_FIRST_LINES, _MAX_SAMPLE_EVENTS = 1000, 100, 1000
_MAX_LINES = 3_000  # among which the sample is searched for; the others are blank
_CONTROLS = [*map(chr, (*range(0x01, 0x09), *range(0x0E, 0x1B)))]
# Counting each line would take a third of the time of reading it.
_LINES_AT_ONCE = 256
_XML_PARSERS = {TMX: parse_tmx, XLIFF: parse_xliff, LINGUIST: parse_linguist}


class NotCorpusError(UserError):
    """The format of a file is not accepted for a corpus."""


@dataclass(frozen=True)
class DetectedFile:
    """A file and its detected format.

    Attributes:
        source: The bytes of the file.
        format: TSV, CSV, JSON, JSON Lines, XLSX, MO, one of `text_signatures`, or text: lines that
            are not a table.
        codec: The codec of its characters.
        delimiter: What separates the columns of a CSV file.
        newline: What ends a line, as for `open`; "" if `iterate_lines` finds out.
        first_lines: The first lines that are not blank; empty if the file cannot be a text.
        language: The code of the language that the file declares; empty if it is unknown.
        texts: For JSON that has texts in one language, some of them.
    """

    source: ByteSource
    format: str
    codec: str = UTF8
    delimiter: str = ""
    newline: str | None = ""
    first_lines: tuple[str, ...] = ()
    language: str = ""
    texts: tuple[str, ...] = ()

    def lines(self, stack: ExitStack) -> Iterator[str]:
        """Open the file, and return its lines without their ends; the stack closes it."""
        text = open_text(self.source.open(), self.codec, self.newline)
        return _counted(iterate_lines(stack.enter_context(text), self.source.name), self.source)

    def bounded_reader(self, stack: ExitStack) -> BoundedReader:
        """Open the file for a parser; the stack closes it."""
        text = stack.enter_context(open_text(self.source.open(), self.codec))
        is_json = self.format == "JSON"
        reader = JsonText(text) if is_json else text
        return BoundedReader(reader, self.source.name, self.source.budget)

    def xml_reader(self, stack: ExitStack) -> BoundedReader:
        """Open XML for a parser; characters that are not allowed in XML are replaced."""
        text = open_text(self.source.open(), self.codec, errors=DECODING_ERRORS)
        repaired = RepairedText(stack.enter_context(text))
        return BoundedReader(repaired, self.source.name, self.source.budget)

    def whole_text(self, stack: ExitStack) -> str:
        """Return the text of a file that is read as a whole.

        Raises:
            UserError: If it is larger than 64 MiB, or cannot be decoded.
        """
        lines, size = [], 0
        for line in self.lines(stack):
            lines.append(line)
            size += len(line) + 1
            if size > MAX_CATALOG_BYTES:
                raise _too_large(self.source.name)
        return "\n".join(lines)

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
        if self.format in _XML_PARSERS:
            return _XML_PARSERS[self.format](self.xml_reader(stack), data, name)
        if self.format == "MO":
            content = self.source.read_head(MAX_CATALOG_BYTES + 1)
            if len(content) > MAX_CATALOG_BYTES:
                raise _too_large(name)
            return parse_gettext(content, data, name, self.source.budget)
        if self.format == PO:
            return parse_gettext(self.whole_text(stack), data, name, self.source.budget)
        if self.format in SINGLE_LANGUAGE_FORMATS:
            raise UserError(
                _(
                    "{name} ({format}) has texts in one language. Name the file of the other "
                    "language too, such as data.train = {example}."
                ).format(
                    name=name, format=self.format, example=SINGLE_LANGUAGE_FORMATS[self.format]
                )
            )
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


def _counted(lines: Iterator[str], source: ByteSource) -> Iterator[str]:
    """Yield lines, and count them for the budget of their file."""
    count = 0
    for line in lines:
        count += 1
        if count == _LINES_AT_ONCE:
            source.budget.step(count)
            count = 0
        yield line


def _too_large(name: str) -> UserError:
    return UserError(
        _("{name} is larger than {limit} MiB. Split it.").format(
            name=name, limit=MAX_CATALOG_BYTES >> 20
        )
    )


def detect_format(
    source: ByteSource, data: DataSettings, sample_bytes: int = SAMPLE_BYTES
) -> DetectedFile:
    """Detect the format of a file.

    Args:
        source: A file that is not an archive; a workbook counts as a file.
        data: `[data]`: the languages and columns that a header may have.
        sample_bytes: The number of bytes at the beginning of the file that are looked at.

    Raises:
        UserError: If the file is empty or its format is not accepted.
    """
    head = source.read_head(sample_bytes)
    is_whole = len(head) < sample_bytes
    kind, advice = binary_document(head)
    if kind:
        message = _("{name} is {kind}.").format(name=source.name, kind=kind)
        raise NotCorpusError(f"{message} {advice or ACCEPTED}")
    if head.startswith(b"PK\x03\x04"):
        return DetectedFile(source, "XLSX")
    if head.startswith(MO_SIGNATURES):
        return DetectedFile(source, "MO")
    codec = detect_codec(head, is_whole)
    text = head.decode(codec, errors="ignore")
    if not text:
        raise NotCorpusError(
            _("{name} is empty. Name a file of sentence pairs.").format(name=source.name)
        )
    if _is_binary(text):
        message = _("{name} is not a text that can be read.").format(name=source.name)
        raise NotCorpusError(f"{message} {ACCEPTED}")
    xml = xml_format(text)
    if xml is not None:
        return _detect_xml(source, text, codec, xml)
    newline = find_newline(text)
    all_lines = iterate_lines(io.StringIO(text, newline=newline), source.name)
    lines = list(itertools.islice(all_lines, _MAX_LINES))
    if not is_whole and 1 < len(lines) < _MAX_LINES:
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
        lines: The first lines of `text`.
        data: As for `detect_format`.
    """
    full_lines = [line for line in lines if line.strip()][:_MAX_SAMPLE_LINES]
    json_format = _detect_json(text, full_lines)
    if json_format:
        texts = json_catalog_texts(text, data) if json_format == "JSON" else []
        return DetectedFile(source, json_format, codec, texts=tuple(texts[:_MAX_FIRST_LINES]))
    first_lines = tuple(full_lines[:_MAX_FIRST_LINES])
    known = text_format(text, source.base_name)
    if known == PO:
        codec = declared_codec(text, codec, source.name)
        return DetectedFile(source, PO, codec, language=declared_language(text))
    if known:
        return DetectedFile(source, known, codec)
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
    return sum(map(text.count, _CONTROLS)) > 0.1 * len(text)


def _detect_xml(source: ByteSource, text: str, codec: str, xml: str) -> DetectedFile:
    if not xml:
        message = _("{name} is XML or HTML, but not TMX, XLIFF or another accepted format.").format(
            name=source.name
        )
        raise NotCorpusError(f"{message} {ACCEPTED}")
    return DetectedFile(source, xml, declared_codec(text, codec, source.name))


def _detect_json(text: str, lines: list[str]) -> str | None:
    """Return `JSON` (which may be invalid later on) or `JSON Lines`; None for any other text."""
    if not re.match(r"\{\s*[\"}]|\[\s*[\[{\"\]]", text.lstrip()):
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
