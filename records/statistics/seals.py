"""How seals are used: a month against the one before and against the same month a year ago.

Nothing but numbers of the seal books: which seals, by which units, on which medium, how many copies
were spoilt, how long it took from request to use. Keepers count the books of the seals they hold or
held, leaders what their units had sealed up to their clearance, auditors everything. What was
sealed is nowhere in it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.people.actors import units_led
from records.people.models import Unit
from records.people.rules import Act, Actor, Role, check_may
from records.seals.book_views import BOOK_OVERSIGHT
from records.seals.models import Custody, Seal, SealRequest, SealUsage
from records.seals.rules import SealMedium

MOST_LINES = 50_000
MONTHS_SHOWN = 13


@dataclass(frozen=True)
class Span:
    """Some months from the first day of one to the last day of another, in the office's zone."""

    first: date
    last: date

    @classmethod
    def month(cls, day: date) -> "Span":
        """Return the month in which a day falls."""
        first = day.replace(day=1)
        return cls(first, _next_month(first) - timedelta(days=1))

    @classmethod
    def year(cls, day: date) -> "Span":
        """Return the year in which a day falls."""
        return cls(day.replace(month=1, day=1), day.replace(month=12, day=31))

    @property
    def is_month(self) -> bool:
        """Whether it is one month, which has one before it to compare with."""
        return (self.first.year, self.first.month) == (self.last.year, self.last.month)

    def before(self) -> "Span":
        """Return the month or the year before."""
        day = self.first - timedelta(days=1)
        return Span.month(day) if self.is_month else Span.year(day)

    def a_year_ago(self) -> "Span":
        """Return the same month or year one year earlier."""
        day = self.first.replace(year=self.first.year - 1)
        return Span.month(day) if self.is_month else Span.year(day)


@dataclass(frozen=True)
class Figures:
    """What there is to say about some lines of seal books.

    Attributes:
        uses: How many lines there are.
        copies, spoilt: Copies that were sealed, and those that were spoilt and destroyed.
        electronic, outside, withdrawn: How many of the uses were so.
        median: Time from request to use; None where there is no use.
    """

    uses: int
    copies: int
    spoilt: int
    electronic: int
    outside: int
    withdrawn: int
    median: timedelta | None


@dataclass(frozen=True)
class Line:
    """The figures of one seal, unit, kind or medium, with the uses of the times before.

    Attributes:
        name: Of a seal or a unit; of a kind or a medium its code.
    """

    name: str
    code: str
    now: Figures
    before: int
    a_year_ago: int


@dataclass(frozen=True)
class SealStatistics:
    """The figures of a month or a year.

    Attributes:
        months: The first day of each of the last months, and how many uses it had, oldest first.
        out_now, late_now: Seals that are outside at this moment, and those of them overdue.
        is_cut: There were more than `MOST_LINES` lines; the newest are counted.
    """

    total: Line
    seals: tuple[Line, ...]
    units: tuple[Line, ...]
    kinds: tuple[Line, ...]
    media: tuple[Line, ...]
    months: tuple[tuple[date, int], ...]
    out_now: int
    late_now: int
    is_cut: bool


@dataclass(frozen=True)
class _Use:
    seal_id: UUID
    unit_id: UUID
    medium: str
    used_at: datetime
    copies: int
    spoilt: int
    outside: bool
    state: str
    waited: timedelta


def counted_seals(uow: UnitOfWork, actor: Actor) -> list[Seal]:
    """Return the seals of which a person may count uses, by code.

    Raises:
        NotAllowed: No role of the person counts uses of seals.
    """
    check_may(actor, Act.READ_SEAL_STATISTICS)
    query = select(Seal).order_by(Seal.code)
    if not actor.roles & BOOK_OVERSIGHT:
        used = select(SealUsage.seal_id).where(_scope(uow, actor))
        query = query.where(or_(Seal.id.in_(used), Seal.keeper_id == actor.user_id))
    return list(uow.session.scalars(query))


def seal_statistics(
    uow: UnitOfWork, actor: Actor, span: Span, *, seal_id: UUID | None = None
) -> SealStatistics:
    """Return the figures of a month or a year.

    Args:
        seal_id: Counts only uses of this seal.

    Raises:
        NotAllowed: No role of the person counts uses of seals.
    """
    check_may(actor, Act.READ_SEAL_STATISTICS)
    scope = _scope(uow, actor)
    if seal_id is not None:
        scope = and_(scope, SealUsage.seal_id == seal_id)
    spans = (span, span.before(), span.a_year_ago())
    found = _uses(uow, scope, spans)
    uses = found[:MOST_LINES]
    seals = _named(uow, {each.seal_id for each in uses})
    units = _units(uow, {each.unit_id for each in uses})
    sort = _Sorting(uow, uses, spans)
    out_now, late_now = _outside(uow, scope)
    return SealStatistics(
        total=sort.line("", "", uses),
        seals=sort.lines(lambda use: use.seal_id, lambda key: (seals[key][0], seals[key][1])),
        units=sort.lines(lambda use: use.unit_id, lambda key: (units[key], "")),
        kinds=sort.lines(lambda use: seals[use.seal_id][2], lambda key: (str(key), str(key))),
        media=sort.lines(lambda use: use.medium, lambda key: (str(key), str(key))),
        months=_months(uow, scope, span.last),
        out_now=out_now,
        late_now=late_now,
        is_cut=len(found) > MOST_LINES,
    )


