"""Compressed files, compared with the modules of Python."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from collections.abc import Callable
from typing import Any

import pytest

from malgil.preprocessing.corpus.formats.decompression import open_decompressed

CONTENT = random.Random(1).randbytes(1000) * 300
FORMATS = [("gzip", gzip.compress), ("bz2", bz2.compress), ("lzma", lzma.compress)]


@pytest.mark.parametrize(("module", "compress"), FORMATS)
class TestEachFormat:
    def test_blocks(self, module: str, compress: Callable[[bytes], bytes]) -> None:
        file: Any = open_decompressed(module, io.BytesIO(compress(CONTENT)))
        blocks = []
        while block := file.read(7001):
            assert len(block) <= 7001
            blocks.append(block)
            assert file.tell() == sum(map(len, blocks))
        assert b"".join(blocks) == CONTENT
        assert file.read(1) == b""

    def test_positions(self, module: str, compress: Callable[[bytes], bytes]) -> None:
        file: Any = open_decompressed(module, io.BytesIO(compress(CONTENT)))
        for offset in (0, 299_990, 5, 100_000, 300_000, 1):
            assert file.seek(offset) == offset
            assert file.read(3) == CONTENT[offset : offset + 3]
        assert file.seek(-3, io.SEEK_END) == len(CONTENT) - 3
        assert file.seek(1, io.SEEK_CUR) == len(CONTENT) - 2
        assert file.read() == CONTENT[-2:]

    @pytest.mark.parametrize("between", [b"", bytes(8), bytes(100_000)])
    def test_several_parts(
        self, module: str, compress: Callable[[bytes], bytes], between: bytes
    ) -> None:
        packed = compress(b"one") + between + compress(b"two") + between
        assert open_decompressed(module, io.BytesIO(packed)).read() == b"onetwo"

    @pytest.mark.parametrize("ending", [b"x", b"\0\0x", bytes(70_000) + b"x", b"BZ", b"\xfd7zXZ"])
    def test_more_after_the_end(
        self, module: str, compress: Callable[[bytes], bytes], ending: bytes
    ) -> None:
        with pytest.raises(OSError):
            open_decompressed(module, io.BytesIO(compress(b"one") + ending)).read()

    @pytest.mark.parametrize("left", [20, -1, -10])
    def test_cut(self, module: str, compress: Callable[[bytes], bytes], left: int) -> None:
        packed = compress(CONTENT)[:left]
        with pytest.raises((EOFError, OSError, lzma.LZMAError)):
            open_decompressed(module, io.BytesIO(packed)).read()

    def test_closes_the_file(self, module: str, compress: Callable[[bytes], bytes]) -> None:
        packed = io.BytesIO(compress(CONTENT))
        open_decompressed(module, packed).close()
        assert packed.closed
