"""What follows when a file was read: stacks are looked at, and what has no text is recognised.

Until that has come to its end the text of the component is `pending`, so that whoever waits for
the text of a document waits for its recognition too.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.core.jobs import Job, enqueue
from records.core.runner import Apply
from records.documents.components import components_of
from records.documents.models import Component
from records.documents.reading import awaits_recognition
from records.documents.rules import TextState
from records.documents.texts import ReadingResult, keep_reading
from records.scans.models import RecognisedPage, Recognition, Split, Stack
from records.scans.plans import SeenPage, propose
from records.scans.splitting import LOOK_JOB, SPLIT_JOB
from records.scans.stacks import is_stack
from search.reading import ReasonCode, ocr_available

RECOGNISE_JOB = "scans.recognise"
# Reasons of a recognition that is not at work.
NO_ENGINE, NOTHING_FOUND, SPLIT = "no_ocr", "nothing_recognised", "split"


def follow(job: Job) -> Apply:
    """Do the job `scans.follow`: look at what reading has left without text."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            follow_reading(uow, job.subject_id)

    return apply


def follow_reading(uow: UnitOfWork, document_id: UUID) -> None:
    """Begin what a document that was read still needs; done twice it changes nothing."""
    split = uow.session.get(Split, document_id)
    for component in components_of(uow, document_id):
        awaited = split is not None and split.component_id == component.id
        if awaited and split is not None and split.state == "awaited":
            _look_first(uow, component, split)
        elif awaits_recognition(component.role, component.reason_code):
            _look_or_recognise(uow, component)


def _look_first(uow: UnitOfWork, component: Component, split: Split) -> None:
    if component.text_state == TextState.FAILED or not is_stack(component):
        _end_waiting(uow, split, "no_stack")
        _look_or_recognise(uow, component)
    else:
        enqueue(uow, LOOK_JOB, subject_id=component.id)


def _look_or_recognise(uow: UnitOfWork, component: Component) -> None:
    if not awaits_recognition(component.role, component.reason_code):
        return
    if is_stack(component) and uow.session.get(Stack, component.id) is None:
        enqueue(uow, LOOK_JOB, subject_id=component.id)
    else:
        begin_recognition(uow, component)


def after_look(uow: UnitOfWork, component_id: UUID, pages: Sequence[SeenPage]) -> None:
    """Go on when a stack was looked at: split it where that is awaited, else recognise it."""
    component = uow.session.get(Component, component_id)
    if component is None:
        return
    split = uow.session.get(Split, component.document_id)
    if split is not None and split.component_id == component_id and split.state == "awaited":
        if any(each.sheet is not None for each in pages) and (parts := propose(pages)):
            split.wanted = [each.to_json() for each in parts]
            split.state = "waiting"
            enqueue(uow, SPLIT_JOB, subject_id=component.document_id)
            return
        _end_waiting(uow, split, "no_sheets")
    if awaits_recognition(component.role, component.reason_code):
        begin_recognition(uow, component)


def _end_waiting(uow: UnitOfWork, split: Split, code: str) -> None:
    split.state, split.reason_code, split.ended_at = "failed", code, uow.now
    uow.session.flush()
    uow.record(
        "stack.split_failed",
        actor_id=None,
        objects=[split.document_id, split.component_id],
        payload={"reason": code},
    )


def begin_recognition(
    uow: UnitOfWork, component: Component, *, asked_by: UUID | None = None
) -> Recognition:
    """Ask the worker to recognise a component, unless that has been asked before.

    Pages that are there already, because they were recognised in the stack that this component was
    taken out of, count as done.
    """
    found = uow.session.get(Recognition, component.id)
    if found is not None:
        return found
    present = uow.session.scalar(
        select(func.count())
        .select_from(RecognisedPage)
        .where(RecognisedPage.component_id == component.id)
    )
    found = Recognition(
        component_id=component.id,
        document_id=component.document_id,
        run=uow.new_id(),
        state="waiting",
        pages_done=present or 0,
        pages_total=None if is_partly_scanned(component) else component.page_count,
        cpu_seconds=0.0,
        asked_at=uow.now,
        asked_by=asked_by,
    )
    uow.session.add(found)
    uow.session.flush()
    start(uow, component, found)
    return found


def is_partly_scanned(component: Component) -> bool:
    """Return whether only some pages of a component wait to be recognised."""
    return component.reason_code == ReasonCode.PARTLY_SCANNED


def start(uow: UnitOfWork, component: Component, recognition: Recognition) -> None:
    """Give a recognition that waits to the worker, or say what it lacks."""
    if ocr_available():
        enqueue(uow, RECOGNISE_JOB, subject_id=component.id)
        return
    recognition.state, recognition.reason_code = "missing", NO_ENGINE
    recognition.ended_at = uow.now
    uow.session.flush()
    settle(uow, component)


def settle_stack(uow: UnitOfWork, component_id: UUID) -> None:
    """Say that a stack has no text of its own, where its text was still awaited."""
    component = uow.session.get(Component, component_id)
    if component is not None and component.text_state == TextState.PENDING:
        result = without_text(component, SPLIT, "its pages are documents of their own")
        keep_reading(uow, component, result)


def settle(uow: UnitOfWork, component: Component) -> None:
    """Let the text of a component be none where it was still awaited; its reason stays."""
    if component.text_state == TextState.PENDING:
        code = component.reason_code or ReasonCode.IMAGE_ONLY.value
        keep_reading(uow, component, without_text(component, code, component.reason_message))


def without_text(component: Component, code: str, message: str | None) -> ReadingResult:
    """Return what reading brought for a component, with no text for a reason."""
    return replace(facts_of(component), reason_code=code, reason_message=message)


def facts_of(component: Component) -> ReadingResult:
    """Return what reading brought for a component besides text: nothing of it is lost."""
    return ReadingResult(
        state=TextState.NONE,
        reason_code=component.reason_code,
        reason_message=component.reason_message,
        page_count=component.page_count,
        attributes=dict(component.attributes or {}),
        attachments=list(component.attachments or []),
        signatures=component.signatures or 0,
        sealed_text=None,
        media_type=component.media_type,
    )
