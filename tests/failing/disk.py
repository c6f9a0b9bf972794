"""A disk that fails when it is told to: `disk.c`, compiled and preloaded into a process."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EIO, ENOSPC
from pathlib import Path
from typing import Any

from tests.failing.faults import FOREVER, Failures

SOURCE = Path(__file__).with_name("disk.c")
PRELOAD = "LD_PRELOAD"


@dataclass(frozen=True)
class DiskFault:
    """The nth write fails: once and for an instant, or as every later one because it is full."""

    kind: str
    nth: int

    def __str__(self) -> str:
        return f"disk {self.kind} at write {self.nth}"


KINDS = {"full": (ENOSPC, FOREVER), "broken": (EIO, 0)}


def compiler() -> str | None:
    """Return the C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc")


def preloaded(folder: Path) -> dict[str, str]:
    """Compile the disk into a folder and return the environment of a process that stands on it."""
    library = folder / "disk.so"
    chosen = compiler()
    assert chosen is not None, "a C compiler is missing: apt-get install gcc libc6-dev"
    building = [chosen, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(building, check=True)
    return {**os.environ, PRELOAD: str(library)}


def is_preloaded() -> bool:
    """Tell whether the writes of this process can fail."""
    return os.environ.get(PRELOAD, "").endswith("disk.so")


def _library() -> Any:
    library = ctypes.CDLL(os.environ[PRELOAD])
    library.fail_writes.argtypes = (ctypes.c_char_p, ctypes.c_long, ctypes.c_long, ctypes.c_int)
    library.writes_failed.restype = ctypes.c_long
    return library


@contextmanager
def out_of_order(folder: Path, fault: DiskFault) -> Iterator[Failures]:
    """Let writes of this process below a folder fail until the block ends."""
    library, failures = _library(), Failures()
    code, more = KINDS[fault.kind]
    library.fail_writes(os.fsencode(folder), fault.nth, fault.nth + more, code)
    try:
        yield failures
    finally:
        failures.count = library.writes_failed()
        library.fail_writes(b"", 0, 0, 0)
