"""Memory of processes that live for weeks: what was freed goes back to the machine.

The allocator of glibc keeps an arena for each thread, and after the first large block it keeps
freed blocks of that size too (mallopt(3)). A few odd files were enough to leave a worker with
hundreds of MiB that nobody used.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGE_BYTES = 128 * 1024


def give_memory_back() -> None:
    """Let this process share few arenas and return large blocks at once; nothing without glibc.

    To be called before the first thread is started.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is None:
        return
    adjust(_M_ARENA_MAX, _ARENAS)
    # Naming a threshold, even the usual one, keeps it from growing.
    adjust(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    adjust(_M_TRIM_THRESHOLD, _LARGE_BYTES)
