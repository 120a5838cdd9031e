"""Sentences with names and numbers: numerals, romanization, and what is kept out of train."""

from __future__ import annotations

import re
from collections import defaultdict
from random import Random

import pytest

from malgil.common.locations import ROOT
from tools.corpus_generator import compose_details, frames_names, frames_numbers
from tools.corpus_generator.compose import compose
from tools.corpus_generator.composed import Composed
from tools.corpus_generator.conjugation import finish, past
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import load_lexicon, read_table
from tools.corpus_generator.numerals import (
    cardinal,
    mixed,
    native,
    ordinal,
    ordinal_digits,
    sino,
)
from tools.corpus_generator.person_names import NameDraw
from tools.corpus_generator.split import SPLITS

SIZES = {"train": 1_200, "valid": 100, "test": 100}


@pytest.fixture(scope="module")
def parts() -> dict[str, list[Composed]]:
    return compose(5, SIZES, compose_details.FRAMES, compose_details.MIN_WORDS)


@pytest.fixture
def draw() -> Draw:
    return Draw(Random(3), load_lexicon())


class TestNumerals:
    def test_native(self) -> None:
        numbers = (1, 2, 3, 4, 5, 10, 11, 12, 20, 21, 24, 35, 99)
        expected = "한 두 세 네 다섯 열 열한 열두 스무 스물한 스물네 서른다섯 아흔아홉"
        assert " ".join(map(native, numbers)) == expected

    def test_sino(self) -> None:
        numbers = {
            1: "일", 10: "십", 11: "십일", 20: "이십", 100: "백", 111: "백십일", 305: "삼백오",
            1_000: "천", 2_010: "이천십", 10_000: "만", 12_000: "만 이천", 35_000: "삼만 오천",
            110_000: "십일만", 1_234_567: "백이십삼만 사천오백육십칠", 90_000_000: "구천만",
        }  # fmt: skip
        assert {number: sino(number) for number in numbers} == numbers

    def test_mixed(self) -> None:
        found = [mixed(number) for number in (10_000, 12_000, 120_000, 355_000)]
        assert found == ["1만", "1만 2천", "12만", "35만 5천"]

    def test_english(self) -> None:
        assert [cardinal(n) for n in (0, 7, 12, 20, 21, 99)] == [
            "zero", "seven", "twelve", "twenty", "twenty-one", "ninety-nine",
        ]  # fmt: skip
        assert [ordinal(n) for n in (1, 2, 3, 4, 5, 8, 9, 12, 20, 21, 30)] == [
            "first", "second", "third", "fourth", "fifth", "eighth", "ninth", "twelfth",
            "twentieth", "twenty-first", "thirtieth",
        ]  # fmt: skip
        digits = [ordinal_digits(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)]
        assert digits == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 103rd 111th".split()  # noqa: SIM905

    @pytest.mark.parametrize(
        ("function", "number"),
        [(native, 0), (native, 100), (sino, 0), (sino, 10**8), (cardinal, 100), (mixed, 9_000)],
    )
    def test_refused(self, function: object, number: int) -> None:
        with pytest.raises(ValueError, match="Received: "):
            function(number)  # type: ignore[operator]

    def test_predicates_after_digits(self) -> None:
        ends = {"3": "이에요", "5": "예요", "10": "이에요"}
        assert {n: finish(f"{n}이다", "polite").removeprefix(n) for n in ends} == ends
        assert finish("20%이다", "casual") == "20%야"
        assert finish(past("5이다"), "plain") == "5였다"


class TestNames:
    def test_tables_are_romanized_in_latin_letters(self) -> None:
        for table in ("surnames", "name_syllables", "foreign_names"):
            rows = read_table(table)
            assert len({row["korean"] for row in rows}) == len(rows)
            for row in rows:
                assert re.fullmatch("[가-힣]+", row["korean"])
                assert re.fullmatch("[A-Za-zç ]+", row["english"])

    def test_given_names_are_romanized_by_syllable(self) -> None:
        syllables = {row["korean"]: row["english"] for row in read_table("name_syllables")}
        names = NameDraw(Random(1))
        for _ in range(200):
            name = names.given()
            assert name.english == "".join(syllables[one] for one in name.korean).capitalize()

    def test_full_names(self) -> None:
        surnames = {row["english"] for row in read_table("surnames")}
        names = NameDraw(Random(1))
        drawn = [names.full() for _ in range(300)]
        assert all(name.english.split(" ")[0] in surnames for name in drawn)
        assert sum(name.english.startswith(("Kim ", "Lee ", "Park ")) for name in drawn) > 10

    def test_particles_of_foreign_names(self, draw: Draw) -> None:
        """톰이는 is wrong, but 지영이는 is not."""
        foreign = {row["korean"] for row in read_table("foreign_names")}
        pairs = [frames_names.doing(draw) for _ in range(400)]
        words = " ".join(pair.korean for pair in pairs if pair).split()
        assert not [word for word in words if word[:-2] in foreign and word.endswith("이는")]


class TestNumbers:
    def test_every_kind_of_sentence_has_its_fields(self, draw: Draw) -> None:
        kinds = {row["kind"] for row in read_table("number_sentences")}
        known = set(frames_numbers._FIELDS) | {*frames_numbers.COUNTED_KINDS, "count"}
        assert kinds == known
        for _ in range(2_000):
            pair = frames_numbers.numbered(draw)
            assert not re.search(r"[{}\[\]]|\.\.|  ", pair.korean + pair.english), pair

    def test_digits_are_the_same_on_both_sides(self, draw: Draw) -> None:
        for _ in range(1_000):
            pair = frames_numbers.numbered(draw)
            if re.search("[월만천백]|번째|:|once|twice", pair.korean + pair.english):
                continue
            korean, english = (
                sorted(re.findall(r"\d+", text.replace(",", "")))
                for text in (pair.korean, pair.english)
            )
            assert korean == english, pair


class TestParts:
    def test_no_name_of_valid_or_test_is_in_train(self, parts: dict[str, list[Composed]]) -> None:
        names = defaultdict(set)
        for split in SPLITS:
            for pair in parts[split]:
                names[split] |= {one.verb for one in pair.triples if one.subject == "name"}
        assert names["test"] and names["valid"]
        assert not names["train"] & (names["valid"] | names["test"])

    def test_the_same_seed_gives_the_same_pairs(self, parts: dict[str, list[Composed]]) -> None:
        again = compose(5, SIZES, compose_details.FRAMES, compose_details.MIN_WORDS)
        assert again == parts


def test_the_files_are_those_of_the_seed() -> None:
    texts = compose_details.to_files(compose_details.SEED)
    for split in SPLITS:
        path = ROOT / "data" / "details" / f"{split}.tsv"
        assert path.read_text(encoding="utf-8") == texts[split]
