"""The book: its lines as clerks see them, and the check that no number is lost or doubled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.visibility import visible_ids
from records.people.models import User
from records.people.rules import Actor, Role, Secrecy, check_clerk
from records.registration.models import NumberGap, Register, RegisterCounter, Registration
from records.registration.registers import all_registers
from records.registration.rules import RegistrationState

BOOK_OVERSIGHT = frozenset({Role.ARCHIVIST, Role.AUDITOR, Role.AUDIT_ADMIN})


@dataclass(frozen=True)
class BookLine:
    """One line of a register as its clerks see it; hidden ones show the number alone."""

    id: UUID
    number: int
    text: str
    state: RegistrationState
    reason: str | None
    registered_at: datetime | None
    registered_by: str | None
    document_id: UUID | None
    title: str | None
    sender: str | None
    document_number: str | None
    received_on: date | None
    secrecy: Secrecy | None
    urgency: str | None
    copies: int | None = None
    document_state: str | None = None


def book_lines(
    uow: UnitOfWork,
    actor: Actor,
    *,
    register: Register,
    year: int,
    after: int | None = None,
    descending: bool = False,
    limit: int = 100,
) -> tuple[list[BookLine], int | None]:
    """Return a page of a register by number, and the number after which the next page begins.

    Raises:
        NotAllowed: The book is for the clerks of the unit that keeps it, and for oversight.
    """
    check_reads_book(actor, register)
    query = (
        select(Registration, Document, User.name)
        .join(Document, Document.id == Registration.document_id)
        .outerjoin(User, User.id == Registration.registered_by)
        .where(Registration.register_id == register.id, Registration.year == year)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(
            Registration.number < after if descending else Registration.number > after
        )
    column = Registration.number
    rows = uow.session.execute(query.order_by(column.desc() if descending else column)).all()
    more, rows = len(rows) > limit, rows[:limit]
    seen = visible_ids(uow, actor, {row[1].id for row in rows})
    lines = [_book_line(line, document, name, seen) for line, document, name in rows]
    return lines, lines[-1].number if more else None


def check_reads_book(actor: Actor, register: Register) -> None:
    """Refuse a person who neither keeps a book nor watches over all of them.

    Archivists and auditors see every line; what is in a line only when they may see its document.

    Raises:
        NotAllowed: The book is for the clerks of the unit that keeps it, and for oversight.
    """
    if not actor.roles & BOOK_OVERSIGHT:
        check_clerk(actor, clerk_unit_id=register.clerk_unit_id)


def readable_registers(uow: UnitOfWork, actor: Actor) -> list[Register]:
    """Return the registers whose books a person may open, closed ones included."""
    found = all_registers(uow)
    if actor.roles & BOOK_OVERSIGHT:
        return found
    return [each for each in found if each.clerk_unit_id in actor.clerk_units]


def count_lines(uow: UnitOfWork, register: Register, year: int) -> int:
    """Return how many lines a book has in a year, voided and moved ones included."""
    query = select(func.count()).where(
        Registration.register_id == register.id, Registration.year == year
    )
    return uow.session.scalar(query) or 0


def gaps_of(uow: UnitOfWork, register: Register, year: int) -> list[NumberGap]:
    """Return the gaps that were declared when an old book was brought in."""
    query = (
        select(NumberGap)
        .where(NumberGap.register_id == register.id, NumberGap.year == year)
        .order_by(NumberGap.first)
    )
    return list(uow.session.scalars(query))


def book_years(uow: UnitOfWork, register: Register) -> list[int]:
    """Return the years in which a register gave numbers, newest first."""
    query = (
        select(RegisterCounter.year)
        .where(RegisterCounter.register_id == register.id)
        .order_by(RegisterCounter.year.desc())
    )
    return list(uow.session.scalars(query))


def number_faults(uow: UnitOfWork) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return numbers that a book lacks (undeclared gaps) and numbers it gave twice.

    The database refuses doubles; they are counted all the same, because a check trusts nothing.
    Reads every line once, in order, and keeps none.
    """
    gaps: list[dict[str, Any]] = []
    doubles: list[dict[str, Any]] = []
    for register in all_registers(uow):
        for year, last in _years(uow, register.id).items():
            fault = {"register": register.code, "year": year}
            previous = 0
            for first, end in _taken(uow, register.id, year):
                gaps.extend({**fault, "number": each} for each in range(previous + 1, first))
                doubles.extend(
                    {**fault, "number": each} for each in range(first, min(previous, end) + 1)
                )
                previous = max(previous, end)
            gaps.extend({**fault, "number": each} for each in range(previous + 1, last + 1))
    return gaps, doubles


def _years(uow: UnitOfWork, register_id: UUID) -> dict[int, int]:
    """Return the last number of each year, by the counter or by the lines where it lacks."""
    lines = uow.session.execute(
        select(Registration.year, func.max(Registration.number))
        .where(Registration.register_id == register_id)
        .group_by(Registration.year)
    )
    counters = uow.session.execute(
        select(RegisterCounter.year, RegisterCounter.last).where(
            RegisterCounter.register_id == register_id
        )
    )
    return {year: last for rows in (lines, counters) for year, last in rows}


def _taken(uow: UnitOfWork, register_id: UUID, year: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of numbers that have a line or a declared gap, in order."""
    lines = uow.session.scalars(
        select(Registration.number)
        .where(Registration.register_id == register_id, Registration.year == year)
        .order_by(Registration.number)
        .execution_options(yield_per=10_000)
    )
    declared = uow.session.execute(
        select(NumberGap.first, NumberGap.last)
        .where(NumberGap.register_id == register_id, NumberGap.year == year)
        .order_by(NumberGap.first)
    ).all()
    return merge(((each, each) for each in lines), ((row.first, row.last) for row in declared))


def _book_line(
    line: Registration, document: Document, name: str | None, seen: set[UUID]
) -> BookLine:
    state = RegistrationState(line.state)
    moved = state is RegistrationState.MOVED
    shows = not moved and document.id in seen
    return BookLine(
        id=line.id,
        number=line.number,
        text=line.text,
        state=state,
        reason=line.reason if shows else None,
        registered_at=line.registered_at if shows or moved else None,
        registered_by=name if shows or moved else None,
        document_id=document.id if shows else None,
        title=document.title if shows else None,
        sender=document.sender if shows else None,
        document_number=document.document_number_raw if shows else None,
        received_on=document.received_on if shows else None,
        secrecy=Secrecy(document.secrecy) if shows else None,
        urgency=document.urgency if shows else None,
        copies=document.copies if shows else None,
        document_state=document.state if shows else None,
    )
