"""The paper original: who hands it to whom, and who confirms to have it.

A hand-over counts when its taker has confirmed it, in the product or with the label in hand. At
most one is on its way at a time. Nobody but a clerk of the register or the present holder hands a
paper over, and nobody gets one who may not see the document.
"""

from uuid import UUID

from sqlalchemy import select

from records.circulation.labels import document_by_label
from records.circulation.models import PaperHolding
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from records.core.news import settle, tell
from records.core.rows import clean
from records.documents.models import Document
from records.documents.visibility import get_document, visible
from records.people.actors import load_actor
from records.people.models import User
from records.people.rules import Act, Actor

TAKER, LABEL = "taker", "label"


def hand_paper(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    to_id: UUID,
    place: str | None = None,
    note: str | None = None,
) -> PaperHolding:
    """Say that the paper goes to a person, who confirms it; one's own taking counts at once.

    Args:
        place: Where it is kept there, such as a room or a shelf.

    Raises:
        NotAllowed: The person neither holds the paper nor keeps the register.
        Conflict: It is on its way already, or lies with that person.
        Invalid: The taker has no open account, or may not see the document.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    holder = holder_of(uow, document.id)
    holder_id = holder.holder_id if holder else None
    if not keeps_paper(actor, document, holder_id):
        raise NotAllowed("Only who has the paper, or the registry, can hand it over.")
    if pending_of(uow, document.id) is not None:
        raise Conflict("The paper is on its way already. Withdraw that hand-over first.")
    if to_id == holder_id:
        raise Conflict("This person has the paper already.")
    taker = _taker(uow, document, to_id)
    holding = PaperHolding(
        id=uow.new_id(),
        document_id=document.id,
        holder_id=to_id,
        given_by=holder_id or actor.user_id,
        place=_text(place),
        note=_text(note),
        handed_at=uow.now,
    )
    uow.session.add(holding)
    _record(uow, actor, "paper.handed", document, holding, taker.name)
    if to_id == actor.user_id:
        _confirm(uow, actor, document, holding, TAKER)
    else:
        tell(
            uow,
            "paper.handed",
            to=[to_id],
            cause=f"paper.handed:{holding.id}",
            subject_id=holding.id,
            document_id=document.id,
        )
    return holding


def confirm_paper(uow: UnitOfWork, actor: Actor, *, holding_id: UUID) -> PaperHolding:
    """Confirm to have the paper; once more changes nothing.

    Raises:
        NotAllowed: It was handed to somebody else.
        Conflict: The hand-over was withdrawn.
    """
    document, holding = get_holding(uow, actor, holding_id)
    if holding.holder_id != actor.user_id:
        raise NotAllowed("Only the person who got the paper can confirm it.")
    if holding.withdrawn_at is not None:
        raise Conflict("This hand-over was withdrawn.")
    if holding.confirmed_at is None:
        _confirm(uow, actor, document, holding, TAKER)
    return holding


def withdraw_paper(uow: UnitOfWork, actor: Actor, *, holding_id: UUID) -> PaperHolding:
    """Take back a hand-over that nobody has confirmed; the taker can refuse it in the same way.

    Raises:
        NotAllowed: It is neither of this person nor of the registers this person keeps.
        Conflict: The taker has confirmed it.
    """
    document, holding = get_holding(uow, actor, holding_id)
    if not may_withdraw(actor, document, holding):
        raise NotAllowed("Only who gave the paper, its taker or the registry can withdraw this.")
    if holding.confirmed_at is not None:
        raise Conflict("The taker has confirmed to have the paper. Hand it over anew.")
    if holding.withdrawn_at is None:
        _withdraw(uow, actor, document, holding)
    return holding


def take_paper(uow: UnitOfWork, actor: Actor, *, code: str) -> PaperHolding:
    """Say with the label in hand that one has the paper now.

    It confirms what was handed to this person; what was on its way to somebody else is withdrawn,
    for the paper is here.

    Raises:
        NotFound: Nobody knows the code, or this person may not know of the document.
    """
    found = document_by_label(uow, actor, code)
    document = get_document(uow, actor, found.id, for_update=True)
    if actor.user_id is None:
        raise NotAllowed("Only a person can have a paper.")
    holder, pending = holder_of(uow, document.id), pending_of(uow, document.id)
    if pending is not None and pending.holder_id != actor.user_id:
        _withdraw(uow, actor, document, pending)
        pending = None
    if holder is not None and holder.holder_id == actor.user_id:
        return holder
    if pending is None:
        pending = PaperHolding(
            id=uow.new_id(),
            document_id=document.id,
            holder_id=actor.user_id,
            given_by=holder.holder_id if holder else None,
            handed_at=uow.now,
        )
        uow.session.add(pending)
    _confirm(uow, actor, document, pending, LABEL)
    return pending


def holder_of(uow: UnitOfWork, document_id: UUID) -> PaperHolding | None:
    """Return who has the paper of a document, None while it never left the registry."""
    query = (
        select(PaperHolding)
        .where(PaperHolding.document_id == document_id, PaperHolding.confirmed_at.is_not(None))
        .order_by(PaperHolding.confirmed_at.desc(), PaperHolding.id.desc())
        .limit(1)
    )
    return uow.session.scalar(query)


def pending_of(uow: UnitOfWork, document_id: UUID) -> PaperHolding | None:
    """Return the hand-over of a document's paper that waits for its taker."""
    query = select(PaperHolding).where(
        PaperHolding.document_id == document_id,
        PaperHolding.confirmed_at.is_(None),
        PaperHolding.withdrawn_at.is_(None),
    )
    return uow.session.scalar(query)


