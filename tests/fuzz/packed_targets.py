"""Fuzz targets of workbooks, archives, downloads and glossary files."""

from __future__ import annotations

import bz2
import contextlib
import datetime
import functools
import gzip
import io
import logging
import lzma
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.archive import check_archive
from malgil.preprocessing.corpus.formats.archive import unpack
from malgil.preprocessing.corpus.formats.detection import detect_format
from malgil.preprocessing.corpus.formats.reader import open_corpus_files
from malgil.preprocessing.corpus.formats.workbooks.number_format import shown_text
from malgil.preprocessing.text.glossary_file import read_glossary
from tests.fuzz.corpus_samples import (
    ARCHIVE_TOKENS,
    NUMBER_FORMAT_TOKENS,
    NUMBER_FORMATS,
    PAIRS,
    SHEET_TOKENS,
    TSV,
)
from tests.fuzz.corpus_targets import DATA, checked_rows, encoded, read_rows, source_of
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target
from tests.preprocessing.corpus.formats.writers import excel_parts, xlsx, zipped


@functools.cache
def _workbook_parts() -> dict[str, str]:
    parts = excel_parts([("한국어", "영어"), *PAIRS])
    with zipfile.ZipFile(io.BytesIO(xlsx({"a": [["ko", "en"], *PAIRS, [1.5, 2]]}))) as book:
        own = {name: book.read(name).decode() for name in book.namelist()}
    return {
        **{f"excel:{name}": text for name, text in parts.items()},
        **{f"openpyxl:{name}": text for name, text in own.items()},
    }


@target(
    lambda: st.sampled_from(sorted(_workbook_parts())).flatmap(
        lambda name: st.tuples(st.just(name), mutated([_workbook_parts()[name]], SHEET_TOKENS))
    )
)
def workbook(changed: tuple[str, str]) -> None:
    """Check that a workbook with one changed part is read, or refused."""
    name, text = changed
    maker = name.partition(":")[0]
    parts = {
        key.partition(":")[2]: text if key == name else part
        for key, part in _workbook_parts().items()
        if key.startswith(f"{maker}:")
    }
    content = zipped({key: part.encode("utf-8", "surrogatepass") for key, part in parts.items()})
    read_rows([content], ["a.xlsx"], is_slow=False)


_VALUES = [0, -1, 1.5, 1e300, -1e-300, float("inf"), float("nan"), 10**400, True, 2958465.99, -0.0]


@target(
    lambda: st.tuples(
        mutated(NUMBER_FORMATS, NUMBER_FORMAT_TOKENS), st.integers(0, len(_VALUES) - 1)
    )
)
def number_format(example: tuple[str, int]) -> None:
    """Check that a number and a date are shown with any format."""
    code, index = example
    value = _VALUES[index]
    assert isinstance(shown_text(value, code), str)
    moments: tuple[Any, ...] = (
        *(datetime.datetime.max, datetime.datetime.min, datetime.date(2024, 2, 29)),
        *(
            datetime.time(23, 59, 59, 999999),
            datetime.timedelta.max,
            datetime.timedelta(days=-1, seconds=1),
        ),
    )
    assert isinstance(shown_text(moments[index % len(moments)], code), str)


@functools.cache
def _archives() -> list[bytes]:
    content = TSV[0].encode()
    texts = {
        "a.ko": b"".join(s.encode() + b"\n" for s, _ in PAIRS),
        "a.en": b"".join(t.encode() + b"\n" for _, t in PAIRS),
    }
    archives = [zipped({"README": "x", "train.tsv": content}), zipped(texts)]
    for mode in ("w", "w:gz"):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=mode) as archive:
            for name, member in texts.items():
                info = tarfile.TarInfo("가" * 120 + name)
                info.size = len(member)
                archive.addfile(info, io.BytesIO(member))
        archives.append(file.getvalue())
    packed = [gzip.compress(content, mtime=0), bz2.compress(content), lzma.compress(content)]
    return [*archives, *packed, gzip.compress(archives[0], mtime=0), zipped({"b.zip": archives[1]})]


@target(lambda: mutated(_archives(), ARCHIVE_TOKENS))
def packed_files(content: bytes) -> None:
    with ExitStack() as stack:
        for source in unpack(source_of(content, "a"), stack):
            with contextlib.suppress(UserError):
                checked_rows(detect_format(source, DATA).parse(DATA, stack).rows)


@target(lambda: mutated(_archives(), ARCHIVE_TOKENS))
def corpus_file(content: bytes) -> None:
    Path("파일").write_bytes(content)
    for file in open_corpus_files(["파일"], DATA):
        checked_rows(file.rows)


@target(lambda: mutated(_archives(), ARCHIVE_TOKENS))
def downloaded_archive(content: bytes) -> None:
    Path("download").write_bytes(content)
    for name in ("a.zip", "a.gz", "a.tar.gz"):
        with contextlib.suppress(UserError):
            check_archive(Path("download"), name)


@target(
    lambda: mutated(
        [
            *encoded(
                "서울\tSeoul\n# x\n부산\tBusan | Pusan\n",
                "원어,번역\n서울,Seoul\n",
                '"서울"\t"Se""oul"\n',
            ),
            xlsx({"a": [["한국어", "영어"], ["서울", "Seoul"]], "b": [["부산", "Busan"]]}),
        ],
        [b"\t", b"|", b"#", b'"', b",", b"PK\x03\x04"],
    )
)
def glossary_file(content: bytes) -> None:
    Path("terms.csv").write_bytes(content)
    logging.disable(logging.WARNING)
    try:
        glossary = read_glossary("terms.csv", DATA)
        list(glossary.find("서울에서 부산까지 Seoul"))
    finally:
        logging.disable(logging.NOTSET)
