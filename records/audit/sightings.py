"""Who saw what: the views, downloads and readings of a document that the log tells of.

For whoever reads the log, and only about documents within their own clearance: above it the answer
is the one for what does not exist. A number may be told, as in the books; a title is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.log import LogEntry, LogObject
from records.documents.models import Document
from records.people.models import User
from records.people.rules import Act, Actor, Secrecy, check_may

# What shows somebody the content of a document.
SEEING = ("document.viewed", "component.downloaded", "item.opened", "receipt.signed", "label.made")
LOWEST = Secrecy.CONFIDENTIAL


@dataclass(frozen=True)
class Sighting:
    """One time that somebody saw a document that is more than internal."""

    sequence: int
    at: datetime
    kind: str
    actor_id: UUID | None
    who: str | None
    document_id: UUID
    number: str
    secrecy: Secrecy


@dataclass(frozen=True)
class Seer:
    """Somebody who saw one document, first, last, and how often."""

    actor_id: UUID
    who: str
    clearance: Secrecy
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True)
class Seen:
    """A document, and all who saw it, the last one first."""

    document_id: UUID
    number: str
    secrecy: Secrecy
    people: Sequence[Seer]


def who_saw(uow: UnitOfWork, actor: Actor, *, number: str) -> Seen:
    """Return everybody who saw the document of a number.

    Raises:
        NotAllowed: The log is not for this person.
        NotFound: There is none, or it is above the clearance of who asks.
    """
    check_may(actor, Act.READ_LOG)
    found = uow.session.execute(
        select(Document.id, Document.number, Document.secrecy).where(
            Document.number == number, Document.secrecy <= actor.clearance
        )
    ).first()
    if found is None:
        raise NotFound("There is no such document, or it is above your clearance.")
    return Seen(found.id, found.number, Secrecy(found.secrecy), _people(uow, found.id))


def sightings(
    uow: UnitOfWork,
    actor: Actor,
    *,
    lowest: Secrecy = LOWEST,
    actor_id: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Sighting], bool]:
    """Return who saw documents of a level or above, newest first, and whether there are more.

    Args:
        lowest: The lowest level that counts; above the clearance of who asks nothing does.
        before: Only entries with a lower sequence.

    Raises:
        NotAllowed: The log is not for this person.
    """
    check_may(actor, Act.READ_LOG)
    query = (
        select(LogEntry, Document.id, Document.number, Document.secrecy, User.name)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .join(Document, Document.id == LogObject.object_id)
        .outerjoin(User, User.id == LogEntry.actor_id)
        .where(
            LogEntry.kind.in_(SEEING),
            Document.secrecy >= lowest,
            Document.secrecy <= actor.clearance,
        )
    )
    if actor_id is not None:
        query = query.where(LogEntry.actor_id == actor_id)
    if before is not None:
        query = query.where(LogEntry.sequence < before)
    rows = uow.session.execute(query.order_by(LogEntry.sequence.desc()).limit(limit + 1)).all()
    lines = [
        Sighting(
            entry.sequence,
            entry.occurred_at,
            entry.kind,
            entry.actor_id,
            name,
            document_id,
            number,
            Secrecy(secrecy),
        )
        for entry, document_id, number, secrecy, name in rows[:limit]
    ]
    return lines, len(rows) > limit


def _people(uow: UnitOfWork, document_id: UUID) -> list[Seer]:
    first, last = func.min(LogEntry.occurred_at), func.max(LogEntry.occurred_at)
    query = (
        select(User.id, User.name, User.clearance, first, last, func.count())
        .select_from(LogObject)
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .join(User, User.id == LogEntry.actor_id)
        .where(LogObject.object_id == document_id, LogEntry.kind.in_(SEEING))
        .group_by(User.id, User.name, User.clearance)
        .order_by(last.desc(), User.id)
    )
    return [
        Seer(user_id, name, Secrecy(clearance), begun, ended, times)
        for user_id, name, clearance, begun, ended, times in uow.session.execute(query)
    ]
