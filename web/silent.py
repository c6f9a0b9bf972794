"""Senders that announce a body and send nothing: their connection is shut, for lack of another way.

A thread that waits for such a body waits inside the server. The kernel knows for how long nothing
came over each connection (tcp_info of tcp(7), Linux): the one from the same address that has been
silent for exactly as long as the thread has waited is the one that it waits for.
"""

import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_SECONDS = 1.0
_OPEN_FILES = Path("/proc/self/fd")
# How far the two clocks may be apart.
_APART_SECONDS = 0.5
# struct tcp_info: eight bytes, then numbers of 32 bits; the twelfth is tcpi_last_data_recv, in ms.
_INFO_BYTES = 8 + 12 * 4
_ESTABLISHED = 1


@dataclass(eq=False)
class Watched:
    """One thread that waits for a body."""

    address: str
    since: float
    patience_seconds: float


class SilentSenders:
    """Watches whoever waits for a body, with one thread that runs while somebody does."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: set[Watched] = set()
        self._looking = False

    @contextmanager
    def watching(self, address: str, patience_seconds: float) -> Iterator[None]:
        """Watch this thread meanwhile; after so many seconds the silent connection is shut."""
        watched = Watched(address, time.monotonic(), patience_seconds)
        with self._mutex:
            self._waiting.add(watched)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look, daemon=True).start()
        try:
            yield
        finally:
            with self._mutex:
                self._waiting.discard(watched)

    def _look(self) -> None:
        idle_since = time.monotonic()
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            now = time.monotonic()
            with self._mutex:
                if self._waiting:
                    idle_since = now
                elif now - idle_since > 60:
                    self._looking = False
                    return
                late = [each for each in self._waiting if now - each.since > each.patience_seconds]
            for each in late:
                shut_silent(each.address, time.monotonic() - each.since)


def shut_silent(address: str, seconds: float) -> None:
    """Shut the connections from an address over which nothing came for so long."""
    for connection in _own_sockets():
        with suppress(OSError):
            if _is_silent(connection, address, seconds):
                connection.shutdown(socket.SHUT_RD)


def _own_sockets() -> Iterator[socket.socket]:
    """Yield the TCP sockets of this process, each open a second time meanwhile."""
    for entry in list(_OPEN_FILES.iterdir()) if _OPEN_FILES.is_dir() else ():
        with suppress(OSError):
            number = int(entry.name)
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as found:
                    if found.family in (socket.AF_INET, socket.AF_INET6):
                        yield found


def _is_silent(connection: socket.socket, address: str, seconds: float) -> bool:
    if connection.getpeername()[0].removeprefix("::ffff:") != address.removeprefix("::ffff:"):
        return False
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    state, silent_ms = info[0], struct.unpack_from("I", info, 8 + 11 * 4)[0]
    return state == _ESTABLISHED and abs(silent_ms / 1000 - seconds) < _APART_SECONDS
