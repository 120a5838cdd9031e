"""Cues of two files that are paired by their times."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.subtitles.cues import Cue
from malgil.preprocessing.corpus.formats.subtitles.time_alignment import group_cues
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import zipped

Mistake = Callable[..., str]
KOREAN = [
    (0, 2000, "안녕하세요."),
    (3000, 5000, "저는 어제"),
    (5100, 7000, "도서관에 갔어요."),
    (8000, 10000, "- 뭐라고요?\n- 아니에요."),
    (11000, 13000, "혼자 하는 말."),
    (14000, 16000, "{\\an8}<i>끝.</i>"),
]
ENGLISH = [
    (100, 2100, "Hello."),
    (3000, 7000, "I went to the library yesterday."),
    (8100, 10100, "- What?\n- Nothing."),
    (14200, 16200, "The end."),
    (17000, 18000, "[music]"),
]
PAIRS = [
    ("안녕하세요.", "Hello."),
    ("저는 어제 도서관에 갔어요.", "I went to the library yesterday."),
    ("뭐라고요?", "What?"),
    ("아니에요.", "Nothing."),
    ("끝.", "The end."),
]


def srt(cues: list[tuple[int, int, str]], mark: str = ",", shift: int = 0) -> str:
    def stamp(milliseconds: int) -> str:
        seconds, rest = divmod(milliseconds + shift, 1000)
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours:02}:{minutes:02}:{seconds % 60:02}{mark}{rest:03}"

    return "\n".join(
        f"{number}\n{stamp(start)} --> {stamp(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, 1)
    )


def vtt(cues: list[tuple[int, int, str]]) -> str:
    return "WEBVTT\n\n" + srt(cues, ".")


class TestFiles:
    @pytest.mark.parametrize("names", [("film.ko.srt", "film.en.srt"), ("a", "b")])
    def test_pairs(self, names: tuple[str, str], read_file: FileReader) -> None:
        corpus = read_file(srt(KOREAN), srt(ENGLISH), names=names)
        assert corpus.pairs == PAIRS
        assert corpus.left_out == {"without a cue at the same time": 1, "blank": 1}
        assert corpus.summary().endswith(f"detected as SRT, {names[0]} and {names[1]}")

    def test_the_other_order_and_two_formats(self, read_file: FileReader) -> None:
        corpus = read_file(vtt(ENGLISH), srt(KOREAN))
        assert corpus.pairs == PAIRS
        assert "file0 detected as SRT + WebVTT, file1 and file0" in corpus.summary()

    @pytest.mark.parametrize("codec", ["cp949", "utf-16", "utf-8-sig"])
    def test_encodings(self, codec: str, read_file: FileReader) -> None:
        assert read_file(srt(KOREAN).encode(codec), srt(ENGLISH).encode(codec)).pairs == PAIRS

    def test_in_an_archive(self, read_file: FileReader) -> None:
        members = {"film/Film.en.srt": srt(ENGLISH), "film/Film.ko.srt": srt(KOREAN)}
        assert read_file(zipped(members)).pairs == PAIRS
        assert read_file(zipped({"1.srt": srt(ENGLISH), "2.srt": srt(KOREAN)})).pairs == PAIRS

    def test_latin_languages_by_their_names(self, read_file: FileReader) -> None:
        names = "film.en.srt", "film.fr.srt"
        french = [(start, end, "Bonjour.") for start, end, __ in ENGLISH]
        corpus = read_file(srt(ENGLISH), srt(french), names=names, source_language="fr")
        assert corpus.pairs[0] == ("Bonjour.", "Hello.")

    def test_sentences_over_several_cues(self, read_file: FileReader) -> None:
        korean = [(0, 900, "나는"), (1000, 1900, "집에"), (2000, 2900, "간다"), (9000, 9900, "응")]
        english = [
            (0, 900, "I"),
            (1000, 1900, "am going"),
            (2000, 2900, "home."),
            (9000, 9900, "Mm."),
        ]
        assert read_file(srt(korean), srt(english)).pairs == [
            ("나는 집에 간다", "I am going home."),
            ("응", "Mm."),
        ]

    @pytest.mark.parametrize("nothing", ["[sighs]", "", "♪", "<i></i>"])
    def test_a_cue_without_speech_is_no_translation(
        self, nothing: str, read_file: FileReader
    ) -> None:
        korean = [(1000, 3000, "저는 학생이에요."), (4000, 6000, "내일 만나요.")]
        english = [(1000, 3000, nothing), (4000, 6000, "See you tomorrow.")]
        corpus = read_file(srt(korean), srt(english))
        assert corpus.pairs == [("내일 만나요.", "See you tomorrow.")]
        assert corpus.left_out == {"without a cue at the same time": 1, "blank": 1}

    def test_a_sentence_that_one_side_lacks_a_part_of(self, read_file: FileReader) -> None:
        """Neither pair a fragment, nor join what is on both sides of the part."""
        english = [(0, 900, "I"), (1000, 1900, "am going"), (2000, 2900, "home.")]
        korean = [(0, 900, "나는"), (2000, 2900, "집에 간다.")]
        more = [(9000 + 1000 * n, 9900 + 1000 * n) for n in range(2)]
        english += [(*times, "Yes.") for times in more]
        korean += [(*times, "응.") for times in more]
        corpus = read_file(srt(korean), srt(english))
        assert ("나는 집에 간다.", "I home.") not in corpus.pairs
        assert "나는" not in {source for source, __ in corpus.pairs}

    def test_without_any_marks_nothing_is_joined(self, read_file: FileReader) -> None:
        korean = [(1000 * n, 1000 * n + 900, f"말 {n}") for n in range(4)]
        english = [(1000 * n, 1000 * n + 900, f"word {n}") for n in range(4)]
        assert len(read_file(srt(korean), srt(english)).pairs) == 4


def film(
    count: int, seed: int, deviation: int = 0
) -> tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]]:
    """Return the cues of a film with the gaps, and the differences, that subtitles have."""
    random = Random(seed)
    sides: tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]] = ([], [])
    begin = random.randint(1_000, 20_000)
    for number in range(count):
        short, long = random.choice([40, 80, 200]), int(random.expovariate(1 / 3000))
        begin += short if random.random() < 0.4 else long
        end = begin + random.randint(900, 4500)
        for side, word in zip(sides, ("문장", "sentence"), strict=True):
            start = max(0, begin + int(random.gauss(0, deviation)))
            stop = max(start + 300, end + int(random.gauss(0, deviation)))
            kind = random.random()
            if kind > 0.9:  # some sentences are only in one language
                continue
            if kind < 0.25 and end - begin > 2400:
                middle = (begin + end) // 2
                side.append((start, middle - 40, f"{word} {number}"))
                side.append((middle, max(middle + 300, stop), f"{number}."))
            else:
                side.append((start, stop, f"{word} {number}."))
        begin = end
    return sides


def right_share(pairs: Iterable[tuple[str, str]]) -> tuple[int, float]:
    """Return the number of pairs, and the share of those that are one sentence."""
    numbers = [[set(re.findall(r"\d+", text)) for text in pair] for pair in pairs]
    return len(numbers), sum(source == target for source, target in numbers) / len(numbers)


class TestTimesOfFilms:
    @pytest.mark.parametrize("deviation", [0, 150, 300])
    def test_the_same_times(self, deviation: int, read_file: FileReader) -> None:
        corpus = read_file(*map(srt, film(300, 1, deviation)))
        count, share = right_share(corpus.pairs)
        assert count > 220 and share > 0.98
        assert corpus.summary().endswith("file0 and file1")

    @pytest.mark.parametrize("count", [60, 300])
    @pytest.mark.parametrize("shift", [-70_000, 1000, 2000, 3000, 5000, 10_000])
    def test_a_shift_is_found(self, count: int, shift: int, read_file: FileReader) -> None:
        korean, english = film(count, 2, 100)
        moved = [(start + 80_000, end + 80_000, text) for start, end, text in korean]
        corpus = read_file(srt(moved), srt(english, shift=80_000 + shift))
        found, share = right_share(corpus.pairs)
        assert found > 0.7 * count and share > 0.98
        assert f"moved by {-shift / 1000:+.0f}" in corpus.summary()

    @pytest.mark.parametrize("rate", [25 / 24, 25 * 1001 / 24000, 0.96, 1.001])
    def test_a_frame_rate_is_found(self, rate: float, read_file: FileReader) -> None:
        korean, english = film(300, 3, 100)
        faster = [(int(start * rate), int(end * rate), text) for start, end, text in english]
        corpus = read_file(srt(korean), srt(faster))
        found, share = right_share(corpus.pairs)
        assert found > 220 and share > 0.98
        assert f"times multiplied by {1 / rate:.4f}" in corpus.summary()

    def test_a_part_with_other_times_is_left_out(self, read_file: FileReader) -> None:
        korean, english = film(300, 4, 100)
        later = [(start + 5000, end + 5000, text) for start, end, text in english[220:]]
        corpus = read_file(srt(korean), srt(english[:220] + later))
        found, share = right_share(corpus.pairs)
        assert found > 160 and share > 0.95
        assert corpus.left_out["in a part whose times differ"] > 20


class TestRefused:
    def test_one_file(self, mistake: Mistake) -> None:
        assert mistake(srt(KOREAN)) == (
            "'file0' (SRT) has texts in one language. Name the file of the other language too, "
            "such as data.train = film.ko.srt, film.en.srt."
        )

    def test_shifted_times(self, mistake: Mistake) -> None:
        message = mistake(srt(KOREAN), srt(ENGLISH, shift=40_000))
        assert message.startswith("only 0% of the cues of 'file0' and 'file1' are shown")

    @pytest.mark.parametrize("seed", range(3))
    def test_another_film(self, seed: int, mistake: Mistake) -> None:
        message = mistake(srt(film(300, seed)[0]), srt(film(300, seed + 10)[1]))
        assert "of the cues of 'file0' and 'file1' are shown at the same time" in message

    def test_most_of_a_film_is_cut_differently(self, mistake: Mistake) -> None:
        korean, english = film(300, 1)
        later = [(start + 5000, end + 5000, text) for start, end, text in english[140:]]
        assert "are shown at the same time" in mistake(srt(korean), srt(english[:140] + later))

    def test_other_languages(self, mistake: Mistake) -> None:
        message = mistake(srt(KOREAN), srt(ENGLISH), names=("a.ja.srt", "a.en.srt"))
        assert "'a.ja.srt' and 'a.en.srt' are in ja and en, by their names." in message


CUES = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 60)).map(
        lambda times: Cue(100 * times[0], 100 * sum(times), ("x",))
    ),
    max_size=10,
).map(lambda cues: sorted(cues, key=lambda cue: cue.start))


@given(CUES, CUES)
def test_groups_are_the_connected_components(source: list[Cue], target: list[Cue]) -> None:
    """Compare with the transitive closure of the overlaps."""
    nodes = [(0, i) for i in range(len(source))] + [(1, i) for i in range(len(target))]
    sides = source, target
    reach = {node: {node} for node in nodes}
    for i, j in itertools.product(range(len(source)), range(len(target))):
        a, b = source[i], target[j]
        shared = 100 * len({*range(a.start, a.end, 100)} & {*range(b.start, b.end, 100)})
        if 2 * shared >= min(a.end - a.start, b.end - b.start):
            joined = reach[0, i] | reach[1, j]
            for node in joined:
                reach[node] = joined
    components = {id(group): group for group in reach.values()}.values()
    expected = [
        tuple(sorted(sides[side][i] for side, i in group if side == wanted) for wanted in (0, 1))
        for group in components
    ]
    groups = [tuple(map(sorted, group)) for group in group_cues(source, target)]
    assert sorted(groups) == sorted(expected)


def test_many_cues_at_the_same_time() -> None:
    """Group 20,000 cues that all overlap in bounded time."""
    cues = [Cue(0, 1000, ("a",))] * 20_000
    start = time.monotonic()
    assert sum(len(group.source) for group in group_cues(cues, cues)) == 20_000
    assert time.monotonic() - start < 30
