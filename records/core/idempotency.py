"""Doing a thing once: answers kept for repeated requests, and the lock of those still running.

The answer is written in the transaction of the act. Whoever dies before the commit has done
nothing and may repeat; whoever dies after it finds the answer. The lock only tells a second caller
that the first is still at work: it belongs to the process (SQLite: a byte of a file, by POSIX
record locks) or to the connection (PostgreSQL: an advisory lock), and dies with it.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, delete, text
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict, Invalid
from storage import Vault

KEPT_FOR = timedelta(hours=24)
KEY_MAX = 255
FIELD = "Idempotency-Key"
_LABEL = "kept answer"


class KeptAnswer(Base):
    """What a request with a key was answered; sealed, because an answer can hold a secret."""

    __tablename__ = "kept_answer"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Asked:
    """A request that may come again.

    Attributes:
        user_id: Who asked; keys of different people have nothing to do with each other.
        key: The key that the caller chose.
        digest: SHA-256 of all that was asked.
    """

    user_id: UUID
    key: str
    digest: bytes


@dataclass(frozen=True)
class Answer:
    """An answer as it goes out: status, headers, and a JSON body."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] | None = None


def check_key(key: str) -> str:
    """Return a key of 1 to 255 printable ASCII characters.

    Raises:
        Invalid: It is none.
    """
    if not 1 <= len(key) <= KEY_MAX or not key.isascii() or not key.isprintable():
        raise Invalid(
            "An Idempotency-Key has 1 to %(max)d printable ASCII characters.",
            {"max": KEY_MAX},
            field=FIELD,
        )
    return key


def recall(uow: UnitOfWork, vault: Vault, asked: Asked) -> Answer | None:
    """Return the answer that was given to the same request within the last 24 hours.

    Raises:
        Invalid: The key was used for another request.
    """
    kept = uow.session.get(KeptAnswer, (asked.user_id, asked.key))
    if kept is None or kept.created_at <= uow.now - KEPT_FOR:
        return None
    if kept.digest != asked.digest:
        raise Invalid("This key belongs to another request.", field=FIELD)
    return open_answer(vault, kept)


def open_answer(vault: Vault, kept: KeptAnswer) -> Answer:
    """Return the answer that is kept, or raise `SealDamaged`."""
    return Answer(**json.loads(vault.unseal(kept.wrapped_key, _LABEL, kept.sealed)))


def keep(uow: UnitOfWork, vault: Vault, asked: Asked, answer: Answer) -> None:
    """Keep an answer in the transaction of the act; answers older than a day go."""
    uow.session.execute(delete(KeptAnswer).where(KeptAnswer.created_at <= uow.now - KEPT_FOR))
    _, wrapped_key = vault.keyring.new_data_key()
    content = {"body": answer.body, "status": answer.status, "headers": dict(answer.headers or {})}
    uow.session.add(
        KeptAnswer(
            user_id=asked.user_id,
            key=asked.key,
            digest=asked.digest,
            wrapped_key=wrapped_key,
            sealed=vault.seal(wrapped_key, _LABEL, json.dumps(content).encode()),
            created_at=uow.now,
        )
    )


class Running:
    """The requests with a key that are being worked on now, by any thread of any process."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = folder / "running.lock"
        self._mutex = threading.Lock()
        self._mine: set[int] = set()
        self._file: int | None = None

    @contextmanager
    def hold(self, user_id: UUID, key: str) -> Iterator[None]:
        """Be the only one who works on a key.

        Raises:
            Conflict: Somebody else does already.
        """
        place = _place(user_id, key)
        with self._mutex:
            if place in self._mine:
                raise _still_running()
            self._mine.add(place)
        try:
            with self._connection(place) if not self._database.is_sqlite else self._byte(place):
                yield
        finally:
            with self._mutex:
                self._mine.discard(place)

    @contextmanager
    def _byte(self, place: int) -> Iterator[None]:
        # One descriptor for the life of the process: closing any would drop all its record locks.
        with self._mutex:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            raise _still_running() from None
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    @contextmanager
    def _connection(self, place: int) -> Iterator[None]:
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            lock = {"place": place}
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:place)"), lock):
                raise _still_running()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:place)"), lock)


def _place(user_id: UUID, key: str) -> int:
    digest = hashlib.blake2b(user_id.bytes + key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2  # both locks take a positive signed number


def _still_running() -> Conflict:
    return Conflict("The first request with this key is still running.", field=FIELD)
