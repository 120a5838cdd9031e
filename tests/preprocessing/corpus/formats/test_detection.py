"""The detection of a format from the content of a file."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import (
    PAIRS,
    csv_text,
    json_lines,
    json_text,
    lines,
    tmx,
)

Mistake = Callable[..., str]
KOREAN_FIRST = [("저는 학생이에요", "I am a student"), ("비가 와요", "It rains"), ("네", "Yes")]
CONTENTS = {
    "TSV": lines([("en", "ko"), *(pair[::-1] for pair in KOREAN_FIRST)]),
    "CSV": csv_text([("ko", "en"), *KOREAN_FIRST]),
    "JSON": json_text([{"ko": korean, "en": english} for korean, english in KOREAN_FIRST]),
    "JSON Lines": json_lines({"ko": korean, "en": english} for korean, english in KOREAN_FIRST),
    "TMX": tmx([("ko", korean), ("en", english)] for korean, english in KOREAN_FIRST),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949"]


@pytest.mark.parametrize("codec", ENCODINGS)
@pytest.mark.parametrize("form", CONTENTS)
@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.xlsx", "a.json", "a.zip", "a"])
def test_names_are_ignored(form: str, codec: str, name: str, read_file: FileReader) -> None:
    corpus = read_file(CONTENTS[form].encode(codec), names=(name,))
    assert corpus.pairs == KOREAN_FIRST
    others = {"cp949": "cp949, ", "utf-32": "UTF-32, "}
    shown = others.get(codec, "UTF-16, " if codec.startswith("utf-16") else "")
    if form == "JSON Lines" and codec == "cp949":
        shown = ""  # it is all ASCII
    assert f"; {name} detected as {form}, {shown}" in corpus.summary()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF."),
        (b"\x89PNG\r\n\x1a\n", "is a picture."),
        (b"\xff\xd8\xff\xe0", "is a picture."),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive. Unpack it"),
        (b"Rar!\x1a\x07\x01", "is a RAR archive. Unpack it"),
        (b"\x28\xb5\x2f\xfd", "is packed by zstd. Unpack it"),
        (b"PAR1\x15\x04", "is a Parquet file. Save it as CSV"),
        (b"<html>\n<body>a\tb\n", "is XML or HTML, but not TMX, XLIFF or another accepted format."),
        (random.Random(1).randbytes(4000), "is not a text that can be read."),
        (b"", "is empty."),
        (b"\xff\xfe", "is empty."),
        (b"\xef\xbb\xbf", "is empty."),
    ],
)
def test_refused(content: bytes, what: str, mistake: Mistake) -> None:
    assert f"'file0' {what}" in mistake(content)


@pytest.mark.parametrize(
    "begin", ["PK", "PAR10", "BZh", "GIF8", "Rar!", "%PDF", "{", "[", "MZ", "<"]
)
def test_text_that_begins_like_another_format(begin: str, read_file: FileReader) -> None:
    korean, english = f"{begin} 나\n".strip(), "b"
    assert read_file(lines([(korean, english), *PAIRS[4:]])).pairs[0] == (korean, english)


def test_tables_with_tabs_in_their_texts(read_file: FileReader) -> None:
    content = csv_text([("ko", "en"), *[("가\t나", "a\tb")] * 9])
    assert read_file(content).pairs == [("가 나", "a b")] * 9


def test_a_few_tabs_do_not_make_a_table(read_file: FileReader) -> None:
    korean = "가 나\n" * 50 + "다\t라\n"
    assert read_file(korean, "a b\n" * 51).pairs[-1] == ("다 라", "a b")


def test_a_few_lines_without_a_tab_are_left_out(read_file: FileReader) -> None:
    corpus = read_file("가\ta\n" + "없다\n" * 5)
    assert (len(corpus.pairs), corpus.left_out) == (1, {"without a tab": 5})
