"""Threads of mail: messages that follow each other, whoever came in first.

A mail belongs to those that it names in In-Reply-To and References, to those that name it, and to
those that name the same ones. A reply that names nobody is joined by its subject, but never by that
alone: two of the people must be the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.documents.listing import DocumentLine, lines_of
from records.documents.visibility import get_document, visible
from records.people.rules import Actor
from records.related.excerpts import excerpts_of
from records.related.models import MailMessage, MailReference
from records.related.tokens import joined, parted, token
from storage import Vault

MOST_MAILS = 100
_MOST_REFERENCES = 60
_MOST_PEOPLE = 40
_MOST_WITH_SUBJECT = 50
_SHARED_PEOPLE = 2
_ID = re.compile(r"<[^<>\s]{3,500}>")
_REPLY = re.compile(
    r"^(?:\s*(?:re|aw|sv|fw|fwd|wg|回复|答复|回覆|答覆|转发|轉寄|轉發)\s*(?:\[\d+\])?\s*[:：])+\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mail:
    """What the header of a mail says of its thread, in tokens.

    Attributes:
        is_reply: Whether the subject says that something came before.
    """

    message: bytes | None
    references: frozenset[bytes]
    subject: bytes | None
    people: frozenset[bytes]
    sent_at: datetime | None
    is_reply: bool


@dataclass(frozen=True)
class ThreadLine:
    """One mail of a thread that its reader may see.

    Attributes:
        excerpt: How it begins; None where that was not asked for, or it has no text.
    """

    document: DocumentLine
    sent_at: datetime | None
    is_this: bool
    excerpt: str | None = None


def read_mail(attributes: Mapping[str, str], key: bytes) -> Mail:
    """Return what the attributes of a mail say of its thread."""
    own = next(iter(_ids(attributes.get("message_id", ""))), None)
    named = [*_ids(attributes.get("in_reply_to", "")), *_ids(attributes.get("references", ""))]
    subject = attributes.get("subject", "")
    bare = " ".join(_REPLY.sub("", subject).casefold().split())
    headers = [attributes.get(name, "") for name in ("from", "to", "cc")]
    people = {address.casefold() for _, address in getaddresses(headers) if "@" in address}
    return Mail(
        message=token(key, "message", own) if own else None,
        references=frozenset(
            token(key, "message", each) for each in named[-_MOST_REFERENCES:] if each != own
        ),
        subject=token(key, "subject", bare) if bare else None,
        people=frozenset(token(key, "person", each) for each in sorted(people)[:_MOST_PEOPLE]),
        sent_at=_instant(attributes.get("date", "")),
        is_reply=_REPLY.match(subject) is not None,
    )


def keep_mail(uow: UnitOfWork, document_id: UUID, mail: Mail | None) -> None:
    """Keep what a mail says of its thread, and join it to the others."""
    uow.session.execute(delete(MailReference).where(MailReference.document_id == document_id))
    kept = uow.session.get(MailMessage, document_id)
    if mail is None:
        if kept is not None:
            uow.session.delete(kept)
        return
    threads = _threads(uow, document_id, mail)
    if kept is not None:
        threads.add(kept.thread_id)
    thread_id = min(threads, default=document_id)
    if threads - {thread_id}:
        uow.session.execute(
            update(MailMessage)
            .where(MailMessage.thread_id.in_(threads - {thread_id}))
            .values(thread_id=thread_id)
        )
    values = {
        "document_id": document_id,
        "thread_id": thread_id,
        "message": mail.message,
        "subject": mail.subject,
        "people": joined(mail.people),
        "sent_at": mail.sent_at,
    }
    writing = insert_into(uow.session, table_of(MailMessage)).values(values)
    uow.session.execute(writing.on_conflict_do_update(index_elements=["document_id"], set_=values))
    rows = [{"document_id": document_id, "message": each} for each in sorted(mail.references)]
    if rows:
        uow.session.execute(table_of(MailReference).insert(), rows)


def _threads(uow: UnitOfWork, document_id: UUID, mail: Mail) -> set[UUID]:
    """Return the threads that a mail belongs to; several when it is what joins them."""
    known = mail.references | ({mail.message} if mail.message else set())
    found: set[UUID] = set()
    if known:
        named = select(MailMessage.thread_id).where(
            MailMessage.message.in_(known), MailMessage.document_id != document_id
        )
        following = (
            select(MailMessage.thread_id)
            .join(MailReference, MailReference.document_id == MailMessage.document_id)
            .where(MailReference.message.in_(known), MailMessage.document_id != document_id)
            .distinct()
        )
        found = {*uow.session.scalars(named), *uow.session.scalars(following)}
    if not found and not mail.references and mail.is_reply and mail.subject:
        found = _by_subject(uow, document_id, mail)
    return found


def _by_subject(uow: UnitOfWork, document_id: UUID, mail: Mail) -> set[UUID]:
    query = (
        select(MailMessage.thread_id, MailMessage.people)
        .where(MailMessage.subject == mail.subject, MailMessage.document_id != document_id)
        .order_by(MailMessage.document_id.desc())
        .limit(_MOST_WITH_SUBJECT)
    )
    for thread_id, people in uow.session.execute(query):
        if len(parted(people) & mail.people) >= _SHARED_PEOPLE:
            return {thread_id}
    return set()


def thread_of(
    uow: UnitOfWork,
    actor: Actor,
    document_id: UUID,
    *,
    vault: Vault | None = None,
    limit: int = MOST_MAILS,
) -> list[ThreadLine]:
    """Return the mails of a document's thread in the order in which they were sent.

    Empty when the document is no mail, or stands alone as far as this person may see.

    Args:
        vault: Opens the texts, if excerpts are wanted.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    get_document(uow, actor, document_id)
    thread = (
        select(MailMessage.thread_id)
        .where(MailMessage.document_id == document_id)
        .scalar_subquery()
    )
    query = (
        select(MailMessage.document_id, MailMessage.sent_at)
        .where(MailMessage.thread_id == thread, visible(uow, actor, MailMessage.document_id))
        .order_by(func.coalesce(MailMessage.sent_at, datetime.max.replace(tzinfo=UTC)))
        .order_by(MailMessage.document_id)
        .limit(limit)
    )
    rows = uow.session.execute(query).all()
    if len(rows) < 2:
        return []
    ids = [row[0] for row in rows]
    lines = lines_of(uow, ids)
    begin = excerpts_of(uow, vault, ids) if vault is not None else {}
    return [
        ThreadLine(lines[row[0]], row[1], row[0] == document_id, begin.get(row[0]))
        for row in rows
        if row[0] in lines
    ]


def _ids(header: str) -> list[str]:
    return [found[0] for found in _ID.finditer(header)]


def _instant(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
