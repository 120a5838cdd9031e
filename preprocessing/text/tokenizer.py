"""One side of the text path: the text of one language ↔ ids."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from malgil.preprocessing.text import case_markup, placeholders
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.french import FrenchPreTokenizer
from malgil.preprocessing.text.korean import KoreanPreTokenizer
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.placeholders import Placeholders, Slot
from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, SpacePreTokenizer
from malgil.preprocessing.text.subword import EOS, Subword

Ids = list[int]


@functools.cache
def make_pre_tokenizer(name: str) -> PreTokenizer:
    """The tokenizer of a name in `settings.TOKENIZERS`: one object for the whole process.

    Raises:
        UserError: If a package that it needs is missing.
    """
    simple: dict[str, Callable[[], PreTokenizer]] = {
        "none": SpacePreTokenizer,
        "nltk": EnglishPreTokenizer,
        "french": FrenchPreTokenizer,
    }
    return simple[name]() if name in simple else KoreanPreTokenizer(name)


class Tokenizer:
    """Text ↔ ids of one language: tokenize, fold case, cut into pieces, and back.

    Args:
        pre_tokenizer: Splits normalized text into marked tokens.
        subword: The learned pieces.
        lowercase: Whether case is written as marks (`preprocessing.text.case_markup`).
    """

    def __init__(self, pre_tokenizer: PreTokenizer, subword: Subword, lowercase: bool) -> None:
        self.pre_tokenizer = pre_tokenizer
        self.subword = subword
        self.lowercase = lowercase
        # Translators from before the marks have lost the case of their text.
        self.loses_case = lowercase and case_markup.CAPITAL not in subword.marks

    def encode(self, text: str) -> Ids:
        """Ids of a text, the end mark last. A blank text gives the end mark alone."""
        return [*self.subword.encode(self.tokens([normalize(text)])[0]), EOS]

    def tokens(
        self, texts: Sequence[str], slots: Sequence[Sequence[Slot]] | None = None
    ) -> list[list[str]]:
        """The tokens of normalized texts, with placeholders in the slots of each."""
        if self.loses_case:
            texts = [normalize(text.lower()) for text in texts]
            slots = None
        return tokens_of(self.pre_tokenizer, texts, slots, self.lowercase and not self.loses_case)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special and unknown pieces are left out."""
        return self.join(self.spell(ids))

    def spell(self, ids: Iterable[int]) -> list[str]:
        """The pieces of ids; of special and unknown ones nothing."""
        return ["" if i <= EOS else piece for i, piece in zip(*self._spelled(ids), strict=True)]

    def join(self, pieces: Iterable[str]) -> str:
        """Put a text together from pieces, its capitals included."""
        return " ".join(case_markup.unfold("".join(pieces)).replace(SPACE, " ").split())

    def pieces(self, ids: Iterable[int], known: Placeholders = placeholders.NONE) -> list[str]:
        """The piece of each id as people read it: `▁` where a space comes before it, and what a
        placeholder stands for.
        """
        return [placeholders.show(piece, known) for piece in self._spelled(ids)[1]]

    def _spelled(self, ids: Iterable[int]) -> tuple[Ids, list[str]]:
        ids = list(ids)
        return ids, self.subword.spell(ids)


def tokens_of(
    pre_tokenizer: PreTokenizer,
    texts: Sequence[str],
    slots: Sequence[Sequence[Slot]] | None,
    folds: bool,
) -> list[list[str]]:
    """The tokens of normalized texts.

    Args:
        pre_tokenizer: Splits them.
        texts: Normalized texts.
        slots: For each text what stands in it as a placeholder; None for nothing.
        folds: Whether case is written as marks.

    Returns:
        The tokens of each text, marks among them.
    """
    found = pre_tokenizer.tokenize_all(texts)
    for i, some in enumerate(slots or ()):
        if some:
            found[i] = placeholders.cover(texts[i], found[i], some, pre_tokenizer.tokenize)
    return [case_markup.fold(tokens) for tokens in found] if folds else found
