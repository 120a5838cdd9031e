"""Subword pieces: text comes back, special ids are where they belong, and mistakes are told."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import UserError
from preprocessing import subword as module
from preprocessing.generic import SPACE, SpaceTokenizer, join, normalise
from preprocessing.subword import BOS, EOS, PAD, UNK, Subword

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
        tokens.update(SpaceTokenizer().tokenise(normalise(sentence)))
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

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_every_character_has_a_piece(self, kind: str) -> None:
        assert set("".join(COUNTS)) <= set(TRAINED[kind].pieces)

    def test_whole_tokens(self) -> None:
        assert set(TRAINED["none"].pieces[4:]) == set(COUNTS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_shrunk_for_a_small_corpus(self, kind: str) -> None:
        small = Subword.train(counts("a small corpus", "a corpus"), kind, 8000)
        assert 4 < len(small) < 100
        tokens = ["▁a", "▁corpus"]
        assert small.decode(small.encode(tokens)) == "a corpus"

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_never_larger_than_asked_for(self, kind: str) -> None:
        assert len(Subword.train(COUNTS, kind, 90)) <= 90

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_one_token(self, kind: str) -> None:
        one = Subword.train({"▁a": 1}, kind, 32)
        assert one.decode(one.encode(["▁a", "▁a"])) == "a a"

    @pytest.mark.parametrize("kind", ["bpe", "unigram"])
    def test_the_whole_alphabet_is_learnt_where_there_is_room(self, kind: str) -> None:
        rare = Subword.train({"▁aa": 100_000, "▁b": 1, "▁c": 1}, kind, 8000)
        assert UNK not in rare.encode(["▁b", "▁c"])

    def test_frequent_tokens_are_single_pieces(self) -> None:
        assert len(TRAINED["bpe"].encode(["▁the"])) == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_the_same_again(self, kind: str) -> None:
        shuffled = dict(sorted(COUNTS.items(), reverse=True))
        assert Subword.train(shuffled, kind, 300).model == TRAINED[kind].model


class TestEncode:
    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_sentences_come_back(self, sentence: str, trained: Subword) -> None:
        ids = trained.encode(SpaceTokenizer().tokenise(sentence))
        assert UNK not in ids and min(ids) > EOS
        assert trained.decode(ids) == sentence

    @settings(deadline=None)
    @given(tokens=st.lists(known | letters | letters.map(SPACE.__add__), max_size=12))
    def test_whatever_holds_nothing_unknown_comes_back(self, tokens: list[str]) -> None:
        # Letters that can meet and make a syllable would be another text.
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

    def test_the_memory_of_tokens_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_CACHE_SIZE", 5)
        fresh = Subword(TRAINED["bpe"].model)
        for _ in range(2):
            for token in COUNTS:
                assert fresh.encode([token]) == TRAINED["bpe"].encode([token])
                assert len(fresh._cache) <= 5

    def test_ids_given_out_can_be_changed(self) -> None:
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
        assert "it accepts 205 or more here" in message
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
    def test_bytes_that_are_no_model(self, model: bytes) -> None:
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
            minloglevel=2,
        )
        with pytest.raises(UserError, match="other special ids"):
            Subword(model.getvalue())
