"""The seal book as it is read: of one seal or of all, line after line in the order of numbers.

A line says to every reader of the book which seal was used when, at whose wish and by whose hand,
and how many imprints were made. What was sealed (title, matter, recipient, place, approvers,
remarks) is in a document, and stands there only for those who may see that document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.core.errors import NotAllowed, NotFound
from records.documents.models import Document
from records.documents.visibility import visible_ids
from records.people.models import Unit, User
from records.people.rules import Act, Actor, Role
from records.seals.models import (
    Custody,
    Seal,
    SealApproval,
    SealCounter,
    SealRequest,
    SealUsage,
)
from records.seals.rules import ApprovalState, UsageState

# Who reads the books of all seals; a keeper reads those of the seals they hold or held.
BOOK_OVERSIGHT = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})
OUT, LATE, SPOILT, WITHDRAWN = "out", "late", "spoilt", UsageState.WITHDRAWN.value
MARKS = (OUT, LATE, SPOILT, WITHDRAWN)


@dataclass(frozen=True)
class BookFilters:
    """What a book is narrowed to; days are business days of the office, both included."""

    year: int | None = None
    from_on: date | None = None
    to_on: date | None = None
    medium: str | None = None
    unit_id: UUID | None = None
    mark: str | None = None


@dataclass(frozen=True)
class SealedContent:
    """What was sealed, for those who may see the document."""

    document_id: UUID
    document_number: str
    title: str
    matter: str
    matter_kind: str
    recipient: str
    pages: int
    place: str
    escort: str | None
    remarks: str | None
    withdrawn_reason: str | None
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class SealBookLine:
    """One line of a seal book.

    Attributes:
        is_late: The seal is outside after it was due back.
        content: None where the reader may not see the document.
    """

    id: UUID
    seal_id: UUID
    seal: str
    number: int
    text: str
    used_at: datetime
    medium: str
    unit: str
    applicant: str
    keeper: str
    witness: str | None
    copies_stamped: int | None
    copies_spoilt: int | None
    outside: bool
    due_back_at: datetime | None
    returned_at: datetime | None
    is_late: bool
    state: UsageState
    content: SealedContent | None


@dataclass(frozen=True)
class BookPage:
    """Some lines, and whether there are more above and below them."""

    lines: list[SealBookLine]
    has_higher: bool
    has_lower: bool


_Applicant, _Keeper, _Witness = aliased(User), aliased(User), aliased(User)


def readable_seals(uow: UnitOfWork, actor: Actor) -> list[Seal]:
    """Return the seals whose books a person may open, by code; also those out of use."""
    if not actor.may(Act.READ_SEAL_BOOKS):
        return []
    return list(uow.session.scalars(select(Seal).where(_readable(actor)).order_by(Seal.code)))


def readable_seal(uow: UnitOfWork, actor: Actor, seal_id: UUID) -> Seal:
    """Return a seal whose book a person may open.

    Raises:
        NotFound: There is none, or its book is none of this person's.
    """
    if actor.may(Act.READ_SEAL_BOOKS):
        found = uow.session.scalar(select(Seal).where(Seal.id == seal_id, _readable(actor)))
        if found is not None:
            return found
    raise NotFound


def check_oversees_books(actor: Actor) -> None:
    """Refuse who may not read the book of all seals.

    Raises:
        NotAllowed: The person is no auditor.
    """
    if not actor.roles & BOOK_OVERSIGHT:
        raise NotAllowed("The book of all seals is for auditors.")


def years_of_book(uow: UnitOfWork, seal: Seal | None) -> list[int]:
    """Return the years in which a seal, or any seal, was used, newest first."""
    query = select(SealCounter.year).distinct().order_by(SealCounter.year.desc())
    if seal is not None:
        query = query.where(SealCounter.seal_id == seal.id)
    return list(uow.session.scalars(query))


def book_page(
    uow: UnitOfWork,
    actor: Actor,
    seal: Seal | None,
    *,
    filters: BookFilters,
    above: UUID | None = None,
    below: UUID | None = None,
    rising: bool = False,
    limit: int = 50,
) -> BookPage:
    """Return a page of the book of a seal that a person may read, or of all seals.

    One seal's book is in the order of its numbers, that of all seals in the order of time.

    Args:
        above: Only lines with higher numbers than this one, the nearest ones.
        below: Only lines with lower numbers than this one, the nearest ones.
        rising: Whether the lowest number comes first on the page.

    Raises:
        NotAllowed: The book of all seals is for auditors.
        NotFound: The line where the page begins is not in this book.
    """
    if seal is None:
        check_oversees_books(actor)
    start = above or below
    # From which end the page is taken; without a place from that where it begins.
    upwards = above is not None or (start is None and rising)
    key = _order(seal)
    query = _lines(uow, seal, filters)
    if start is not None:
        place = _place(uow, seal, start)
        query = query.where(key > place if upwards else key < place)
    query = query.order_by(*(each if upwards else each.desc() for each in _columns(seal)))
    rows = uow.session.execute(query.limit(limit + 1)).all()
    more, rows = len(rows) > limit, rows[:limit]
    lines = _told(uow, actor, rows)
    if upwards != rising:
        lines.reverse()
    began_inside = start is not None
    return BookPage(
        lines,
        has_higher=more if upwards else began_inside,
        has_lower=began_inside if upwards else more,
    )


def count_lines(uow: UnitOfWork, seal: Seal | None, filters: BookFilters) -> int:
    """Return how many lines a book has within its filters."""
    query = select(func.count()).select_from(SealUsage).where(*_narrowed(uow, seal, filters))
    return uow.session.scalar(query) or 0


def book_line(uow: UnitOfWork, actor: Actor, line_id: UUID) -> tuple[SealUsage, SealBookLine]:
    """Return one line of a book that a person may read, as it is kept and as they may know it.

    Raises:
        NotFound: There is none, or its book is none of this person's.
    """
    query = _joined().where(SealUsage.id == line_id)
    row = uow.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    readable_seal(uow, actor, row[0].seal_id)
    return row[0], _told(uow, actor, [row])[0]


def _readable(actor: Actor) -> ColumnElement[bool]:
    if actor.roles & BOOK_OVERSIGHT:
        return Seal.id.is_not(None)
    held = select(Custody.seal_id).where(Custody.keeper_id == actor.user_id)
    return or_(Seal.keeper_id == actor.user_id, Seal.id.in_(held))


def _columns(seal: Seal | None) -> Sequence[Any]:
    # Ids are in the order of time: UUID version 7 (RFC 9562).
    return (SealUsage.id,) if seal is None else (SealUsage.year, SealUsage.number)


def _order(seal: Seal | None) -> Any:
    return tuple_(*_columns(seal))


def _place(uow: UnitOfWork, seal: Seal | None, line_id: UUID) -> Any:
    query = select(*_columns(seal)).where(SealUsage.id == line_id)
    if seal is not None:
        query = query.where(SealUsage.seal_id == seal.id)
    found = uow.session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return tuple(found)


def _lines(uow: UnitOfWork, seal: Seal | None, filters: BookFilters) -> Select[*tuple[Any, ...]]:
    return _joined().where(*_narrowed(uow, seal, filters))


def _joined() -> Select[*tuple[Any, ...]]:
    return (
        select(
            SealUsage,
            Seal.name,
            SealRequest,
            Document,
            Unit.name,
            _Applicant.name,
            _Keeper.name,
            _Witness.name,
        )
        .join(Seal, Seal.id == SealUsage.seal_id)
        .join(SealRequest, SealRequest.id == SealUsage.request_id)
        .join(Document, Document.id == SealUsage.document_id)
        .join(Unit, Unit.id == SealUsage.unit_id)
        .join(_Applicant, _Applicant.id == SealUsage.applicant_id)
        .join(_Keeper, _Keeper.id == SealUsage.keeper_id)
        .outerjoin(_Witness, _Witness.id == SealUsage.witness_id)
    )


def _narrowed(
    uow: UnitOfWork, seal: Seal | None, filters: BookFilters
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if seal is not None:
        found.append(SealUsage.seal_id == seal.id)
    if filters.year is not None:
        found.append(SealUsage.year == filters.year)
    if filters.from_on is not None:
        found.append(SealUsage.used_at >= _midnight(uow, filters.from_on))
    if filters.to_on is not None:
        found.append(SealUsage.used_at < _midnight(uow, filters.to_on + timedelta(days=1)))
    if filters.medium is not None:
        found.append(SealUsage.medium == filters.medium)
    if filters.unit_id is not None:
        found.append(SealUsage.unit_id == filters.unit_id)
    if filters.mark is not None:
        found.append(_marked(uow, filters.mark))
    return found


def _marked(uow: UnitOfWork, mark: str) -> ColumnElement[bool]:
    is_out = and_(SealUsage.outside, SealUsage.returned_at.is_(None))
    match mark:
        case "out":
            return is_out
        case "late":
            return and_(is_out, SealUsage.due_back_at < uow.now)
        case "spoilt":
            return SealUsage.copies_spoilt > 0
        case _:
            return SealUsage.state == mark


def _midnight(uow: UnitOfWork, day: date) -> datetime:
    return datetime.combine(day, time(), uow.zone).astimezone(UTC)


def _told(uow: UnitOfWork, actor: Actor, rows: Sequence[Any]) -> list[SealBookLine]:
    seen = visible_ids(uow, actor, {row[3].id for row in rows})
    approvers = _approvers(uow, [row[2].id for row in rows if row[3].id in seen])
    return [_line(uow, row, approvers if row[3].id in seen else None) for row in rows]


def _approvers(uow: UnitOfWork, request_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return by request who agreed to it, in the order of the steps."""
    query = (
        select(SealApproval.request_id, User.name)
        .join(User, User.id == SealApproval.decided_by)
        .where(
            SealApproval.request_id.in_(request_ids),
            SealApproval.state == ApprovalState.AGREED.value,
        )
        .order_by(SealApproval.request_id, SealApproval.position)
    )
    found: dict[UUID, list[str]] = {each: [] for each in request_ids}
    for request_id, name in uow.session.execute(query):
        found[request_id].append(name)
    return found


