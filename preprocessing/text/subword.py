"""Subwords, which SentencePiece calls pieces, learned from the tokens of the corpus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import without_controls
from malgil.preprocessing.text.normalization import MARK_BEGIN, clean
from malgil.preprocessing.text.pre_tokenizer import join
from malgil.preprocessing.text.sentencepiece_model import require_plain

PAD, UNK, BOS, EOS = 0, 1, 2, 3
Ids = list[int]
_KINDS = {"bpe": "bpe", "unigram": "unigram", "none": "word"}
# Longer tokens are noise, and SentencePiece's cost grows with the square of a token's length.
_LONGEST_TOKEN = 100
_CACHE_SIZE = 200_000
# A vocabulary of this size or larger contains the 256 bytes, so that no character is unknown.
_SIZE_WITH_BYTES = 2048
_MIN_COVERAGE = 0.98  # the lowest that SentencePiece accepts


class Subword:
    """A learned vocabulary of pieces: tokens → ids → text.

    Byte-pair encoding: Sennrich, Haddow and Birch 2016. Unigram: Kudo 2018. A piece never crosses
    a token boundary, as each token is split separately. A character without a piece is spelled by
    its bytes in UTF-8 if the vocabulary contains bytes.

    Marks are tokens that no text contains (`placeholders` and `case_markup`): each is one
    piece, SentencePiece's "control symbol", which it never finds in a text.

    Args:
        model: The bytes of a SentencePiece model.

    Raises:
        UserError: If the bytes are not a SentencePiece model with the special ids of this project.
    """

    def __init__(self, model: bytes) -> None:
        self.model = model
        try:
            require_plain(model)
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
            ids = list(range(self._processor.get_piece_size()))
            self.pieces: list[str] = _harmless(self._processor.id_to_piece(ids))
            # Only of the few candidates: asking for every piece takes as long as loading the model.
            few = [i for i in ids[EOS + 1 :] if self.pieces[i].startswith((MARK_BEGIN, "<0x"))]
            self.marks = {self.pieces[i]: i for i in few if self._processor.is_control(i)}
            self._bytes = {i: _byte_of(self.pieces[i]) for i in few if self._processor.is_byte(i)}
        except (RuntimeError, ValueError) as error:
            raise UserError(
                _("the subword model is damaged. Train the translator again.")
            ) from error
        special = [
            getattr(self._processor, f"{name}_id")() for name in ("pad", "unk", "bos", "eos")
        ]
        if special != [PAD, UNK, BOS, EOS]:
            raise UserError(
                _("the subword model has unexpected special ids. Train the translator again.")
            )
        self._cache: dict[str, Ids] = {}
        self._clear_cache()

    def __len__(self) -> int:
        """Return the number of pieces, including the special ones."""
        return len(self.pieces)

    @classmethod
    def train(
        cls,
        counts: Mapping[str, int],
        kind: str,
        vocabulary_size: int,
        marks: Sequence[str] = (),
        mixes_signs: bool = False,
    ) -> Subword:
        """Learn a vocabulary.

        Args:
            counts: The number of occurrences of each token. Marks are ignored.
            kind: `bpe`, `unigram`, or `none` for whole tokens.
            vocabulary_size: The maximum number of pieces, including the four special ones. A corpus
                that is too small for it gets fewer.
            marks: Tokens that become one piece each, even if they do not occur.
            mixes_signs: Whether a piece may contain both letters and signs (l', -vous). It should
                be False if tokens are words with their punctuation.

        Returns:
            The learned vocabulary.

        Raises:
            UserError: If the vocabulary is smaller than the alphabet of the corpus.
        """
        counts = {
            token: n
            for token, n in counts.items()
            if len(token) <= _LONGEST_TOKEN and token not in marks
        }
        if not counts:
            raise UserError(
                _("there is no text to learn a vocabulary from. Add sentence pairs to data.train.")
            )
        try:
            return cls(_train_model(counts, kind, vocabulary_size, marks, mixes_signs))
        except RuntimeError as error:
            needed = re.search(r"\d+ vs (\d+)", str(error))
            if not needed:
                raise
            message = _(
                "preprocessing.vocabulary_size accepts {minimum} or more for this corpus, as the "
                "vocabulary contains all of its characters. Received: {value}. Increase it."
            )
            raise UserError(message.format(minimum=needed[1], value=vocabulary_size)) from error

    def encode(self, tokens: Iterable[str]) -> Ids:
        """Split tokens into pieces.

        Args:
            tokens: Marked tokens of one text (`preprocessing.text.normalization`).

        Returns:
            The ids of their pieces, without begin and end marks.
        """
        ids: Ids = []
        cache = self._cache
        for token in tokens:
            token_ids = cache.get(token)
            if token_ids is None:
                if len(cache) >= _CACHE_SIZE:
                    self._clear_cache()
                token_ids = cache[token] = self._processor.encode(token)
            ids += token_ids
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids, without special and unknown pieces."""
        return join(self.spell(i for i in ids if i > EOS))

    def spell(self, ids: Iterable[int]) -> list[str]:
        """Return the piece of each id.

        The bytes of a character become that character, followed by empty pieces. Bytes that are not
        valid UTF-8, which a model may produce, also become empty pieces.
        """
        pieces: list[str] = []
        for is_byte, run in groupby(ids, self._bytes.__contains__):
            if is_byte:
                encoded = bytes(self._bytes[i] for i in run)
                # A model may spell characters that no text contains, such as a line end.
                text = clean(encoded.decode("utf-8", errors="ignore"))
                pieces += [text, *[""] * (len(encoded) - 1)]
            else:
                pieces += [self.pieces[i] for i in run]
        return pieces

    def _clear_cache(self) -> None:
        self._cache.clear()
        self._cache.update({mark: [i] for mark, i in self.marks.items()})


def _harmless(pieces: list[str]) -> list[str]:
    """Return pieces without control characters, which only a vocabulary from elsewhere contains.

    A translation shows its pieces on a terminal.
    """
    whole = "".join(pieces)
    return pieces if without_controls(whole) == whole else list(map(without_controls, pieces))


def _byte_of(piece: str) -> int:
    """Return the byte that a piece such as `<0x0A>` stands for.

    Raises:
        ValueError: If it has another form.
    """
    [value] = bytes.fromhex(piece.removeprefix("<0x").removesuffix(">"))
    return value


def pad(
    rows: Sequence[Sequence[int] | NDArray[Any]], length: int | None = None
) -> NDArray[np.int32]:
    """Stack rows of ids, padded on the right with `PAD`.

    Args:
        rows: Sequences of ids.
        length: The number of columns; None for the length of the longest row.

    Returns:
        `(len(rows), length)` int32.
    """
    length = max(map(len, rows), default=0) if length is None else length
    padded = np.full((len(rows), length), PAD, dtype=np.int32)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded


def _train_model(
    counts: Mapping[str, int],
    kind: str,
    vocabulary_size: int,
    marks: Sequence[str],
    mixes_signs: bool,
) -> bytes:
    alphabet: Counter[str] = Counter()
    for token, n in counts.items():
        for character in token:
            alphabet[character] += n
    has_bytes = kind != "none" and vocabulary_size >= _SIZE_WITH_BYTES
    # If there is room, every character gets a piece. Otherwise the rarest (1 in 2,000) do not.
    coverage = 1.0 if len(alphabet) * 4 <= vocabulary_size else 0.9995
    if has_bytes:
        # One occurrence is too little to learn a piece from, but it teaches spelling with bytes.
        once = sum(n == 1 for n in alphabet.values())
        coverage = min(coverage, 1.0 - (once + 0.5) / alphabet.total()) if once else coverage
        coverage = max(coverage, _MIN_COVERAGE)
    options: dict[str, Any] = {"control_symbols": list(marks)} if marks else {}
    model = BytesIO()
    # An iterator instead of a file, as the model would store the file's name.
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
        # No normalization besides `normalize`: the text must be restored unchanged.
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        character_coverage=coverage,
        split_digits=True,
        split_by_unicode_script=not mixes_signs,
        byte_fallback=has_bytes,
        **options,
        num_threads=1,  # so that every machine learns the same vocabulary
        minloglevel=2,
    )
    return model.getvalue()
