"""Fuzz targets of the formats of corpora: packed files, tables, JSON, XML, catalogs, subtitles."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from malgil.common.encoding import detect_codec, open_text
from malgil.common.errors import UserError
from malgil.common.text_lines import decode_lines
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.byte_source import ByteSource
from malgil.preprocessing.corpus.formats.catalogs.accelerators import remove_accelerators
from malgil.preprocessing.corpus.formats.delimited import sniff_delimiter
from malgil.preprocessing.corpus.formats.detection import detect_format
from malgil.preprocessing.corpus.formats.document_kinds import document_kind
from malgil.preprocessing.corpus.formats.file_languages import split_path_language
from malgil.preprocessing.corpus.formats.json_events import json_events
from malgil.preprocessing.corpus.formats.json_text import JsonText
from malgil.preprocessing.corpus.formats.language_names import language_code, match_rank
from malgil.preprocessing.corpus.formats.markup.character_repair import RepairedText
from malgil.preprocessing.corpus.formats.paired_files import belong_together, parse_together
from malgil.preprocessing.corpus.formats.parallel import split_language
from malgil.preprocessing.corpus.formats.quotation_marks import are_cells_quoted
from malgil.preprocessing.corpus.formats.quoted_cells import read_quoted_rows, split_cells
from malgil.preprocessing.corpus.formats.text_signatures import (
    json_format,
    text_format,
    xml_format,
)
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings
from tests.fuzz.corpus_samples import (
    CSV,
    JSON,
    JSON_TOKENS,
    KEYED,
    LINGUIST,
    PO,
    PO_TOKENS,
    TMX,
    TSV,
    XLIFF,
    XML_TOKENS,
    Samples,
)
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target

DATA = DataSettings()
_MAX_ROWS = 20_000


class _SlowBytes(io.BytesIO):
    """Bytes of which a read returns one to seven, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = 1 + self.tell() % 7
        return super().read(most if size is None or size < 0 else min(size, most))


def source_of(content: bytes, name: str, is_slow: bool = False) -> ByteSource:
    if is_slow:
        return ByteSource(Path(name), lambda: _SlowBytes(content), layers=("slow",))
    return ByteSource(Path(name), lambda: io.BytesIO(content))


def checked_rows(rows: Iterable[PairOrReason]) -> list[PairOrReason]:
    """Return the first rows, which must be reasons or pairs of text that can be written."""
    found = list(itertools.islice(rows, _MAX_ROWS))
    for row in found:
        if not isinstance(row, str):
            source, target_text = row
            normalize(source).encode("utf-8")
            normalize(target_text).encode("utf-8")
    return found


def _outcome(read: Callable[[], Any]) -> Any:
    """Return what a reader returns, or "refused"."""
    try:
        return read()
    except UserError:
        # Which of two damaged files is read first depends on the pieces, and so does the message.
        return "refused"


def read_rows(contents: Sequence[bytes], names: Sequence[str], is_slow: bool) -> list[PairOrReason]:
    with ExitStack() as stack:
        files = [
            detect_format(source_of(content, name, is_slow), DATA)
            for content, name in zip(contents, names, strict=True)
        ]
        if len(files) == 1:
            return checked_rows(files[0].parse(DATA, stack).rows)
        if not belong_together(files[0], files[1], DATA):
            return []
        return checked_rows(parse_together(files[0], files[1], DATA, stack).rows)


def _same_in_pieces(*contents: bytes, names: Sequence[str] = ("file",)) -> list[PairOrReason]:
    """Read files, at once and in small pieces, and check that the rows are the same."""
    whole = _outcome(lambda: read_rows(contents, names, is_slow=False))
    in_pieces = _outcome(lambda: read_rows(contents, names, is_slow=True))
    assert whole == in_pieces, (whole, in_pieces)
    return [] if isinstance(whole, str) else whole


def encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


@target(
    lambda: mutated(
        [*encoded(*TSV), TSV[0].encode("utf-16"), TSV[0].encode("cp949")], [b"\t", b'"', b'""']
    )
)
def tab_separated(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(encoded(*CSV), b', " "" ; | \r\n'.split(b" ")))
def comma_separated(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(encoded(*JSON), JSON_TOKENS))
def json_corpus(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(encoded(*JSON), JSON_TOKENS))
def json_catalogs(content: bytes) -> None:
    _same_in_pieces(content, b'{"a": "Hello", "b": {"c": "Yes"}}', names=("ko.json", "en.json"))


@target(lambda: mutated(JSON, [token.decode() for token in JSON_TOKENS]))
def json_pieces(text: str) -> None:
    """Check that the parser gets the same text for any size of its pieces, and the same events."""

    def whole(size: int) -> str:
        reader = JsonText(io.StringIO(text, newline=""))
        return "".join(iter(lambda: reader.readline(size), ""))

    expected = whole(1 << 20)
    for size in (1, 2, 5, 64):
        assert whole(size) == expected
    text.encode("utf-8", "surrogatepass")
    for __ in json_events(BoundedReader(JsonText(io.StringIO(text)), "'a'"), "'a'"):
        pass


