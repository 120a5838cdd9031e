"""Two texts side by side, a sentence a line: Moses' form, in which OPUS ships its corpora."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.base import BLANK, Found, Row
from malgil.preprocessing.corpus.formats.column_statistics import are_korean
from malgil.preprocessing.corpus.formats.columns import ordered
from malgil.preprocessing.corpus.formats.language_names import is_language, language_of
from malgil.settings import DataSettings

# What may stand behind the ending that names the language.
_SUFFIX = re.compile(r"\.(gz|bz2|xz|zip|txt|tok)$", re.IGNORECASE)


def language_in(label: str) -> tuple[str, str]:
    """What a file's name ends in: `news.en-ko.ko`, `train.ko.txt.gz`.

    Returns:
        The code of the language, empty without an ending; and what stands before it, by which
        two texts are known to belong together.
    """
    while _SUFFIX.search(label):
        label = _SUFFIX.sub("", label)
    stem, dot, ending = label.rpartition(".")
    return (language_of(ending), stem) if dot else ("", label)


def is_source_first(
    labels: Sequence[str], heads: Sequence[Sequence[str]], data: DataSettings
) -> bool:
    """Whether the first of two texts is the source: by their scripts, their names, their order.

    Args:
        labels: The names of the two files.
        heads: The first lines of each.
        data: `[data]`: the languages.

    Raises:
        UserError: If the names end in other languages than the translator's.
    """
    wanted = [language_of(code) for code in (data.source_language, data.target_language)]
    named = [language_in(label)[0] for label in labels]
    if all(map(is_language, named)) and set(named) != set(wanted):
        raise UserError(
            f"{labels[0]!r} and {labels[1]!r} are {named[0]} and {named[1]} by their names. "
            "Received: "
            f"data.source_language = {data.source_language}, data.target_language = "
            f"{data.target_language}."
        )
    by_script = ordered(are_korean(heads[0]), are_korean(heads[1]), data)
    if by_script is not None:
        return by_script
    return named != wanted[::-1] or wanted[0] == wanted[1]


def parallel(
    source: Iterable[str], target: Iterable[str], names: Sequence[str], labels: Sequence[str]
) -> Found:
    """The pairs of two texts, line by line.

    Args:
        source: The lines of one, without their ends.
        target: The lines of the other.
        names: What people call the two.
        labels: The same, short.
    """
    needed = "Each line must have a text in both files."
    what = f"parallel texts, {labels[0]} and {labels[1]}"
    return Found(what, "lines", needed, _rows(iter(source), iter(target), names))


def _rows(source: Iterator[str], target: Iterator[str], names: Sequence[str]) -> Iterator[Row]:
    count = 0
    while True:
        left, right = next(source, None), next(target, None)
        if left is None and right is None:
            return
        if left is None or right is None:
            counts = [
                count + (first is not None) + sum(1 for _ in rest)
                for first, rest in ((left, source), (right, target))
            ]
            raise UserError(
                f"{names[0]} has {counts[0]:,} lines and {names[1]} has {counts[1]:,}: parallel "
                "texts must have as many, each the translation of the other's."
            )
        count += 1
        yield (left, right) if left.strip() or right.strip() else BLANK
