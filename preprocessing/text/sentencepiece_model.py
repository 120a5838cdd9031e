"""The serialized SentencePiece models that this program reads: only what its training writes.

A model is a message in Protocol Buffers. SentencePiece parses it in C++, where tables for
normalization (`precompiled_charsmap`) are used as they are: the releases before 0.2.1 follow wrong
offsets in them out of memory. The models of this program have none, as `normalize` does this work.
Source: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto and
https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterator

_PIECE, _TRAINER, _NORMALIZER = 1, 2, 3  # the fields of ModelProto
_PIECE_TAG = _PIECE << 3 | 2
_NAME, _TABLE, _LAST_SWITCH = 1, 2, 5  # the fields of NormalizerSpec; 3 to 5 are switches
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # types of fields
_MAX_VARINT_BYTES = 10


def require_plain(model: bytes) -> None:
    """Check that a model consists of pieces, a trainer's settings, and no normalization.

    Args:
        model: A serialized model.

    Raises:
        ValueError: If it has another structure.
    """
    at = _end_of_pieces(model)
    if at == 0:
        raise ValueError("the model has no pieces")
    # What is not a piece follows the pieces, in the order of the fields' numbers.
    found = list(_fields(model[at:]))
    if [number for number, _value in found] != [_TRAINER, _NORMALIZER]:
        raise ValueError("the model has unknown parts")
    for number, value in _fields(_as_bytes(found[1][1])):
        if (number == _NAME and value == b"identity") or (number == _TABLE and value == b""):
            continue
        if not (_TABLE < number <= _LAST_SWITCH and isinstance(value, int)):
            raise ValueError("the model normalizes text")


def _end_of_pieces(model: bytes) -> int:
    """Return the offset of the first field that is not a piece."""
    at, end = 0, len(model)
    while at + 1 < end and model[at] == _PIECE_TAG:
        size = model[at + 1]
        at += 2
        if size >= 0x80:  # rare; a call for every piece would take milliseconds
            size, at = _varint(model, at - 1)
        at += size
    if at > end:
        raise ValueError("the last piece is truncated")
    return at


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field of a message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("a field has an unknown type")
        if at + size > len(message):
            raise ValueError("a field is truncated")
        yield number, message[at : at + size]
        at += size


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a part of the model is a number")
    return value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at an offset, seven bits per byte, and the offset after it."""
    value = shift = 0
    for byte in message[at : at + _MAX_VARINT_BYTES]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at + shift // 7
    raise ValueError("a number is truncated")
