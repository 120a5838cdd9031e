"""Pairs of commands on the same folder at the same time: none gives a wrong result.

`-m hostile` runs 50 pairs: 6 of two trainings, 10 of a training and a translation, 8 of a training
and an evaluation, 14 of two translations into one file, 12 of two preparations of one corpus. Three
pairs are in the normal suite, and a reader within a training.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malgil.modeling import translator_file
from malgil.modeling.versions import list_versions
from tests.hostile.commands import CACHE, TRAIN, Command, contents, evaluate, predict


class TestPredictPredict:
    @pytest.mark.parametrize(
        "count", [1, pytest.param(14, marks=pytest.mark.hostile)], ids=["one pair", "many"]
    )
    def test_one_output(
        self,
        translator_folder: Path,
        long_input: Path,
        undisturbed: bytes,
        tmp_path: Path,
        count: int,
    ) -> None:
        """One translates; the other is refused in any moment, and leaves nothing that blocks."""
        folder = tmp_path / "out"
        moments = random.Random(1)
        for number in range(count):
            folder.mkdir()
            arguments = predict(translator_folder, long_input, folder / "out.txt", "--overwrite")
            first = Command(*arguments)
            if count == 1:
                first.wait_for_work(folder / "out.txt")
            elif number % 2:
                time.sleep(moments.uniform(0, 1))
            second = Command(*arguments)
            results = [command.finish() for command in (first, second)]
            statuses = [status for status, _out, _err in results]
            assert 0 in statuses and set(statuses) <= {0, 2}, results
            for status, out, err in results:
                assert out == ""
                assert status == 0 or (" is in use: process " in err and err.count("\n") == 1)
            assert contents(folder) == {"out.txt": undisturbed}
            shutil.rmtree(folder)


class TestCacheCache:
    @pytest.mark.parametrize(
        "count", [1, pytest.param(12, marks=pytest.mark.hostile)], ids=["one pair", "many"]
    )
    def test_one_corpus(self, caching: list[str], tmp_path: Path, count: int) -> None:
        """The second process waits for the first, and finds its corpus."""
        arguments = ("-c", CACHE, *caching)
        cache = tmp_path / "cache"
        expected = ""
        for number in range(count):
            first = Command(*arguments)
            if count == 1 or number % 2:
                first.wait_until(lambda: list(cache.glob(".*.lock")))
            second = Command(*arguments)
            results = [command.finish() for command in (first, second)]
            assert [status for status, _out, _err in results] == [0, 0], results
            shown = {out for _status, out, _err in results}
            expected = expected or results[0][1]
            assert shown == {expected}
            waited = [err for _status, _out, err in results if "waiting for '" in err]
            assert len(waited) == 1 or count > 1, results
            assert [path.suffix for path in cache.iterdir()] == [".h5"]
            shutil.rmtree(cache)


def test_readers_write_nothing(translator_folder: Path, tmp_path: Path) -> None:
    """Nor do they take the lock: they work in a folder whose lock a training holds."""
    from malgil.common.locks import exclusive
    from malgil.modeling.translator import Translator

    folder = shutil.copytree(translator_folder, tmp_path / "tiny")
    source = tmp_path / "in.txt"
    source.write_text("고양이가 잡니다.\n", encoding="utf-8")

    def state() -> dict[str, tuple[int, ...]]:
        paths = [folder, *folder.rglob("*")]
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    with exclusive(folder):
        before = state()
        [kept] = Translator.load(folder).translate(["고양이가 잡니다."])
        Command(*predict(folder, source, tmp_path / "out.txt")).succeed()
        assert state() == before
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == kept.text + "\n"


def test_loaded_translator_does_not_change(translator_folder: Path, tmp_path: Path) -> None:
    """As at the prompt: a training that replaces the file does not reach it."""
    from malgil.modeling.translator import Translator

    folder = shutil.copytree(translator_folder, tmp_path / "tiny")
    loaded = Translator.load(folder)
    expected = loaded.translate(["고양이가 잡니다."])[0].to_dict()
    path = folder / translator_file.FILE_NAME
    stored = translator_file.load(path)
    stored.weights.update({name: 0 * array for name, array in stored.weights.items()})
    translator_file.save(path, stored)
    assert loaded.translate(["고양이가 잡니다."])[0].to_dict() == expected
    assert loaded.score([("고양이가 잡니다.", "The cat sleeps.")])[0].score < 0
    assert Translator.load(folder).translate(["고양이가 잡니다."])[0].to_dict() != expected


@pytest.mark.hostile
class TestTraining:
    @pytest.fixture(scope="class")
    @staticmethod
    def trained(
        training: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
    ) -> Path:
        """Return a folder with a trained translator, and with its earlier states in `states`."""
        folder = tmp_path_factory.mktemp("undisturbed")
        (folder / "states").mkdir()
        Command("-c", TRAIN, "begin", *training(folder), SNAP=str(folder / "states")).succeed()
        return folder

    @pytest.fixture
    def start(self, training: Callable[..., list[str]], tmp_path: Path) -> Callable[[], Command]:
        """Return a function that begins the same training in `tmp_path/tiny`."""
        return lambda: Command("-c", TRAIN, "begin", *training(tmp_path))

    @pytest.fixture
    def source(self, tiny_corpus: Path) -> Path:
        return tiny_corpus / "valid.tsv"

    def test_train_train(
        self, start: Callable[[], Command], trained: Path, outcome: Any, tmp_path: Path
    ) -> None:
        """One trains, the other is refused; at the end the training can be resumed."""
        folder = tmp_path / "tiny"
        for number in range(6):
            first = start()
            if number % 2:
                first.wait_for_work(folder)
            second = start()
            results = [command.finish() for command in (first, second)]
            assert sorted(status for status, _out, _err in results) == [0, 2], results
            [err] = [err for status, _out, err in results if status == 2]
            assert " is in use: process " in err.splitlines()[-1], err
            assert outcome(folder) == outcome(trained / "tiny")
            assert list_versions(folder) == []
            assert not [path for path in folder.iterdir() if path.name.startswith(".")]
            shutil.rmtree(folder)

    @pytest.mark.parametrize(("read", "count"), [(predict, 10), (evaluate, 8)])
    def test_train_read(
        self,
        start: Callable[[], Command],
        trained: Path,
        outcome: Any,
        tmp_path: Path,
        source: Path,
        read: Callable[..., tuple[str, ...]],
        count: int,
    ) -> None:
        """Each reader uses one of the translators of the training, which ends undisturbed."""
        states = {
            self.translated(read, state, source, tmp_path / f"state-{state.name}")
            for state in [*(trained / "states").iterdir(), trained / "tiny"]
        }
        folder = tmp_path / "tiny"
        done, seen = 0, set()
        while done < count:
            running = start()
            running.wait_until((folder / translator_file.FILE_NAME).exists)
            while running.is_running and done < count:
                seen.add(self.translated(read, folder, source, tmp_path / f"out-{done}"))
                done += running.is_running
            running.succeed()
            assert outcome(folder) == outcome(trained / "tiny")
            assert translator_file.load(folder / translator_file.FILE_NAME).shortlist
            shutil.rmtree(folder)
        assert seen <= states and len(seen) > 1

    @staticmethod
    def translated(
        read: Callable[..., tuple[str, ...]], folder: Path, source: Path, output: Path
    ) -> str:
        """Return the translations that a command writes, without the name of the translator."""
        Command(*read(folder, source, output, *(("--json",) if read is predict else ()))).succeed()
        text = output.read_text(encoding="utf-8")
        output.unlink()
        if read is predict:
            return text
        return "\n".join(line.rpartition("\t")[2] for line in text.splitlines())
