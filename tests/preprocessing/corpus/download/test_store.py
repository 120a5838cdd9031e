"""Whole datasets: moved into place, recorded at the first download and checked later."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.common.errors import UserError
from malgil.common.locks import exclusive
from malgil.preprocessing.corpus.download import store
from malgil.preprocessing.corpus.download.catalogue import Dataset, Quantity, RemoteFile
from malgil.preprocessing.corpus.download.exchange import Exchange, NetworkLimits
from malgil.preprocessing.corpus.download.record import (
    DownloadRecord,
    read_record,
    record_path,
    write_record,
)
from malgil.preprocessing.corpus.download.transfer import part_path, state_path
from tests import web as site
from tests.web import Web

BODY, OTHER, TAR = site.zip_of(1, 20_000), site.zip_of(2, 20_000), site.tar_of(3)
BADLY_TYPED = '{"url": "a", "size": "1", "sha256": "b", "date": "c"}'
SHA256 = hashlib.sha256(BODY).hexdigest()


def dataset_of(*files: tuple[str, str], sha256: str = "") -> Dataset:
    """Return a dataset of files, each with a role and an address."""
    remote = [RemoteFile(r, u, Quantity(20_000), sha256, u.rpartition("/")[2]) for r, u in files]
    return Dataset("mine", "", ("ko", "en"), Quantity(1), "CC0", "", "", "", tuple(remote))


@pytest.fixture
def dataset(web: Web) -> Dataset:
    """Return a dataset of one zip file on the server."""
    return dataset_of(("train", web.url()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of that file."""
    return tmp_path / "downloads" / "mine" / "file.zip"


Getter = Callable[..., list[Path]]


@pytest.fixture
def get(web: Web, dataset: Dataset, tmp_path: Path, limits: NetworkLimits) -> Getter:
    """Return a function that downloads the dataset, or another one, from a scripted server."""

    def run(*script: site.Behavior, of: Dataset = dataset, urls: tuple[str, ...] = ()) -> list:
        web.script = list(script)
        return store.download(of, tmp_path / "downloads", urls, lambda *_: None, limits)

    return run


def entries(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()}


class TestFirst:
    def test_is_put_in_place_with_its_record(self, get: Getter, path: Path, web: Web) -> None:
        assert get(site.file(BODY)) == [path] and path.read_bytes() == BODY
        assert entries(path) == {"file.zip", "file.zip.json"}
        remembered = json.loads(record_path(path).read_text())
        date = remembered.pop("date")
        assert remembered == {"url": web.url(), "size": len(BODY), "sha256": SHA256}
        assert len(date) == 10 and date[4] == date[7] == "-"

    def test_several_files(self, get: Getter, web: Web, tmp_path: Path) -> None:
        of = dataset_of(("train", web.url("/a.zip")), ("test", web.url("/b/park.tar.gz")))
        paths = get(site.file(BODY), site.file(TAR), of=of)
        assert paths == [tmp_path / "downloads/mine/a.zip", tmp_path / "downloads/mine/park.tar.gz"]
        assert [path.read_bytes() for path in paths] == [BODY, TAR]

    def test_downloads_only_the_missing_file(self, get: Getter, web: Web, tmp_path: Path) -> None:
        of = dataset_of(("train", web.url("/a.zip")), ("test", web.url("/b.zip")))
        with pytest.raises(UserError, match="404"):
            get(site.file(BODY), site.status(404), of=of)
        assert not store.is_complete(of, tmp_path / "downloads")
        get(site.file(OTHER), of=of)
        assert [path for path, _ in web.requests] == ["/a.zip", "/b.zip", "/b.zip"]
        assert store.is_complete(of, tmp_path / "downloads")

    def test_another_address(self, get: Getter, web: Web, path: Path) -> None:
        get(site.file(BODY), urls=(web.url("/moved/elsewhere?name=../../x"),))
        assert web.requests[0][0] == "/moved/elsewhere?name=../../x"
        assert entries(path) == {"file.zip", "file.zip.json"}  # named by the catalogue

    @pytest.mark.parametrize("name", ["../../evil.zip", "/etc/evil.zip", "file.zip.json"])
    def test_names_sent_by_the_server_are_ignored(self, get: Getter, path: Path, name: str) -> None:
        get(site.file(BODY, Content_Disposition=f'attachment; filename="{name}"'))
        assert entries(path) == {"file.zip", "file.zip.json"}

    @pytest.mark.parametrize(
        ("urls", "message"),
        [
            (("https://a.org/1", "https://a.org/2"), "per file, in this order: file.zip. Rec.* 2"),
            (("file:///etc/passwd",), "--url accepts https:// or http://"),
        ],
    )
    def test_refused_addresses(self, get: Getter, urls: tuple[str, ...], message: str) -> None:
        with pytest.raises(UserError, match=message):
            get(site.file(BODY), urls=urls)


