"""The composed sentences: shipped as composed, well formed, and split without leaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from unicodedata import is_normalized

import pytest

from tools.corpus_generator.clause import Clause, Triple, clause_english, sentence_korean
from tools.corpus_generator.compose import FOLDER, FRAMES, SIZES, compose, to_tsv
from tools.corpus_generator.composed import Composed
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import load_lexicon
from tools.corpus_generator.particles import attach
from tools.corpus_generator.phrase import bare, counted, described, generic, name, owned
from tools.corpus_generator.split import SPLITS, common_split, split_of

ROOT = Path(__file__).parents[3]
HANGUL = re.compile(r"[가-힣 ,]+[.?]")
ENGLISH = re.compile(r"[A-Z][A-Za-z' ,]*[.?]")


@pytest.fixture(scope="module")
def parts() -> dict[str, list[Composed]]:
    return compose()


def test_sizes_and_shares(parts: dict[str, list[Composed]]) -> None:
    assert {split: len(pairs) for split, pairs in parts.items()} == SIZES
    assert SIZES["train"] >= 20_000
    assert sum(share for _, share in FRAMES) == 200


@pytest.mark.parametrize("split", SPLITS)
def test_shipped_files_equal_a_fresh_composition(
    parts: dict[str, list[Composed]], split: str
) -> None:
    assert (FOLDER / f"{split}.tsv").read_bytes() == to_tsv(parts[split]).encode("utf-8")


def test_splits_share_no_sentence(parts: dict[str, list[Composed]]) -> None:
    korean = Counter(pair.korean for pairs in parts.values() for pair in pairs)
    assert max(korean.values()) == 1
    english = [{pair.english for pair in parts[split]} for split in SPLITS]
    assert not english[0] & english[1]
    assert not english[0] & english[2]
    assert not english[1] & english[2]


def test_splits_share_no_triple(parts: dict[str, list[Composed]]) -> None:
    train, valid, test = (
        {triple for pair in parts[split] for triple in pair.triples} for split in SPLITS
    )
    assert min(len(train), len(valid), len(test)) > 300
    assert not train & valid
    assert not train & test
    assert not valid & test


def test_every_pair_has_a_triple_and_all_its_words_are_in_train(
    parts: dict[str, list[Composed]],
) -> None:
    assert all(pair.triples for pairs in parts.values() for pair in pairs)
    for field in ("verb", "object"):
        known = {getattr(triple, field) for pair in parts["train"] for triple in pair.triples}
        for split in ("valid", "test"):
            used = {getattr(triple, field) for pair in parts[split] for triple in pair.triples}
            assert used <= known
    known = {word for pair in parts["train"] for word in words(pair)}
    assert {word for split in SPLITS for pair in parts[split] for word in words(pair)} <= known


def words(pair: Composed) -> set[str]:
    return set(pair.english.lower().strip(".?").replace(",", "").split())


def test_pairs_are_well_formed(parts: dict[str, list[Composed]]) -> None:
    for pairs in parts.values():
        for pair in pairs:
            assert is_normalized("NFC", pair.korean)
            assert HANGUL.fullmatch(pair.korean), pair.korean
            assert ENGLISH.fullmatch(pair.english), pair.english
            assert pair.korean[-1] == pair.english[-1]
            assert "  " not in pair.korean + pair.english
            assert 3 <= len(pair.english.split()) <= 14


def test_no_word_is_doubled_and_no_article_is_wrong(parts: dict[str, list[Composed]]) -> None:
    doubled = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
    wrong = re.compile(r"\b(a [aeio]\w+|an [^aeiouhE ]\w*|(?:a|an) (?:the|my|some))\b")
    for pairs in parts.values():
        for pair in pairs:
            assert not doubled.search(pair.english), pair.english
            assert not wrong.search(pair.english), pair.english


def test_korean_pronoun_goes_with_the_style(parts: dict[str, list[Composed]]) -> None:
    for pairs in parts.values():
        for pair in pairs:
            first = pair.korean.split()[0]
            is_polite = pair.korean[:-1].endswith(("요", "니까")) or (
                pair.korean.endswith("니다.") and not pair.korean.endswith(" 아니다.")
            )
            if first in ("저는", "제가"):
                assert is_polite, pair.korean
            if first in ("나는", "내가", "너는", "네가"):
                assert not is_polite, pair.korean


def test_another_seed_gives_other_sentences() -> None:
    sizes = {"train": 400, "valid": 200, "test": 200}
    first, other = compose(3, sizes), compose(4, sizes)
    assert [pair.korean for pair in first["train"]] != [pair.korean for pair in other["train"]]


def test_bytes_do_not_depend_on_the_hash_seed(
    digests_under_hash_seeds: Callable[[str, dict[str, int]], set[str]],
) -> None:
    sizes = {"train": 600, "valid": 200, "test": 200}
    assert len(digests_under_hash_seeds("tools.corpus_generator.compose", sizes)) == 1


def test_too_small_a_frame_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Composed("가.", "I go home.", (Triple("I", "가다", "home"),))
    monkeypatch.setattr("tools.corpus_generator.compose.FRAMES", ((lambda _: pair, 200),))
    monkeypatch.setattr("tools.corpus_generator.compose.MAX_DRAWS", 50)
    with pytest.raises(RuntimeError, match="are missing"):
        compose(1, {"train": 200, "valid": 200, "test": 200})


def test_split_of_spreads_and_common_split() -> None:
    triples = [Triple("I", "먹다/eat", str(number)) for number in range(2_000)]
    counts = Counter(split_of(triple, 11) for triple in triples)
    assert 1_500 < counts["train"] < 1_700
    assert 140 < counts["valid"] < 260
    by_split = {split_of(triple, 11): triple for triple in triples}
    assert common_split([by_split["test"]], 11) == "test"
    assert common_split([by_split["test"], by_split["train"]], 11) == ""


def test_clauses_in_both_languages() -> None:
    lexicon = load_lexicon()
    people = {person.english: person for person in lexicon.people}
    book = next(noun for noun in lexicon.nouns if noun.english == "book")
    read = lexicon.verb("읽다/read")
    cases = [
        (Clause(people["I"], read, bare(book), tense="past"), "polite",
         "저는 책을 읽었어요.", "I read a book"),
        (Clause(people["Minsu"], read, bare(book), "want_other"), "formal",
         "민수 씨는 책을 읽고 싶어 합니다.", "Minsu wants to read a book"),
        (Clause(people["Jiyeong"], read, bare(book), "can", "past", "long"), "casual",
         "지영이는 책을 읽을 수 없었어.", "Jiyeong couldn't read a book"),
        (Clause(people["my grandmother"], read, bare(book), "progressive"), "polite",
         "우리 할머니는 책을 읽고 계세요.", "my grandmother is reading a book"),
        (Clause(people["I"], read, bare(book), tense="past", negation="cannot"), "plain",
         "나는 책을 못 읽었다.", "I couldn't read a book"),
        (Clause(people["they"], read, bare(book), "must", "future"), "polite",
         "그들은 책을 읽어야 할 거예요.", "they will have to read a book"),
    ]  # fmt: skip
    for clause, style, korean, english in cases:
        assert sentence_korean(clause, style) == korean
        assert clause_english(clause) == english
        assert clause.triple == Triple(clause.subject.english, "읽다/read", "book")


def test_noun_phrases() -> None:
    lexicon = load_lexicon()
    nouns = {noun.english: noun for noun in lexicon.nouns}
    big = next(one for one in lexicon.adjectives if one.korean == "크다")
    me, minsu = lexicon.people[0], next(one for one in lexicon.people if one.english == "Minsu")
    made = [
        bare(nouns["apple"]),
        bare(nouns["water"]),
        bare(nouns["hands"], minsu),
        generic(nouns["apple"]),
        described(nouns["house"], big),
        counted(nouns["coffee"], "두", "two"),
        owned(nouns["bag"], me, "casual"),
        owned(nouns["bag"], minsu, "polite"),
    ]
    assert [(phrase.korean, phrase.english) for phrase in made] == [
        ("사과", "an apple"),
        ("물", "water"),
        ("손", "his hands"),
        ("사과", "apples"),
        ("큰 집", "a big house"),
        ("커피 두 잔", "two cups of coffee"),
        ("내 가방", "my bag"),
        ("민수 씨의 가방", "Minsu's bag"),
    ]
    assert attach(name(minsu, "plain"), "은/는") == "민수는"


def test_every_frame_gives_sentences() -> None:
    draw = Draw(Random(2), load_lexicon())
    for frame, _ in FRAMES:
        assert any(frame(draw) for _ in range(300)), frame.__name__
