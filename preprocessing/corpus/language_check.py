"""The check that the columns of a corpus file have the languages of the translator, in all rows.

If one of the languages is Korean, the script tells the columns apart (`formats.column_statistics`).
Other languages are identified by py3langid, a naive Bayes classifier of byte n-grams (Lui and
Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool").
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.corpus.formats.base import PairOrReason
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.reader import CorpusFile
from malgil.settings import DataSettings

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

logger = logging.getLogger(__name__)

_EXAMINED_ROWS = 100
_EXAMINED_CHARACTERS = 300  # of each text
# Later rows are examined in samples, of which there are some 80 in a million rows.
_LATER_ROWS, _MIN_DISTANCE, _DISTANCE_SHARE = 50, 100, 0.1
# Fewer pairs are not judged, as they may be names or quotations.
_MIN_PAIRS = 10
# In over 100,000 windows of ten rows of real corpora, no wrong answer had more than 0.87; that one
# was for a list of words in an interface.
_MIN_PROBABILITY = 0.95
# Its codes for texts below this probability, and for texts in no language.
_NO_LANGUAGE = {"und": "", "zxx": ""}
# Languages that differ too little, or whose codes have the same meaning.
_ALIKE = (
    {"no", "nb", "nn", "da"},
    {"hr", "sr", "bs", "sh"},
    {"id", "ms"},
    {"pt", "gl"},
    {"tl", "fil"},
    {"zh", "yue", "wuu"},
    {"ar", "ary", "arz"},
    {"cs", "sk"},
    {"uz", "uzs"},
)


_ORDER = _(
    "{name}: by its first {count:,} pairs, the source is in {target!r} and the target in "
    "{source!r}. Received: data.source_language = {source}, data.target_language = {target}. "
    "{advice}"
)
_TWO_COLUMNS = _(
    "Set the numbers of two columns, source first: --set data.columns=2,1 (1,2 to keep the order)"
)
_TABLE = _(
    "Set the names or the numbers of two columns, source first, even to keep the order: "
    "--set data.columns=NAME,NAME"
)
_TWO_TEXTS = _(
    "Exchange the two texts, or their language codes at the end of their names. To keep the order: "
    "--set data.columns=1,2"
)
_LATER_ORDER = _(
    "{name}: in rows {first:,} to {last:,}, the source is in {target!r} and the target in "
    "{source!r}. Received: data.source_language = {source}, data.target_language = {target}. Put "
    "the source first in all rows, or set data.columns to keep the order."
)
_SIDES = (
    _(
        "{name}: the source texts of the first {count:,} pairs seem to be in {found!r}, not in "
        "{language!r}. Check data.source_language and data.columns."
    ),
    _(
        "{name}: the target texts of the first {count:,} pairs seem to be in {found!r}, not in "
        "{language!r}. Check data.target_language and data.columns."
    ),
)


def check_languages(file: CorpusFile, data: DataSettings) -> Iterator[PairOrReason]:
    """Check the languages of a file's rows, unless one is Korean, and return all rows.

    If a side of the first rows seems to be in another language than the translator's, a warning
    says so.

    Args:
        file: A file of which no row has been read yet.
        data: `[data]`: the languages, and the columns if they are set.

    Raises:
        UserError: Now, or while later rows are read, if source and target are in the wrong order.
            If `columns` is set, the user has decided on the order, and there are only warnings.
    """
    languages = language_code(data.source_language), language_code(data.target_language)
    if _are_alike(*languages) or "ko" in languages:
        return file.rows
    rows = list(itertools.islice(file.rows, _EXAMINED_ROWS))
    pairs = [row for row in rows if not isinstance(row, str)]
    found = identify_languages(pairs)
    if _are_reversed(found, languages) and not data.columns:
        raise UserError(_order_message(file, len(pairs), data))
    for warning, language, other in zip(_SIDES, languages, found, strict=True):
        if other and _is_known(language) and not _are_alike(language, other):
            logger.warning(
                warning.format(name=file.name, count=len(pairs), found=other, language=language)
            )
    later_rows = file.rows if data.columns else _check_later_rows(file, len(rows), data)
    return itertools.chain(rows, later_rows)


def _check_later_rows(file: CorpusFile, count: int, data: DataSettings) -> Iterator[PairOrReason]:
    """Yield the rows after the first ones; refuse samples of them that are in the wrong order.

    Files that were joined may have different orders. The distance of the samples grows with their
    position, so that a part of the file is noticed if it is some tenth of what is before it.
    """
    languages = language_code(data.source_language), language_code(data.target_language)
    sample: list[Pair] = []
    first = number = count
    begin = count + _MIN_DISTANCE
    for number, row in enumerate(file.rows, count + 1):
        if number >= begin and not isinstance(row, str):
            first = first if sample else number
            sample.append(row)
        if len(sample) == _LATER_ROWS:
            _require_order(sample, languages, (first, number), file)
            begin = number + max(_MIN_DISTANCE, int(_DISTANCE_SHARE * number))
            sample = []
        yield row
    _require_order(sample, languages, (first, number), file)


def _require_order(
    pairs: Sequence[Pair], languages: tuple[str, str], numbers: tuple[int, int], file: CorpusFile
) -> None:
    if _are_reversed(identify_languages(pairs), languages):
        source, target = languages
        message = _LATER_ORDER.format(
            name=file.name, first=numbers[0], last=numbers[1], source=source, target=target
        )
        raise UserError(message)


def _are_reversed(found: tuple[str, str], languages: tuple[str, str]) -> bool:
    return all(map(_are_alike, found, languages[::-1]))


def _order_message(file: CorpusFile, count: int, data: DataSettings) -> str:
    is_plain = not file.description
    advice = _TWO_TEXTS if file.is_parallel else _TWO_COLUMNS if is_plain else _TABLE
    source, target = data.source_language, data.target_language
    return _ORDER.format(name=file.name, count=count, source=source, target=target, advice=advice)


def identify_languages(pairs: Sequence[Pair]) -> tuple[str, str]:
    """Return the languages of the sources and of the targets of pairs, as far as they are certain.

    Args:
        pairs: Source and target texts.

    Returns:
        The codes of both languages, two letters or three. A code is empty if the language is not
        certain, if there are fewer than ten pairs, or if py3langid is not installed.
    """
    identifier = _identifier() if len(pairs) >= _MIN_PAIRS else None
    if identifier is None:
        return "", ""
    source, target = (
        identifier.classify(" ".join(pair[side][:_EXAMINED_CHARACTERS] for pair in pairs))[0]
        for side in (0, 1)
    )
    return _NO_LANGUAGE.get(source, source), _NO_LANGUAGE.get(target, target)


@functools.lru_cache(1)
def _identifier() -> LanguageIdentifier | None:
    """Load the identifier, which takes 0.5 to 1 second; it belongs to the packages for training."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError:
        return None
    return LanguageIdentifier.from_model_file(
        MODEL_FILE, norm_probs=True, min_confidence=_MIN_PROBABILITY
    )


def _is_known(language: str) -> bool:
    """Return whether a language, or one like it, can be identified."""
    identifier = _identifier()
    return identifier is not None and any(
        _are_alike(language, label) for label in identifier.labels
    )


def _are_alike(language: str, other: str) -> bool:
    """Return whether texts in one language may be taken for the other."""
    return language == other or any({language, other} <= group for group in _ALIKE)
