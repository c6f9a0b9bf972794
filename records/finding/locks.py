"""Who may write the index of a machine: one process follows the log, and one builds the next.

Locks of the operating system lie beside the index: who dies lets go of them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from records.core.config import Config


class IndexLocked(Exception):
    """Another process, or another thread, does this already."""


@contextmanager
def held(config: Config, duty: str) -> Iterator[None]:
    """Hold the lock of a duty, `follow` or `build`, without waiting for it.

    Raises:
        IndexLocked: It is held already.
    """
    folder = config.index_folder
    path = folder.with_name(f"{folder.name}.{duty}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexLocked(duty) from error
        yield
    finally:
        os.close(descriptor)
