"""The job that reads a component: its object through the cage, text and facts into the database.

Reading never blocks a document. What a file does to its reader ends as a reason on the component;
only trouble with the store (which passes) makes the job come again.
"""

from dataclasses import replace
from uuid import UUID

from records.core.database import Database, UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply, Handler
from records.documents.components import component_with_key
from records.documents.faces import face_of_reading, seal_face
from records.documents.models import Component
from records.documents.rules import ComponentRole, TextState
from records.documents.texts import ReadingResult, keep_reading, seal_text
from search.reading import Cage, Reading, ReasonCode
from storage import ObjectDamaged, StorageError, Vault

# Why a file with pages to look at gave no text.
PATIENT_ATTEMPTS = 3
PICTURES_OF_TEXT = frozenset(
    {
        ReasonCode.IMAGE_ONLY.value,
        ReasonCode.GARBLED.value,
        # Some pages alone: the text of the others is there at once.
        ReasonCode.PARTLY_SCANNED.value,
    }
)
# Made from a component that is recognised itself.
_MADE_HERE = frozenset({ComponentRole.SEARCHABLE.value, ComponentRole.STAMPED.value})


def awaits_recognition(role: str, reason_code: str | None) -> bool:
    """Return whether the text of a component is left to recognition (`records.scans`)."""
    return role not in _MADE_HERE and reason_code in PICTURES_OF_TEXT


class ComponentReader:
    """Does the jobs `component.read`.

    Args:
        recognises: Whether scanned pages are recognised here; their text is pending until then.
    """

    def __init__(
        self, database: Database, vault: Vault, cage: Cage, *, recognises: bool = False
    ) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage
        self._recognises = recognises

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Read one component.

        Raises:
            StorageError: The store cannot be reached now.
        """
        with self._database.reading() as uow:
            found = component_with_key(uow, job.subject_id)
        if found is None:
            return lambda _: None  # destroyed meanwhile
        component, wrapped_key = found
        result = self._read(component, wrapped_key, is_patient=job.attempts < PATIENT_ATTEMPTS)
        return lambda uow: _keep(uow, component.id, result)

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell on the component why it could not be read."""
        if job.subject_id is not None:
            code = error.code if isinstance(error, StorageError) else "unreadable"
            _keep(uow, job.subject_id, _failed(code, str(error)))

    def _read(self, component: Component, wrapped_key: bytes, *, is_patient: bool) -> ReadingResult:
        if component.size_bytes > self._cage.most_bytes:
            message = f"more than {self._cage.most_bytes} bytes"
            return _failed(ReasonCode.TOO_LARGE.value, message)
        try:
            reading = self._cage.read(
                self._vault.read(component.object_name, wrapped_key),
                file_name=component.name,
                media_type=component.media_type,
            )
        except StorageError as error:
            # What came back damaged may be whole when the store is asked again.
            if error.retryable or (is_patient and isinstance(error, ObjectDamaged)):
                raise
            return _failed(error.code, str(error))
        result = self._result(reading, wrapped_key)
        awaits = self._recognises and awaits_recognition(component.role, result.reason_code)
        # Where only some pages are scanned the others are found meanwhile.
        if awaits and result.state is TextState.NONE:
            return replace(result, state=TextState.PENDING)
        return result

    def _result(self, reading: Reading, wrapped_key: bytes) -> ReadingResult:
        reason = reading.reason
        return ReadingResult(
            state=TextState(reading.outcome),
            reason_code=reason.code.value if reason else None,
            reason_message=reason.message if reason else None,
            page_count=reading.page_count,
            attributes=reading.attributes,
            attachments=[
                {"name": each.name, "media_type": each.media_type, "size_bytes": each.size_bytes}
                for each in reading.attachments
            ],
            signatures=reading.signatures,
            sealed_text=(
                seal_text(self._vault, wrapped_key, reading.pages) if reading.pages else None
            ),
            media_type=reading.media_type,
            sealed_face=self._sealed_face(reading, wrapped_key),
        )

    def _sealed_face(self, reading: Reading, wrapped_key: bytes) -> bytes | None:
        if not reading.pages:
            return None
        return seal_face(self._vault, wrapped_key, face_of_reading(reading))


def _keep(uow: UnitOfWork, component_id: UUID, result: ReadingResult) -> None:
    component = uow.session.get(Component, component_id)
    if component is not None:
        keep_reading(uow, component, result)


def _failed(code: str, message: str) -> ReadingResult:
    return ReadingResult(TextState.FAILED, code, message[:500], None, {}, [], 0, None)
