"""Hostile translators: each is refused in one line or harmless, and no other file is read.

20 cases of the normal suite, in at most 8 seconds; `-m hostile` runs 1,300.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.modeling import translator_file
from tests.hostile import translators
from tests.hostile.isolation import Outcome, run_isolated

SENTENCE = "고양이가 집에서 2024번 웃습니다! 😀 강아지가 www.example.org에서 잡니다."
# Python's own files and those of installed packages, such as the list of abbreviations of NLTK.
_PROGRAM = {os.path.realpath(path) for path in (ROOT, sys.prefix, *sysconfig.get_paths().values())}
_PROGRAM |= {path for path in map(os.path.realpath, sys.path) if path}


def load_and_translate(path: str) -> str:
    from malgil.modeling.translator import Translator

    [found] = Translator.load(path).translate([SENTENCE])
    assert found.text.isprintable(), found.text
    return found.text


def list_all(directory: str) -> None:
    """Do what the modes doctor and settings do with each translator, version and checkpoint."""
    from malgil.cli.doctor.files import check_translators
    from malgil.settings import from_dict, load

    settings = load(overrides=[f"translator.directory={directory}", "translator.name=a"])
    for found in check_translators(settings):
        assert found.name.partition(" ")[2] in ("a", "b"), found
    for path in Path(directory).rglob("*.safetensors"):
        with contextlib.suppress(UserError):
            from_dict(translator_file.load_settings(path)[0])


def faults(path: Path, outcome: Outcome) -> str:
    """Return what must not happen with any translator; "" if nothing did."""
    others = [name for name in outcome.opened if not _is_of_program(name) and name != str(path)]
    return outcome.fault() or (f"opened {others}" if others else "")


def _is_of_program(name: str) -> bool:
    if not Path(name).is_absolute():
        return name.isdecimal()  # a descriptor
    whole = os.path.realpath(name)
    return any(whole.startswith(f"{folder}{os.sep}") for folder in _PROGRAM)


def run(path: Path, seeds: Iterable[int], kind: str) -> Counter[str]:
    """Run the cases of some seeds. Fails at the end with all faults, by seed."""
    counts: Counter[str] = Counter()
    found = {}
    for seed in seeds:
        if kind == "mutated":
            bundle = translators.make_model(seed % 4)
            translator_file.save(path, bundle)
            path.write_bytes(translators.mutate(path.read_bytes(), seed))
        else:
            translators.reseal(path, seed)
        outcome = run_isolated(load_and_translate, str(path))
        counts[outcome.kind] += 1
        fault = faults(path, outcome)
        if not fault and kind == "mutated" and outcome.kind != "refused":
            fault = "is not refused"
        if fault:
            found[seed] = fault
    print(kind, dict(counts))
    assert not found, "\n".join(f"{kind} {seed}: {fault}" for seed, fault in found.items())
    return counts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "translator.safetensors"


@pytest.mark.parametrize("number", [0, 1])
def test_valid_ones_translate(path: Path, number: int) -> None:
    """Otherwise all others would be refused for that reason."""
    translator_file.save(path, translators.make_model(number))
    outcome = run_isolated(load_and_translate, str(path))
    assert outcome.kind == "returned" and not faults(path, outcome), outcome


def test_what_is_opened_is_seen(path: Path) -> None:
    outcome = run_isolated(Path.read_bytes, Path("/etc/hostname"))
    assert "opened ['/etc/hostname']" in faults(path, outcome)


def test_a_few_mutated(path: Path) -> None:
    assert run(path, range(4), "mutated").total() == 4


def test_a_few_resealed(path: Path) -> None:
    """One of each kind of change."""
    assert run(path, range(11), "resealed").total() == 11


def run_listings(directory: Path, seeds: Iterable[int]) -> None:
    """Put a translator of each seed in all places of a folder, and list the folder."""
    names = (translator_file.FILE_NAME, translator_file.CANDIDATE_NAME)
    names += (translator_file.CHECKPOINT_NAME, "versions/2026-11-30T190512.safetensors")
    for seed in seeds:
        for name, place in itertools.product("ab", names):
            path = directory / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            translators.reseal(path, seed)
        outcome = run_isolated(list_all, str(directory), seconds=30)  # of eight files
        assert outcome.kind == "returned" and not outcome.fault(30), (seed, outcome)


@pytest.mark.parametrize("seed", [0, 10])
def test_a_few_listings(tmp_path: Path, seed: int) -> None:
    run_listings(tmp_path, [seed])


@pytest.mark.hostile
def test_listings(tmp_path: Path) -> None:
    """Settings, metrics, sections and other metadata."""
    run_listings(tmp_path, [seed for seed in range(90) if seed % 15 in (0, 10, 11, 12)])


@pytest.mark.hostile
@pytest.mark.parametrize("part", range(10))
def test_mutated(path: Path, part: int) -> None:
    assert run(path, range(100 * part, 100 * part + 100), "mutated")["refused"] == 100


@pytest.mark.hostile
@pytest.mark.parametrize("part", range(10))
def test_resealed(path: Path, part: int) -> None:
    counts = run(path, range(30 * part, 30 * part + 30), "resealed")
    assert counts["refused"] > 5 and counts.total() == 30
