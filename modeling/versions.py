"""The translators of one folder: the one in use, a candidate to replace it, and earlier versions.

    translator.safetensors                  the translator in use
    candidate.safetensors                   the best state of a training that is not in use
    versions/2026-11-30T190512.safetensors  earlier translators, by the time of training (UTC)

A new translator is written as the candidate first. To put it in use, the old translator gets a
second name in `versions/` (a hard link, or a copy if the file system has none), and then the
candidate is renamed to the translator. So at every moment there is a whole translator in use, and
none is lost.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from malgil.common.errors import UserError
from malgil.common.files import (
    as_user_error,
    make_folder,
    open_stored,
    set_aside,
    sha256_of,
    sync_folder,
    write_atomically,
)
from malgil.common.localization import _
from malgil.modeling import translator_file
from malgil.modeling.training_record import TrainingRecord, shown_loss, time_of
from malgil.modeling.translator_file import CANDIDATE_NAME, FILE_NAME, VERSIONS_NAME, Bundle
from malgil.preprocessing.dataset.validation_set import ValidationSet
from malgil.settings import DataSettings, TranslatorSettings

logger = logging.getLogger(__name__)

KEPT = 5
_FILE_TIME = "%Y-%m-%dT%H%M%S"  # Windows allows no colon in a file's name
_FILE = re.compile(r"\d{4}-\d\d-\d\dT\d{6}(_\d+)?\.safetensors")


class WaitingCandidate(NamedTuple):
    """The validation losses per character of a candidate and of the translator in use.

    Attributes:
        loss: That of the candidate; None if it is unknown, here and below.
        loss_in_use: That of the translator in use.
    """

    loss: float | None
    loss_in_use: float | None


def list_versions(folder: Path) -> list[Path]:
    """Return the earlier translators in a translator's folder, the oldest first.

    Raises:
        UserError: If the folder of the versions cannot be read.
    """
    versions = folder / VERSIONS_NAME
    with as_user_error(versions, "read"):
        if not versions.is_dir():
            return []
        return sorted(path for path in versions.iterdir() if _FILE.fullmatch(path.name))


class TranslatorVersions:
    """Decides which translator of a folder is in use while a new one is trained.

    The new translator replaces one that another training left only if it has a lower loss per
    character on the same validation pairs, or if it may overwrite.

    Args:
        folder: The folder of the translator.
        training_id: That of the new training.
        overwrites: Whether the new translator replaces the old one even if it is not better.
    """

    def __init__(self, folder: Path, training_id: str, overwrites: bool = False) -> None:
        self._folder = folder
        self._id = training_id
        self._overwrites = overwrites
        self._in_use = folder / FILE_NAME
        self._candidate = folder / CANDIDATE_NAME

    def check(self, translator: TranslatorSettings, data: DataSettings) -> None:
        """Log which translator the folder already holds, and check that the loss can be compared.

        Args:
            translator: `[translator]`, of the new translator.
            data: `[data]`, of the new translator.

        Raises:
            UserError: If the translator in use is of another training that cannot be compared, and
                may not be overwritten.
        """
        with as_user_error(self._in_use, "read"):
            if not self._in_use.exists():
                return
        try:
            stored = translator_file.load(self._in_use)
        except UserError as error:
            self._refuse(str(error))
            return
        record = TrainingRecord.from_metrics(stored.metrics)
        if record.training_id == self._id:
            return
        self._announce(translator.name, record)
        languages = [
            stored.settings.get("data", {}).get(f"{side}_language") for side in ("source", "target")
        ]
        if languages != [data.source_language, data.target_language]:
            reason = _(
                "{path!r} translates from {source} to {target}; it cannot be compared with a "
                "translator of other languages."
            )
            source, target = languages
            self._refuse(reason.format(path=str(self._in_use), source=source, target=target))
        elif record.loss is None:
            reason = _(
                "{path!r} does not state its validation loss per character; it cannot be compared "
                "with a new translator."
            )
            self._refuse(reason.format(path=str(self._in_use)))

    def check_validation(self, validation: ValidationSet) -> None:
        """Check that the translator in use was validated on the same pairs.

        Raises:
            UserError: If it was not, is of another training, and may not be overwritten.
        """
        record = self._record_in_use()
        if record is None or record.training_id == self._id:
            return
        if not record.validation.is_comparable(validation):
            reason = _(
                "{path!r} was validated on other sentence pairs than a new translator would be; "
                "they cannot be compared."
            )
            self._refuse(reason.format(path=str(self._in_use)))

    def begin(self) -> None:
        """Set aside the candidate of another training; put one of this training in use if it may.

        Raises:
            UserError: If a file cannot be renamed.
        """
        with as_user_error(self._candidate, "read"):
            if not self._candidate.exists():
                return
        record = TrainingRecord()
        with suppress(UserError):
            record = TrainingRecord.read(self._candidate)
        if record.training_id != self._id:
            aside = set_aside(self._candidate)
            if aside:
                message = _("kept the candidate of an earlier training as {path!r}")
                logger.info(message.format(path=str(aside)))
        elif self._may_replace(record):
            self._put_in_use()

    def offer(self, bundle: Bundle) -> None:
        """Write a new best state as the candidate, and put it in use if it may replace the old one.

        Args:
            bundle: The translator, whose metrics `TrainingRecord.to_metrics` made.

        Raises:
            UserError: If the disk is full or the folder cannot be written to.
        """
        translator_file.save(self._candidate, bundle)
        if self._may_replace(TrainingRecord.from_metrics(bundle.metrics)):
            self._put_in_use()

    def own_file(self) -> Path | None:
        """Return the file with the best state of this training; None if there is none yet."""
        for path in (self._candidate, self._in_use):
            with suppress(UserError):
                if TrainingRecord.read(path).training_id == self._id:
                    return path
        return None

    def waiting(self) -> WaitingCandidate | None:
        """Return the losses if the best state of this training is not in use; else None."""
        if self.own_file() != self._candidate:
            return None
        in_use = self._record_in_use() or TrainingRecord()
        return WaitingCandidate(TrainingRecord.read(self._candidate).loss, in_use.loss)

    def _record_in_use(self) -> TrainingRecord | None:
        """Return the record of the translator in use; None if there is none.

        That of a file that cannot be read is empty.
        """
        with as_user_error(self._in_use, "read"):
            if not self._in_use.exists():
                return None
        try:
            return TrainingRecord.read(self._in_use)
        except UserError:
            return TrainingRecord()

    def _may_replace(self, record: TrainingRecord) -> bool:
        """Return whether a state of this training may replace the translator in use."""
        in_use = self._record_in_use()
        if in_use is None or self._overwrites or in_use.training_id == self._id:
            return True
        return record.is_better_than(in_use)

    def _put_in_use(self) -> None:
        """Replace the translator in use with the candidate, and keep it if another trained it."""
        record = self._record_in_use()
        kept = None
        if record is not None and record.training_id != self._id:
            kept = _keep(self._in_use, make_folder(self._folder / VERSIONS_NAME))
        with as_user_error(self._in_use):
            os.replace(self._candidate, self._in_use)
            sync_folder(self._folder)
        if kept:
            message = _("the new translator is now in use; kept the earlier one as {path!r}")
            logger.info(message.format(path=str(kept)))
            _remove_oldest(self._folder, kept)

    def _announce(self, name: str, record: TrainingRecord) -> None:
        """Log which translator is in use, and when the new one will replace it."""
        if self._overwrites:
            message = _(
                "{name!r} already holds a translator, trained on {time}, with a validation loss of "
                "{loss} per character. The new translator replaces it after the first validation; "
                "the earlier one is then kept in {folder!r}."
            )
        else:
            message = _(
                "{name!r} already holds a translator, trained on {time}, with a validation loss of "
                "{loss} per character. It stays in use until the new translator has a lower loss; "
                "the earlier one is then kept in {folder!r}."
            )
        logger.info(
            message.format(
                name=name,
                time=time_of(self._in_use).astimezone().strftime("%Y-%m-%d %H:%M"),
                loss=shown_loss(record.loss),
                folder=str(self._folder / VERSIONS_NAME),
            )
        )

    def _refuse(self, reason: str) -> None:
        """Raise a `UserError` that says how to train anyway, unless the old may be overwritten."""
        if not self._overwrites:
            message = _(
                "{reason} Add --overwrite to replace it, or choose another name: "
                "--set translator.name=NAME."
            )
            raise UserError(message.format(reason=reason))


def _keep(path: Path, versions: Path) -> Path:
    """Give a translator a second name in the folder of versions, without replacing another one.

    Returns:
        The version; the one that is already there if a training was killed after this step.

    Raises:
        UserError: If the disk is full or the folder cannot be written to.
    """
    stamp = time_of(path).strftime(_FILE_TIME)
    path = Path(os.path.realpath(path))
    version, number = versions / f"{stamp}.safetensors", 1
    with as_user_error(version):
        while version.exists():
            if version.samefile(path) or sha256_of(version) == sha256_of(path):
                return version
            number += 1  # its name comes after that of the first one of the same second
            version = versions / f"{stamp}_{number}.safetensors"
        try:
            os.link(path, version)
        except OSError:
            with open_stored(path) as old, write_atomically(version) as new:
                shutil.copyfileobj(old, new)
        sync_folder(versions)
    return version


def _remove_oldest(folder: Path, newest: Path) -> None:
    """Remove all versions but the latest `KEPT`, to which the one just kept always belongs."""
    others = [path for path in list_versions(folder) if path != newest]
    for old in others[: -(KEPT - 1)]:
        with as_user_error(old, "remove"):
            old.unlink(missing_ok=True)
