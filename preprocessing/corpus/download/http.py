"""HTTP requests by requests and urllib3: redirects, error statuses, and one-line errors.

See RFC 9110, section 15, for redirects and error statuses. `Exchange` limits how long they take.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import HTTPError, LocationValueError

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import printable
from malgil.preprocessing.corpus.download.catalogue import check_web_address
from malgil.preprocessing.corpus.download.response import ConnectionBroken, Response

MAX_REDIRECTS = 5
# Some publishers refuse clients that do not identify as a browser.
USER_AGENT = "Mozilla/5.0 (compatible; Malgil)"

_CONNECT_SECONDS = 20.0  # for each address of a host
_BYTES_AT_ONCE = 1 << 16
_MAX_SHOWN = 200  # characters of a text that a server sends
_BAD_ADDRESS = (
    *(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema),
    *(requests.exceptions.MissingSchema, LocationValueError),
)
# Whole files, ranges, and ranges that begin at the end; other successes, as 204, bring no file.
_ACCEPTED = (200, 203, 206, 416)
# A retry after one of these statuses may succeed (also RFC 6585, section 4).
_TEMPORARY_ERRORS = (408, 425, 429, 500, 502, 503, 504)


def request(
    url: str,
    headers: Mapping[str, str],
    read_seconds: float,
    on_connect: Callable[[socket.socket], None],
) -> Iterator[Response | bytes]:
    """Yield the head of the response, then its body in chunks as they arrive.

    Redirects to https are followed. Proxies and certificates are taken from the environment.

    Args:
        url: The address.
        headers: Additional headers of the request.
        read_seconds: The maximum time between two bytes.
        on_connect: Called with each socket as soon as it is connected.

    Raises:
        ConnectionBroken: If a retry may succeed.
        UserError: If no retry will succeed: a missing page, a redirect that is not followed, an
            invalid certificate.
    """
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
    timeouts = (_CONNECT_SECONDS, read_seconds)
    try:
        with (
            _Session(on_connect) as session,
            session.get(url, headers=headers, timeout=timeouts, stream=True) as reply,
        ):
            _check_status(reply)
            response = Response(reply.status_code, reply.headers, reply.url or url)
            if response.length is not None:
                reply.raw.enforce_content_length = False  # the receiver has the better message
            yield response
            decodes = response.is_compressed
            while content := reply.raw.read1(_BYTES_AT_ONCE, decode_content=decodes):
                yield content
    except (requests.RequestException, HTTPError) as error:
        raise _failure(error, url) from error


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
                "{url} redirects to {target}. Redirects are followed to https:// addresses only."
            ).format(url=url, target=_shown(joined))
        )
    check_web_address(joined, _("a redirect"))
    return joined


class _Session(requests.Session):
    """A session that reads no body of a redirect, and follows redirects to https only."""

    def __init__(self, on_connect: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self.max_redirects = MAX_REDIRECTS
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(on_connect))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        if not resp.is_redirect:
            return None
        resp.close()  # requests would read its body, however long it is
        target = resp.headers["Location"].encode("latin-1").decode("utf-8", "replace")
        return resolve_redirect(resp.url, target)


class _Adapter(HTTPAdapter):
    """An adapter that shows each socket before anything is sent or received on it."""

    def __init__(self, on_connect: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._on_connect = on_connect

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        on_connect = self._on_connect

        class Connection(pool.ConnectionCls):
            def _new_conn(self) -> socket.socket:
                connected: socket.socket = super()._new_conn()
                on_connect(connected)
                return connected

        pool.ConnectionCls = Connection
        return pool


def _check_status(reply: requests.Response) -> None:
    """Raise for an error status, or for a transfer coding that cannot be decoded."""
    status = reply.status_code
    coding = reply.headers.get("Transfer-Encoding", "chunked").strip().lower()
    if coding != "chunked":
        raise UserError(
            _(
                "{url} has the transfer coding {coding}, which cannot be read. Use another "
                "address: --url URL"
            ).format(url=_shown(reply.url), coding=_shown(coding))
        )
    if status in _ACCEPTED:
        return
    reason = _shown(f"{status} {reply.reason or ''}".rstrip())
    message = _("{url} returned {status}").format(url=_shown(reply.url), status=reason)
    if status in _TEMPORARY_ERRORS:
        seconds = 0.0
        with suppress(ValueError, OverflowError, HTTPError):  # neither seconds nor a date
            seconds = Retry().parse_retry_after(reply.headers.get("Retry-After", "0"))
        raise ConnectionBroken(message, seconds)
    raise UserError(
        _("{message}. If the file has moved, give its new address: --url URL").format(
            message=message
        )
    )


def _failure(error: Exception, url: str) -> Exception:
    """Return the `ConnectionBroken` or `UserError` for an exception of requests or urllib3."""
    request = getattr(error, "request", None)
    host = urlsplit((request and request.url) or url).hostname
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UserError(
                _(
                    "the certificate of {host} is not accepted ({reason}): this may not be the "
                    "publisher. If your network has its own certificates, set REQUESTS_CA_BUNDLE."
                ).format(host=host, reason=_shown(cause.verify_message))
            )
    if isinstance(error, requests.TooManyRedirects):
        return UserError(
            _("{url} redirects more than {limit} times. Use another address: --url URL").format(
                url=url, limit=MAX_REDIRECTS
            )
        )
    if isinstance(error, _BAD_ADDRESS):
        return UserError(
            _("{url!r} is not a valid address: {reason}").format(url=url, reason=_shown(str(error)))
        )
    reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
    reasons += [str(cause) for cause in causes if isinstance(cause, TimeoutError)]
    if not reasons:
        return ConnectionBroken(_("the connection to {host} failed").format(host=host))
    return ConnectionBroken(
        _("the connection to {host} failed ({reason})").format(
            host=host, reason=_shown(reasons[-1])
        )
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all its causes, each once."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


def _shown(text: str) -> str:
    """Return a text of a server as it may be shown: printable, and not long."""
    return printable(text[:_MAX_SHOWN])
