"""What can be downloaded: data/catalogue.ini, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import schema
from malgil.settings.schema import paths

CATALOGUE = ROOT / "data" / "catalogue.ini"
ROLES = ("train", "valid", "test")

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Figure(NamedTuple):
    """A number of bytes or of pairs, which may be an estimate: written with a ~ before it."""

    value: int
    is_estimate: bool = False

    def __str__(self) -> str:
        return f"{'~' * self.is_estimate}{self.value:,}"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a dataset.

    Attributes:
        role: The key of `[data]` that it suits: train, valid or test.
        url: Where it is published.
        size: In bytes.
        sha256: Its checksum, where the publisher names one; otherwise empty.
        name: What it is called here: the end of the catalogue's address, never a server's word.
    """

    role: str
    url: str
    size: Figure
    sha256: str
    name: str


@dataclass(frozen=True)
class Dataset:
    """A corpus that can be downloaded.

    Attributes:
        name: The section in the catalogue, and the folder that it is kept in.
        about: What it is, in a few words.
        languages: Two-letter codes.
        pairs: How many sentence pairs it has.
        license: The license in a word or three.
        terms: What it asks of those who use the data, and where to read it.
        source: The publisher's page.
        citation: What to cite.
        files: What is fetched.
        recipe: A recipe that suits it; empty for config.ini itself.
    """

    name: str
    about: str
    languages: tuple[str, ...]
    pairs: Figure
    license: str
    terms: str
    source: str
    citation: str
    files: tuple[RemoteFile, ...]
    recipe: str = ""

    @property
    def size(self) -> Figure:
        """Bytes of all files."""
        sizes = [file.size for file in self.files]
        return Figure(sum(size.value for size in sizes), any(size.is_estimate for size in sizes))


@dataclass(frozen=True)
class _Section:
    """A section as it is written."""

    about: str = ""
    languages: tuple[str, ...] = paths()
    pairs: str = ""
    license: str = ""
    terms: str = ""
    source: str = ""
    citation: str = ""
    files: str = ""
    recipe: str = ""


def load(path: Path = CATALOGUE) -> dict[str, Dataset]:
    """The datasets by their names, in the order of the file.

    Raises:
        UserError: If the file cannot be read or says something that is not accepted.
    """
    return {name: _dataset(name, values) for name, values in schema.read(path).items()}


def find(name: str, datasets: dict[str, Dataset]) -> Dataset:
    """The dataset of that name. Raises `UserError` with the nearest name if there is none."""
    if name not in datasets:
        raise UserError(schema.unknown("dataset", name, datasets, "the catalogue"))
    return datasets[name]


def require_address(url: str, what: str) -> None:
    """Check that an address is one of the web.

    Raises:
        UserError: For a scheme other than http and https, or no host.
    """
    try:
        parts = urlsplit(url)
        is_accepted = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_accepted = is_accepted and (parts.port is None or parts.port > 0)
    except ValueError:
        is_accepted = False
    is_accepted = is_accepted and not any(c.isspace() or not c.isprintable() for c in url)
    if not is_accepted:
        raise UserError(f"{what} accepts https:// or http:// addresses. Received: {url!r}.")


def _dataset(name: str, values: dict[str, str]) -> Dataset:
    where = f"[{name}] of the catalogue"
    if not _PLAIN_NAME.fullmatch(name):
        raise UserError(f"{where}: a name is letters, digits, - and _.")
    section: _Section = schema.section(name, _Section, values)
    for key in ("about", "pairs", "license", "terms", "source", "citation", "files", "languages"):
        if not getattr(section, key):
            raise UserError(f"{where} has no {key}. Each dataset must name it.")
    require_address(section.source, f"{name}.source")
    files = tuple(_file(name, line) for line in section.files.splitlines() if line.strip())
    names = [file.name for file in files]
    if len(set(names)) != len(names):
        raise UserError(f"{where}: two files have one name.")
    return Dataset(
        name,
        _one_line(section.about),
        section.languages,
        _figure(section.pairs, f"{name}.pairs"),
        _one_line(section.license),
        _one_line(section.terms),
        section.source,
        _one_line(section.citation),
        files,
        section.recipe,
    )


def _file(name: str, line: str) -> RemoteFile:
    """A line `role address bytes [sha256]`."""
    parts = line.split()
    what = f"{name}.files"
    if len(parts) not in (3, 4) or parts[0] not in ROLES:
        raise UserError(
            f"{what} accepts lines of {' | '.join(ROLES)}, address, bytes and, if there is one, "
            "the "
            f"SHA-256. Received: {line!r}."
        )
    role, url, size, *checksum = parts
    require_address(url, what)
    file_name = urlsplit(url).path.rpartition("/")[2]
    # What is written beside a file ends in .json or .part.
    is_plain = _PLAIN_NAME.fullmatch(file_name) and not file_name.endswith((".json", ".part"))
    if not is_plain:
        raise UserError(f"{what}: the address {url!r} does not end in a plain file name.")
    sha256 = checksum[0] if checksum else ""
    is_checksum = not sha256 or _SHA256.fullmatch(sha256)
    if not is_checksum:
        raise UserError(f"{what} accepts a SHA-256 of 64 hexadecimal digits. Received: {sha256}.")
    return RemoteFile(role, url, _figure(size, what), sha256, file_name)


def _figure(text: str, what: str) -> Figure:
    digits = text.removeprefix("~").replace(",", "").replace("_", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 12 and int(digits) > 0
    if not is_number:
        raise UserError(f"{what} accepts a whole number, with ~ if estimated. Received: {text!r}.")
    return Figure(int(digits), text.startswith("~"))


def _one_line(text: str) -> str:
    return " ".join(text.split())
