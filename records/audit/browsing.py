"""Looking through the log: pages of entries, newest first, with what their reader may know.

Whoever oversees the log sees that something happened, when, and by whom. What an entry says of a
document (number, title, reasons) is content, and is there only when the reader may see the
document itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from records.audit.timeline import REFUSED
from records.core.database import UnitOfWork
from records.core.errors import NotAllowed
from records.core.log import LogEntry, LogObject, LogPayload
from records.documents.models import Document
from records.documents.visibility import visible_ids
from records.people.models import User
from records.people.rules import Act, Actor

SIGNATURE = ("name", "posts", "operator")
# Entries of these families say nothing of what is in a document.
OPEN_FAMILIES = (
    *("access", "class", "group", "log", "notice", "person", "post", "register", "unit"),
)
# Of a seal itself; what is sealed, and for whom, is in a document.
OPEN_KINDS = frozenset(
    {
        "authority.made",
        "seal.certificate_ended",
        "seal.certified",
        "seal.changed",
        "seal.checked",
        "seal.destroyed",
        "seal.handed_over",
        "seal.handover_asked",
        "seal.handover_cancelled",
        "seal.handover_confirmed",
        "seal.imprint_set",
        "seal.registered",
        "seal.reinstated",
        "seal.reported_lost",
        "seal.rule_changed",
        "seal.withdrawn",
    }
)
MOST_ENTRIES = 500
COMING_AND_GOING = ("person.signed_in", "person.signed_out")


@dataclass(frozen=True)
class LogFilters:
    """What the log is narrowed to; days are business days of the office."""

    kind: str | None = None
    actor_id: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None
    refused: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry as its reader may know it.

    Attributes:
        who: Name at the time of the act; None for the service itself.
        facts: The payload without the signature; None when it is hidden or erased.
        hidden: Whether there are facts that this reader may not know.
        document: Id and number of the document that it is about, when the reader may see it.
    """

    sequence: int
    at: datetime
    kind: str
    actor_id: UUID | None
    who: str | None
    posts: tuple[str, ...]
    facts: Mapping[str, Any] | None
    hidden: bool
    document: tuple[UUID, str] | None
    leaf_hash: bytes


