"""Asking servers whose addresses stand in certificates, without being led astray.

An address in a certificate is somebody else's word. It may lead to public addresses only, and to
the server of `CHANCERY_TIMESTAMP_URL`, which an administrator has named; this is looked at when a
connection is made, so that neither a redirect nor a name that changes its mind gets around it.
Answers are bounded in size and in time.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from records.core.config import Config

SECONDS = 10
ANSWER_LIMIT_BYTES = 20 * 1024 * 1024
# IPv6 addresses that stand for an IPv4 one behind a translator.
_TRANSLATED = ip_network("64:ff9b::/96")


class Forbidden(OSError):
    """An address that must not be asked."""


class BoundedResponse(aiohttp.ClientResponse):
    """An answer that is given up when it grows beyond `ANSWER_LIMIT_BYTES`."""

    async def read(self) -> bytes:
        """Return the whole answer."""
        if self._body is None:
            pieces, count = [], 0
            async for piece in self.content.iter_chunked(64 * 1024):
                pieces.append(piece)
                count += len(piece)
                if count > ANSWER_LIMIT_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too large")
            self._body = b"".join(pieces)
        return self._body


@asynccontextmanager
async def careful_session(config: Config) -> AsyncIterator[aiohttp.ClientSession]:
    """Give a session that connects to nothing but what it may."""
    named = _addresses(config.timestamp_url)

    def connect(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, place = address
        host, port = str(place[0]), int(place[1])
        if (host, port) not in named and not is_public(host):
            raise Forbidden(f"{host} is not a public address")
        return socket.socket(family, kind, protocol)

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=connect, force_close=True),
        response_class=BoundedResponse,
        timeout=aiohttp.ClientTimeout(total=SECONDS),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield session


def is_public(host: str) -> bool:
    """Return whether a numeric address is one of the open internet."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = _meant(address)
    return address.is_global and not address.is_multicast


def _meant(address: IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address for which an IPv6 address stands, or itself."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _addresses(url: str | None) -> set[tuple[str, int]]:
    if url is None:
        return set()
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {(str(place[0]), int(place[1])) for *_, place in found}
