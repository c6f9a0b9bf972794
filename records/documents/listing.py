"""Lists of documents: keyset pages over what a person may see, in flat time (see `ranges`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Date, LargeBinary, Text, bindparam, select

from records.core.database import UnitOfWork
from records.core.places import Place, cut, no_such_page, read_place
from records.documents.models import Document
from records.documents.ranges import Asked, Filters, Key, Sorting, how_many, merged
from records.people.rules import Actor, Secrecy

__all__ = [
    "COUNT_LIMIT",
    "DocumentLine",
    "Filters",
    "Order",
    "Page",
    "count_documents",
    "lines_of",
    "list_documents",
]

# Beyond this many, a list says "more than" instead of counting.
COUNT_LIMIT = 1_000


class Order(StrEnum):
    """The orders that a list offers."""

    REGISTERED = "registered"
    RECEIVED = "received"
    TITLE = "title"


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


_SORTINGS: Mapping[Order, Sorting] = {
    # Ids begin with the time at which they were made: their order is that of registration.
    Order.REGISTERED: Sorting(("document_id",), Text(), lambda _: "", lambda _: ""),
    Order.RECEIVED: Sorting(
        ("received_on", "document_id"), Date(), date.isoformat, date.fromisoformat
    ),
    Order.TITLE: Sorting(("title_key", "document_id"), LargeBinary(), bytes.hex, bytes.fromhex),
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
    place = read_place(cursor)
    position = None if place is None else _position(place, order)
    falling = descending != (place is not None and place.backwards)
    asked = Asked(sorting, falling, position, filters or Filters(), limit + 1, uow.now)
    page = cut(merged(uow, actor, asked), limit, place, lambda key: _name(key, order))
    lines = _lines(uow, [document_id for _, document_id in page.rows])
    shown = [lines[document_id] for _, document_id in page.rows if document_id in lines]
    return Page(shown, page.next, page.previous)


def count_documents(
    uow: UnitOfWork, actor: Actor, *, filters: Filters | None = None
) -> tuple[int, bool]:
    """Return how many documents a person may see, and whether there are more than that."""
    asked = Asked(
        _SORTINGS[Order.REGISTERED], True, None, filters or Filters(), COUNT_LIMIT + 1, uow.now
    )
    found = how_many(uow, actor, asked)
    return min(found, COUNT_LIMIT), found > COUNT_LIMIT


def lines_of(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, DocumentLine]:
    """Return the lines of documents whose visibility has been checked already."""
    return _lines(uow, document_ids)


# Put together once: making a statement takes as long as running it.
_LINES = select(
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
).where(Document.id.in_(bindparam("ids", expanding=True)))


def _lines(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, DocumentLine]:
    if not document_ids:
        return {}
    return {
        row.id: DocumentLine(**{**row._mapping, "secrecy": Secrecy(row.secrecy)})  # noqa: SLF001
        for row in uow.session.execute(_LINES, {"ids": list(document_ids)})
    }


def _name(key: Key, order: Order) -> str:
    return f"{order} {key[1].hex}{_SORTINGS[order].encode(key[0])}"


def _position(place: Place, order: Order) -> Key:
    tail = place.row.partition(" ")[2]
    try:
        key = (_SORTINGS[order].decode(tail[32:]), UUID(tail[:32]))
        # Written again it must be the same: then it is a place of this order.
        if _name(key, order) != place.row:
            raise ValueError(place.row)
    except ValueError as error:
        raise no_such_page() from error
    return key
