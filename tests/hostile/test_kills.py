"""`kill -9` at random moments: the next run ends in the bytes of one that was not disturbed.

`-m hostile` kills 100 times: 12 trainings, 36 predictions into a file, 28 downloads and 24
preparations of a corpus. Three kills at a known moment are in the normal suite.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil.modeling import translator_file
from malgil.modeling.versions import list_versions
from malgil.preprocessing.dataset.prepare import prepare
from malgil.settings import load
from tests import web as site
from tests.hostile.commands import CACHE, DOWNLOAD, TRAIN, Command, contents, predict
from tests.web import Web, serving

EVERY_BATCH = "training.checkpoint_minutes=0"
BODY = site.zip_of(5, 1_000_000)


def killed_at_random(
    count: int, seed: int, start: Callable[[], Command], path: Path, renew: Callable[[], None]
) -> int:
    """Kill a command at random moments of its work, and run it to its end after the last one.

    Args:
        count: The number of kills.
        seed: Of the random moments.
        start: Starts the command, which continues an earlier one.
        path: What the command locks while it works.
        renew: Called when the command has ended before it could be killed.

    Returns:
        The number of kills while it worked; the others were at its very beginning or end.
    """
    moments = random.Random(seed)
    begin = time.monotonic()
    first = start()
    first.wait_for_work(path)
    work = time.monotonic()
    first.succeed()
    before, during = work - begin, time.monotonic() - work
    renew()
    kills = at_work = 0
    while kills < count:
        command = start()
        if moments.random() < 0.1:  # while it gets ready
            time.sleep(moments.uniform(0, before))
            is_at_work = False
        else:
            is_at_work = command.wait_for_work(path)
            time.sleep(moments.uniform(0, during))
        if command.kill():
            kills += 1
            at_work += is_at_work
        else:
            renew()
            during *= 0.8  # the machine was busier when it was measured
    return at_work


def begun_output(output: Path) -> tuple[str, ...]:
    """Return the options of a run that follows a killed one."""
    if output.exists():
        return ("--overwrite",)
    is_begun = all(output.with_name(output.name + end).exists() for end in (".part", ".part.json"))
    return ("--resume",) if is_begun else ()


class TestPrediction:
    def test_after_the_first_lines(
        self, translator_folder: Path, long_input: Path, undisturbed: bytes, tmp_path: Path
    ) -> None:
        """A fresh run says what there is, and --resume continues."""
        folder = tmp_path / "out"
        folder.mkdir()
        path = folder / "out.txt"
        arguments = predict(translator_folder, long_input, path)
        command = Command(*arguments)
        command.wait_until((folder / "out.txt.part.json").exists)
        assert command.kill()
        before = contents(folder)
        status, _out, err = Command(*arguments).finish()
        assert status == 2 and "an earlier run was interrupted" in err and err.count("\n") == 1
        kept = {name: value for name, value in before.items() if not name.startswith(".")}
        assert contents(folder) == kept
        Command(*arguments, "--resume").succeed()
        assert contents(folder) == {"out.txt": undisturbed}

    @pytest.mark.hostile
    def test_at_random_moments(
        self, translator_folder: Path, long_input: Path, undisturbed: bytes, tmp_path: Path
    ) -> None:
        folder = tmp_path / "out"
        folder.mkdir()
        path = folder / "out.txt"

        def start() -> Command:
            return Command(*predict(translator_folder, long_input, path, *begun_output(path)))

        def renew() -> None:
            assert path.read_bytes() == undisturbed
            path.unlink()

        assert killed_at_random(36, 1, start, path, renew) >= 24
        start().succeed()
        assert contents(folder) == {"out.txt": undisturbed}


class TestDownload:
    @pytest.fixture
    def web(self) -> Iterator[Web]:
        """Return a server that sends a megabyte in about a second."""
        with serving() as server:
            whole = site.file(BODY)

            def behave(request: Any) -> None:
                write = request.wfile.write

                def slowly(content: bytes) -> None:
                    for begin in range(0, len(content), 20_000):
                        write(content[begin : begin + 20_000])
                        time.sleep(0.02)

                request.wfile.write = slowly
                whole(request)

            server.script = [behave]
            yield server

    @pytest.mark.parametrize(
        "count", [1, pytest.param(28, marks=pytest.mark.hostile)], ids=["once", "at random"]
    )
    def test_continues(self, web: Web, tmp_path: Path, count: int) -> None:
        path = tmp_path / "mine" / "file.zip"
        arguments = ("-c", DOWNLOAD, web.url(), tmp_path)

        def renew() -> None:
            assert path.read_bytes() == BODY
            path.unlink()

        if count == 1:
            command = Command(*arguments)
            part = path.with_name("file.zip.part")
            command.wait_until(lambda: part.exists() and part.stat().st_size > 100_000)
            assert command.kill()
        else:
            at_work = killed_at_random(count, 2, lambda: Command(*arguments), path, renew)
            assert at_work >= count / 2
        Command(*arguments).succeed()
        assert contents(path.parent).keys() == {"file.zip", "file.zip.json"}
        assert path.read_bytes() == BODY
        if count == 1:
            assert web.requests[-1][1]["Range"], "it went on"


class TestCaching:
    @pytest.fixture
    def cache(self, tmp_path: Path) -> Path:
        return tmp_path / "cache"

    def test_while_the_corpus_is_read(self, caching: list[str], cache: Path) -> None:
        arguments = ("-c", CACHE, *caching)
        command = Command(*arguments)
        command.wait_until(lambda: list(cache.glob(".*.h5.lock")))
        assert command.kill(signal.SIGTERM)
        [lock] = cache.glob(".*.lock")
        [fingerprint, *_more] = Command(*arguments).succeed().split()
        assert [path.suffix for path in cache.iterdir()] == [".h5"] and not lock.exists()
        corpus = prepare(load(overrides=caching), lambda *_: None)
        assert corpus.fingerprint() == fingerprint and len(corpus.train[0]) == 1500

    @pytest.mark.hostile
    def test_at_random_moments(self, caching: list[str], cache: Path) -> None:
        arguments = ("-c", CACHE, *caching)
        expected = Command(*arguments).succeed()
        [path] = cache.iterdir()

        def renew() -> None:
            assert Command(*arguments).succeed() == expected
            path.unlink()

        renew()
        assert killed_at_random(24, 3, lambda: Command(*arguments), path, renew) >= 12
        assert Command(*arguments).succeed() == expected
        assert [each.name for each in cache.iterdir()] == [path.name]


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("count", "seed", "more"), [(6, 4, (EVERY_BATCH,)), (6, 5, ())], ids=["batches", "epochs"]
)
def test_training(
    training: Any, outcome: Any, tmp_path: Path, count: int, seed: int, more: tuple
) -> None:
    """With a checkpoint after each batch, and with those after validations alone."""
    expected, folder = tmp_path / "undisturbed" / "tiny", tmp_path / "killed" / "tiny"
    Command("-c", TRAIN, "begin", *training(expected.parent, *more)).succeed()
    wanted = outcome(expected)

    def start() -> Command:
        how = "resume" if (folder / translator_file.CHECKPOINT_NAME).exists() else "begin"
        return Command("-c", TRAIN, how, *training(folder.parent, *more))

    def renew() -> None:
        assert outcome(folder) == wanted
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()

    assert killed_at_random(count, seed, start, folder, renew) >= count // 2
    start().succeed()
    assert outcome(folder) == wanted
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]
    # A run that begins anew after a kill does not count as another training.
    assert not list_versions(folder) and not (folder / translator_file.CANDIDATE_NAME).exists()
