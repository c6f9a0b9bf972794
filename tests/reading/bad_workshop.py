"""A workshop whose tasks try what no task should be able to do; the parent of a cage loads it."""

import mmap
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from search.reading import Limits

Answer = tuple[dict[str, Any], bytes]


def do(task: str, job: dict[str, Any], content: bytes | mmap.mmap, limits: Limits) -> Answer:
    return _TASKS[task](job, content, limits)


def _echo(job: dict[str, Any], content: bytes | mmap.mmap, _: Limits) -> Answer:
    return job, bytes(content[:])


def _escape(job: dict[str, Any], *_: object) -> Answer:
    attempts: dict[str, Callable[[], object]] = {
        "reads": lambda: Path(job["path"]).read_text(),
        "writes": lambda: Path(job["path"]).write_text("gone"),
        "lists": lambda: list(Path("/").iterdir()),
        "connects": lambda: socket.create_connection(("127.0.0.1", job["port"]), 2),
        "runs": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must fail
        "kills": lambda: os.kill(job["pid"], signal.SIGTERM),
    }
    return {name: _succeeds(act) for name, act in attempts.items()}, b""


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


def _die(*_: object) -> Answer:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}, b""


def _grow(*_: object) -> Answer:
    return {"size": len(bytearray(1 << 31))}, b""


def _spin(*_: object) -> Answer:
    while True:
        pass


def _talk(job: dict[str, Any], *_: object) -> Answer:
    return {}, bytes(job["bytes"])


def _garble(*_: object) -> Any:
    return [], b""


_TASKS: dict[str, Callable[[dict[str, Any], bytes | mmap.mmap, Limits], Answer]] = {
    "echo": _echo,
    "escape": _escape,
    "die": _die,
    "grow": _grow,
    "spin": _spin,
    "talk": _talk,
    "garble": _garble,
}
