"""The list of seals: keyset pages, with who holds each and what is out or late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from records.core.database import UnitOfWork
from records.core.places import Place, cut, no_such_page, read_place
from records.people.models import Unit, User
from records.people.names import typed_pattern
from records.people.rules import Act, Actor, check_may
from records.seals.models import Seal, SealUsage
from records.seals.rules import SealState


class SealOrder(StrEnum):
    """The orders that the list offers."""

    CODE = "code"
    NAME = "name"
    START = "start"


class SealMark(StrEnum):
    """What a list can be narrowed to beside states."""

    LATE = "late"
    CHECK_DUE = "check_due"
    UNHELD = "unheld"
    EXPIRED = "expired"


@dataclass(frozen=True)
class SealFilters:
    """What the list of seals is narrowed to."""

    typed: str = ""
    state: str | None = None
    kind: str | None = None
    mark: SealMark | None = None
    unit_id: UUID | None = None
    keeper_id: UUID | None = None


@dataclass(frozen=True)
class Outside:
    """A seal that is out: with whom, since when, until when."""

    usage_id: UUID
    request_id: UUID
    applicant_id: UUID
    applicant: str
    escort: str | None
    place: str
    since: datetime
    due_back_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Tell whether the seal should be back."""
        return self.due_back_at is not None and self.due_back_at < now


@dataclass(frozen=True)
class SealLine:
    """One line of the list."""

    seal: Seal
    unit: str
    keeper: str | None
    outside: Outside | None
    is_late: bool
    is_check_due: bool
    is_expired: bool


@dataclass(frozen=True)
class SealPage:
    """A page of the list; `next` and `previous` are opaque, None at the ends."""

    items: list[SealLine]
    next: str | None
    previous: str | None


_COLUMNS: Mapping[SealOrder, InstrumentedAttribute[Any]] = {
    SealOrder.CODE: Seal.code,
    SealOrder.NAME: Seal.name,
    SealOrder.START: Seal.start_on,
}


def check_reads(actor: Actor) -> None:
    """Refuse a person who does not read the register of seals.

    Raises:
        NotAllowed: None of the actor's posts has a role for it.
    """
    if not reads_register(actor):
        check_may(actor, Act.READ_SEAL_BOOKS)


def reads_register(actor: Actor) -> bool:
    """Tell whether a person reads the register: keepers, auditors and administrators."""
    acts = (Act.READ_SEAL_BOOKS, Act.KEEP_SEAL_REGISTER, Act.KEEP_SEAL_CERTIFICATES)
    return any(actor.may(each) for each in acts)


def list_seals(
    uow: UnitOfWork,
    actor: Actor,
    *,
    filters: SealFilters | None = None,
    order: SealOrder = SealOrder.CODE,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> SealPage:
    """Return one page of the register of seals.

    Args:
        cursor: `next` or `previous` of an earlier page in the same order.

    Raises:
        NotAllowed: The person does not read the register.
        Invalid: The cursor is not one of this list.
    """
    check_reads(actor)
    limit = max(1, min(limit, 500))
    column, place = _COLUMNS[order], read_place(cursor)
    query = lines_query().where(*_conditions(uow, filters or SealFilters()))
    falling = descending != (place is not None and place.backwards)
    if place is not None:
        value, seal_id = _position(place, order)
        here = tuple_(column, Seal.id)
        there = tuple_(literal(value, column.type), literal(seal_id, Seal.id.type))
        query = query.where(here < there if falling else here > there)
    keys = (column.desc(), Seal.id.desc()) if falling else (column, Seal.id)
    rows = uow.session.execute(query.order_by(*keys).limit(limit + 1)).all()
    lines = [line_of(uow, row) for row in rows]
    page = cut(lines, limit, place, lambda line: _name(line.seal, order))
    return SealPage(list(page.rows), page.next, page.previous)


def lines_query() -> Select[Seal, str, str, SealUsage, str]:
    """Return the query of which each row becomes a line; its parts are what `line_of` reads."""
    applicant = aliased(User)
    out = and_(SealUsage.seal_id == Seal.id, SealUsage.outside, SealUsage.returned_at.is_(None))
    return (
        select(Seal, Unit.name, User.name, SealUsage, applicant.name)
        .join(Unit, Unit.id == Seal.unit_id)
        .outerjoin(User, User.id == Seal.keeper_id)
        .outerjoin(SealUsage, out)
        .outerjoin(applicant, applicant.id == SealUsage.applicant_id)
    )


def line_of(uow: UnitOfWork, row: Any) -> SealLine:
    """Return the line that a row of `lines_query` holds."""
    seal, unit, keeper, usage, applicant = row
    outside = _outside(usage, applicant) if usage is not None else None
    return SealLine(
        seal,
        unit,
        keeper,
        outside,
        outside is not None and outside.is_late(uow.now),
        seal.check_due_on is not None and seal.check_due_on <= uow.today,
        seal.stop_on is not None and seal.stop_on < uow.today,
    )


def _outside(usage: SealUsage, applicant: str) -> Outside:
    return Outside(
        usage.id,
        usage.request_id,
        usage.applicant_id,
        applicant,
        usage.escort,
        usage.place,
        usage.used_at,
        usage.due_back_at,
    )


def _conditions(uow: UnitOfWork, filters: SealFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.typed.strip():
        pattern = typed_pattern(filters.typed)
        found.append(
            or_(Seal.name.ilike(pattern, escape="\\"), Seal.code.ilike(pattern, escape="\\"))
        )
    if filters.state is not None:
        found.append(Seal.state == filters.state)
    if filters.kind is not None:
        found.append(Seal.kind == filters.kind)
    if filters.unit_id is not None:
        found.append(Seal.unit_id == filters.unit_id)
    if filters.keeper_id is not None:
        found.append(Seal.keeper_id == filters.keeper_id)
    if filters.mark is not None:
        found.append(_marked(uow, filters.mark))
    return found


def _marked(uow: UnitOfWork, mark: SealMark) -> ColumnElement[bool]:
    match mark:
        case SealMark.LATE:
            return SealUsage.due_back_at < uow.now
        case SealMark.CHECK_DUE:
            return Seal.check_due_on <= uow.today
        case SealMark.UNHELD:
            return and_(Seal.keeper_id.is_(None), Seal.state == SealState.IN_USE.value)
        case SealMark.EXPIRED:
            return and_(Seal.stop_on < uow.today, Seal.state == SealState.IN_USE.value)


def _name(seal: Seal, order: SealOrder) -> str:
    value = {
        SealOrder.CODE: seal.code,
        SealOrder.NAME: seal.name,
        SealOrder.START: seal.start_on.isoformat(),
    }[order]
    return f"{order} {seal.id.hex}{value}"


def _position(place: Place, order: SealOrder) -> tuple[str | date, UUID]:
    name, _, tail = place.row.partition(" ")
    try:
        if name != order:
            raise ValueError(name)
        value = date.fromisoformat(tail[32:]) if order is SealOrder.START else tail[32:]
        return value, UUID(tail[:32])
    except ValueError as error:
        raise no_such_page() from error
