"""Words of translations, as tokens: where they begin and end, and how a phrase replaces them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from malgil.modeling.search.request import Phrase
from malgil.preprocessing.text.case_markup import MARKS as CASE_MARKS
from malgil.preprocessing.text.function_words import fitting_article, is_function_word
from malgil.preprocessing.text.korean_particles import ends_noun, fitting_particle
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.subword import UNK, Ids
from malgil.preprocessing.text.tokenizer import Tokenizer

_SENTENCE_ENDS = (".", "?", "!")


class Word(NamedTuple):
    """The tokens `ids[begin:end]` of a translation, which are a word without final punctuation.

    Attributes:
        begin: The index of its first token; the marks of its case belong to it.
        end: The index after its last token.
        is_content: Whether it is more than a function word, such as an article.
    """

    begin: int
    end: int
    is_content: bool


class TargetWords:
    """Finds and replaces words of translations.

    Args:
        target: Converts target text to ids and back.
        language: The code of the target language.
    """

    def __init__(self, target: Tokenizer, language: str) -> None:
        self._target = target
        self._language = language

    def split(self, ids: Ids) -> list[Word]:
        """Return the words of a translation, in order; punctuation alone is none."""
        pieces = self._target.subword.spell(ids)
        begins = [at for at in range(len(pieces)) if _begins_word(pieces, at)]
        words = []
        for begin, following in zip(begins, [*begins[1:], len(pieces)], strict=True):
            letters = [at for at in range(begin, following) if _has_letters(pieces[at])]
            if letters:
                text = "".join(pieces[letters[0] : letters[-1] + 1]).strip(SPACE)
                is_content = not is_function_word(text, self._language)
                words.append(Word(begin, letters[-1] + 1, is_content))
        return words

    def is_boundary(self, ids: Ids, at: int) -> bool:
        """Return whether what begins at an index is not the rest of a word.

        It is another word, punctuation, or the particles of a Korean noun.
        """
        pieces = self._target.subword.spell(ids)
        if at == len(pieces) or _begins_word(pieces, at) or not _has_letters(pieces[at]):
            return True
        if self._language != "ko":
            return False
        text = "".join(pieces[at:])
        return ends_noun(f"가{text}".replace(SPACE, " "), 1) or ends_noun(f"각{text}", 1)

    def content_end(self, ids: Ids, begin: int, end: int) -> int:
        """Return the end of `ids[begin:end]` before its first function word.

        Args:
            ids: A translation.
            begin: The index of a word's first token.
            end: The index after the last token.
        """
        functions = [word.begin for word in self.split(ids) if not word.is_content]
        return min([end, *(at for at in functions if at > begin)])

    def cases(self, phrase: Phrase) -> list[Phrase]:
        """Return a phrase, and the phrase as it begins a sentence."""
        text = self._target.decode(phrase)
        capitalized = tuple(self._target.encode(text[:1].upper() + text[1:])[:-1])
        # A small vocabulary may lack the capital letter.
        return [phrase, phrase if UNK in capitalized else capitalized]

    def replace(self, ids: Ids, begin: int, end: int, phrase: Phrase) -> Ids:
        """Return the ids of a translation with a phrase in place of `ids[begin:end]`.

        An English article before the phrase, and a Korean particle after it, get the form that the
        phrase requires. The phrase is capitalized at the beginning of a sentence.
        """
        before, after = ids[:begin], ids[end:]
        pieces = self._target.subword.pieces
        if not before or pieces[before[-1]].endswith(_SENTENCE_ENDS):
            phrase = self.cases(phrase)[1]
        text = self._target.decode(phrase)
        if before and pieces[before[-1]].startswith(SPACE):
            word = pieces[before[-1]].removeprefix(SPACE)
            article = fitting_article(word, text, self._language)
            if article != word:
                before = [*before[:-1], *self._target.subword.encode([SPACE + article])]
        if after and self._language == "ko":
            particle = fitting_particle(pieces[after[0]], text)
            if particle != pieces[after[0]]:
                after = [*self._target.subword.encode([particle]), *after[1:]]
        return [*before, *phrase, *after]


def _has_letters(piece: str) -> bool:
    return piece not in CASE_MARKS and any(map(str.isalnum, piece))


def _begins_word(pieces: Sequence[str], at: int) -> bool:
    """Return whether a word begins with a piece; the marks of its case come first."""
    if at == 0:
        return True
    if pieces[at - 1] in CASE_MARKS:
        return False
    while at < len(pieces) - 1 and pieces[at] in CASE_MARKS:
        at += 1
    return pieces[at].startswith(SPACE)
