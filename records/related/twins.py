"""Near duplicates of a document, as its reader may know them; found by the worker (`look`)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.visibility import get_document, visible
from records.people.rules import Actor
from records.related.models import NearTwin
from records.related.rules import TwinReason

MOST_TWINS = 20


@dataclass(frozen=True)
class TwinLine:
    """A document that may be the same as the one that was asked about.

    Attributes:
        score: 0 to 1, how alike the two are; 1 for the same number of the same sender.
    """

    document: DocumentLine
    score: float
    reasons: tuple[TwinReason, ...]


def twins_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> list[TwinLine]:
    """Return the near duplicates of a document, the likeliest first.

    Left out are those that somebody said are two documents, and voided ones.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    document = get_document(uow, actor, document_id)
    if document.state == DocumentState.VOIDED:
        return []
    query = (
        select(NearTwin)
        .join(Document, Document.id == NearTwin.other_id)
        .where(
            NearTwin.document_id == document_id,
            NearTwin.settled_at.is_(None),
            Document.state != DocumentState.VOIDED.value,
            visible(uow, actor, NearTwin.other_id),
        )
        .order_by(NearTwin.score.desc(), NearTwin.other_id)
        .limit(MOST_TWINS)
    )
    found = list(uow.session.scalars(query))
    lines = lines_of(uow, [each.other_id for each in found])
    return [
        TwinLine(lines[each.other_id], each.score, tuple(TwinReason(name) for name in each.reasons))
        for each in found
        if each.other_id in lines
    ]
