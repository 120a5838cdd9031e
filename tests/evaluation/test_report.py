"""The report, for a fake translator that writes every sentence in capitals."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.evaluation import report as report_module
from malgil.evaluation.report import (
    EXAMPLES,
    evaluate_output,
    evaluate_translator,
    evenly_spaced,
)
from malgil.evaluation.sacrebleu_metrics import with_interval
from malgil.evaluation.significance import Difference
from malgil.preprocessing.corpus.reader import read_test_sets
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings, DecodingOptions, ModelSettings, Settings


@dataclass(frozen=True)
class Translated:
    source: str
    text: str
    score: float = -0.5
    source_tokens: list[str] = field(default_factory=lambda: ["a", "b", "c"])
    target_tokens: list[str] = field(default_factory=lambda: ["A", "B"])
    attention: np.ndarray | None = field(default_factory=lambda: np.full((2, 3), 1 / 3))


class Capitals:
    name = "capitals"
    settings = Settings()

    def __init__(self, perplexity: float = 3.25) -> None:
        self.calls: list[int] = []
        self.asked: list[tuple[str, str]] = []
        self._perplexity = perplexity

    def translate(self, texts):
        self.calls.append(len(texts))
        return [Translated(text, text.upper()) for text in texts]

    def perplexity(self, pairs):
        self.asked = pairs
        return self._perplexity


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock with one that advances by half a second per call."""
    ticks = iter(range(10_000))
    monkeypatch.setattr(report_module.time, "perf_counter", lambda: next(ticks) / 2)


def pairs_of(count: int) -> list[tuple[str, str]]:
    """Make sentence pairs, every second of which is translated exactly."""
    texts = [f"sentence number {number} is here" for number in range(count)]
    return [(text, text.upper() if i % 2 == 0 else text) for i, text in enumerate(texts)]


# What `normalize` would change: normal forms, quotation marks kept, spaces, widths.
ODD = [
    ("so it is", "So  it is ｗｅｌｌ here."),
    ("they said\u00a0“no” to it", "They said\u00a0“NO” to  it"),
    ("cafe\u0301 at 10", "CAFE\u0301 AT 10 "),
    ("café au lait is here", "CAFE\u0301 AU LAIT IS HERE"),
]


def sacrebleu_command(tmp_path, references, hypotheses):
    """Return BLEU and chrF by sacrebleu's own command line on files with these lines."""
    for name, lines in (("references", references), ("hypotheses", hypotheses)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "references", "-i", "hypotheses"]
    ran = subprocess.run(
        [*command, "-m", "bleu", "chrf", "-w", "6"], cwd=tmp_path, capture_output=True, check=True
    )
    return [metric["score"] for metric in json.loads(ran.stdout)]


def test_scores_equal_those_of_the_command_sacrebleu(tmp_path):
    (tmp_path / "test.tsv").write_text(
        "".join(f"{source}\t{reference}\n" for source, reference in ODD), encoding="utf-8"
    )
    data = DataSettings(source_language="en", target_language="en")
    [(_name, corpus)] = read_test_sets({"test": tmp_path / "test.tsv"}, data)
    assert corpus.pairs == ODD
    report = evaluate_translator(Capitals(), corpus.pairs, test_name="t")
    scores = [report.scores.bleu_sacrebleu, report.scores.chrf]
    expected = sacrebleu_command(tmp_path, [pair[1] for pair in ODD], report.translations)
    assert scores == pytest.approx(expected, abs=1e-6)
    assert report.settings["normalize"] is False
    assert report.examples[2].reference == ODD[2][1]


def test_references_and_translations_can_be_normalized(tmp_path):
    report = evaluate_translator(Capitals(), ODD, test_name="t", normalizes=True)
    plain = evaluate_translator(Capitals(), ODD, test_name="t")
    assert plain.translations == report.translations
    assert report.scores.exact_match > plain.scores.exact_match
    lines = [
        [normalize(text) for text in texts]
        for texts in ([pair[1] for pair in ODD], report.translations)
    ]
    expected = sacrebleu_command(tmp_path, *lines)
    assert [report.scores.bleu_sacrebleu, report.scores.chrf] == pytest.approx(expected, abs=1e-6)
    assert report.settings["normalize"] is True