class TestAgain:
    def test_is_not_downloaded_again(self, get: Getter, web: Web, tmp_path: Path) -> None:
        get(site.file(BODY))
        assert store.is_complete(dataset_of(("train", web.url())), tmp_path / "downloads")
        get(site.status(500))
        assert len(web.requests) == 1

    @pytest.mark.parametrize("content", [BODY[:-1], OTHER, b""])
    def test_a_file_that_has_changed_here(
        self, get: Getter, path: Path, web: Web, content: bytes
    ) -> None:
        get(site.file(BODY))
        path.write_bytes(content)
        with pytest.raises(UserError, match="file.zip' has changed since it was downloaded"):
            get(site.file(BODY))
        assert path.read_bytes() == content and len(web.requests) == 1

    def test_the_same_after_it_was_removed(self, get: Getter, path: Path) -> None:
        get(site.file(BODY))
        remembered = read_record(path)
        assert remembered is not None
        write_record(record_path(path), dataclasses.replace(remembered, date="2020-01-31"))
        before = record_path(path).read_bytes()
        path.unlink()
        get(site.file(BODY))
        assert path.read_bytes() == BODY and record_path(path).read_bytes() == before

    def test_another_file_after_it_was_removed(self, get: Getter, path: Path) -> None:
        get(site.file(BODY))
        path.unlink()
        with pytest.raises(
            UserError, match="differs from the file of .*json.* The downloaded file was removed"
        ):
            get(site.file(OTHER))
        assert entries(path) == {"file.zip.json"}
        record_path(path).unlink()
        get(site.file(OTHER))
        assert path.read_bytes() == OTHER

    def test_a_file_that_was_put_there_by_hand(
        self, get: Getter, path: Path, web: Web, dataset: Dataset, tmp_path: Path
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(BODY)
        assert store.is_complete(dataset, tmp_path / "downloads")
        stored = read_record(path)
        assert stored is not None and stored.sha256 == SHA256
        path.write_bytes(OTHER)
        with pytest.raises(UserError, match="has changed"):
            store.is_complete(dataset, tmp_path / "downloads")

    def test_a_damaged_file_put_there_by_hand(
        self, path: Path, dataset: Dataset, tmp_path: Path
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(BODY[:-30])
        with pytest.raises(
            UserError, match="damaged or incomplete.* Remove .*, and download again"
        ):
            store.is_complete(dataset, tmp_path / "downloads")
        assert entries(path) == {"file.zip"}

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": "ab"}', "\xff", BADLY_TYPED])
    def test_a_record_that_cannot_be_read(
        self, get: Getter, path: Path, web: Web, text: str
    ) -> None:
        get(site.file(BODY))
        path.unlink()
        record_path(path).write_text(text, encoding="latin-1")
        with pytest.raises(UserError, match="is not the record of a download"):
            get(site.file(BODY))
        assert len(web.requests) == 1 and not path.exists()


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (BODY[: len(BODY) // 2], "damaged or incomplete"),
            (BODY[:5000] + b"\x00" + BODY[5001:], "damaged or incomplete"),
            (b"<!doctype html><title>Log in</title>", "is a web page instead of an archive"),
            (b"", "damaged or incomplete"),
        ],
        ids=["cut short", "altered", "a page", "empty"],
    )
    def test_a_body(self, get: Getter, path: Path, body: bytes, message: str) -> None:
        with pytest.raises(UserError, match=f"{message}.* The downloaded file was removed"):
            get(site.file(body))
        assert not path.parent.parent.exists()
        assert get(site.file(BODY)) == [path]

    def test_a_length_that_is_too_small(self, get: Getter, path: Path) -> None:
        def lie(request: site.Request) -> None:
            request.answer(200, BODY, Content_Length=len(BODY) - 100)
            request.hang_up()

        with pytest.raises(UserError, match="damaged or incomplete"):
            get(lie)
        assert not path.parent.parent.exists()

    def test_a_body_without_a_length_that_ends_early(self, get: Getter) -> None:
        with pytest.raises(UserError, match="damaged or incomplete"):
            get(site.until_closed(BODY[:-40]))

    def test_two_versions_in_one(self, get: Getter, path: Path, web: Web) -> None:
        """Refuse a file that changed during the download although its tag did not."""
        with pytest.raises(UserError, match="damaged or incomplete"):
            get(site.file(BODY, after=9000), site.file(OTHER))
        assert [h.get("Range") for _, h in web.requests] == [None, "bytes=9000-"]

    def test_another_checksum_than_the_publishers(
        self, get: Getter, path: Path, web: Web, dataset: Dataset
    ) -> None:
        of = dataset_of(("train", web.url()), sha256=SHA256)
        with pytest.raises(UserError, match=f"not the file of its publisher.*{SHA256}"):
            get(site.file(OTHER), of=of)
        assert not path.parent.parent.exists()
        assert get(site.file(BODY), of=of) == [path]
        get(site.status(500), of=of)

    def test_a_file_far_larger_than_expected(self, get: Getter, path: Path, web: Web) -> None:
        """Refuse a file that is far larger than the 20,000 bytes in the catalogue."""
        with pytest.raises(UserError, match="the maximum is 16,080,000"):
            get(site.until_closed(bytes(1_000_000), times=100))
        assert not path.exists()


class TestEmptyFolders:
    """A failed download that leaves no file leaves no folder either."""

    @pytest.fixture
    def no_host(self, web: Web) -> Dataset:
        """Return a dataset on a host that does not exist."""
        return dataset_of(("train", "http://nowhere.invalid/file.zip"))

    def test_an_unknown_host(self, get: Getter, no_host: Dataset, path: Path) -> None:
        with pytest.raises(UserError, match="connection to nowhere.invalid failed"):
            get(of=no_host)
        assert not path.parent.parent.exists()

    def test_a_missing_page(self, get: Getter, path: Path) -> None:
        with pytest.raises(UserError, match="returned 404"):
            get(site.status(404))
        assert not path.parent.parent.exists()

    @pytest.mark.parametrize("begins_body", [False, True])
    def test_ctrl_c_before_the_first_byte(
        self, get: Getter, path: Path, monkeypatch: pytest.MonkeyPatch, begins_body: bool
    ) -> None:
        def interrupt(*arguments: object, **options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Exchange, "read" if begins_body else "response", interrupt)
        with pytest.raises(KeyboardInterrupt):
            get(site.file(BODY))
        assert not path.parent.parent.exists()

    def test_ctrl_c_after_the_first_bytes_keeps_them(
        self, get: Getter, path: Path, web: Web, dataset: Dataset, limits: NetworkLimits
    ) -> None:
        def interrupt(*state: object) -> None:
            raise KeyboardInterrupt

        web.script = [site.stall(BODY, 9000)]
        with pytest.raises(KeyboardInterrupt):
            store.download(dataset, path.parent.parent, (), interrupt, limits)
        received = part_path(path).stat().st_size
        assert received and entries(path) == {part_path(path).name, state_path(path).name}
        assert get(site.file(BODY)) == [path] and path.read_bytes() == BODY
        assert web.requests[-1][1]["Range"] == f"bytes={received}-"

    @pytest.mark.parametrize("name", ["long" * 100, "file/folder"])
    def test_a_folder_that_cannot_be_created(
        self, tmp_path: Path, dataset: Dataset, name: str
    ) -> None:
        (tmp_path / "file").write_text("not a folder")
        with pytest.raises(UserError, match=r"cannot (read|create) .*(too long|Not a dir)"):
            store.download(dataset, tmp_path / name, (), lambda *_: None, NetworkLimits())
        with contextlib.suppress(UserError):
            assert not store.is_complete(dataset, tmp_path / name)
        assert [each.name for each in tmp_path.iterdir()] == ["file"]

    def test_folders_of_others_stay(self, get: Getter, no_host: Dataset, path: Path) -> None:
        path.parent.parent.mkdir()  # made by the user, and empty
        with pytest.raises(UserError, match="failed"):
            get(of=no_host)
        assert list(path.parent.parent.iterdir()) == []
        path.parent.mkdir()
        (path.parent / "notes.txt").touch()
        with pytest.raises(UserError, match="failed"):
            get(of=no_host)
        assert entries(path) == {"notes.txt"}

    def test_a_file_that_another_process_downloads_stays(
        self, get: Getter, path: Path, web: Web
    ) -> None:
        path.parent.mkdir(parents=True)
        part_path(path).write_bytes(BODY[:9])
        with exclusive(path), pytest.raises(UserError, match="is in use: process .* is writing it"):
            get(site.file(BODY))
        assert entries(path) == {part_path(path).name} and web.requests == []
        assert get(site.file(BODY)) == [path] and path.read_bytes() == BODY

    def test_a_file_that_another_process_has_just_downloaded_is_used(
        self, get: Getter, path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = store.exclusive

        @contextlib.contextmanager
        def after_another(file: Path) -> Iterator[None]:
            monkeypatch.setattr(store, "exclusive", real)
            get(site.file(BODY))
            with real(file):
                yield

        monkeypatch.setattr(store, "exclusive", after_another)
        assert get(site.file(BODY)) == [path]
        assert path.read_bytes() == BODY and len(web.requests) == 1


class TestBetween:
    """A kill between any two of the last steps loses nothing."""

    def test_before_the_rename(
        self, get: Getter, path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.replace

        def killed(source: Path, target: Path) -> None:
            if Path(target) == path:
                raise KeyboardInterrupt
            real(source, target)

        monkeypatch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            get(site.file(BODY))
        assert entries(path) == {p.name for p in (part_path(path), record_path(path))} | {
            state_path(path).name
        }
        monkeypatch.setattr(os, "replace", real)
        assert get(site.status(500)) == [path] and path.read_bytes() == BODY
        assert len(web.requests) == 1 and entries(path) == {"file.zip", "file.zip.json"}

    def test_the_record_is_written_before_the_file_is_renamed(
        self, get: Getter, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, seen = os.replace, []

        def replace(source: Path, target: Path) -> None:
            seen.append((Path(target).name, record_path(path).exists()))
            real(source, target)

        monkeypatch.setattr(os, "replace", replace)
        get(site.file(BODY))
        assert seen[-1] == ("file.zip", True)


def test_a_record_is_read_back(tmp_path: Path) -> None:
    remembered = DownloadRecord("https://a.org/한.zip", 3, "ab" * 32, "2025-01-31")
    write_record(record_path(tmp_path / "r.zip"), remembered)
    assert read_record(tmp_path / "r.zip") == remembered
    assert read_record(tmp_path / "none.zip") is None
    assert dataclasses.fields(DownloadRecord)[0].name == "url"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("is_pipe", [True, False])
@pytest.mark.parametrize("ending", ["", ".json", ".part.json"])
def test_a_pipe_or_a_device_in_place_of_a_file_is_refused(
    get: Getter, path: Path, ending: str, is_pipe: bool
) -> None:
    path.parent.mkdir(parents=True)
    if ending == ".json":
        path.write_bytes(BODY)
    named = path.with_name(path.name + ending)
    if is_pipe:
        os.mkfifo(named)
    else:
        named.symlink_to("/dev/zero")
    with pytest.raises(UserError, match="it is a device or a pipe, not a file"):
        get(site.file(BODY))
