"""Slow clients: what waits for them holds no place of those who work.

Every request has a thread of the server, and a body or an answer that trickles would keep it. So
there are many threads, and few of them work at a time: whoever waits for a body gives up the place
meanwhile, and answers that fit into memory are handed over whole. Bodies and streams that are under
way have bounds of their own below the number of threads, so that other people are always heard.
What comes slower than the slowest line in use is answered 408 (see `bodies`).
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from web.bodies import Body, has_body
from web.silent import SilentSenders

THREADS = 128
AT_WORK = 16
BODIES = 64
STREAMS = 40
# An answer up to here is handed to the server at once, whose sending needs no thread.
WHOLE_BYTES = 1024 * 1024
RETRY_SECONDS = 10

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Patience:
    """The outermost layer of the service in a web worker (WSGI, PEP 3333).

    Args:
        application: What answers.
        at_work: How many requests are worked at together.
        bodies: How many bodies may be under way at a time.
        streams: How many answers may be under way at a time that are not handed over whole.
    """

    def __init__(
        self,
        application: Application,
        *,
        at_work: int = AT_WORK,
        bodies: int = BODIES,
        streams: int = STREAMS,
    ) -> None:
        self._application = application
        self._at_work = threading.BoundedSemaphore(at_work)
        self._bodies = threading.BoundedSemaphore(bodies)
        self._streams = threading.BoundedSemaphore(streams)
        self._silent = SilentSenders()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not has_body(environ):
            return self._answer(environ, start_response)
        if not self._bodies.acquire(blocking=False):
            return _busy(start_response)
        body = Body(environ, place=self._at_work, silent=self._silent)
        environ["wsgi.input"] = body
        try:
            return self._answer(environ, start_response)
        finally:
            body.close()
            self._bodies.release()

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        head = _Head()
        with self._at_work:
            pieces = self._application(environ, head)
            if head.length() <= WHOLE_BYTES:
                start_response(*head.said)
                return [_whole(pieces)]
        if not self._streams.acquire(blocking=False):
            _close(pieces)
            return _busy(start_response)
        start_response(*head.said)
        return _Stream(pieces, self._streams)


class _Head:
    """Keeps status and headers until it is known whether the answer can be given."""

    said: tuple[str, list[tuple[str, str]]]

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: object) -> None:
        self.said = (status, headers)

    def length(self) -> float:
        """Return how many bytes the answer has; infinite where it does not say."""
        status, headers = self.said
        given = [value for name, value in headers if name.lower() == "content-length"]
        if not given:
            return 0 if status[:3] in ("204", "304") else float("inf")
        return int(given[0])


class _Stream:
    """Hands on an answer piece by piece, and gives its place back at the end."""

    def __init__(self, pieces: Iterable[bytes], streams: threading.BoundedSemaphore) -> None:
        self._pieces, self._streams = pieces, streams
        self._next = iter(pieces)
        self._open = True
        self._closing = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._next)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the stream; whoever is asked twice does it once."""
        with self._closing:
            if not self._open:
                return
            self._open = False
        self._streams.release()
        _close(self._pieces)


def _whole(pieces: Iterable[bytes]) -> bytes:
    try:
        return b"".join(pieces)
    finally:
        _close(pieces)


def _close(pieces: Iterable[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


def _busy(start_response: StartResponse) -> Iterable[bytes]:
    said = b"Too many slow connections. Try again in a moment.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(said))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(RETRY_SECONDS)),
        ("Connection", "close"),
    ]
    start_response("503 Service Unavailable", headers)
    return [said]
