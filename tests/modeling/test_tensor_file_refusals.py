"""Files that are no sound translator: each is refused in one line that says what is wrong."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling import tensor_file
from malgil.modeling.translator_file import Bundle, load, load_metrics, save

CUT, DAMAGED, LATER, FOREIGN = "is truncated", "is damaged", "has version", "is not a translator"
UNFIT, EARLIER = "does not have the structure of a translator", "by an earlier version"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a valid file."""
    path = tmp_path_factory.mktemp("bundle") / "translator.safetensors"
    weights = {"a/b": np.arange(35, dtype=np.float32).reshape(5, 7), "c": np.float32(0.1)}
    save(path, Bundle({"old": {}}, {"source": bytes(range(200))}, weights))
    return path.read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes, str], str]:
    """Return a function that writes a file and checks that it is refused in one line."""

    def check(content: bytes, category: str) -> str:
        path = tmp_path / "번역기.safetensors"
        path.write_bytes(content)
        with pytest.raises(UserError) as error:
            load(path)
        message = str(error.value)
        assert "\n" not in message and repr(str(path)) in message
        kinds = [CUT, DAMAGED, LATER, FOREIGN, UNFIT, EARLIER]
        assert [kind for kind in kinds if kind in message] == [category], message
        return message

    return check


def sealed(
    metadata: Any,
    entries: dict[str, Any] | str,
    content: bytes,
    version: str = "2",
    wrong: Mapping[str, Any] = MappingProxyType({}),
) -> bytes:
    """Make a consistent file, as the docstring of the module describes it.

    Args:
        metadata: What follows the five entries.
        entries: What describes the arrays; a string goes in as it is.
        content: The arrays.
        version: That of the format.
        wrong: Other values than the right ones: `bytes`, `sha256`, `start`, `size`.
    """
    more = "".join(f",{json.dumps(name)}:{json.dumps(value)}" for name, value in metadata.items())
    described = entries if isinstance(entries, str) else json.dumps(entries)[1:-1]
    rest = (more + "}" + f",{described}" * bool(described) + "}").encode()
    fixed = len(start(0, version, 0, "0" * 64))
    rest += b" " * (-(fixed + len(rest)) % 8) + content
    size = fixed + len(rest) - len(content) - 8
    digest = hashlib.sha256(rest).hexdigest()
    return start(size, version, fixed + len(rest), digest, wrong) + rest


def start(
    size: int,
    version: str,
    total: int,
    digest: str,
    wrong: Mapping[str, Any] = MappingProxyType({}),
) -> bytes:
    """Return the beginning of a file."""
    block = wrong.get("size", size).to_bytes(8, "little")
    block += (
        f'{{"__metadata__":{{"format":"malgil translator","version":"{version}",'
        f'"bytes":"{wrong.get("bytes", f"{total:012}")}",'
        f'"sha256":"{wrong.get("sha256", digest)}","start":"'
    ).encode()
    return block + f'{wrong.get("start", f"{zlib.crc32(block):08x}")}"'.encode()


METADATA = {"settings": "{}", "metrics": "{}"}
ENTRIES = {
    "weights/a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]},
    "subword/source": {"dtype": "U8", "shape": [3], "data_offsets": [20, 23]},
}
CONTENT = np.arange(5, dtype="<f4").tobytes() + b"\0\1\2"


