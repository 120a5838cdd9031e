"""HTTP requests: redirects, error statuses, one-line errors, and the headers of responses.

See RFC 9110 for redirects and error statuses (section 15), content coding (8.4), validators (8.8)
and ranges (14).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.preprocessing.corpus.download.catalogue import check_web_address

if TYPE_CHECKING:
    import requests

MAX_REDIRECTS = 5
# Some publishers refuse clients that do not identify as a browser.
USER_AGENT = "Mozilla/5.0 (compatible; Malgil)"

_REDIRECTS = (301, 302, 303, 307, 308)
# A retry after one of these statuses may succeed (also RFC 6585, section 4).
_TEMPORARY_ERRORS = (408, 425, 429, 500, 502, 503, 504)
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


class Response:
    """A response with a status below 300, or 416, whose body has not been read yet.

    Args:
        response: The response of requests.
        url: The address that was requested, for messages.
        read_timeout: The maximum number of seconds between two chunks of the body.
    """

    def __init__(self, response: requests.Response, url: str, read_timeout: float) -> None:
        self._response, self._headers = response, response.headers
        self._url, self._read_timeout = url, read_timeout
        self._range = _CONTENT_RANGE.fullmatch(self._headers.get("Content-Range", "").strip())
        if self.length is not None:
            response.raw.enforce_content_length = False  # `check_length` has the better message

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._response.close()

    @property
    def is_partial(self) -> bool:
        """Whether it contains the requested range instead of the whole file."""
        return self._response.status_code in (206, 416)

    @property
    def is_compressed(self) -> bool:
        """Whether the body is compressed for the transfer, against the request.

        Many servers declare the compression of a .gz file this way; that one must not be undone.
        """
        coding = self._headers.get("Content-Encoding", "").strip().lower()
        is_gzip_file = (self._response.url or "").partition("?")[0].endswith((".gz", ".tgz"))
        return coding not in ("", "identity") and not is_gzip_file

    @property
    def validator(self) -> str:
        """The value for If-Range: a strong ETag or the date of the last change; otherwise empty.

        It is also empty for a compressed body, whose bytes are not those of the file.
        """
        if self.is_compressed:
            return ""
        tag = self._headers.get("ETag", "")
        return tag if tag.startswith('"') else self._headers.get("Last-Modified", "")

    @property
    def length(self) -> int | None:
        """The size of the whole file in bytes; None if the server does not send it."""
        if self.is_partial:
            return int(self._range[2]) if self._range else None
        length = _NUMBER.fullmatch(self._headers.get("Content-Length", "").strip())
        return int(length[0]) if length and not self.is_compressed else None

    def continues(self, offset: int, size: int, validator: str) -> bool:
        """Return whether the body continues the same version of a file.

        Args:
            offset: The number of bytes that were received earlier.
            size: The size of the file according to the earlier response; 0 if it was not sent.
            validator: The validator of the earlier response.
        """
        return (
            self._response.status_code == 206
            and self._range is not None
            and int(self._range[1]) == offset
            and size in (0, int(self._range[2]))
            and self.validator in ("", validator)
            and not self.is_compressed
        )

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body as soon as they arrive; empty at its end.

        Args:
            size: The maximum number of bytes.

        Raises:
            ConnectionBroken: If the connection breaks.
        """
        with http_errors(self._url, self._read_timeout):
            content: bytes = self._response.raw.read1(size, decode_content=self.is_compressed)
        return content

    def check_length(self, size: int) -> None:
        """Raise `ConnectionBroken` if the body ended before the whole file was received.

        Args:
            size: The number of bytes of the file that were received.
        """
        if self.length is not None and size != self.length:
            raise ConnectionBroken(
                _("{url} broke off after {size:,} of {total:,} bytes").format(
                    url=self._url, size=size, total=self.length
                )
            )


def open_session() -> requests.Session:
    """Return a session of requests, which takes proxies and certificates from the environment.

    Redirects are left to `open_url`: requests would read the body of each, even a very long one.
    """
    import requests

    session = requests.Session()
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


