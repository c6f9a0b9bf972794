"""What makes a message the same when it comes again: its Message-ID and what its sender wrote."""

import hashlib
from email.message import Message
from uuid import UUID

from sqlalchemy import select

from records.channels.models import RegisteredMail
from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.documents.models import Document

_WRITTEN = ("From", "Date", "Subject")
_MAX_ID = 500


def digest_of(head: Message, content: bytes) -> bytes:
    """Return the SHA-256 over sender, date, subject and body as they came.

    Servers add lines on the way (Received, Delivered-To …), so a message that was delivered twice
    differs in its bytes, never in these.
    """
    total = hashlib.sha256()
    for name in _WRITTEN:
        total.update(f"{name}: {head.get(name, '')}\n".encode("utf-8", "surrogateescape"))
    end = min((each for each in map(content.find, (b"\r\n\r\n", b"\n\n")) if each >= 0), default=0)
    total.update(content[end:].replace(b"\r\n", b"\n").strip())
    return total.digest()


def source_of(head: Message, digest: bytes) -> str:
    """Return the source id of a message: its Message-ID, else the digest."""
    named = "".join(str(head.get("Message-ID", "")).split()).strip("<>")
    if named and len(named) <= _MAX_ID and named.isprintable():
        return f"mail:{named}"
    return f"mail:sha256:{digest.hex()}"


def document_of_mail(
    uow: UnitOfWork, register_id: UUID, source_id: str, digest: bytes
) -> tuple[Document | None, str]:
    """Return the document that a message became, and the source id under which it is, or will be.

    Two messages that differ and have one Message-ID are two: the second is known by its digest too.
    """
    other = told_apart(source_id, digest)
    query = (
        select(RegisteredMail, Document)
        .join(Document, Document.id == RegisteredMail.document_id)
        .where(
            RegisteredMail.register_id == register_id,
            RegisteredMail.source_id.in_([source_id, other]),
        )
    )
    rows = {mail.source_id: (mail, document) for mail, document in uow.session.execute(query)}
    if source_id not in rows:
        return None, source_id
    mail, document = rows[source_id]
    if mail.digest in (None, digest):
        return document, source_id
    return (rows[other][1] if other in rows else None), other


def differing(uow: UnitOfWork, register_id: UUID, source_id: str) -> Conflict:
    """Return the refusal of a message that differs from the one with the same Message-ID."""
    query = (
        select(Document.number)
        .join(RegisteredMail, RegisteredMail.document_id == Document.id)
        .where(RegisteredMail.register_id == register_id, RegisteredMail.source_id == source_id)
    )
    return Conflict(
        "Another message with the same Message-ID is registered as %(number)s, and the two differ.",
        {"number": uow.session.scalar(query) or ""},
        field="Message-ID",
    )


def told_apart(source_id: str, digest: bytes) -> str:
    """Return the source id of the second of two messages with one Message-ID."""
    return f"{source_id}#{digest.hex()[:32]}"


def remember_mail(
    uow: UnitOfWork, register_id: UUID, source_id: str, digest: bytes | None, document_id: UUID
) -> None:
    """Remember that a message became a document; a second worker that does the same fails here."""
    uow.session.add(
        RegisteredMail(
            register_id=register_id, source_id=source_id, digest=digest, document_id=document_id
        )
    )
    uow.session.flush()