def test_scores_speed_and_settings(clock):
    translator, pairs = Capitals(), pairs_of(24)
    report = evaluate_translator(translator, pairs, test_name="test.tsv", chunk_size=7)
    assert translator.calls == [7, 7, 7, 3]
    assert translator.asked == pairs
    assert (report.translator, report.test_name) == ("capitals", "test.tsv")
    assert report.scores.sentences == 24
    assert report.scores.exact_match == 0.5
    assert report.scores.perplexity == 3.25
    assert report.seconds == 2.0  # four calls of half a second
    assert report.sentences_per_second == 12.0
    assert report.settings == {
        "data.source_language": "ko",
        "data.target_language": "en",
        "preprocessing.source_tokenizer": "mecab",
        "preprocessing.target_tokenizer": "nltk",
        "preprocessing.subword": "bpe",
        "preprocessing.vocabulary_size": 4000,
        "preprocessing.max_length": 60,
        "preprocessing.lowercase": False,
        "preprocessing.placeholders": True,
        "preprocessing.ignore_spaces": True,
        "model.architecture": "rnn",
        "model.units": 256,
        "model.encoder_layers": 1,
        "model.decoder_layers": 1,
        "model.cell": "lstm",
        "model.bidirectional": True,
        "model.embedding_size": 128,
        "model.layer_normalization": False,
        "model.attention": "luong_general",
        "model.attention_window": "global",
        "model.input_feeding": False,
        "inference.engine": "onnx",
        "inference.beam_size": 5,
        "inference.length_penalty": 0.6,
        "inference.max_length": 120,
        "normalize": False,
    }


@pytest.mark.parametrize(
    ("model", "told", "left_out"),
    [
        ({}, {"cell", "attention"}, {"heads", "window_half_width", "normalization"}),
        (
            {"attention": "multi_head", "attention_window": "monotonic"},
            {"heads", "window_half_width"},
            {"feed_forward_units"},
        ),
        (
            {"architecture": "transformer"},
            {"heads", "normalization", "units", "encoder_layers"},
            {"cell", "attention", "embedding_size", "residual", "window_half_width"},
        ),
    ],
)
def test_settings_without_effect_are_left_out(model, told, left_out):
    class Trained(Capitals):
        settings = Settings(model=ModelSettings(**model))

    found = {
        name.removeprefix("model.")
        for name in evaluate_translator(Trained(), pairs_of(2), test_name="t").settings
        if name.startswith("model.")
    }
    assert told <= found and not left_out & found


def test_chunks_change_only_the_calls():
    whole = evaluate_translator(Capitals(), pairs_of(23), test_name="t", chunk_size=100)
    parts = evaluate_translator(Capitals(), pairs_of(23), test_name="t", chunk_size=4)
    assert (whole.scores, whole.examples) == (parts.scores, parts.examples)


def test_the_target_language_selects_the_tokenizer():
    class Korean(Capitals):
        settings = Settings(data=DataSettings(target_language="ko"))

    signature = evaluate_translator(
        Korean(), pairs_of(3), test_name="t"
    ).scores.bleu_sacrebleu_signature
    assert "tok:13a" not in signature


def test_progress_counts_sentences():
    seen = []
    report = evaluate_translator(
        Capitals(), pairs_of(11), test_name="t", chunk_size=4, progress=lambda *at: seen.append(at)
    )
    assert report.scores.sentences == 11
    assert seen == [(4, 11), (8, 11), (11, 11)]


def test_ten_examples_are_spread_from_the_first_to_the_last():
    pairs = pairs_of(91)
    report = evaluate_translator(Capitals(), pairs, test_name="t", chunk_size=16)
    assert [example.number for example in report.examples] == list(range(1, 92, 10))
    for example in report.examples:
        source, reference = pairs[example.number - 1]
        assert (example.source, example.reference) == (source, reference)
        assert example.translation == source.upper()
        assert example.detail.source == source
        assert example.detail.attention.shape == (2, 3)


@pytest.mark.parametrize("total", [1, 2, 9, 10, 11, 12, 19, 1000, 12_345])
def test_examples_are_different_ordered_and_evenly_spaced(total):
    places = evenly_spaced(total, EXAMPLES)
    assert len(places) == min(total, EXAMPLES)
    assert places[0] == 0
    assert places[-1] == total - 1
    steps = {after - before for before, after in itertools.pairwise(places)}
    assert all(step >= 1 for step in steps)
    assert max(steps, default=0) - min(steps, default=0) <= 1


def test_fewer_than_ten_pairs_are_all_shown():
    report = evaluate_translator(Capitals(), pairs_of(3), test_name="t")
    assert [example.number for example in report.examples] == [1, 2, 3]
    assert "Examples (3 of 3)" in report.to_text()


def test_json_contains_only_the_report():
    pairs = [("나는 집에 간다", "I GO HOME"), *pairs_of(12)]
    report = evaluate_translator(Capitals(), pairs, test_name="시험.tsv")
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read == report.to_dict()
    assert "나는 집에 간다" in (example["source"] for example in read["examples"])
    assert read["test_name"] == "시험.tsv"
    assert read["scores"]["bleu_sacrebleu"] == report.scores.bleu_sacrebleu
    assert read["scores"]["chrf_signature"] == report.scores.chrf_signature
    assert read["sentences_per_second"] > 0
    assert len(read["examples"]) == 10
    assert set(read["examples"][0]) == {"number", "source", "reference", "translation"}


