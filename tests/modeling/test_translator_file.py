"""The file of a translator: bit-exact, and written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import malgil
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.modeling import tensor_file, translator_file
from malgil.modeling.translator_file import (
    Bundle,
    assign_weights,
    load,
    load_metrics,
    named_weights,
    save,
)
from malgil.settings import DecodingOptions, from_dict
from malgil.settings import load as load_settings

SETTINGS = {"translator": {"name": "한국어-영어 ✓"}, "data": {"train": ["말뭉치.tsv", "caf\udce9"]}}


def make_bundle() -> Bundle:
    random = np.random.default_rng(5)
    weights: dict[str, Any] = {
        "model/encoder/embedding": random.normal(size=(7, 3)).astype(np.float32),
        "model/encoder/kernel": random.normal(size=(3, 1, 5)).astype(np.float32),
        "model/empty": np.zeros((2, 0, 3), np.float32),
        "model/scalar": np.float32(0.1),
        "model/한글": np.array([-0.0, np.inf, -np.inf, np.nan, 1e-45, 3.4e38], np.float32),
        "random/state": np.array([2**63, 7], np.uint64),
        "iterations": np.int64(-3),
        "half": np.array([1 / 3], np.float16),
    }
    subword = {"source": bytes(range(256)) * 3, "target": b"\0\0nothing but bytes\0"}
    return Bundle(SETTINGS, subword, weights, {"loss": 0.1, "history": [{"가": 1e-300}]})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a valid file."""
    path = tmp_path_factory.mktemp("bundle") / "translator.safetensors"
    save(path, make_bundle())
    return path.read_bytes()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class TestRoundTrip:
    def test_is_bit_exact(self, whole: bytes, tmp_path: Path) -> None:
        path, expected = tmp_path / "a.safetensors", make_bundle()
        path.write_bytes(whole)
        found = load(path)
        assert found.settings == expected.settings
        assert found.metrics == expected.metrics
        assert found.subword == expected.subword
        assert found.weights.keys() == expected.weights.keys()
        for name, array in expected.weights.items():
            assert found.weights[name].dtype == array.dtype, name
            assert found.weights[name].shape == array.shape, name
            assert found.weights[name].tobytes() == array.tobytes(), name

    def test_the_layout_is_the_documented_one(self, whole: bytes) -> None:
        """Read as the format safetensors is described, without this program."""
        size = int.from_bytes(whole[:8], "little")
        assert (8 + size) % 8 == 0 and whole[8:9] == b"{"
        header = json.loads(whole[8 : 8 + size])
        metadata = header.pop("__metadata__")
        content = whole[8 + size :]
        names = ["format", "version", "bytes", "sha256", "start", "settings", "metrics"]
        names += ["malgil_version", "quantization"]
        assert list(metadata) == names and all(isinstance(v, str) for v in metadata.values())
        assert (metadata["format"], metadata["version"]) == ("malgil translator", "2")
        assert int(metadata["bytes"]) == len(whole)
        start = whole.index(b'"start":"') + 9
        assert int(metadata["start"], 16) == zlib.crc32(whole[:start])
        assert metadata["sha256"] == hashlib.sha256(whole[start + 9 :]).hexdigest()
        assert json.loads(metadata["settings"]) == SETTINGS
        assert metadata["malgil_version"] == malgil.__version__
        places = sorted(entry["data_offsets"] for entry in header.values())
        assert [begin for begin, _ in places] == [0, *(end for _, end in places[:-1])]
        assert places[-1][1] == len(content)
        types = {"F32": "<f4", "F16": "<f2", "U8": "|u1", "U64": "<u8", "I64": "<i8"}
        bundle = make_bundle()
        expected = {f"weights/{name}": array for name, array in bundle.weights.items()}
        assert set(header) == {*expected, "subword/source", "subword/target"}
        for name, array in expected.items():
            begin, end = header[name]["data_offsets"]
            dtype = np.dtype(types[header[name]["dtype"]])
            assert begin % dtype.itemsize == 0, "an array lies at a multiple of its numbers' size"
            found = np.frombuffer(content[begin:end], dtype).reshape(header[name]["shape"])
            assert found.tobytes() == np.asarray(array).tobytes()

    def test_the_library_reads_it(self, whole: bytes, tmp_path: Path) -> None:
        """Hugging Face's own reader of the format agrees, value by value."""
        (tmp_path / "t.safetensors").write_bytes(whole)
        stored = load(tmp_path / "t.safetensors").weights
        found = load_file(tmp_path / "t.safetensors")
        for name, weights in stored.items():
            [same] = [found[key] for key in found if key.endswith(name)]
            assert same.dtype == weights.dtype and same.shape == weights.shape
            assert same.tobytes() == weights.tobytes()

    def test_the_version_of_the_program(self, tmp_path: Path) -> None:
        """It stays that of the training if another version adds to the file."""
        save(tmp_path / "a.safetensors", Bundle({}, {}, {}, program_version="0.1.9"))
        assert load(tmp_path / "a.safetensors").program_version == "0.1.9"
        assert Bundle({}, {}, {}).program_version == malgil.__version__

    def test_the_version_in_a_file_of_an_earlier_version(self, tmp_path: Path) -> None:
        tensor_file.write(tmp_path / "a.safetensors", {"settings": "{}", "metrics": "{}"}, {})
        assert load(tmp_path / "a.safetensors").program_version == ""

    def test_metrics_alone(self, whole: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.safetensors").write_bytes(whole)
        assert load_metrics(tmp_path / "a.safetensors") == make_bundle().metrics

    def test_what_is_no_number_cannot_be_saved(self, tmp_path: Path) -> None:
        for array in (np.array(["text"]), np.array([1j]), np.array([None]), np.array([True])):
            with pytest.raises(ValueError, match="not an array of numbers"):
                save(tmp_path / "a.safetensors", Bundle({}, {}, {"a": array}))
        assert names(tmp_path) == []

    def test_empty(self, tmp_path: Path) -> None:
        save(tmp_path / "a.safetensors", Bundle({}, {}, {}))
        assert load(tmp_path / "a.safetensors") == Bundle({}, {}, {}, {})

    def test_a_long_history(self, tmp_path: Path) -> None:
        history = [{"epoch": float(i), "loss": i / 7} for i in range(10_000)]
        save(tmp_path / "a.safetensors", Bundle({}, {}, {}, {"history": history}))
        assert load(tmp_path / "a.safetensors").metrics == {"history": history}

    def test_settings_come_back(self, tmp_path: Path) -> None:
        settings = load_settings(overrides=["translator.name=말길", "model.dropout=0.1"])
        save(tmp_path / "a.safetensors", Bundle(settings.to_dict(), {}, {}))
        assert from_dict(load(tmp_path / "a.safetensors").settings) == settings

    def test_a_translator_of_an_earlier_version_has_spaces_in_its_sources(
        self, tmp_path: Path
    ) -> None:
        sections = load_settings().to_dict()
        del sections["preprocessing"]["ignore_spaces"]
        path = tmp_path / "a.safetensors"
        save(path, Bundle(sections, {}, {}))
        for found in (load(path).settings, translator_file.load_settings(path)[0]):
            assert not from_dict(found).preprocessing.ignores_source_spaces
        assert load_settings().preprocessing.ignores_source_spaces

    def test_another_process_translates_to_the_letter(
        self, translator: Any, translator_folder: Path, tiny_pairs: list[tuple[str, str]]
    ) -> None:
        texts = [source for source, _ in tiny_pairs] + ["처음 보는 문장 🙂 입니다.", "zxq 12 개"]
        texts += ["집에서 책을 " * i for i in range(1, 9)]
        options = ["--set", f"translator.directory={translator_folder.parent}"]
        options += ["--set", f"translator.name={translator_folder.name}"]
        options += ["--set", "inference.beam_size=3", "--set", "inference.batch_size=5"]
        ended = subprocess.run(
            [sys.executable, "app.py", "--mode", "predict", *options],
            input="".join(f"{text}\n" for text in texts),
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        assert ended.stdout.splitlines() == [t.text for t in translator.translate(texts)]
        assert len(set(ended.stdout.splitlines())) > 5


class TestAtomic:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        save(tmp_path / "a.safetensors", Bundle({"old": {}}, {}, {}))
        return tmp_path / "a.safetensors"

    @pytest.mark.parametrize("place", ["os.fsync", "os.replace"])
    @pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
    def test_failure_leaves_the_old_file(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, place: str, fault: BaseException
    ) -> None:
        def fail(*_: object) -> None:
            raise fault

        monkeypatch.setattr(place, fail)
        expected = UserError if isinstance(fault, OSError) else KeyboardInterrupt
        with pytest.raises(expected):
            save(path, make_bundle())
        monkeypatch.undo()
        assert load(path).settings == {"old": {}}
        assert names(path.parent) == ["a.safetensors"]

    def test_failure_in_the_middle_of_the_content(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = tensor_file.write_atomically

        @contextlib.contextmanager
        def failing(path: Path) -> Iterator[Any]:
            with real(path) as file:
                write = file.write

                def fail_later(part: bytes) -> int:
                    assert len(names(path.parent)) == 2  # the temporary file is there
                    if len(part) == 84:  # the largest weight
                        raise OSError(28, "No space left on device")
                    return write(part)

                yield SimpleNamespace(write=fail_later)

        monkeypatch.setattr(tensor_file, "write_atomically", failing)
        with pytest.raises(UserError, match="No space left on device. Free some space"):
            save(path, make_bundle())
        assert load(path).settings == {"old": {}}
        assert names(path.parent) == ["a.safetensors"]

    def test_failure_to_build_the_content(self, path: Path) -> None:
        with pytest.raises(TypeError):
            save(path, Bundle({}, {}, {}, {"loss": object()}))
        assert load(path).settings == {"old": {}}
        assert names(path.parent) == ["a.safetensors"]

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        """Mount a file system of 64 KiB."""
        folder = tmp_path / "disk"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
        try:
            is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            is_mounted = False
        if not is_mounted:
            pytest.skip("mounting a file system takes more rights")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)

    def test_full_disk(self, small_disk: Path) -> None:
        path = small_disk / "a.safetensors"
        save(path, Bundle({"old": {}}, {}, {}))
        large = Bundle({}, {}, {"a": np.zeros(50_000, np.float32)})
        with pytest.raises(UserError, match="No space left on device. Free some space"):
            save(path, large)
        assert load(path).settings == {"old": {}}
        assert names(small_disk) == ["a.safetensors"]


class TestWeights:
    @staticmethod
    def variables(**shapes: tuple[int, ...]) -> list[Any]:
        """Stand-ins for Keras variables."""

        class Variable(SimpleNamespace):
            def assign(self, value: Any) -> None:
                self.value = value

        return [
            Variable(path=path.replace("__", "/"), shape=shape, value=np.full(shape, i + 0.5))
            for i, (path, shape) in enumerate(shapes.items())
        ]

    def test_named(self) -> None:
        named = named_weights(self.variables(a__b=(2, 3), c=()))
        assert {name: array.shape for name, array in named.items()} == {"a/b": (2, 3), "c": ()}
        assert named["a/b"][0, 0] == 0.5 and named["c"] == 1.5

    def test_two_of_one_path_are_refused(self) -> None:
        with pytest.raises(ValueError, match="the same path"):
            named_weights([*self.variables(a=(2,), b=(3,)), *self.variables(a=(2,))])

    def test_assign(self) -> None:
        variables = self.variables(a=(2,), b=(3, 1))
        weights = {"b": np.ones((3, 1)), "a": np.arange(2.0)}
        assign_weights(variables, weights)
        assert variables[0].value is weights["a"] and variables[1].value is weights["b"]

    @pytest.mark.parametrize(
        ("weights", "named"),
        [
            ({"a": (2,)}, "'b'"),
            ({"a": (2,), "b": (3, 1), "c": (1,)}, "'c'"),
            ({"a": (2,), "b": (1, 3)}, "'b'"),
            ({"a": (), "b": (3, 1)}, "'a'"),
            ({}, "'a'"),
        ],
        ids=["missing", "left over", "other shape", "scalar", "none"],
    )
    def test_what_does_not_fit_is_refused(
        self, weights: dict[str, tuple[int, ...]], named: str
    ) -> None:
        variables = self.variables(a=(2,), b=(3, 1))
        arrays = {name: np.zeros(shape) for name, shape in weights.items()}
        with pytest.raises(ValueError, match="[12] weights? differs?") as error:
            assign_weights(variables, arrays)
        assert named in str(error.value)
        assert variables[0].value[0] == 0.5, "nothing may have been assigned"

    @pytest.mark.parametrize("engine", ["onnx", "keras"])
    def test_translator_of_other_settings(
        self, translator_folder: Path, tmp_path: Path, engine: str
    ) -> None:
        from malgil.modeling.translator import Translator

        stored = load(translator_folder / translator_file.FILE_NAME)
        stored.settings["model"]["units"] = 34
        save(tmp_path / translator_file.FILE_NAME, stored)
        with pytest.raises(UserError, match=re.escape("does not fit its own settings")):
            Translator.load(tmp_path, DecodingOptions(engine=engine))
