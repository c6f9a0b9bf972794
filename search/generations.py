"""The place of embedded indexes: a folder with a folder for each generation, and a pointer.

    index/tantivy.current           names the current generation of tantivy
    index/tantivy-9f3c12ab/         a generation: the files of the engine and its note
    index/whoosh-04d1e6f0/          one that was prepared for moving to another engine
    index/serving                   the engine that follows the log here

Pointers and notes are replaced in one step. Names are never used twice, so that a reader which has
a generation open sees by the name alone that another one answers now.
"""
# ruff: noqa: D102 - the contract says what its verbs do

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from search.engine import Engine, IndexMissing, IndexUnwritable
from search.folder import sync_folder
from search.place import Note

# An index prepared for another engine is given up when nobody moved to it for so long.
PREPARED_SECONDS = 7 * 24 * 3600.0
_NAME = re.compile(r"([a-z]+)-[0-9a-f]{12}")
_NOTE_FILE = "chancery-note.json"
_SERVING_FILE = "serving"
_LEAST_FREE_BYTES = 1 << 20
# What is younger may be the work of another process that has not come to its end.
_STRAY_SECONDS = 60.0

OpenGeneration = Callable[..., Engine]


class FolderPlace:
    """See `search.place.IndexPlace`.

    Args:
        folder: of all indexes of this machine.
        engine: name of the engine, that its generations begin with.
        opens: opens a folder with the engine.
    """

    def __init__(self, folder: Path, engine: str, opens: OpenGeneration) -> None:
        self._folder = folder
        self._engine = engine
        self._opens = opens

    def current(self) -> str | None:
        return read_pointer(self._folder, self._engine)

    def generations(self) -> Sequence[str]:
        found = _names(self._folder)
        return sorted(name for name in found if _engine_of(name) == self._engine)

    def begin(self, note: Note) -> str:
        name = f"{self._engine}-{secrets.token_hex(6)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._opens(self._folder / name, writer=True).close()
        except OSError as error:
            raise IndexUnwritable(self.problem() or str(error)) from error
        self.write_note(name, note)
        return name

    def open(self, generation: str, *, writer: bool) -> Engine:
        folder = self._folder / generation
        if not folder.is_dir():
            raise IndexMissing(f"no index in {folder}")
        return self._opens(folder, writer=writer)

    def adopt(self, generation: str) -> None:
        _replace(_pointer(self._folder, self._engine), generation)

    def drop(self, generation: str) -> None:
        if self.current() == generation:
            _pointer(self._folder, self._engine).unlink(missing_ok=True)
        remove_folder(self._folder / generation)

    def read_note(self, generation: str) -> Note | None:
        try:
            note = json.loads((self._folder / generation / _NOTE_FILE).read_bytes())
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) else None

    def write_note(self, generation: str, note: Note) -> None:
        _replace(self._folder / generation / _NOTE_FILE, json.dumps(dict(note)))

    def problem(self) -> str | None:
        folder = self._folder if self._folder.exists() else self._folder.parent
        if not folder.is_dir():
            return f"{folder} is no folder"
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} cannot be written"
        if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
            return f"the disk of {folder} is full"
        return None


def read_pointer(folder: Path, engine: str) -> str | None:
    """Return the name of the current generation of an engine, None if there is none."""
    try:
        name = _pointer(folder, engine).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name if _engine_of(name) == engine and (folder / name).is_dir() else None


def serve(folder: Path, engine: str) -> None:
    """Note that an engine follows the log here now, and remove what nobody will ask any more.

    After a move the indexes of the engine before are removed. What was prepared for a move that is
    still to come stays for a week. Files that belong to no generation are removed.
    """
    if not folder.is_dir():
        return
    before = serving(folder)
    moved = before is not None and before != engine
    if before != engine:
        _replace(folder / _SERVING_FILE, engine)
    for name in _names(folder):
        owner = _engine_of(name)
        if owner != engine and (moved or _is_old(folder / name, owner)):
            remove_folder(folder / name)
    _remove_strays(folder)


def serving(folder: Path) -> str | None:
    """Return the name of the engine that last followed the log here."""
    return _read(folder / _SERVING_FILE)


def remove_folder(folder: Path) -> None:
    """Remove a folder, also while another process still writes into it."""
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _names(folder: Path) -> list[str]:
    with suppress(OSError):
        return [each.name for each in folder.iterdir() if each.is_dir()]
    return []


def _engine_of(name: str) -> str | None:
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def _pointer(folder: Path, engine: str) -> Path:
    return folder / f"{engine}.current"


def _is_old(generation: Path, owner: str | None) -> bool:
    if owner is not None and (noted := _age(generation / _NOTE_FILE)) is not None:
        return noted > PREPARED_SECONDS
    return (_age(generation) or 0.0) > _STRAY_SECONDS


def _age(path: Path) -> float | None:
    """Return for how many seconds a file has been as it is, None if it is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return None


def _remove_strays(folder: Path) -> None:
    """Remove pointers to nothing, interrupted replacements, and files of an older layout."""
    for path in folder.iterdir():
        if path.is_dir() or path.name == _SERVING_FILE:
            continue
        is_stray = path.suffix != ".current" or read_pointer(folder, path.stem) is None
        if is_stray and (_age(path) or 0.0) > _STRAY_SECONDS:
            path.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _replace(path: Path, text: str) -> None:
    """Write a small file in one step that survives a crash."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    except FileNotFoundError as error:
        raise IndexMissing(f"{path.parent} is gone") from error
    except OSError as error:
        raise IndexUnwritable(f"{path} cannot be written: {error.strerror}") from error
