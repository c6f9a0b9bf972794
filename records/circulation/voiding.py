"""What follows when the registration of a document is voided: its rounds end."""

from uuid import UUID

from sqlalchemy import select

from records.circulation.managing import close_round, recall_round
from records.circulation.models import Round
from records.circulation.rules import RoundState
from records.core.database import UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply
from records.people.rules import SERVICE


def end_rounds(job: Job) -> Apply:
    """Return what a job does whose subject is a document that was voided."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            document_voided(uow, job.subject_id, reason=job.payload["reason"])

    return apply


def document_voided(uow: UnitOfWork, document_id: UUID, *, reason: str) -> None:
    """Recall the rounds of a document that run, and close those that are complete.

    Receipts that were signed stay true.
    """
    query = select(Round.id, Round.state).where(Round.document_id == document_id).order_by(Round.id)
    for round_id, state in uow.session.execute(query).all():
        if state == RoundState.RUNNING:
            recall_round(uow, SERVICE, round_id=round_id, reason=reason)
        elif state == RoundState.COMPLETE:
            close_round(uow, SERVICE, round_id=round_id, reason=reason)
