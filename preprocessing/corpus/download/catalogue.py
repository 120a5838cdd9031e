"""The catalogue of datasets that can be downloaded, data/catalogue.ini."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import ROOT
from malgil.settings import schema
from malgil.settings.schema import paths

CATALOGUE = ROOT / "data" / "catalogue.ini"
ROLES = ("train", "valid", "test")

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Quantity(NamedTuple):
    """A number of bytes or pairs; estimates are written with a ~."""

    value: int
    is_estimate: bool = False

    def __str__(self) -> str:
        return f"{'~' * self.is_estimate}{self.value:,}"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a dataset.

    Attributes:
        role: The key of `[data]` for which it is meant: train, valid or test.
        url: The address at which it is published.
        size: Its size in bytes.
        sha256: Its checksum if the publisher gives one; otherwise empty.
        name: Its local name: the end of the address in the catalogue, never a name that a server
            sends.
    """

    role: str
    url: str
    size: Quantity
    sha256: str
    name: str


@dataclass(frozen=True)
class Dataset:
    """A corpus that can be downloaded.

    Attributes:
        name: The section in the catalogue, and the folder of its files.
        about: A short description.
        languages: Two-letter codes.
        pairs: The number of sentence pairs.
        license: The short name of the license.
        terms: What the license requires of users of the data, and a link to it.
        source: The publisher's page.
        citation: What to cite.
        files: The files.
        recipe: A suitable recipe; empty for config.ini.
    """

    name: str
    about: str
    languages: tuple[str, ...]
    pairs: Quantity
    license: str
    terms: str
    source: str
    citation: str
    files: tuple[RemoteFile, ...]
    recipe: str = ""

    @property
    def size(self) -> Quantity:
        """The size of all files in bytes."""
        sizes = [file.size for file in self.files]
        return Quantity(sum(size.value for size in sizes), any(size.is_estimate for size in sizes))


@dataclass(frozen=True)
class _Section:
    """The values of a section of the catalogue, before they are parsed."""

    about: str = ""
    languages: tuple[str, ...] = paths()
    pairs: str = ""
    license: str = ""
    terms: str = ""
    source: str = ""
    citation: str = ""
    files: str = ""
    recipe: str = ""


def load_catalogue(path: Path = CATALOGUE) -> dict[str, Dataset]:
    """Return the datasets by name, in the order of the file.

    Raises:
        UserError: If the file cannot be read, or one of its values is not accepted.
    """
    return {name: _parse_dataset(name, values) for name, values in schema.read_ini(path).items()}


def find_dataset(name: str, datasets: dict[str, Dataset]) -> Dataset:
    """Return a dataset. Raises `UserError` with the most similar name if there is none."""
    if name not in datasets:
        message = _("there is no dataset {name!r}.").format(name=name)
        raise UserError(f"{message} {schema.suggestion(name, datasets)}")
    return datasets[name]


def check_web_address(url: str, origin: str) -> None:
    """Check that an address is a web address.

    Args:
        url: The address.
        origin: Who gave the address, such as "--url", for the message.

    Raises:
        UserError: If its scheme is neither http nor https, or it has no host.
    """
    try:
        parts = urlsplit(url)
        is_accepted = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_accepted = is_accepted and (parts.port is None or parts.port > 0)
    except ValueError:
        is_accepted = False
    is_accepted = is_accepted and not any(c.isspace() or not c.isprintable() for c in url)
    if not is_accepted:
        raise UserError(
            _("{origin} accepts https:// or http:// addresses. Received: {url!r}.").format(
                origin=origin, url=url
            )
        )


def _parse_dataset(name: str, values: dict[str, str]) -> Dataset:
    if not _PLAIN_NAME.fullmatch(name):
        raise UserError(
            _(
                "data/catalogue.ini: a dataset name accepts letters, digits, '-', '_' and '.'. "
                "Received: {name!r}."
            ).format(name=name)
        )
    section: _Section = schema.section(name, _Section, values)
    for key in ("about", "pairs", "license", "terms", "source", "citation", "files", "languages"):
        if not getattr(section, key):
            raise UserError(
                _("data/catalogue.ini: [{name}] has no {key!r}. Each dataset needs it.").format(
                    name=name, key=key
                )
            )
    check_web_address(section.source, f"{name}.source")
    files = tuple(_parse_file(name, line) for line in section.files.splitlines() if line.strip())
    names = [file.name for file in files]
    if len(set(names)) != len(names):
        raise UserError(
            _("data/catalogue.ini: [{name}] has two files with the same name.").format(name=name)
        )
    return Dataset(
        name,
        _one_line(section.about),
        section.languages,
        _parse_quantity(section.pairs, f"{name}.pairs"),
        _one_line(section.license),
        _one_line(section.terms),
        section.source,
        _one_line(section.citation),
        files,
        section.recipe,
    )


def _parse_file(name: str, line: str) -> RemoteFile:
    """Parse a line `role address bytes [sha256]`."""
    parts = line.split()
    origin = f"{name}.files"
    if len(parts) not in (3, 4) or parts[0] not in ROLES:
        raise UserError(
            _(
                "{origin} accepts lines of {roles}, an address, a number of bytes and optionally a "
                "SHA-256. Received: {line!r}."
            ).format(origin=origin, roles=" | ".join(ROLES), line=line)
        )
    role, url, size, *checksum = parts
    check_web_address(url, origin)
    file_name = urlsplit(url).path.rpartition("/")[2]
    # .json and .part are the endings of files that are written next to a download.
    is_plain = _PLAIN_NAME.fullmatch(file_name) and not file_name.endswith((".json", ".part"))
    if not is_plain:
        raise UserError(
            _("{origin}: the address {url!r} does not end in a plain file name.").format(
                origin=origin, url=url
            )
        )
    sha256 = checksum[0] if checksum else ""
    is_checksum = not sha256 or _SHA256.fullmatch(sha256)
    if not is_checksum:
        raise UserError(
            _("{origin} accepts a SHA-256 of 64 hexadecimal digits. Received: {sha256}.").format(
                origin=origin, sha256=sha256
            )
        )
    return RemoteFile(role, url, _parse_quantity(size, origin), sha256, file_name)


def _parse_quantity(text: str, origin: str) -> Quantity:
    digits = text.removeprefix("~").replace(",", "").replace("_", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 12 and int(digits) > 0
    if not is_number:
        raise UserError(
            _("{origin} accepts a whole number, with ~ if estimated. Received: {text!r}.").format(
                origin=origin, text=text
            )
        )
    return Quantity(int(digits), text.startswith("~"))


def _one_line(text: str) -> str:
    return " ".join(text.split())
