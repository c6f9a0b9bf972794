"""Recognition as people see it: how far it is, how sure, and asked for once more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed
from records.core.jobs import enqueue
from records.documents.components import get_component
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole, DocumentState, check_not_voided
from records.documents.service import record_document
from records.documents.visibility import get_document
from records.people.rules import Act, Actor, Role
from records.scans.following import RECOGNISE_JOB
from records.scans.models import RecognisedPage, Recognition
from records.scans.recogniser import UNSURE_BELOW
from search.reading import ocr_available

MOST_RENEWED = 500
AT_WORK = ("waiting", "running")
_PDF = "application/pdf"


@dataclass(frozen=True)
class RecognitionView:
    """How far the recognition of one component is.

    Attributes:
        state: waiting, running, done, failed or missing (no engine is installed).
        confidence: From 0 to 1, once it is done.
        reason_code: Why it is failed, missing, or done without text.
    """

    component_id: UUID
    state: str
    pages_done: int
    pages_total: int | None
    confidence: float | None
    languages: str | None
    cpu_seconds: float
    reason_code: str | None
    ended_at: datetime | None

    @property
    def at_work(self) -> bool:
        """Whether more is to come."""
        return self.state in AT_WORK

    @property
    def is_unsure(self) -> bool:
        """Whether the reader should look twice."""
        return self.confidence is not None and self.confidence < UNSURE_BELOW


@dataclass(frozen=True)
class Progress:
    """How far the recognition of the files of one document is, in pages."""

    pages_done: int
    pages_total: int | None

    @property
    def page_now(self) -> int:
        """The page that is at work, from 1."""
        return min(self.pages_done + 1, self.pages_total or self.pages_done + 1)


def recognitions_of(uow: UnitOfWork, component_ids: Iterable[UUID]) -> dict[UUID, RecognitionView]:
    """Return how far recognition is, by component, of a document that was found visible."""
    query = select(Recognition).where(Recognition.component_id.in_(list(component_ids)))
    return {each.component_id: _view(each) for each in uow.session.scalars(query)}


def progress_of(uow: UnitOfWork, document_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """Return the documents among some, found visible, that are being recognised: one query."""
    query = (
        select(
            Recognition.document_id,
            func.sum(Recognition.pages_done),
            func.sum(Recognition.pages_total),
            func.count(Recognition.pages_total) == func.count(),
        )
        .where(Recognition.document_id.in_(document_ids), Recognition.state.in_(AT_WORK))
        .group_by(Recognition.document_id)
    )
    return {
        row[0]: Progress(int(row[1] or 0), int(row[2] or 0) if row[3] else None)
        for row in uow.session.execute(query)
    }


def may_recognise(actor: Actor, document: Document, component: Component) -> bool:
    """Return whether a page offers to recognise a component; the service decides again."""
    return keeps_scans(actor, document) and is_recognisable(component)


def keeps_scans(actor: Actor, document: Document) -> bool:
    """Return whether a person answers for the text of a document: its registry, or its archive."""
    if document.state == DocumentState.VOIDED:
        return False
    is_clerk = actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units
    is_filed = document.state == DocumentState.FILED
    return is_clerk or (is_filed and Role.ARCHIVIST in actor.roles)


def is_recognisable(component: Component) -> bool:
    """Return whether a component has pages that can be recognised."""
    made_here = component.role in (ComponentRole.SEARCHABLE, ComponentRole.STAMPED)
    has_pages = component.media_type == _PDF or component.media_type.startswith("image/")
    return has_pages and not made_here and component.media_type != "image/svg+xml"


def recognise(
    uow: UnitOfWork, actor: Actor, *, component_id: UUID, languages: Sequence[str] = ()
) -> Recognition:
    """Recognise a component, also one that has a text already: it is replaced when all is there.

    Args:
        languages: Models of the engine, the first of which leads; none leaves the choice to what is
            seen on each page.

    Raises:
        NotFound: There is no such component, or the person may not know of it.
        NotAllowed: The person keeps neither its register nor, once it is filed, the archive.
        Conflict: The registration was voided, it is being recognised, or no engine is installed.
        Invalid: It has no pages that can be recognised, or a language is not installed.
    """
    component, _ = get_component(uow, actor, component_id)
    document = get_document(uow, actor, component.document_id, for_update=True)
    check_not_voided(document.state)
    if not keeps_scans(actor, document):
        raise NotAllowed("Recognition is for the registry, and for the archive once filed.")
    if not is_recognisable(component):
        raise Invalid("This file has no pages that can be recognised.", field="component")
    if not ocr_available():
        raise Conflict("No recognition engine is installed on this machine.")
    if not set(languages) <= set(ocr_available()):
        raise Invalid("This language is not installed for recognition.", field="language")
    found = uow.session.get(Recognition, component_id, with_for_update=True)
    if found is not None and found.state in AT_WORK:
        raise Conflict("This file is being recognised already.")
    found = _anew(uow, actor, component, found)
    found.languages = " ".join(dict.fromkeys(languages)) or None
    told = {"file": component.name}
    record_document(uow, actor, "component.recognition_asked", document, told, component.id)
    return found


def renew_missing(uow: UnitOfWork) -> int:
    """Begin what waited for an engine, now that there is one; return how many."""
    if not ocr_available():
        return 0
    query = select(Recognition).where(Recognition.state == "missing").limit(MOST_RENEWED)
    waiting = list(uow.session.scalars(query))
    for each in waiting:
        each.state, each.reason_code, each.ended_at = "waiting", None, None
        enqueue(uow, RECOGNISE_JOB, subject_id=each.component_id)
    return len(waiting)


def _anew(
    uow: UnitOfWork, actor: Actor, component: Component, found: Recognition | None
) -> Recognition:
    uow.session.execute(delete(RecognisedPage).where(RecognisedPage.component_id == component.id))
    if found is None:
        found = Recognition(component_id=component.id, document_id=component.document_id)
        uow.session.add(found)
    found.run = uow.new_id()
    found.state, found.pages_done, found.cpu_seconds = "waiting", 0, 0.0
    found.pages_total = component.page_count
    found.confidence = found.reason_code = found.reason_message = found.ended_at = None
    found.asked_at, found.asked_by = uow.now, actor.user_id
    uow.session.flush()
    enqueue(uow, RECOGNISE_JOB, subject_id=component.id)
    return found


def _view(row: Recognition) -> RecognitionView:
    return RecognitionView(
        row.component_id,
        row.state,
        row.pages_done,
        row.pages_total,
        row.confidence,
        row.languages,
        row.cpu_seconds,
        row.reason_code,
        row.ended_at,
    )
