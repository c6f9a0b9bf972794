"""Addresses in certificates lead nowhere that they should not."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest

from records.core.config import Config
from records.office import Office
from records.seals.keys import fetching
from records.seals.keys.fetching import careful_session, is_public


class Handler(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 3000)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def inner() -> Iterator[str]:
    """A server of the house that nobody outside is meant to reach."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Handler.asked = []
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(config: Config, url: str) -> bytes:
    async def ask() -> bytes:
        async with careful_session(config) as session, session.get(url) as response:
            return await response.read()

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.5", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to be refused
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_public_addresses_are_told_from_all_others(host: str, public: bool) -> None:
    assert is_public(host) is public


def test_the_house_itself_is_never_asked(office: Office, inner: str) -> None:
    port = inner.rpartition(":")[2]
    for url in (inner, f"http://localhost:{port}/", f"http://[::ffff:127.0.0.1]:{port}/"):
        with pytest.raises(aiohttp.ClientError):
            fetched(office.config, url)
    assert Handler.asked == []


def test_the_timestamp_server_may_stand_in_the_house_but_leads_no_further(
    office: Office, inner: str
) -> None:
    named = replace(office.config, timestamp_url=f"{inner}/tsa")
    assert len(fetched(named, f"{inner}/crl")) == 3000
    for target in ("http://127.0.0.1:1/", "http://localhost:1/", "http://169.254.169.254/"):
        with pytest.raises(aiohttp.ClientError):
            fetched(named, f"{inner}/to/{target}")


def test_an_answer_without_end_is_given_up(
    office: Office, inner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ANSWER_LIMIT_BYTES", 2000)
    with pytest.raises(aiohttp.ClientPayloadError, match="too large"):
        fetched(replace(office.config, timestamp_url=inner), inner)


def test_nothing_but_the_web_is_asked(office: Office) -> None:
    for url in ("ldap://127.0.0.1/x", "file:///etc/passwd", "ftp://127.0.0.1/x"):
        with pytest.raises((aiohttp.ClientError, ValueError)):
            fetched(office.config, url)
