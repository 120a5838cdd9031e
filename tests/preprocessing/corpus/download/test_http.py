"""Addresses, redirects and certificates."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.catalogue import check_web_address
from malgil.preprocessing.corpus.download.http import MAX_REDIRECTS, request, resolve_redirect
from malgil.preprocessing.corpus.download.response import ConnectionBroken
from tests import web as site
from tests.web import Web, serving


def ask(url: str) -> bytes:
    """Return the body that is received from an address."""
    return b"".join(
        each for each in request(url, {}, 1.0, lambda _: None) if isinstance(each, bytes)
    )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority that is not trusted by default."""
    return trustme.CA()


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    """Return an SSL context with a certificate for a server on this machine."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def safe(context: ssl.SSLContext) -> Iterator[Web]:
    """Return a server with https."""
    with serving(context) as server:
        yield server


@pytest.fixture
def _trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))


class TestAddress:
    @pytest.mark.parametrize(
        "url", ["https://a.org/b", "http://127.0.0.1:8080/", "https://[::1]/a?b=c", "https://한.kr"]
    )
    def test_of_the_web(self, url: str) -> None:
        check_web_address(url, "--url")

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "a.org/b.zip",
            "ftp://a.org/b.zip",
            "file:///etc/passwd",
            "file://a.org/etc/passwd",
            "https:///b.zip",
            "https://",
            "https://a.org:0/b",
            "https://a.org:99999/b",
            "https://[::1/b",
            "https://a.org/b c.zip",
            "https://a.org/b\nHost: c",
            "https://a.org/\x1b[2J",
            "javascript:alert(1)",
        ],
    )
    def test_others(self, url: str) -> None:
        with pytest.raises(UserError, match="--url accepts https:// or http:// addresses"):
            check_web_address(url, "--url")


class TestRedirected:
    @pytest.mark.parametrize(
        ("url", "target", "expected"),
        [
            ("http://a.org/b", "https://a.org/b", "https://a.org/b"),
            ("https://a.org/b", "https://c.org/d?e", "https://c.org/d?e"),
            ("https://a.org/b/c", "/d", "https://a.org/d"),
            ("https://a.org/b/c", "d", "https://a.org/b/d"),
            ("https://a.org/b", "//c.org/d", "https://c.org/d"),
        ],
    )
    def test_to_https(self, url: str, target: str, expected: str) -> None:
        assert resolve_redirect(url, target) == expected

    @pytest.mark.parametrize(
        ("url", "target"),
        [
            ("https://a.org/b", "http://a.org/b"),
            ("http://a.org/b", "http://a.org/c"),
            ("http://a.org/b", "/c"),
            ("http://a.org/b", "//c.org/d"),
            ("https://a.org/b", "file:///etc/passwd"),
            ("https://a.org/b", "ftp://a.org/b"),
            ("https://a.org/b", "data:,a"),
            ("https://a.org/b", "https://[::1"),
            ("https://a.org/b", "https://c.org:99999/"),
        ],
    )
    def test_elsewhere(self, url: str, target: str) -> None:
        with pytest.raises(UserError, match="redirect"):
            resolve_redirect(url, target)


@pytest.mark.usefixtures("_trusted")
class TestFollowed:
    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_from_http_to_https(self, web: Web, safe: Web, code: int) -> None:
        web.script = [site.redirect(safe.url("/there"), code)]
        safe.script = [site.file(b"body")]
        assert ask(web.url()) == b"body" and safe.requests[0][0] == "/there"

    def test_never_from_https_to_http(self, web: Web, safe: Web) -> None:
        safe.script = [site.redirect(web.url())]
        web.script = [site.file(b"body")]
        with pytest.raises(UserError, match="followed to https:// addresses only"):
            ask(safe.url())
        assert web.requests == []

    def test_up_to_the_limit(self, safe: Web) -> None:
        safe.script = [site.redirect("/next")] * MAX_REDIRECTS + [site.file(b"body")]
        assert ask(safe.url()) == b"body"

    def test_redirects_are_limited(self, safe: Web) -> None:
        safe.script = [site.redirect("/next")]
        with pytest.raises(UserError, match=f"redirects more than {MAX_REDIRECTS} times"):
            ask(safe.url())
        assert len(safe.requests) == MAX_REDIRECTS + 1

    def test_without_reading_the_bodies(self, safe: Web) -> None:
        read = []

        def long(request: site.Request) -> None:
            request.answer(302, Location="/next", Content_Length="")
            for _ in range(300):
                request.wfile.write(bytes(100_000))
            request.hang_up()
            read.append(True)

        safe.script = [long, site.file(b"body")]
        assert ask(safe.url()) == b"body" and not read

    def test_a_redirect_without_a_target(self, safe: Web) -> None:
        safe.script = [site.status(302)]
        with pytest.raises(UserError, match="returned 302"):
            ask(safe.url())


class TestFailures:
    def test_an_untrusted_certificate(self, safe: Web) -> None:
        safe.script = [site.file(b"body")]
        with pytest.raises(UserError, match=r"certificate of 127.0.0.1 is not accepted \(.*issuer"):
            ask(safe.url())
        assert safe.requests == []

    def test_a_malformed_address(self) -> None:
        with pytest.raises(UserError, match="is not a valid address"):
            ask("http://*.example.invalid/")

    def test_no_answer(self, web: Web) -> None:
        web.script = [lambda request: request.hang_up()]
        with pytest.raises(ConnectionBroken, match="connection to 127.0.0.1 failed"):
            ask(web.url())

    def test_an_answer_that_is_not_http(self, web: Web) -> None:
        def babble(request: site.Request) -> None:
            request.wfile.write(b"\x00\xff nonsense\r\n\r\n")
            request.hang_up()

        web.script = [babble]
        with pytest.raises(ConnectionBroken, match="connection to 127.0.0.1 failed"):
            ask(web.url())

    @pytest.mark.parametrize(
        "wait", ["", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT", "٣", "9" * 5000, "1 Jan 99999"]
    )
    def test_an_invalid_wait(self, web: Web, wait: str) -> None:
        web.script = [site.status(503, Retry_After=wait.encode("utf-8").decode("latin-1"))]
        with pytest.raises(ConnectionBroken) as caught:
            ask(web.url())
        assert caught.value.retry_after == 0
