"""Counting requests and store errors: per process in memory, summed over all by small files.

Several processes answer on one port, and a scrape reaches any of them. So each leaves its counts in
a file of the folder `measures` in the home, at most once a second, and the scrape adds them up.
"""

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import cast

from flask import Flask, Response, current_app, g, request

from web.boundary import office

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WRITE_SECONDS = 1.0
KEPT_SECONDS = 24 * 3600.0
_EXTENSION = "chancery_measures"
_SEPARATOR = "\t"


class Measures:
    """The counts of this process, by name and labels joined with tabs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mutex = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._written_at = float("-inf")

    def add(self, name: str, *labels: str, amount: float = 1) -> None:
        """Count something."""
        with self._mutex:
            self._counts[_SEPARATOR.join((name, *labels))] += amount  # type: ignore[assignment]

    def observe(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.add("requests", endpoint, method, str(status))
        self.add("seconds", endpoint, amount=seconds)
        bucket = next((str(each) for each in BUCKETS_SECONDS if seconds <= each), "+Inf")
        self.add("bucket", endpoint, bucket)
        if time.monotonic() - self._written_at > WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Leave the counts where the other processes find them."""
        with self._mutex:
            self._written_at = time.monotonic()
            content = json.dumps(self._counts)
        self._folder.mkdir(exist_ok=True, mode=0o700)
        path = self._folder / f"{os.getpid()}.json"
        fresh = path.with_suffix(f".{threading.get_ident()}.new")
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(path)

    def total(self) -> dict[tuple[str, ...], float]:
        """Return the counts of all processes; those of dead ones stay for a day."""
        self.write()
        total: Counter[str] = Counter()
        for path in self._folder.glob("*.json"):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS and not _lives(path.stem):
                path.unlink(missing_ok=True)
                continue
            try:
                total.update(json.loads(path.read_bytes()))
            except (OSError, ValueError):
                continue  # replaced or removed this moment
        return {tuple(key.split(_SEPARATOR)): amount for key, amount in sorted(total.items())}


def measures() -> Measures:
    """Return the counts of this application."""
    return cast("Measures", current_app.extensions[_EXTENSION])


def _begin() -> None:
    g.begun_at = time.perf_counter()


def _observe(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("begun_at", time.perf_counter())
    endpoint = request.endpoint or "none"
    measures().observe(endpoint, request.method, response.status_code, seconds)
    return response


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def init_app(app: Flask) -> None:
    """Count every request."""
    with app.app_context():
        app.extensions[_EXTENSION] = Measures(office().config.home / "measures")
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_observe)
