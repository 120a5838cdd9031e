"""The cache: a corpus is restored exactly or not at all."""

from __future__ import annotations

import errno
import os
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.dataset import cache
from malgil.preprocessing.dataset.cache import CachedCorpus, cache_key
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.dataset.validation_set import ValidationSet

KEY = "ab" * 32
TRAIN = ([[4, 5, 3], [6, 3], [3]], [[7, 3], [8, 9, 10, 3], [65_000, 3]])
VALID = ([[5, 3]], [[9, 8, 3]])


def corpus(summary: str = "train: 3 pairs") -> CachedCorpus:
    return CachedCorpus(
        {"source": b"\x00model\xff", "target": b"another"},
        [summary, "valid: 1 pair"],
        (RaggedArray.of(TRAIN[0]), RaggedArray.of(TRAIN[1])),
        (RaggedArray.of(VALID[0]), RaggedArray.of(VALID[1])),
        ValidationSet("c3ab", 17),
    )


def lists(pair: tuple[RaggedArray, RaggedArray]) -> tuple[list[list[int]], ...]:
    return tuple([row.tolist() for row in rows] for rows in pair)


class TestRoundTrip:
    def test_a_corpus_is_restored(self, tmp_path: Path) -> None:
        folder = tmp_path / "말뭉치" / "cache"
        cache.save(folder, KEY, corpus())
        found = cache.load(folder, KEY)
        assert found is not None
        assert (lists(found.train), lists(found.valid)) == (TRAIN, VALID)
        assert (found.subword, found.summary) == (corpus().subword, corpus().summary)
        assert found.fingerprint() == corpus().fingerprint()
        assert found.validation == corpus().validation

    def test_ids_stay_on_the_disk(self, tmp_path: Path) -> None:
        cache.save(tmp_path, KEY, corpus())
        found = cache.load(tmp_path, KEY)
        assert found is not None
        for rows in (*found.train, *found.valid):
            assert isinstance(rows.flat, np.memmap) and not rows.flat.flags.writeable

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
    @pytest.mark.parametrize("is_pipe", [True, False])
    def test_a_pipe_or_a_device_counts_as_absent(self, tmp_path: Path, is_pipe: bool) -> None:
        path = cache.cache_path(tmp_path, KEY)
        if is_pipe:
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        assert cache.load(tmp_path, KEY) is None
        cache.save(tmp_path, KEY, corpus())
        assert cache.load(tmp_path, KEY) is not None

    def test_another_key(self, tmp_path: Path) -> None:
        cache.save(tmp_path, KEY, corpus())
        assert cache.load(tmp_path, "cd" * 32) is None
        assert cache.load(tmp_path / "none", KEY) is None
        # The file name contains only the first part of the key.
        assert cache.load(tmp_path, KEY[:-1] + "c") is None

    def test_fingerprint_depends_on_every_id_and_length(self) -> None:
        def fingerprint(source: list[list[int]]) -> str:
            rows = RaggedArray.of(source), RaggedArray.of(TRAIN[1])
            return CachedCorpus({}, [], rows, rows, ValidationSet()).fingerprint()

        others = [[[4, 5], [3, 6, 3], [3]], [[4, 5, 3], [7, 3], [3]], [[6, 3], [4, 5, 3], [3]]]
        assert len({fingerprint(source) for source in [TRAIN[0], *others]}) == 4


class TestDamage:
    def test_any_byte(self, tmp_path: Path) -> None:
        """The corpus is restored exactly, or None is returned."""
        cache.save(tmp_path, KEY, corpus())
        path = cache.cache_path(tmp_path, KEY)
        content = path.read_bytes()
        wrong = 0
        for place in range(0, len(content), 7):
            damaged = bytearray(content)
            damaged[place] ^= 0x10
            path.write_bytes(damaged)
            found = cache.load(tmp_path, KEY)
            wrong += found is None
            if found is not None:
                assert (lists(found.train), lists(found.valid)) == (TRAIN, VALID), place
                assert found.subword == corpus().subword
                assert found.validation == corpus().validation
        assert wrong

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("validation", np.frombuffer(b'["abc", "many"]', np.uint8)),
            ("validation", np.frombuffer(b"[" * 100_000, np.uint8)),
            ("train/source/lengths", np.array([1, 1], np.int32)),
            ("train/source/lengths", np.array([], np.float64)),
            ("train/source/lengths", np.array([-1, 10**6], np.int32)),
            ("train/target/ids", np.array([0.5] * 4)),
        ],
    )
    def test_another_structure(self, tmp_path: Path, name: str, content: np.ndarray) -> None:
        """The checksum of an array is right, but the array is not what the cache holds."""
        cache.save(tmp_path, KEY, corpus())
        with h5py.File(cache.cache_path(tmp_path, KEY), "r+") as file:
            del file[name]
            file[name] = content
            file[name].attrs["crc32"] = zlib.crc32(content.tobytes())
        assert cache.load(tmp_path, KEY) is None

    @pytest.mark.parametrize("length", [0, 1, 100, 2000])
    def test_cut_short(self, tmp_path: Path, length: int) -> None:
        cache.save(tmp_path, KEY, corpus())
        path = cache.cache_path(tmp_path, KEY)
        path.write_bytes(path.read_bytes()[:length])
        assert cache.load(tmp_path, KEY) is None


def test_the_most_recently_used_are_kept(tmp_path: Path) -> None:
    keys = [f"{i:02}" * 32 for i in range(cache.KEPT + 1)]
    for i, key in enumerate(keys[:-1]):
        cache.save(tmp_path, key, corpus(key))
        os.utime(cache.cache_path(tmp_path, key), (1000 + i, 1000 + i))
    assert cache.load(tmp_path, keys[0]) is not None  # used, so that the second is the oldest
    cache.save(tmp_path, keys[-1], corpus(keys[-1]))
    left = [key for key in keys if cache.cache_path(tmp_path, key).exists()]
    assert left == [keys[0], *keys[2:]]


def test_a_file_that_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shared folder with a sticky bit, only its owner may remove an old file."""

    def fail(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    for i in range(cache.KEPT):
        cache.save(tmp_path, f"{i:02}" * 32, corpus())
    monkeypatch.setattr(Path, "unlink", fail)
    cache.save(tmp_path, KEY, corpus())
    assert cache.load(tmp_path, KEY) is not None


class TestKey:
    def test_depends_only_on_contents_and_settings(self, tmp_path: Path) -> None:
        a, b, c = (tmp_path / name for name in "abc")
        a.write_text("가\tone\n")
        b.write_text("나\ttwo\n")
        c.write_text("가\tone\n")
        key = cache_key([a, b], {"size": 1})
        assert key == cache_key([c, b], {"size": 1})
        others = {
            cache_key([b, a], {"size": 1}),
            cache_key([a], {"size": 1}),
            cache_key([a, b], {}),
        }
        assert len(others | {key}) == 4

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot read .*none.tsv"):
            cache_key([tmp_path / "none.tsv"], {})
