"""The body of a request with a lowest speed: 20 seconds of grace, then 1 KiB for each second more.

The server reads until as many bytes are there as it was asked for, and cannot be hurried. So a body
is read in steps, small at first and while it is slow: after each it is known how much came in which
time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.exceptions import RequestTimeout

from web.silent import SilentSenders

GRACE_SECONDS = 20.0
LOWEST_BYTES_PER_SECOND = 1024
FIRST_STEP_BYTES = 1
LARGEST_STEP_BYTES = 256 * 1024
_GROWTH = 16
_QUICK_SECONDS = 0.1


def has_body(environ: dict[str, Any]) -> bool:
    """Tell whether anything comes after the headers (RFC 9112, section 6)."""
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


class Body:
    """What stands for `wsgi.input`.

    Args:
        environ: Of the request, with the input of the server.
        place: The place of this request among those that work, given up while it waits.
        silent: Where a sender is watched of whom nothing comes at all.
        clock: Seconds since some moment.
    """

    def __init__(
        self,
        environ: dict[str, Any],
        *,
        place: threading.BoundedSemaphore,
        silent: SilentSenders,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._input = environ["wsgi.input"]
        self._address = str(environ.get("REMOTE_ADDR", ""))
        length = environ.get("CONTENT_LENGTH", "")
        self._announced = int(length) if length.isdecimal() else None
        self._place, self._silent = place, silent
        self._step = FIRST_STEP_BYTES
        self._held = bytearray()
        self._ended = False
        self._waited = 0.0
        self._came = 0

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes, or all; fewer only at the end.

        Raises:
            RequestTimeout: They come too slowly.
        """
        wanted = None if size is None or size < 0 else size
        while not self._ended and (wanted is None or len(self._held) < wanted):
            self._take_step(wanted)
        taken = bytes(self._held[:wanted])
        del self._held[: len(taken)]
        return taken

    def readline(self, size: int | None = -1) -> bytes:
        """Return up to the end of a line, and at most so many bytes."""
        most = None if size is None or size < 0 else size
        while (end := self._held.find(b"\n")) < 0 and not self._ended:
            if most is not None and len(self._held) >= most:
                break
            self._take_step(None)
        stop = len(self._held) if end < 0 else end + 1
        return self.read(stop if most is None else min(stop, most))

    def readlines(self, _hint: int | None = -1) -> list[bytes]:
        """Return all lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def close(self) -> None:
        """Let go of the input: the server then closes a connection of which more would come."""
        self._input, self._ended = None, True

    def _take_step(self, wanted: int | None) -> None:
        size = self._step if wanted is None else min(self._step, wanted - len(self._held))
        begun = self._clock()
        self._place.release()
        try:
            with self._silent.watching(self._address, GRACE_SECONDS):
                piece = self._input.read(size)
            took = self._clock() - begun
        finally:
            self._place.acquire()
        self._held += piece
        self._ended = len(piece) < size
        self._waited += took
        self._came += len(piece)
        self._step = _next_step(self._step, took)
        allowed = GRACE_SECONDS + self._came / LOWEST_BYTES_PER_SECOND
        if self._waited > allowed and not self._is_whole():
            self._ended = True
            raise RequestTimeout

    def _is_whole(self) -> bool:
        if self._announced is None:
            return self._ended
        return self._came >= self._announced


def _next_step(step: int, took: float) -> int:
    if took < _QUICK_SECONDS:
        return min(step * _GROWTH, LARGEST_STEP_BYTES)
    # So many came in that time: ask for what should come in a moment.
    return max(1, min(int(step / took * _QUICK_SECONDS), LARGEST_STEP_BYTES))
