"""Fuzz targets of the files that the program keeps: translators, checkpoints, caches, records."""

from __future__ import annotations

import functools
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from malgil.cli import keras_backend
from malgil.cli.comparison_record import ComparisonRecord
from malgil.cli.resumable_output import resumable
from malgil.common.errors import UserError
from malgil.common.locks import exclusive, lock_path
from malgil.evaluation.comparison import LengthScore, SetResult, SystemResult
from malgil.modeling import tensor_file, translator_file
from malgil.modeling.training_record import TrainingRecord, time_of
from malgil.modeling.translator_file import Bundle
from malgil.preprocessing.corpus.download.record import DownloadRecord, read_record, record_path
from malgil.preprocessing.corpus.download.transfer import read_state, resumable_bytes, state_path
from malgil.preprocessing.dataset import cache
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.ragged import RaggedArray
from malgil.preprocessing.dataset.validation_set import ValidationSet
from malgil.preprocessing.text.subword import Subword
from malgil.settings import Settings, from_dict
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target

_JSON_TOKENS = [
    *[
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "null",
        "true",
        "-1",
        "1e999",
        "NaN",
        "Infinity",
        "0.5",
        '"x"',
        "[]",
        "{}",
        "18446744073709551616",
    ],
    *["\\ud800", '"__metadata__"', '"dtype"', '"shape"', '"F32"'],
    *("[" * 3000, "9" * 5000),
]


def _written(name: str, content: str | bytes) -> Path:
    path = Path(name)
    path.write_bytes(
        content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    )
    return path


@functools.cache
def _metrics() -> dict[str, Any]:
    record = TrainingRecord("id", None, 1.5, ValidationSet("abc", 100))
    return {
        **record.to_metrics({"epoch": 1, "val_loss_per_character": 1.5}),
        "trained_at": "2026-11-30T19:05:12Z",
    }


@functools.cache
def _translator() -> bytes:
    bundle = Bundle(
        Settings().to_dict(),
        {"source": b"abc", "target": b"defg"},
        {"a/b": np.arange(6, dtype=np.float32).reshape(2, 3), "c": np.float32(1.5)},
        _metrics(),
        {"tokens": np.arange(4, dtype=np.int32)},
    )
    path = Path("honest.safetensors")
    translator_file.save(path, bundle)
    return path.read_bytes()


@target(lambda: mutated([_translator()], [b'"', b"{", b"}", b"0", b"F64", b"\0" * 8]))
def translator_bytes(content: bytes) -> None:
    """Check that a file with any change is refused."""
    path = _written("a.safetensors", content)
    if content != _translator():
        try:
            translator_file.load(path)
        except UserError:
            return
        raise AssertionError("a changed file was accepted")


def _sealed(header: str, arrays: bytes) -> bytes:
    """Return a file with right sizes and checksums around any header, from its sixth entry on."""
    import hashlib

    rest = header.encode("utf-8", "surrogatepass")
    rest += b" " * (-(len(tensor_file._start(0, 0, "0" * 64)) + len(rest)) % 8)
    digest = hashlib.sha256(rest + arrays).hexdigest()
    fixed = len(tensor_file._start(0, 0, digest))
    total = fixed + len(rest) + len(arrays)
    return tensor_file._start(fixed - 8 + len(rest), total, digest) + rest + arrays


@functools.cache
def _header() -> str:
    content = _translator()
    end = 8 + int.from_bytes(content[:8], "little")
    return content[len(tensor_file._start(0, 0, "0" * 64)) : end].decode()


@target(lambda: st.tuples(mutated([_header()], _JSON_TOKENS), st.integers(0, 60)))
def sealed_translator(example: tuple[str, int]) -> None:
    """Check that a changed header with right checksums is refused, or describes the arrays."""
    header, size = example
    path = _written("b.safetensors", _sealed(header, bytes(size)))
    try:
        bundle = translator_file.load(path)
    finally:
        for read in (translator_file.load_metrics, translator_file.load_settings, time_of):
            _allowing(UserError, lambda read=read: read(path))  # type: ignore[misc]
    sizes = [array.nbytes for array in (*bundle.weights.values(), *bundle.shortlist.values())]
    assert sum(sizes) + sum(map(len, bundle.subword.values())) == size
    TrainingRecord.from_metrics(bundle.metrics)
    from_dict(bundle.settings)


