"""The folder of an embedded index: its version, and whether its files are still what they were."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from search.engine import SCHEMA_VERSION, IndexDamaged, IndexMissing

_VERSION_FILE = "chancery-index.json"
_CHECK_SECONDS = 0.5


def write_version(folder: Path, engine: str) -> None:
    """Say, durably, which engine and which layout the folder holds."""
    path = folder / _VERSION_FILE
    with path.open("w", encoding="ascii") as file:
        json.dump({"engine": engine, "version": SCHEMA_VERSION}, file)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_version(folder: Path, engine: str) -> None:
    """Check that the folder holds an index of this engine and layout.

    Raises:
        IndexMissing: the folder is absent or empty.
        IndexDamaged: it holds something else.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        raise IndexMissing(f"no index in {folder}")
    try:
        found = json.loads((folder / _VERSION_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"the version of the index in {folder} cannot be read") from error
    if found != {"engine": engine, "version": SCHEMA_VERSION}:
        raise IndexDamaged(f"the index in {folder} is of another version: {found}")


class SegmentWatch:
    """Notices that tantivy's files changed, and when they changed as they never should.

    Segment files are written once. One that vanished or that is not what it was is damage, and is
    told before memory-mapped pages that are gone can kill the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._state: tuple[int, int, int] | None = None
        self._checked_at = 0.0

    def forget_time(self) -> None:
        """Let the next `changed` look, however recent the last look was."""
        self._checked_at = 0.0

    def changed(self) -> bool:
        """Whether there was a commit since the last call; looks at most twice a second.

        Raises:
            IndexDamaged: a file of a live segment vanished or was tampered with.
        """
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return False
        before = self._state
        self.check()
        self._checked_at = now
        return self._state != before

    def check(self) -> None:
        """Look now.

        Raises:
            IndexDamaged: see `changed`.
        """
        problem = ""
        for _ in range(20):
            state, live = self._commit()
            problem = self._compare(live)
            if not problem:
                self._state = state
                return
            # A merge may have removed files between the two looks: only a quiet folder counts.
            time.sleep(0.01)
            if self._commit()[0] == state and (problem := self._compare(live)):
                break
        raise IndexDamaged(problem)

    def _commit(self) -> tuple[tuple[int, int, int], set[str]]:
        path = self._folder / "meta.json"
        try:
            state = _identity(path.stat())
            meta = json.loads(path.read_bytes())
            live = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged("the list of segments cannot be read") from error
        return state, live

    def _compare(self, live: set[str]) -> str:
        now: dict[str, tuple[int, int, int]] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.partition(".")[0] in live:
                    try:
                        now[entry.name] = _identity(entry.stat())
                    except FileNotFoundError:
                        return f"{entry.name} vanished"
        known = {name for name in self._seen if name.partition(".")[0] in live}
        present = {name.partition(".")[0] for name in now}
        if missing := sorted(live - present):
            return f"segment {missing[0]} is missing"
        for name in sorted(known):
            if now.get(name) != self._seen[name] and not name.endswith(".del"):
                return f"{name} changed or vanished"
        self._seen = now
        return ""


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino
