"""The texts with summaries: shipped as composed, well formed, and split without leaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from unicodedata import is_normalized

import pytest

from tools.corpus_generator.split import SPLITS
from tools.corpus_generator.summaries.compose import FOLDER, SIZES, compose, split_of, to_tsv
from tools.corpus_generator.summaries.kind import TextKind, Words, read_kind, read_kinds
from tools.corpus_generator.summaries.summarized import Summarized, is_right_length, sentences
from tools.corpus_generator.summaries.template import field_names

ROOT = Path(__file__).parents[3]
KOREAN = re.compile(r"[가-힣0-9 ,.?]+")
Parts = dict[str, list[Summarized]]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return compose()


@pytest.fixture(scope="module")
def pairs(parts: Parts) -> list[Summarized]:
    return [pair for split in SPLITS for pair in parts[split]]


@pytest.fixture(scope="module")
def handwritten() -> list[list[str]]:
    text = (FOLDER / "handwritten_test.tsv").read_bytes().decode("utf-8")
    return [line.split("\t") for line in text.removesuffix("\n").split("\n")]


class TestSplit:
    def test_sizes(self, parts: Parts) -> None:
        assert {split: len(parts[split]) for split in SPLITS} == SIZES

    def test_every_kind_and_case_is_in_train(self, parts: Parts) -> None:
        cases = {f"{kind.name}/{case.name}" for kind in read_kinds() for case in kind.cases}
        assert len(read_kinds()) >= 12
        assert {pair.kind for pair in parts["train"]} == cases
        for split in SPLITS:
            counts = Counter(pair.kind.split("/")[0] for pair in parts[split])
            assert set(counts.values()) == {SIZES[split] // len(read_kinds())}

    def test_no_text_and_no_summary_twice(self, pairs: list[Summarized]) -> None:
        for field in ("text", "summary"):
            assert Counter(getattr(pair, field) for pair in pairs).most_common(1)[0][1] == 1

    def test_splits_share_no_combination_of_facts(self, parts: Parts) -> None:
        # Not even that of the key facts, which are fewer than the summary tells.
        def keys(split: str) -> set[tuple[str, ...]]:
            return {(pair.kind, *pair.key) for pair in parts[split]}

        def facts(split: str) -> set[tuple[str, ...]]:
            return {(pair.kind, *pair.facts.values()) for pair in parts[split]}

        for of in (keys, facts):
            train, valid, test = map(of, SPLITS)
            assert min(len(train), len(valid), len(test)) > 100
            assert not train & valid
            assert not train & test
            assert not valid & test

    def test_every_fact_of_valid_and_test_is_somewhere_in_train(self, parts: Parts) -> None:
        known = {fact for pair in parts["train"] for fact in pair.facts.values()}
        for split in ("valid", "test"):
            assert {fact for pair in parts[split] for fact in pair.facts.values()} <= known


class TestFiles:
    @pytest.mark.parametrize("split", SPLITS)
    def test_shipped_files_equal_a_fresh_composition(self, parts: Parts, split: str) -> None:
        assert (FOLDER / f"{split}.tsv").read_bytes() == to_tsv(parts[split]).encode("utf-8")

    def test_the_seed_decides(self) -> None:
        sizes = dict.fromkeys(SPLITS, 16)
        first, again, other = compose(3, sizes), compose(3, sizes), compose(4, sizes)
        assert first == again
        assert [pair.text for pair in first["train"]] != [pair.text for pair in other["train"]]

    def test_bytes_do_not_depend_on_the_hash_seed(
        self, digests_under_hash_seeds: Callable[[str, dict[str, int]], set[str]]
    ) -> None:
        sizes = {"train": 64, "valid": 16, "test": 16}
        assert len(digests_under_hash_seeds("tools.corpus_generator.summaries.compose", sizes)) == 1

    def test_the_counts_of_the_readme(self, handwritten: list[list[str]]) -> None:
        readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
        (row,) = re.findall(
            r"^\| `summary/\{train,valid,test\}\.tsv` \| (.*?) \|[^|]*\|$", readme, re.M
        )
        assert [int(count.replace(",", "")) for count in row.split(" | ")] == [*SIZES.values()]
        (count,) = re.findall(
            r"^\| `summary/handwritten_test\.tsv` \| \| \| (\d+) \|", readme, re.M
        )
        assert int(count) == len(handwritten)


class TestText:
    def test_well_formed(self, pairs: list[Summarized]) -> None:
        for pair in pairs:
            for text in (pair.text, pair.summary):
                assert is_normalized("NFC", text)
                assert KOREAN.fullmatch(text), text
                assert "  " not in text
                assert text[-1] in ".?"

    def test_lengths(self, pairs: list[Summarized]) -> None:
        for pair in pairs:
            assert is_right_length(pair.text), pair.text
            assert len(sentences(pair.summary)) == 1
            assert len(pair.text) > len(pair.summary)

    def test_every_fact_can_be_read_in_the_text(self, pairs: list[Summarized]) -> None:
        for pair in pairs:
            for fact in pair.facts.values():
                # Of a predicate only the noun before it stays as it is: 감자를 썰다.
                noun = fact.rpartition(" ")[0] if fact.endswith("다") else fact
                assert noun in pair.text, (fact, pair.text)

    def test_the_first_sentence_is_not_the_summary(
        self, pairs: list[Summarized], handwritten: list[list[str]]
    ) -> None:
        both = [(pair.text, pair.summary) for pair in pairs] + [tuple(row) for row in handwritten]
        for text, summary in both:
            assert sentences(text)[0] != summary
        told = [
            all(fact in sentences(pair.text)[0] for fact in pair.facts.values()) for pair in pairs
        ]
        assert sum(told) < 0.1 * len(told)

    @pytest.mark.parametrize("of", [r"\d+월 \d+일", "[가-힣]+ 팀", r"\d+동"])
    def test_texts_name_others_than_the_summary(self, pairs: list[Summarized], of: str) -> None:
        told = [pair for pair in pairs if re.search(of, pair.summary)]
        others = [
            set(re.findall(of, pair.text)) - set(re.findall(of, pair.summary)) for pair in told
        ]
        assert sum(map(bool, others)) > 0.5 * len(told)


class TestGrammar:
    def test_one_style_in_a_text(self, pairs: list[Summarized]) -> None:
        for pair in pairs:
            assert pair.summary.endswith("다."), pair.summary
            assert not pair.summary.endswith("니다."), pair.summary
            ends = {sentence[:-1][-2:] for sentence in sentences(pair.text)}
            is_polite = {end.endswith("요") or end in {"니다", "니까", "시다"} for end in ends}
            assert len(is_polite) == 1, pair.text

    @pytest.mark.parametrize(
        "wrong",
        [
            r"[가-힣]*요일로는|요일를|요일가 ",
            r"(?<=[0-9]시)[을은이] ",  # 시 ends in a vowel
            r"(?<=[0-9]분)[를는가] ",
            r"(?<=[0-9]일)[를는가] |(?<=[0-9]일)으로",
            r"(?<=[가-힣]팀)[를는가와] ",
            r"[{}\[\]|/<>+]",
            r"다이다|다이에요|이이다",
        ],
    )
    def test_particles_and_marks(self, pairs: list[Summarized], wrong: str) -> None:
        found = [pair for pair in pairs if re.search(wrong, pair.text + pair.summary)]
        assert [pair.text for pair in found] == []

    def test_a_plain_writer_is_na_and_a_polite_one_jeo(self, pairs: list[Summarized]) -> None:
        for pair in pairs:
            is_polite = re.search(r"(요|니다)[.?]", pair.text)
            wrong = r"\b(나는|내가)\b" if is_polite else r"\b(저는|제가)\b"
            assert not re.search(wrong, pair.text), pair.text


class TestHandwritten:
    def test_two_columns_of_the_right_length(self, handwritten: list[list[str]]) -> None:
        assert len(handwritten) >= 60
        for text, summary in handwritten:
            assert is_right_length(text), text
            assert len(sentences(summary)) == 1
            assert 2 * len(summary) < len(text) + 20
            assert is_normalized("NFC", text + summary)
            assert KOREAN.fullmatch(text + summary), text

    def test_none_is_composed(self, handwritten: list[list[str]], pairs: list[Summarized]) -> None:
        known = {sentence for pair in pairs for sentence in sentences(pair.text)}
        free = [sentence for text, _ in handwritten for sentence in sentences(text)]
        assert not known & set(free)
        assert len(set(free)) == len(free)


class TestKinds:
    @pytest.mark.parametrize("kind", read_kinds(), ids=lambda kind: kind.name)
    def test_several_ways_and_distractors(self, kind: TextKind) -> None:
        for case in kind.cases:
            assert set(case.key) <= set(case.essential)
            assert len(case.key) >= 2
            assert len(case.core) >= 3, case.name
            assert sum(map(len, case.details)) >= 4, case.name
            # What a summary says, each way to tell it says too.
            for way in case.core:
                assert set(case.essential) <= set(field_names(" ".join(way))), way

    def test_ordered_words(self) -> None:
        words = Words(("a", "b", "c"), pool=tuple("0123456789"), is_ordered=True)
        drawn = [words.draw(Random(seed)) for seed in range(200)]
        assert all(list(one.values()) == sorted(one.values()) for one in drawn)
        assert {one["a"] for one in drawn} > {"0", "3"}
        assert any(one["c"] == "9" for one in drawn)

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "note.ini").write_text(
            "[kind]\nstyles = plain\ndetails =\n    {b:은/는} 쉰다.\n    | {b:은/는} 논다.\n"
            "[words]\na, b = 민수, 수진\nthing / verb =\n    책 / 읽다\n    밥 / 먹다\n"
            "[case one]\nsummary = {a:이/가} {thing:을/를} [past {verb}].\nkey = a, thing\n"
            "core =\n    {a:이/가} 왔다. / 그는 {thing:을/를} [{verb}].\nb = 지영\n",
            encoding="utf-8",
        )
        kind = read_kind(tmp_path / "note.ini")
        (case,) = kind.cases
        assert (kind.name, kind.styles, case.essential) == (
            "note",
            ("plain",),
            ("a", "thing", "verb"),
        )
        assert case.core == (("{a:이/가} 왔다.", "그는 {thing:을/를} [{verb}]."),)
        assert case.details == ((("{b:은/는} 쉰다.",), ("{b:은/는} 논다.",)),)
        facts = kind.draw(case, Random(1))
        assert facts["b"] == "지영"
        assert (facts["thing"], facts["verb"]) in {("책", "읽다"), ("밥", "먹다")}


def test_too_small_a_kind_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.corpus_generator.summaries.compose.MAX_DRAWS", 20)
    with pytest.raises(RuntimeError, match="too few texts"):
        compose(1, {"train": 8_000, "valid": 160, "test": 160})


def test_split_of_looks_at_the_key_alone() -> None:
    def pair(text: str, *key: str) -> Summarized:
        return Summarized(text, "요약.", "kind/case", dict(zip("abc", key, strict=False)), key)

    keys = [("가", str(number)) for number in range(500)]
    splits = Counter(split_of(pair("글.", *key), 9) for key in keys)
    assert 360 < splits["train"] < 440
    assert min(splits["valid"], splits["test"]) > 25
    assert all(
        split_of(pair("글.", *key), 9) == split_of(pair("다른 글.", *key), 9) for key in keys
    )
