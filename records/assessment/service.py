"""The four checks of a document: done after reading, again in rotation, and when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update

from records.assessment.checks import check_all, subject_of
from records.assessment.models import Assessment
from records.assessment.rules import Cause, Finding, Outcome, worst
from records.core.database import Database, UnitOfWork
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler
from records.documents.models import Component, Document
from records.documents.rules import DocumentState
from records.documents.visibility import get_document, visible
from records.people.rules import Act, Actor, check_may
from storage import Vault

ASSESS_JOB = "assessment.make"
ASKED_JOB = "assessment.asked"
PERIODIC_JOB = "assessment.periodic"
CAUSES = {
    ASSESS_JOB: Cause.RECEIPT,
    ASKED_JOB: Cause.ASKED,
    PERIODIC_JOB: Cause.PERIODIC,
}
MOST_AT_ONCE = 500


class Assessor:
    """Does the jobs that check one document."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    @property
    def handlers(self) -> dict[str, Handler]:
        """How the runner does these jobs."""
        return {kind: Handler(self.work) for kind in CAUSES}

    def work(self, job: Job) -> Apply:
        """Check a document, or the one that a component belongs to.

        Raises:
            StorageError: The store cannot be reached now.
        """
        with self._database.reading() as uow:
            component = uow.session.get(Component, job.subject_id)
            document_id = component.document_id if component else job.subject_id
            subject = subject_of(uow, document_id) if document_id else None
        if document_id is None or subject is None:
            return lambda _: None
        found, gone = check_all(subject, self._vault), document_id
        return lambda uow: keep_assessment(uow, gone, CAUSES[job.kind], found)


def keep_assessment(
    uow: UnitOfWork, document_id: UUID, cause: Cause, findings: Sequence[Finding]
) -> None:
    """Keep what was found beside what was found before, and tell the log of it."""
    if uow.session.get(Document, document_id) is None:
        return
    uow.session.execute(
        update(Assessment)
        .where(Assessment.document_id == document_id, Assessment.is_current.is_(True))
        .values(is_current=False)
    )
    made = Assessment(
        id=uow.new_id(),
        document_id=document_id,
        cause=cause.value,
        outcome=worst(findings).value,
        findings=[each.as_json() for each in findings],
        made_at=uow.now,
        is_current=True,
    )
    uow.session.add(made)
    if cause is Cause.RECEIPT:
        return  # it follows from the registration, which the log has
    uow.record(
        "document.assessed",
        actor_id=None,
        objects=[document_id, made.id],
        payload={"outcome": made.outcome, "cause": made.cause},
    )


def ask_assessment(uow: UnitOfWork, actor: Actor, document_id: UUID) -> None:
    """Have a document checked now.

    Raises:
        NotFound: This person may not know of it.
        NotAllowed: Neither clerk nor archivist.
    """
    check_may(actor, Act.FILE)
    get_document(uow, actor, document_id)
    enqueue(uow, ASKED_JOB, subject_id=document_id)


def enqueue_due(uow: UnitOfWork, days: int) -> int:
    """Have filed documents checked whose last checks are older than so many days."""
    before = uow.now - timedelta(days=days)
    fresh = exists().where(
        Assessment.document_id == Document.id,
        Assessment.is_current.is_(True),
        Assessment.made_at > before,
    )
    total = uow.session.scalar(
        select(func.count())
        .select_from(Document)
        .where(Document.state == DocumentState.FILED.value)
    )
    share = min(MOST_AT_ONCE, -(-(total or 0) // days))
    due = uow.session.scalars(
        select(Document.id)
        .where(Document.state == DocumentState.FILED.value, ~fresh)
        .order_by(Document.id)
        .limit(share)
    ).all()
    for document_id in due:
        enqueue(uow, PERIODIC_JOB, subject_id=document_id)
    return len(due)


# Looking -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A document in the list of what the four checks found."""

    id: UUID
    document_id: UUID
    number: str
    title: str
    outcome: str
    findings: list[dict[str, Any]]
    made_at: datetime


def assessments_of(
    uow: UnitOfWork, actor: Actor, document_id: UUID, *, limit: int = 20
) -> list[Assessment]:
    """Return the checks of a document, the newest first.

    Raises:
        NotFound: This person may not know of the document.
    """
    get_document(uow, actor, document_id)
    query = (
        select(Assessment)
        .where(Assessment.document_id == document_id)
        .order_by(Assessment.id.desc())
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def current_of(uow: UnitOfWork, document_id: UUID) -> Assessment | None:
    """Return the last checks of a document that has been found visible."""
    query = select(Assessment).where(
        Assessment.document_id == document_id, Assessment.is_current.is_(True)
    )
    return uow.session.scalars(query.limit(1)).first()


def list_assessments(
    uow: UnitOfWork,
    actor: Actor,
    *,
    outcome: Outcome,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Line]:
    """Return documents by what their last checks said, as far as a person may see them."""
    query = (
        select(
            Assessment.id,
            Document.id,
            Document.number,
            Document.title,
            Assessment.outcome,
            Assessment.findings,
            Assessment.made_at,
        )
        .join(Document, Document.id == Assessment.document_id)
        .where(
            Assessment.is_current.is_(True),
            Assessment.outcome == outcome.value,
            Document.state != DocumentState.VOIDED.value,
            visible(uow, actor),
        )
        .order_by(Assessment.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Assessment.id < before)
    return [Line(*row) for row in uow.session.execute(query)]


def shown(made: Assessment | Line) -> dict[str, Any]:
    """Return checks for programs."""
    return {
        "id": str(made.id),
        "document": str(made.document_id),
        "outcome": made.outcome,
        "made_at": made.made_at.isoformat(),
        "findings": made.findings,
    }
