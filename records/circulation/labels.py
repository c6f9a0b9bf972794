"""The random code on the label of a paper original: it finds the document, and tells nothing."""

import base64
import secrets
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import DocumentLabel
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Document
from records.documents.visibility import get_document, visible
from records.people.rules import Actor

CODE_BYTES = 16


def label_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> str:
    """Return the code of a document's label; the first time it is made."""
    document = get_document(uow, actor, document_id)
    code = known_label(uow, actor, document_id)
    if code is not None:
        return code
    code = _new_code()
    uow.session.add(DocumentLabel(code=code, document_id=document_id, created_at=uow.now))
    uow.session.flush()
    uow.record(
        "label.made",
        actor_id=actor.user_id,
        objects=[document_id],
        payload={**actor.signature(), "number": document.number},
    )
    return code


def known_label(uow: UnitOfWork, actor: Actor, document_id: UUID) -> str | None:
    """Return the code of a document's label, None while nobody has printed one."""
    query = select(DocumentLabel.code).where(
        DocumentLabel.document_id == document_id,
        visible(uow, actor, DocumentLabel.document_id),
    )
    return uow.session.scalar(query)


def document_by_label(uow: UnitOfWork, actor: Actor, code: str) -> Document:
    """Return the document whose paper carries a code.

    Raises:
        NotFound: Nobody knows the code, or this person may not know of the document.
    """
    query = (
        select(Document)
        .join(DocumentLabel, DocumentLabel.document_id == Document.id)
        .where(DocumentLabel.code == code.lower(), visible(uow, actor))
    )
    found = uow.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _new_code() -> str:
    """Return 128 random bits in 26 letters and digits without look-alikes (RFC 4648, base 32)."""
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()
