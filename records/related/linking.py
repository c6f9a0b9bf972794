"""Use cases of links made by hand: two documents that somebody may see, joined for a reason.

The log tells each document's side without naming the other: whoever sees only one of the two is
not told of the other by its timeline.
"""

from uuid import UUID

from sqlalchemy import and_, or_, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import clean, filled
from records.documents.listing import DocumentLine, lines_of
from records.documents.models import Document
from records.documents.numbers import normalise_document_number
from records.documents.rules import check_not_voided
from records.documents.service import record_document
from records.documents.visibility import get_document, visible
from records.people.rules import Act, Actor, Role, check_clerk, check_may
from records.registration.models import Registration
from records.registration.rules import RegistrationState
from records.related.models import BorneNumber, DocumentLink
from records.related.rules import MUTUAL, Direction, LinkKind

MOST_CHOICES = 8


def add_link(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    other_id: UUID,
    kind: LinkKind,
    direction: Direction = Direction.OUTGOING,
    reason: str | None = None,
) -> DocumentLink:
    """Link a document with another that this person sees as well.

    Args:
        direction: Outgoing: this document answers (cites, …) the other; incoming: it is answered.

    Raises:
        NotAllowed: The person keeps neither the register of this document nor the archive.
        NotFound: One of the two does not exist, or this person may not know that it does.
        Invalid: The two are one.
        Conflict: They are linked in this way, or one was voided.
    """
    document = _kept(uow, actor, document_id)
    other = get_document(uow, actor, other_id)
    if document.id == other.id:
        raise Invalid("A document is not linked with itself.", field="other")
    check_not_voided(document.state)
    check_not_voided(other.state)
    pair = (document, other) if direction is Direction.OUTGOING else (other, document)
    if _find(uow, pair[0].id, pair[1].id, kind) is not None:
        raise Conflict("These two are linked in this way.", field="other")
    link = DocumentLink(
        id=uow.new_id(),
        from_id=pair[0].id,
        to_id=pair[1].id,
        kind=kind.value,
        reason=clean(reason or "").strip() or None,
        made_at=uow.now,
        made_by=actor.user_id,
    )
    uow.session.add(link)
    uow.session.flush()
    _record(uow, actor, "document.linked", link, pair, link.reason)
    return link


def remove_link(
    uow: UnitOfWork, actor: Actor, *, document_id: UUID, link_id: UUID, reason: str
) -> None:
    """Take a link that was made by hand away; the log keeps that it was there, and why it went.

    Raises:
        NotAllowed: The person keeps neither the register of this document nor the archive.
        NotFound: There is no such link, or one of the two is hidden from this person.
        Invalid: No reason.
    """
    document = _kept(uow, actor, document_id)
    link = uow.session.get(DocumentLink, link_id)
    if link is None or document.id not in (link.from_id, link.to_id):
        raise NotFound
    pair = (get_document(uow, actor, link.from_id), get_document(uow, actor, link.to_id))
    reason = filled(reason, "reason")
    uow.session.delete(link)
    _record(uow, actor, "document.unlinked", link, pair, reason)


def find_by_number(
    uow: UnitOfWork, actor: Actor, text: str, *, besides: UUID | None = None
) -> list[DocumentLine]:
    """Return the visible documents of a number: that of our book, or the sender's."""
    typed = text.strip()
    if not typed:
        return []
    number = normalise_document_number(typed)
    ids: list[UUID] = []
    for column, value, owner in (
        (Registration.text, typed, Registration.document_id),
        (Document.document_number, number, Document.id),
        (BorneNumber.number, number, BorneNumber.document_id),
    ):
        query = select(owner).where(column == value, visible(uow, actor, owner))
        if owner is Registration.document_id:
            query = query.where(Registration.state == RegistrationState.CURRENT.value)
        ids += uow.session.scalars(query.order_by(owner.desc()).limit(MOST_CHOICES))
    wanted = [each for each in dict.fromkeys(ids) if each != besides][:MOST_CHOICES]
    lines = lines_of(uow, wanted)
    return [lines[each] for each in wanted if each in lines]


def may_link(actor: Actor, document: Document) -> bool:
    """Tell whether this person may link a document; the services decide again."""
    if not actor.may(Act.FILE):
        return False
    return Role.ARCHIVIST in actor.roles or document.clerk_unit_id in actor.clerk_units


def _kept(uow: UnitOfWork, actor: Actor, document_id: UUID) -> Document:
    check_may(actor, Act.FILE)
    document = get_document(uow, actor, document_id, for_update=True)
    if Role.ARCHIVIST not in actor.roles:
        check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    return document


def _find(uow: UnitOfWork, from_id: UUID, to_id: UUID, kind: LinkKind) -> DocumentLink | None:
    pairs = and_(DocumentLink.from_id == from_id, DocumentLink.to_id == to_id)
    if kind in MUTUAL:
        pairs = or_(pairs, and_(DocumentLink.from_id == to_id, DocumentLink.to_id == from_id))
    return uow.session.scalar(select(DocumentLink).where(pairs, DocumentLink.kind == kind.value))


def _record(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    link: DocumentLink,
    pair: tuple[Document, Document],
    reason: str | None,
) -> None:
    for document, direction in zip(pair, (Direction.OUTGOING, Direction.INCOMING), strict=True):
        payload = {"link": link.kind, "direction": direction.value, "reason": reason}
        record_document(uow, actor, kind, document, payload, link.id)
