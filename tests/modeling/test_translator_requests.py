"""What a person may wish of a translation, on a model that was really trained."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from malgil.common.errors import UserError
from malgil.modeling.request_builder import RequestBuilder
from malgil.modeling.translator import Translator

Pairs = list[tuple[str, str]]
EOS = 3


def wishing(translator: Translator, **wishes: Any) -> Translator:
    return translator.with_inference(dataclasses.replace(translator.settings.inference, **wishes))


@pytest.fixture(scope="module")
def texts(tiny_pairs: Pairs) -> list[str]:
    return [source for source, _ in tiny_pairs[::5]]


class TestNBest:
    def test_are_distinct_and_fall(self, translator: Translator, texts: list[str]) -> None:
        for found in wishing(translator, n_best=4).translate(texts):
            scores = [found.score, *(other.score for other in found.alternatives)]
            assert len(found.alternatives) == 3 and scores == sorted(scores, reverse=True)
            ids = [tuple(one.ids[0][1]) for one in (found, *found.alternatives)]
            assert len(set(ids)) == 4

    def test_the_best_is_the_same(self, translator: Translator, texts: list[str]) -> None:
        many = wishing(translator, n_best=3).translate(texts)
        assert [one.text for one in many] == [one.text for one in translator.translate(texts)]

    def test_more_than_the_beam(self, translator: Translator) -> None:
        [found] = wishing(translator, n_best=7, beam_size=2).translate(["고양이가 잡니다."])
        assert len(found.alternatives) == 6

    def test_of_a_blank_text_and_of_parts(self, translator: Translator) -> None:
        long = "고양이가 집에서 책을 읽습니다. 아이가 산에서 노래합니다. " * 3
        blank, parts = wishing(translator, n_best=2).translate([" ", long])
        assert blank.text == "" and blank.alternatives == ()
        assert len(parts.alternatives) == 1 and len(parts.ids) > 1

    def test_in_json(self, translator: Translator) -> None:
        [found] = wishing(translator, n_best=2).translate(["고양이가 잡니다."])
        told = found.to_dict()
        assert [set(other) for other in told["alternatives"]] == [{"translation", "score"}]
        assert len(told["token_scores"]) == len(told["target_tokens"])


class TestScores:
    def test_of_each_piece_add_up(self, translator: Translator, texts: list[str]) -> None:
        for found in translator.translate(texts):
            assert len(found.token_scores) == len(found.target_tokens)
            length = len(found.ids[0][1])
            expected = sum(found.token_scores) / ((5 + length) / 6) ** 0.6
            assert found.score == pytest.approx(expected, abs=1e-4)

    def test_a_translation_scored_is_as_it_was_found(
        self, translator: Translator, texts: list[str]
    ) -> None:
        found = translator.translate(texts)
        again = translator.score([(one.source, one.text) for one in found])
        same = [a for a, b in zip(found, again, strict=True) if a.target_tokens == b.target_tokens]
        assert len(same) > len(found) / 2  # a text may be cut into other pieces than were found
        for a, b in zip(found, again, strict=True):
            if a.target_tokens == b.target_tokens:
                assert b.score == pytest.approx(a.score, abs=1e-4)
                assert b.token_scores == pytest.approx(a.token_scores, abs=1e-4)
                assert a.attention is not None and b.attention is not None
                np.testing.assert_allclose(a.attention, b.attention, atol=1e-4)

    def test_the_perplexity_is_that_of_the_scores(
        self, translator: Translator, tiny_pairs: Pairs
    ) -> None:
        scores = [value for one in translator.score(tiny_pairs[:9]) for value in one.token_scores]
        expected = math.exp(-sum(scores) / len(scores))
        assert translator.perplexity(tiny_pairs[:9]) == pytest.approx(expected)
        assert math.isnan(translator.perplexity([]))


class TestLengths:
    def test_minimum(self, translator: Translator, texts: list[str]) -> None:
        for found in wishing(translator, min_length_ratio=2.0).translate(texts):
            source, target = found.ids[0]
            assert len(target) >= 2 * len(source)

    def test_no_run_comes_twice(self, translator: Translator) -> None:
        long = wishing(translator, min_length_ratio=4.0, max_length_ratio=5.0)
        held = wishing(long, no_repeat=2)
        [loose], [found] = (
            long.translate(["고양이가 잡니다."]),
            held.translate(["고양이가 잡니다."]),
        )

        def repeats(ids: list[int]) -> int:
            runs = list(itertools.pairwise(ids))
            return len(runs) - len(set(runs))

        assert repeats(found.ids[0][1]) == 0 < repeats(loose.ids[0][1])


class TestBeginnings:
    def test_are_kept(self, translator: Translator) -> None:
        texts = ["고양이가 잡니다.", "강아지가 웃습니다.", "의사가 노래합니다."]
        begun = translator.translate(texts, ["The puppy", "", "My friend sleeps"])
        assert begun[0].text.startswith("The puppy ")
        assert begun[1].text == translator.translate(texts[1:2])[0].text
        assert begun[2].text.startswith("My friend sleeps")

    def test_one_for_each_text(self, translator: Translator) -> None:
        with pytest.raises(ValueError):
            translator.translate(["하나", "둘"], ["One"])


class TestGlossary:
    def glossary(self, tmp_path: Path, content: str) -> str:
        path = tmp_path / "terms.tsv"
        path.write_text(content, encoding="utf-8")
        return str(path)

    def test_terms_appear(self, translator: Translator, tmp_path: Path) -> None:
        terms = self.glossary(tmp_path, "고양이\tpuppy\n산\tat home | mountain\n")
        held = wishing(translator, glossary=terms)
        texts = ["고양이가 산에서 잡니다.", "의사가 웃습니다.", "고양이는 고양이가 좋아요."]
        one, other, twice = held.translate(texts)
        assert "puppy" in one.text and ("at home" in one.text or "mountain" in one.text)
        assert other.text == translator.translate(texts[1:2])[0].text
        assert twice.text.count("puppy") == 2

    def test_a_term_replaces_the_word_of_the_model(
        self, translator: Translator, tiny_pairs: Pairs, tmp_path: Path
    ) -> None:
        sources = [source for source, _ in tiny_pairs if "고양이" in source]
        plain = translator.translate(sources)
        chosen = [one for one in plain if len(re.findall(r"\bcat\b", one.text)) == 1]
        terms = self.glossary(tmp_path, "고양이\tpuppy\n")
        held = wishing(translator, glossary=terms).translate([one.source for one in chosen])
        expected = [re.sub(r"\bcat\b", "puppy", one.text) for one in chosen]
        same = sum(one.text == text for one, text in zip(held, expected, strict=True))
        assert len(chosen) >= 5 and same >= 0.8 * len(chosen)
        for one in held:
            assert len(one.token_scores) == len(one.target_tokens)
            assert one.attention is not None
            assert one.attention.shape == (len(one.target_tokens), len(one.source_tokens))

    def test_all_alternatives_have_the_terms(self, translator: Translator, tmp_path: Path) -> None:
        terms = self.glossary(tmp_path, "고양이\tpuppy\n산\tat home\n")
        [found] = wishing(translator, glossary=terms, n_best=4).translate(
            ["고양이가 산에서 잡니다."]
        )
        for one in (found, *found.alternatives):
            assert "puppy" in one.text.lower() and "at home" in one.text.lower()

    def test_none_in_protected_spans(self, translator: Translator, tmp_path: Path) -> None:
        terms = self.glossary(tmp_path, "naver\tpuppy\n고양이\tpuppy\n")
        settings = wishing(translator, glossary=terms).settings
        builder = RequestBuilder(translator.pipeline, settings)
        text = "{{고양이}}와 고양이와 me@naver.com과 www.naver.com"
        [[segment]] = translator.pipeline.encode_segments([text])
        request = builder.build(segment, "")
        puppy = tuple(translator.pipeline.target.encode("puppy")[:-1])
        assert request.constraints == ((puppy,),)
        [positions] = request.term_positions
        pieces = translator.pipeline.source.spell(segment.ids)
        assert "".join(pieces[i] for i in positions).strip("▁") == "고양이"
        assert min(positions) > pieces.index("⟦1⟧")

    def test_in_each_part_of_a_long_text(self, translator: Translator, tmp_path: Path) -> None:
        terms = self.glossary(tmp_path, "고양이\tpuppy\n")
        long = "고양이가 집에서 책을 읽습니다. 아이가 산에서 노래합니다. " * 3
        [found] = wishing(translator, glossary=terms).translate([long])
        assert found.text.count("puppy") >= 3

    @pytest.mark.parametrize("setting", ["glossary", "dictionary"])
    def test_a_missing_file(self, translator: Translator, setting: str) -> None:
        with pytest.raises(UserError) as caught:
            wishing(translator, **{setting: "no.tsv"})
        assert str(caught.value) == (
            f"inference.{setting}: cannot read 'no.tsv': No such file or directory. "
            "Name a file that exists."
        )


class TestSamples:
    def test_follow_the_seed(self, translator: Translator, texts: list[str]) -> None:
        drawn = wishing(translator, temperature=1.5, n_best=3)
        first, again = drawn.translate(texts), drawn.translate(list(reversed(texts)))
        assert [one.text for one in first] == [one.text for one in reversed(again)]
        other = wishing(drawn, seed=2).translate(texts)
        assert [one.text for one in other] != [one.text for one in first]

    def test_of_the_likeliest_piece_alone_is_greedy(
        self, translator: Translator, texts: list[str]
    ) -> None:
        drawn = wishing(translator, temperature=1.0, sample_top_k=1).translate(texts)
        greedy = wishing(translator, beam_size=1).translate(texts)
        assert [one.text for one in drawn] == [one.text for one in greedy]


def test_groups_differ_more_than_a_beam(translator: Translator, texts: list[str]) -> None:
    def firsts(**wishes: Any) -> float:
        found = wishing(translator, n_best=4, beam_size=8, **wishes).translate(texts)
        every = [{one.ids[0][1][0] for one in (best, *best.alternatives)} for best in found]
        return float(np.mean([len(some) for some in every]))

    assert firsts(groups=4, diversity=5.0) > firsts()


def test_what_is_kept_comes_through(translator: Translator) -> None:
    texts = ["고양이가 잡니다.", "고양이가 산 속에서 웃습니다. 그리고 {{a b}} 산"]
    found = wishing(translator, keep=("고양이", "산 속")).translate(texts)
    assert "고양이" in found[0].text and "산 속" in found[1].text
    # A template keeps its braces.
    assert "{{a b}}" in found[1].text


@pytest.mark.parametrize("engine", ["onnx", "keras"])
def test_several_threads(translator: Translator, texts: list[str], engine: str) -> None:
    shared = wishing(translator, engine=engine)
    expected = [one.text for one in translator.translate(texts)]
    with ThreadPoolExecutor(4) as pool:
        every = pool.map(lambda _: [one.text for one in shared.translate(texts)], range(8))
        assert all(found == expected for found in every)
