"""The mode download: lists published corpora, and downloads one if you agree to its license."""

from __future__ import annotations

import logging
import shlex
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from malgil.cli.options import Options
from malgil.common.errors import ExitCode, UserError
from malgil.common.localization import _, ngettext
from malgil.common.locations import COMMAND, ROOT
from malgil.common.logging import messages
from malgil.common.progress import ProgressLine, bar, clock
from malgil.common.table import format_table
from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import (
    Dataset,
    Quantity,
    find_dataset,
    load_catalogue,
)
from malgil.preprocessing.corpus.download.exchange import NetworkLimits
from malgil.preprocessing.corpus.download.transfer import resumable_bytes

logger = logging.getLogger(__name__)

_YES = ("y", "yes", "예", "네")


def run(options: Options) -> int:
    """List the datasets, or download one of them.

    Args:
        options: `text` names the dataset; `yes` agrees to its license; `url` gives its addresses.
            The settings `[data] downloads` and `download_min_speed` apply.

    Returns:
        The exit status.

    Raises:
        UserError: If there is no such dataset, you do not agree to the license, or a file cannot
            be downloaded.
    """
    settings = options.settings()
    downloads = settings.downloads
    datasets = load_catalogue()
    if not options.text:
        print(dataset_table(datasets.values()))
        return ExitCode.DONE
    dataset = find_dataset(options.text[0], datasets)
    urls = store.addresses(dataset, options.url)
    if store.is_complete(dataset, downloads):
        message = _("{name} is already downloaded; its checksums match those on record")
        logger.info(message.format(name=dataset.name))
    else:
        _require_agreement(dataset, urls, options.yes)
        limits = NetworkLimits(min_speed=settings.data.download_min_speed)
        if not _download(dataset, downloads, urls, limits):
            return ExitCode.INTERRUPTED
    command = training_command(dataset, store.local_paths(dataset, downloads))
    logger.info(_("done. To train on it: {command}").format(command=command))
    return ExitCode.DONE


def dataset_table(datasets: Iterable[Dataset]) -> str:
    """Return an aligned line for each dataset, and how to download one."""
    rows = [(_("name"), _("languages"), _("pairs"), _("size"), _("license"))]
    for each in datasets:
        languages = ", ".join(each.languages)
        size = format_quantity(each.size)
        rows.append((each.name, languages, str(each.pairs), size, each.license))
    note = _(
        "~ estimated. {command} --mode download NAME shows more, and asks before it downloads."
    ).format(command=COMMAND)
    return "\n\n".join([format_table(rows, to_right=(2, 3)), note])


def dataset_details(dataset: Dataset, urls: Sequence[str]) -> str:
    """Return what should be known about a dataset before it is downloaded, one fact per line."""
    size = ngettext("{size} in {count} file", "{size} in {count} files", len(urls)).format(
        size=format_quantity(dataset.size), count=len(urls)
    )
    return format_table(
        [
            (_("dataset"), f"{dataset.name}: {dataset.about}"),
            (_("pairs"), f"{dataset.pairs} ({', '.join(dataset.languages)})"),
            (_("size"), size),
            (_("license"), dataset.license),
            (_("terms"), dataset.terms),
            (_("citation"), dataset.citation),
            (_("publisher"), dataset.source),
            *((_("address"), url) for url in urls),
        ]
    )


def _require_agreement(dataset: Dataset, urls: Sequence[str], is_agreed: bool) -> None:
    """Show the terms, and ask for agreement.

    Raises:
        UserError: If the answer is not yes, or there is no terminal to ask on.
    """
    if not is_agreed and not sys.stdin.isatty():
        raise UserError(
            _(
                "{name} is downloaded only if you agree to its license ({license}). Standard input "
                "is not a terminal, so the question cannot be asked: add --yes to agree. Nothing "
                "was downloaded."
            ).format(name=dataset.name, license=dataset.license)
        )
    logger.info(dataset_details(dataset, urls))
    if is_agreed:
        return
    question = _("Do you agree to these terms and want to download the dataset? [y/N]")
    answer = ""
    try:
        print(question, end=" ", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
    finally:
        if not answer.endswith("\n"):  # Ctrl-C or Ctrl-D: what follows begins on its own line
            print(file=sys.stderr, flush=True)
    if unicodedata.normalize("NFC", answer).strip().lower() not in _YES:
        raise UserError(
            _("you did not agree to the terms. Nothing was downloaded. To agree, answer y.")
        )


def _download(
    dataset: Dataset, downloads: Path, urls: Sequence[str], limits: NetworkLimits
) -> bool:
    """Download the missing files. Returns whether all are complete; False after Ctrl-C."""
    with messages() as line:
        try:
            store.download(dataset, downloads, urls, TransferProgress(line).show, limits)
        except KeyboardInterrupt:
            paths = store.local_paths(dataset, downloads)
            kept = sum(map(resumable_bytes, paths))
            message = _("interrupted")
            if kept:
                message = _(
                    "interrupted; {size} are kept. To continue, run the same command."
                ).format(size=format_size(kept))
            logger.info(message)
            return False
    return True


class TransferProgress:
    """Shows the bytes received of a file, and the speed, on a progress line."""

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._began, self._first, self._last = 0.0, 0, 0

    def show(self, done: int, total: int | None) -> None:
        """Show the progress.

        Args:
            done: The bytes received.
            total: The bytes of the whole file; None if they are unknown.
        """
        now = time.monotonic()
        if not self._began or done < self._last:  # another file, or the same one started over
            self._began, self._first = now, done
        self._last = done
        speed = (done - self._first) / max(now - self._began, 1e-3)
        if total:
            text = _("{bar} {done} of {total}  {speed}/s  {left} left").format(
                bar=bar(done, total),
                done=format_size(done),
                total=format_size(total),
                speed=format_size(speed),
                left=clock((total - done) / speed) if speed else "?",
            )
        else:
            text = f"{format_size(done)}  {format_size(speed)}/s"
        self._line.show(text)


def training_command(dataset: Dataset, paths: Iterable[Path]) -> str:
    """Return the command that trains on a download, quoted for a shell."""
    recipe = ["--config", dataset.recipe] if dataset.recipe else []
    overrides = []
    for file, path in zip(dataset.files, paths, strict=True):
        overrides += ["--set", f"data.{file.role}={_path_in_settings(path)}"]
    return f"{COMMAND} {shlex.join(['--mode', 'train', *recipe, *overrides])}"


def _path_in_settings(path: Path) -> str:
    """Return a path for `[data]`: relative to the project's folder if it is inside it."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else absolute)


def format_quantity(size: Quantity) -> str:
    """Return a size in a readable unit, with ~ before an estimate."""
    return f"{'~' * size.is_estimate}{format_size(size.value)}"


def format_size(count: float) -> str:
    """Return a number of bytes in a readable unit, in powers of ten."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"
