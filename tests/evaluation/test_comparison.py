"""The comparison of systems: scores, table, pictures and stored results."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sacrebleu

from malgil.common.errors import UserError
from malgil.evaluation.comparison import (
    AttentionMap,
    LengthScore,
    SetResult,
    SystemResult,
    attention_map,
    measure_system,
    scores_by_length,
    sentence_to_draw,
    with_differences,
)
from malgil.evaluation.metrics import score
from malgil.evaluation.plotting import style
from malgil.evaluation.plotting.comparison import attentions_picture, comparison_picture
from malgil.evaluation.sacrebleu_metrics import Interval
from malgil.evaluation.significance import Difference
from malgil.modeling.translator import Translator
from malgil.settings import ModelSettings, Settings

HISTORY = [
    {"epoch": 1.0, "val_loss": 3.5, "tokens_per_s": 4000.0, "minutes": 2.0},
    {"epoch": 2.0, "val_loss": 2.5, "tokens_per_s": 5000.0, "minutes": 4.0},
    {"epoch": 2.6, "val_loss": 2.75, "tokens_per_s": 4400.0, "minutes": 5.5},
]
BY_LENGTH = (LengthScore(1, 4, 30, 25.5, Interval(25.25, 1.5)), LengthScore(5, 9, 31, 12.25))


def result(name: str = "하나", tests: int = 2) -> SystemResult:
    attention = AttentionMap(
        ["▁가", "다", "</s>"], ["▁go", "</s>"], [[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]
    )
    return SystemResult(
        name=name,
        parameters=1234567,
        tokens_per_s=4400.0,
        validation_loss=2.5,
        milliseconds=56.7,
        history=HISTORY,
        tests=tuple(
            SetResult(f"data/dev-{i}.tsv", 16.25 + i, 38.5, "sig", BY_LENGTH) for i in range(tests)
        ),
        attention=attention,
    )


class TestByLength:
    @pytest.mark.parametrize("count", [1, 7, 200])
    def test_every_sentence_counts_once(self, count: int) -> None:
        random = np.random.default_rng(count)
        words = random.integers(1, 15, count)
        pairs = [(" ".join(["말"] * n), f"the {n} words are here") for n in words]
        found = scores_by_length(pairs, [target for _, target in pairs], "en")
        assert sum(part.sentences for part in found) == count
        assert [part.shortest for part in found] == sorted({p.shortest for p in found})
        assert all(a.longest < b.shortest for a, b in itertools.pairwise(found))
        assert found[0].shortest == words.min() and found[-1].longest == words.max()
        assert all(part.bleu == pytest.approx(100) for part in found)

    def test_bleu_equals_that_of_the_sentences(self) -> None:
        sentences = ["a cat sat on the mat today", "dogs run in the old green park at night"]
        pairs = [("가", sentences[0])] * 40 + [("가 나 다", sentences[1])] * 40
        wrong = "dogs run in the new red park at noon"
        found = scores_by_length(pairs, [sentences[0]] * 40 + [wrong] * 40, "en")
        assert [(p.shortest, p.longest, p.sentences) for p in found] == [(1, 1, 40), (3, 3, 40)]
        expected = sacrebleu.corpus_bleu([wrong] * 40, [[sentences[1]] * 40]).score
        assert found[0].bleu == pytest.approx(100)
        assert found[1].bleu == pytest.approx(expected) and 0 < expected < 60
        assert found[1].interval == Interval(pytest.approx(expected), pytest.approx(0))  # all equal


def test_measure(translator: Translator, tiny_pairs: list[tuple[str, str]]) -> None:
    sets = [("one.tsv", tiny_pairs[:9]), ("two.tsv", tiny_pairs[9:20])]
    found = measure_system(translator, HISTORY, sets)
    assert (found.name, found.failure) == ("tiny", None)
    assert found.parameters == sum(
        int(np.prod(w.shape)) for w in translator.model.keras_model.weights
    )
    assert (found.tokens_per_s, found.validation_loss) == (4400.0, 2.5)
    assert found.milliseconds > 0
    assert [test.test_name for test in found.tests] == ["one.tsv", "two.tsv"]
    for (_, pairs), test in zip(sets, found.tests, strict=True):
        texts = [t.text for t in translator.translate([source for source, _ in pairs])]
        expected = sacrebleu.corpus_bleu(texts, [[target for _, target in pairs]]).score
        assert test.bleu == pytest.approx(expected)
        assert test.translations == tuple(texts)
        scores = score(texts, [target for _, target in pairs], "en")
        assert (test.chrf_plus_plus, test.ter) == (scores.chrf_plus_plus, scores.ter)
        assert test.intervals == scores.intervals and "ter" in test.intervals
        assert sum(part.sentences for part in test.by_length) == len(pairs)
    assert found.attention is not None and found.attention.weights is not None
    weights = np.array(found.attention.weights)
    assert weights.shape == (len(found.attention.target_tokens), len(found.attention.source_tokens))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-2)


def test_sentence_to_draw() -> None:
    assert (
        sentence_to_draw(["가", "가 나 다 라 마 바 사", " ".join("가" * 40)])
        == "가 나 다 라 마 바 사"
    )


def compared() -> SystemResult:
    """Return a result with all scores and a difference."""
    [test] = result(tests=1).tests
    test = dataclasses.replace(
        test,
        chrf_plus_plus=37.25,
        ter=60.5,
        intervals={"chrf": Interval(38.25, 0.75)},
        translations=("a", "b"),
        differences=(Difference("chrf", "하나", 1.5, 0.01, 0.02),),
    )
    return dataclasses.replace(result("둘"), tests=(test,))


@pytest.mark.parametrize(
    "one",
    [
        result(),
        compared(),
        SystemResult("둘", "no memory"),
        dataclasses.replace(result(), attention=None),
    ],
)
def test_stored_and_read_back(one: SystemResult) -> None:
    stored = json.dumps(one.to_dict(), allow_nan=False)
    assert SystemResult.from_dict(json.loads(stored)) == one


def test_results_of_earlier_versions_can_be_read() -> None:
    values = json.loads(json.dumps(compared().to_dict()))
    for test in values["tests"]:
        for name in ("chrf_plus_plus", "ter", "intervals", "translations", "differences"):
            del test[name]
        for part in test["by_length"]:
            del part["interval"]
    [test] = SystemResult.from_dict(values).tests
    assert (test.bleu, test.ter, test.intervals, test.translations) == (16.25, None, {}, ())
    assert [part.interval for part in test.by_length] == [None, None]


def test_translations_are_left_out_of_json() -> None:
    values = compared().to_dict(with_translations=False)
    assert [test["translations"] for test in values["tests"]] == [()]
    assert values == dataclasses.asdict(
        dataclasses.replace(
            compared(), tests=(dataclasses.replace(compared().tests[0], translations=()),)
        )
    )


def test_differences_of_each_test_set() -> None:
    references = [[f"sentence {n} is here" for n in range(30)], ["the end of it all"] * 20]
    wrong = [["no"] * 30, ["the end of it all"] * 20]

    def translated(name: str, texts: list[list[str]]) -> SystemResult:
        tests = [
            dataclasses.replace(test, translations=tuple(of_test))
            for test, of_test in zip(result(name).tests, texts, strict=True)
        ]
        return dataclasses.replace(result(name), tests=tuple(tests))

    baseline, worse = translated("하나", references), translated("둘", wrong)
    first, second = with_differences(worse, baseline, references, "en").tests
    assert {(each.baseline, each.verdict) for each in first.differences} == {("하나", "worse")}
    assert {each.difference for each in second.differences} == {0}
    assert first.translations == tuple(wrong[0])
    archived = with_differences(worse, result("하나"), references, "en")
    assert [test.differences for test in archived.tests] == [(), ()]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list of the figures that would have been written."""
    figures: list[Any] = []
    monkeypatch.setattr(style, "save", lambda figure, *_: figures.append(figure))
    return figures