class TestUnsoundFiles:
    @pytest.mark.parametrize("length", [0, 1, 8, 17, 18, 19, 60, 100, 180])
    def test_cut_within_the_beginning(self, whole: bytes, refused: Any, length: int) -> None:
        assert f"it has only {length} bytes" in refused(whole[:length], CUT)

    @pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
    def test_cut_behind_it(self, whole: bytes, refused: Any, share: float) -> None:
        there = int(len(whole) * share)
        assert f"{there:,} of {len(whole):,} bytes" in refused(whole[:there], CUT)

    def test_cut_by_one_byte(self, whole: bytes, refused: Any) -> None:
        refused(whole[:-1], CUT)

    def test_cut_anywhere(self, whole: bytes, refused: Any) -> None:
        for length in range(len(whole)):
            refused(whole[:length], CUT)

    def test_too_long(self, whole: bytes, refused: Any) -> None:
        refused(whole + b"\0", DAMAGED)

    @pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
    def test_every_byte_counts(self, whole: bytes, refused: Any, mask: int) -> None:
        for place in range(len(whole)):
            content = bytearray(whole)
            content[place] ^= mask
            refused(bytes(content), DAMAGED)

    def test_several_bytes_of_the_beginning(self, whole: bytes, refused: Any) -> None:
        for begin in range(0, 40, 4):
            refused(whole[:begin] + b"\xaa" * 4 + whole[begin + 4 :], DAMAGED)

    @pytest.mark.parametrize("version", [3, 10, 999])
    def test_later_version(self, refused: Any, version: int) -> None:
        message = refused(sealed(METADATA, ENTRIES, CONTENT, str(version)), LATER)
        assert f"version {version} " in message and "newer version of Malgil" in message

    def test_earlier_version(self, refused: Any) -> None:
        content = b"malgil translator\nversion 1\nlength 2000\n".ljust(512, b"\0") + bytes(2000)
        assert "Train it again." in refused(content, EARLIER)

    def test_the_file_of_this_test_is_accepted(self, tmp_path: Path) -> None:
        (tmp_path / "a.safetensors").write_bytes(sealed(METADATA, ENTRIES, CONTENT))
        found = load(tmp_path / "a.safetensors")
        assert found.weights["a"].tolist() == [0, 1, 2, 3, 4]
        assert found.subword == {"source": b"\0\1\2"}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"bytes": "000000000010"},
            {"bytes": "-00000000010"},
            {"bytes": "10"},
            {"sha256": "가"},
            {"sha256": "0" * 64},
            {"start": "00000000"},
            {"start": "x"},
        ],
    )
    def test_a_beginning_without_sense(self, refused: Any, wrong: dict[str, str]) -> None:
        refused(sealed(METADATA, ENTRIES, CONTENT, wrong=wrong), DAMAGED)

    @pytest.mark.parametrize(
        ("size", "kind"),
        [(0, DAMAGED), (100, DAMAGED), (300, UNFIT), (10_000, DAMAGED), (2**63, DAMAGED)],
    )
    def test_a_header_of_another_size(
        self, refused: Any, tmp_path: Path, size: int, kind: str
    ) -> None:
        content = sealed(METADATA, ENTRIES, CONTENT, wrong={"size": size})
        refused(content, kind)
        (tmp_path / "a.safetensors").write_bytes(content)
        with pytest.raises(UserError, match=kind):
            load_metrics(tmp_path / "a.safetensors")

    @pytest.mark.parametrize(
        "content",
        [
            "고양이가 잡니다.\tThe cat sleeps.\n".encode() * 50,
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5,
            b"short",
            b"MALGIL TRANSLATOR\n" + b"version 1\n" * 100,
            b"\0" * 5000,
            b"\x89HDF\r\n\x1a\n" + bytes(1000),
            b'\x80\0\0\0\0\0\0\0{"__metadata__":{"format":"pt"},"a":{"dtype":"F32"}}',
        ],
        ids=["text", "png", "short", "capitals", "zeros", "hdf5", "safetensors"],
    )
    def test_something_else(self, refused: Any, content: bytes) -> None:
        refused(content, FOREIGN)

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="Is a directory. Name a file, not a folder"):
            load(tmp_path)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="No such file"):
            load(tmp_path / "none.safetensors")


