"""What reading brings: asked for by a job, kept beside the component, sealed under its own key."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from records.core.database import UnitOfWork
from records.core.jobs import enqueue
from records.documents.models import Component, ComponentText, Document, PageFace
from records.documents.rules import TextState
from storage import Vault

READ_JOB = "component.read"
# Done above this topic, by `records.seals`, which knows signatures.
CHECK_SIGNATURES_JOB = "seals.check_signatures"
# Done above this topic, by `records.scans`, when the text of a component is left to recognition.
FOLLOW_SCAN_JOB = "scans.follow"
# Follows when all files of a document are read, and again whenever one was read anew; what follows
# from it is done above this topic.
WAS_READ_JOB = "reading.done"
PDF = "application/pdf"
ENVELOPE = "application/pkcs7-mime"
MAIL = "message/rfc822"
SIGNED_TYPES = frozenset({PDF, ENVELOPE, MAIL})
# Done by `unpacking`.
UNPACK_JOB = "reading.unpack"
# What has files in it that are taken out; of a mail only if there are any.
_CONTAINERS = frozenset(
    {
        *("application/zip", "application/x-7z-compressed", "application/x-tar"),
        *("application/mbox", "application/vnd.ms-outlook", "application/vnd.ms-tnef"),
        *(MAIL, ENVELOPE),
    }
)
TEXT_LABEL = "text"


@dataclass(frozen=True)
class ReadingResult:
    """What reading a component brought, ready to be kept.

    Attributes:
        state: done, none or failed.
        media_type: What the content turned out to be; None leaves what was known.
        sealed_text: Text as made by `seal_text`, None when there is none.
        sealed_face: Page face as made by `faces.seal_face`, None when there is no text.
    """

    state: TextState
    reason_code: str | None
    reason_message: str | None
    page_count: int | None
    attributes: Mapping[str, str]
    attachments: Sequence[Any]
    signatures: int
    sealed_text: bytes | None
    media_type: str | None = None
    sealed_face: bytes | None = None


def enqueue_reading(uow: UnitOfWork, components: Iterable[Component]) -> None:
    """Ask the worker to read components."""
    for component in components:
        enqueue(uow, READ_JOB, subject_id=component.id)


def keep_reading(uow: UnitOfWork, component: Component, result: ReadingResult) -> None:
    """Keep what reading brought; the document is read when all its components are."""
    component.text_state = result.state.value
    component.reason_code = result.reason_code
    component.reason_message = result.reason_message
    component.page_count = result.page_count
    component.attributes = dict(result.attributes)
    component.attachments = list(result.attachments)
    component.signatures = result.signatures
    component.media_type = result.media_type or component.media_type
    uow.session.flush()
    _replace(uow, ComponentText, component.id, result.sealed_text)
    _replace(uow, PageFace, component.id, result.sealed_face)
    if result.state is TextState.PENDING:
        enqueue(uow, FOLLOW_SCAN_JOB, subject_id=component.document_id)
    if _settle_text(uow, component.document_id) is not TextState.PENDING:
        enqueue(uow, WAS_READ_JOB, subject_id=component.document_id)
    if component.attachments and component.media_type in _CONTAINERS:
        enqueue(uow, UNPACK_JOB, subject_id=component.id)
    if _may_be_signed(component):
        enqueue(uow, CHECK_SIGNATURES_JOB, subject_id=component.id)
    uow.record(
        "component.read",
        actor_id=None,
        objects=[component.document_id, component.id],
        payload={
            "file": component.name,
            "state": result.state.value,
            "reason": result.reason_code,
        },
    )


def _replace(
    uow: UnitOfWork,
    table: type[ComponentText] | type[PageFace],
    component_id: UUID,
    sealed: bytes | None,
) -> None:
    kept = uow.session.get(table, component_id)
    if kept is not None:
        uow.session.delete(kept)
        uow.session.flush()
    if sealed is not None:
        uow.session.add(table(component_id=component_id, sealed=sealed))


def seal_text(vault: Vault, wrapped_key: bytes, pages: Sequence[str]) -> bytes:
    """Return the text of a component, compressed and encrypted under its data key."""
    clear = zlib.compress(json.dumps(list(pages), ensure_ascii=False).encode(), 6)
    return vault.seal(wrapped_key, TEXT_LABEL, clear)


def open_text(vault: Vault, wrapped_key: bytes, sealed: bytes) -> list[str]:
    """Return the pages of text that `seal_text` closed."""
    pages: list[str] = json.loads(zlib.decompress(vault.unseal(wrapped_key, TEXT_LABEL, sealed)))
    return pages


def _may_be_signed(component: Component) -> bool:
    if component.media_type not in SIGNED_TYPES:
        return False
    # Of a PDF that could not be read nobody knows: another reader may still find its signatures.
    unread = component.text_state == TextState.FAILED.value and component.media_type == PDF
    return component.media_type == ENVELOPE or bool(component.signatures) or unread


def _settle_text(uow: UnitOfWork, document_id: UUID) -> TextState:
    """Work out how far reading a document has come, and return it."""
    rows = uow.session.execute(
        select(Component.text_state, Component.reason_code)
        .where(Component.document_id == document_id)
        .order_by(Component.position)
    ).all()
    states = [TextState(row[0]) for row in rows]
    # One readable file makes the document findable by text; pending means that more may come.
    for state in (TextState.PENDING, TextState.DONE, TextState.FAILED, TextState.NONE):
        if state in states:
            break
    reason = next((row[1] for row in rows if row[1] and row[0] == state.value), None)
    uow.session.execute(
        update(Document)
        .where(Document.id == document_id)
        .values(text_state=state.value, text_reason=reason)
    )
    return state
