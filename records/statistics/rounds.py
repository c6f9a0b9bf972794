"""How readers keep their time: for one round, or for what was delivered in a period.

Counted is what a person sees: items of documents under the rule of visibility. The items of a
period are read once, at most `MOST_ITEMS` of them, and everything follows from these rows; medians
differ between databases, so they are found here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select

from records.circulation.models import ReadingItem, Round
from records.circulation.rules import HELD, ItemState
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.documents.visibility import visible
from records.people.actors import units_below
from records.people.directory import names_of_people, places_of_users
from records.people.models import Unit
from records.people.rules import Act, Actor, check_may

MOST_ITEMS = 50_000
_HELD = tuple(each.value for each in HELD)
_ANSWERED = (ItemState.SIGNED.value, ItemState.RETURNED.value)


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included, in the office's time zone."""

    first: date
    last: date


@dataclass(frozen=True)
class Figures:
    """What there is to say about some items.

    Attributes:
        delivered: How many there are.
        answered: How many were signed or returned.
        timed: How many had a deadline that was kept or missed by now.
        on_time: How many of those kept it.
        median: Time from delivery to signature; None where nothing was signed.
        overdue: How many are held after their deadline now.
    """

    delivered: int
    answered: int
    timed: int
    on_time: int
    median: timedelta | None
    overdue: int

    @property
    def rate(self) -> float | None:
        """The part that kept its deadline, 0 to 1; None where there was none."""
        return self.on_time / self.timed if self.timed else None


@dataclass(frozen=True)
class Line:
    """The figures of one reader or of one unit."""

    id: UUID | None
    name: str
    unit: str
    figures: Figures


@dataclass(frozen=True)
class Statistics:
    """The figures of a round or of a period.

    Attributes:
        overdue_now: Held after its deadline now, whenever it was delivered.
        is_cut: There were more than `MOST_ITEMS`; the newest are counted.
    """

    total: Figures
    readers: tuple[Line, ...]
    units: tuple[Line, ...]
    overdue_now: int
    is_cut: bool


@dataclass(frozen=True)
class _Item:
    reader_id: UUID
    state: str
    delivered_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    counts: bool


@dataclass(frozen=True)
class _Home:
    """The unit in which a reader works today."""

    unit_id: UUID | None
    name: str


def statistics_of_round(uow: UnitOfWork, actor: Actor, round_id: UUID) -> Statistics:
    """Return the figures of one round.

    Raises:
        NotAllowed: No role of the person circulates.
        NotFound: There is no such round, or the person may not know of it.
    """
    check_may(actor, Act.CIRCULATE)
    known = select(Round.id).where(
        Round.id == round_id, Round.sent_at.is_not(None), visible(uow, actor, Round.document_id)
    )
    if uow.session.scalar(known) is None:
        raise NotFound
    query = _items(uow, actor).where(ReadingItem.round_id == round_id)
    rows = uow.session.execute(query.limit(MOST_ITEMS + 1)).all()
    return _statistics(uow, [_item(row, counts=True) for row in rows], None)


def statistics_of_period(
    uow: UnitOfWork, actor: Actor, period: Period, *, unit_id: UUID | None = None
) -> Statistics:
    """Return the figures of what was delivered in a period.

    Args:
        unit_id: Counts only readers who work in this unit or below it today.

    Raises:
        NotAllowed: No role of the person circulates.
        Invalid: The period ends before it begins.
    """
    check_may(actor, Act.CIRCULATE)
    if period.last < period.first:
        raise Invalid("The period ends before it begins.", field="to")
    begins = datetime.combine(period.first, time(), uow.zone)
    ends = datetime.combine(period.last + timedelta(days=1), time(), uow.zone)
    within = and_(ReadingItem.delivered_at >= begins, ReadingItem.delivered_at < ends)
    late = and_(ReadingItem.state.in_(_HELD), ReadingItem.due_at < uow.now)
    query = _items(uow, actor).where(or_(within, late))
    rows = uow.session.execute(query.limit(MOST_ITEMS + 1)).all()
    items = [_item(row, counts=row[2] is not None and begins <= row[2] < ends) for row in rows]
    return _statistics(uow, items, unit_id)


