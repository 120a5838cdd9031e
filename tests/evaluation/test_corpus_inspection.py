"""The inspection of a corpus: statistics counted by hand, text and picture."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.evaluation.corpus_description import Inspection, length_quantile
from malgil.evaluation.corpus_inspection import SIZES, inspect
from malgil.evaluation.plotting.corpus import inspection_picture
from malgil.preprocessing.dataset.prepare import prepare
from malgil.settings import Settings

SettingsMaker = Callable[..., Settings]
LINES = [
    ("고양이가 잡니다.", "The cat sleeps."),
    ("고양이가 집에서 잡니다.", "The cat sleeps at home."),
    ("개가 웃습니다.", "The dog laughs."),
    ("개가 웃습니다.", "The dog laughs."),
    ("<b>개</b>가", "The dog"),
]


def silent(_: str, __: int) -> None:
    pass


@pytest.fixture
def settings(tiny_settings: SettingsMaker, tmp_path: Path) -> Settings:
    path = tmp_path / "말뭉치.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in [*LINES, ("", "empty")]), "utf-8")
    return tiny_settings(tmp_path, f"data.train={path}")


@pytest.fixture
def found(settings: Settings) -> Inspection:
    return inspect(settings, silent)


class TestCounts:
    def test_summary(self, found: Inspection) -> None:
        assert found.pairs == 3
        for reason in ("1 with an empty side", "1 with markup", "1 seen before"):
            assert reason in found.summary

    def test_english(self, found: Inspection) -> None:
        side = found.target
        assert (side.language, side.tokenizer) == ("en", "nltk")
        assert (side.words, side.tokens) == (3 + 5 + 3, 4 + 6 + 4)
        assert side.lengths == {3: 2, 5: 1}
        assert side.types == len({"The", "cat", "sleeps", ".", "at", "home", "dog", "laughs"})
        assert side.frequent[:2] == [(".", 3), ("▁The", 3)]
        assert side.longest == ["The cat sleeps at home.", "The cat sleeps.", "The dog laughs."]

    def test_korean(self, found: Inspection) -> None:
        side = found.source
        assert side.words == 2 + 3 + 2
        assert side.longest[0] == LINES[1][0]

    def test_all_of_few_pairs_are_shown(self, found: Inspection) -> None:
        assert [(sample.source, sample.target) for sample in found.samples] == LINES[:3]
        assert found.samples[0].target_tokens == ["▁The", "▁cat", "▁sleeps", "."]

    def test_vocabularies(self, found: Inspection) -> None:
        """The text is so small that the smallest vocabulary covers it without unknown subwords."""
        [vocabulary] = found.target.vocabularies
        assert vocabulary.pieces < SIZES[0]
        assert vocabulary.unknown_rate == 0
        assert vocabulary.pieces_per_word >= 14 / 11


class TestManyPairs:
    @pytest.fixture
    def many(self, settings: Settings, tmp_path: Path) -> Settings:
        """Make a corpus in which every twentieth pair has letters that no other pair has."""
        lines = [f"나무 {i}\t{'tree' if (i + 1) % 20 else 'öäü'} {i}\n" for i in range(400)]
        (tmp_path / "many.tsv").write_text("".join(lines), "utf-8")
        data = dataclasses.replace(settings.data, train=(str(tmp_path / "many.tsv"),))
        return dataclasses.replace(settings, data=data)

    def test_held_out_pairs_measure_the_vocabulary(self, many: Settings) -> None:
        unknown = inspect(many, silent).target.vocabularies[-1].unknown_rate
        assert 0.1 < unknown < 0.9
        assert inspect(many, silent).source.vocabularies[-1].unknown_rate == 0

    def test_the_text_says_that_pairs_are_held_out(self, many: Settings) -> None:
        text = inspect(many, silent).to_text()
        assert "vocabularies, evaluated on every 20th pair, which was held out:" in text

    def test_samples_are_even_and_reproducible(self, many: Settings) -> None:
        found = inspect(many, silent)
        assert found == inspect(many, silent)
        numbers = [int(sample.source.split()[1]) for sample in found.samples]
        assert numbers == sorted(set(numbers)) and len(numbers) == 20
        assert numbers[0] < 100 and numbers[-1] > 300
        training = dataclasses.replace(many.training, seed=5)
        assert inspect(dataclasses.replace(many, training=training), silent) != found


def test_text_and_json(found: Inspection) -> None:
    text = found.to_text()
    assert text.endswith("\n") and found.summary in text
    for expected in (
        "ko (mecab)\n",
        "  11 words, 14 tokens, 8 different tokens\n",
        "  words per sentence: mean 3.7, median 3, maximum 5\n",
        "  vocabularies, evaluated on the pairs from which they were learned:\n",
        "    vocabulary size   subwords per word   unknown subwords\n",
        "  most frequent tokens: ",
        "  longest sentences:\n",
        "    ▁The ▁dog ▁laughs .\n",
    ):
        assert expected in text
    assert not any(line != line.rstrip() for line in text.splitlines())
    plain = json.loads(json.dumps(found.to_dict(), ensure_ascii=False))
    assert plain["pairs"] == 3 and len(plain["samples"]) == 3


class TestCountsOfTraining:
    """The summary is that of training; see `prepare`."""

    LINES = (
        *(f"나무 {i}그루가 있어요.\tThere are {i} trees." for i in range(60)),
        "나무 7그루가 있어요.\tThere are 7 trees.",
        "나무가\t" + "the tree " * 8,
        "나무 " * 30 + "\t" + "the tree " * 30,
        "1\t1",
        "",
        "나무",
    )

    @pytest.fixture
    def settings(self, tiny_settings: SettingsMaker, tmp_path: Path) -> Settings:
        held_out = {"train": self.LINES, "valid": self.LINES[3:5], "test": self.LINES[5:6]}
        for name, lines in held_out.items():
            (tmp_path / f"{name}.tsv").write_text("\n".join(lines), "utf-8")
        files = [f"data.{name}={tmp_path / name}.tsv" for name in held_out]
        return tiny_settings(tmp_path, *files, f"data.cache={tmp_path / 'cache'}")

    @pytest.mark.parametrize("seed", [1, 2])
    def test_summary(self, settings: Settings, caplog: pytest.LogCaptureFixture, seed: int) -> None:
        training = dataclasses.replace(settings.training, seed=seed)
        settings = dataclasses.replace(settings, training=training)
        found = inspect(settings, silent)
        assert not caplog.records
        corpus = prepare(settings, silent)
        assert f"train: {found.summary}" == corpus.summary[0]
        assert found.pairs == len(corpus.train[0]) == 57
        for reason in ("3 also in", "1 seen before", "1 longer than", "1 with one side far longer"):
            assert reason in found.summary

    def test_files_of_other_settings(
        self, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A file of valid itself can be inspected, and a missing or unreadable one is no error."""
        valid = str(tmp_path / "valid.tsv")
        empty = tmp_path / "empty.tsv"
        empty.write_text("", "utf-8")
        data = dataclasses.replace(settings.data, train=(valid,), test=("none.tsv", str(empty)))
        found = inspect(dataclasses.replace(settings, data=data), silent)
        assert found.pairs == 2
        assert caplog.messages == [
            "data.test: 'none.tsv' does not exist, so its pairs are not kept out of data.train.",
            f"pairs that are also in data.test are not counted: {str(empty)!r} is empty. Name a "
            "file of sentence pairs.",
        ]

    def test_subwords_that_cannot_be_learned(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        text = dataclasses.replace(settings.preprocessing, vocabulary_size=32)
        found = inspect(dataclasses.replace(settings, preprocessing=text), silent)
        assert found.pairs == 59
        assert "lengths in subwords are not checked, as training would fail" in caplog.text

    def test_the_rejected_file(self, settings: Settings, tmp_path: Path) -> None:
        rules = dataclasses.replace(settings.cleaning, rejected_file=str(tmp_path / "rejected.tsv"))
        settings = dataclasses.replace(settings, cleaning=rules)
        inspect(settings, silent)
        text = (tmp_path / "rejected.tsv").read_text("utf-8")
        prepare(settings, silent)
        assert (tmp_path / "rejected.tsv").read_text("utf-8") == text
        assert len(text.splitlines()) == 1 + len(self.LINES) - 57


def test_no_pair_is_left(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "none.tsv").write_text("<b>가</b>\tone\n", "utf-8")
    data = dataclasses.replace(settings.data, train=(str(tmp_path / "none.tsv"),))
    with pytest.raises(UserError, match=r"no pair of data.train is left \(0 pairs .*1 with markup"):
        inspect(dataclasses.replace(settings, data=data), silent)


@pytest.mark.parametrize(
    ("lengths", "share", "expected"),
    [({5: 999, 500: 1}, 0.995, 5), ({5: 999, 500: 1}, 1.0, 500), ({3: 1, 1: 1, 2: 1}, 0.5, 2),
     ({3: 1, 1: 1}, 0.5, 1), ({7: 1}, 0.1, 7)],
)  # fmt: skip
def test_length_quantile(lengths: dict[int, int], share: float, expected: int) -> None:
    assert length_quantile(lengths, share) == expected


def test_picture(found: Inspection, tmp_path: Path) -> None:
    inspection_picture(tmp_path / "a.png", found)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UserError, match="png"):
        inspection_picture(tmp_path / "a.txt", found)
