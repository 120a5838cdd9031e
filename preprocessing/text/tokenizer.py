"""Tokenizers: pre-tokenizer, case markup and subwords, for the text of one language."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.french import FrenchPreTokenizer
from malgil.preprocessing.text.korean import KoreanPreTokenizer
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import Placeholders, Slot
from malgil.preprocessing.text.pre_tokenizer import (
    PreTokenizer,
    SpacePreTokenizer,
    mark_as_in_text,
)
from malgil.preprocessing.text.subword import EOS, Ids, Subword
from malgil.settings import PreprocessingSettings


@functools.cache
def make_pre_tokenizer(name: str, ignores_spaces: bool = False) -> PreTokenizer:
    """Make the pre-tokenizer with a name of `settings.TOKENIZERS`, once for the whole process.

    Args:
        name: The name.
        ignores_spaces: For `mecab`; see `KoreanPreTokenizer`.

    Raises:
        UserError: If a package that it needs is not installed.
    """
    simple: dict[str, Callable[[], PreTokenizer]] = {
        "none": SpacePreTokenizer,
        "nltk": EnglishPreTokenizer,
        "french": FrenchPreTokenizer,
    }
    return simple[name]() if name in simple else KoreanPreTokenizer(name, ignores_spaces)


def make_pre_tokenizers(settings: PreprocessingSettings) -> tuple[PreTokenizer, PreTokenizer]:
    """Make the pre-tokenizers of source and target.

    Args:
        settings: `[preprocessing]`.

    Raises:
        UserError: If a package that one of them needs is not installed.
    """
    return (
        make_pre_tokenizer(settings.source_tokenizer, settings.ignores_source_spaces),
        make_pre_tokenizer(settings.target_tokenizer),
    )


class Tokenizer:
    """Converts the text of one language to ids and back.

    Args:
        pre_tokenizer: Splits normalized text into marked tokens.
        subword: The learned vocabulary.
        lowercase: Whether case is represented by marks (`preprocessing.text.case_markup`).
    """

    def __init__(self, pre_tokenizer: PreTokenizer, subword: Subword, lowercase: bool) -> None:
        self.pre_tokenizer = pre_tokenizer
        self.subword = subword
        self.lowercase = lowercase

    def encode(self, text: str) -> Ids:
        """Return the ids of a text, the end mark last. A blank text has only the end mark."""
        text = normalize(text)
        return [*self.subword.encode(self.tokenize([text])[0]), EOS] if text else [EOS]

    def tokenize(
        self, texts: Sequence[str], slots: Sequence[Sequence[Slot]] | None = None
    ) -> list[list[str]]:
        """Split normalized texts into tokens.

        Args:
            texts: Normalized texts.
            slots: For each text the spans that become placeholders; None for no placeholders.

        Returns:
            The tokens of each text, including placeholders and marks of case.
        """
        tokens = self.pre_tokenizer.tokenize_all(texts)
        for i, text_slots in enumerate(slots or ()):
            if text_slots:
                tokens[i] = placeholders.replace_spans(
                    texts[i], tokens[i], text_slots, self.pre_tokenizer.tokenize
                )
        return (
            [case_markup.fold(text_tokens) for text_tokens in tokens] if self.lowercase else tokens
        )

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids, without special and unknown pieces."""
        return self.join(self.spell(ids))

    def spell(self, ids: Iterable[int]) -> list[str]:
        """Return the piece of each id, "" for special and unknown ids."""
        ids = list(ids)
        pieces = self.subword.spell(ids)
        return ["" if i <= EOS else piece for i, piece in zip(ids, pieces, strict=True)]

    def join(self, pieces: Iterable[str]) -> str:
        """Join pieces into text and restore its capitals."""
        text = "".join(pieces)
        if self.lowercase:
            text = case_markup.unfold(text)
        return " ".join(text.replace(SPACE, " ").split())

    def readable_pieces(
        self, ids: Iterable[int], known: Placeholders | None = None, text: str = ""
    ) -> list[str]:
        """Return the piece of each id for display.

        Args:
            ids: Any ids, including special ones.
            known: The spans that placeholders represent; None to show the placeholders.
            text: The text of the ids, which shows where it has spaces if its tokens do not.

        Returns:
            The pieces, with `▁` for a space, and with spans in place of their placeholders.
        """
        pieces = self.subword.spell(ids)
        if known is not None:
            pieces = [placeholders.readable_piece(piece, known) for piece in pieces]
        if not self.pre_tokenizer.ignores_spaces:
            return pieces
        return mark_as_in_text(pieces, text.lower() if self.lowercase else text)
