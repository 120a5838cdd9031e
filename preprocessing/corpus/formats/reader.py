"""The one entrance: files of any format → rows of source and target."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import as_user_error
from malgil.preprocessing.corpus.formats import encoding
from malgil.preprocessing.corpus.formats.archive import is_archive, unpack
from malgil.preprocessing.corpus.formats.base import Found, Row
from malgil.preprocessing.corpus.formats.byte_source import file_source
from malgil.preprocessing.corpus.formats.detection import (
    ACCEPTED,
    NotCorpusError,
    Recognized,
    recognize,
    together,
)
from malgil.preprocessing.corpus.formats.language_names import language_of
from malgil.preprocessing.corpus.formats.parallel import is_source_first, language_in
from malgil.settings import DataSettings

# Members of archives that are about the corpus.
_ABOUT = re.compile(
    r"(readme|licen[cs]e|copying|changelog|citation|notice|about)(\.(txt|md|rst))?|.*\.ids|_.*",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<![a-z])(train|training|valid|validation|val|dev|test|eval)(?![a-z])")

Unit = tuple[Recognized, ...]  # a table, a text, or two parallel texts


@dataclass(frozen=True)
class FileOfRows:
    """A file of sentence pairs, or two parallel texts.

    Attributes:
        paths: The file or files that were named.
        position: The place of the first of them among all, from 0 on.
        name: What people call it, in quotation marks.
        what: What it was found to be, for people; empty for the plain case, a TSV in UTF-8 with
            the source first.
        unit: What its rows are: lines, rows, objects, units.
        needed: What each of them must be.
        rows: The pairs as they stand in it, or why a row is none. They can be read once, before
            the next file is asked for.
    """

    paths: tuple[Path, ...]
    position: int
    name: str
    what: str
    unit: str
    needed: str
    rows: Iterator[Row]


def read_rows(paths: Iterable[str | Path], data: DataSettings) -> Iterator[FileOfRows]:
    """Read files of sentence pairs, of any format, packed or not.

    Two texts without columns that follow each other are parallel. What each file is, is told
    before the first is read.

    Args:
        paths: Their names.
        data: `[data]`: languages and columns.

    Yields:
        Each file, or each two parallel texts; an archive may hold several.

    Raises:
        UserError: If one cannot be read, is of no kind that is read, is damaged, or nothing tells
            where source and target stand in it.
    """
    with ExitStack() as stack:
        units = [
            (position, unit)
            for position, path in enumerate(paths)
            for unit in _units_of(Path(path), data, stack)
        ]
        for position, unit in _paired(units, data):
            with ExitStack() as opened:
                yield _open(position, unit, data, opened)


def _open(position: int, unit: Unit, data: DataSettings, stack: ExitStack) -> FileOfRows:
    first = unit[0]
    paths = tuple(dict.fromkeys(each.source.path for each in unit))
    if len(unit) == 1:
        found, name = first.found(data, stack), first.source.name
    else:
        labels, heads = [each.source.label for each in unit], [each.head for each in unit]
        found = together(unit[0], unit[1], is_source_first(labels, heads, data))
        name = " and ".join(each.source.name for each in unit)
    rows = _told(paths[0], found.rows)
    return FileOfRows(paths, position, name, _what(unit, found), found.unit, found.needed, rows)


def _told(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    with as_user_error(path, "read"):
        yield from rows


def _what(unit: Unit, found: Found) -> str:
    """What a file is packed in, its format and columns, its encoding."""
    layers = list(dict.fromkeys(layer for each in unit for layer in each.source.layers))
    codecs = dict.fromkeys(each.codec for each in unit)
    others = [encoding.shown(codec) for codec in codecs if codec != encoding.UTF8]
    if not (found.what or layers or others):
        return ""
    form, _, columns = (found.what or "TSV").partition(", ")
    return ", ".join(filter(None, [*layers, form, " and ".join(others), columns]))


def _units_of(path: Path, data: DataSettings, stack: ExitStack) -> list[Unit]:
    """What a file holds that pairs can be read from."""
    leaves = unpack(file_source(path, stack), stack)
    if len(leaves) == 1 and not is_archive(leaves[0]):
        return [(recognize(leaves[0], data),)]
    members = []
    for leaf in leaves:
        if not _ABOUT.fullmatch(leaf.label):
            with suppress(NotCorpusError):
                members.append(recognize(leaf, data))
    units = _moses(members, data) or [(m,) for m in members if m.kind != "text"]
    texts = [member for member in members if member.kind == "text"]
    if not units and len(texts) <= 2:
        units = [tuple(texts)] if texts else []
    inside = ", ".join(leaf.label for leaf in leaves[:10]) + ", …" * (len(leaves) > 10)
    if not units:
        raise UserError(
            f"{str(path)!r} holds no corpus that is recognized ({inside or 'nothing'}). {ACCEPTED}"
        )
    parts = {tuple(_PARTS.findall(unit[0].source.member.lower())) for unit in units}
    if len(parts - {()}) >= 2:
        raise UserError(
            f"{str(path)!r} holds several corpora ({inside}). Unpack it, and name the files for "
            "data.train, data.valid and data.test."
        )
    return units


def _moses(members: Sequence[Recognized], data: DataSettings) -> list[Unit]:
    """The members of an archive that belong together by their names."""
    by_stem: dict[str, list[Recognized]] = {}
    wanted = {language_of(data.source_language), language_of(data.target_language)}
    for member in members:
        language, stem = language_in(member.source.member)
        if language in wanted:
            by_stem.setdefault(stem, []).append(member)
    pairs = itertools.chain.from_iterable(
        itertools.combinations(texts, 2) for texts in by_stem.values()
    )
    return [pair for pair in pairs if _belong_together(*pair, data)]


def _belong_together(first: Recognized, second: Recognized, data: DataSettings) -> bool:
    """Whether the names of two texts differ in nothing but the two languages that they end in."""
    (language, stem), (other, other_stem) = (
        language_in(each.source.label) for each in (first, second)
    )
    wanted = {language_of(data.source_language), language_of(data.target_language)}
    are_texts = bool(first.head and second.head)
    return are_texts and stem == other_stem and language != other and {language, other} == wanted


def _paired(units: Sequence[tuple[int, Unit]], data: DataSettings) -> list[tuple[int, Unit]]:
    """Texts that follow each other become pairs of parallel texts; one alone stays."""
    paired: list[tuple[int, Unit]] = []
    for position, unit in units:
        before = paired[-1][1] if paired else ()
        if len(unit) == len(before) == 1 and (
            unit[0].kind == before[0].kind == "text" or _belong_together(before[0], unit[0], data)
        ):
            paired[-1] = (paired[-1][0], (*before, *unit))
        else:
            paired.append((position, unit))
    return paired
