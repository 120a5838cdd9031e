"""The mode download: lists the corpora that others publish, and fetches one after its license."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.common.progress import ProgressLine, bar, clock
from malgil.preprocessing.corpus.download import catalogue, record, store
from malgil.preprocessing.corpus.download.catalogue import Dataset, Figure
from malgil.preprocessing.corpus.download.transfer import ProgressCallbacks
from malgil.settings import Settings

_INTERRUPTED = 130
_YES = ("y", "yes", "예", "네")


def run(settings: Settings, options: Namespace) -> int:
    """List the datasets, or fetch the one that is named.

    Args:
        settings: `[data] downloads` says where to.
        options: `text` names the dataset; `yes` agrees to its license; `url` gives its addresses.

    Returns:
        The exit status.

    Raises:
        UserError: If there is no such dataset, the license is not agreed to, or a file cannot be
            had.
    """
    datasets = catalogue.load()
    if not options.text:
        print(table(datasets.values()))
        return 0
    dataset = catalogue.find(options.text[0], datasets)
    urls = store.addresses(dataset, options.url)
    if store.is_complete(dataset, settings.downloads):
        _say(f"{dataset.name} is there already, with the checksums that were recorded")
    else:
        _agree(dataset, urls, options.yes)
        if not _fetch(dataset, settings.downloads, urls):
            return _INTERRUPTED
    _say(f"done: {_training(dataset, store.local_paths(dataset, settings.downloads))}")
    return 0


def table(datasets: Iterable[Dataset]) -> str:
    """What can be downloaded: a line for each dataset, aligned, and how to go on."""
    rows = [("name", "languages", "pairs", "size", "license")]
    for each in datasets:
        languages = ", ".join(each.languages)
        rows.append((each.name, languages, str(each.pairs), _figure(each.size), each.license))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:{widths[0]}}  {languages:{widths[1]}}  {pairs:>{widths[2]}}  {size:>{widths[3]}}  "
        + license
        for name, languages, pairs, size, license in rows
    ]
    note = "python app.py --mode download NAME shows more, and asks before it fetches. ~ estimated"
    return "\n".join([*lines, "", note])


def details(dataset: Dataset, urls: Sequence[str]) -> str:
    """All that should be known of a dataset before it is fetched, a line each."""
    files = f"{len(urls)} file{'s' * (len(urls) != 1)}"
    lines = [
        ("dataset", f"{dataset.name}: {dataset.about}"),
        ("pairs", f"{dataset.pairs} ({', '.join(dataset.languages)})"),
        ("size", f"{_figure(dataset.size)} in {files}"),
        ("license", dataset.license),
        ("terms", dataset.terms),
        ("cite", dataset.citation),
        ("publisher", dataset.source),
        *(("from", url) for url in urls),
    ]
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:{width}}  {text}" for label, text in lines)


def _agree(dataset: Dataset, urls: Sequence[str], is_agreed: bool) -> None:
    """Show the terms, and ask whether they are agreed to. Raises `UserError` if they are not."""
    if not is_agreed and not sys.stdin.isatty():
        raise UserError(
            f"{dataset.name} is fetched only if you agree to its license ({dataset.license}). "
            "There is "
            "no terminal to ask at: add --yes. Nothing was fetched."
        )
    _say(details(dataset, urls))
    if is_agreed:
        return
    print("Fetch it under these terms? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    if answer.strip().lower() not in _YES:
        raise UserError("not agreed to. Nothing was fetched.")


def _fetch(dataset: Dataset, downloads: Path, urls: Sequence[str]) -> bool:
    """Fetch what is missing. Returns whether it is all there, not broken off by Ctrl-C."""
    line = ProgressLine()
    try:
        store.download(dataset, downloads, urls, ProgressCallbacks(_Shown(line).show, line.say))
    except KeyboardInterrupt:
        paths = store.local_paths(dataset, downloads)
        kept = sum(record.resumable_bytes(path) for path in paths)
        kept_text = f"; {_size(kept)} are kept. Go on with the same command" if kept else ""
        line.say(f"interrupted{kept_text}")
        return False
    finally:
        line.clear()
    return True


class _Shown:
    """How far the download of a file is, and how fast."""

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._began, self._first, self._last = 0.0, 0, 0

    def show(self, done: int, total: int | None) -> None:
        """Show it on the line; see `ProgressCallbacks`."""
        now = time.monotonic()
        if not self._began or done < self._last:  # another file, or the same anew
            self._began, self._first = now, done
        self._last = done
        speed = (done - self._first) / max(now - self._began, 1e-3)
        text = f"{_size(done)}  {_size(speed)}/s"
        if total:
            left = clock((total - done) / speed) if speed else "?"
            of = f"{_size(done)} of {_size(total)}"
            text = f"{bar(done, total)} {of}  {_size(speed)}/s  {left} left"
        self._line.show(text)


def _training(dataset: Dataset, paths: Iterable[Path]) -> str:
    """How to train on what was downloaded."""
    recipe = f"--config {dataset.recipe} " if dataset.recipe else ""
    named = " ".join(
        f"--set data.{file.role}={_shown(path)}"
        for file, path in zip(dataset.files, paths, strict=True)
    )
    return f"python app.py --mode train {recipe}{named}"


def _shown(path: Path) -> str:
    """A path as it can be named in `[data]`: from the project's folder, if it is in there."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else absolute)


def _figure(size: Figure) -> str:
    return f"{'~' * size.is_estimate}{_size(size.value)}"


def _size(count: float) -> str:
    """Bytes as people read them, in powers of ten."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
