"""One line of the seal book with all that stands behind it: request, approvers, digests, log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject
from records.documents.models import Component
from records.people.models import User
from records.people.rules import Actor
from records.seals.book_views import SealBookLine, book_line
from records.seals.models import SealApproval, SealRequest, SealUsage
from records.seals.rules import REQUEST_EVENTS, RequestStep


@dataclass(frozen=True)
class Agreement:
    """Who agreed in one step, when, and in which words."""

    name: str
    on_behalf_of: str | None
    at: datetime | None
    opinion: str | None


@dataclass(frozen=True)
class LineView:
    """A line as its page shows it.

    Attributes:
        usage: The line as it is kept.
        line: The line as its reader may know it; all below is empty where the content is hidden.
        source: The file that got the seal, `result` the stamped copy.
        sequence: The entry of the log that says the same.
    """

    usage: SealUsage
    line: SealBookLine
    request: SealRequest | None
    agreements: list[Agreement]
    source: Component | None
    result: Component | None
    sequence: int | None


def line_view(uow: UnitOfWork, actor: Actor, line_id: UUID) -> LineView:
    """Return a line of a book that a person may read, with what stands behind it.

    Raises:
        NotFound: There is none, or its book is none of this person's.
    """
    usage, line = book_line(uow, actor, line_id)
    sequence = entry_of(uow, line_id)
    if line.content is None:
        return LineView(usage, line, None, [], None, None, sequence)
    files = {
        each.id: each
        for each in uow.session.scalars(
            select(Component).where(Component.id.in_([usage.component_id, usage.result_id]))
        )
    }
    return LineView(
        usage,
        line,
        uow.session.get_one(SealRequest, usage.request_id),
        _agreements(uow, usage.request_id),
        files.get(usage.component_id) if usage.component_id else None,
        files.get(usage.result_id) if usage.result_id else None,
        sequence,
    )


def entry_of(uow: UnitOfWork, line_id: UUID) -> int | None:
    """Return the place in the log where a line is recorded."""
    query = (
        select(LogEntry.sequence)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .where(LogObject.object_id == line_id, LogEntry.kind == REQUEST_EVENTS[RequestStep.USE])
        .order_by(LogEntry.sequence)
        .limit(1)
    )
    return uow.session.scalar(query)


def _agreements(uow: UnitOfWork, request_id: UUID) -> list[Agreement]:
    query = (
        select(SealApproval)
        .where(SealApproval.request_id == request_id, SealApproval.decided_by.is_not(None))
        .order_by(SealApproval.position)
    )
    found = list(uow.session.scalars(query))
    people = {each.decided_by for each in found} | {each.on_behalf_of_id for each in found}
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(people - {None})))
    names: dict[UUID | None, str] = {row[0]: row[1] for row in rows}
    return [
        Agreement(
            names[each.decided_by],
            names.get(each.on_behalf_of_id),
            each.decided_at,
            each.opinion,
        )
        for each in found
    ]
