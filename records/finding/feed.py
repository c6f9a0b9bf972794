"""What flows from the records into an index: documents as they are, and which of them changed."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.core.log import LogEntry, log_size
from records.documents.models import Document
from records.finding.changes import changed_documents, rose_above
from records.finding.contents import index_documents, read_codes, sealed_bytes
from records.office import Office
from records.people.rules import Secrecy
from search.engine import Engine, IndexFailure

# What is read in one go: entries of the log, documents, and sealed bytes of their texts.
BATCH_ENTRIES = 5_000
BATCH_DOCUMENTS = 200
BATCH_BYTES = 8 << 20


class TextMustGo(IndexFailure):
    """The index holds words that it must not hold any more."""


class Feed:
    """The records of an office, as an index sees them."""

    def __init__(self, office: Office) -> None:
        self._database = office.database
        self._vault = office.vault
        self.text_up_to = Secrecy.from_code(office.config.index_text_up_to)

    def position(self) -> int:
        """Return how many entries the log has."""
        with self._database.reading() as uow:
            return log_size(uow.session)

    def leaf(self, cursor: int) -> str:
        """Return the hash of the last of so many entries, empty if there are not so many."""
        query = select(LogEntry.leaf_hash).where(LogEntry.sequence == cursor - 1)
        with self._database.reading() as uow:
            found = uow.session.scalar(query)
        return found.hex() if found else ""

    def count(self) -> int:
        """Return how many documents there are."""
        with self._database.reading() as uow:
            return uow.session.scalar(select(func.count()).select_from(Document)) or 0

    def documents_before(self, last: UUID | None) -> list[UUID]:
        """Return some documents, newest first, older than one or the newest of all."""
        query = select(Document.id).order_by(Document.id.desc()).limit(BATCH_DOCUMENTS)
        if last is not None:
            query = query.where(Document.id < last)
        with self._database.reading() as uow:
            return list(uow.session.scalars(query))

    def changes(self, start: int) -> tuple[int, list[UUID]]:
        """Return the documents that a stretch of the log changed, and where the stretch ends.

        Raises:
            TextMustGo: One of them rose above the level up to which texts are indexed.
        """
        level = self.text_up_to
        with self._database.reading() as uow:
            stop = min(log_size(uow.session), start + BATCH_ENTRIES)
            if stop <= start:
                return start, []
            if level < Secrecy.TOP_SECRET and rose_above(uow, start, stop, level):
                raise TextMustGo("a document rose above the level up to which texts are indexed")
            return stop, changed_documents(uow, start, stop)

    def index(self, engine: Engine, document_ids: Sequence[UUID]) -> None:
        """Add documents as they are now."""
        for start in range(0, len(document_ids), BATCH_DOCUMENTS):
            batch = document_ids[start : start + BATCH_DOCUMENTS]
            with self._database.reading() as uow:
                self._index_batch(uow, engine, batch)

    def _index_batch(self, uow: UnitOfWork, engine: Engine, batch: Sequence[UUID]) -> None:
        codes = read_codes(uow)
        for part in _parts(batch, sealed_bytes(uow, batch)):
            # The snapshot was taken with the first query: later entries come later.
            revision = log_size(uow.session)
            found = index_documents(
                uow, self._vault, codes, part, revision=revision, text_up_to=self.text_up_to
            )
            engine.add(found)
            uow.session.expunge_all()


def _parts(document_ids: Sequence[UUID], sizes: dict[UUID, int]) -> Iterator[list[UUID]]:
    """Split documents so that the texts of one part fit into memory."""
    part: list[UUID] = []
    size = 0
    for each in document_ids:
        here = sizes.get(each, 0)
        if part and size + here > BATCH_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += here
    if part:
        yield part
