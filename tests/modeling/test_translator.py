"""The translator as its users meet it, on a model that was really trained."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from keras import ops

from malgil.modeling import translation as translation_module
from malgil.modeling.translation import Translation
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions

Pairs = list[tuple[str, str]]
BOS, EOS = 2, 3
ODD = [
    "🙂",
    "🙂 🙃🙂",
    "zxq",
    "\u200b",
    "１２３ ㅋㅋㅋ",
    "고양이가🙂 잡니다",
    "Ω≈ç√ 고양이가 집에서 책을 읽습니다.",
]


@pytest.fixture
def restless(translator_folder: Path) -> Translator:
    """Make a separate translator that never chooses the end token."""
    settings = Translator.load(translator_folder).settings.inference
    translator = Translator.load(translator_folder, replace(settings, engine="keras"))
    bias = translator.model.keras_model.decoder.projection.bias
    bias.assign(np.where(np.arange(bias.shape[0]) == EOS, -1e9, ops.convert_to_numpy(bias)))
    return translator


def assert_same(found: Translation, expected: Translation) -> None:
    """Equal but for the last digits, which may depend on what else is computed beside."""
    assert found.text == expected.text
    assert found.source == expected.source
    assert found.source_tokens == expected.source_tokens
    assert found.target_tokens == expected.target_tokens
    assert found.score == pytest.approx(expected.score, abs=1e-4)
    assert (found.attention is None) == (expected.attention is None)
    if found.attention is not None:
        np.testing.assert_allclose(found.attention, expected.attention, atol=1e-3)


class TestTranslate:
    def test_has_learned(self, translator: Translator, tiny_pairs: Pairs) -> None:
        found = translator.translate([source for source, _ in tiny_pairs])
        right = sum(t.text == target for t, (_, target) in zip(found, tiny_pairs, strict=True))
        assert right >= 24, "of 60"

    def test_alone_as_in_a_batch(self, translator: Translator, tiny_pairs: Pairs) -> None:
        long = "고양이가 집에서 책을 읽습니다. 아이가 산에서 노래합니다. " * 3
        texts = [source for source, _ in tiny_pairs[::7]] + ["", *ODD, long, " ", "의사가"]
        together = translator.translate(texts)
        assert [t.source for t in together] == texts
        for text, expected in zip(texts, together, strict=True):
            [alone] = translator.translate([text])
            assert_same(alone, expected)
        for found, expected in zip(translator.translate(texts[::-1]), together[::-1], strict=True):
            assert_same(found, expected)

    def test_the_size_of_batches_does_not_matter(
        self, translator: Translator, translator_folder: Path, tiny_pairs: Pairs
    ) -> None:
        texts = [source for source, _ in tiny_pairs[::3]]
        inference = DecodingOptions(beam_size=3, batch_size=3)
        small = Translator.load(translator_folder, inference).translate(texts)
        for found, expected in zip(small, translator.translate(texts), strict=True):
            assert_same(found, expected)

    def test_order_is_kept(self, translator: Translator, tiny_pairs: Pairs) -> None:
        texts = [tiny_pairs[i][0] for i in (7, 0, 33, 7, 2)]
        found = translator.translate(texts)
        assert [t.source for t in found] == texts
        assert_same(found[3], found[0])
        assert len({t.text for t in found}) > 2

    def test_blank_texts(self, translator: Translator) -> None:
        texts = ["", " ", "\t\r\n", "\u3000", "고양이가 웃습니다.", "\ufeff", ""]
        found = translator.translate(texts)
        for i in (0, 1, 2, 3, 5, 6):
            assert found[i] == Translation(texts[i], "", 0.0, [], [], is_translated=False)
            assert found[i].attention is None
        assert found[4].text
        assert translator.translate([]) == []
        assert len(translator.translate([""])) == 1

    @pytest.mark.parametrize(
        "text", ["---", "25%", "  →  ", "(1)", "１．", "🙂", "Even so.", "KTX"]
    )
    def test_nothing_to_translate(self, translator: Translator, text: str) -> None:
        [found] = translator.translate([text + "\r\n"])
        assert found.text == text
        assert not found.is_translated and found.to_dict()["translated"] is False
        assert found.source_tokens == found.target_tokens == found.token_scores == []

    def test_signs_around_sentences_come_back(self, translator: Translator) -> None:
        first, second = "고양이가 웃습니다.", "의사가 산에서 잡니다."
        plain = [found.text for found in translator.translate([first, second])]
        text = f"- “{first}” 😊 ({second})[1] ***"
        [found] = translator.translate([text])
        assert found.text == f"- “{plain[0]}” 😊 ({plain[1]})[1] ***"
        assert found.is_translated
        assert len(found.target_tokens) == len(found.token_scores)
        assert found.attention is not None
        assert found.attention.shape == (len(found.target_tokens), len(found.source_tokens))
        assert not {"“", "(", "😊"} & set("".join(found.source_tokens + found.target_tokens))
        ends = [found.text for found in translator.translate([f"{first[:-1]}~", f"{first[:-1]}…"])]
        assert ends == [f"{plain[0][:-1]}~", f"{plain[0][:-1]}…"]

    def test_given_translations_are_scored_without_shared_signs(
        self, translator: Translator
    ) -> None:
        plain, quoted = translator.score(
            [
                ("고양이가 웃습니다.", "The cat laughs."),
                ("“고양이가 웃습니다.”", '"The cat laughs."'),
            ]
        )
        assert quoted.text == '"The cat laughs."'
        assert quoted.target_tokens == plain.target_tokens
        assert quoted.score == pytest.approx(plain.score, abs=1e-4)

    @pytest.mark.parametrize("text", ODD)
    def test_characters_that_were_never_seen(self, translator: Translator, text: str) -> None:
        [found] = translator.translate([text])
        assert found.source == text
        assert math.isfinite(found.score)
        assert all("<unk>" not in word for word in found.text.split())

    def test_text_in_any_normal_form(self, translator: Translator) -> None:
        import unicodedata

        text = "고양이가 산에서 잡니다."
        found = translator.translate([text, unicodedata.normalize("NFD", text), f"  {text} \n"])
        assert found[0].text == found[1].text == found[2].text
        assert found[0].score == pytest.approx(found[1].score, abs=1e-4)

    def test_attention(self, translator: Translator, tiny_pairs: Pairs) -> None:
        """A row for each target piece, a column for each source piece of the sentence itself."""
        for found in translator.translate([source for source, _ in tiny_pairs[:9]] + ODD[5:]):
            assert found.attention is not None
            assert found.attention.shape == (len(found.target_tokens), len(found.source_tokens))
            np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)
            assert (found.attention >= 0).all()
            assert found.source_tokens[-1] == "</s>"

    def test_tokens_are_those_of_the_text(self, translator: Translator) -> None:
        [found] = translator.translate(["고양이가 집에서 웃습니다."])
        assert "".join(found.source_tokens) == "▁고양이가▁집에서▁웃습니다.</s>"
        assert found.target_tokens[-1] == "</s>"
        joined = "".join(found.target_tokens[:-1]).replace("▁", " ").strip()
        assert joined == found.text


class TestLongTexts:
    SENTENCES = (
        "고양이가 잡니다.",
        "아이가 집에서 웃습니다.",
        "제 친구가 산에서 책을 읽습니다.",
    ) * 3

    def test_is_cut_at_sentence_ends(self, translator: Translator) -> None:
        """As many sentences in a part as fit, each part translated as if it stood alone."""
        whole = replace(translator.settings.inference, split_sentences=False)
        translator = translator.with_inference(whole)
        limit = translator.settings.preprocessing.max_length
        length = lambda text: len(translator.pipeline.source.encode(text))  # noqa: E731
        parts = [""]
        for sentence in self.SENTENCES:
            longer = f"{parts[-1]} {sentence}".strip()
            parts = [*parts[:-1], longer] if length(longer) <= limit else [*parts, sentence]
        assert len(parts) > 2
        [found] = translator.translate([" ".join(self.SENTENCES)])
        alone = translator.translate(parts)
        assert found.text == " ".join(t.text for t in alone)
        assert found.score == pytest.approx(np.mean([t.score for t in alone]), abs=1e-4)
        assert found.source_tokens == [token for t in alone for token in t.source_tokens]
        assert found.target_tokens == [token for t in alone for token in t.target_tokens]

    def test_by_sentence(self, translator: Translator) -> None:
        """Each sentence is translated as if it stood alone."""
        [found] = translator.translate([" ".join(self.SENTENCES)])
        assert len(found.ids) > 3
        parts = [translator.pipeline.source.decode(source) for source, _ in found.ids]
        assert " ".join(parts) == " ".join(self.SENTENCES)
        assert found.text == " ".join(one.text for one in translator.translate(parts))

    def test_attention_stays_within_its_part(self, translator: Translator) -> None:
        [found] = translator.translate([" ".join(self.SENTENCES)])
        assert found.attention is not None
        assert found.attention.shape == (len(found.target_tokens), len(found.source_tokens))
        np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)
        first_source = found.source_tokens.index("</s>") + 1
        first_target = found.target_tokens.index("</s>") + 1
        assert (found.attention[:first_target, first_source:] == 0).all()
        assert (found.attention[first_target:, :first_source] == 0).all()

    def test_attention_that_nobody_could_use(
        self, translator: Translator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [found] = translator.translate([" ".join(self.SENTENCES)])
        monkeypatch.setattr(translation_module, "_MAX_WEIGHTS", 100)
        assert found.attention is None
        assert found.to_dict()["attention"] == []

    def test_without_a_sentence_end(self, translator: Translator) -> None:
        limit = translator.settings.preprocessing.max_length
        [found] = translator.translate(["고양이가 " * 30])
        ends = [i for i, token in enumerate(found.source_tokens) if token == "</s>"]
        # Cut at a space: 고양이 and 가 stay together.
        assert all(limit - 2 < length <= limit for length in np.diff([-1, *ends])[:-1])
        assert len(ends) > 2 and found.text


class TestPlaceholders:
    KEPT = ("https://example.com/a?b=1", "kim@example.kr", "👍🏽👍🏽", "1,234.5", "10:30")

    def test_all_come_back(self, translator: Translator, tiny_pairs: Pairs) -> None:
        sources = [source for source, _ in tiny_pairs]
        texts = [
            form.format(source, kept)
            for source, kept in zip(sources, self.KEPT * 12, strict=True)
            for form in ("{0} {1}", "{1} {0}", "⟦1⟧ {1}에서 {0} {1}")
        ]
        found = translator.translate(texts)
        for text, one in zip(texts, found, strict=True):
            [kept] = {each for each in self.KEPT if each in text}
            assert 1 <= one.text.count(kept) <= text.count(kept)
            assert "⟦" not in one.text

    def test_tokens_show_what_they_stand_for(self, translator: Translator) -> None:
        [found] = translator.translate([f"고양이가 {self.KEPT[0]} 웃습니다."])
        assert self.KEPT[0] in found.source_tokens
        assert "".join(found.source_tokens) == f"▁고양이가▁{self.KEPT[0]}▁웃습니다.</s>"
        assert not any("⟦" in token for token in found.source_tokens + found.target_tokens)
        assert len(found.ids[0][0]) == len(found.source_tokens)
        assert found.attention is not None
        assert found.attention.shape == (len(found.target_tokens), len(found.source_tokens))
        json.dumps(found.to_dict())

    def test_in_every_part_of_a_long_text(self, translator: Translator) -> None:
        numbers = [str(n) for n in range(1000, 1030)]
        text = " ".join(f"고양이가 {number} 웃습니다." for number in numbers)
        [found] = translator.translate([text])
        assert len(found.ids) > 3
        assert [found.text.count(number) for number in numbers] == [1] * len(numbers)

    def test_a_text_of_nothing_else(self, translator: Translator) -> None:
        [found] = translator.translate(["😀"])
        assert found.text.count("😀") == 1

    def test_heads_look_at_the_same_tokens(self, translator: Translator) -> None:
        [found] = translator.translate([f"고양이가 {self.KEPT[1]} 잡니다."])
        for _, weights in translator.attention_heads(found):
            assert weights.shape == (len(found.target_tokens), len(found.source_tokens))


class TestEndlessTranslations:
    def test_end_at_a_length_that_depends_on_the_source(self, restless: Translator) -> None:
        ratio = restless.settings.inference.max_length_ratio
        found = restless.translate(["의사가", "제 친구가 산에서 책을 읽습니다."])
        lengths = [len(t.source_tokens) for t in found]
        assert lengths[0] < lengths[1]
        for translation, length in zip(found, lengths, strict=True):
            assert len(translation.target_tokens) == round(ratio * length) + 10
            assert "</s>" not in translation.target_tokens
            assert translation.attention is not None
            assert translation.attention.shape == (len(translation.target_tokens), length)

    @pytest.mark.parametrize(("ratio", "longest", "expected"), [(0.5, 120, 12), (9.0, 17, 17)])
    def test_settings_bound_it(
        self, restless: Translator, ratio: float, longest: int, expected: int
    ) -> None:
        inference = replace(
            restless.settings.inference, beam_size=2, max_length=longest, max_length_ratio=ratio
        )
        [found] = restless.with_inference(inference).translate(["의사가"])
        assert len(found.source_tokens) == 3
        assert len(found.target_tokens) == expected

    def test_search_to_the_end_of_the_longest(self, restless: Translator) -> None:
        """A long text of many parts ends too."""
        [found] = restless.translate(["고양이가 산에서 잡니다. " * 10])
        assert found.text and len(found.target_tokens) > 100


class TestPerplexity:
    def test_is_that_of_the_training_model(self, translator: Translator, tiny_pairs: Pairs) -> None:
        pairs = [*tiny_pairs[3:9], ("처음 보는 문장", "An unseen sentence here!"), ("", "The cat.")]
        losses: list[float] = []
        for source, target in pairs:
            ((source_ids, ids),) = translator.pipeline.encode_pairs([(source, target)])
            inputs = (
                np.array([source_ids]),
                np.array([[BOS, *ids[:-1]]]),
            )
            logits = ops.convert_to_numpy(translator.model.keras_model(inputs, with_logits=True))[0]
            logits = logits.astype(np.float64)
            logits -= logits.max(axis=1, keepdims=True)
            log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            losses += (-log_probabilities[np.arange(len(ids)), ids]).tolist()
        assert translator.perplexity(pairs) == pytest.approx(np.exp(np.mean(losses)), rel=1e-4)

    def test_order_and_number_do_not_matter(
        self, translator: Translator, tiny_pairs: Pairs
    ) -> None:
        once = translator.perplexity(tiny_pairs[:10])
        assert translator.perplexity(tiny_pairs[:10][::-1]) == pytest.approx(once, rel=1e-5)
        assert translator.perplexity(tiny_pairs[:10] * 7) == pytest.approx(once, rel=1e-5)

    def test_right_translations_are_likelier(
        self, translator: Translator, tiny_pairs: Pairs
    ) -> None:
        sources, targets = zip(*tiny_pairs, strict=True)
        wrong = list(zip(sources, targets[7:] + targets[:7], strict=True))
        assert 1 < translator.perplexity(tiny_pairs) < 3 < translator.perplexity(wrong)

    def test_of_nothing(self, translator: Translator) -> None:
        assert math.isnan(translator.perplexity([]))


class TestToDict:
    def test_is_json(self, translator: Translator) -> None:
        for found in translator.translate(["고양이가 웃습니다.", "", "🙂"]):
            value = json.loads(json.dumps(found.to_dict(), ensure_ascii=False))
            assert value["source"] == found.source
            assert value["translation"] == found.text
            assert value["score"] == pytest.approx(found.score, abs=1e-5)
            assert value["source_tokens"] == found.source_tokens
            assert value["target_tokens"] == found.target_tokens
            assert len(value["attention"]) == len(found.target_tokens)
            for row in value["attention"]:
                assert len(row) == len(found.source_tokens)
                assert sum(row) == pytest.approx(1, abs=0.01)
                assert all(weight == round(weight, 4) for weight in row)

    def test_of_a_blank_text(self, translator: Translator) -> None:
        [found] = translator.translate([" "])
        assert found.to_dict() == {
            "source": " ",
            "translation": "",
            "translated": False,
            "score": 0.0,
            "source_tokens": [],
            "target_tokens": [],
            "token_scores": [],
            "alternatives": [],
            "attention": [],
        }
