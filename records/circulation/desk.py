"""The desk of a reader: what waits, overdue first, in pages of a constant number of queries.

An item is on the desk of its reader and of whoever stands in for that reader now. What the person
may not see is not on it, whatever the item says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from records.circulation.models import ReadingItem, Round, RoundContent
from records.circulation.parties import absent_whose
from records.circulation.rules import HELD, ItemState, Purpose
from records.circulation.views import ReadingLine
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.places import Place, cut, no_such_page, read_place
from records.documents.models import Component, Document
from records.documents.visibility import visible
from records.people.models import User
from records.people.rules import Actor, Secrecy

COUNT_LIMIT = 100
MOST_LINES = 500
# Behind every deadline: what has none comes last.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_Sender, _Reader, _Other = aliased(User), aliased(User), aliased(User)
_DUE = func.coalesce(ReadingItem.due_at, literal(_NEVER, ReadingItem.due_at.type))
_HELD = [each.value for each in HELD]

_KEYS = (_DUE, ReadingItem.delivered_at, ReadingItem.id)


@dataclass(frozen=True)
class Key:
    """The place of an item in the order of the desk."""

    due_at: datetime
    delivered_at: datetime
    item_id: UUID

    def text(self) -> str:
        """Return the place as a text."""
        return f"{self.due_at.isoformat()} {self.delivered_at.isoformat()} {self.item_id.hex}"


def reading_list(
    uow: UnitOfWork,
    actor: Actor,
    *,
    cursor: str | None = None,
    limit: int = 50,
    purpose: Purpose | None = None,
    overdue_only: bool = False,
) -> tuple[list[ReadingLine], str | None]:
    """Return a page of what somebody has to read, and the cursor of the next.

    Overdue first, then by deadline, then what has none; within, what came first.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    limit = max(1, min(limit, MOST_LINES))
    query = _lines(uow, actor, purpose=purpose, overdue_only=overdue_only)
    place = read_place(cursor)
    if place is not None:
        query = query.where(_after(_position(place)))
    rows = uow.session.execute(_ordered(query).limit(limit + 1)).all()
    page = cut(rows, limit, place, lambda row: _key(row[0]).text())
    return _told(uow, actor, page.rows), page.next


def reading_count(uow: UnitOfWork, actor: Actor) -> int:
    """Return how much somebody has to read, counted up to one more than `COUNT_LIMIT`."""
    # Every page shows this count: names and lines are left out.
    some = (
        select(ReadingItem.id)
        .join(Round, Round.id == ReadingItem.round_id)
        .join(Document, Document.id == ReadingItem.document_id)
        .where(*_waiting(uow, actor), ReadingItem.state.in_(_HELD))
        .limit(COUNT_LIMIT + 1)
    )
    return uow.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def line_of(uow: UnitOfWork, actor: Actor, item_id: UUID) -> ReadingLine:
    """Return one delivered item, ended or not, as its reader or a deputy has it.

    Raises:
        NotFound: There is none, or it is not this person's to read.
    """
    query = _lines(uow, actor, held=False).where(ReadingItem.id == item_id)
    row = uow.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return _told(uow, actor, [row])[0]


def neighbours(uow: UnitOfWork, actor: Actor, item: ReadingItem) -> tuple[UUID | None, UUID | None]:
    """Return the items before and after one on the desk; two queries."""
    if item.delivered_at is None:
        return None, None
    key = _key(item)
    plain = _lines(uow, actor).with_only_columns(ReadingItem.id)
    before = _ordered(plain.where(_before(key)), backwards=True).limit(1)
    after = _ordered(plain.where(_after(key))).limit(1)
    return uow.session.scalar(before), uow.session.scalar(after)


# The query ---------------------------------------------------------------------------------------


def _lines(
    uow: UnitOfWork,
    actor: Actor,
    *,
    purpose: Purpose | None = None,
    overdue_only: bool = False,
    held: bool = True,
) -> Select[*tuple[Any, ...]]:
    query = (
        select(ReadingItem, Round, Document, _Sender.name, _Reader.name, _Other.name)
        .join(Round, Round.id == ReadingItem.round_id)
        .join(Document, Document.id == ReadingItem.document_id)
        .join(_Sender, _Sender.id == Round.sender_id)
        .join(_Reader, _Reader.id == ReadingItem.reader_id)
        .outerjoin(_Other, _Other.id == ReadingItem.on_behalf_of_id)
        .where(*_waiting(uow, actor))
    )
    if held:
        query = query.where(ReadingItem.state.in_(_HELD))
    if purpose is not None:
        query = query.where(Round.purpose == purpose.value)
    if overdue_only:
        query = query.where(ReadingItem.due_at < uow.now)
    return query


