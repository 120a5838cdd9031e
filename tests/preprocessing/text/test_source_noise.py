"""Source noise: the share of pairs, the kinds of errors and reproducibility."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.text import source_noise
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.protected_spans import find_spans
from malgil.preprocessing.text.source_noise import add_noise

SOURCES = [f"저는 {n}번 버스를 타고 학교에 갔습니다. 정말 좋았어요!" for n in range(60)]
TEXTS = st.text("가나 .?!a1", max_size=30).map(normalize)


def noisy(source: str, seed: int = 1) -> str:
    return add_noise(source, "I took the bus to school.", 1.0, seed)


class TestShare:
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.4])
    def test_of_pairs(self, share: float) -> None:
        draws = [add_noise(s, "x", share, seed) != s for s in SOURCES for seed in range(40)]
        assert sum(draws) / len(draws) == pytest.approx(share, abs=0.03)

    def test_depends_on_the_pair_and_the_seed_only(self) -> None:
        first = [noisy(source) for source in SOURCES]
        assert first == [noisy(source) for source in SOURCES]
        assert first != [noisy(source, seed=2) for source in SOURCES]
        assert first != [add_noise(source, "y", 1.0, 1) for source in SOURCES]


class TestErrors:
    def test_of_every_kind_occur(self) -> None:
        found = [(source, noisy(source)) for source in SOURCES]
        kinds = {
            "fewer spaces": any(new.count(" ") < old.count(" ") for old, new in found),
            "no spaces": any(" " not in new.replace("저는 ", "") for _old, new in found),
            "more spaces": any(new.count(" ") > old.count(" ") for old, new in found),
            "no final mark": any(not new.endswith("!") for _old, new in found),
        }
        assert all(kinds.values()), kinds

    def test_change_only_spaces_and_the_final_mark(self) -> None:
        for source in SOURCES:
            letters = noisy(source).replace(" ", "").removesuffix("!")
            assert letters == source.replace(" ", "").removesuffix("!")

    def test_of_spaces_need_hangul(self) -> None:
        assert {noisy("I live in New York.", seed) for seed in range(50)} == {"I live in New York"}
        spaced = "우리 New York 여행 12 34"
        assert all("New York" in noisy(spaced, seed) for seed in range(50))
        assert all("12 34" in noisy(spaced, seed) for seed in range(50))

    def test_leave_protected_spans_alone(self) -> None:
        source = "저는 https://a.com/한글-주소 에서 🙂 샀습니다."
        spans = [source[begin:end] for begin, end in find_spans(source)]
        assert len(spans) == 2
        for seed in range(50):
            assert all(span in noisy(source, seed) for span in spans)

    @pytest.mark.parametrize("source", ["", ".", "네", "네.", "?!", "a", "가나다"])
    def test_short_sources_are_never_emptied(self, source: str) -> None:
        for seed in range(50):
            assert bool(noisy(source, seed)) == bool(source)

    @given(TEXTS, st.integers(0, 9))
    def test_of_dropped_spaces_are_one_or_more(self, source: str, seed: int) -> None:
        places = source_noise._SPACE_NEAR_HANGUL.findall(source)
        dropped = source_noise._drop_spaces(source, Random(seed))
        lost = source.count(" ") - dropped.count(" ")
        assert min(1, len(places)) <= lost <= len(places)
        assert dropped.replace(" ", "") == source.replace(" ", "")
