"""JSON as programs write it that are not strict about the standard."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.json_text import JsonText, without_lone_surrogates

VALUES = st.recursive(
    st.none()
    | st.integers()
    | st.text('aNInfity"\\u: ,]가\ud83d\ude00')
    | st.sampled_from([float("nan"), float("inf"), float("-inf"), "NaN", "\\ud83d", "-Infinity"]),
    lambda parts: st.lists(parts) | st.dictionaries(st.text('NaN\\"'), parts),
)


def whole(value: object) -> object:
    """Return what a strict reader should find."""
    if isinstance(value, dict):
        return {str(whole(key)): whole(part) for key, part in value.items()}
    if isinstance(value, list):
        return [whole(part) for part in value]
    if isinstance(value, str):
        joined = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in joined)
    return None if isinstance(value, float) else value


@given(VALUES, st.integers(1, 30), st.sampled_from([None, 1]))
def test_any_value(value: object, size: int, indent: int | None) -> None:
    text = JsonText(io.StringIO(json.dumps(value, indent=indent)))
    pieces = "".join(iter(lambda: text.readline(size), ""))
    assert json.loads(pieces, parse_constant=pytest.fail) == whole(value)


def test_escapes() -> None:
    assert without_lone_surrogates(r'"\ud83d\ude00 \ud83d \\ud83d \ude00"') == (
        r'"\ud83d\ude00 \ufffd \\ud83d \ufffd"'
    )


def read_in_pieces(content: str, size: int) -> str:
    text = JsonText(io.StringIO(content))
    return "".join(iter(lambda: text.readline(size), ""))


@pytest.mark.parametrize("size", [7, 1000, 1 << 16])
@pytest.mark.parametrize("digits", [600, 5000, 70_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_long_numbers_are_null(sign: str, digits: int, size: int) -> None:
    """Replace integers that ijson's parser in C cannot read: it ended the process."""
    number = sign + "9" * digits
    content = f'[{{"a":{number},"b":"{number}","c":599}},{number},"\\"{number}\\""]'
    value = json.loads(read_in_pieces(content, size))
    assert value == [{"a": None, "b": number, "c": 599}, None, f'"{number}"']


def test_numbers_with_exponents() -> None:
    content = f"[{'1' * 700}e5, {'1' * 700}.5, 1e5, {'1' * 599}]"
    assert json.loads(read_in_pieces(content, 1 << 16)) == [None, None, 1e5, int("1" * 599)]
