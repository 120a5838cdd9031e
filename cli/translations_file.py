"""The file of translations that evaluate writes: TSV with a header, or JSON Lines."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import IO

from malgil.cli.output_file import open_output
from malgil.cli.output_format import json_line

COLUMNS = ("test", "translator", "source", "reference", "translation")
"""The columns of the TSV file. The objects of JSON have these keys, and `number`."""

# What would end a cell or a line. No-break spaces, as in French, stay.
_SEPARATORS = re.compile(r"[\t\r\n]+")


class TranslationsFile:
    """Writes translations next to their sources and references.

    Args:
        file: The open text file.
        as_json: Whether to write a line of JSON for each sentence instead of TSV.
    """

    def __init__(self, file: IO[str], as_json: bool) -> None:
        self._file = file
        self._as_json = as_json
        if not as_json:
            self._write_row(COLUMNS)

    def write(
        self,
        test: str,
        translator: str,
        pairs: Sequence[tuple[str, str]],
        translations: Sequence[str],
    ) -> None:
        """Write the translations of a test set.

        Args:
            test: The name of the test set.
            translator: The name of the translator.
            pairs: Sources and references.
            translations: A translation for each pair.
        """
        for number, ((source, reference), translation) in enumerate(
            zip(pairs, translations, strict=True), 1
        ):
            row = (test, translator, source, reference, translation)
            if self._as_json:
                values = {**dict(zip(COLUMNS, row, strict=True)), "number": number}
                self._file.write(json_line(values) + "\n")
            else:
                self._write_row(row)

    def _write_row(self, cells: Sequence[str]) -> None:
        self._file.write("\t".join(_SEPARATORS.sub(" ", cell) for cell in cells) + "\n")


@contextlib.contextmanager
def open_translations(path: str, as_json: bool) -> Iterator[TranslationsFile]:
    """Open a file of translations, which appears only when it is complete.

    Args:
        path: The file to write.
        as_json: Whether to write JSON Lines instead of TSV.

    Yields:
        The file.

    Raises:
        UserError: If it cannot be written.
    """
    with open_output(path) as file:
        yield TranslationsFile(file, as_json)