def _items(
    uow: UnitOfWork, actor: Actor
) -> Select[UUID, str, datetime | None, datetime | None, datetime | None]:
    return (
        select(
            ReadingItem.reader_id,
            ReadingItem.state,
            ReadingItem.delivered_at,
            ReadingItem.ended_at,
            ReadingItem.due_at,
        )
        .where(ReadingItem.delivered_at.is_not(None), visible(uow, actor, ReadingItem.document_id))
        .order_by(ReadingItem.id.desc())
    )


def _item(
    row: Row[UUID, str, datetime | None, datetime | None, datetime | None], *, counts: bool
) -> _Item:
    reader_id, state, delivered_at, ended_at, due_at = row
    assert delivered_at is not None  # the question asks for these alone
    return _Item(reader_id, state, delivered_at, ended_at, due_at, counts)


def _statistics(uow: UnitOfWork, found: Sequence[_Item], unit_id: UUID | None) -> Statistics:
    is_cut = len(found) > MOST_ITEMS
    homes = _homes(uow, {each.reader_id for each in found})
    items = list(found[:MOST_ITEMS])
    if unit_id is not None:
        wanted = _with_those_below(uow, unit_id)
        items = [each for each in items if homes[each.reader_id].unit_id in wanted]
    names = names_of_people(uow, {each.reader_id for each in items})
    counted = [each for each in items if each.counts]
    by_reader: dict[UUID, list[_Item]] = {}
    by_unit: dict[_Home, list[_Item]] = {}
    for each in counted:
        by_reader.setdefault(each.reader_id, []).append(each)
        by_unit.setdefault(homes[each.reader_id], []).append(each)
    readers = [
        Line(reader_id, names[reader_id], homes[reader_id].name, _figures(uow, some))
        for reader_id, some in by_reader.items()
    ]
    units = [
        Line(home.unit_id, home.name, "", _figures(uow, some)) for home, some in by_unit.items()
    ]
    return Statistics(
        _figures(uow, counted),
        tuple(sorted(readers, key=lambda line: (line.name, str(line.id)))),
        tuple(sorted(units, key=lambda line: (line.name, str(line.id)))),
        sum(_is_overdue(uow, each) for each in items),
        is_cut,
    )


def _figures(uow: UnitOfWork, items: Iterable[_Item]) -> Figures:
    some = list(items)
    kept = [_kept_deadline(uow, each) for each in some]
    lengths = [
        (each.ended_at - each.delivered_at).total_seconds()
        for each in some
        if each.state == ItemState.SIGNED and each.ended_at is not None
    ]
    return Figures(
        delivered=len(some),
        answered=sum(each.state in _ANSWERED for each in some),
        timed=sum(each is not None for each in kept),
        on_time=sum(each is True for each in kept),
        median=timedelta(seconds=median(lengths)) if lengths else None,
        overdue=sum(_is_overdue(uow, each) for each in some),
    )


def _kept_deadline(uow: UnitOfWork, item: _Item) -> bool | None:
    """Tell whether a deadline was kept; None without one, before it, and where none owed it."""
    if item.due_at is None:
        return None
    if item.state in _ANSWERED and item.ended_at is not None:
        return item.ended_at <= item.due_at
    return False if _is_overdue(uow, item) else None


def _is_overdue(uow: UnitOfWork, item: _Item) -> bool:
    return item.state in _HELD and item.due_at is not None and item.due_at < uow.now


def _homes(uow: UnitOfWork, reader_ids: set[UUID]) -> dict[UUID, _Home]:
    places = places_of_users(uow, reader_ids)
    return {
        reader_id: _Home(held[0].unit_id, held[0].unit) if held else _Home(None, "–")
        for reader_id, held in places.items()
    }


def _with_those_below(uow: UnitOfWork, unit_id: UUID) -> set[UUID]:
    rows = uow.session.execute(select(Unit.id, Unit.parent_id)).all()
    return units_below({row[0]: row[1] for row in rows}, [unit_id])
