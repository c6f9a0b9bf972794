"""Walking through tables some of whose rows may be damaged so that they cannot even be read."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select, tuple_

from records.audit.report import Item, Report
from records.core.base import table_of
from records.core.database import Database, UnitOfWork

# What the database layer raises over a row that was damaged in its type.
UNREADABLE = (ValueError, TypeError)


def walk(
    database: Database, model: type[Any], report: Report, *, kind: str, page: int
) -> Iterator[tuple[UnitOfWork, list[Any]]]:
    """Yield all rows of a table in the order of their keys, one page in memory, with its unit.

    Args:
        kind: What the report calls a row that cannot be read.
    """
    keys = list(table_of(model).primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        query = select(model).order_by(*keys).limit(page)
        if last is not None:
            query = query.where(_beyond(keys, last))
        with database.reading() as uow:
            ids = [tuple(row) for row in uow.session.execute(query.with_only_columns(*keys))]
            if ids:
                yield uow, readable(uow, query, report, kind)
        if len(ids) < page:
            return
        last = ids[-1]


def readable(uow: UnitOfWork, query: Select[Any], report: Report, kind: str) -> list[Any]:
    """Return entities, one by one where not all can be read, and report those that cannot."""
    try:
        return list(uow.session.scalars(query))
    except UNREADABLE:
        model = query.column_descriptions[0]["entity"]
        keys = list(table_of(model).primary_key.columns)
        ids = [tuple(row) for row in uow.session.execute(query.with_only_columns(*keys))]
    found = []
    for each in ids:
        try:
            found.append(uow.session.get_one(model, each if len(each) > 1 else each[0]))
        except UNREADABLE:
            item = Item(kind, " ".join(str(part) for part in each), "it cannot be read")
            if item not in report.changed:
                report.changed.append(item)
    return found


def _beyond(keys: list[Any], last: tuple[Any, ...]) -> Any:
    return keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*last)