def list_entries(
    uow: UnitOfWork,
    actor: Actor,
    *,
    filters: LogFilters | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> tuple[list[Entry], bool]:
    """Return a page of the log, newest first, and whether there are more in its direction.

    Args:
        before: Only entries with a lower sequence: the page after one that ended there.
        after: Only entries with a higher sequence: the page before one that began there.
        limit: At most `MOST_ENTRIES`.

    Raises:
        NotAllowed: The log, or all of it but refusals, is not for this person.
    """
    limit = max(1, min(limit, MOST_ENTRIES))
    wanted = filters or LogFilters()
    query = select(LogEntry, LogPayload.payload).outerjoin(
        LogPayload, LogPayload.sequence == LogEntry.sequence
    )
    kind = _kind(actor, wanted)
    if kind is not None:
        query = query.where(LogEntry.kind == kind)
    if wanted.actor_id is not None:
        query = query.where(LogEntry.actor_id == wanted.actor_id)
    if wanted.from_on is not None:
        query = query.where(LogEntry.occurred_at >= _midnight(uow, wanted.from_on))
    if wanted.to_on is not None:
        following = wanted.to_on + timedelta(days=1)
        query = query.where(LogEntry.occurred_at < _midnight(uow, following))
    if before is not None:
        query = query.where(LogEntry.sequence < before)
    if after is not None:
        query = query.where(LogEntry.sequence > after)
    order = LogEntry.sequence if after is not None else LogEntry.sequence.desc()
    rows = list(uow.session.execute(query.order_by(order).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if after is not None:
        rows.reverse()
    return _entries(uow, actor, [(row[0], row[1]) for row in rows]), more


def entries_about_person(
    uow: UnitOfWork, actor: Actor, user_id: UUID, *, families: Sequence[str], limit: int = 30
) -> list[Entry]:
    """Return the newest entries of some families that are about a person, newest first."""
    query = (
        select(LogEntry, LogPayload.payload)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(
            LogObject.object_id == user_id,
            or_(*(LogEntry.kind.like(f"{each}.%") for each in families)),
            LogEntry.kind.not_in(COMING_AND_GOING),
        )
        .order_by(LogObject.sequence.desc())
        .limit(limit)
    )
    return _entries(uow, actor, [(row[0], row[1]) for row in uow.session.execute(query)])


def refusals_since(uow: UnitOfWork, actor: Actor, since: datetime, *, most: int = 1000) -> int:
    """Return how many attempts of known people were refused since an instant, up to a bound."""
    _kind(actor, LogFilters(refused=True))
    found = (
        select(LogEntry.sequence)
        .where(LogEntry.kind == REFUSED, LogEntry.occurred_at >= since)
        .limit(most + 1)
        .subquery()
    )
    return uow.session.scalar(select(func.count()).select_from(found)) or 0


def _kind(actor: Actor, filters: LogFilters) -> str | None:
    if actor.may(Act.READ_LOG):
        return REFUSED if filters.refused else filters.kind
    if actor.may(Act.READ_REFUSALS):
        return REFUSED
    raise NotAllowed("None of your posts allows this.", {"act": Act.READ_LOG.value})


def _midnight(uow: UnitOfWork, day: date) -> datetime:
    return datetime.combine(day, time(), uow.zone).astimezone(UTC)


def _entries(
    uow: UnitOfWork, actor: Actor, rows: Sequence[tuple[LogEntry, str | None]]
) -> list[Entry]:
    seen = numbers_of(uow, actor, [entry for entry, _ in rows])
    people = {entry.actor_id for entry, _ in rows if entry.actor_id is not None}
    names = _names(uow, people)
    return [_entry(actor, entry, payload, seen, names) for entry, payload in rows]


def is_open_to(actor: Actor, entry: LogEntry, seen: Mapping[UUID, str]) -> bool:
    """Tell whether somebody may know what an entry tells, given the documents that they may see."""
    is_open = entry.kind in OPEN_KINDS or entry.kind.partition(".")[0] in OPEN_FAMILIES
    return actor.is_service or is_open or any(UUID(each) in seen for each in entry.objects)


def numbers_of(uow: UnitOfWork, actor: Actor, entries: Iterable[LogEntry]) -> dict[UUID, str]:
    """Return the numbers of the documents that entries are about, as far as they may be seen."""
    return _numbers(uow, actor, {UUID(each) for entry in entries for each in entry.objects})


def _entry(
    actor: Actor,
    entry: LogEntry,
    payload: str | None,
    seen: Mapping[UUID, str],
    names: Mapping[UUID, str],
) -> Entry:
    kept: dict[str, Any] = json.loads(payload) if payload is not None else {}
    document = next(
        ((UUID(each), seen[UUID(each)]) for each in entry.objects if UUID(each) in seen), None
    )
    shown = is_open_to(actor, entry, seen)
    facts = {name: value for name, value in kept.items() if name not in SIGNATURE}
    signed = kept.get("name") if "posts" in kept else None
    return Entry(
        entry.sequence,
        entry.occurred_at,
        entry.kind,
        entry.actor_id,
        signed or (names.get(entry.actor_id) if entry.actor_id else None),
        tuple(kept.get("posts", ())),
        facts if shown and payload is not None else None,
        not shown and bool(facts),
        document,
        entry.leaf_hash,
    )


def _numbers(uow: UnitOfWork, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    seen = visible_ids(uow, actor, ids)
    if not seen:
        return {}
    rows = uow.session.execute(select(Document.id, Document.number).where(Document.id.in_(seen)))
    return {row[0]: row[1] for row in rows}


def _names(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(list(ids))))
    return {row[0]: row[1] for row in rows}
