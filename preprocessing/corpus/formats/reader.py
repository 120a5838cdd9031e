"""Opening corpus files of any accepted format, packed or not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from malgil.common.encoding import SAMPLE_BYTES, UTF8, codec_label
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.archive import is_archive_member, unpack
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.byte_source import ByteSource, file_source
from malgil.preprocessing.corpus.formats.detection import (
    ACCEPTED,
    DetectedFile,
    NotCorpusError,
    detect_format,
)
from malgil.preprocessing.corpus.formats.file_languages import split_path_language
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.paired_files import (
    belong_together,
    parse_together,
)
from malgil.preprocessing.corpus.formats.parallel import split_language
from malgil.settings import DataSettings

# Members of archives that only describe the corpus.
_DOCUMENTATION = re.compile(
    r"(readme|licen[cs]e|copying|changelog|citation|notice|about)(\.(txt|md|rst))?|.*\.ids|_.*",
    re.IGNORECASE,
)
_SPLIT_NAMES = re.compile(r"(?<![a-z])(train|training|valid|validation|val|dev|test|eval)(?![a-z])")

# The steps of the budget for the comparison of two members: it takes ten times as long as a row.
_PAIR_STEPS = 10

# A table, a text, or two parallel texts.
FileGroup = tuple[DetectedFile, ...]
_ByLanguage = dict[str, list[DetectedFile]]


@dataclass(frozen=True)
class CorpusFile:
    """A file of sentence pairs, or two parallel texts.

    Attributes:
        paths: The file, or the two parallel texts.
        position: The index of the first of them among all paths that were given.
        name: The name for messages, in quotation marks.
        place: The name without quotation marks, for the file of rejected pairs.
        description: The format for messages; empty for a plain file, a TSV in UTF-8 with the
            source first.
        unit: What its rows are called.
        requirement: What each row must contain.
        rows: The pairs, not normalized yet, or the reasons why rows are left out. They can be read
            once, before the next file is requested.
        is_parallel: Whether it is two parallel texts.
    """

    paths: tuple[Path, ...]
    position: int
    name: str
    place: str
    description: str
    unit: RowUnit
    requirement: str
    rows: Iterator[PairOrReason]
    is_parallel: bool


def open_corpus_files(
    paths: Iterable[str | Path], data: DataSettings, origin: str = ""
) -> Iterator[CorpusFile]:
    """Open files of sentence pairs of any accepted format, packed or not.

    Two texts without columns that follow each other are parallel. The formats of all files are
    detected before the first file is read.

    Args:
        paths: The files.
        data: `[data]`: languages and columns.
        origin: Who named the files, as for `common.files.as_user_error`.

    Yields:
        Each file or pair of parallel texts; an archive may contain several.

    Raises:
        UserError: If a file cannot be read, has no accepted format or is damaged, or if it cannot
            be decided which columns are source and target.
    """
    with ExitStack() as stack:
        groups = [
            (position, group)
            for position, path in enumerate(paths)
            for group in _file_groups(file_source(path, stack, origin), data, stack)
        ]
        for position, group in _join_parallel_texts(groups, data):
            with ExitStack() as opened:
                yield _open(position, group, data, opened)


def _open(position: int, group: FileGroup, data: DataSettings, stack: ExitStack) -> CorpusFile:
    paths = tuple(dict.fromkeys(file.source.path for file in group))
    if len(group) == 2:
        parsed = parse_together(group[0], group[1], data, stack)
    else:
        parsed = group[0].parse(data, stack)
    name = group[0].source.name
    if len(group) == 2:
        name = _("{first} and {second}").format(first=name, second=group[1].source.name)
    return CorpusFile(
        paths,
        position,
        name,
        ", ".join(file.source.place for file in group),
        _describe(group, parsed),
        parsed.unit,
        parsed.requirement,
        _counted(parsed.rows, group),
        len(group) == 2,
    )


def _counted(rows: Iterator[PairOrReason], group: FileGroup) -> Iterator[PairOrReason]:
    """Yield rows, and count them for the budgets of their files."""
    is_in_sheet = any(file.format == "XLSX" for file in group)
    budgets = list({id(file.source.budget): file.source.budget for file in group}.values())
    for row in rows:
        is_pair = not isinstance(row, str) and not any(not text or text.isspace() for text in row)
        for budget in budgets:
            if is_pair:
                budget.add_pair()
            else:
                budget.add_row_without_pair(is_in_sheet)
        yield row


def _describe(group: FileGroup, parsed: ParsedRows) -> str:
    """Return archive formats, format, encodings and columns, for messages; empty if plain."""
    layers = list(dict.fromkeys(layer for file in group for layer in file.source.layers))
    codecs = dict.fromkeys(file.codec for file in group)
    encodings = [codec_label(codec) for codec in codecs if codec != UTF8]
    if not (parsed.columns or layers or encodings):
        return ""
    return ", ".join(filter(None, [*layers, parsed.format, *encodings, parsed.columns]))


def _file_groups(file: ByteSource, data: DataSettings, stack: ExitStack) -> list[FileGroup]:
    """Return the tables and parallel texts in a file, which may be an archive."""
    sources = unpack(file, stack)
    if len(sources) == 1 and not is_archive_member(sources[0]):
        return [(detect_format(sources[0], data),)]
    members = []
    # Members are looked at for as long as ten files, but each for at least 64 KiB.
    sample_bytes = max(
        SAMPLE_BYTES >> 4, min(SAMPLE_BYTES, 10 * SAMPLE_BYTES // max(1, len(sources)))
    )
    for source in sources:
        if not _DOCUMENTATION.fullmatch(source.base_name):
            with suppress(NotCorpusError):
                members.append(detect_format(source, data, sample_bytes))
    groups = _parallel_members(members, data) + _single_language_members(members, data)
    groups = groups or [(member,) for member in members if member.format != "text"]
    texts = [member for member in members if member.format == "text"]
    if not groups and len(texts) <= 2:
        groups = [tuple(texts)] if texts else []
    if len(groups) == len(members) == 2 and belong_together(members[0], members[1], data):
        groups = [tuple(members)]
    content = ", ".join(source.base_name for source in sources[:10]) + ", …" * (len(sources) > 10)
    if not groups:
        raise UserError(_no_corpus_message(file.name, content))
    splits = {tuple(_SPLIT_NAMES.findall(group[0].source.member.lower())) for group in groups}
    if len(splits - {()}) >= 2:
        raise UserError(
            _(
                "{name} holds several corpora ({content}). Unpack it, and name the files for "
                "data.train, data.valid and data.test."
            ).format(name=file.name, content=content)
        )
    return groups


def _no_corpus_message(name: str, content: str) -> str:
    if not content:
        return _("{name} holds no files that can be read. {accepted}").format(
            name=name, accepted=ACCEPTED
        )
    return _("{name} holds no file in an accepted format ({content}). {accepted}").format(
        name=name, content=content, accepted=ACCEPTED
    )


def _parallel_members(members: Sequence[DetectedFile], data: DataSettings) -> list[FileGroup]:
    """Return the members of an archive that are parallel by their names."""
    by_stem: dict[str, _ByLanguage] = {}
    for member in members:
        if member.first_lines:
            language, stem = split_language(member.source.member)
            by_stem.setdefault(stem, {}).setdefault(language, []).append(member)
    pairs = _pairs_of_languages(by_stem.values(), data, may_lack=False)
    return [pair for pair in pairs if _are_parallel_by_name(pair[0], pair[1], data)]


def _single_language_members(
    members: Sequence[DetectedFile], data: DataSettings
) -> list[FileGroup]:
    """Return the members of an archive that are subtitles or catalogs in the two languages.

    One of the two may have no language in its path: `values/strings.xml`,
    `values-ko/strings.xml`.
    """
    by_stem: dict[tuple[str, str], _ByLanguage] = {}
    for member in members:
        if member.format != "text":
            language, stem = split_path_language(member.source.member)
            of_stem = by_stem.setdefault((member.format, stem), {})
            of_stem.setdefault(language, []).append(member)
    pairs = _pairs_of_languages(by_stem.values(), data, may_lack=True)
    return [pair for pair in pairs if belong_together(pair[0], pair[1], data)]


def _pairs_of_languages(
    groups: Iterable[_ByLanguage], data: DataSettings, may_lack: bool
) -> Iterator[FileGroup]:
    """Yield each two members of a group that have the languages of the translator.

    Args:
        groups: Members whose paths differ in the language only; an archive may have many of the
            same path.
        data: `[data]`: the languages.
        may_lack: Whether one of the two may have no language.
    """
    wanted = {language_code(data.source_language), language_code(data.target_language)}
    for group in groups:
        for languages in itertools.combinations(group, 2):
            if not set(languages) - ({""} if may_lack else set()) <= wanted:
                continue
            for pair in itertools.product(*(group[language] for language in languages)):
                pair[0].source.budget.step(_PAIR_STEPS)
                yield pair


def _are_parallel_by_name(first: DetectedFile, second: DetectedFile, data: DataSettings) -> bool:
    """Return whether the names of two texts differ only in the language codes at their ends."""
    (language, stem), (other_language, other_stem) = (
        split_language(file.source.base_name) for file in (first, second)
    )
    wanted = {language_code(data.source_language), language_code(data.target_language)}
    are_texts = bool(first.first_lines and second.first_lines)
    are_languages = language != other_language and {language, other_language} == wanted
    return are_texts and stem == other_stem and are_languages


def _join_parallel_texts(
    groups: Sequence[tuple[int, FileGroup]], data: DataSettings
) -> list[tuple[int, FileGroup]]:
    """Join each two texts that follow each other into parallel texts."""
    joined: list[tuple[int, FileGroup]] = []
    for position, group in groups:
        previous = joined[-1][1] if joined else ()
        if len(group) == len(previous) == 1 and (
            belong_together(previous[0], group[0], data)
            or _are_parallel_by_name(previous[0], group[0], data)
        ):
            joined[-1] = (joined[-1][0], (*previous, *group))
        else:
            joined.append((position, group))
    return joined
