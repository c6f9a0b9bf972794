"""Urging: readers are reminded by hand and by rule, and each reminder leaves a row and an entry.

By the rule a reader is reminded some hours before the deadline, at it, and every so many hours
after it; from a moment on a named person is told as well, with every further reminder. The rule
rests on days on which nobody works, and what fell due then is told on the next working day, once.
By hand the manager of a round urges one reader or all. However it happens, an item is urged at
most once within an hour: the row of the round is held meanwhile, so a double click, or two workers,
do nothing twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from records.circulation.models import ReadingItem, Round
from records.circulation.parties import lock_rounds, managed_round
from records.circulation.reminding import Call, remind, write_items
from records.circulation.rhythm import (
    APART,
    ReminderKind,
    escalates,
    kind_at,
    may_urge,
    next_urge,
    rhythm_of,
)
from records.circulation.rules import HELD, RoundState
from records.core.clock import business_day
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.visibility import visible
from records.people.calendar import is_working_day
from records.people.rules import SERVICE, Actor

# Items that one transaction looks at.
BATCH = 200


@dataclass(frozen=True)
class Urged:
    """What came of urging: readers who were reminded, and those urged within the hour before."""

    count: int
    too_soon: int


# By hand -----------------------------------------------------------------------------------------


def urge_items(uow: UnitOfWork, actor: Actor, *, item_ids: Iterable[UUID]) -> Urged:
    """Remind the readers of some items; items that nobody holds any more are left out.

    Raises:
        NotFound: There is no such item, or this person may not know of it.
        NotAllowed: Somebody else manages the round.
    """
    wanted = set(item_ids)
    query = select(ReadingItem.id, ReadingItem.round_id).where(
        ReadingItem.id.in_(wanted), visible(uow, actor, ReadingItem.document_id)
    )
    known = dict(uow.session.execute(query).all())
    if set(known) != wanted:
        raise NotFound
    rounds = [managed_round(uow, actor, each)[0] for each in sorted(set(known.values()))]
    return _urge_by_hand(uow, actor, rounds, _held(uow, ReadingItem.id.in_(wanted)))


def urge_round(uow: UnitOfWork, actor: Actor, *, round_id: UUID) -> Urged:
    """Remind everybody who holds an item of a round.

    Raises:
        NotFound: There is no such round, or this person may not know of it.
        NotAllowed: Somebody else manages it.
    """
    round_, _ = managed_round(uow, actor, round_id)
    return _urge_by_hand(uow, actor, [round_], _held(uow, ReadingItem.round_id == round_id))


def _held(uow: UnitOfWork, which: ColumnElement[bool]) -> list[ReadingItem]:
    held = ReadingItem.state.in_([each.value for each in HELD])
    query = select(ReadingItem).where(which, held).order_by(ReadingItem.id)
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def _urge_by_hand(
    uow: UnitOfWork, actor: Actor, rounds: Iterable[Round], items: Sequence[ReadingItem]
) -> Urged:
    known = {each.id: each for each in rounds}
    calls = [
        Call(each, known[each.round_id], ReminderKind.BY_HAND, each.reader_id)
        for each in items
        if may_urge(each.urged_at, uow.now)
    ]
    remind(uow, actor, calls)
    return Urged(len(calls), len(items) - len(calls))


# By rule -----------------------------------------------------------------------------------------


def run_rules(uow: UnitOfWork) -> int:
    """Remind everybody whose time has come, `BATCH` items at most.

    Returns:
        How many items were looked at; after a full batch there may be more.
    """
    late = ReadingItem.next_urge_at <= uow.now
    query = select(ReadingItem.id, ReadingItem.round_id).where(late)
    due = uow.session.execute(query.order_by(ReadingItem.next_urge_at).limit(BATCH)).all()
    if not due or not is_working_day(uow, uow.today):
        return 0
    rounds = lock_rounds(uow, [round_id for _, round_id in due])
    # Another worker may have been here before the lock was ours.
    again = select(ReadingItem).where(ReadingItem.id.in_([each for each, _ in due]), late)
    items = list(uow.session.scalars(again.execution_options(populate_existing=True)))
    calls = [call for each in items for call in _calls(uow, each, rounds[each.round_id])]
    looks = {each.id: _next_look(uow.now, each, rounds[each.round_id]) for each in items}
    write_items(uow, "next_urge_at", looks)
    remind(uow, SERVICE, calls)
    return len(due)


def _calls(uow: UnitOfWork, item: ReadingItem, round_: Round) -> list[Call]:
    if not _concerns_us(item, round_) or not may_urge(item.urged_at, uow.now):
        return []
    assert item.due_at is not None
    kind = kind_at(
        uow.now,
        item.due_at,
        item.urged_at,
        today=uow.today,
        due_on=business_day(item.due_at, uow.zone),
    )
    found = [Call(item, round_, kind, item.reader_id)]
    if escalates(uow.now, item.due_at, rhythm_of(round_)):
        above = round_.escalate_to_id or round_.urger_id
        found.append(Call(item, round_, ReminderKind.ESCALATED, above))
    return found


def _next_look(now: datetime, item: ReadingItem, round_: Round) -> datetime | None:
    if not _concerns_us(item, round_):
        return None
    if item.urged_at is not None and not may_urge(item.urged_at, now):
        return item.urged_at + APART
    return next_urge(now, item.due_at, rhythm_of(round_))


def _concerns_us(item: ReadingItem, round_: Round) -> bool:
    held = item.state in HELD and round_.state == RoundState.RUNNING
    return held and item.due_at is not None
