"""Uploads that came in whole while the database was away, sealed in the spool until it is back.

An upload is a note and its files, in the folder `kept` of the spool. Files are encrypted as ever;
the note is sealed under a key of its own, because it tells names and metadata. The note is written
last and under a name that only one can have: with it an upload is kept, without it nothing is.
Whoever works on one holds a lock of its note, so that the worker and a sender who asks again never
register it both.
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from records.channels.rules import ChannelKind
from storage import Received, StoreUnavailable, Vault
from storage.durable import sync

FOLDER = "kept"
LABEL = "kept upload"
MOST_KEPT = 1_000
# Files without a note are what a crash has left; a note is written within moments of its files.
REMAINS_SECONDS = 24 * 3600.0
_NOTE = ".note"


@dataclass(frozen=True)
class KeptUpload:
    """An upload that nobody could write down.

    Attributes:
        register: Code of the register that it is meant for.
        source_id: What makes it the same when it comes again.
        cells: Metadata that came along, as text.
        split_reason: What the book says of a stack to be split at its separator sheets; None
            of anything else.
    """

    kind: ChannelKind
    register: str
    source_id: str
    sent_by: UUID
    kept_at: datetime
    cells: Mapping[str, str]
    files: Sequence[tuple[Received, str]]
    split_reason: str | None = None


class Journal:
    """The uploads that are kept beside one vault; safe to share between processes."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._folder = vault.spool_dir / FOLDER

    def keep(self, upload: KeptUpload) -> None:
        """Keep an upload, durable on return; one that is kept already stays as it is.

        Raises:
            StoreUnavailable: The disk takes no more, or too many are kept; nothing was kept.
        """
        note = self._note(upload.kind, upload.source_id)
        if note.exists():
            return
        moved: list[Path] = []
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if len(self.notes()) >= MOST_KEPT:
                raise StoreUnavailable("too many uploads wait for the database")
            for received, _ in upload.files:
                moved.append(self._folder / received.name)
                received.spool_path.rename(moved[-1])
                sync(moved[-1])
            fresh = self._folder / f"{secrets.token_hex(16)}.spool"
            moved.append(fresh)
            fresh.write_bytes(self._sealed(upload))
            sync(fresh)
            os.link(fresh, note)
            sync(self._folder)
            moved = [fresh]
        except FileExistsError:
            pass  # the same came twice at once, and the other one is kept
        except OSError as error:
            raise StoreUnavailable(f"{self._folder}: {error.strerror or error}") from error
        finally:
            for path in moved:
                path.unlink(missing_ok=True)

    def notes(self) -> list[Path]:
        """Return the notes of all that is kept, oldest first."""
        found = []
        for path in self._folder.glob(f"*{_NOTE}"):
            try:
                found.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:
                continue  # taken in meanwhile
        return [path for _, path in sorted(found)]

    @contextmanager
    def held(self, kind: ChannelKind, source_id: str) -> Iterator[Path | None]:
        """Hold the note of an upload that comes again, when it is kept; wait for who has it."""
        with self._lock(self._note(kind, source_id), fcntl.LOCK_EX) as note:
            yield note

    @contextmanager
    def claimed(self, note: Path) -> Iterator[KeptUpload | None]:
        """Hold a note and open it; None when it is gone, or somebody is at it.

        Raises:
            SealDamaged, KeyMissing: It cannot be opened.
        """
        with self._lock(note, fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
            yield None if held is None else self._opened(held)

    def forget(self, note: Path) -> None:
        """Forget an upload that is in the records now, with what is left of its files."""
        files = [received.spool_path for received, _ in self._opened(note).files]
        note.unlink(missing_ok=True)
        for each in files:
            each.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove files that a crash has left without a note; the caller has looked at all notes."""
        if not self._folder.is_dir() or self.notes():
            return
        limit = time.time() - REMAINS_SECONDS
        for path in self._folder.iterdir():
            if path.suffix != _NOTE and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def _note(self, kind: ChannelKind, source_id: str) -> Path:
        digest = hashlib.sha256(f"{kind.value}\0{source_id}".encode()).hexdigest()
        return self._folder / f"{digest}{_NOTE}"

    @contextmanager
    def _lock(self, note: Path, how: int) -> Iterator[Path | None]:
        try:
            descriptor = os.open(note, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError:
                yield None
                return
            # While we waited it may have been taken in, and even kept anew.
            yield note if note.exists() else None
        finally:
            os.close(descriptor)

    def _sealed(self, upload: KeptUpload) -> bytes:
        told = asdict(upload) | {"files": [_told(*each) for each in upload.files]}
        _, wrapped_key = self._vault.keyring.new_data_key()
        content = json.dumps(told, default=_plain).encode()
        sealed = self._vault.seal(wrapped_key, LABEL, content)
        return json.dumps({"key": wrapped_key.hex(), "sealed": sealed.hex()}).encode()

    def _opened(self, note: Path) -> KeptUpload:
        outer = json.loads(note.read_bytes())
        key, sealed = bytes.fromhex(outer["key"]), bytes.fromhex(outer["sealed"])
        told = json.loads(self._vault.unseal(key, LABEL, sealed))
        return KeptUpload(
            kind=ChannelKind(told["kind"]),
            register=told["register"],
            source_id=told["source_id"],
            sent_by=UUID(told["sent_by"]),
            kept_at=datetime.fromisoformat(told["kept_at"]),
            cells=told["cells"],
            files=[self._file(each) for each in told["files"]],
            split_reason=told.get("split_reason"),
        )

    def _file(self, told: dict[str, Any]) -> tuple[Received, str]:
        given = told.pop("given")
        key = bytes.fromhex(told.pop("wrapped_key"))
        path = self._folder / told["name"]
        return Received(**told, wrapped_key=key, spool_path=path), given


def _told(received: Received, given: str) -> dict[str, Any]:
    told = {**asdict(received), "wrapped_key": received.wrapped_key.hex(), "given": given}
    del told["spool_path"]
    return told


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
