"""The record of one system of a comparison: whether it has begun, and its result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from malgil.common.files import write_text
from malgil.common.records import read_stored
from malgil.evaluation.comparison import SystemResult
from malgil.settings import Settings

_MAX_BYTES = 1 << 26  # it has the translations of the test sets


@dataclass(frozen=True)
class ComparisonRecord:
    """What a comparison keeps of one system, in the file `NAME.json`.

    Attributes:
        folder: The folder of the comparison.
        settings: The settings of the system.
        files: The checksums of the corpus: a result on other files does not count.
    """

    folder: Path
    settings: Settings
    files: dict[str, str]

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.settings.translator.name}.json"

    def read(self) -> tuple[bool, SystemResult | None]:
        """Read the record of an earlier run with the same settings and files.

        Returns:
            Whether training had begun, so that a checkpoint is its own and not that of another
            training; and the result, if there is one.
        """
        try:
            stored = read_stored(self._path, _MAX_BYTES)
            is_same = stored["settings"] == json.loads(json.dumps(self.settings.to_dict()))
            if not is_same or stored["files"] != self.files:
                return False, None
            return True, stored["result"] and SystemResult.from_dict(stored["result"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False, None

    def write(self, result: SystemResult | None) -> None:
        """Record that training has begun, or its result.

        Raises:
            UserError: If the file cannot be written.
        """
        stored = {
            "settings": self.settings.to_dict(),
            "files": self.files,
            "result": result and result.to_dict(),
        }
        write_text(self._path, json.dumps(stored, ensure_ascii=False, indent=1))
