"""A proxy before a real S3 server that misbehaves when it is told to.

It answers nothing, answers 500 or 503, drops the connection once the request was carried out, or
gives back fewer or other bytes than the server did.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

import pytest

from tests.failing.faults import FOREVER, Failures

Kind = Literal["silent", "500", "503", "reset", "short", "other bytes"]
KINDS: tuple[Kind, ...] = ("silent", "500", "503", "reset", "short", "other bytes")
# Of what has a body: the others have nothing to shorten.
_OF_BODIES = ("short", "other bytes")
_ERROR = "HTTP/1.1 {0} Unwell\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class BucketFault:
    """The nth request goes wrong, and so many more."""

    kind: Kind
    nth: int
    more: int = FOREVER

    def __str__(self) -> str:
        return f"bucket {self.kind} at request {self.nth}" + (" once" if not self.more else "")


@dataclass
class Proxy:
    """Passes requests on to an S3 server; safe to share between threads of one process."""

    host: str
    port: int
    fault: BucketFault | None = None
    met: int = 0
    failures: Failures = field(default_factory=Failures)
    own_port: int = 0

    @contextmanager
    def out_of_order(self, fault: BucketFault) -> Iterator[Failures]:
        """Misbehave until the block ends."""
        self.met, self.failures, self.fault = 0, Failures(), fault
        try:
            yield self.failures
        finally:
            self.fault = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the requests of one connection on, each to a connection of its own."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read_head(reader):
                if not await self._answer(request, reader, writer):
                    break
        writer.close()

    async def _answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        kind = self._kind_of(head)
        if b"\r\nexpect: 100-continue" in head.lower():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = b"\r\n".join(
                line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:")
            )
        body = await reader.readexactly(_length(head))
        if kind == "silent":
            await asyncio.sleep(SILENT_SECONDS)
            return False
        if kind in ("500", "503"):
            writer.write(_ERROR.format(kind).encode())
            await writer.drain()
            return False
        async with _connected(self.host, self.port) as (back, forth):
            forth.write(head + body)
            answer = await _read_head(back)
            bodiless = head.startswith(b"HEAD ") or answer.split(b" ", 2)[1] in (b"204", b"304")
            content = b"" if bodiless else await _read_body(back, answer)
        if kind == "reset":
            writer.transport.abort()
            return False
        if kind == "other bytes" and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        if kind == "short":
            content = content[: len(content) // 2]
        writer.write(answer + content)
        await writer.drain()
        return kind != "short"

    def _kind_of(self, head: bytes) -> Kind | None:
        fault = self.fault
        # Of downloads alone: what the server says about itself is not what people wrote.
        is_download = head.startswith(b"GET ") and b"?" not in head.split(b" ", 2)[1]
        if fault is None or (fault.kind in _OF_BODIES and not is_download):
            return None
        self.met += 1
        if not fault.nth <= self.met <= fault.nth + fault.more:
            return None
        self.failures.count += 1
        return fault.kind


SILENT_SECONDS = 2.0
PATIENCE_SECONDS = 0.5


@contextmanager
def proxied(endpoint_url: str) -> Iterator[Proxy]:
    """Run a proxy on a free port in a thread of its own, and let nobody wait for it for long."""
    host, _, port = endpoint_url.rpartition("/")[2].partition(":")
    proxy, loop = Proxy(host, int(port)), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    begun = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(proxy.serve, "127.0.0.1", 0), loop
    ).result()
    proxy.own_port = begun.sockets[0].getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.s3.READ_SECONDS", PATIENCE_SECONDS)
        patch.setattr("storage.s3.ATTEMPTS", 2)
        yield proxy
    begun.close()
    asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _end_all() -> None:
    others = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@asynccontextmanager
async def _connected(host: str, port: int):  # type: ignore[no-untyped-def]
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return await reader.readexactly(_length(head))
    whole = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        chunk = await reader.readexactly(int(line, 16) + 2)
        whole += line + chunk
        if int(line, 16) == 0:
            return whole


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