@target(lambda: mutated(encoded(*TMX), XML_TOKENS))
def translation_memory(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated(encoded(*XLIFF, LINGUIST), XML_TOKENS))
def xliff_and_linguist(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated([TMX[0], LINGUIST], [token.decode() for token in XML_TOKENS]))
def xml_repair(text: str) -> None:
    """Check that the repaired text is the same for any size of its pieces."""

    def whole(size: int) -> str:
        reader = RepairedText(io.StringIO(text, newline=""))
        return "".join(iter(lambda: reader.readline(size), ""))

    expected = whole(1 << 20)
    for size in (1, 3, 64):
        assert whole(size) == expected


@functools.cache
def _mo() -> bytes:
    import polib

    return bytes(polib.pofile(PO).to_binary())


@target(lambda: mutated(encoded(PO, PO.replace("UTF-8", "EUC-KR")), PO_TOKENS))
def gettext_text(content: bytes) -> None:
    _same_in_pieces(content)


@target(lambda: mutated([_mo()], [b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"\0"]))
def gettext_binary(content: bytes) -> None:
    _same_in_pieces(content)


def _keyed_target(kind: str, samples: Samples) -> None:
    names = [samples.name.format(language) for language in ("ko", "en")]

    def check(contents: tuple[bytes, bytes]) -> None:
        _same_in_pieces(*contents, names=names)

    check.__name__ = kind
    target(
        lambda: st.tuples(
            mutated(encoded(samples.source), samples.tokens),
            mutated(encoded(samples.target), samples.tokens, edits=2),
        )
    )(check)


for _kind, _samples in KEYED.items():
    _keyed_target(_kind, _samples)


_TEXT_LINES = [
    "안녕\nHello\r\nthird\rstill third\n".encode(codec)
    for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp949")
]


@target(lambda: mutated(_TEXT_LINES, [b"\n", b"\r", b"\r\n", b"\n\0", b"\0\n", b"\x85"]))
def encoding_and_lines(content: bytes) -> None:
    """Check that no line has a line end, and that a text is the same if it is read in pieces."""
    lines = _outcome(lambda: list(decode_lines(io.BytesIO(content), "a")))
    if isinstance(lines, list):
        assert not any("\n" in line for line in lines)
    codec = detect_codec(content, is_whole=True)

    def text(size: int) -> str:
        file = open_text(io.BytesIO(content), codec, newline="")
        cast(Any, file)._CHUNK_SIZE = size
        try:
            return file.read() if size > 100 else "".join(iter(lambda: file.read(size), ""))
        except UnicodeDecodeError as error:
            return error.reason

    assert text(1 << 20) == text(3)


_LINES = [*TSV, *CSV]


@target(
    lambda: st.tuples(mutated(_LINES, ["\t", '"', '""', ",", ";", "\n"]), st.sampled_from("\t,;|"))
)
def quoted_cells(example: tuple[str, str]) -> None:
    """Check that a row has cells, and no line is endless."""
    text, delimiter = example
    lines = text.split("\n")
    for line in lines[:100]:
        assert split_cells(line, delimiter)
    for __ in read_quoted_rows(lines, delimiter, "'a'"):
        pass
    are_cells_quoted(lines, "'a'")
    sniff_delimiter(lines, lambda cells: False, "'a'")


_NAMES = [
    "한국어",
    "source_text",
    "en-US",
    "zh_Hant_TW",
    "target (English)",
    "번역문",
    "corpus/ko/a.en.txt",
    "values-ko-rKR/strings.xml",
    "train.ko",
    "sr@latin",
]


@target(lambda: mutated(_NAMES, ["_", "-", ".", "/", "\\", "ko", "en", "(", "@", " ", "values-"]))
def language_names(name: str) -> None:
    assert isinstance(language_code(name), str)
    for language, side in (("ko", "source"), ("en", "target")):
        for allows_spaces in (False, True):
            match_rank(name, language, side, allows_spaces)
    split_path_language(name)
    split_language(name)


@target(
    lambda: mutated(
        [*JSON, *TMX, PO, *(each.source for each in KEYED.values())],
        ["<", "{", "[", '"', "msgid ", " = ", "-->", "WEBVTT", "<?xml", "/*", "*/"],
    )
)
def signatures(text: str) -> None:
    for name in ("a.yml", "a.properties", "a"):
        text_format(text, name)
    xml_format(text)
    json_format(text, is_whole=len(text) % 2 == 0)
    document_kind(text.encode("utf-8", "surrogatepass"), "a.docx")


@target(
    lambda: st.tuples(
        mutated(["열기(_O)…", "파일(&F)", "~저장"], ["&", "_", "(", ")"]),
        mutated(["_Open…", "&File", "~Save"], ["&", "_"]),
    )
)
def accelerators(pair: tuple[str, str]) -> None:
    remove_accelerators(*pair)
