"""The parts of a SentencePiece model: those of the program's own models, and others."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

import pytest
import sentencepiece

from malgil.preprocessing.text.sentencepiece_model import require_plain
from malgil.preprocessing.text.subword import Subword

TEXT = "the cat sat on a mat with another cat ⟦1⟧"
WORDS = Counter({f"▁{word}": 3 for word in TEXT.split()})
LONG = Counter({"가나다" * 30: 2, "라": 1})  # a piece of more than 127 bytes


def train(**options: Any) -> bytes:
    """Return a model of SentencePiece with other options than the program's."""
    model = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(list(WORDS) * 3),
        model_writer=model,
        vocab_size=30,
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    return model.getvalue()


OWN = train(normalization_rule_name="identity")


@pytest.mark.parametrize("kind", ["bpe", "unigram", "none"])
@pytest.mark.parametrize("counts", [WORDS, LONG], ids=["short", "long"])
def test_own_models(kind: str, counts: Counter[str]) -> None:
    require_plain(Subword.train(counts, kind, 40, marks=["⟦1⟧"]).model)


def test_own_model_with_bytes() -> None:
    require_plain(Subword.train(WORDS, "bpe", 3000).model)


@pytest.mark.parametrize("rule", ["nmt_nfkc", "nfkc_cf"])
def test_a_model_that_normalizes(rule: str) -> None:
    with pytest.raises(ValueError, match="normalizes"):
        require_plain(train(normalization_rule_name=rule))


@pytest.mark.parametrize(
    "added",
    [
        b"\x1a\x04\x12\x02ab",  # a second normalizer, which Protocol Buffers would merge
        b"\x2a\x00",  # normalization of the output
        b"\x22\x00",  # a test of itself
        b"\x0a\x03\x0a\x01z",  # a piece after the other parts
        b"\x12\x00",
        b"\x13\x14",  # a group
        b"\x32\x7f",  # a field that is truncated
        b"\x80" * 11,
    ],
    ids=bytes.hex,
)
def test_other_parts(added: bytes) -> None:
    require_plain(OWN)
    with pytest.raises(ValueError):
        require_plain(OWN + added)


@pytest.mark.parametrize("content", [b"", b"\x0a", b"\x0a\x7f", b"\x12\x00\x1a\x00", b"\x0a\x80"])
def test_what_is_not_a_model(content: bytes) -> None:
    with pytest.raises(ValueError):
        require_plain(content)


def test_every_beginning_is_refused() -> None:
    for end in range(len(OWN)):
        with pytest.raises(ValueError):
            require_plain(OWN[:end])
