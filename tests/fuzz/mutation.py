"""Strategies that change honest inputs a little, as a fuzzer with a corpus does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

Sample = TypeVar("Sample", bytes, str)
# Two places and a size, each as a share of what they are chosen from.
_Edit = tuple[str, int, int, int]

_SHARES = 1 << 16
_REPEATS = (2, 3, 10, 300, 5000)
_MAX_LENGTH = 100_000
_ODD_TEXTS = (
    *(
        "\0",
        "\x1b[2J",
        "\x85",
        "\u2028",
        "\u00a0",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\ufffe",
        "\uffff",
    ),
    *("\ud800", "\udfff", "\U0001f600", "\U0001f468\u200d\U0001f469", "e\u0301", "\u1100", "각"),
    *("", " ", "\n", "\r", "\r\n", "\t", "0", "-1", "1e999", "NaN", "9" * 400, "²", "٣", "İ", "ß"),
    *("(", ")", "[", "]", "{", "}", "<", ">", '"', "'", "\\", "/", "%", "&", "#", "|", "*", "`"),
)
_ODD_BYTES = (
    *(
        b"\0",
        b"\xff",
        b"\xfe\xff",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x80",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
    ),
    *(b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\n", b"\r", b"", b"0", b"9" * 400),
)
_KINDS = ("cut", "token", "replace", "repeat", "splice", "truncate", "flip", "move")


def mutated(
    samples: Sequence[Sample], tokens: Sequence[Sample] = (), edits: int = 6
) -> st.SearchStrategy[Sample]:
    """Return a strategy of honest inputs with a few changes.

    Parts are removed, repeated, moved, cut off at the end, replaced by tokens or by parts of
    another input, and single bits are flipped.

    Args:
        samples: Honest inputs, all texts or all bytes.
        tokens: What has a meaning in the format. Odd characters and numbers are always added.
        edits: The maximum number of changes.
    """
    odd: Sequence[Any] = _ODD_BYTES if isinstance(samples[0], bytes) else _ODD_TEXTS
    vocabulary = (*tokens, *odd)

    def build(index: int, edits: Sequence[_Edit]) -> Sample:
        content = samples[index]
        for edit in edits:
            content = _edited(content, edit, samples, vocabulary)[:_MAX_LENGTH]
        return content

    share = st.integers(0, _SHARES - 1)
    edit = st.tuples(st.sampled_from(_KINDS), share, share, share)
    return st.builds(build, st.integers(0, len(samples) - 1), st.lists(edit, max_size=edits))


def _edited(
    content: Sample, edit: _Edit, samples: Sequence[Sample], tokens: Sequence[Sample]
) -> Sample:
    kind, first, second, third = edit
    begin = _chosen(first, len(content) + 1)
    # Most parts are short.
    end = min(len(content), begin + 1 + _chosen(second, 8 if second % 4 else len(content) + 1))
    part = content[begin:end]
    token = tokens[_chosen(third, len(tokens))]
    if kind == "cut":
        return content[:begin] + content[end:]
    if kind == "token":
        return content[:begin] + token + content[begin:]
    if kind == "replace":
        return content[:begin] + token + content[end:]
    if kind == "repeat":
        repeated = (token if third % 2 else part) * _REPEATS[_chosen(third, len(_REPEATS))]
        return content[:begin] + repeated + content[end:]
    if kind == "splice":
        other = samples[_chosen(third, len(samples))]
        return content[:begin] + other[_chosen(second, len(other) + 1) :]
    if kind == "truncate":
        return content[:begin]
    if kind == "flip":
        return content[:begin] + _flipped(part[:1], third) + content[begin + 1 :]
    return content[:begin] + content[end:] + part


def _chosen(share: int, count: int) -> int:
    return share * count // _SHARES


def _flipped(unit: Sample, bit: int) -> Sample:
    """Return a byte or a character with one bit changed."""
    if isinstance(unit, bytes):
        return bytes(value ^ (1 << bit % 8) for value in unit)
    return "".join(chr(ord(character) ^ (1 << bit % 16)) for character in unit)
