"""English words by NLTK: the conventions of the Penn Treebank, without downloaded data."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import re
import sys
import threading
from types import ModuleType
from typing import Any

from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, mark_spaces

# NLTK's rules depend on more than a run without spaces in two cases: at quotation marks, which open
# or close depending on their neighbors, and at brackets after the period that ends the text.
_NEEDS_CONTEXT = re.compile(r"""["`]|''|(?:^|\ )[]\)}>'»”’]+$""")
# One word and at most one mark that NLTK always splits off. NLTK splits such a word only if it is
# one of `_CONTRACTIONS`.
_PLAIN = re.compile(r"([A-Za-z]+)([,;:?!]?)")
_PLAIN_AT_THE_END = re.compile(r"([A-Za-z]+)([,;:?!.]?)")
_CONTRACTIONS = {"cannot", "gimme", "gonna", "gotta", "lemme", "wanna"}
_CACHE_SIZE = 100_000


class EnglishPreTokenizer(PreTokenizer):
    """Splits English with NLTK's `NLTKWordTokenizer`: don't → do n't, "end." → end .

    All characters are kept. NLTK scans a sentence about thirty times. Its rules do not look beyond
    a space, except in the texts that `_NEEDS_CONTEXT` finds. Therefore the tokens of each run
    between spaces are cached, separately for a run that ends the text, where a period ends the
    sentence.
    """

    def __init__(self) -> None:
        self._within: dict[str, list[str]] = {}
        self._last: dict[str, list[str]] = {}

    def tokenize(self, text: str) -> list[str]:
        """Split into words and punctuation. See `PreTokenizer.tokenize`."""
        if not text:
            return []
        if _NEEDS_CONTEXT.search(text):
            return self._by_nltk(text)
        *words, last = text.split(" ")
        within = self._within
        tokens: list[str] = []
        for word in words:
            cached = within.get(word)
            tokens += self._tokenize_word(word, False) if cached is None else cached
        cached = self._last.get(last)
        tokens += self._tokenize_word(last, True) if cached is None else cached
        return tokens

    def _tokenize_word(self, word: str, is_last: bool) -> list[str]:
        """Tokenize a run without spaces, and cache its tokens."""
        cache = self._last if is_last else self._within
        if len(cache) >= _CACHE_SIZE:
            cache.clear()
        plain = (_PLAIN_AT_THE_END if is_last else _PLAIN).fullmatch(word)
        if plain and plain[1].lower() not in _CONTRACTIONS:
            tokens = [SPACE + plain[1], plain[2]] if plain[2] else [SPACE + word]
        else:
            # The added word keeps the run from ending, or beginning, the text that NLTK sees.
            tokens = self._by_nltk(f"x {word}")[1:] if is_last else self._by_nltk(f"{word} x")[:-1]
        cache[word] = tokens
        return tokens

    @functools.cached_property
    def _nltk(self) -> Any:
        # Loaded when a text is split: a translation into English is only joined.
        return nltk_word_tokenizer()()

    def _by_nltk(self, text: str) -> list[str]:
        try:
            spans = list(self._nltk.span_tokenize(text))
        except ValueError:
            # In some texts NLTK cannot align the quotation marks that it has rewritten.
            return mark_spaces(text, ())
        return mark_spaces(text, spans)


_importing = threading.Lock()


@functools.cache
def nltk_word_tokenizer() -> Any:
    """Return NLTK's class `NLTKWordTokenizer`, importing as little of NLTK as possible.

    `import nltk` runs all of NLTK, which takes as long as all other imports of a translation
    together. The class uses only a few functions of two other modules. It is therefore imported
    with empty modules in place of its parent packages and of the module of its abstract base class.
    These are removed again, so that a later `import nltk` imports all of NLTK.

    Raises:
        ModuleNotFoundError: If NLTK is not installed.
    """
    with _importing:
        if "nltk" not in sys.modules:
            try:
                return _import_only_the_class()
            except (ImportError, AttributeError):  # another version of NLTK needs more modules
                pass
        from nltk.tokenize.destructive import NLTKWordTokenizer

        return NLTKWordTokenizer


def _import_only_the_class() -> Any:
    spec = importlib.util.find_spec("nltk")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'nltk'", name="nltk")
    package, subpackage, base = map(ModuleType, ("nltk", "nltk.tokenize", "nltk.tokenize.api"))
    package.__path__ = list(spec.submodule_search_locations)
    subpackage.__path__ = [f"{path}/tokenize" for path in package.__path__]
    vars(base)["TokenizerI"] = object
    try:
        sys.modules.update({module.__name__: module for module in (package, subpackage, base)})
        return importlib.import_module("nltk.tokenize.destructive").NLTKWordTokenizer
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "nltk"]:
            del sys.modules[name]