def _line(uow: UnitOfWork, row: Any, approvers: dict[UUID, list[str]] | None) -> SealBookLine:
    usage, seal, request, document, unit, applicant, keeper, witness = row
    is_out = usage.outside and usage.returned_at is None
    return SealBookLine(
        id=usage.id,
        seal_id=usage.seal_id,
        seal=seal,
        number=usage.number,
        text=usage.text,
        used_at=usage.used_at,
        medium=usage.medium,
        unit=unit,
        applicant=applicant,
        keeper=keeper,
        witness=witness,
        copies_stamped=usage.copies_stamped,
        copies_spoilt=usage.copies_spoilt,
        outside=usage.outside,
        due_back_at=usage.due_back_at,
        returned_at=usage.returned_at,
        is_late=is_out and usage.due_back_at is not None and usage.due_back_at < uow.now,
        state=UsageState(usage.state),
        content=None if approvers is None else _content(usage, request, document, approvers),
    )


def _content(
    usage: SealUsage, request: SealRequest, document: Document, approvers: dict[UUID, list[str]]
) -> SealedContent:
    return SealedContent(
        document_id=document.id,
        document_number=document.number,
        title=document.title,
        matter=request.matter,
        matter_kind=request.matter_kind,
        recipient=request.recipient,
        pages=request.pages,
        place=usage.place,
        escort=usage.escort,
        remarks=usage.remarks,
        withdrawn_reason=usage.withdrawn_reason,
        approvers=tuple(dict.fromkeys(approvers[request.id])),
    )
