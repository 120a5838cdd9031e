"""Two files that belong together: parallel texts, subtitles, or catalogs of keys and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.base import PairOrReason, ParsedRows, RowUnit
from malgil.preprocessing.corpus.formats.catalogs.gettext_catalog import read_po_texts
from malgil.preprocessing.corpus.formats.catalogs.key_pairs import (
    KeyedFile,
    KeyedText,
    pair_by_key,
)
from malgil.preprocessing.corpus.formats.catalogs.nested_keys import (
    read_json_texts,
    read_yaml_texts,
)
from malgil.preprocessing.corpus.formats.catalogs.property_lists import (
    read_properties,
    read_strings,
)
from malgil.preprocessing.corpus.formats.catalogs.xml_resources import read_android, read_resx
from malgil.preprocessing.corpus.formats.column_statistics import are_korean, is_first_source
from malgil.preprocessing.corpus.formats.detection import DetectedFile
from malgil.preprocessing.corpus.formats.file_languages import (
    is_first_file_source,
    split_path_language,
)
from malgil.preprocessing.corpus.formats.language_names import language_code
from malgil.preprocessing.corpus.formats.parallel import (
    is_first_text_source,
    parse_parallel_texts,
)
from malgil.preprocessing.corpus.formats.subtitles.cues import Cue, read_cues
from malgil.preprocessing.corpus.formats.subtitles.synchronization import find_timing
from malgil.preprocessing.corpus.formats.subtitles.time_alignment import pair_by_time
from malgil.preprocessing.corpus.formats.text_signatures import (
    ANDROID,
    JSON,
    PO,
    PROPERTIES,
    RESX,
    SRT,
    STRINGS,
    VTT,
    YAML,
)
from malgil.settings import DataSettings

_KEYED_READERS: dict[str, Callable[[DetectedFile, ExitStack], Iterator[KeyedText]]] = {
    ANDROID: lambda file, stack: read_android(file.xml_reader(stack), file.source.name),
    RESX: lambda file, stack: read_resx(file.xml_reader(stack), file.source.name),
    JSON: lambda file, stack: read_json_texts(file.bounded_reader(stack), file.source.name),
    YAML: lambda file, stack: read_yaml_texts(file.bounded_reader(stack), file.source.name),
    PROPERTIES: lambda file, stack: read_properties(file.lines(stack), file.source.name),
    STRINGS: lambda file, stack: read_strings(file.whole_text(stack), file.source.name),
    PO: lambda file, stack: read_po_texts(
        file.whole_text(stack), file.source.name, file.source.budget
    ),
}
_SUBTITLES = {SRT, VTT}


def belong_together(first: DetectedFile, second: DetectedFile, data: DataSettings) -> bool:
    """Return whether two files that follow each other have one language each.

    Args:
        first: The first file.
        second: The second file.
        data: `[data]`: the languages.
    """
    if first.format in _SUBTITLES:
        return second.format in _SUBTITLES
    if first.format != second.format:
        return False
    if first.format == "text":
        return True
    wanted = {language_code(data.source_language), language_code(data.target_language)}
    if first.format == PO:
        return len(wanted) == 2 and {first.language, second.language} == wanted
    if first.format == JSON:
        if not first.texts or not second.texts:
            return False
        # Each of them may have pairs: a text as the key of its translation.
        scripts = are_korean(first.texts), are_korean(second.texts)
        if "ko" in wanted and len(wanted) == 2:
            return is_first_source(*scripts, data) is not None
        return {split_path_language(_path(file))[0] for file in (first, second)} == wanted
    return first.format in _KEYED_READERS


def parse_together(
    first: DetectedFile, second: DetectedFile, data: DataSettings, stack: ExitStack
) -> ParsedRows:
    """Parse two files that belong together.

    Args:
        first: The first file.
        second: The second file.
        data: `[data]`: the languages.
        stack: Closes the files.

    Raises:
        UserError: If the files are not valid, or are in other languages than the translator's.
    """
    if first.format in _SUBTITLES and second.format in _SUBTITLES:
        return _parse_subtitles((first, second), data, stack)
    if first.format == second.format and first.format in _KEYED_READERS:
        return _parse_keyed((first, second), data, stack)
    file_names = [file.source.base_name for file in (first, second)]
    is_in_order = is_first_text_source(file_names, [first.first_lines, second.first_lines], data)
    source, target = (first, second) if is_in_order else (second, first)
    names = source.source.name, target.source.name
    file_names = [source.source.base_name, target.source.base_name]
    return parse_parallel_texts(source.lines(stack), target.lines(stack), names, file_names)


def _path(file: DetectedFile) -> str:
    return file.source.member or str(file.source.path)


def _parse_subtitles(
    files: tuple[DetectedFile, DetectedFile], data: DataSettings, stack: ExitStack
) -> ParsedRows:
    cues = [read_cues(file.lines(stack), file.source.name) for file in files]
    is_in_order = is_first_file_source(
        [_path(file) for file in files], [_cue_lines(side) for side in cues], data
    )
    ordered = list(zip(files, cues, strict=True))[:: 1 if is_in_order else -1]
    (source, source_cues), (target, target_cues) = ordered
    names = source.source.name, target.source.name
    timing = find_timing(source_cues, target_cues)
    parsed = _parsed(
        (source, target),
        RowUnit.CUE,
        _("Cues of both files must be shown at the same time."),
        pair_by_time(source_cues, timing.adjust(target_cues), names),
    )
    columns = ", ".join(filter(None, [parsed.columns, timing.describe()]))
    return parsed._replace(columns=columns)


def _cue_lines(cues: list[Cue]) -> Iterator[str]:
    return (line for cue in cues for line in cue.lines)


def _parse_keyed(
    files: tuple[DetectedFile, DetectedFile], data: DataSettings, stack: ExitStack
) -> ParsedRows:
    read = _KEYED_READERS[files[0].format]
    keyed = [KeyedFile(read(file, stack), file.source.budget) for file in files]
    if files[0].format == PO:
        is_in_order = files[0].language == language_code(data.source_language)
    else:
        texts = [list(file.texts.values()) for file in keyed]
        is_in_order = is_first_file_source([_path(file) for file in files], texts, data)
    ordered = list(zip(files, keyed, strict=True))[:: 1 if is_in_order else -1]
    (source, source_texts), (target, target_texts) = ordered
    return _parsed(
        (source, target),
        RowUnit.MESSAGE,
        _("Each key must have a text in both files."),
        pair_by_key(source_texts, target_texts, (data.source_language, data.target_language)),
    )


def _parsed(
    files: tuple[DetectedFile, DetectedFile],
    unit: RowUnit,
    requirement: str,
    rows: Iterator[PairOrReason],
) -> ParsedRows:
    formats = dict.fromkeys(file.format for file in files)
    names = [file.source.base_name for file in files]
    if names[0] == names[1]:  # in two folders
        names = [_path(file) for file in files]
    label = _("{source} and {target}").format(source=names[0], target=names[1])
    return ParsedRows(" + ".join(formats), label, unit, requirement, rows)