class TestHostileContent:
    """Files that are sealed correctly, and hold what a translator does not."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"dtype": "F33"},
            {"dtype": "BOOL"},
            {"dtype": "O"},
            {"dtype": ["F32"]},
            {"dtype": None},
            {"shape": [6]},
            {"shape": [10**12]},
            {"shape": [2**62, 2**62]},
            {"shape": [-5]},
            {"shape": [-1, -5]},
            {"shape": [5.0]},
            {"shape": [True, 5]},
            {"shape": ["5"]},
            {"shape": "5"},
            {"shape": 5},
            {"shape": None},
            {"shape": [[5]]},
            {"shape": [5, *[1] * 100]},
            {"data_offsets": [0, 24]},
            {"data_offsets": [4, 24]},
            {"data_offsets": [-20, 0]},
            {"data_offsets": [20, 40]},
            {"data_offsets": [0]},
            {"data_offsets": "0"},
            {"data_offsets": None},
        ],
        ids=str,
    )
    def test_array_that_is_not_there(self, refused: Any, changes: dict[str, Any]) -> None:
        """Of another type, larger than the file, or in the place of another."""
        entries = {**ENTRIES, "weights/a": {**ENTRIES["weights/a"], **changes}}
        refused(sealed(METADATA, entries, CONTENT), UNFIT)

    @pytest.mark.parametrize("key", ["dtype", "shape", "data_offsets"])
    def test_array_that_is_not_described(self, refused: Any, key: str) -> None:
        entry = {name: value for name, value in ENTRIES["weights/a"].items() if name != key}
        refused(sealed(METADATA, {**ENTRIES, "weights/a": entry}, CONTENT), UNFIT)

    @pytest.mark.parametrize("entry", [None, 3, [], "text", [["dtype", "F32"]]])
    def test_entry_that_describes_nothing(self, refused: Any, entry: Any) -> None:
        refused(sealed(METADATA, {**ENTRIES, "weights/a": entry}, CONTENT), UNFIT)

    def test_empty_array_of_large_dimensions(self, refused: Any) -> None:
        entry = {"dtype": "F32", "shape": [0, 2**62, 2**62], "data_offsets": [0, 0]}
        refused(sealed(METADATA, {"weights/b": entry, **ENTRIES}, CONTENT), UNFIT)

    def test_gaps_and_leftovers(self, refused: Any) -> None:
        refused(sealed(METADATA, ENTRIES, CONTENT + b"\0"), UNFIT)
        refused(sealed(METADATA, {"weights/a": ENTRIES["weights/a"]}, CONTENT), UNFIT)
        refused(sealed(METADATA, {}, CONTENT), UNFIT)
        refused(sealed(METADATA, ENTRIES, CONTENT[:-1]), UNFIT)

    def test_two_names_for_one_array(self, refused: Any) -> None:
        entries = {**ENTRIES, "weights/b": ENTRIES["weights/a"]}
        refused(sealed(METADATA, entries, CONTENT), UNFIT)

    def test_one_name_twice(self, refused: Any) -> None:
        described = json.dumps(ENTRIES)[1:-1]
        message = refused(sealed(METADATA, f"{described},{described}", CONTENT * 2), UNFIT)
        assert "occurs twice" in message

    @pytest.mark.parametrize("name", ["graphs/encoder", "a", "", "weight/a", "/etc/passwd"])
    def test_array_of_no_group(self, refused: Any, name: str) -> None:
        entries = {name: ENTRIES["weights/a"], "subword/source": ENTRIES["subword/source"]}
        refused(sealed(METADATA, entries, CONTENT), UNFIT)

    @pytest.mark.parametrize("name", ["settings", "metrics"])
    @pytest.mark.parametrize(
        "value",
        [None, "", "{", "[]", "3", "null", 3.0, [1], {}, "[" * 100_000, '{"a":' * 100_000],
        ids=lambda value: "a value" if value is None else repr(value)[:9],
    )
    def test_text_that_is_no_json_table(self, refused: Any, name: str, value: Any) -> None:
        metadata = {**METADATA, name: value}
        if value is None:
            del metadata[name]
        refused(sealed(metadata, ENTRIES, CONTENT), UNFIT)

    def test_section_that_is_no_table(self, refused: Any) -> None:
        metadata = {**METADATA, "settings": '{"model": {}, "data": []}'}
        refused(sealed(metadata, ENTRIES, CONTENT), UNFIT)

    @pytest.mark.parametrize(
        "described", ["[" * 100_000, '"a":', "}", '"a":1e999', '"a":' + "9" * 5000]
    )
    def test_header_that_is_no_json(self, refused: Any, described: str) -> None:
        refused(sealed(METADATA, described, CONTENT), UNFIT)

    def test_header_that_is_no_text(self, refused: Any) -> None:
        content = bytearray(sealed({**METADATA, "x": "y"}, ENTRIES, CONTENT))
        fixed = len(start(0, "2", 0, "0" * 64))
        rest = bytes(content[fixed:]).replace(b'"y"', b'"\xff"')
        size = int.from_bytes(content[:8], "little")
        digest = hashlib.sha256(rest).hexdigest()
        refused(start(size, "2", len(content), digest) + rest, UNFIT)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("read", [load, load_metrics])
def test_a_pipe_does_not_hang(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(UserError, match="it is a device or a pipe, not a file"):
        read(tmp_path / "pipe.safetensors")


@pytest.mark.parametrize("size", [0, 2])
def test_a_huge_sparse_file_is_not_read(tmp_path: Path, size: int) -> None:
    path, total = tmp_path / "translator.safetensors", 900 * 10**9
    # The arrays have fewer bytes than the file.
    entry = {"a": {"dtype": "I8", "shape": [size], "data_offsets": [0, size]}}
    begin = sealed({}, entry, b"", wrong={"bytes": f"{total:012}"})
    path.write_bytes(begin)
    try:
        os.truncate(path, total)
    except OSError:
        pytest.skip("this file system has no such files")
    with pytest.raises(UserError, match="there are bytes after the last array"):
        load(path)


def test_a_file_larger_than_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unread(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            if size == -1:
                raise MemoryError
            return super().read(size)

    path = tmp_path / "translator.safetensors"
    entry = {"a": {"dtype": "I8", "shape": [3], "data_offsets": [0, 3]}}
    path.write_bytes(sealed({}, entry, b"abc"))
    monkeypatch.setattr(tensor_file, "open_stored", lambda path, buffering: Unread(path))
    with pytest.raises(UserError, match="more than the free memory"):
        load(path)


def test_a_header_that_would_fill_the_memory(refused: Callable[[bytes, str], str]) -> None:
    entries = '"a":[' + ",".join(['{"":0}'] * (1 << 22)) + "]"  # over 1 GB as Python objects
    refused(sealed({}, entries, b""), DAMAGED)
