"""An approved request in the hand of the keeper: everything that is checked at the moment of use.

What is held is held in one order: the seal, the request, the document, and the counter of the book
last. Whoever takes several of them takes them in this order.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.documents.models import Document
from records.documents.visibility import get_document, visible
from records.people.models import User
from records.people.rules import Act, Actor, check_may
from records.seals.models import Seal, SealApproval, SealRequest
from records.seals.register import check_usable, get_seal
from records.seals.request_keeping import HeldRequest, check_unchanged
from records.seals.rules import (
    RequestState,
    RequestStep,
    SealMedium,
    next_request_state,
)


@dataclass(frozen=True)
class Held:
    """A request with its seal and document, as the keeper of the seal has them."""

    request: SealRequest
    seal: Seal
    document: Document


def get_held(uow: UnitOfWork, actor: Actor, request_id: UUID) -> Held:
    """Return a request to the keeper of its seal, for reading.

    Raises:
        NotFound: There is none, or this person may not know of it.
        NotAllowed: Somebody else keeps the seal.
    """
    return _held(uow, actor, request_id, for_update=False)


def hold(uow: UnitOfWork, actor: Actor, request_id: UUID) -> Held:
    """Return a request to the keeper of its seal, held for an act until the unit ends.

    Raises:
        NotFound: There is none, or this person may not know of it.
        NotAllowed: Somebody else keeps the seal.
    """
    return _held(uow, actor, request_id, for_update=True)


def check_keeper(actor: Actor, seal: Seal) -> None:
    """Refuse everybody but the keeper of a seal.

    Raises:
        NotAllowed: Somebody else keeps it, or this person is no keeper of seals any more.
    """
    check_may(actor, Act.USE_SEAL)
    if actor.user_id is None or seal.keeper_id != actor.user_id:
        raise NotAllowed("Only the keeper of this seal may do this.")


def check_use(uow: UnitOfWork, actor: Actor, held: Held, medium: SealMedium) -> None:
    """Refuse the use of a seal unless everything that was approved still is as it was.

    Raises:
        NotAllowed: The keeper asked for it, or had a part in approving it.
        Conflict: The request is not approved (any more) or for another medium; the seal is not in
            use or its time is over; the document is voided, frozen or has changed.
    """
    request, seal = held.request, held.seal
    next_request_state(RequestState(request.state), RequestStep.USE)
    if request.medium != medium:
        raise Conflict("This request is for another medium.")
    _check_apart(uow, actor, request)
    check_usable(uow, seal)
    check_unchanged(uow, HeldRequest(request, seal, held.document, []))


def check_witness(uow: UnitOfWork, held: Held, witness_id: UUID | None) -> None:
    """Refuse a witness who is a party, or has no account in use; None is no witness.

    Raises:
        Invalid: Keeper or applicant, or nobody whom the office knows.
    """
    if witness_id is None:
        return
    if witness_id in (held.seal.keeper_id, held.request.applicant_id):
        raise Invalid(
            "The witness is neither the keeper nor whoever asked for the seal.", field="witness"
        )
    found = uow.session.get(User, witness_id)
    if found is None or found.disabled_at is not None:
        raise Invalid("Choose a person from the list.", field="witness")


def _held(uow: UnitOfWork, actor: Actor, request_id: UUID, *, for_update: bool) -> Held:
    check_may(actor, Act.USE_SEAL)
    where = SealRequest.id == request_id
    place = uow.session.execute(
        select(SealRequest.seal_id, SealRequest.document_id).where(
            where, visible(uow, actor, SealRequest.document_id)
        )
    ).one_or_none()
    if place is None:
        raise NotFound
    if for_update:
        seal = get_seal(uow, place.seal_id, for_update=True)
        query = select(SealRequest).where(where).with_for_update()
        request = uow.session.scalars(query.execution_options(populate_existing=True)).one()
    else:
        seal = uow.session.get_one(Seal, place.seal_id)
        request = uow.session.get_one(SealRequest, request_id)
    document = get_document(uow, actor, place.document_id, for_update=for_update)
    check_keeper(actor, seal)
    return Held(request, seal, document)


def _check_apart(uow: UnitOfWork, actor: Actor, request: SealRequest) -> None:
    if actor.user_id == request.applicant_id:
        raise NotAllowed("You asked for this seal yourself: another keeper has to use it.")
    # The seal may have come into the hand of somebody who agreed to the request before.
    decided = uow.session.execute(
        select(SealApproval.decided_by, SealApproval.on_behalf_of_id).where(
            SealApproval.request_id == request.id
        )
    )
    if any(actor.user_id in row for row in decided):
        raise NotAllowed("You had a part in approving this request: another keeper has to stamp.")
