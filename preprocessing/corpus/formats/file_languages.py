"""The languages of two files of which each has one language, such as `ko.json` and `en.json`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.formats.column_statistics import are_korean, is_first_source
from malgil.preprocessing.corpus.formats.language_names import is_known_language, language_code
from malgil.settings import DataSettings

_EXTENSION = re.compile(
    r"(\.(srt|vtt|po|mo|json|arb|ya?ml|properties|strings|resx|xml|lproj|txt|gz|bz2|xz|zip))+$",
    re.IGNORECASE,
)
# At the end of a name: `film.ko`, `messages_ko_KR`, `values-ko-rKR`, `film (Korean)`.
_LANGUAGE = re.compile(r"(?:^|[-_.\s(\[])(?P<name>[^\W\d_]{2,})(?:[-_]r?[A-Z]{2})?[)\]]?$")
_MAX_FOLDERS = 2  # locale/ko/LC_MESSAGES/app.po


def split_path_language(path: str) -> tuple[str, str]:
    """Split the language off the path of a file that has one language.

    It is at the end of the name, or of the name of a folder: `film.ko.srt`,
    `messages_ko.properties`, `values-ko/strings.xml`, `ko.lproj/Localizable.strings`.

    Returns:
        The two-letter code, empty if the path has none; and the path without the language, which
        files that belong together have in common.
    """
    parts = path.replace("\\", "/").split("/")
    for index in range(len(parts) - 1, max(-1, len(parts) - 2 - _MAX_FOLDERS), -1):
        stem = _EXTENSION.sub("", parts[index])
        match = _LANGUAGE.search(stem)
        code = language_code(match["name"]) if match else ""
        if match and is_known_language(code):
            parts[index] = stem[: match.start()].rstrip() + parts[index][len(stem) :]
            return code, "/".join(parts)
    return "", "/".join(parts)


def is_first_file_source(
    paths: Sequence[str], texts: Sequence[Iterable[str]], data: DataSettings
) -> bool:
    """Return whether the first of two files is the source: by script, by name, or by order.

    Args:
        paths: The paths of the two files.
        texts: Texts of each.
        data: `[data]`: the languages.

    Raises:
        UserError: If the names have languages that are not the translator's.
    """
    wanted = [language_code(code) for code in (data.source_language, data.target_language)]
    named = [split_path_language(path)[0] for path in paths]
    if all(named) and set(named) != set(wanted):
        raise UserError(
            _(
                "{first!r} and {second!r} are in {first_language} and {second_language}, by their "
                "names. Received: data.source_language = {source}, data.target_language = "
                "{target}. Set the languages of the files, or name other files."
            ).format(
                first=paths[0],
                second=paths[1],
                first_language=named[0],
                second_language=named[1],
                source=data.source_language,
                target=data.target_language,
            )
        )
    by_script = is_first_source(are_korean(texts[0]), are_korean(texts[1]), data)
    if by_script is not None:
        return by_script
    if wanted[0] == wanted[1]:
        return True
    return not (named[0] == wanted[1] or named[1] == wanted[0])
