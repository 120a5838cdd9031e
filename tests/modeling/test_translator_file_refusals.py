"""Files that are no sound translator: each is refused in one line that says what is wrong."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling.translator_file import Bundle, load, save, write_sealed

HEADER = 512
CUT, DAMAGED, LATER, FOREIGN = "is cut short", "is damaged", "has version", "is not a translator"
UNFIT = "is not laid out as a translator"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound file."""
    path = tmp_path_factory.mktemp("bundle") / "translator.h5"
    weights = {"a/b": np.arange(35, dtype=np.float32).reshape(5, 7), "c": np.float32(0.1)}
    save(path, Bundle({"old": {}}, {"source": bytes(range(200))}, weights))
    return path.read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes, str], str]:
    """Writes a file and checks that it is refused, in one line that says why and nothing else."""

    def check(content: bytes, category: str) -> str:
        path = tmp_path / "번역기.h5"
        path.write_bytes(content)
        with pytest.raises(UserError) as error:
            load(path)
        message = str(error.value)
        assert "\n" not in message and repr(str(path)) in message
        kinds = [CUT, DAMAGED, LATER, FOREIGN, UNFIT]
        assert [kind for kind in kinds if kind in message] == [category], message
        return message

    return check


def header(content: bytes, version: str = "1", length: str = "", digest: str = "") -> bytes:
    """A header that agrees with itself, as the module's docstring describes it."""
    lines = (
        f"malgil translator\nversion {version}\nlength {length or len(content)}\n"
        f"sha256 {digest or hashlib.sha256(content).hexdigest()}\n"
    ).encode()
    lines += f"header {hashlib.sha256(lines).hexdigest()}\n".encode("ascii")
    return lines.ljust(HEADER, b"\0")


class TestUnsoundFiles:
    @pytest.mark.parametrize("length", [0, 1, 17, 18, 19, 100, 511])
    def test_cut_within_the_header(self, whole: bytes, refused: Any, length: int) -> None:
        assert f"only {length} bytes are there" in refused(whole[:length], CUT)

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9])
    def test_cut_behind_the_header(self, whole: bytes, refused: Any, share: float) -> None:
        there, all_of_it = int((len(whole) - HEADER) * share), len(whole) - HEADER
        message = refused(whole[: HEADER + there], CUT)
        assert f"{there:,} of {all_of_it:,} bytes are there" in message

    def test_cut_by_one_byte(self, whole: bytes, refused: Any) -> None:
        refused(whole[:-1], CUT)

    def test_too_long(self, whole: bytes, refused: Any) -> None:
        refused(whole + b"\0", DAMAGED)

    @pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
    def test_every_byte_of_the_header_counts(self, whole: bytes, refused: Any, mask: int) -> None:
        for place in range(HEADER):
            content = bytearray(whole)
            content[place] ^= mask
            refused(bytes(content), DAMAGED)

    def test_a_line_end_among_the_zeros(self, whole: bytes, refused: Any) -> None:
        end = len(whole[:HEADER].rstrip(b"\0"))
        for place in (end, end + 1, HEADER - 1):
            refused(whole[:place] + b"\n" + whole[place + 1 :], DAMAGED)

    def test_every_byte_behind_it_counts(self, whole: bytes, refused: Any) -> None:
        places = np.random.default_rng(6).integers(HEADER, len(whole), 200).tolist()
        for place in [HEADER, *places, len(whole) - 1]:
            content = bytearray(whole)
            content[place] ^= 1 << place % 8
            refused(bytes(content), DAMAGED)

    @pytest.mark.parametrize("version", [2, 10, 999])
    def test_later_version(self, whole: bytes, refused: Any, version: int) -> None:
        message = refused(header(whole[HEADER:], str(version)) + whole[HEADER:], LATER)
        assert f"version {version} " in message and "newer version of the program" in message

    def test_the_header_of_this_test_is_accepted(self, whole: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.h5").write_bytes(header(whole[HEADER:]) + whole[HEADER:])
        assert load(tmp_path / "a.h5").settings == {"old": {}}

    @pytest.mark.parametrize(
        "wrong", [{"version": "x"}, {"length": "-1"}, {"length": "ten"}, {"digest": "가"}]
    )
    def test_a_well_sealed_header_without_sense(
        self, whole: bytes, refused: Any, wrong: dict[str, str]
    ) -> None:
        refused(header(whole[HEADER:], **wrong) + whole[HEADER:], DAMAGED)

    @pytest.mark.parametrize(
        "content",
        [
            "고양이가 잡니다.\tThe cat sleeps.\n".encode() * 50,
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5,
            b"short",
            b"MALGIL TRANSLATOR\n" + b"version 1\n" * 100,
            b"\0" * 5000,
        ],
        ids=["text", "png", "short", "capitals", "zeros"],
    )
    def test_something_else(self, refused: Any, content: bytes) -> None:
        assert "translator.h5" in refused(content, FOREIGN)

    def test_plain_hdf5(self, whole: bytes, refused: Any) -> None:
        refused(whole[HEADER:], FOREIGN)

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="Is a directory. Name a file, not a folder"):
            load(tmp_path)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="No such file"):
            load(tmp_path / "none.h5")


