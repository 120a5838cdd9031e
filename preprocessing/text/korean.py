"""Korean morphemes by konlpy's taggers, as tokens that know where a space stood."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence

from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, mark_spaces
from malgil.preprocessing.text.taggers import load_tagger
from malgil.settings import REWRITING_TOKENIZERS

# The time of a tagger grows with the square of a run without spaces; no sentence is longer.
_LONGEST = 10_000
# Komoran and Kkma fail at characters beyond 16 bits, such as emoji: each is a morpheme by itself.
_PARTS = re.compile(f"[\U00010000-\U0010ffff]|[^\U00010000-\U0010ffff]{{1,{_LONGEST}}}")
# As many sentences as a large corpus has on one side; 100 MB at most.
_CACHE_SIZE = 250_000


class KoreanPreTokenizer(PreTokenizer):
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
        # Of use to the taggers on Java; MeCab is about as fast.
        self._memory = _LRUCache(_CACHE_SIZE)
        self._is_mecab = name == "mecab"

    def tokenize(self, text: str) -> list[str]:
        """Split into morphemes. See `normalization.PreTokenizer.tokenize`."""
        return self.tokenize_all([text])[0]

    def tokenize_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Split many texts: Okt, Komoran and Kkma then take all processors."""
        if self._is_mecab:
            return [self._by_mecab(text) for text in texts]
        found = {text: tokens for text in texts if (tokens := self._memory.get(text)) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        for text, tokens in zip(new, self._by_morphemes(new), strict=True):
            self._memory.put(text, tokens)
            found[text] = tokens
        return [list(found[text]) for text in texts]

    def _by_mecab(self, text: str) -> list[str]:
        if len(text) > _LONGEST:
            return self._by_morphemes([text])[0]
        # Each morpheme comes with the space before it; the first of a text has none.
        return (SPACE + self._tagger.spaced(text)).replace("\n ", "\n" + SPACE).split("\n")[:-1]

    def _by_morphemes(self, texts: Sequence[str]) -> list[list[str]]:
        """The tokens of each text, by the morphemes of its parts."""
        parts = [_PARTS.findall(text) for text in texts]
        asked = [part for some in parts for part in some if part[0] <= "\uffff" and part.strip()]
        answers = iter(self._tagger.morphs_all(asked))
        morphemes = ([m for part in some for m in _answer(part, answers)] for some in parts)
        if self.name in REWRITING_TOKENIZERS:
            return [[SPACE + morpheme for morpheme in of_text] for of_text in morphemes]
        return [
            mark_spaces(text, _spans(text, of_text))
            for text, of_text in zip(texts, morphemes, strict=True)
        ]


def _answer(part: str, answers: Iterator[list[str]]) -> list[str]:
    """The morphemes of one part: the next answer, if the tagger was asked for it."""
    if part[0] > "\uffff":
        return [part]
    return next(answers) if part.strip() else []


def _spans(text: str, morphemes: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where each morpheme stands in the text; one that does not stand there is passed over."""
    position = 0
    for morpheme in morphemes:
        begin = text.find(morpheme, position)
        if begin >= 0:
            position = begin + len(morpheme)
            yield begin, position


class _LRUCache:
    """The tokens of the texts that were asked for last; safe to use from several threads.

    Args:
        size: How many texts it holds.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}  # one string takes a tenth of a list's memory

    def get(self, text: str) -> list[str] | None:
        with self._lock:
            joined = self._tokens.pop(text, None)
            if joined is None:
                return None
            self._tokens[text] = joined  # a dict keeps its order: this one was used last
        return joined.split("\n") if joined else []

    def put(self, text: str, tokens: list[str]) -> None:
        with self._lock:
            self._tokens[text] = "\n".join(tokens)
            if len(self._tokens) > self._size:
                del self._tokens[next(iter(self._tokens))]
