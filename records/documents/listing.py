"""Lists of documents: keyset pages over what a person may see, in flat time.

For every capacity of a person and every level of secrecy up to the clearance, the table `access`
has one index range in the order of the list. A page takes the head of each range and merges them;
its cost depends on the number of capacities, never on the size of the archive.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.documents.models import Access, Document
from records.documents.visibility import holds_now
from records.people.rules import EVERYONE, Actor, Secrecy

# Beyond this many, a list says "more than" instead of counting.
COUNT_LIMIT = 1_000
# SQLite refuses more than 500 parts of one compound query.
RANGES_PER_QUERY = 200


class Order(StrEnum):
    """The orders that a list offers."""

    REGISTERED = "registered"
    RECEIVED = "received"
    TITLE = "title"


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; every value is optional."""

    register_id: UUID | None = None
    class_id: UUID | None = None
    unit_id: UUID | None = None
    state: str | None = None
    kind: str | None = None
    urgency: str | None = None
    secrecy: Secrecy | None = None
    received_from: date | None = None
    received_to: date | None = None


@dataclass(frozen=True)
class DocumentLine:
    """One line of a list: what is shown, and nothing that is long."""

    id: UUID
    number: str
    title: str
    sender: str | None
    document_number: str | None
    kind: str | None
    received_on: date
    registered_at: datetime
    state: str
    urgency: str
    secrecy: Secrecy
    register_id: UUID
    unit_id: UUID | None
    class_id: UUID | None
    text_state: str


@dataclass(frozen=True)
class Page:
    """A page of a list; `next` and `previous` are opaque, None at the ends."""

    items: list[DocumentLine]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class _Sorting:
    """How an order reads `access`: its column, and how the value travels in a cursor."""

    column: InstrumentedAttribute[Any] | None
    encode: Any = field(default=str)
    decode: Any = field(default=str)


_SORTINGS: Mapping[Order, _Sorting] = {
    Order.REGISTERED: _Sorting(None),
    Order.RECEIVED: _Sorting(Access.received_on, date.isoformat, date.fromisoformat),
    Order.TITLE: _Sorting(Access.title_key, bytes.hex, bytes.fromhex),
}


