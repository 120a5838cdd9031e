"""The mode download: lists published corpora, and downloads one after its license is agreed to."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from malgil.cli.options import Options
from malgil.common.errors import ExitCode, UserError
from malgil.common.locations import COMMAND, ROOT
from malgil.common.logging import messages
from malgil.common.progress import ProgressLine, bar, clock
from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import (
    Dataset,
    Quantity,
    find_dataset,
    load_catalogue,
)
from malgil.preprocessing.corpus.download.transfer import resumable_bytes

logger = logging.getLogger(__name__)

_YES = ("y", "yes", "예", "네")


def run(options: Options) -> int:
    """List the datasets, or download the one that is named.

    Args:
        options: `text` names the dataset; `yes` agrees to its license; `url` gives its addresses.
            The setting `[data] downloads` says where to.

    Returns:
        The exit status.

    Raises:
        UserError: If there is no such dataset, the license is not agreed to, or a file cannot be
            had.
    """
    downloads = options.settings().downloads
    datasets = load_catalogue()
    if not options.text:
        print(dataset_table(datasets.values()))
        return ExitCode.DONE
    dataset = find_dataset(options.text[0], datasets)
    urls = store.addresses(dataset, options.url)
    if store.is_complete(dataset, downloads):
        logger.info("%s is there already, with the checksums that were recorded", dataset.name)
    else:
        _require_agreement(dataset, urls, options.yes)
        if not _download(dataset, downloads, urls):
            return ExitCode.INTERRUPTED
    logger.info("done: %s", training_command(dataset, store.local_paths(dataset, downloads)))
    return ExitCode.DONE


def dataset_table(datasets: Iterable[Dataset]) -> str:
    """Return an aligned line for each dataset, and how to fetch one."""
    rows = [("name", "languages", "pairs", "size", "license")]
    for each in datasets:
        languages = ", ".join(each.languages)
        size = format_quantity(each.size)
        rows.append((each.name, languages, str(each.pairs), size, each.license))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:{widths[0]}}  {languages:{widths[1]}}  {pairs:>{widths[2]}}  {size:>{widths[3]}}  "
        + license
        for name, languages, pairs, size, license in rows
    ]
    note = f"{COMMAND} --mode download NAME shows more, and asks before it fetches. ~ estimated"
    return "\n".join([*lines, "", note])


def dataset_details(dataset: Dataset, urls: Sequence[str]) -> str:
    """Return all that should be known about a dataset before it is fetched, a line each."""
    files = f"{len(urls)} file{'s' * (len(urls) != 1)}"
    lines = [
        ("dataset", f"{dataset.name}: {dataset.about}"),
        ("pairs", f"{dataset.pairs} ({', '.join(dataset.languages)})"),
        ("size", f"{format_quantity(dataset.size)} in {files}"),
        ("license", dataset.license),
        ("terms", dataset.terms),
        ("cite", dataset.citation),
        ("publisher", dataset.source),
        *(("from", url) for url in urls),
    ]
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:{width}}  {text}" for label, text in lines)


def _require_agreement(dataset: Dataset, urls: Sequence[str], is_agreed: bool) -> None:
    """Show the terms, and ask for agreement. Raises `UserError` where it is not given."""
    if not is_agreed and not sys.stdin.isatty():
        raise UserError(
            f"{dataset.name} is fetched only if you agree to its license ({dataset.license}). "
            "There is no terminal to ask at: add --yes. Nothing was fetched."
        )
    logger.info("%s", dataset_details(dataset, urls))
    if is_agreed:
        return
    print("Fetch it under these terms? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    if answer.strip().lower() not in _YES:
        raise UserError("not agreed to. Nothing was fetched.")


def _download(dataset: Dataset, downloads: Path, urls: Sequence[str]) -> bool:
    """Download what is missing. Returns whether it is all there; False after Ctrl-C."""
    with messages() as line:
        try:
            store.download(dataset, downloads, urls, TransferProgress(line).show)
        except KeyboardInterrupt:
            paths = store.local_paths(dataset, downloads)
            kept = sum(map(resumable_bytes, paths))
            kept_text = f"; {format_size(kept)} are kept. Go on with the same command"
            logger.info("interrupted%s", kept_text if kept else "")
            return False
    return True


class TransferProgress:
    """The bytes received of a file, and the speed, on a progress line."""

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
        text = f"{format_size(done)}  {format_size(speed)}/s"
        if total:
            left = clock((total - done) / speed) if speed else "?"
            of = f"{format_size(done)} of {format_size(total)}"
            text = f"{bar(done, total)} {of}  {format_size(speed)}/s  {left} left"
        self._line.show(text)


def training_command(dataset: Dataset, paths: Iterable[Path]) -> str:
    """Return the command that trains on what was downloaded, quoted for a shell."""
    recipe = f"--config {shlex.quote(dataset.recipe)} " if dataset.recipe else ""
    named = " ".join(
        "--set " + shlex.quote(f"data.{file.role}={_path_in_settings(path)}")
        for file, path in zip(dataset.files, paths, strict=True)
    )
    return f"{COMMAND} --mode train {recipe}{named}"


def _path_in_settings(path: Path) -> str:
    """Return a path as `[data]` names it: relative to the project's folder if it is in there."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else absolute)


def format_quantity(size: Quantity) -> str:
    """Return a size that may be an estimate in a readable unit."""
    return f"{'~' * size.is_estimate}{format_size(size.value)}"


def format_size(count: float) -> str:
    """Return a number of bytes in a readable unit, in powers of ten."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"
