"""A turnstile before the one writer that SQLite lets in.

SQLite itself makes a writer that finds the database locked sleep for up to a tenth of a second
before it looks again, so several busy writers mostly sleep. Here threads of one process wake each
other at once, and processes look every two milliseconds at a lock on a file beside the database.
The turnstile only orders those who wait; what may not happen at once is still SQLite's to forbid.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_SECONDS = 0.002


class Turnstile:
    """Lets one writer of one database pass at a time.

    Args:
        path: The file whose lock the processes share; it stays empty.
        patience_seconds: Who has waited for so long goes on to SQLite all the same.
    """

    def __init__(self, path: Path, *, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._threads = threading.Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for one's turn and hold it."""
        until = time.monotonic() + self._patience_seconds
        is_first = self._threads.acquire(timeout=self._patience_seconds)
        try:
            with self._file_held(until):
                yield
        finally:
            if is_first:
                self._threads.release()

    @contextmanager
    def passing_at_once(self) -> Iterator[bool]:
        """Hold one's turn where nobody else has it; tell whether that is so."""
        if not self._threads.acquire(blocking=False):
            yield False
            return
        try:
            with self._file_taken() as is_mine:
                yield is_mine
        finally:
            self._threads.release()

    @contextmanager
    def _file_taken(self) -> Iterator[bool]:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        try:
            yield _try(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _file_held(self, until: float) -> Iterator[None]:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # A full disk: whoever only removes something still gets through.
            yield
            return
        try:
            _lock(descriptor, until)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int, until: float) -> None:
    while not _try(descriptor) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
