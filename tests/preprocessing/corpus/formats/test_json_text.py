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
