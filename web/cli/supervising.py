"""Keeping the worker at work beside another process: restarted when it dies, stopped with us."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields
from types import TracebackType
from typing import Self

from records.core.config import PREFIX, Config

logger = logging.getLogger(__name__)

STOP_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# A process that lived this long has not died of its start.
LIVED_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1


class WorkerBeside:
    """A `chancery worker` as a child process, as long as this context lasts."""

    def __init__(self, config: Config) -> None:
        self._command = [sys.executable, "-m", "web.cli", "worker", "--beside", str(os.getpid())]
        self._environment = environment_of(config)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="worker beside", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the worker and watch over it."""
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish what it has in hand, and end it; harmless before the start."""
        self._stopping.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            with self._lock:
                if self._stopping.is_set():
                    return
                # A session of its own: Ctrl-C reaches us alone, and we stop it in order.
                self._child = subprocess.Popen(
                    self._command,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            status = self._child.wait()
            if self._stopping.is_set():
                return
            lived = time.monotonic() - started
            pause = FIRST_PAUSE_SECONDS if lived > LIVED_SECONDS else pause
            logger.warning("The worker ended with %s; it starts again in %.1f s", status, pause)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def end_with_parent(parent_pid: int) -> None:
    """Ask the kernel to end this process when its parent dies, however it dies (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # It may have died while we were loading.
    if os.getppid() != parent_pid:
        raise SystemExit(1)


def environment_of(config: Config) -> dict[str, str]:
    """Return the environment of a child that works with exactly these settings."""
    foreign = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    return foreign | {
        PREFIX + each.name.upper(): _written(value)
        for each in fields(config)
        if (value := getattr(config, each.name)) is not None
    }


def _written(value: object) -> str:
    """Return a setting as the environment holds it."""
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