@pytest.mark.parametrize("perplexity", [math.inf, math.nan])
def test_a_perplexity_that_is_not_finite_is_null_in_json(perplexity):
    report = evaluate_translator(Capitals(perplexity), pairs_of(2), test_name="t")
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["scores"]["perplexity"] is None
    assert str(perplexity) in report.to_text()


def test_text_shows_every_score_with_its_signature_and_every_example(clock):
    report = evaluate_translator(Capitals(), pairs_of(1200), test_name="test.tsv", chunk_size=400)
    text, scores = report.to_text(), report.scores
    for part in (
        "Translator  capitals",
        "Test set    test.tsv",
        with_interval(scores.bleu_sacrebleu, scores.intervals["bleu_sacrebleu"], with_mean=True),
        scores.bleu_sacrebleu_signature,
        f"{scores.bleu_nltk:.2f}",
        scores.bleu_nltk_signature,
        with_interval(scores.chrf, scores.intervals["chrf"], with_mean=True),
        scores.chrf_signature,
        with_interval(scores.chrf_plus_plus, scores.intervals["chrf_plus_plus"], with_mean=True),
        scores.chrf_plus_plus_signature,
        with_interval(scores.ter, scores.intervals["ter"], with_mean=True),
        scores.ter_signature,
        "50.00 %",
        "3.25",
        "800.0 sentences/s (1,200 in 1.5 s)",
        f"{'inference.beam_size':<30}  5\n",
        f"{'preprocessing.lowercase':<30}  no\n",
        "Examples (10 of 1,200)",
        "Sentence 1,200",
    ):
        assert part in text
    for example in report.examples:
        assert f"source       {example.source}\n" in text
        assert f"translation  {example.translation}\n" in text
    assert text.endswith("\n")
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_text_without_the_settings():
    report = evaluate_translator(Capitals(), pairs_of(2), test_name="t")
    with_settings, without = report.to_text(), report.to_text(with_settings=False)
    before, after = with_settings.split("\n\nSettings\n")
    assert without == "\n\n".join([before, after.split("\n\n", 1)[1]])


def test_text_of_korean_also_shows_bleu_over_characters():
    class IntoKorean(Capitals):
        settings = Settings(data=DataSettings("en", "ko"))

    report = evaluate_translator(IntoKorean(), pairs_of(20), test_name="t")
    assert f"BLEU, characters  {report.scores.bleu_characters:.2f}" in report.to_text()
    assert report.to_dict()["scores"]["bleu_characters"] == report.scores.bleu_characters
    english = evaluate_translator(Capitals(), pairs_of(20), test_name="t")
    assert "BLEU, characters" not in english.to_text()


def test_settings_are_written_as_in_the_configuration():
    class Penalty(Capitals):
        settings = Settings(inference=DecodingOptions(length_penalty=2.0))

    text = evaluate_translator(Penalty(), pairs_of(2), test_name="t").to_text()
    assert "inference.length_penalty        2\n" in text
    assert "preprocessing.lowercase         no\n" in text


def test_intervals_and_differences_in_json():
    report = evaluate_translator(Capitals(), pairs_of(12), test_name="t")
    difference = Difference("ter", "base", -1.5, 0.01, 0.02)
    report = dataclasses.replace(report, differences=(difference,))
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["file"] is None
    for name in ("bleu_sacrebleu", "chrf", "chrf_plus_plus", "ter"):
        interval = report.scores.intervals[name]
        assert read["scores"]["intervals"][name] == {
            "mean": interval.mean,
            "half_width": interval.half_width,
        }
    assert read["differences"] == [
        {
            "metric": "ter",
            "baseline": "base",
            "difference": -1.5,
            "p_bootstrap": 0.01,
            "p_randomization": 0.02,
            "is_significant": True,
        }
    ]


def test_the_output_of_another_system():
    pairs = pairs_of(24)
    ours = evaluate_translator(Capitals(), pairs, test_name="t")
    other = evaluate_output("other", "o.txt", ours.translations, pairs, "en", "t")
    assert other.scores == dataclasses.replace(ours.scores, perplexity=None)
    assert other.examples == ours.examples
    assert (other.seconds, other.sentences_per_second) == (None, None)
    assert other.settings == {}
    text = other.to_text()
    assert text.startswith("System    other\nOutput    o.txt\nTest set  t\n\nScores\n")
    for absent in ("Speed", "Perplexity", "Settings"):
        assert absent not in text
    assert other.to_dict()["file"] == "o.txt"
    with pytest.raises(UserError, match="23 translations and 24 references"):
        evaluate_output("other", "o.txt", ours.translations[1:], pairs, "en", "t")


def test_an_empty_test_set_is_refused_before_translation():
    translator = Capitals()
    with pytest.raises(UserError, match=r"empty\.tsv"):
        evaluate_translator(translator, [], test_name="empty.tsv")
    assert translator.calls == []
