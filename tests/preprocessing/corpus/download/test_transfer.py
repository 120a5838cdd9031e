"""Downloading a file despite failures of the server and the connection."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download import transfer
from malgil.preprocessing.corpus.download.transfer import (
    PartialFile,
    part_path,
    resumable_bytes,
    state_path,
    write_record,
)
from tests import web as site
from tests.web import Web

BODY, OTHER = site.zip_of(1), site.zip_of(2)
HALF = len(BODY) // 2
Fetcher = Callable[..., SimpleNamespace]


def ranges(web: Web) -> list[str | None]:
    """Return the range of each request."""
    return [headers.get("Range") for _, headers in web.requests]


class TestWhole:
    def test_one_request(self, get: Fetcher, web: Web) -> None:
        got = get(site.file(BODY))
        assert got.content == BODY and got.said == [] and len(web.requests) == 1
        assert got.shown[-1] == (len(BODY), len(BODY))
        assert [done for done, _ in got.shown] == sorted({done for done, _ in got.shown})

    def test_the_request(self, get: Fetcher, web: Web) -> None:
        get(site.file(BODY))
        ((path, headers),) = web.requests
        assert path == "/file.zip" and headers["Accept-Encoding"] == "identity"
        assert "Malgil" in headers["User-Agent"] and "Range" not in headers

    def test_of_unknown_length(self, get: Fetcher) -> None:
        assert get(site.chunked(BODY)).content == BODY
        got = get(site.until_closed(OTHER))
        assert got.content == OTHER and got.shown[-1] == (len(OTHER), None)

    @pytest.mark.parametrize("length", ["9" * 5000, "-1", "many", ""])
    def test_a_length_that_is_not_a_number(self, get: Fetcher, length: str) -> None:
        def behave(request: site.Request) -> None:
            request.answer(200, BODY, Content_Length=length, Connection="close")
            request.hang_up()

        assert get(behave).content == BODY

    def test_an_empty_file(self, get: Fetcher) -> None:
        assert get(site.file(b"")).content == b""

    def test_compressed_for_the_transfer(self, get: Fetcher, path: Path) -> None:
        assert get(site.packed(BODY)).content == BODY
        assert resumable_bytes(path) == 0  # a range of it would be of other bytes

    def test_a_gz_file_declared_as_compressed_stays_compressed(
        self, get: Fetcher, web: Web
    ) -> None:
        body = site.tar_of(1)
        served = site.file(body, Content_Encoding="x-gzip")
        assert get(served, url=web.url("/park.tar.gz")).content == body

    def test_the_state_describes_the_file(self, get: Fetcher, path: Path, web: Web) -> None:
        get(site.file(BODY))
        expected = {"url": web.url(), "size": len(BODY), "validator": '"1"'}
        assert json.loads(state_path(path).read_text()) == expected

    def test_is_synced(self, get: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        real = os.fsync
        monkeypatch.setattr(os, "fsync", lambda number: (synced.append(number), real(number)))
        monkeypatch.setattr(transfer, "write_record", lambda *_: None)
        get(site.file(BODY))
        assert len(synced) == 1


class TestBreaks:
    def test_resumes_after_a_break(self, get: Fetcher, web: Web) -> None:
        got = get(site.file(BODY, after=50_000), site.file(BODY, after=60_000), site.file(BODY))
        assert got.content == BODY
        assert ranges(web) == [None, "bytes=50000-", "bytes=110000-"]
        assert [headers.get("If-Range") for _, headers in web.requests] == [None, '"1"', '"1"']
        assert f"broke off after 50,000 of {len(BODY):,} bytes" in got.said[0]
        assert len(got.said) == 2 and all("the next try is in 0 s" in line for line in got.said)

    def test_a_server_that_stops_sending(self, get: Fetcher, web: Web) -> None:
        got = get(site.stall(BODY, 50_000), site.file(BODY), window_seconds=0.3)
        assert got.content == BODY and ranges(web) == [None, "bytes=50000-"]
        assert got.said == [
            "127.0.0.1 was slower than 1 bytes per second for 0.3 seconds (received: 0); "
            "the next try is in 0 s"
        ]

    def test_a_body_in_chunks_that_ends_early(self, get: Fetcher) -> None:
        got = get(site.chunked(BODY, is_whole=False), site.file(BODY))
        assert got.content == BODY and len(got.said) == 1

    @pytest.mark.parametrize("code", [429, 500, 503])
    def test_a_temporary_error(self, get: Fetcher, code: int) -> None:
        got = get(site.status(code), site.status(code), site.file(BODY))
        assert got.content == BODY
        assert [f" returned {code} " in line for line in got.said] == [True, True]

    def test_pauses_grow_up_to_the_longest(self, get: Fetcher) -> None:
        got = get(site.status(500), site.status(500), site.file(BODY))
        assert [line.split()[-2] for line in got.said] == ["0", "0.02"]

    def test_a_server_that_asks_for_a_wait(self, get: Fetcher) -> None:
        got = get(site.status(503, Retry_After="5"), site.file(BODY))
        assert got.said[0].endswith("the next try is in 0.02 s")  # no longer than the longest pause

    def test_gives_up_and_keeps_the_received_bytes(self, get: Fetcher, path: Path) -> None:
        with pytest.raises(
            UserError, match=r"500 .*, 3 times in a row. The same command .*bytes kept: 1,000"
        ):
            get(site.file(BODY, after=1000), site.status(500))
        assert part_path(path).read_bytes() == BODY[:1000]

    def test_earlier_bytes_are_not_progress(self, get: Fetcher, web: Web) -> None:
        with pytest.raises(
            UserError, match=r"broke off after .*, 3 times in a row. Try again later"
        ):
            get(site.file(BODY, tag="", after=50_000))
        assert len(web.requests) == 4  # the first has brought something new

    def test_no_server(self, get: Fetcher, web: Web) -> None:
        web.close()
        with pytest.raises(UserError, match=r"connection to 127.0.0.1 failed \(Connection refused"):
            get(site.status(500))

    def test_no_such_host(self, get: Fetcher) -> None:
        with pytest.raises(UserError, match=r"connection to nowhere.invalid failed \("):
            get(site.status(500), url="http://nowhere.invalid/file.zip")


class TestResumed:
    """A second call, after the first was interrupted."""

    @pytest.fixture(autouse=True)
    def begun(self, path: Path, web: Web) -> None:
        part_path(path).write_bytes(BODY[:HALF])
        write_record(state_path(path), PartialFile(web.url(), len(BODY), '"1"'))

    def test_resumes(self, get: Fetcher, web: Web) -> None:
        got = get(site.file(BODY))
        assert got.content == BODY and ranges(web) == [f"bytes={HALF}-"]
        assert got.shown[0][0] > HALF and got.said == []

    def test_a_server_without_ranges_starts_again(self, get: Fetcher, web: Web) -> None:
        got = get(site.file(BODY, ranges=False))
        assert got.content == BODY and len(web.requests) == 1
        assert got.said == ["file.zip has changed or cannot be resumed: the download restarts"]

    def test_a_changed_file_is_downloaded_whole(self, get: Fetcher) -> None:
        got = get(site.file(OTHER, tag='"2"'))
        assert got.content == OTHER and len(got.said) == 1

    @pytest.mark.parametrize(
        "headers",
        [
            {"ETag": '"2"', "Content_Range": f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"},
            {"ETag": '"1"', "Content_Range": f"bytes {HALF}-{len(BODY)}/{len(BODY) + 1}"},
            {"ETag": '"1"', "Content_Range": f"bytes {HALF - 1}-{len(BODY) - 1}/{len(BODY)}"},
            {"ETag": '"1"', "Content_Range": "bytes"},
            {"ETag": '"1"'},
        ],
        ids=["another version", "another size", "another place", "malformed", "no range"],
    )
    def test_a_part_that_does_not_fit(self, get: Fetcher, headers: dict[str, str]) -> None:
        def wrong(request: site.Request) -> None:
            request.answer(206, OTHER[HALF:], **headers)

        got = get(wrong, site.file(BODY))
        assert got.content == BODY
        assert "sent another part than the missing one" in got.said[0]

    def test_a_file_that_has_become_shorter(self, get: Fetcher, web: Web) -> None:
        got = get(site.file(BODY[:100], tag='"2"'))
        assert got.content == BODY[:100] and ranges(web) == [f"bytes={HALF}-", None]

    def test_a_complete_part_is_not_requested(self, get: Fetcher, path: Path, web: Web) -> None:
        part_path(path).write_bytes(BODY)
        assert get(site.status(500)).content == BODY and web.requests == []

    def test_of_another_address(self, get: Fetcher, web: Web) -> None:
        assert get(site.file(OTHER), url=web.url("/other.zip")).content == OTHER
        assert ranges(web) == [None]

    @pytest.mark.parametrize(
        "state", ["", "{", "[]", '{"url": 1}', '{"url": "", "size": "1", "validator": ""}']
    )
    def test_a_state_that_cannot_be_read(
        self, get: Fetcher, path: Path, web: Web, state: str
    ) -> None:
        state_path(path).write_text(state)
        assert get(site.file(BODY)).content == BODY and ranges(web) == [None]

    def test_a_part_that_does_not_repeat_the_tag(self, get: Fetcher, web: Web) -> None:
        def silent(request: site.Request) -> None:
            size = len(BODY)
            place = f"bytes {HALF}-{size - 1}/{size}"
            request.answer(206, BODY[HALF : HALF + 10], Content_Length=99, Content_Range=place)
            request.hang_up()

        got = get(silent, site.file(BODY))
        assert got.content == BODY and ranges(web)[1] == f"bytes={HALF + 10}-"
        assert web.requests[1][1]["If-Range"] == '"1"'

    @pytest.mark.parametrize("tag", ['"1\r\n X: y"', '"한"'])
    def test_a_tag_that_is_not_a_header(self, get: Fetcher, web: Web, path: Path, tag: str) -> None:
        write_record(state_path(path), PartialFile(web.url(), len(BODY), tag))
        assert get(site.file(BODY)).content == BODY and ranges(web) == [None]

    def test_a_weak_tag_is_not_used(self, get: Fetcher, web: Web, path: Path) -> None:
        part_path(path).unlink()
        got = get(site.file(BODY, tag='W/"1"', after=HALF), site.file(BODY, tag='W/"1"'))
        assert got.content == BODY and ranges(web) == [None, None]

    def test_the_date_of_the_last_change_is_used(self, get: Fetcher, web: Web, path: Path) -> None:
        part_path(path).unlink()
        date = "Tue, 10 Apr 2018 00:04:37 GMT"
        served = [site.file(BODY, "", after=after, Last_Modified=date) for after in (HALF, None)]
        assert get(*served).content == BODY and ranges(web) == [None, f"bytes={HALF}-"]
        assert web.requests[1][1]["If-Range"] == date
