"""The translations of other systems, which `--output-of` names: a line for each sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.files import require_file
from malgil.common.localization import _
from malgil.common.text_lines import read_lines

if TYPE_CHECKING:
    from malgil.preprocessing.corpus.reader import Corpus

_ORIGIN = "--output-of"


@dataclass(frozen=True)
class SystemOutput:
    """The translations of a test set by another system.

    Attributes:
        name: The name of the system, for reports.
        file: The file of the translations.
        translations: A translation for each sentence pair of the test set.
    """

    name: str
    file: str
    translations: tuple[str, ...]


def check_names(values: Sequence[tuple[str, str]]) -> None:
    """Refuse names that reports could not distinguish, and missing files.

    Args:
        values: The values of `--output-of`: names and files.

    Raises:
        UserError: If a name is blank or used twice, or a file does not exist.
    """
    names = [name for name, _file in values]
    for name, file in values:
        if not name.strip() or not file:
            raise UserError(
                _(
                    "--output-of accepts the name of a system and a file. Received: {name!r} and "
                    "{file!r}. Example: --output-of other other.txt"
                ).format(name=name, file=file)
            )
        if names.count(name) > 1:
            raise UserError(
                _(
                    "--output-of accepts each name once. Received {name!r} {count} times. Give "
                    "each system its own name."
                ).format(name=name, count=names.count(name))
            )
        require_file(file, _ORIGIN)


def read_outputs(
    values: Sequence[tuple[str, str]], test_sets: Mapping[str, Corpus], taken: Sequence[str]
) -> list[SystemOutput]:
    """Read the files of `--output-of`.

    Args:
        values: Names and files, which `check_names` accepted.
        test_sets: The test sets; one if there is a file.
        taken: The names of the translators.

    Returns:
        The translations of each system.

    Raises:
        UserError: If there are several test sets, a name is that of a translator, a file cannot be
            read, or it has neither a line for each row nor one for each sentence pair.
    """
    if not values:
        return []
    if len(test_sets) > 1:
        raise UserError(
            _(
                "--output-of accepts one test set. Received: {names}. Name one of them with "
                "--input."
            ).format(names=", ".join(test_sets))
        )
    [(test_name, corpus)] = test_sets.items()
    outputs = []
    for name, file in values:
        if name in taken:
            raise UserError(
                _(
                    "--output-of: {name!r} is the name of a translator. Give the other system "
                    "another name."
                ).format(name=name)
            )
        translations = tuple(read_lines(file, _ORIGIN))
        if len(translations) == corpus.row_count:  # also of the rows that are left out
            translations = tuple(translations[index] for index in corpus.row_indices)
        if len(translations) != len(corpus.pairs):
            raise UserError(
                _(
                    "--output-of: {file!r} accepts one line for each sentence pair of "
                    "{test_name!r}. Received: {lines:,} lines for {summary}. Translate the same "
                    "file."
                ).format(
                    file=file,
                    test_name=test_name,
                    lines=len(translations),
                    summary=corpus.summary(),
                )
            )
        outputs.append(SystemOutput(name, file, translations))
    return outputs