def _waiting(uow: UnitOfWork, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        _to_be_read_by(uow, actor),
        ReadingItem.delivered_at.is_not(None),
        visible(uow, actor, ReadingItem.document_id),
    )


def _to_be_read_by(uow: UnitOfWork, actor: Actor) -> ColumnElement[bool]:
    if actor.user_id is None:
        return false()
    mine: list[ColumnElement[bool]] = [ReadingItem.reader_id == actor.user_id]
    mine += [
        and_(
            ReadingItem.reader_id == each.user_id,
            Round.purpose.in_(each.purposes),
            Document.secrecy <= each.ceiling,
        )
        for each in absent_whose(uow, actor)
    ]
    return or_(*mine)


def _ordered(
    query: Select[*tuple[Any, ...]], *, backwards: bool = False
) -> Select[*tuple[Any, ...]]:
    return query.order_by(*(each.desc() if backwards else each for each in _KEYS))


def _after(key: Key) -> ColumnElement[bool]:
    return tuple_(*_KEYS) > _there(key)


def _before(key: Key) -> ColumnElement[bool]:
    return tuple_(*_KEYS) < _there(key)


def _there(key: Key) -> ColumnElement[Any]:
    at, identifier = ReadingItem.due_at.type, ReadingItem.id.type
    return tuple_(
        literal(key.due_at, at), literal(key.delivered_at, at), literal(key.item_id, identifier)
    )


def _key(item: ReadingItem) -> Key:
    assert item.delivered_at is not None
    return Key(item.due_at or _NEVER, item.delivered_at, item.id)


def _position(place: Place) -> Key:
    try:
        due_at, delivered_at, item_id = place.row.split(" ")
        key = Key(
            datetime.fromisoformat(due_at), datetime.fromisoformat(delivered_at), UUID(item_id)
        )
        # Written again it must be the same: then it is a place of this list.
        if place.backwards or key.text() != place.row or key.due_at.tzinfo is None:
            raise ValueError(place.row)
    except ValueError as error:
        raise no_such_page() from error
    return key


# What is told ------------------------------------------------------------------------------------


def _told(
    uow: UnitOfWork, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]
) -> list[ReadingLine]:
    pages = _page_counts(uow, {(row[0].round_id, row[0].revision) for row in rows})
    return [_line(uow, actor, pages, *row) for row in rows]


def _line(
    uow: UnitOfWork,
    actor: Actor,
    pages: dict[tuple[UUID, int], int | None],
    item: ReadingItem,
    round_: Round,
    document: Document,
    sender: str,
    reader: str,
    handed_on_by: str | None,
) -> ReadingLine:
    assert item.delivered_at is not None
    is_deputy = item.reader_id != actor.user_id
    return ReadingLine(
        item_id=item.id,
        round_id=round_.id,
        document_id=document.id,
        number=document.number,
        title=document.title,
        secrecy=Secrecy(document.secrecy),
        urgency=document.urgency,
        purpose=Purpose(round_.purpose),
        note=round_.note,
        sender_name=sender,
        due_at=item.due_at,
        overdue=is_overdue(uow, item),
        state=ItemState(item.state),
        reader_id=item.reader_id,
        on_behalf_of_name=reader if is_deputy else handed_on_by,
        is_deputy=is_deputy,
        delivered_at=item.delivered_at,
        page_count=pages.get((item.round_id, item.revision)),
        asked_again=_asked_again(item, round_),
    )


def _asked_again(item: ReadingItem, round_: Round) -> bool:
    # What a change sends again it delivers in its own moment; who comes later reads for the first
    # time.
    changed, delivered = round_.content_changed_at, item.delivered_at
    return changed is not None and delivered is not None and delivered <= changed


def is_overdue(uow: UnitOfWork, item: ReadingItem) -> bool:
    """Return whether an item is held after its deadline."""
    return item.state in HELD and item.due_at is not None and item.due_at < uow.now


def _page_counts(
    uow: UnitOfWork, contents: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], int | None]:
    wanted = set(contents)
    if not wanted:
        return {}
    unknown = func.sum(case((Component.page_count.is_(None), 1), else_=0))
    query = (
        select(
            RoundContent.round_id,
            RoundContent.revision,
            func.sum(Component.page_count),
            unknown,
        )
        .join(Component, Component.id == RoundContent.component_id)
        .where(RoundContent.round_id.in_({round_id for round_id, _ in wanted}))
        .group_by(RoundContent.round_id, RoundContent.revision)
    )
    return {(row[0], row[1]): None if row[3] else int(row[2]) for row in uow.session.execute(query)}
