"""The job that recognises a component, page by page: each page is kept as soon as it is read.

One run of the job does as many pages as fit into a slice of time and leaves the rest to the next,
so that a stack of hundreds does not hold up a letter of one, and a worker that is killed loses one
page. When all pages are there, text, page face and the searchable copy are made of them together.
Of a PDF with text on some pages only the others are recognised, and its text is kept.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import select

from records.core.database import Database, UnitOfWork
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler
from records.documents.components import component_with_key
from records.documents.faces import face_of_reading, seal_face
from records.documents.intake import keep_objects
from records.documents.models import Component, ComponentText, Document
from records.documents.rules import ComponentRole, TextState
from records.documents.service import add_derived
from records.documents.texts import PDF, ReadingResult, keep_reading, open_text, seal_text
from records.scans.following import NOTHING_FOUND, RECOGNISE_JOB, facts_of, settle, without_text
from records.scans.models import RecognisedPage, Recognition
from records.scans.pages import Keyed, page_row, recognised_pages
from search.reading import Cage, Layout, Reading, ReasonCode, Recognised, UnreadableError
from storage import Received, StorageError, Vault

logger = logging.getLogger(__name__)

SLICE_SECONDS = 20.0
# Of a page with fewer sure letters than this the reader is told to look twice.
UNSURE_BELOW = 0.8


@dataclass(frozen=True)
class Work:
    """What one run of the job needs, read at one moment.

    Attributes:
        typed: What a file says of itself of which only some pages are scanned.
    """

    recognition: Recognition
    component: Component
    wrapped_key: bytes
    present: frozenset[int]
    typed: Reading | None = None

    @property
    def keyed(self) -> Keyed:
        """The component with its key."""
        return self.component.id, self.wrapped_key


class Recogniser:
    """Does the jobs `scans.recognise`.

    Args:
        stop: Set when the worker is to end; a run then ends after the page it is at.
    """

    def __init__(
        self, database: Database, vault: Vault, cage: Cage, stop: threading.Event | None = None
    ) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage
        self._stop = stop or threading.Event()

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Recognise pages of one component for a slice of time.

        Raises:
            StorageError: The store cannot be reached now.
        """
        assert job.subject_id is not None
        work = self._gather(job.subject_id)
        if work is None:
            return lambda _: None
        run = work.recognition.run
        try:
            work = replace(work, typed=self._typed(work))
            wanted = self._begin(work)
            if not self._recognise_pages(work, wanted):
                return lambda uow: _go_on(uow, work.component.id, run)
            return self._whole(work, wanted)
        except UnreadableError as error:
            code, message = error.reason.code.value, error.reason.message
        except StorageError as error:
            if error.retryable:
                raise
            code, message = error.code, str(error)
        return lambda uow: fail_recognition(uow, work.component.id, run, code, message)

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell on the component why it could not be recognised."""
        found = uow.session.get(Recognition, job.subject_id) if job.subject_id else None
        if found is not None:
            code = error.code if isinstance(error, StorageError) else "crashed"
            fail_recognition(uow, found.component_id, found.run, code, str(error))

    def _gather(self, component_id: UUID) -> Work | None:
        with self._database.reading() as uow:
            recognition = uow.session.get(Recognition, component_id)
            if recognition is None or recognition.state not in ("waiting", "running"):
                return None
            found = component_with_key(uow, component_id)
            if found is None:
                return None  # destroyed meanwhile
            present = uow.session.scalars(
                select(RecognisedPage.page).where(RecognisedPage.component_id == component_id)
            )
            return Work(recognition, found[0], found[1], frozenset(present))

    def _typed(self, work: Work) -> Reading | None:
        """Return what a file says of which only some pages are scanned; None for other files.

        The file itself is asked, so that it is known as well when its scanned pages have got
        their text and are to be recognised once more.
        """
        component = work.component
        if component.text_state != TextState.DONE or component.media_type != PDF:
            return None
        reading = self._cage.read(
            self._content(work), file_name=component.name, media_type=component.media_type
        )
        partly = reading.reason is not None and reading.reason.code is ReasonCode.PARTLY_SCANNED
        return reading if partly else None

    def _wanted(self, work: Work) -> Sequence[int]:
        """Return the pages that are to be recognised, from 0."""
        if work.typed is not None:
            return [number for number, text in enumerate(work.typed.pages) if not text.strip()]
        return range(
            work.recognition.pages_total
            or len(
                self._cage.page_sizes(
                    self._content(work),
                    file_name=work.component.name,
                    media_type=work.component.media_type,
                )
            )
        )

    def _begin(self, work: Work) -> Sequence[int]:
        """Return the pages that are to be recognised, and say that the work has begun."""
        recognition = work.recognition
        wanted = self._wanted(work)
        if recognition.state == "running" and recognition.pages_total is not None:
            return wanted
        with self._database.writing() as uow:
            found = _held(uow, work.component.id, recognition.run)
            if found is not None:
                found.state, found.pages_total = "running", len(wanted)
                found.pages_done = len(work.present.intersection(wanted))
        return wanted

    def _recognise_pages(self, work: Work, wanted: Sequence[int]) -> bool:
        """Recognise what is missing; return whether all is there."""
        until = time.monotonic() + SLICE_SECONDS
        for number in wanted:
            if number in work.present:
                continue
            if self._stop.is_set() or time.monotonic() >= until:
                return False
            page = self._recognised(work, number)
            row = page_row(self._vault, work.keyed, page)
            with self._database.writing() as uow:
                found = _held(uow, work.component.id, work.recognition.run)
                if found is None:
                    return False  # asked anew, split or destroyed meanwhile
                uow.session.merge(row)
                found.pages_done += 1
                found.cpu_seconds += page.cpu_seconds
        return True

    def _recognised(self, work: Work, number: int) -> Recognised:
        """Return a page; one that cannot be read costs only itself."""
        try:
            return self._cage.recognise(
                self._content(work),
                file_name=work.component.name,
                media_type=work.component.media_type,
                page=number,
                languages=tuple((work.recognition.languages or "").split()),
            )
        except UnreadableError as error:
            logger.warning("Page %d of %s: %s", number + 1, work.component.id, error)
            return Recognised(number, 1.0, 1.0, 0, 0.0, [], 0.0)

    def _whole(self, work: Work, wanted: Sequence[int]) -> Apply:
        """Make of the pages what reading would have made, and the searchable copy."""
        with self._database.reading() as uow:
            pages = recognised_pages(uow, self._vault, work.keyed, numbers=wanted)
        component, run = work.component, work.recognition.run
        if not any(each.lines for each in pages):
            return lambda uow: _keep_nothing(uow, component.id, run)
        result = self._result(work, pages)
        copy = self._searchable(work, pages) if self._is_new(work, pages) else None
        sure = confidence_of(pages)

        def apply(uow: UnitOfWork) -> None:
            found = _held(uow, component.id, run)
            fresh = uow.session.get(Component, component.id)
            if found is None or fresh is None:
                return
            found.state, found.confidence, found.ended_at = "done", sure, uow.now
            found.reason_code = found.reason_message = None
            keep_reading(uow, fresh, result)
            if copy is not None:
                _add_copy(uow, fresh, copy)
            uow.record(
                "component.recognised",
                actor_id=None,
                objects=[fresh.document_id, fresh.id],
                payload={
                    "file": fresh.name,
                    "pages": len(pages),
                    "percent": round((sure or 0) * 100),
                },
            )

        return apply

    def _result(self, work: Work, pages: Sequence[Recognised]) -> ReadingResult:
        texts = _texts(work, pages)
        facts = facts_of(work.component)
        reading = Reading(
            outcome="done",
            media_type=work.component.media_type,
            pages=texts,
            page_count=len(texts),
            attributes=dict(facts.attributes),
            layouts=_layouts(work, pages),
        )
        face = face_of_reading(reading)
        return replace(
            facts,
            state=TextState.DONE,
            reason_code=None,
            reason_message=None,
            page_count=facts.page_count or len(texts),
            sealed_text=seal_text(self._vault, work.wrapped_key, texts),
            sealed_face=seal_face(self._vault, work.wrapped_key, face),
        )

    def _is_new(self, work: Work, pages: Sequence[Recognised]) -> bool:
        """Return whether there is no searchable copy yet with just this text."""
        with self._database.reading() as uow:
            copied = uow.session.scalar(
                select(Component.id)
                .where(
                    Component.derived_from == work.component.id,
                    Component.document_id == work.component.document_id,
                    Component.role == ComponentRole.SEARCHABLE.value,
                )
                .limit(1)
            )
            kept = uow.session.get(ComponentText, work.component.id)
        if copied is None or kept is None:
            return True
        before = open_text(self._vault, work.wrapped_key, kept.sealed)
        return before != _texts(work, pages)

    def _searchable(self, work: Work, pages: Sequence[Recognised]) -> tuple[Received, str] | None:
        """Return the searchable copy, received and kept; the text is worth having without it."""
        try:
            pdf = self._cage.searchable(
                self._content(work),
                file_name=work.component.name,
                media_type=work.component.media_type,
                pages=pages,
            )
        except UnreadableError as error:
            logger.warning("No searchable copy of %s: %s", work.component.id, error)
            return None
        name = f"{PurePosixPath(work.component.name).stem}.pdf"
        received = self._vault.receive([pdf], limit_bytes=len(pdf), file_name=name)
        keep_objects(self._database, self._vault, [received])
        return received, name

    def _content(self, work: Work) -> Iterator[bytes]:
        return self._vault.read(work.component.object_name, work.wrapped_key)


def _texts(work: Work, pages: Sequence[Recognised]) -> list[str]:
    """Return the text of all pages: as recognised, or as the file has it."""
    if work.typed is None:
        return [each.text() for each in pages]
    texts = list(work.typed.pages)
    for each in pages:
        texts[each.page] = each.text()
    return texts


def _layouts(work: Work, pages: Sequence[Recognised]) -> list[Layout]:
    """Return where the lines stand, likewise."""
    found = {each.page: each for each in (work.typed.layouts if work.typed else ())}
    found |= {each.page: each.layout() for each in pages}
    return [found[number] for number in sorted(found)]


def confidence_of(pages: Sequence[Recognised]) -> float | None:
    """Return how sure the recognition of pages is, by the letters on them; None without any."""
    letters = [sum(len(line.text) for line in each.lines) for each in pages]
    if not sum(letters):
        return None
    weighed = sum(each.confidence * count for each, count in zip(pages, letters, strict=True))
    return float(weighed / sum(letters))


def fail_recognition(
    uow: UnitOfWork, component_id: UUID, run: UUID, code: str, message: str
) -> None:
    """Say why a component could not be recognised; its pages can be looked at all the same."""
    found = _held(uow, component_id, run)
    component = uow.session.get(Component, component_id)
    if found is None or component is None:
        return
    found.state, found.reason_code, found.ended_at = "failed", code, uow.now
    found.reason_message = message[:500]
    settle(uow, component)
    uow.record(
        "component.not_recognised",
        actor_id=None,
        objects=[component.document_id, component_id],
        payload={"file": component.name, "reason": code},
    )


def _keep_nothing(uow: UnitOfWork, component_id: UUID, run: UUID) -> None:
    found = _held(uow, component_id, run)
    component = uow.session.get(Component, component_id)
    if found is not None and component is not None:
        found.state, found.ended_at = "done", uow.now
        found.reason_code = NOTHING_FOUND
        if component.text_state == TextState.PENDING:
            code = component.reason_code or NOTHING_FOUND
            keep_reading(uow, component, without_text(component, code, "no text was recognised"))


def _go_on(uow: UnitOfWork, component_id: UUID, run: UUID) -> None:
    """Leave the rest to another run, behind those that wait; progress gives it all its tries."""
    if _held(uow, component_id, run) is not None:
        enqueue(uow, RECOGNISE_JOB, subject_id=component_id)


def _held(uow: UnitOfWork, component_id: UUID, run: UUID) -> Recognition | None:
    """Return a recognition that is still at this run, held until the unit ends."""
    found = uow.session.get(Recognition, component_id, with_for_update=True)
    if found is None or found.run != run or found.state not in ("waiting", "running"):
        return None
    return found


def _add_copy(uow: UnitOfWork, component: Component, copy: tuple[Received, str]) -> None:
    document = uow.session.get_one(Document, component.document_id)
    add_derived(uow, document, [copy], role=ComponentRole.SEARCHABLE, derived_from=component.id)
