"""The queue of what wants to be checked: registered documents of a clerk's registers, oldest first.

Ids tell the time of registration, so the order of the ids is the order of the queue.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.visibility import visible
from records.people.rules import Actor

# A clerk with more than this before them reads "1,000" and goes on.
QUEUE_LIMIT = 1_000


@dataclass(frozen=True)
class Queue:
    """What waits for a clerk, at most 1,000 documents, oldest first."""

    waiting: tuple[UUID, ...]

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self.waiting)

    def first(self) -> UUID | None:
        """Return the oldest."""
        return self.waiting[0] if self.waiting else None

    def after(self, document_id: UUID) -> UUID | None:
        """Return the next one after a document, whether that waits itself or not."""
        return next((each for each in self.waiting if each > document_id), None)

    def earlier(self, document_id: UUID) -> UUID | None:
        """Return the next older one before a document."""
        return next((each for each in reversed(self.waiting) if each < document_id), None)

    def before(self, document_id: UUID) -> int:
        """Return how many are older than a document: those that were left for later."""
        return sum(each < document_id for each in self.waiting)


def checking_queue(uow: UnitOfWork, actor: Actor) -> Queue:
    """Return what waits for a clerk to be checked, in one query."""
    query = (
        select(Document.id)
        .where(
            Document.state == DocumentState.REGISTERED.value,
            Document.clerk_unit_id.in_(actor.clerk_units),
            visible(uow, actor),
        )
        .order_by(Document.id)
        .limit(QUEUE_LIMIT)
    )
    return Queue(tuple(uow.session.scalars(query)))
