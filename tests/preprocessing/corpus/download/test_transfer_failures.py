"""Downloads that are refused, and downloads that fail at the disk."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download import transfer
from malgil.preprocessing.corpus.download.transfer import part_path
from tests import web as site
from tests.web import Web

BODY = site.zip_of(1)
Fetcher = Callable[..., SimpleNamespace]


class Slow:
    """A file whose writes may be partial, as those of the system may."""

    most = 1000

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, content: memoryview) -> int:
        return self.file.write(content[: self.most])


class Full(Slow):
    """A file on a disk with little space."""

    room = 100_000

    def write(self, content: memoryview) -> int:
        left = self.room - self.file.tell()
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(content[:left])


class TestRefused:
    @pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
    def test_a_permanent_error(self, get: Fetcher, web: Web, code: int) -> None:
        with pytest.raises(UserError, match=f"/file.zip returned {code} .* --url URL"):
            get(site.status(code))
        assert len(web.requests) == 1

    def test_a_length_far_beyond_the_catalogue(self, get: Fetcher, path: Path) -> None:
        with pytest.raises(UserError, match="the maximum is 1,000"):
            get(site.file(BODY), most=1000)
        assert not part_path(path).exists()

    def test_a_body_without_end(self, get: Fetcher, path: Path) -> None:
        with pytest.raises(UserError, match="the maximum is 1,000,000"):
            get(site.until_closed(BODY, times=10_000), most=1_000_000)
        assert not part_path(path).exists()

    def test_a_compressed_body_that_grows_without_end(self, get: Fetcher) -> None:
        with pytest.raises(UserError, match="the maximum is 1,000,000"):
            get(site.packed(bytes(100_000_000)), most=1_000_000)

    def test_a_length_that_is_too_large(self, get: Fetcher) -> None:
        def lie(request: site.Request) -> None:
            request.answer(200, BODY, Content_Length=len(BODY) + 1)
            request.hang_up()

        message = rf"broke off after {len(BODY):,} of {len(BODY) + 1:,} bytes, 3 times in a row"
        with pytest.raises(UserError, match=message):
            get(lie)

    def test_a_transfer_coding_that_was_not_asked_for(self, get: Fetcher) -> None:
        def behave(request: site.Request) -> None:
            request.answer(200, BODY, Content_Length="", Transfer_Encoding="gzip, chunked")
            request.hang_up()

        with pytest.raises(UserError, match="transfer coding gzip, chunked,"):
            get(behave)

    def test_a_part_instead_of_the_whole(self, get: Fetcher) -> None:
        def behave(request: site.Request) -> None:
            size = len(BODY)
            request.answer(206, BODY[5:], Content_Range=f"bytes 5-{size - 1}/{size}", ETag='"1"')

        with pytest.raises(UserError, match=r"another part than the missing one, 3 times in a row"):
            get(behave)


class TestDisk:
    def test_too_little_space(
        self, get: Fetcher, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
        with pytest.raises(
            UserError, match="needs 200,.* bytes more, but 1,000 are free"
        ) as caught:
            get(site.file(BODY))
        assert "data.downloads" in str(caught.value) and not part_path(path).exists()

    def test_full_while_writing(
        self, get: Fetcher, monkeypatch: pytest.MonkeyPatch, path: Path
    ) -> None:
        real = transfer.open_part

        @contextmanager
        def opened(part: Path) -> Iterator[Any]:
            with real(part) as file:
                yield Full(file)

        monkeypatch.setattr(transfer, "open_part", opened)
        with pytest.raises(UserError, match="No space left on device. Free some space"):
            get(site.file(BODY))
        assert part_path(path).read_bytes() == BODY[: Full.room]
        monkeypatch.undo()
        monkeypatch.setenv("NO_PROXY", "*")
        assert get(site.file(BODY)).shown[0][0] > Full.room  # and goes on when there is room

    def test_partial_writes(self, get: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
        real = transfer.open_part

        @contextmanager
        def opened(part: Path) -> Iterator[Any]:
            with real(part) as file:
                yield Slow(file)

        monkeypatch.setattr(transfer, "open_part", opened)
        assert get(site.file(BODY)).content == BODY

    def test_a_folder_in_its_place(self, get: Fetcher, path: Path) -> None:
        part_path(path).mkdir()
        with pytest.raises(UserError, match="file.zip.part' must be a file that Malgil made"):
            get(site.file(BODY))
