"""Encodings that a file declares in its text."""

from __future__ import annotations

import pytest

from malgil.common.encoding import UTF8
from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.declared_encoding import declared_codec

XML = '<?xml version="1.0" encoding="{}"?>'
PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset={}\\n"\n'
FILES = pytest.mark.parametrize("template", [XML, PO])


@FILES
@pytest.mark.parametrize(
    "codec", ["ISO-8859-1", "euc-kr", "windows-1252", "cp949", "Shift_JIS", "johab", "ascii"]
)
def test_encodings_of_characters(template: str, codec: str) -> None:
    assert declared_codec(template.format(codec), UTF8, "'a'") == codec


@FILES
@pytest.mark.parametrize("codec", ["UTF-8", "utf-16", "utf_7", "UTF-32"])
def test_unicode_is_detected_from_the_bytes(template: str, codec: str) -> None:
    assert declared_codec(template.format(codec), UTF8, "'a'") == UTF8


@FILES
@pytest.mark.parametrize(
    "codec",
    [
        *("undefined", "zip", "bz2", "rot13", "hex", "base64", "uu", "quopri"),
        *("idna", "punycode", "unicode_escape", "raw_unicode_escape", "cp037", "x" * 9999),
    ],
)
def test_other_codecs_of_python(template: str, codec: str) -> None:
    with pytest.raises(UserError, match="'a' declares the unknown encoding") as caught:
        declared_codec(template.format(codec), UTF8, "'a'")
    assert len(str(caught.value)) < 300
