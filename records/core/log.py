"""The log: every fact in one total order, written in the transaction that made it true.

Each entry is a leaf of a Merkle tree (RFC 6962). The leaf is the canonical JSON (RFC 8785) of
actor, commitment, kind, objects, sequence, time and version; the commitment is
`SHA-256(salt ‖ canonical payload)`, so that payload and salt can be erased without harming the
tree. `docs/formats/log.md` is the specification, with test vectors.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.core.base import Base, table_of
from records.core.merkle import leaf_hash

LEAF_VERSION = 1
SALT_BYTES = 32


@dataclass(frozen=True)
class Event:
    """One fact for the log, before it has its place.

    Attributes:
        kind: Dotted name such as `document.registered`.
        actor_id: Who did it; None for the service itself and for people nobody knows.
        objects: Ids of all things that the fact is about; each shows it in its timeline.
        payload: Canonical-JSON values: strings, integers, booleans, null, lists and objects.
    """

    kind: str
    actor_id: UUID | None
    objects: tuple[UUID, ...]
    payload: Mapping[str, Any]


class LogHead(Base):
    """The one row that counts the entries; taking it orders all writers."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)


class LogEntry(Base):
    """A leaf: what is hashed, and its hash. Never changed, never deleted."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index(None, "kind", "sequence"),
        Index(None, "actor_id", "sequence"),
        Index(None, "occurred_at", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    occurred_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    kind: Mapped[str]
    objects: Mapped[list[str]]
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogPayload(Base):
    """What the commitment binds: it can be erased by a disposition, the leaf cannot."""

    __tablename__ = "log_payload"

    sequence: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("log_entry.sequence"), primary_key=True, autoincrement=False
    )
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[str]


class LogObject(Base):
    """Which entries are about a thing, so that its timeline is one range of an index."""

    __tablename__ = "log_object"
    __table_args__ = (Index(None, "sequence"), {"sqlite_with_rowid": False})

    object_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("log_entry.sequence"), primary_key=True, autoincrement=False
    )


class LogNode(Base):
    """The root of a complete subtree of 256**level leaves, kept so that proofs read little.

    It follows from the entries and can be worked out again at any time.
    """

    __tablename__ = "log_node"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)


class LogKey(Base):
    """The key that signs checkpoints, and the name under which it does; the private half sealed."""

    __tablename__ = "log_key"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Checkpoint(Base):
    """A root that was signed and given out: later ones must agree with it.

    Attributes:
        dated: Signature line over the note and `signed_at`; None in those of former versions.
    """

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    signed_at: Mapped[datetime]
    dated: Mapped[str | None]


@dataclass(frozen=True)
class Leaf:
    """The hashed part of an entry, free of the database."""

    sequence: int
    occurred_at: datetime
    actor_id: UUID | None
    kind: str
    objects: tuple[str, ...]
    commitment: bytes

    def canonical(self) -> bytes:
        """Return the bytes that are hashed."""
        return rfc8785.dumps(
            {
                "actor": str(self.actor_id) if self.actor_id else None,
                "commitment": self.commitment.hex(),
                "kind": self.kind,
                "objects": list(self.objects),
                "sequence": self.sequence,
                "time": timestamp(self.occurred_at),
                "version": LEAF_VERSION,
            }
        )

    def digest(self) -> bytes:
        """Return the leaf hash of RFC 6962, section 2.1: SHA-256(0x00 ‖ leaf)."""
        return leaf_hash(self.canonical())


# The last act of every transaction that changes something, so it is put together once.
_COUNT_ON = text("UPDATE log_head SET size = size + :more WHERE id = 1 RETURNING size")


def timestamp(instant: datetime) -> str:
    """Return an instant as in the log: UTC with six digits, `2026-01-02T03:04:05.000006Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_payload(payload: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of a payload.

    Raises:
        ValueError: A value is not a string, integer, boolean, null, list or object, or a key is
            not ASCII.
    """
    _check_value(payload)
    return rfc8785.dumps(dict(payload))


def commit_to(salt: bytes, payload: bytes) -> bytes:
    """Return the commitment to a canonical payload."""
    return hashlib.sha256(salt + payload).digest()


def append_events(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Give the events their places at the end of the log. Call it last in a transaction."""
    if not events:
        return
    size: int = session.execute(_COUNT_ON, {"more": len(events)}).scalar_one()
    entries: list[dict[str, Any]] = []
    payloads: list[dict[str, Any]] = []
    subjects: list[dict[str, Any]] = []
    for sequence, event in enumerate(events, start=size - len(events)):
        salt = secrets.token_bytes(SALT_BYTES)
        payload = canonical_payload(event.payload)
        objects = tuple(dict.fromkeys(event.objects))
        leaf = Leaf(
            sequence,
            now,
            event.actor_id,
            event.kind,
            tuple(str(each) for each in objects),
            commit_to(salt, payload),
        )
        entries.append(
            {
                "sequence": sequence,
                "occurred_at": now,
                "actor_id": event.actor_id,
                "kind": event.kind,
                "objects": list(leaf.objects),
                "commitment": leaf.commitment,
                "leaf_hash": leaf.digest(),
            }
        )
        payloads.append({"sequence": sequence, "salt": salt, "payload": payload.decode()})
        subjects.extend({"object_id": each, "sequence": sequence} for each in objects)
    session.execute(insert(table_of(LogEntry)), entries)
    session.execute(insert(table_of(LogPayload)), payloads)
    if subjects:
        session.execute(insert(table_of(LogObject)), subjects)


def log_size(session: Session) -> int:
    """Return the number of entries."""
    return session.execute(select(LogHead.size).where(LogHead.id == 1)).scalar_one()


def leaf_of(entry: LogEntry) -> Leaf:
    """Return the hashed part of a stored entry."""
    return Leaf(
        entry.sequence,
        entry.occurred_at,
        entry.actor_id,
        entry.kind,
        tuple(entry.objects),
        entry.commitment,
    )


def entries_about(session: Session, object_id: UUID) -> Iterable[tuple[LogEntry, str | None]]:
    """Return the timeline of a thing, oldest first: entries with payloads (None if erased)."""
    query = (
        select(LogEntry, LogPayload.payload)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(LogObject.object_id == object_id)
        .order_by(LogObject.sequence)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _check_value(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise ValueError(f"a key of the log must be ASCII: {key!r}")
            _check_value(each)
        return
    if isinstance(value, list | tuple):
        for each in value:
            _check_value(each)
        return
    raise ValueError(f"the log takes no {type(value).__name__}")
