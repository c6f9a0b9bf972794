"""Which documents a stretch of the log is about, as far as the index is concerned."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject
from records.documents.models import Document
from records.people.actors import units_below
from records.people.rules import Secrecy

VIEWS = ("access.refused", "document.viewed", "component.downloaded")
CLASS_MOVED = "class.moved"
SECRECY_CHANGED = "document.secrecy_changed"
PREFIXES = ("document.", "component.")
# What gives rights to readers, and takes them back.
RIGHTS = (
    "delegation.ended",
    "delegation.made",
    "item.asked_again",
    "item.delivered",
    "item.recalled",
    "item.skipped",
    "round.recalled",
    "round.sent",
)


def matters() -> ColumnElement[bool]:
    """Return the predicate on log entries that what is indexed of a document may have changed."""
    changes = or_(*(LogEntry.kind.startswith(prefix) for prefix in PREFIXES))
    return changes & LogEntry.kind.not_in(VIEWS) | LogEntry.kind.in_(RIGHTS)


def changed_documents(uow: UnitOfWork, start: int, stop: int) -> list[UUID]:
    """Return the documents that the log entries from `start` to before `stop` changed."""
    query = (
        select(Document.id)
        .join(LogObject, LogObject.object_id == Document.id)
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(LogObject.sequence >= start, LogObject.sequence < stop, matters())
        .distinct()
    )
    found = set(uow.session.scalars(query))
    moved = uow.session.scalars(
        select(LogObject.object_id)
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(LogObject.sequence >= start, LogObject.sequence < stop, LogEntry.kind == CLASS_MOVED)
    ).all()
    if moved:
        found.update(_documents_under(uow, moved))
    return sorted(found)


def rose_above(uow: UnitOfWork, start: int, stop: int, level: Secrecy) -> bool:
    """Return whether a document that is above a level became more secret in a stretch of the log.

    Where it was above the level before, too, or its facts were erased, the answer may be yes
    needlessly.
    """
    query = (
        select(Document.id)
        .join(LogObject, LogObject.object_id == Document.id)
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(
            LogObject.sequence >= start,
            LogObject.sequence < stop,
            LogEntry.kind == SECRECY_CHANGED,
            Document.secrecy > int(level),
        )
        .limit(1)
    )
    return uow.session.scalar(query) is not None


def last_changes(uow: UnitOfWork, document_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the last log entry that changed each document."""
    query = (
        select(LogObject.object_id, func.max(LogObject.sequence))
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(LogObject.object_id.in_(document_ids), matters())
        .group_by(LogObject.object_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


def _documents_under(uow: UnitOfWork, class_ids: Iterable[UUID]) -> list[UUID]:
    rows = uow.session.execute(select(FileClass.id, FileClass.parent_id)).all()
    classes = units_below({row[0]: row[1] for row in rows}, class_ids)
    return list(uow.session.scalars(select(Document.id).where(Document.class_id.in_(classes))))