class TestPictures:
    @pytest.mark.parametrize("tests", [1, 2])
    def test_comparison(self, tmp_path: Path, tests: int) -> None:
        path = tmp_path / "a.png"
        results = [result(f"체계 {i}", tests) for i in range(9)] + [SystemResult("둘", "broken")]
        comparison_picture(path, results)
        assert path.read_bytes().startswith(b"\x89PNG")

    def test_intervals_are_error_bars(self, tmp_path: Path, saved: list[Any]) -> None:
        comparison_picture(tmp_path / "a.png", [result(tests=1)])
        [bars] = saved[0].axes[1].collections  # one line for each length
        ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
        assert ends == [[24.0, 27.0], [12.25, 12.25]]

    def test_nothing_to_draw(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nothing to draw"):
            comparison_picture(tmp_path / "a.png", [SystemResult("둘", "broken")])
        with pytest.raises(UserError, match="no attention weights to draw"):
            attentions_picture(tmp_path / "a.png", [("none", AttentionMap(["가"], ["a"], None))])
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("count", [1, 2, 3, 7])
    def test_attentions(self, tmp_path: Path, count: int) -> None:
        attention = result().attention
        assert attention is not None
        drawn = [(f"머리 {i}", attention) for i in range(count)]
        attentions_picture(
            tmp_path / "a.svg", [*drawn, ("none", AttentionMap(["가"], ["a"], None))]
        )
        # Each matrix is one image. A system without attention has none.
        assert (tmp_path / "a.svg").read_text("utf-8").count("<image") == count

    def test_rows_are_as_tall_as_their_tallest_matrix(
        self, tmp_path: Path, saved: list[Any]
    ) -> None:
        source, lengths = ["가", "나", "다", "라"], (17, 3, 2, 6, 4)
        drawn = [
            (f"{n}", AttentionMap(source, ["a"] * n, np.full((n, len(source)), 0.25).tolist()))
            for n in lengths
        ]
        attentions_picture(tmp_path / "a.png", drawn, columns=2)
        inch = saved[0].dpi
        boxes = [axes.get_window_extent() for axes in saved[0].axes]
        for box, n in zip(boxes, lengths, strict=True):  # cells are squares of the same size
            np.testing.assert_allclose(box.height / n, boxes[0].height / lengths[0])
            np.testing.assert_allclose(box.width / len(source), boxes[0].height / lengths[0])
        for tallest, below in ((0, 2), (3, 4)):
            gap = (boxes[tallest].y0 - boxes[below].y1) / inch
            assert 0.4 < gap < 1.3  # space only for a title and tokens

    def test_titles_and_tokens_do_not_overlap(self, tmp_path: Path, saved: list[Any]) -> None:
        tokens = ["가나다라마바사아자차카타파하", "a"]
        one = AttentionMap(tokens, [*tokens, "사람과사람"], [[0.5, 0.5]] * 3, heads=48)
        attentions_picture(tmp_path / "a.png", [(f"a-rather-long-name-{i}", one) for i in range(6)])
        extents = [axes.get_tightbbox() for axes in saved[0].axes]
        for i, extent in enumerate(extents):
            for other in extents[i + 1 :]:
                assert not extent.overlaps(other)

    def test_a_window_and_several_heads(self, tmp_path: Path, saved: list[Any]) -> None:
        plain = result().attention
        assert plain is not None
        windowed = dataclasses.replace(plain, has_window=True)
        several = dataclasses.replace(plain, heads=12)
        drawn = [("a", plain), ("b", windowed), ("c", several)]
        attentions_picture(tmp_path / "a.png", drawn)
        axes = saved[0].axes
        assert [len(one.images) for one in axes] == [1, 2, 1]
        titles = [one.get_title(loc="left") for one in axes]
        assert titles == ["a", "b", "c, mean of 12 heads"]


@pytest.mark.parametrize(
    ("model", "heads", "has_window"),
    [
        ({"attention": "luong_dot", "heads": 4}, 1, False),
        ({"attention": "multi_head", "heads": 4, "attention_window": "monotonic"}, 4, True),
        ({"architecture": "transformer", "heads": 4, "decoder_layers": 3}, 12, False),
    ],
)
def test_attention_map(model: dict[str, Any], heads: int, has_window: bool) -> None:
    translation = SimpleNamespace(
        source_tokens=["가"], target_tokens=["go", "</s>"], attention=np.ones((2, 1), np.float32)
    )
    translator: Any = SimpleNamespace(
        settings=Settings(model=ModelSettings(**model)), translate=lambda _: [translation]
    )
    assert attention_map(translator, "가") == AttentionMap(
        ["가"], ["go", "</s>"], [[1.0], [1.0]], heads, has_window
    )