def list_documents(
    uow: UnitOfWork,
    actor: Actor,
    *,
    order: Order = Order.REGISTERED,
    descending: bool = True,
    filters: Filters | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Return one page of the documents that a person may see.

    Args:
        cursor: `next` or `previous` of an earlier page in the same order.
        limit: Lines of the page, 1 to 500.

    Raises:
        Invalid: The cursor is not one of this list.
    """
    limit = max(1, min(limit, 500))
    sorting = _SORTINGS[order]
    backwards, position = _read_cursor(cursor, sorting)
    falling = descending != backwards
    keys = _heads(uow, actor, sorting, falling, position, filters or Filters(), limit + 1)
    more = len(keys) > limit
    keys = keys[:limit]
    if backwards:
        keys.reverse()
    lines = _lines(uow, [document_id for _, document_id in keys])
    return Page(
        [lines[document_id] for _, document_id in keys if document_id in lines],
        _cursor(">", keys[-1], sorting) if keys and (more or backwards) else None,
        _cursor("<", keys[0], sorting)
        if keys and position is not None and (more or not backwards)
        else None,
    )


def count_documents(
    uow: UnitOfWork, actor: Actor, *, filters: Filters | None = None
) -> tuple[int, bool]:
    """Return how many documents a person may see, and whether there are more than that."""
    found = _heads(
        uow, actor, _SORTINGS[Order.REGISTERED], True, None, filters or Filters(), COUNT_LIMIT + 1
    )
    return min(len(found), COUNT_LIMIT), len(found) > COUNT_LIMIT


def lines_of(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, DocumentLine]:
    """Return the lines of documents whose visibility has been checked already."""
    return _lines(uow, document_ids)


def ranges_of(actor: Actor) -> list[tuple[UUID, int]]:
    """Return the index ranges (capacity, secrecy) that hold what a person may see."""
    levels = range(int(actor.clearance) + 1)
    return [
        (principal, level)
        for principal in sorted(actor.principals)
        for level in levels
        # Only public documents are for everyone: the other levels of that range are empty.
        if principal != EVERYONE or level == Secrecy.PUBLIC
    ]


def _heads(
    uow: UnitOfWork,
    actor: Actor,
    sorting: _Sorting,
    falling: bool,
    position: tuple[Any, UUID] | None,
    filters: Filters,
    limit: int,
) -> list[tuple[Any, UUID]]:
    """Return the first (sort value, document) pairs over all ranges, without doubles."""
    ranges = ranges_of(actor)
    found: dict[UUID, Any] = {}
    chunks = [
        ranges[start : start + RANGES_PER_QUERY]
        for start in range(0, len(ranges), RANGES_PER_QUERY)
    ]
    for chunk in chunks:
        parts = [
            _head(uow, each, sorting, falling, position, filters, limit).subquery()
            for each in chunk
        ]
        query = union_all(*(select(part.c.sort_value, part.c.document_id) for part in parts))
        found.update({row.document_id: row.sort_value for row in uow.session.execute(query)})
    value_type = sorting.column
    ordered = sorted(
        ((value if value_type is not None else "", each) for each, value in found.items()),
        reverse=falling,
    )
    return list(islice(ordered, limit))


def _head(
    uow: UnitOfWork,
    key: tuple[UUID, int],
    sorting: _Sorting,
    falling: bool,
    position: tuple[Any, UUID] | None,
    filters: Filters,
    limit: int,
) -> Select[Any]:
    value = sorting.column if sorting.column is not None else Access.document_id
    query = select(value.label("sort_value"), Access.document_id.label("document_id")).where(
        Access.principal == key[0], Access.secrecy == key[1], holds_now(uow.now)
    )
    conditions = _conditions(filters)
    if conditions:
        query = query.join(Document, Document.id == Access.document_id).where(and_(*conditions))
    if position is not None:
        query = query.where(_beyond(sorting, falling, position))
    columns = [Access.document_id] if sorting.column is None else [value, Access.document_id]
    order = [column.desc() if falling else column.asc() for column in columns]
    return query.order_by(*order).limit(limit)


def _beyond(sorting: _Sorting, falling: bool, position: tuple[Any, UUID]) -> ColumnElement[bool]:
    value, document_id = position
    if sorting.column is None:
        if falling:
            return Access.document_id < document_id
        return Access.document_id > document_id
    here = tuple_(sorting.column, Access.document_id)
    there = tuple_(
        literal(value, sorting.column.type), literal(document_id, Access.document_id.type)
    )
    return here < there if falling else here > there


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    exact: list[tuple[InstrumentedAttribute[Any], Any]] = [
        (Document.register_id, filters.register_id),
        (Document.class_id, filters.class_id),
        (Document.unit_id, filters.unit_id),
        (Document.state, filters.state),
        (Document.kind, filters.kind),
        (Document.urgency, filters.urgency),
        (Document.secrecy, None if filters.secrecy is None else int(filters.secrecy)),
    ]
    found = [column == value for column, value in exact if value is not None]
    if filters.received_from is not None:
        found.append(Access.received_on >= filters.received_from)
    if filters.received_to is not None:
        found.append(Access.received_on <= filters.received_to)
    return found


def _lines(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, DocumentLine]:
    if not document_ids:
        return {}
    query = select(
        Document.id,
        Document.number,
        Document.title,
        Document.sender,
        Document.document_number,
        Document.kind,
        Document.received_on,
        Document.registered_at,
        Document.state,
        Document.urgency,
        Document.secrecy,
        Document.register_id,
        Document.unit_id,
        Document.class_id,
        Document.text_state,
    ).where(Document.id.in_(document_ids))
    return {
        row.id: DocumentLine(**{**row._mapping, "secrecy": Secrecy(row.secrecy)})  # noqa: SLF001
        for row in uow.session.execute(query)
    }


def _cursor(direction: str, key: tuple[Any, UUID], sorting: _Sorting) -> str:
    value = "" if sorting.column is None else sorting.encode(key[0])
    text = f"{direction}{key[1].hex}{value}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None, sorting: _Sorting) -> tuple[bool, tuple[Any, UUID] | None]:
    if not cursor:
        return False, None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        direction, document_id, value = text[0], UUID(text[1:33]), text[33:]
        decoded = value if sorting.column is None else sorting.decode(value)
    except (ValueError, IndexError, binascii.Error) as error:
        raise Invalid("This page of the list does not exist.", field="cursor") from error
    return direction == "<", (decoded, document_id)
