"""Opening an address of the web: redirects, answers that are errors, failures in plain words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.catalogue import require_address

MOST_REDIRECTS = 5
# Some publishers turn away clients that do not begin like a browser.
USER_AGENT = "Mozilla/5.0 (compatible; Malgil)"

_REDIRECTS = (301, 302, 303, 307, 308)
# Answers that say that another time may be better (RFC 9110, section 15; RFC 6585, section 4).
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class ConnectionBroken(Exception):
    """A connection that failed in a way that may pass.

    Attributes:
        wait: Seconds that the server asks to wait before the next try; 0 if it does not say.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class Session(requests.Session):
    """A session that leaves redirects to `open_url`, which looks where they lead."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would read the body of each redirect, however long it is."""
        return None


def open_url(
    session: Session, url: str, headers: Mapping[str, str], timeouts: tuple[float, float]
) -> requests.Response:
    """Ask for an address, and follow redirects to https. The body is not read yet.

    Args:
        session: Knows proxies and certificates from the environment, as all of requests.
        url: The address.
        headers: More headers of the request.
        timeouts: Seconds until a connection must stand, and between two pieces of an answer.

    Returns:
        An answer with a status below 300, or 416.

    Raises:
        ConnectionBroken: If another try may succeed.
        UserError: If none will: a missing page, a redirect that is not followed, a certificate.
    """
    asked = url
    for _ in range(MOST_REDIRECTS + 1):
        with told_plainly(url, timeouts[1]):
            response = session.get(
                url,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers},
                timeout=timeouts,
                stream=True,
                allow_redirects=False,
            )
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            _require_success(response, url)
            return response
        response.close()
        url = redirected(url, target)
    raise UserError(f"{asked} redirects more than {MOST_REDIRECTS} times.")


def redirected(url: str, target: str) -> str:
    """Where a redirect leads.

    Args:
        url: The address that was asked for.
        target: What the header `Location` says.

    Raises:
        UserError: If it leads anywhere but to https.
    """
    try:
        joined = urljoin(url, target)
        scheme = urlsplit(joined).scheme
    except ValueError:
        joined, scheme = target, ""
    if scheme != "https":
        raise UserError(
            f"{url} redirects to {joined!r}. Redirects are followed to https:// addresses alone."
        )
    require_address(joined, "a redirect")
    return joined


@contextmanager
def told_plainly(url: str, seconds: float) -> Iterator[None]:
    """Turn what requests and urllib3 raise into `ConnectionBroken` or `UserError`.

    Args:
        url: The address, for the message.
        seconds: How long an answer was waited for.
    """
    host = urlsplit(url).hostname
    try:
        yield
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise ConnectionBroken(f"{host} was silent for {seconds:g} seconds") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise UserError(
                    f"the certificate of {host} is not accepted ({cause.verify_message}): this "
                    "may not be the publisher."
                ) from error
        if isinstance(error, ValueError):  # requests' way to say that an address is malformed
            raise UserError(f"{url!r} is no address that can be asked: {error}") from error
        reasons = [c.strerror for c in causes if isinstance(c, OSError) and c.strerror]
        reason = f" ({reasons[-1]})" if reasons else ""
        raise ConnectionBroken(f"the connection to {host} failed{reason}") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _require_success(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status < 300 or status == 416:
        return
    response.close()
    told = f"{url} answers {status} {response.reason or ''}".rstrip()
    if status in _PASSING:
        wait = response.headers.get("Retry-After", "")
        raise ConnectionBroken(told, float(wait) if wait.isascii() and wait.isdigit() else 0.0)
    raise UserError(f"{told}. If the file has moved, name its new address: --url URL")