@functools.cache
def _subword_model() -> bytes:
    counts = {f"▁{word}": 3 for word in ("안녕하세요", "학생", "hello", "students", "!")}
    return Subword.train(counts, "bpe", 60).model


@target(lambda: mutated([_subword_model()], [b"\0", b"\xff", b"<0x41>", b"<0xZZ>", b"\n\x08"]))
def subword_model(content: bytes) -> None:
    """Check that a changed subword model is refused, or converts texts to ids that it has."""
    model = Subword(content)
    ids = model.encode(["▁안녕", "▁hello", "", "▁", "\0"])
    assert all(0 <= each < len(model) for each in ids)
    model.decode([*ids, *range(len(model))])


def _allowing(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return


@target(lambda: mutated([json.dumps(_metrics())], _JSON_TOKENS))
def training_metrics(text: str) -> None:
    """Check that facts about a training are read, or unknown."""
    metrics = json.loads(text) if _is_object(text) else {}
    record = TrainingRecord.from_metrics(metrics)
    assert record.loss is None or math.isfinite(record.loss)
    assert not record.is_better_than(TrainingRecord())


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


@functools.cache
def _state() -> str:
    import malgil.modeling.training.checkpoint  # noqa: F401 -- takes longer than an input may

    return json.dumps(
        {
            "epoch": 3, "batch": 5, "seconds": 12.5, "best_loss": 1.25, "tokens": 1000,
            "epochs_without_improvement": 1, "nll_sum": 10.5, "epoch_seconds": 2.5,
            "history": [{"epoch": 1, "loss": 2.0, "val_loss": 1.5}], "corpus": "ab",
            "validation": "cd", "learning_rate": 0.001, "threads": 1, "is_finished": False,
            "training_id": "x", "overwrites": False,
        }
    )  # fmt: skip


@target(lambda: mutated([_state()], [*_JSON_TOKENS, '"history"', '"epoch"']))
def checkpoint_state(text: str) -> None:
    """Check that the state of a training has the types that it is declared with, or is refused."""
    from malgil.modeling.training import checkpoint

    if not _is_object(text):
        return
    settings = Settings()
    metrics = {"state": json.loads(text)}
    path = Path("checkpoint.safetensors")
    translator_file.save(path, Bundle(settings.to_dict(), {}, {}, metrics))
    _stored, state = checkpoint.load(path, settings)
    assert type(state.epoch) is type(state.batch) is type(state.tokens) is int
    assert all(isinstance(value, (int, float)) for row in state.history for value in row.values())
    assert math.isfinite(state.seconds + state.nll_sum + state.learning_rate)
    assert isinstance(state.corpus + state.validation + state.training_id, str)


@functools.cache
def _cache_file() -> bytes:
    rows = RaggedArray.of([[1, 2, 3], [4]])
    corpus = CachedCorpus(
        {"source": b"abc", "target": b"de"},
        ["2 pairs"],
        (rows, rows),
        (rows, rows),
        ValidationSet("abc", 10),
    )
    folder = Path("honest")
    cache.save(folder, "key", corpus)
    content = cache.cache_path(folder, "key").read_bytes()
    shutil.rmtree(folder)
    return content


@target(
    lambda: mutated([_cache_file()], [b"TREE", b"HEAP", b"SNOD", b"OHDR", b"\0" * 8, b"\xff" * 8])
)
def cache_bytes(content: bytes) -> None:
    """Check that a changed cache file has the ids that were stored, or does not count."""
    folder = Path("cache")
    folder.mkdir(exist_ok=True)
    cache.cache_path(folder, "key").write_bytes(content)
    found = cache.load(folder, "key")
    if found is not None:
        assert [list(row) for row in found.train[0]] == [[1, 2, 3], [4]]
        found.fingerprint()


@target(
    lambda: st.tuples(
        mutated(['["2 pairs"]'], _JSON_TOKENS),
        mutated(['["abc", 10]'], _JSON_TOKENS),
        st.sampled_from(["float64", "int32", "S4", "bool", "int8"]),
        st.lists(st.integers(-3, 1 << 31), max_size=3),
    )
)
def cache_contents(example: tuple[str, str, str, list[int]]) -> None:
    """Check that a cache file of another structure does not count, in spite of its checksums."""
    import h5py

    summary, validation, dtype, lengths = example
    folder = Path("caches")
    folder.mkdir(exist_ok=True)
    path = cache.cache_path(folder, "key")
    path.write_bytes(_cache_file())
    with h5py.File(path, "r+") as file:
        file.attrs["summary"] = summary.encode("utf-8", "replace").replace(b"\0", b"")
        for name, array in (
            ("validation", np.frombuffer(validation.encode("utf-8", "replace"), np.uint8)),
            ("train/source/lengths", np.array(lengths).astype(dtype)),
        ):
            del file[name]
            cache._store(file, name, array)
    found = cache.load(folder, "key")
    if found is not None:
        assert all(isinstance(line, str) for line in found.summary)
        assert isinstance(found.validation.fingerprint, str)
        assert isinstance(found.validation.characters, int)
        assert sum(found.train[0].lengths) == len(found.train[0].flat)
        found.fingerprint()


_RECORD = json.dumps({"url": "https://a/b.zip", "size": 5, "sha256": "ab", "date": "2026-11-30"})
_STATE = json.dumps({"url": "https://a/b.zip", "size": 5, "validator": '"etag"'})


@target(lambda: mutated([_RECORD, _STATE], _JSON_TOKENS))
def download_records(text: str) -> None:
    """Check that the record of a download is read or refused, and the state of a part too."""
    path = Path("b.zip")
    _written(state_path(path).name, text)
    _written("b.zip.part", b"abc")
    state = read_state(path)
    assert state is None or (type(state.size) is int and isinstance(state.validator, str))
    assert resumable_bytes(path) in (0, 3)
    _written(record_path(path).name, text)
    record = read_record(path)
    assert isinstance(record, DownloadRecord)
    assert type(record.size) is int


@target(
    lambda: mutated(
        [json.dumps({"key": "k", "done": 1, "size": 2})], [*_JSON_TOKENS, '"key"', '"done"', "2.0"]
    )
)
def resumable_record(text: str) -> None:
    """Check that an unfinished output is continued where its record says, or refused."""
    _written("out.txt.part", b"a\nb\n")
    _written("out.txt.part.json", text)
    with resumable("out.txt", "k", resume=True) as file:
        assert type(file.done) is int
        assert file.done >= 0


@functools.cache
def _compared() -> str:
    length = LengthScore(1, 5, 10, 20.5)
    scores = SetResult("test", 20.5, 40.5, "sig", (length,), 41.0, 60.0, translations=("a", "b"))
    result = SystemResult("x", parameters=5, history=[{"loss": 2.0}], tests=(scores,)).to_dict()
    settings = json.loads(json.dumps(Settings().to_dict()))
    return json.dumps({"settings": settings, "files": {"a": "b"}, "result": result})


@target(lambda: mutated([_compared()], _JSON_TOKENS, edits=3))
def comparison_record(text: str) -> None:
    """Check that the record of a system is read, or does not count."""
    record = ComparisonRecord(Path(), Settings(), {"a": "b"})
    path = record._path
    path.parent.mkdir(exist_ok=True)
    _written(str(path), text)
    _begun, result = record.read()
    assert result is None or isinstance(result, SystemResult)


@target(
    lambda: mutated([json.dumps({"host": "h", "process": 12345678, "started": "x"})], _JSON_TOKENS)
)
def lock_file(text: str) -> None:
    """Check that a lock file with any content is taken over, or names its holder."""
    path = Path("locked")
    _written(str(lock_path(path)), text)
    try:
        with exclusive(path):
            pass
        assert not lock_path(path).exists()
    finally:
        lock_path(path).unlink(missing_ok=True)


@target(lambda: mutated([json.dumps({"backend": "jax", "floatx": "float32"})], _JSON_TOKENS))
def keras_configuration(text: str) -> None:
    import os

    _written("keras.json", text)
    before = {name: os.environ.pop(name, None) for name in ("KERAS_HOME", "KERAS_BACKEND")}
    os.environ["KERAS_HOME"] = str(Path().absolute())
    try:
        assert isinstance(keras_backend.chosen_backend()[0], str)
    finally:
        del os.environ["KERAS_HOME"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
