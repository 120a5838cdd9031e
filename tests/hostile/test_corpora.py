"""Hostile corpora are refused in one line or read, within seconds and 1 GiB of memory.

The time is ten seconds for a small file. A large one may take two seconds more for each MiB, as
its budget allows. Pairs are read one by one, so the first 300,000 of a file suffice.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from malgil.common.files import as_user_error
from malgil.preprocessing.corpus.formats import reading_budget
from malgil.preprocessing.corpus.reader import PairStream
from malgil.settings import DataSettings
from tests.hostile.corpora import HostileCorpus, hostile_corpora
from tests.hostile.isolation import SECONDS, Outcome, run_isolated

MAX_PAIRS = 300_000
SECONDS_PER_MIB = reading_budget.LIMITS.seconds_per_mib
# The normal suite reads these with all sizes and limits divided by 50.
SCALE = 0.02
SCALED = (
    *("unpacked_bytes", "members", "steps", "rows_without_pair", "held_bytes"),
    *("part_tags", "header_bytes"),
)
SAMPLE = (
    *("gz: endless blank lines", "gz: endless a line", "gz: endless lists of JSON"),
    *("gz: endless units of TMX", "gz: endless elements of a unit", "xz: endless blank lines"),
    *("xz: a dictionary of 4 GiB", "bz2: more after the end", "xz: zeros after the end"),
    *("zip: zips of zips of zips", "zip: 400,000 members", "zip: members of the same name"),
    *("tar.gz: pax headers of 60 MB", "tar: a chain of sparse headers", "tar: names of names"),
    *("xlsx: 3 million number formats", "xlsx: 52 million empty texts"),
    *("xlsx: 66 million empty cells in a row", "xlsx: wide rows", "xlsx: tags that do not end"),
    *("json: 70,000 digits", "json: 70,000 digits from a block to the next"),
    *("tmx: the encoding undefined", "tmx: entities of entities", "mo: texts that overlap"),
)


def read(paths: list[str], scale: float) -> int:
    """Read the pairs of files, and return their number."""
    if scale < 1:
        real = reading_budget.ReadingLimits()
        reading_budget.LIMITS = real._replace(
            **{name: int(getattr(real, name) * scale) for name in SCALED}
        )
    with as_user_error(paths[0], "read"):
        pairs = PairStream(paths, DataSettings())
        return sum(1 for _pair in itertools.islice(pairs, MAX_PAIRS))


def outcome_of(corpus: HostileCorpus, folder: Path, scale: float = 1) -> tuple[Outcome, float]:
    """Write a corpus, and read it in a process of its own.

    Returns:
        What became of it, and the seconds that it may take.
    """
    paths, size = [], 0
    for name, content in corpus.make(scale).items():
        size += len(content)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        paths.append(str(path))
    seconds = SECONDS + SECONDS_PER_MIB * (size >> 20)
    return run_isolated(read, paths, scale, seconds=seconds), seconds


def fault(corpus: HostileCorpus, outcome: Outcome, seconds: float, message: str) -> str:
    """Return what must not happen; "" if nothing did.

    Args:
        corpus: The corpus.
        outcome: What became of it.
        seconds: The time that it may take.
        message: A part of the message if it must be refused. On a slow machine, the limit of time
            may be the first that is exceeded.
    """
    if outcome.fault(seconds):
        return outcome.fault(seconds)
    is_expected = message in outcome.message or "seconds of reading" in outcome.message
    is_refused = outcome.kind == "refused" and is_expected
    return "" if is_refused or not corpus.message else f"{outcome.kind}: {outcome.message}"


@pytest.mark.parametrize("name", SAMPLE)
def test_sample(name: str, tmp_path: Path) -> None:
    corpus = hostile_corpora()[name]
    # With limits of other sizes, another of them may be the first that is exceeded.
    assert not fault(corpus, *outcome_of(corpus, tmp_path, SCALE), message="")


@pytest.mark.hostile
@pytest.mark.parametrize("name", hostile_corpora())
def test_all(name: str, tmp_path: Path) -> None:
    corpus = hostile_corpora()[name]
    assert not fault(corpus, *outcome_of(corpus, tmp_path), corpus.message)
