"""Rounds that somebody sends or urges, and those that run, as lines of lists.

Every question joins the rule of visibility and takes a constant number of queries.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from records.circulation.desk import COUNT_LIMIT, MOST_LINES
from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.rules import HELD, ItemState, Purpose, RoundState, StageState
from records.circulation.views import SentLine
from records.core.database import UnitOfWork
from records.core.places import cut, no_such_page, read_place
from records.documents.models import Document
from records.documents.visibility import visible
from records.people.directory import names_of_people
from records.people.rules import Actor, Secrecy


def sent_rounds(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: RoundState | None = None,
    purpose: Purpose | None = None,
    overdue_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[SentLine], str | None]:
    """Return a page of the rounds that somebody sends or urges in, the newest first.

    Drafts are among them when they are the person's own; what was discarded is not.

    Args:
        overdue_only: Only those which somebody holds after the deadline.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    limit = max(1, min(limit, MOST_LINES))
    mine = or_(
        Round.sender_id == actor.user_id,
        and_(Round.urger_id == actor.user_id, Round.state != RoundState.DRAFT.value),
    )
    query = (
        select(Round, Document)
        .join(Document, Document.id == Round.document_id)
        .where(mine, Round.state != RoundState.DISCARDED.value)
        .where(visible(uow, actor, Round.document_id))
        .order_by(Round.id.desc())
    )
    if state is not None:
        query = query.where(Round.state == state.value)
    if purpose is not None:
        query = query.where(Round.purpose == purpose.value)
    if overdue_only:
        query = query.where(_is_late(uow))
    place = read_place(cursor)
    if place is not None:
        query = query.where(Round.id < _round_id(place.row))
    rows = uow.session.execute(query.limit(limit + 1)).all()
    page = cut(rows, limit, place, lambda row: row[0].id.hex)
    return _sent_lines(uow, [(row[0], row[1]) for row in page.rows]), page.next


def open_rounds(
    uow: UnitOfWork, actor: Actor, *, limit: int
) -> tuple[list[SentLine], frozenset[UUID], int]:
    """Return the first of somebody's rounds that are not closed, and how many there are.

    Those that need a hand come first: somebody is late or has returned it, or everybody has
    answered. The second value names them; the count is exact up to `COUNT_LIMIT`.
    """
    returned = (
        exists()
        .where(
            ReadingItem.round_id == Round.id,
            ReadingItem.state == ItemState.RETURNED.value,
            ReadingItem.settled_at.is_(None),
        )
        .correlate(Round)
    )
    complete = Round.state == RoundState.COMPLETE.value
    waits = case((or_(complete, returned, _is_late(uow)), 1), else_=0)
    query = (
        select(Round, Document, waits)
        .join(Document, Document.id == Round.document_id)
        .where(
            or_(Round.sender_id == actor.user_id, Round.urger_id == actor.user_id),
            Round.state.in_([RoundState.RUNNING.value, RoundState.COMPLETE.value]),
            visible(uow, actor, Round.document_id),
        )
        .order_by(waits.desc(), Round.id.desc())
    )
    counted = query.with_only_columns(Round.id).order_by(None).limit(COUNT_LIMIT + 1)
    count = uow.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    rows = uow.session.execute(query.limit(limit)).all() if count else []
    waiting = frozenset(row[0].id for row in rows if row[2])
    return _sent_lines(uow, [(row[0], row[1]) for row in rows]), waiting, count


def _is_late(uow: UnitOfWork) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            ReadingItem.round_id == Round.id,
            ReadingItem.state.in_([each.value for each in HELD]),
            ReadingItem.due_at < uow.now,
        )
        .correlate(Round)
    )


def _sent_lines(uow: UnitOfWork, rows: Sequence[tuple[Round, Document]]) -> list[SentLine]:
    ids = [round_.id for round_, _ in rows]
    counts, overdue = _counts(uow, ids)
    stages = _stage_counts(uow, ids)
    due = _next_due(uow, ids)
    names = names_of_people(
        uow, {each for round_, _ in rows for each in (round_.sender_id, round_.urger_id)}
    )
    return [
        SentLine(
            round_id=round_.id,
            document_id=document.id,
            number=document.number,
            title=document.title,
            secrecy=Secrecy(document.secrecy),
            purpose=Purpose(round_.purpose),
            state=RoundState(round_.state),
            sender_name=names[round_.sender_id],
            urger_name=names[round_.urger_id],
            created_at=round_.created_at,
            sent_at=round_.sent_at,
            due_at=due.get(round_.id, round_.due_at),
            counts=counts.get(round_.id, {}),
            overdue=overdue.get(round_.id, 0),
            stage=stages.get(round_.id, (None, 0))[0],
            stages=stages.get(round_.id, (None, 0))[1],
        )
        for round_, document in rows
    ]


def _counts(
    uow: UnitOfWork, round_ids: Sequence[UUID]
) -> tuple[dict[UUID, dict[ItemState, int]], dict[UUID, int]]:
    counts: dict[UUID, dict[ItemState, int]] = {}
    query = (
        select(ReadingItem.round_id, ReadingItem.state, func.count())
        .where(ReadingItem.round_id.in_(round_ids))
        .group_by(ReadingItem.round_id, ReadingItem.state)
    )
    for round_id, state, count in uow.session.execute(query):
        counts.setdefault(round_id, {})[ItemState(state)] = count
    late = (
        select(ReadingItem.round_id, func.count())
        .where(
            ReadingItem.round_id.in_(round_ids),
            ReadingItem.state.in_([each.value for each in HELD]),
            ReadingItem.due_at < uow.now,
        )
        .group_by(ReadingItem.round_id)
    )
    return counts, {row[0]: row[1] for row in uow.session.execute(late)}


def _stage_counts(uow: UnitOfWork, round_ids: Sequence[UUID]) -> dict[UUID, tuple[int | None, int]]:
    """Return, by round: the first stage that runs, and how many stages there are."""
    found: dict[UUID, tuple[int | None, int]] = {}
    query = (
        select(Stage.round_id, Stage.position, Stage.state)
        .where(Stage.round_id.in_(round_ids))
        .order_by(Stage.round_id, Stage.position)
    )
    for round_id, position, state in uow.session.execute(query):
        running, count = found.get(round_id, (None, 0))
        if running is None and state == StageState.RUNNING:
            running = position
        found[round_id] = (running, count + 1)
    return found


def _next_due(uow: UnitOfWork, round_ids: Sequence[UUID]) -> dict[UUID, datetime | None]:
    query = (
        select(ReadingItem.round_id, func.min(ReadingItem.due_at))
        .where(
            ReadingItem.round_id.in_(round_ids),
            ReadingItem.state.in_([each.value for each in HELD]),
            ReadingItem.due_at.is_not(None),
        )
        .group_by(ReadingItem.round_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


def _round_id(text: str) -> UUID:
    try:
        found = UUID(text)
        if found.hex != text:
            raise ValueError(text)
    except ValueError as error:
        raise no_such_page() from error
    return found
