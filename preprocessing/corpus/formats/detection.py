"""What a file is, told by its content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats import encoding
from malgil.preprocessing.corpus.formats.base import Found
from malgil.preprocessing.corpus.formats.bounded_reader import Pieces
from malgil.preprocessing.corpus.formats.byte_source import Source
from malgil.preprocessing.corpus.formats.columns import is_header
from malgil.preprocessing.corpus.formats.delimited import delimited, delimiter_of, tsv
from malgil.preprocessing.corpus.formats.json_records import json_items, json_lines_items, records
from malgil.preprocessing.corpus.formats.parallel import parallel
from malgil.preprocessing.corpus.formats.translation_memory import translation_memory
from malgil.preprocessing.corpus.formats.workbook import workbook
from malgil.settings import DataSettings

ACCEPTED = (
    "A corpus is TSV, CSV, XLSX, JSON, TMX or two parallel texts, packed or not (docs/corpora.md)."
)
_ALONE = (
    "A text without tabs goes beside its translation: data.train = a.ko, a.en. All that is "
    "accepted: docs/corpora.md."
)
_LINES, _HEAD = 1000, 100
# By their first bytes: what is refused, and what to do.
_REFUSED = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office document (.xls, .hwp) or a workbook with a password",
        "Save it as .xlsx without a password.",
    ),
    (b"%PDF-", "a PDF", ""),
    (b"\x89PNG\r\n", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF89a", "a picture", ""),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, and name the file in it."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it, and name the file in it."),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "Unpack it, and name the file in it."),
    (b"PAR1\x15", "a Parquet file", "Save it as CSV or JSON Lines."),
    (b"SQLite format 3\0", "a database", "Save its table as CSV."),
    (b"\x7fELF", "a program", ""),
    (b"MZ\x90", "a program", ""),
)
_XML = re.compile(r"\s*<(\?xml|!DOCTYPE|!--|tmx|html)", re.IGNORECASE)
_DECLARED = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)")


class NotCorpusError(UserError):
    """A file is of no kind that sentence pairs are read from."""


@dataclass(frozen=True)
class Recognized:
    """A file, and what it is.

    Attributes:
        source: Its bytes.
        kind: TSV, CSV, JSON, JSON Lines, TMX, XLSX, or text: lines that are no table.
        codec: How its characters are encoded.
        delimiter: What parts the columns of a CSV.
        ends: What ends a line, as for `open`.
        head: The first lines that are not blank, of what may be a text.
    """

    source: Source
    kind: str
    codec: str = encoding.UTF8
    delimiter: str = ""
    ends: str | None = None
    head: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Its lines, without their ends."""
        with self.source.open() as file:
            text = encoding.open_text(file, self.codec, self.ends)
            yield from encoding.lines(text, self.source.name)

    def pieces(self, stack: ExitStack) -> Pieces:
        """Its text, for a parser; the stack closes it."""
        text = stack.enter_context(encoding.open_text(self.source.open(), self.codec))
        return Pieces(text, self.source.name)

    def found(self, data: DataSettings, stack: ExitStack) -> Found:
        """Its rows. A text alone is taken for a TSV.

        Args:
            data: `[data]`: languages and columns.
            stack: Closes what stays open.

        Raises:
            UserError: If nothing tells where source and target stand in it.
        """
        name = self.source.name
        if self.kind == "XLSX":
            return workbook(self.source, data, stack)
        if self.kind == "TMX":
            return translation_memory(self.pieces(stack), data, name)
        if self.kind == "JSON":
            return records(json_items(self.pieces(stack), name), self.kind, data, name)
        if self.kind == "JSON Lines":
            return records(json_lines_items(self.lines()), self.kind, data, name)
        if self.kind == "CSV":
            return delimited(self.lines(), self.delimiter, data, name)
        found = tsv(self.lines(), data, name)
        if self.kind == "text":
            return found._replace(needed=f"{found.needed} {_ALONE}")
        return found


