"""The index ranges that hold what a person may see, and the heads of them merged.

For every capacity of a person and every level of secrecy up to the clearance, the table `access`
has one index range in the order of a list. A page takes the head of each range and merges them; its
cost depends on the number of capacities, never on the size of the archive. A filter that leaves few
documents would let a range be walked to its end: these few are looked at instead.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Date, Integer, Text, bindparam, column, select, text
from sqlalchemy.types import TypeEngine

from records.core.base import Identifier, Instant
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.people.rules import EVERYONE, Actor, Secrecy

# SQLite refuses more than 500 parts of one compound query.
RANGES_PER_QUERY = 200
# So many documents are looked at one by one, when a filter leaves no more.
FEW = 1_000

Key = tuple[Any, UUID]
Range = tuple[UUID, int]


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
class Sorting:
    """How an order reads `access`.

    Attributes:
        columns: Of `access`, the last one `document_id`.
        type: Of the first column.
        encode: From its value to the text of a cursor; `decode` is the way back.
    """

    columns: tuple[str, ...]
    type: TypeEngine[Any]
    encode: Callable[[Any], str]
    decode: Callable[[str], Any]


@dataclass(frozen=True)
class Asked:
    """What one page asks of every range.

    Attributes:
        falling: Descending in all columns.
        position: The key beyond which the page begins.
        limit: How many keys are wanted.
        now: The instant at which windows of time must be open.
    """

    sorting: Sorting
    falling: bool
    position: Key | None
    filters: Filters
    limit: int
    now: datetime


def ranges_of(actor: Actor, secrecy: Secrecy | None = None) -> list[Range]:
    """Return the index ranges (capacity, secrecy) that hold what a person may see.

    Args:
        secrecy: Only this level.
    """
    levels = [
        level
        for level in range(int(actor.clearance) + 1)
        if secrecy is None or level == int(secrecy)
    ]
    return [
        (principal, level)
        for principal in sorted(actor.principals)
        for level in levels
        # Only public documents are for everyone: the other levels of that range are empty.
        if principal != EVERYONE or level == Secrecy.PUBLIC
    ]


def merged(uow: UnitOfWork, actor: Actor, asked: Asked) -> list[Key]:
    """Return the first keys over all ranges, without doubles."""
    few = _few(uow, asked.filters)
    if few is not None:
        keys = _among(uow, actor, asked, few)
        return sorted(keys, reverse=asked.falling)[: asked.limit]
    found: set[Key] = set()
    for chunk in _chunks(ranges_of(actor, asked.filters.secrecy)):
        found.update(_heads(uow, chunk, asked))
    return sorted(found, reverse=asked.falling)[: asked.limit]


def _chunks(ranges: Sequence[Range]) -> Iterator[Sequence[Range]]:
    for start in range(0, len(ranges), RANGES_PER_QUERY):
        yield ranges[start : start + RANGES_PER_QUERY]


def _heads(uow: UnitOfWork, ranges: Sequence[Range], asked: Asked) -> list[Key]:
    """Return the first keys over some ranges."""
    union, values = _union(ranges, asked)
    way = "DESC" if asked.falling else "ASC"
    statement = text(
        f"{union} ORDER BY value {way}, document_id {way} LIMIT {int(asked.limit)}"
    ).bindparams(*values)
    rows = uow.session.execute(
        statement.columns(column("value", asked.sorting.type), column("document_id", Identifier()))
    )
    return [(row.value, row.document_id) for row in rows]


def _count(uow: UnitOfWork, ranges: Sequence[Range], asked: Asked) -> int:
    """Return how many keys some ranges have together, up to the limit that was asked."""
    union, values = _union(ranges, asked)
    statement = text(f"SELECT count(*) FROM ({union} LIMIT {int(asked.limit)}) AS heads")
    return uow.session.scalar(statement.bindparams(*values)) or 0


def _union(ranges: Sequence[Range], asked: Asked) -> tuple[str, list[BindParameter[Any]]]:
    """Return the query for the heads of some ranges without doubles, as SQL with its values.

    Written as text: a person has dozens of ranges, and to put as many selects together piece by
    piece costs ten times what the database takes to answer them.
    """
    conditions, values = _conditions(asked)
    order = ", ".join(
        f"a.{each} {'DESC' if asked.falling else 'ASC'}" for each in asked.sorting.columns
    )
    value = asked.sorting.columns[0] if len(asked.sorting.columns) > 1 else "''"
    columns = ", ".join(f"a.{each}" for each in asked.sorting.columns)
    join = " JOIN document d ON d.id = a.document_id" if "d." in conditions else ""
    parts = [
        # DISTINCT: one capacity can be given for several windows of time.
        f"SELECT {value} AS value, document_id FROM (SELECT DISTINCT {columns} "
        f"FROM access a{join} WHERE a.principal = :p{number} AND a.secrecy = {int(secrecy)}"
        f"{conditions} ORDER BY {order} LIMIT {int(asked.limit)}) AS r{number}"
        for number, (_, secrecy) in enumerate(ranges)
    ]
    values += [
        bindparam(f"p{number}", each, Identifier()) for number, (each, _) in enumerate(ranges)
    ]
    return " UNION ".join(parts), values


def _few(uow: UnitOfWork, filters: Filters) -> list[UUID] | None:
    """Return the documents that one of the filters leaves; None when each leaves more than few.

    Every column that is looked at has an index that ends with the id.
    """
    for name in ("class_id", "unit_id", "kind", "urgency", "state", "register_id"):
        value = getattr(filters, name)
        if value is not None:
            query = select(Document.id).where(getattr(Document, name) == value).limit(FEW + 1)
            found = list(uow.session.scalars(query))
            if len(found) <= FEW:
                return found
    return None


def _among(uow: UnitOfWork, actor: Actor, asked: Asked, document_ids: list[UUID]) -> set[Key]:
    """Return the keys of those among some documents that a person may see and the page asks for."""
    conditions, values = _conditions(asked)
    value = f"a.{asked.sorting.columns[0]}" if len(asked.sorting.columns) > 1 else "''"
    ranges = ranges_of(actor, asked.filters.secrecy)
    statement = text(
        # CROSS: SQLite then begins with the documents.
        f"SELECT {value} AS value, a.document_id FROM document d CROSS JOIN access a "
        "WHERE d.id IN :ids AND a.document_id = d.id AND a.principal IN :principals "
        f"AND a.secrecy IN :levels{conditions}"
    ).bindparams(
        *values,
        bindparam("ids", document_ids, Identifier(), expanding=True),
        bindparam("principals", [each for each, _ in ranges], Identifier(), expanding=True),
        bindparam("levels", sorted({level for _, level in ranges}), Integer(), expanding=True),
    )
    rows = uow.session.execute(
        statement.columns(column("value", asked.sorting.type), column("document_id", Identifier()))
    )
    return {(row.value, row.document_id) for row in rows}


def _conditions(asked: Asked) -> tuple[str, list[BindParameter[Any]]]:
    """Return what every range is narrowed to, as SQL with its values."""
    filters = asked.filters
    wanted: list[tuple[str, str, Any, TypeEngine[Any]]] = [
        ("d.register_id =", "register_id", filters.register_id, Identifier()),
        ("d.class_id =", "class_id", filters.class_id, Identifier()),
        ("d.unit_id =", "unit_id", filters.unit_id, Identifier()),
        ("d.state =", "state", filters.state, Text()),
        ("d.kind =", "kind", filters.kind, Text()),
        ("d.urgency =", "urgency", filters.urgency, Text()),
        ("a.received_on >=", "received_from", filters.received_from, Date()),
        ("a.received_on <=", "received_to", filters.received_to, Date()),
    ]
    conditions = [
        "(a.from_at IS NULL OR a.from_at <= :now)",
        "(a.until_at IS NULL OR a.until_at > :now)",
    ]
    values: list[BindParameter[Any]] = [bindparam("now", asked.now, Instant())]
    for comparison, name, value, kind in wanted:
        if value is not None:
            conditions.append(f"{comparison} :{name}")
            values.append(bindparam(name, value, kind))
    if asked.position is not None:
        way = "<" if asked.falling else ">"
        value, document_id = asked.position
        values.append(bindparam("document_id", document_id, Identifier()))
        if len(asked.sorting.columns) == 1:
            conditions.append(f"a.document_id {way} :document_id")
        else:
            values.append(bindparam("value", value, asked.sorting.type))
            conditions.append(
                f"(a.{asked.sorting.columns[0]}, a.document_id) {way} (:value, :document_id)"
            )
    return "".join(f" AND {each}" for each in conditions), values


def how_many(uow: UnitOfWork, actor: Actor, asked: Asked) -> int:
    """Return how many documents there are over all ranges, up to the limit that was asked."""
    few = _few(uow, asked.filters)
    if few is not None:
        return min(len(_among(uow, actor, asked, few)), asked.limit)
    found: set[UUID] = set()
    ranges = ranges_of(actor, asked.filters.secrecy)
    if 0 < len(ranges) <= RANGES_PER_QUERY:
        return _count(uow, ranges, asked)
    for chunk in _chunks(ranges):
        found.update(document_id for _, document_id in _heads(uow, chunk, asked))
        if len(found) >= asked.limit:
            break
    return min(len(found), asked.limit)
