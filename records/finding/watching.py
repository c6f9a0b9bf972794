"""Looks for new hits of saved searches, and tells each person of theirs.

A document is new to a search when it came into the records after the person asked to be told. It is
told of once it can be found: looked at is what the log says of documents from the last look up to
where the index follows, so that a text which is read late counts when it is read. Every look asks
with the rights that the person has at that moment. A notice says how many there are, never which.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from records.core.database import UnitOfWork, insert_into
from records.core.errors import NotFound, NotSignedIn
from records.core.news import tell
from records.documents.models import Document
from records.finding.changes import changed_documents
from records.finding.circles import circle_of
from records.finding.models import SavedSearch, SearchHit
from records.finding.reader import IndexReader
from records.finding.service import matching
from records.office import Office
from records.people.actors import load_actor

logger = logging.getLogger(__name__)

LOOK_SECONDS = 120.0
# Documents that one question to the index may name.
AT_ONCE = 500

_Each = TypeVar("_Each")


class SearchWatch:
    """Looks for one office; `close` lets go of the index."""

    def __init__(self, office: Office) -> None:
        self._database = office.database
        self._reader = IndexReader(office.config)

    def close(self) -> None:
        """Let go of the index."""
        self._reader.close()

    def run(self, stop: threading.Event) -> None:
        """Look now and then until told to stop."""
        try:
            while not stop.wait(LOOK_SECONDS):
                try:
                    self.look()
                except SQLAlchemyError:
                    logger.exception("New hits of saved searches have to wait")
        finally:
            self.close()

    def look(self) -> None:
        """Look once for all searches whose people want to hear of new hits."""
        until = self._reader.cursor()
        if not until:
            return  # no index, or one that is being filled
        wanted = (SavedSearch.told_since.is_not(None), SavedSearch.looked_until < until)
        with self._database.reading() as uow:
            waiting = uow.session.scalars(
                select(SavedSearch).where(*wanted).order_by(SavedSearch.looked_until)
            ).all()
        changed: tuple[int, list[UUID]] = (-1, [])
        unfound: list[UUID] = []
        for search in waiting:
            if changed[0] != search.looked_until:
                changed = (search.looked_until, self._changed(search.looked_until, until))
            found = self._found(search, changed[1])
            if found:
                self._tell(search, found, until)
            else:
                unfound.append(search.id)
        if unfound:
            with self._database.writing(durable=False) as uow:
                _move_on(uow, unfound, until)

    def _changed(self, start: int, until: int) -> list[UUID]:
        with self._database.reading() as uow:
            return changed_documents(uow, start, until)

    def _found(self, search: SavedSearch, changed: Sequence[UUID]) -> set[UUID]:
        """Return the documents among those changed that are new, and that a search finds."""
        if not changed:
            return set()
        with self._database.reading() as uow:
            try:
                actor = load_actor(uow, search.user_id)
                circle = circle_of(uow, actor, search.place) if search.place else None
            except (NotFound, NotSignedIn):
                return set()  # the account is closed, or the round is hidden from it by now
            found: set[UUID] = set()
            for some in _batches(changed):
                fresh = _registered_since(uow, some, search.told_since)
                if circle is not None:
                    fresh &= circle.document_ids
                if fresh:
                    found |= matching(
                        uow,
                        actor,
                        self._reader,
                        text=search.question,
                        filters=search.filters,
                        within=fresh,
                    )
            return found

    def _tell(self, search: SavedSearch, found: Collection[UUID], until: int) -> None:
        with self._database.writing() as uow:
            # Where another worker looked meanwhile, or the person asked for no more, that holds.
            if not _move_on(uow, [search.id], until, start=search.looked_until):
                return
            rows = [{"search_id": search.id, "document_id": each} for each in sorted(found)]
            fresh = list(_write_hits(uow, rows))
            if fresh:
                tell(
                    uow,
                    "search.found",
                    to=[search.user_id],
                    cause=f"search.found:{search.id}:{until}",
                    subject_id=search.id,
                    facts={"name": search.name, "count": len(fresh)},
                )


def _registered_since(
    uow: UnitOfWork, document_ids: Collection[UUID], since: datetime | None
) -> set[UUID]:
    query = select(Document.id).where(
        Document.id.in_(document_ids), Document.registered_at >= since
    )
    return set(uow.session.scalars(query))


def _batches(all_: Sequence[_Each]) -> Iterator[Sequence[_Each]]:
    for start in range(0, len(all_), AT_ONCE):
        yield all_[start : start + AT_ONCE]


def _move_on(
    uow: UnitOfWork, search_ids: Collection[UUID], until: int, *, start: int | None = None
) -> bool:
    """Note how far was looked for searches; return whether any of them was still waiting."""
    statement = update(SavedSearch).where(
        SavedSearch.id.in_(search_ids),
        SavedSearch.told_since.is_not(None),
        SavedSearch.looked_until < until,
    )
    if start is not None:
        statement = statement.where(SavedSearch.looked_until == start)
    moved = uow.session.scalars(
        statement.values(looked_until=until, version=SavedSearch.version)
        .returning(SavedSearch.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(moved)


def _write_hits(uow: UnitOfWork, rows: list[dict[str, UUID]]) -> Iterator[UUID]:
    for some in _batches(rows):
        statement = insert_into(uow.session, SearchHit).values(some)
        kept = statement.on_conflict_do_nothing(index_elements=["search_id", "document_id"])
        yield from uow.session.scalars(kept.returning(SearchHit.document_id))