def open_url(
    session: requests.Session, url: str, headers: Mapping[str, str], timeouts: tuple[float, float]
) -> Response:
    """Request an address, and follow redirects to https.

    Args:
        session: Made by `open_session`.
        url: The address.
        headers: Additional headers of the request.
        timeouts: The maximum number of seconds until a connection is established, and between two
            chunks of a response.

    Raises:
        ConnectionBroken: If a retry may succeed.
        UserError: If no retry will succeed: a missing page, a redirect that is not followed, an
            invalid certificate.
    """
    requested = url
    for __ in range(MAX_REDIRECTS + 1):
        with http_errors(url, timeouts[1]):
            response = session.get(
                url,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers},
                timeout=timeouts,
                stream=True,
                allow_redirects=False,
            )
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            _check_response(response, url)
            return Response(response, requested, timeouts[1])
        response.close()
        url = resolve_redirect(url, target)
    raise UserError(
        _("{url} redirects more than {limit} times. Use another address: --url URL").format(
            url=requested, limit=MAX_REDIRECTS
        )
    )


def resolve_redirect(url: str, target: str) -> str:
    """Return the address that a redirect leads to.

    Args:
        url: The address that was requested.
        target: The value of the header `Location`.

    Raises:
        UserError: If it is not an https address.
    """
    try:
        joined = urljoin(url, target)
        scheme = urlsplit(joined).scheme
    except ValueError:
        joined, scheme = target, ""
    if scheme != "https":
        raise UserError(
            _(
                "{url} redirects to {target!r}. Redirects are followed to https:// addresses only."
            ).format(url=url, target=joined)
        )
    check_web_address(joined, _("a redirect"))
    return joined


@contextmanager
def http_errors(url: str, read_timeout: float) -> Iterator[None]:
    """Turn the exceptions of requests and urllib3 into `ConnectionBroken` or `UserError`.

    Args:
        url: The address, for the message.
        read_timeout: The seconds after which a read times out, for the message.
    """
    import requests
    import urllib3.exceptions

    host = urlsplit(url).hostname
    try:
        yield
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise ConnectionBroken(
            _("{host} sent nothing for {seconds:g} seconds").format(host=host, seconds=read_timeout)
        ) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise UserError(
                    _(
                        "the certificate of {host} is not accepted ({reason}): this may not be the "
                        "publisher. If your network has its own certificates, set "
                        "REQUESTS_CA_BUNDLE."
                    ).format(host=host, reason=cause.verify_message)
                ) from error
        if isinstance(error, ValueError):  # raised by requests for a malformed address
            raise UserError(
                _("{url!r} is not a valid address: {reason}").format(url=url, reason=error)
            ) from error
        reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
        message = _("the connection to {host} failed").format(host=host)
        if reasons:
            message = _("the connection to {host} failed ({reason})").format(
                host=host, reason=reasons[-1]
            )
        raise ConnectionBroken(message) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all its causes."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _check_response(response: requests.Response, url: str) -> None:
    """Raise for an error status, or for a transfer coding that cannot be decoded."""
    status = response.status_code
    coding = response.headers.get("Transfer-Encoding", "chunked").strip().lower()
    if coding == "chunked" and (status < 300 or status == 416):
        return
    response.close()
    if coding != "chunked":
        raise UserError(
            _(
                "{url} has the transfer coding {coding!r}, which cannot be read. Use another "
                "address: --url URL"
            ).format(url=url, coding=coding)
        )
    reason = f"{status} {response.reason or ''}".rstrip()
    message = _("{url} returned {status}").format(url=url, status=reason)
    if status in _TEMPORARY_ERRORS:
        seconds = response.headers.get("Retry-After", "")
        is_number = seconds.isascii() and seconds.isdigit()
        raise ConnectionBroken(message, float(seconds) if is_number else 0.0)
    raise UserError(
        _("{message}. If the file has moved, give its new address: --url URL").format(
            message=message
        )
    )