def _scope(uow: UnitOfWork, actor: Actor) -> ColumnElement[bool]:
    """Return the predicate of the lines that a person counts."""
    if actor.roles & BOOK_OVERSIGHT:
        return SealUsage.id.is_not(None)
    allowed: list[ColumnElement[bool]] = [false()]
    if Role.SEAL_KEEPER in actor.roles:
        held = select(Custody.seal_id).where(Custody.keeper_id == actor.user_id)
        allowed.append(SealUsage.seal_id.in_(held))
    led = units_led(uow, actor)
    if led:
        cleared = exists().where(
            Document.id == SealUsage.document_id, Document.secrecy <= int(actor.clearance)
        )
        allowed.append(and_(SealUsage.unit_id.in_(led), cleared))
    return or_(*allowed)


def _uses(uow: UnitOfWork, scope: ColumnElement[bool], spans: Sequence[Span]) -> list[_Use]:
    query = (
        select(
            SealUsage.seal_id,
            SealUsage.unit_id,
            SealUsage.medium,
            SealUsage.used_at,
            SealUsage.copies_stamped,
            SealUsage.copies_spoilt,
            SealUsage.outside,
            SealUsage.state,
            SealRequest.asked_at,
        )
        .join(SealRequest, SealRequest.id == SealUsage.request_id)
        .where(scope, or_(*(_within(uow, each) for each in spans)))
        .order_by(SealUsage.used_at.desc())
        .limit(MOST_LINES + 1)
    )
    return [
        _Use(
            row.seal_id,
            row.unit_id,
            row.medium,
            row.used_at,
            row.copies_stamped or 0,
            row.copies_spoilt or 0,
            row.outside,
            row.state,
            row.used_at - row.asked_at,
        )
        for row in uow.session.execute(query)
    ]


class _Sorting:
    """Uses told apart by the three spans, and put together by what they have in common."""

    def __init__(self, uow: UnitOfWork, uses: Sequence[_Use], spans: Sequence[Span]) -> None:
        self._uses = uses
        self._ends = [(_day_begins(uow, each.first), _day_ends(uow, each.last)) for each in spans]

    def line(self, name: str, code: str, uses: Iterable[_Use]) -> Line:
        """Return the figures of some uses."""
        some = list(uses)
        now, before, ago = (
            [use for use in some if begins <= use.used_at < ends] for begins, ends in self._ends
        )
        return Line(name, code, _figures(now), len(before), len(ago))

    def lines(
        self, key: Callable[[_Use], Hashable], named: Callable[[Any], tuple[str, str]]
    ) -> tuple[Line, ...]:
        """Return the figures by a key, those with most uses first."""
        sorted_: dict[Hashable, list[_Use]] = {}
        for use in self._uses:
            sorted_.setdefault(key(use), []).append(use)
        made = [self.line(*named(each), some) for each, some in sorted_.items()]
        return tuple(sorted(made, key=lambda line: (-line.now.uses, line.name, line.code)))


def _figures(uses: Sequence[_Use]) -> Figures:
    waited = [each.waited.total_seconds() for each in uses]
    return Figures(
        uses=len(uses),
        copies=sum(each.copies for each in uses),
        spoilt=sum(each.spoilt for each in uses),
        electronic=sum(each.medium == SealMedium.ELECTRONIC for each in uses),
        outside=sum(each.outside for each in uses),
        withdrawn=sum(each.state == "withdrawn" for each in uses),
        median=timedelta(seconds=median(waited)) if waited else None,
    )


def _named(uow: UnitOfWork, seal_ids: Iterable[UUID]) -> Mapping[Any, tuple[str, str, str]]:
    """Return name, code and kind of seals."""
    query = select(Seal.id, Seal.name, Seal.code, Seal.kind).where(Seal.id.in_(list(seal_ids)))
    return {row.id: (row.name, row.code, row.kind) for row in uow.session.execute(query)}


def _units(uow: UnitOfWork, unit_ids: Iterable[UUID]) -> Mapping[Any, str]:
    rows = uow.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(list(unit_ids))))
    return {row.id: row.name for row in rows}


def _months(
    uow: UnitOfWork, scope: ColumnElement[bool], last: date
) -> tuple[tuple[date, int], ...]:
    """Return the uses of the months up to one, in one statement."""
    firsts = [last.replace(day=1)]
    while len(firsts) < MONTHS_SHOWN:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    firsts.reverse()
    sums = [
        func.sum(case((_within(uow, Span.month(each)), 1), else_=0)).label(f"m{place}")
        for place, each in enumerate(firsts)
    ]
    whole = _within(uow, Span(firsts[0], Span.month(last).last))
    row = uow.session.execute(select(*sums).where(scope, whole)).one()
    return tuple((first, int(number or 0)) for first, number in zip(firsts, row, strict=True))


def _outside(uow: UnitOfWork, scope: ColumnElement[bool]) -> tuple[int, int]:
    late = case((SealUsage.due_back_at < uow.now, 1), else_=0)
    query = select(func.count(), func.sum(late)).where(
        scope, SealUsage.outside, SealUsage.returned_at.is_(None)
    )
    out, overdue = uow.session.execute(query).one()
    return out, int(overdue or 0)


def _within(uow: UnitOfWork, span: Span) -> ColumnElement[bool]:
    return and_(
        SealUsage.used_at >= _day_begins(uow, span.first),
        SealUsage.used_at < _day_ends(uow, span.last),
    )


def _day_begins(uow: UnitOfWork, day: date) -> datetime:
    return datetime.combine(day, time(), uow.zone).astimezone(UTC)


def _day_ends(uow: UnitOfWork, day: date) -> datetime:
    return _day_begins(uow, day + timedelta(days=1))


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
