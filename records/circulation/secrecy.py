"""What follows when the secrecy of a document changes: deputies act only up to their ceiling."""

from uuid import UUID

from sqlalchemy import select

from records.circulation.delivering import let_see
from records.circulation.models import ReadingItem, Round
from records.circulation.parties import lock_rounds
from records.circulation.rules import HELD
from records.core.database import UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply
from records.documents.models import Document, Grant
from records.documents.sharing import lock_document, revoke_for
from records.people.models import Delegation


def follow_secrecy(job: Job) -> Apply:
    """Return what a job does whose subject is a document of another secrecy than before."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            secrecy_changed(uow, job.subject_id)

    return apply


def secrecy_changed(uow: UnitOfWork, document_id: UUID) -> None:
    """Take the document from deputies whose ceiling it has passed, or let them see it again.

    The items stay with their readers; what a reader may see follows from their own clearance.
    """
    held = select(ReadingItem).where(
        ReadingItem.document_id == document_id,
        ReadingItem.state.in_([each.value for each in HELD]),
    )
    rounds = lock_rounds(uow, {each.round_id for each in uow.session.scalars(held)})
    document = lock_document(uow, document_id)
    turned = bool(revoke_for(uow, _out_of_reach(uow, document), document_id=document_id))
    items = list(uow.session.scalars(held.execution_options(populate_existing=True)))
    for round_ in rounds.values():
        turned |= _let_deputies_see(uow, round_, items, document)
    if turned:
        uow.record("document.access_turned", actor_id=None, objects=[document_id])


def _out_of_reach(uow: UnitOfWork, document: Document) -> list[UUID]:
    query = (
        select(Delegation.id)
        .join(Grant, Grant.source_id == Delegation.id)
        .where(
            Grant.document_id == document.id,
            Grant.revoked_at.is_(None),
            Delegation.ceiling < document.secrecy,
        )
    )
    return list(uow.session.scalars(query))


def _let_deputies_see(
    uow: UnitOfWork, round_: Round, items: list[ReadingItem], document: Document
) -> bool:
    mine = [each for each in items if each.round_id == round_.id]
    return bool(mine) and let_see(uow, round_, mine, document) > 0
