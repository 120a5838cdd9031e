"""Subwords: learning, lossless round trips, special ids and errors."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.common.errors import UserError
from malgil.preprocessing.text import subword as module
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.pre_tokenizer import SpacePreTokenizer, join
from malgil.preprocessing.text.subword import BOS, EOS, PAD, UNK, Subword, pad

KINDS = ("bpe", "unigram", "none")
SENTENCES = (
    "the small dog saw the old cat",
    "an old cat slept on the small chair",
    "dogs and cats sleep all day long",
    "she reads 12 books in 2024 , not 3",
    "나는 오늘 학교에 갔다",
    "너는 어제 학교에서 책을 읽었다",
    "우리는 내일 책을 읽고 학교에 간다",
    "고양이 😀 와 개 😀",
)


def counts(*sentences: str) -> Counter[str]:
    tokens: Counter[str] = Counter()
    for sentence in sentences:
        tokens.update(SpacePreTokenizer().tokenize(normalize(sentence)))
    return tokens


COUNTS = counts(*SENTENCES * 3)
TRAINED = {kind: Subword.train(COUNTS, kind, 300) for kind in KINDS}
known = st.sampled_from(sorted(COUNTS))
letters = st.text(sorted(set("".join(COUNTS)) - {SPACE}), min_size=1, max_size=12)


@pytest.fixture(params=KINDS)
def trained(request: pytest.FixtureRequest) -> Subword:
    return TRAINED[request.param]


class TestVocabulary:
    def test_special_ids(self, trained: Subword) -> None:
        assert (PAD, UNK, BOS, EOS) == (0, 1, 2, 3)
        assert trained.pieces[:4] == ["<pad>", "<unk>", "<s>", "</s>"]

    def test_pieces_are_distinct(self, trained: Subword) -> None:
        assert len(set(trained.pieces)) == len(trained.pieces) == len(trained)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("lines", [1, 2, 4, 8])
    def test_few_lines_with_rare_characters(self, kind: str, lines: int) -> None:
        few = counts(*SENTENCES[-lines:])
        trained = Subword.train(few, kind, 4000)
        for sentence in SENTENCES[-lines:]:
            tokens = SpacePreTokenizer().tokenize(sentence)
            assert join(trained.spell(trained.encode(tokens))) == sentence

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_every_character_has_a_piece(self, kind: str) -> None:
        assert set("".join(COUNTS)) <= set(TRAINED[kind].pieces)

    def test_whole_tokens(self) -> None:
        assert set(TRAINED["none"].pieces[4:]) == set(COUNTS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_smaller_for_a_small_corpus(self, kind: str) -> None:
        small = Subword.train(counts("a small corpus", "a corpus"), kind, 2000)
        assert 4 < len(small) < 100
        tokens = ["▁a", "▁corpus"]
        assert small.decode(small.encode(tokens)) == "a corpus"

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_never_larger_than_requested(self, kind: str) -> None:
        assert len(Subword.train(COUNTS, kind, 90)) <= 90

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_one_token(self, kind: str) -> None:
        one = Subword.train({"▁a": 1}, kind, 32)
        assert one.decode(one.encode(["▁a", "▁a"])) == "a a"

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_the_whole_alphabet_is_learned_if_there_is_room(self, kind: str) -> None:
        rare = Subword.train({"▁aa": 100_000, "▁b": 1, "▁c": 1}, kind, 2000)
        assert {"b", "c"} <= set(rare.pieces)

    def test_frequent_tokens_are_single_pieces(self) -> None:
        assert len(TRAINED["bpe"].encode(["▁the"])) == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_reproducible(self, kind: str) -> None:
        shuffled = dict(sorted(COUNTS.items(), reverse=True))
        assert Subword.train(shuffled, kind, 300).model == TRAINED[kind].model


class TestMarks:
    MARKS = ("⟦1⟧", "⟦Aa⟧")

    @pytest.mark.parametrize("kind", KINDS)
    def test_each_is_one_piece_that_no_text_produces(self, kind: str) -> None:
        subword = Subword.train(counts("a b", "⟦1⟧ c ⟦Aa⟧d"), kind, 300, self.MARKS)
        assert list(subword.marks) == list(self.MARKS)
        ids = [subword.encode([mark])[0] for mark in self.MARKS]
        assert [subword.pieces[i] for i in ids] == list(self.MARKS)
        assert not set(ids) & set(subword.encode(["▁⟦1⟧", "▁⟦Aa⟧", "x⟦1⟧", "1"]))
        assert "".join(subword.spell([ids[1], *subword.encode(["▁a"])])) == "⟦Aa⟧▁a"

    def test_exist_only_if_requested(self) -> None:
        assert set(Subword.train(COUNTS, "bpe", 300, self.MARKS).marks) == set(self.MARKS)
        assert TRAINED["bpe"].marks == {}

    def test_counts_of_marks_do_not_matter(self) -> None:
        more = {**COUNTS, "⟦1⟧": 1000}
        expected = Subword.train(COUNTS, "bpe", 300, self.MARKS).model
        assert Subword.train(more, "bpe", 300, self.MARKS).model == expected

    def test_remain_when_the_cache_is_cleared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_CACHE_SIZE", 4)
        subword = Subword.train(COUNTS, "bpe", 300, self.MARKS)
        for token in COUNTS:
            subword.encode([token])
            assert subword.encode(["⟦1⟧"]) == [subword.marks["⟦1⟧"]]


@pytest.fixture(scope="module", params=["bpe", "unigram"])
def with_bytes(request: pytest.FixtureRequest) -> Subword:
    return Subword.train(COUNTS, request.param, 2048)


class TestBytes:
    @settings(deadline=None)
    @given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(normalize))
    def test_every_text_is_restored(self, text: str, with_bytes: Subword) -> None:
        ids = with_bytes.encode(SpacePreTokenizer().tokenize(text))
        assert UNK not in ids
        assert with_bytes.decode(ids) == text

    def test_pieces_are_at_the_positions_of_their_bytes(self, with_bytes: Subword) -> None:
        ids = with_bytes.encode(["▁the", "▁", "漢", "字", "▁cat"])
        pieces = with_bytes.spell(ids)
        assert len(pieces) == len(ids)
        assert "".join(pieces) == "▁the▁漢字▁cat" and "漢字" in pieces
        assert pieces.count("") == 5  # two characters of three bytes

    def test_invalid_utf8(self, with_bytes: Subword) -> None:
        of_byte = {value: i for i, value in with_bytes._bytes.items()}
        the = with_bytes.encode(["▁the"])
        for some, expected in (
            ([0xFF], ""),
            ([0xE6, 0xBC], ""),
            ([0xFF, *"é".encode()], "é"),
            ([0x0A], ""),  # a line end would start another translation
            (list("⟦1⟧".encode()), "[1]"),
        ):
            text = with_bytes.decode([*the, *(of_byte[byte] for byte in some)])
            assert text == ("the" + expected), some

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_a_character_seen_once_is_spelled(self, kind: str) -> None:
        counted = {**COUNTS, "▁漢": 1, "▁字": 2}
        subword = Subword.train(counted, kind, 2048)
        assert "漢" not in subword.pieces and "字" in subword.pieces

    def test_not_in_small_or_whole_token_vocabularies(self) -> None:
        assert len(Subword.train(COUNTS, "bpe", 2047)) + 200 < len(
            Subword.train(COUNTS, "bpe", 2048)
        )
        assert UNK in Subword.train(COUNTS, "none", 4000).encode(["▁漢字"])


def test_letters_and_signs_in_one_piece() -> None:
    counted = {"▁l'": 50, "-vous": 50, "▁a": 5}
    assert {"▁l'", "-vous"} <= set(Subword.train(counted, "bpe", 100, (), True).pieces)
    assert not {"▁l'", "-vous"} & set(Subword.train(counted, "bpe", 100).pieces)


class TestEncode:
    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_sentences_are_restored(self, sentence: str, trained: Subword) -> None:
        ids = trained.encode(SpacePreTokenizer().tokenize(sentence))
        assert UNK not in ids and min(ids) > EOS
        assert trained.decode(ids) == sentence

    @settings(deadline=None)
    @given(tokens=st.lists(known | letters | letters.map(SPACE.__add__), max_size=12))
    def test_text_of_known_characters_is_restored(self, tokens: list[str]) -> None:
        # Letters that compose to a syllable would be another text.
        text = join(tokens)
        assert unicodedata.is_normalized("NFC", text)
        for subword in TRAINED.values():
            ids = subword.encode(tokens)
            if UNK not in ids:
                assert subword.decode(ids) == text

    @settings(deadline=None)
    @given(tokens=st.lists(known | letters.map(SPACE.__add__), max_size=12))
    def test_characters_of_the_corpus_are_never_unknown(self, tokens: list[str]) -> None:
        for kind in ("bpe", "unigram"):
            assert UNK not in TRAINED[kind].encode(tokens)

    @settings(deadline=None)
    @given(tokens=st.lists(known | letters | st.text(min_size=1, max_size=9), max_size=9))
    def test_pieces_never_cross_tokens(self, tokens: list[str]) -> None:
        for subword in TRAINED.values():
            each = [subword.encode([token]) for token in tokens]
            assert subword.encode(tokens) == [i for ids in each for i in ids]

    def test_digits_are_split(self) -> None:
        bpe = TRAINED["bpe"]
        assert [bpe.pieces[i] for i in bpe.encode(["▁2024"])][-4:] == ["2", "0", "2", "4"]

    def test_unknown_characters(self, trained: Subword) -> None:
        assert UNK in trained.encode(["▁漢字"])
        assert trained.decode(trained.encode(["▁the", "▁漢字", "▁cat"])).split() == ["the", "cat"]

    def test_names_of_special_pieces_are_text(self, trained: Subword) -> None:
        special = {PAD, BOS, EOS}
        for token in ("<pad>", "▁<s>", "</s>", "▁</s>the", "<s>the</s>"):
            assert not special & set(trained.encode([token]))

    def test_nothing(self, trained: Subword) -> None:
        assert trained.encode([]) == []
        assert trained.decode([]) == ""

    def test_a_token_of_100_000_characters(self, trained: Subword) -> None:
        token = SPACE + "the" * 33_333
        ids = trained.encode([token])
        assert UNK in ids or trained.decode(ids) == token[1:]

    def test_the_cache_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_CACHE_SIZE", 5)
        fresh = Subword(TRAINED["bpe"].model)
        for _ in range(2):
            for token in COUNTS:
                assert fresh.encode([token]) == TRAINED["bpe"].encode([token])
                assert len(fresh._cache) <= 5

    def test_changing_returned_ids_does_not_change_the_cache(self) -> None:
        fresh = Subword(TRAINED["bpe"].model)
        expected = list(fresh.encode(["▁the"]))
        fresh.encode(["▁the"]).append(7)
        assert fresh.encode(["▁the"]) == expected


class TestDecode:
    def test_special_and_unknown_ids_are_left_out(self, trained: Subword) -> None:
        ids = trained.encode(["▁the", "▁cat"])
        assert trained.decode([BOS, ids[0], UNK, *ids[1:], EOS, PAD, PAD]) == "the cat"

    def test_any_iterable(self, trained: Subword) -> None:
        assert trained.decode(iter(trained.encode(["▁dog"]))) == "dog"


class TestMistakes:
    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_too_small_a_vocabulary(self, kind: str) -> None:
        many = {f"▁{chr(0xAC00 + 3 * i)}": 2 for i in range(200)}
        with pytest.raises(UserError) as caught:
            Subword.train(many, kind, 40)
        message = str(caught.value)
        assert "preprocessing.vocabulary_size" in message and "Received: 40." in message
        # 200 syllables, the mark of a space and the four special pieces.
        assert "vocabulary_size accepts 205 or more" in message
        assert len(Subword.train(many, kind, 205)) <= 205

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("tokens", [{}, {SPACE + "a" * 100: 3}])
    def test_no_text(self, kind: str, tokens: dict[str, int]) -> None:
        with pytest.raises(UserError, match="there is no text"):
            Subword.train(tokens, kind, 100)

    def test_overlong_tokens_do_not_matter(self) -> None:
        more = {**COUNTS, SPACE + "Z" * 100: 50}
        assert Subword.train(more, "bpe", 300).model == TRAINED["bpe"].model

    @pytest.mark.parametrize("model", [b"", b"junk", b"\0" * 99], ids=["empty", "junk", "zeros"])
    def test_bytes_that_are_not_a_model(self, model: bytes) -> None:
        with pytest.raises(UserError, match="the subword model"):
            Subword(model)

    def test_damaged_bytes_are_refused_or_load(self) -> None:
        model = TRAINED["bpe"].model
        refused = 0
        for i in range(0, min(len(model), 1500), 3):
            damaged = bytearray(model)
            damaged[i] ^= 0xFF
            for candidate in (bytes(damaged), model[:i]):
                try:
                    Subword(candidate)
                except UserError:
                    refused += 1
        assert refused > 500

    def test_a_model_with_other_special_ids(self) -> None:
        from io import BytesIO

        model = BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES),
            model_writer=model,
            vocab_size=100,
            hard_vocab_limit=False,
            normalization_rule_name="identity",
            minloglevel=2,
        )
        with pytest.raises(UserError, match="unexpected special ids"):
            Subword(model.getvalue())

    def test_a_piece_with_a_control_character(self) -> None:
        """It would reach the terminal in every translation."""
        model = TRAINED["bpe"].model
        piece = max(TRAINED["bpe"].pieces, key=len).encode()
        assert model.count(piece) == 1
        with pytest.raises(UserError, match="the subword model is damaged"):
            Subword(model.replace(piece, b"\x1b" * len(piece)))


class TestPad:
    def test_pads_on_the_right_with_zeros(self) -> None:
        padded = pad([[5], [6, 7, 8], [9, 4]])
        assert padded.tolist() == [[5, 0, 0], [6, 7, 8], [9, 4, 0]]
        assert padded.dtype == np.int32
        assert PAD == 0

    def test_to_a_length(self) -> None:
        assert pad([[5], [6, 7]], 4).tolist() == [[5, 0, 0, 0], [6, 7, 0, 0]]

    def test_nothing(self) -> None:
        assert pad([]).shape == (0, 0)
        assert pad([[], []]).shape == (2, 0)
        assert pad([], 3).shape == (0, 3)
