"""The checks of the handwritten pairs: frames, coverage, overlap and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.handwritten_corpus import check
from tools.handwritten_corpus.coverage import measure_coverage
from tools.handwritten_corpus.frames import frame_of, repeated_frames
from tools.handwritten_corpus.morphemes import ENDINGS, analyze, count_kind
from tools.handwritten_corpus.overlap import repeated_sentences, shared_pairs


def test_contracted_morphemes_are_taken_apart() -> None:
    assert analyze("제 선생님이 웃으셨다.") == [
        *(("저", "NP"), ("의", "JKG"), ("선생", "NNG"), ("님", "XSN"), ("이", "JKS")),
        *(("웃", "VV"), ("시", "EP"), ("ㅓㅆ", "EP"), ("다", "EF"), (".", "SF")),
    ]


def test_morphemes_are_counted_the_most_frequent_first() -> None:
    counts = count_kind(iter(["책을 읽었습니다.", "빵을 먹었어요."]), ENDINGS)
    assert next(iter(counts.items())) == (("었", "EP"), 2)
    assert [morpheme.text for morpheme in counts] == ["었", "습니다", "어요"]


class TestFrames:
    def test_nouns_and_numbers_are_masked(self) -> None:
        assert (
            frame_of("사과 12개를 샀어요.")
            == frame_of("빵 세 개를 샀어요.")
            == "N 개 를 사 ㅏㅆ 어요 ."
        )

    @pytest.mark.parametrize(
        "other", ["사과 12개를 샀어요?", "사과 12개도 샀어요.", "사과 12개를 팔았어요."]
    )
    def test_particles_verbs_and_marks_are_not(self, other: str) -> None:
        assert frame_of("사과 12개를 샀어요.") != frame_of(other)

    def test_more_than_three_uses_are_reported(self) -> None:
        uses = [f"{noun}를 샀어요." for noun in ("사과", "우유", "구두", "모자")]
        assert repeated_frames([*uses[:3], "비가 와요."]) == {}
        assert repeated_frames([*uses, "비가 와요."]) == {"N 를 사 ㅏㅆ 어요 .": uses}


class TestCoverage:
    CORPUS = ("책을 읽어요.", "책을 사요.", "물을 팔아요.")

    @pytest.mark.parametrize(
        ("texts", "lacking"),
        [
            ((), {"책": 0, "물": 0}),
            (("책 책 책이 있어요.",), {"책": 1, "물": 0}),
            (("책이에요.", "책이 없어요.", "책도 봐요.", "물만 팔아요."), {"물": 1}),
        ],
        ids=["nothing", "once for a sentence", "three sentences"],
    )
    def test_words_in_too_few_sentences(self, texts: tuple[str, ...], lacking: dict) -> None:
        found = measure_coverage(texts, self.CORPUS, {"NNG", "VV"}, 2)
        assert found.frequent == 2
        assert {m.text: uses for m, uses in found.lacking.items()} == lacking
        assert found.share == 1 - len(lacking) / 2

    def test_an_empty_corpus_is_covered(self) -> None:
        assert measure_coverage(["책이에요."], [], {"NNG"}, 5).share == 1.0


class TestOverlap:
    LONG = ("오늘 저녁에 시간이 있어요?", "Do you have time tonight?")

    def test_signs_case_and_spaces_do_not_matter(self) -> None:
        same = ("오늘저녁에 시간이 있어요", "do you have time tonight")
        assert shared_pairs([self.LONG], [same]) == [self.LONG]

    def test_both_sides_must_be_the_same(self) -> None:
        assert shared_pairs([self.LONG], [(self.LONG[0], "Are you free tonight?")]) == []

    def test_set_phrases_are_common_property(self) -> None:
        pairs = [("안녕하세요?", "Hello."), ("잘 지냈어요?", "How are you?")]
        assert shared_pairs(pairs, pairs) == []
        longer = [("만나서 반갑습니다.", "Nice to meet you.")]
        assert shared_pairs(longer, longer) == longer

    def test_a_sentence_twice(self) -> None:
        pairs = [("네.", "Yes."), ("네!", "Right."), ("아니요.", "No.")]
        assert repeated_sentences(pairs, 0) == {"네": 2}
        assert repeated_sentences(pairs, 1) == {}


class TestCommand:
    def write(self, path: Path, *sources: str) -> str:
        path.write_text("".join(f"{source}\tText {i}.\n" for i, source in enumerate(sources)))
        return str(path)

    def test_varied_pairs(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        file = self.write(tmp_path / "a.tsv", "책을 읽어요.", "비가 왔습니다.")
        assert check.main([file]) == 0
        assert capsys.readouterr().out.startswith("2 pairs; 0 frames occur too often\n")

    def test_repeated_frames_of_all_files(self, tmp_path: Path, capsys) -> None:
        nouns = ["사과", "우유", "구두", "모자"]
        files = [
            self.write(tmp_path / f"{i}.tsv", f"{noun}를 샀어요.") for i, noun in enumerate(nouns)
        ]
        assert check.main(files) == 1
        assert "  4 × N 를 사 ㅏㅆ 어요 .\n      사과를 샀어요.\n" in capsys.readouterr().out

    def test_comparison_with_a_corpus(self, tmp_path: Path, capsys) -> None:
        file = self.write(tmp_path / "a.tsv", "오늘 저녁에 시간이 있어요?")
        corpus = self.write(tmp_path / "b.tsv", "오늘 저녁에 시간이 있어요?", "책을 읽어요.")
        assert check.main([file, "--corpus", corpus]) == 1
        out = capsys.readouterr().out
        assert "1 pairs are in the corpus\n  오늘 저녁에 시간이 있어요? | Text 0.\n" in out
        assert "content morphemes: 0.0% of 6 in three pairs or more" in out
        assert "있/VV 1" in out or "있/VA 1" in out