class TestHostileContent:
    """Files that are sealed correctly, and hold what a translator does not."""

    @pytest.fixture
    def sealed(self, refused: Any) -> Callable[[Callable[[h5py.File], None]], str]:
        """Changes a sound content, seals it, and returns the message of its refusal."""

        def check(change: Callable[[h5py.File], None]) -> str:
            content = io.BytesIO()
            with h5py.File(content, "w") as file:
                file.attrs["settings"] = file.attrs["metrics"] = "{}"
                file["subword/source"] = np.arange(3, dtype=np.uint8)
                file["weights/a"] = np.arange(5, dtype=np.float32)
                change(file)
            value = content.getvalue()
            return refused(header(value) + value, UNFIT)

        return check

    def test_without_a_change_it_is_read(self, tmp_path: Path) -> None:
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            file.attrs["settings"] = file.attrs["metrics"] = "{}"
            file["subword/source"] = np.arange(3, dtype=np.uint8)
            file["weights/a"] = np.arange(5, dtype=np.float32)
        write_sealed(tmp_path / "a.h5", content.getvalue())
        assert load(tmp_path / "a.h5").weights["a"].tolist() == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("name", ["weights", "subword", "weights/a", "weights/b"])
    def test_external_link(self, sealed: Any, tmp_path: Path, name: str) -> None:
        with h5py.File(tmp_path / "secret.h5", "w") as file:
            file["x"] = np.ones(4)

        def change(file: h5py.File) -> None:
            if name in file:
                del file[name]
            file[name] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/")

        assert f"{name} points elsewhere" in sealed(change)

    def test_soft_link(self, sealed: Any) -> None:
        def change(file: h5py.File) -> None:
            file["weights/b"] = h5py.SoftLink("/subword/source")

        assert "weights/b points elsewhere" in sealed(change)

    def test_external_dataset(self, sealed: Any, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(bytes(40))

        def change(file: h5py.File) -> None:
            place = [(str(tmp_path / "secret"), 0, 40)]
            file["weights"].create_dataset("b", (10,), np.float32, external=place)

        assert "weights/b is no plain array" in sealed(change)

    def test_virtual_dataset(self, sealed: Any, tmp_path: Path) -> None:
        def change(file: h5py.File) -> None:
            layout = h5py.VirtualLayout((4,), np.float32)
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", (4,))
            file["weights"].create_virtual_dataset("b", layout)

        assert "weights/b is no plain array" in sealed(change)

    @pytest.mark.parametrize(
        "dtype",
        [
            h5py.string_dtype(),
            h5py.ref_dtype,
            h5py.vlen_dtype(np.float32),
            np.dtype("S5"),
            np.dtype([("x", "f4"), ("y", "i4")]),
            np.dtype("c8"),
            np.dtype("V3"),
        ],
        ids=["string", "reference", "vlen", "bytes", "compound", "complex", "opaque"],
    )
    def test_type_that_is_no_number(self, sealed: Any, dtype: Any) -> None:
        def change(file: h5py.File) -> None:
            array = file["weights"].create_dataset("b", (2,), dtype)
            if dtype.kind != "O":
                array[...] = np.zeros(2, dtype)

        assert "weights/b is no plain array" in sealed(change)

    def test_array_without_content(self, sealed: Any) -> None:
        def change(file: h5py.File) -> None:
            file["weights/b"] = h5py.Empty(np.float32)

        sealed(change)

    def test_type_in_place_of_an_array(self, sealed: Any) -> None:
        def change(file: h5py.File) -> None:
            file["weights/b"] = np.dtype(np.float32)

        sealed(change)

    def test_array_that_is_larger_than_the_file(self, sealed: Any) -> None:
        """HDF5 stores nothing of an array that was never written: 4 TB in a few bytes."""

        def change(file: h5py.File) -> None:
            file["weights"].create_dataset("b", (10**12,), np.float32)

        sealed(change)

    @pytest.mark.parametrize("filters", [{"compression": "gzip"}, {"shuffle": True}])
    def test_filtered_array(self, sealed: Any, filters: dict[str, Any]) -> None:
        """A few kilobytes can be gigabytes when unpacked, and filters are code."""

        def change(file: h5py.File) -> None:
            zeros = np.zeros(1000, np.float32)
            file["weights"].create_dataset("b", data=zeros, chunks=(100,), **filters)

        sealed(change)

    def test_one_array_under_two_names(self, sealed: Any) -> None:
        def change(file: h5py.File) -> None:
            file["weights/b"] = file["weights/a"]

        assert "is there twice" in sealed(change)

    def test_group_within_itself(self, sealed: Any) -> None:
        def change(file: h5py.File) -> None:
            file["weights/b"] = file["weights"]

        assert "is there twice" in sealed(change)

    @pytest.mark.parametrize("name", ["weights", "subword"])
    def test_array_in_place_of_a_group(self, sealed: Any, name: str) -> None:
        def change(file: h5py.File) -> None:
            del file[name]
            file[name] = np.arange(3)

        sealed(change)

    @pytest.mark.parametrize("name", ["weights", "subword"])
    def test_group_that_is_missing(self, sealed: Any, name: str) -> None:
        sealed(lambda file: file.__delitem__(name))

    @pytest.mark.parametrize("name", ["settings", "metrics"])
    @pytest.mark.parametrize(
        "value",
        [None, "", "{", "[]", "3", "null", b"\xff{}", 3.0, np.arange(3), "[" * 100_000],
        ids=["missing", "empty", "half", "list", "3", "null", "bytes", "number", "array", "deep"],
    )
    def test_attribute_that_is_no_json_table(self, sealed: Any, name: str, value: Any) -> None:
        def change(file: h5py.File) -> None:
            del file.attrs[name]
            if value is not None:
                file.attrs[name] = value

        sealed(change)

    def test_section_that_is_no_table(self, sealed: Any) -> None:
        sealed(lambda file: file.attrs.__setitem__("settings", '{"model": {}, "data": []}'))

    def test_sealed_bytes_that_are_no_hdf5(self, refused: Any) -> None:
        for content in (b"", b"x" * 2000):
            refused(header(content) + content, UNFIT)