def to_confirm(
    uow: UnitOfWork, actor: Actor, *, limit: int = 50
) -> list[tuple[PaperHolding, Document]]:
    """Return the papers that a person is to confirm, the oldest first."""
    query = (
        select(PaperHolding, Document)
        .join(Document, Document.id == PaperHolding.document_id)
        .where(
            PaperHolding.holder_id == actor.user_id,
            PaperHolding.confirmed_at.is_(None),
            PaperHolding.withdrawn_at.is_(None),
            visible(uow, actor),
        )
        .order_by(PaperHolding.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def get_holding(uow: UnitOfWork, actor: Actor, holding_id: UUID) -> tuple[Document, PaperHolding]:
    """Return a hand-over of a document that a person may see, both to be changed.

    Raises:
        NotFound: There is none, or this person may not know of the document.
    """
    seen = visible(uow, actor, PaperHolding.document_id)
    holding = uow.session.scalar(select(PaperHolding).where(PaperHolding.id == holding_id, seen))
    if holding is None:
        raise NotFound
    # The document is what all acts on its paper wait for.
    document = get_document(uow, actor, holding.document_id, for_update=True)
    uow.session.refresh(holding)
    return document, holding


def keeps_paper(actor: Actor, document: Document, holder_id: UUID | None) -> bool:
    """Tell whether a person may hand the paper over: its holder, and the registry."""
    is_holder = holder_id is not None and holder_id == actor.user_id
    return is_holder or _is_registry(actor, document)


def may_withdraw(actor: Actor, document: Document, holding: PaperHolding) -> bool:
    """Tell whether a person may withdraw a hand-over."""
    concerned = {holding.given_by, holding.holder_id}
    return (actor.user_id is not None and actor.user_id in concerned) or _is_registry(
        actor, document
    )


def _is_registry(actor: Actor, document: Document) -> bool:
    keeps = actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units
    return keeps or actor.is_service


def _taker(uow: UnitOfWork, document: Document, to_id: UUID) -> Actor:
    try:
        taker = load_actor(uow, to_id)
    except NotSignedIn:
        raise Invalid("Choose somebody from the list.", field="to") from None
    try:
        get_document(uow, taker, document.id)
    except NotFound:
        raise Invalid(
            "%(name)s may not see this document. Share it or circulate it first.",
            {"name": taker.name},
            field="to",
        ) from None
    return taker


def _confirm(
    uow: UnitOfWork, actor: Actor, document: Document, holding: PaperHolding, way: str
) -> None:
    holding.confirmed_at = uow.now
    holding.confirmed_by_way = way
    settle(uow, [holding.id])
    _record(uow, actor, "paper.confirmed", document, holding, actor.name)


def _withdraw(uow: UnitOfWork, actor: Actor, document: Document, holding: PaperHolding) -> None:
    holding.withdrawn_at = uow.now
    settle(uow, [holding.id])
    taker = uow.session.scalar(select(User.name).where(User.id == holding.holder_id))
    _record(uow, actor, "paper.withdrawn", document, holding, taker or "")


def _record(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    document: Document,
    holding: PaperHolding,
    taker: str,
) -> None:
    people = [each for each in (holding.holder_id, holding.given_by) if each is not None]
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[document.id, holding.id, *people],
        payload={
            **actor.signature(),
            "number": document.number,
            "taker": taker,
            "way": holding.confirmed_by_way,
            "place": holding.place,
            "note": holding.note,
        },
    )


def _text(text: str | None) -> str | None:
    return clean(text or "").strip() or None
