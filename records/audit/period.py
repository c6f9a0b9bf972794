"""A period of the log as one signed file, for whoever checks it elsewhere.

Every entry of the period is in it, with one neighbour at each end as the proof that none is left
out. What an entry told is in it only when the reader may know it; the leaf tells who, when, what
kind and about what, and proves that nothing was changed. `docs/formats/log.md` is the
specification; `verify_period.py` reads it back.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from records.audit.browsing import is_open_to, numbers_of
from records.audit.checkpoints import checkpoint_of, ensure_log_key, open_log_key
from records.audit.notes import NoteKey, checkpoint_text, encoded, signed_note
from records.audit.proofs import LogTree
from records.audit.verify_period import FORMAT, canonical
from records.core.database import Database, UnitOfWork
from records.core.errors import Invalid
from records.core.log import Checkpoint, LogEntry, LogPayload, leaf_of, log_size, timestamp
from records.core.merkle import Range
from records.people.models import User
from records.people.rules import Act, Actor, check_may
from storage import Vault

EXPORTED = "log.exported"
PAGE = 1_000


@dataclass(frozen=True)
class Period:
    """A stretch of the log, proved and ready to be written.

    Attributes:
        first, stop: The entries, those of the neighbours included.
        from_at, to_at: What was asked for.
        left: Roots of the complete subtrees of all entries before.
    """

    first: int
    stop: int
    from_at: datetime
    to_at: datetime
    left: tuple[bytes, ...]
    checkpoint: Checkpoint
    people: dict[str, str]
    key: NoteKey
    private: Ed25519PrivateKey

    def head(self) -> dict[str, Any]:
        """Return the first line."""
        return {
            "checkpoint": self.checkpoint.note,
            "first": self.first,
            "format": FORMAT,
            "from": timestamp(self.from_at),
            "left": [encoded(each) for each in self.left],
            "people": self.people,
            "stop": self.stop,
            "to": timestamp(self.to_at),
        }


def open_period(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, from_on: date, to_on: date, origin: str
) -> Period:
    """Find the entries of some business days, prove them, and record that they are handed out.

    Raises:
        NotAllowed: The log is not for this person.
        Invalid: The days are in the wrong order, or have no entry.
        Unavailable: The log does not continue what it signed.
    """
    check_may(actor, Act.READ_LOG)
    if to_on < from_on:
        raise Invalid("The last day is before the first.", field="to")
    from_at, to_at = _midnight(uow, from_on), _midnight(uow, to_on + timedelta(days=1))
    first, stop = _stretch(uow, from_at, to_at)
    checkpoint = checkpoint_of(uow, vault, size=stop, origin=origin)
    tree = LogTree(uow, stop)
    left = tuple(tree.over(each) for each in _peaks(first))
    key = ensure_log_key(uow, vault, origin=origin)
    uow.record(
        EXPORTED,
        actor_id=actor.user_id,
        objects=[],
        payload={
            **actor.signature(),
            "from": from_on.isoformat(),
            "to": to_on.isoformat(),
            "first": first,
            "stop": stop,
        },
    )
    return Period(
        first,
        stop,
        from_at,
        to_at,
        left,
        checkpoint,
        _people(uow, first, stop),
        key,
        open_log_key(uow, vault),
    )


def write_period(database: Database, actor: Actor, period: Period) -> Iterator[bytes]:
    """Yield the file, holding one page of entries in memory at a time."""
    digest = hashlib.sha256()
    for line in _lines(database, actor, period):
        digest.update(line)
        yield line
    key = period.key.of_periods()
    text = checkpoint_text(key.name, period.stop - period.first, digest.digest())
    yield b"\n" + signed_note(text, key, period.private).encode()


def _lines(database: Database, actor: Actor, period: Period) -> Iterator[bytes]:
    yield canonical(period.head()) + b"\n"
    for start in range(period.first, period.stop, PAGE):
        with database.reading() as uow:
            yield from _page(uow, actor, start, min(period.stop, start + PAGE))


def _page(uow: UnitOfWork, actor: Actor, start: int, stop: int) -> list[bytes]:
    rows = uow.session.execute(
        select(LogEntry, LogPayload.salt, LogPayload.payload)
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(LogEntry.sequence >= start, LogEntry.sequence < stop)
        .order_by(LogEntry.sequence)
    ).all()
    seen = numbers_of(uow, actor, [row[0] for row in rows])
    lines = []
    for entry, salt, payload in rows:
        # An outer join: what was erased is not there.
        erased: bool = payload is None
        told = not erased and is_open_to(actor, entry, seen)
        line = {
            "leaf": json.loads(leaf_of(entry).canonical()),
            "payload": json.loads(payload) if told else None,
            "salt": salt.hex() if told else None,
        }
        lines.append(canonical(line) + b"\n")
    return lines


def _stretch(uow: UnitOfWork, from_at: datetime, to_at: datetime) -> Range:
    """Return the places of a period with a neighbour at each end, where there is one."""
    inside = (LogEntry.occurred_at >= from_at, LogEntry.occurred_at < to_at)
    low, high = uow.session.execute(
        select(func.min(LogEntry.sequence), func.max(LogEntry.sequence)).where(*inside)
    ).one()
    if low is None:
        raise Invalid("The log has no entry in this period.", field="from")
    return max(0, low - 1), min(log_size(uow.session), high + 2)


def _peaks(size: int) -> Iterator[Range]:
    start = 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            yield start, start + (1 << bit)
            start += 1 << bit


def _people(uow: UnitOfWork, first: int, stop: int) -> dict[str, str]:
    acting = select(LogEntry.actor_id).where(
        LogEntry.sequence >= first, LogEntry.sequence < stop, LogEntry.actor_id.is_not(None)
    )
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(acting)))
    return {str(row[0]): row[1] for row in rows}


def _midnight(uow: UnitOfWork, day: date) -> datetime:
    return datetime.combine(day, time(), uow.zone).astimezone(UTC)
