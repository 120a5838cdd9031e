"""The pairs that ship: two columns of clean text, and nothing of valid or test in train."""

from __future__ import annotations

import itertools
import re
import unicodedata

import pytest

from malgil.common.locations import ROOT
from malgil.preprocessing.text.normalization import normalize
from tools.handwritten_corpus.frames import repeated_frames

DATA = ROOT / "data"
SPLITS = ("train", "valid", "test")
PARTS = [
    (kind, split) for kind in ("handwritten", "everyday", "composed", "details") for split in SPLITS
]
MAX_PHRASE_WORDS = 5
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")

Rows = list[list[str]]


def read(kind: str, split: str) -> Rows:
    # No splitlines: it would also split at characters that no line may hold.
    text = (DATA / kind / f"{split}.tsv").read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return [line.split("\t") for line in text[:-1].split("\n")]


@pytest.fixture(scope="module")
def parts() -> dict[tuple[str, str], Rows]:
    """Read the rows of every file that is included."""
    return {part: read(*part) for part in PARTS}


def fold(text: str) -> str:
    """Return a sentence in lower case, without punctuation and spaces."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in text if character.isalnum())


def test_folding() -> None:
    assert fold(" Don't  go, KIM! ") == fold("dont go kim.") == "dontgokim"
    assert fold("밥을 먹었어요?") == fold("밥을먹었어요.") != fold("밥을 먹었어.")


@pytest.mark.parametrize("part", PARTS, ids="-".join)
class TestEachFile:
    def test_two_columns_of_clean_text(self, parts: dict, part: tuple[str, str]) -> None:
        for row in parts[part]:
            assert len(row) == 2, row
            assert row == [normalize(text) for text in row]
            assert all(unicodedata.is_normalized("NFC", text) and text for text in row)

    def test_korean_on_the_left_english_on_the_right(self, parts: dict, part: tuple) -> None:
        for source, target in parts[part]:
            assert HANGUL.search(source), source
            assert re.search("[A-Za-z]", target) and not HANGUL.search(target), target

    def test_each_sentence_ends(self, parts: dict, part: tuple[str, str]) -> None:
        """Words and phrases, such as 사과 and apple, have no mark on either side."""
        for row in parts[part]:
            has_end = [bool(re.search("[.?!…]['\"’”)]?$", text)) for text in row]
            is_phrase = not any(has_end) and len(row[0].split()) <= MAX_PHRASE_WORDS
            assert all(has_end) or is_phrase, row

    def test_no_pair_twice(self, parts: dict, part: tuple[str, str]) -> None:
        folded = [tuple(map(fold, row)) for row in parts[part]]
        assert len(set(folded)) == len(folded)


@pytest.mark.parametrize(
    ("held_out", "other"),
    [pair for pair in itertools.permutations(PARTS, 2) if pair[0][1] != "train"],
)
@pytest.mark.parametrize("side", [0, 1], ids=["Korean", "English"])
def test_no_sentence_of_valid_or_test_is_elsewhere(
    parts: dict, held_out: tuple[str, str], other: tuple[str, str], side: int
) -> None:
    known = {fold(row[side]) for row in parts[other]}
    assert [row for row in parts[held_out] if fold(row[side]) in known] == []


def test_enough_is_written_by_hand(parts: dict) -> None:
    train = len(parts["handwritten", "train"]) + len(parts["everyday", "train"])
    assert train >= 12_000


@pytest.mark.parametrize("kind", ["handwritten", "everyday", "composed", "details"])
def test_the_counts_of_the_readme(parts: dict, kind: str) -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| `{kind}/\*\.tsv` \| (.*?) \|[^|]*\|$", readme, re.MULTILINE)
    told = [int(count.replace(",", "")) for count in row.split(" | ")]
    assert told == [len(parts[kind, split]) for split in SPLITS]


def test_handwritten_sentences_are_no_templates(parts: dict) -> None:
    """Without their nouns, names and numbers, at most three sentences are the same."""
    rows = parts["handwritten", "train"] + parts["everyday", "train"]
    assert repeated_frames(source for source, _target in rows) == {}
