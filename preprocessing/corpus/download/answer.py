"""What a server's answer says of the bytes that follow.

HTTP as in RFC 9110: content coding (section 8.4), validators (8.8), ranges (14).
"""

from __future__ import annotations

import re

import requests

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.connection import ConnectionBroken, told_plainly
from malgil.preprocessing.corpus.download.record import Progress

_NUMBER = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18})")


class Response:
    """An answer with a status below 300, or 416.

    Args:
        response: As `connection.open_url` returns it.
        url: The address that was asked for.
        retry_policy: Seconds that each piece of the body is waited for.
    """

    def __init__(self, response: requests.Response, url: str, retry_policy: float) -> None:
        self._response, self._headers = response, response.headers
        self._url, self._patience = url, retry_policy
        coding = self._headers.get("Transfer-Encoding", "chunked").strip().lower()
        if coding != "chunked":
            raise UserError(f"{url} comes in the transfer coding {coding!r}.")
        if self.length is not None:
            response.raw.enforce_content_length = False  # `require_whole` tells it better

    @property
    def is_part(self) -> bool:
        """Whether it answers a request for a range, rather than with the whole file."""
        return self._response.status_code in (206, 416)

    @property
    def is_packed(self) -> bool:
        """Whether the body was packed for the way, though the request asked not to.

        Of a .gz file many servers say so of the file itself, which must stay as it is.
        """
        coding = self._headers.get("Content-Encoding", "").strip().lower()
        is_gzip_file = (self._response.url or "").partition("?")[0].endswith((".gz", ".tgz"))
        return coding not in ("", "identity") and not is_gzip_file

    @property
    def validator(self) -> str:
        """What If-Range may hold: a strong ETag or the date of the last change; else empty.

        Empty too for a body that was packed: its bytes are not those of the file.
        """
        if self.is_packed:
            return ""
        tag = self._headers.get("ETag", "")
        return tag if tag.startswith('"') else self._headers.get("Last-Modified", "")

    @property
    def length(self) -> int | None:
        """The bytes of the whole file, where they are known beforehand."""
        if self.is_part:
            found = _CONTENT_RANGE.fullmatch(self._headers.get("Content-Range", "").strip())
            return int(found[2]) if found else None
        length = _NUMBER.fullmatch(self._headers.get("Content-Length", "").strip())
        return int(length[0]) if length and not self.is_packed else None

    def goes_on(self, done: int, progress: Progress | None) -> bool:
        """Whether the body is what follows the first `done` bytes of the same version of the file.

        Args:
            done: Bytes that are there.
            progress: What was remembered when they came.
        """
        found = _CONTENT_RANGE.fullmatch(self._headers.get("Content-Range", "").strip())
        return (
            self._response.status_code == 206
            and progress is not None
            and found is not None
            and int(found[1]) == done
            and progress.size in (0, int(found[2]))
            and self.validator in ("", progress.validator)
            and not self.is_packed
        )

    def read(self, most: int) -> bytes:
        """The next piece of the body, as soon as it comes; empty at the end.

        Args:
            most: No more bytes than this.

        Raises:
            ConnectionBroken: If the connection breaks off.
        """
        with told_plainly(self._url, self._patience):
            content: bytes = self._response.raw.read1(most, decode_content=self.is_packed)
        return content

    def require_whole(self, done: int) -> None:
        """Raise `ConnectionBroken` unless the body ended where it should."""
        if self.length is not None and done != self.length:
            raise ConnectionBroken(f"{self._url} broke off after {done:,} of {self.length:,} bytes")
