"""How much lies in the file: documents per class, as a person may count them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.visibility import visible
from records.people.rules import Actor

# A tree shows hundreds of counts at once, so each one is exact only up to here.
HOLDING_LIMIT = 100
_CLASSES_PER_QUERY = 100


def filed_by_class(uow: UnitOfWork, actor: Actor, class_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many filed documents of each class a person may see, at most `limit + 1`.

    One query for each hundred classes; each part reads at most as many rows as it may count, plus
    those that are hidden from the person.
    """
    found: dict[UUID, int] = {}
    for start in range(0, len(class_ids), _CLASSES_PER_QUERY):
        parts = []
        for place, class_id in enumerate(class_ids[start : start + _CLASSES_PER_QUERY]):
            head = (
                select(Document.id)
                .where(
                    Document.class_id == class_id,
                    Document.state == DocumentState.FILED.value,
                    visible(uow, actor),
                )
                .limit(HOLDING_LIMIT + 1)
                .subquery()
            )
            parts.append(
                select(
                    literal(start + place).label("place"), func.count().label("filed")
                ).select_from(head)
            )
        for place, filed in uow.session.execute(union_all(*parts)):
            found[class_ids[place]] = filed
    return found
