"""The index of this machine against the records: what it lacks, has too much, or has as it was.

Its entries come in no order and there may be millions, so they pass through a temporary table on
disk and are then walked side by side with the documents.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from uuid import UUID

from sqlalchemy import select

from records.audit.report import Item, Report
from records.core.database import Database
from records.core.log import log_size
from records.documents.models import Document
from records.finding.changes import last_changes
from records.office import Office
from search.engine import Engine, IndexFailure, IndexMissing
from search.opening import open_current

PAGE = 500


def check_index(office: Office, report: Report, tell: Callable[[str, int], None]) -> None:
    """Compare the index as of its last commit with the records.

    An index that is not there yet, or late, is no fault: the lag says how late.
    """
    with office.database.reading() as uow:
        size = log_size(uow.session)
    try:
        engine = open_current(office.config.search_url, office.config.index_folder, writer=False)
        with closing(engine), closing(sqlite3.connect("")) as entries:
            report.index_lag = max(0, size - engine.cursor())
            _copy(engine, entries, tell)
            _compare_all(office.database, entries, engine.cursor(), report)
    except IndexMissing:
        report.index_lag = size
    except IndexFailure as failure:
        report.index_lag = size
        report.index_stale.append(Item("index", office.config.index_folder.name, str(failure)))


def _copy(engine: Engine, entries: sqlite3.Connection, tell: Callable[[str, int], None]) -> None:
    entries.execute("CREATE TABLE entry (id TEXT PRIMARY KEY, revision INTEGER) WITHOUT ROWID")
    entries.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?)", engine.entries())
    (count,) = entries.execute("SELECT count(*) FROM entry").fetchone()
    tell("index_entries", count)


def _compare_all(
    database: Database, entries: sqlite3.Connection, cursor: int, report: Report
) -> None:
    last = ""
    for page in _pages(database):
        found = _stretch(entries, last, str(page[-1]))
        with database.reading() as uow:
            changes = last_changes(uow, page)
        for document_id in page:
            place, change = str(document_id), changes.get(document_id, -1)
            revision = found.pop(place, None)
            report.count("index_entries", revision is not None)
            if change >= cursor:
                continue
            if revision is None:
                report.index_stale.append(Item("index", place, "the index lacks this document"))
            elif revision <= change:
                report.index_stale.append(Item("index", place, "the index has it as it was before"))
        _tell_extra(database, found, report)
        last = str(page[-1])
    _tell_extra(database, _stretch(entries, last, "~"), report)


def _pages(database: Database) -> Iterator[Sequence[UUID]]:
    last: UUID | None = None
    while True:
        query = select(Document.id).order_by(Document.id).limit(PAGE)
        if last is not None:
            query = query.where(Document.id > last)
        with database.reading() as uow:
            page = uow.session.scalars(query).all()
        if page:
            yield page
        if len(page) < PAGE:
            return
        last = page[-1]


def _stretch(entries: sqlite3.Connection, after: str, up_to: str) -> dict[str, int]:
    """Return revisions by id; the text of an id sorts as the id does."""
    query = "SELECT id, revision FROM entry WHERE id > ? AND id <= ?"
    return dict(entries.execute(query, (after, up_to)))


def _tell_extra(database: Database, found: dict[str, int], report: Report) -> None:
    report.count("index_entries", len(found))
    for place in found:
        with database.reading() as uow:
            is_known = uow.session.get(Document, UUID(place)) is not None
        if not is_known:
            report.index_stale.append(Item("index", place, "there is no such document"))
