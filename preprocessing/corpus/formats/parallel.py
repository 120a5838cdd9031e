"""Two parallel texts, one sentence per line: the Moses format, in which OPUS publishes corpora."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import BLANK, PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.column_statistics import are_korean, is_first_source
from malgil.preprocessing.corpus.formats.language_names import is_known_language, language_code
from malgil.settings import DataSettings

# Endings that may follow the language code.
_SUFFIX = re.compile(r"\.(gz|bz2|xz|zip|txt|tok)$", re.IGNORECASE)


def split_language(file_name: str) -> tuple[str, str]:
    """Split the language code off a file name such as `news.en-ko.ko` or `train.ko.txt.gz`.

    Returns:
        The two-letter code, empty if the name has no ending; and the part before it, which two
        texts that belong together have in common.
    """
    while _SUFFIX.search(file_name):
        file_name = _SUFFIX.sub("", file_name)
    stem, dot, ending = file_name.rpartition(".")
    return (language_code(ending), stem) if dot else ("", file_name)


def is_first_text_source(
    file_names: Sequence[str], first_lines: Sequence[Sequence[str]], data: DataSettings
) -> bool:
    """Return whether the first of two texts is the source: by script, by name, or by order.

    Args:
        file_names: The names of the two files.
        first_lines: The first lines of each.
        data: `[data]`: the languages.

    Raises:
        UserError: If the names end in languages that are not the translator's.
    """
    wanted = [language_code(code) for code in (data.source_language, data.target_language)]
    named = [split_language(name)[0] for name in file_names]
    if all(map(is_known_language, named)) and set(named) != set(wanted):
        raise UserError(
            _(
                "{first!r} and {second!r} are texts in {first_language} and {second_language}, by "
                "their names. Received: data.source_language = {source}, data.target_language = "
                "{target}. Set the languages of the texts, or name other texts."
            ).format(
                first=file_names[0],
                second=file_names[1],
                first_language=named[0],
                second_language=named[1],
                source=data.source_language,
                target=data.target_language,
            )
        )
    by_script = is_first_source(are_korean(first_lines[0]), are_korean(first_lines[1]), data)
    if by_script is not None:
        return by_script
    return named != wanted[::-1] or wanted[0] == wanted[1]


def parse_parallel_texts(
    source: Iterable[str], target: Iterable[str], names: Sequence[str], file_names: Sequence[str]
) -> ParsedRows:
    """Pair the lines of two texts.

    Args:
        source: The lines of the source text without their ends.
        target: The lines of the target text.
        names: The names of both files for messages, in quotation marks.
        file_names: The names of both files without their folders.
    """
    return ParsedRows(
        _("parallel texts"),
        _("{source} and {target}").format(source=file_names[0], target=file_names[1]),
        RowUnit.LINE,
        _("Each line must have text in both files."),
        _pairs(iter(source), iter(target), names),
    )


def _pairs(
    source: Iterator[str], target: Iterator[str], names: Sequence[str]
) -> Iterator[PairOrReason]:
    count = 0
    while True:
        left, right = next(source, None), next(target, None)
        if left is None and right is None:
            return
        if left is None or right is None:
            lines = [
                RowUnit.LINE.count(count + (first is not None) + sum(1 for __ in rest))
                for first, rest in ((left, source), (right, target))
            ]
            raise UserError(
                _(
                    "{first} has {first_lines} and {second} has {second_lines}: parallel texts "
                    "must have the same number of lines, each a translation of the other text's."
                ).format(
                    first=names[0],
                    first_lines=lines[0],
                    second=names[1],
                    second_lines=lines[1],
                )
            )
        count += 1
        yield (left, right) if left.strip() or right.strip() else BLANK
