"""Subword pieces by SentencePiece, learnt from the corpus, over tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from io import BytesIO

import sentencepiece

from errors import UserError, require
from preprocessing.generic import join

PAD, UNK, BOS, EOS = 0, 1, 2, 3
_KINDS = {"bpe": "bpe", "unigram": "unigram", "none": "word"}
# Longer tokens are noise, and SentencePiece's cost grows with the square of a token's length.
_LONGEST_TOKEN = 100
_CACHE_SIZE = 200_000


class Subword:
    """A learnt vocabulary of pieces: tokens → ids → text.

    Byte-pair encoding: Sennrich, Haddow and Birch 2016. Unigram: Kudo 2018. A piece never crosses
    the border of two tokens, as each token is cut by itself.

    Args:
        model: The bytes of a SentencePiece model.

    Raises:
        UserError: If the bytes are no SentencePiece model with the special ids of this project.
    """

    def __init__(self, model: bytes) -> None:
        self.model = model
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
            self.pieces: list[str] = [
                self._processor.id_to_piece(i) for i in range(self._processor.get_piece_size())
            ]
        except (RuntimeError, UnicodeDecodeError) as error:
            raise UserError("the subword model is damaged. Train the translator again.") from error
        special = [
            getattr(self._processor, f"{name}_id")() for name in ("pad", "unk", "bos", "eos")
        ]
        require(special == [PAD, UNK, BOS, EOS], "the subword model has other special ids.")
        self._cache: dict[str, list[int]] = {}

    def __len__(self) -> int:
        """The number of pieces, the special ones included."""
        return len(self.pieces)

    @classmethod
    def train(cls, counts: Mapping[str, int], kind: str, vocabulary_size: int) -> Subword:
        """Learn a vocabulary.

        Args:
            counts: How often each token occurs.
            kind: `bpe`, `unigram`, or `none` for whole tokens.
            vocabulary_size: The most pieces, the four special ones included. A corpus too small
                for it gets fewer.

        Returns:
            The learnt vocabulary.

        Raises:
            UserError: If the vocabulary is smaller than the alphabet of the corpus.
        """
        counts = {token: n for token, n in counts.items() if len(token) <= _LONGEST_TOKEN}
        require(counts, "there is no text to learn a vocabulary from.")
        try:
            return cls(_train_model(counts, kind, vocabulary_size))
        except RuntimeError as error:
            needed = re.search(r"\d+ vs (\d+)", str(error))
            least = needed[1] if needed else "more"
            raise UserError(
                "preprocessing.vocabulary_size must hold every character of the corpus: it accepts "
                f"{least} or more here. Received: {vocabulary_size}."
            ) from error

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Cut tokens into pieces.

        Args:
            tokens: Marked tokens of one text (`preprocessing.generic`).

        Returns:
            The ids of their pieces, without begin and end marks.
        """
        ids: list[int] = []
        cache = self._cache
        for token in tokens:
            known = cache.get(token)
            if known is None:
                if len(cache) >= _CACHE_SIZE:
                    cache.clear()
                known = cache[token] = self._processor.encode(token)
            ids += known
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Put a text together from ids; special and unknown pieces are left out."""
        return join(self.pieces[i] for i in ids if i > EOS)


def _train_model(counts: Mapping[str, int], kind: str, vocabulary_size: int) -> bytes:
    alphabet: Counter[str] = Counter()
    for token, n in counts.items():
        for character in token:
            alphabet[character] += n
    # With room enough every character gets a piece; else the rarest (1 in 2,000) are unknown.
    coverage = 1.0 if len(alphabet) * 4 <= vocabulary_size else 0.9995
    model = BytesIO()
    # An iterator rather than a file, whose name would be kept in the model.
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{token}\t{counts[token]}" for token in sorted(counts)),
        input_format="tsv",
        model_writer=model,
        model_type=_KINDS[kind],
        vocab_size=vocabulary_size,
        hard_vocab_limit=False,
        pad_id=PAD,
        unk_id=UNK,
        bos_id=BOS,
        eos_id=EOS,
        # Nothing but what `normalise` did: the text must come back as it was.
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        character_coverage=coverage,
        split_digits=True,
        num_threads=1,  # the same vocabulary on every machine
        minloglevel=2,
    )
    return model.getvalue()
