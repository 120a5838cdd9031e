"""The head of an HTTP response: its status, its headers, and what they say about a file.

See RFC 9110 for content coding (section 8.4), validators (8.8) and ranges (14).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18})")


class ConnectionBroken(Exception):
    """A connection failed in a way that may be temporary.

    Attributes:
        retry_after: Seconds that the server asks to wait before the next try; 0 if it sends none.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Response:
    """The head of a response that brings a file, or a part of one.

    Attributes:
        status: The status.
        headers: The headers; their names are compared without case.
        url: The address that it comes from, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    url: str

    @property
    def is_partial(self) -> bool:
        """Whether it contains the requested range instead of the whole file."""
        return self.status in (206, 416)

    @property
    def is_compressed(self) -> bool:
        """Whether the body is compressed for the transfer, against the request.

        Many servers declare the compression of a .gz file this way; that one must not be undone.
        """
        coding = self.headers.get("Content-Encoding", "").strip().lower()
        is_gzip_file = self.url.partition("?")[0].endswith((".gz", ".tgz"))
        return coding not in ("", "identity") and not is_gzip_file

    @property
    def validator(self) -> str:
        """The value for If-Range: a strong ETag or the date of the last change; otherwise empty.

        It is also empty for a compressed body, whose bytes are not those of the file.
        """
        if self.is_compressed:
            return ""
        tag = self.headers.get("ETag", "")
        return tag if tag.startswith('"') else self.headers.get("Last-Modified", "")

    @property
    def length(self) -> int | None:
        """The size of the whole file in bytes; None if the server does not send it."""
        if self.is_partial:
            return self._range[1] if self._range else None
        length = _NUMBER.fullmatch(self.headers.get("Content-Length", "").strip())
        return int(length[0]) if length and not self.is_compressed else None

    def continues(self, offset: int, size: int, validator: str) -> bool:
        """Return whether the body continues the same version of a file.

        Args:
            offset: The number of bytes that were received earlier.
            size: The size of the file according to the earlier response; 0 if it was not sent.
            validator: The validator of the earlier response.
        """
        return (
            self.status == 206
            and self._range is not None
            and self._range[0] == offset
            and size in (0, self._range[1])
            and self.validator in ("", validator)
            and not self.is_compressed
        )

    @property
    def _range(self) -> tuple[int, int] | None:
        """The first byte of the range, and the size of the whole file."""
        found = _CONTENT_RANGE.fullmatch(self.headers.get("Content-Range", "").strip())
        return (int(found[1]), int(found[2])) if found else None