def recognize(source: Source, data: DataSettings) -> Recognized:
    """Tell what a file is.

    Args:
        source: A file that is no archive; a workbook is a file.
        data: `[data]`: the columns by which a header is known.

    Raises:
        UserError: If it is empty, or of no kind that is read.
    """
    head = source.head(encoding.SAMPLE)
    is_whole = len(head) < encoding.SAMPLE
    for signature, what, advice in _REFUSED:
        if head.startswith(signature):
            raise NotCorpusError(f"{source.name} is {what}. {advice or ACCEPTED}")
    if head.startswith(b"PK\x03\x04"):
        return Recognized(source, "XLSX")
    codec = encoding.detect(head, is_whole)
    text = head.decode(codec, errors="ignore")
    if not text:
        raise NotCorpusError(f"{source.name} is empty. It must hold lines of source, tab, target.")
    if _is_binary(text):
        raise NotCorpusError(f"{source.name} is no text that can be read. {ACCEPTED}")
    if _XML.match(text):
        return _xml(source, text, codec)
    lines = re.split("\r\n|\r|\n", text)
    if not is_whole and len(lines) > 1:
        lines.pop()  # which may be a part
    full = [line for line in lines if line.strip()][:_LINES]
    kind = _json(text, full)
    if kind:
        return Recognized(source, kind, codec)
    beginning = tuple(full[:_HEAD])
    tabs = sum("\t" in line for line in full)
    if not full or (2 * tabs >= len(full) and "\t" in full[0]):
        return Recognized(source, "TSV", codec, head=beginning)
    delimiter = delimiter_of(lines[:_LINES], lambda cells: is_header(cells, data), source.name)
    if delimiter:
        return Recognized(source, "CSV", codec, delimiter, head=beginning)
    if 10 * tabs >= len(full):
        return Recognized(source, "TSV", codec, head=beginning)
    # A stray carriage return must not put all lines behind it out of step.
    ends = "\n" if "\n" in text else None
    return Recognized(source, "text", codec, ends=ends, head=beginning)


def together(first: Recognized, second: Recognized, is_source_first: bool) -> Found:
    """The rows of two parallel texts."""
    source, target = (first, second) if is_source_first else (second, first)
    names = source.source.name, target.source.name
    labels = source.source.label, target.source.label
    return parallel(source.lines(), target.lines(), names, labels)


def _is_binary(text: str) -> bool:
    """Whether there are more control characters than any text has."""
    odd = sum("\0" < character < "\t" or "\x0e" <= character < "\x1b" for character in text)
    return odd > 0.1 * len(text)


def _xml(source: Source, text: str, codec: str) -> Recognized:
    if not re.search(r"<tmx\b", text, re.IGNORECASE):
        raise NotCorpusError(f"{source.name} is XML or HTML, but no TMX. {ACCEPTED}")
    declared = _DECLARED.match(text.lstrip("\ufeff \t\r\n"))
    # What cannot be told from the bytes, such as ISO-8859-1, is believed.
    if declared and codec == encoding.UTF8 and not declared[1].lower().startswith("utf"):
        try:
            "".encode(declared[1])
        except LookupError as error:
            raise UserError(
                f"{source.name} declares the encoding {declared[1]!r}, which is not known. Save "
                "it as UTF-8."
            ) from error
        codec = declared[1]
    return Recognized(source, "TMX", codec)


def _json(text: str, lines: list[str]) -> str | None:
    """Whether a text is JSON (it may be broken further on) or JSON Lines; None if neither."""
    if not re.match(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]])", text):
        return None
    if len(lines) > 1 and _is_value(lines[0]) and lines[1].lstrip()[:1] in ("{", "["):
        return "JSON Lines"
    if any(_is_value(line) for line in lines[:1]):
        return "JSON"
    import ijson

    events = 0
    try:
        for _ in ijson.basic_parse(text[: 1 << 16].encode("utf-8", "ignore")):
            events += 1
    except Exception as error:
        is_cut = "premature EOF" in str(error) or "Incomplete" in str(error)
        return "JSON" if is_cut or events > 10 else None
    return "JSON"


def _is_value(line: str) -> bool:
    """Whether a line is an object or a list, whole."""
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False
