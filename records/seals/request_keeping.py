"""Taking a request in hand, ending it, and how its acts enter the log.

Acts on a request take the row of the seal first, then the request, then the document. The seal is
shared by those who only need it to stay as it is: whoever changes it waits for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Conflict, NotFound
from records.documents.models import Document
from records.documents.rules import DocumentState, check_not_voided
from records.documents.sharing import lock_document, revoke_for
from records.documents.visibility import visible
from records.people.rules import Actor
from records.seals.digest import content_digest
from records.seals.models import Seal, SealApproval, SealRequest, SealStamping
from records.seals.rules import (
    REQUEST_EVENTS,
    ApprovalState,
    RequestState,
    RequestStep,
    SealMedium,
    StampingState,
    next_request_state,
)

GRANT_REASON = "seal"
_OPEN = (ApprovalState.CURRENT, ApprovalState.WAITING)


@dataclass(frozen=True)
class HeldRequest:
    """A request in hand, with its seal, its document, and the steps of its approval in order."""

    request: SealRequest
    seal: Seal
    document: Document
    approvals: list[SealApproval]

    @property
    def undecided(self) -> list[SealApproval]:
        """The steps that nobody has decided."""
        return [each for each in self.approvals if each.state in _OPEN]

    @property
    def deciders(self) -> list[UUID]:
        """Who has decided a step, and on whose behalf."""
        people = ((each.decided_by, each.on_behalf_of_id) for each in self.approvals)
        return [each for pair in people for each in pair if each is not None]


def hold_request(
    uow: UnitOfWork,
    request_id: UUID,
    *,
    seal_for_update: bool = False,
    seen_by: Actor | None = None,
) -> HeldRequest:
    """Return a request as it is now, held until the unit ends.

    Args:
        seal_for_update: Whether the act changes the seal too.
        seen_by: Nothing is held that this person may not know of; without, whoever calls has
            checked it.

    Raises:
        NotFound: There is none.
    """
    found = hold_requests(uow, [request_id], seal_for_update=seal_for_update, seen_by=seen_by)
    if not found:
        raise NotFound
    return found[0]


def hold_requests(
    uow: UnitOfWork,
    request_ids: Sequence[UUID],
    *,
    seal_for_update: bool = False,
    seen_by: Actor | None = None,
) -> list[HeldRequest]:
    """Return requests by id, held in the one order that knows no deadlock."""
    seal_ids = select(SealRequest.seal_id).where(SealRequest.id.in_(request_ids)).distinct()
    if seen_by is not None:
        seal_ids = seal_ids.where(visible(uow, seen_by, SealRequest.document_id))
    seals = {
        each: hold_seal(uow, each, for_update=seal_for_update)
        for each in sorted(uow.session.scalars(seal_ids))
    }
    if not seals:
        return []
    fresh = (
        select(SealRequest)
        .where(SealRequest.id.in_(request_ids))
        .order_by(SealRequest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    requests = list(uow.session.scalars(fresh))
    documents = {
        each: lock_document(uow, each) for each in sorted({row.document_id for row in requests})
    }
    steps: dict[UUID, list[SealApproval]] = {each.id: [] for each in requests}
    for each in approvals_of(uow, list(steps)):
        steps[each.request_id].append(each)
    return [
        HeldRequest(each, seals[each.seal_id], documents[each.document_id], steps[each.id])
        for each in requests
    ]


def hold_seal(uow: UnitOfWork, seal_id: UUID, *, for_update: bool = False) -> Seal:
    """Return a seal that stays as it is until the unit ends.

    Raises:
        NotFound: There is none.
    """
    query = select(Seal).where(Seal.id == seal_id).with_for_update(read=not for_update)
    found = uow.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def approvals_of(uow: UnitOfWork, request_ids: Iterable[UUID]) -> list[SealApproval]:
    """Return the steps of requests as they are now, in order; one query."""
    query = (
        select(SealApproval)
        .where(SealApproval.request_id.in_(list(request_ids)))
        .order_by(SealApproval.request_id, SealApproval.position)
    )
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def check_unchanged(uow: UnitOfWork, held: HeldRequest) -> None:
    """Refuse to go on with a request whose document is not what was asked for.

    Raises:
        Conflict: Its files changed, its registration was voided, or it was filed meanwhile and its
            files are frozen.
    """
    request, document = held.request, held.document
    check_not_voided(document.state)
    if request.medium == SealMedium.ELECTRONIC and document.state == DocumentState.FILED:
        raise Conflict("A filed document takes no electronic seal: its files are frozen.")
    if content_digest(uow, document.id) != request.content_sha256:
        raise Conflict("The document has changed since the seal was asked for.")


def end_request(
    uow: UnitOfWork,
    actor: Actor,
    held: HeldRequest,
    step: RequestStep,
    *,
    reason: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """End a request by the table: nobody is asked any more, nor sees the document for it.

    Who has decided keeps the right to look at what the decision was about.

    Raises:
        Conflict: The step is not open from the state of the request, or it is being stamped.
    """
    request = held.request
    request.state = next_request_state(RequestState(request.state), step).value
    request.ended_at, request.ended_by, request.end_reason = uow.now, actor.user_id, reason
    over = [each.id for each in held.undecided]
    for each in held.undecided:
        each.state = ApprovalState.SKIPPED.value
    uow.session.flush()
    revoke_for(uow, [*over, request.id], document_id=request.document_id)
    news.settle(uow, [*over, request.id])
    record_request(uow, actor, REQUEST_EVENTS[step], held, {**(facts or {}), "reason": reason})


def check_not_stamping(uow: UnitOfWork, request_id: UUID) -> None:
    """Refuse an act on a request that is being stamped at this moment.

    Raises:
        Conflict: The worker has it.
    """
    query = select(SealStamping.id).where(
        SealStamping.request_id == request_id, SealStamping.state == StampingState.WAITING.value
    )
    if uow.session.scalar(query.limit(1)) is not None:
        raise Conflict("This request is being stamped.")


def record_request(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    held: HeldRequest,
    facts: Mapping[str, Any] | None = None,
    *objects: UUID,
) -> None:
    """Collect a fact about a request, signed with the actor's name and posts."""
    request, seal = held.request, held.seal
    files = [] if request.component_id is None else [request.component_id]
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[request.document_id, request.id, seal.id, *files, *objects],
        payload={
            **({} if actor.is_service else actor.signature()),
            "number": held.document.number,
            "code": seal.code,
            "seal": seal.name,
            **(facts or {}),
        },
    )


def tell_of(
    uow: UnitOfWork,
    kind: str,
    held: HeldRequest,
    to: Iterable[UUID | None],
    *,
    by: UUID | None,
    subject_id: UUID | None = None,
) -> None:
    """Have people told of a request, whoever did it left out."""
    request = held.request
    subject = subject_id or request.id
    news.tell(
        uow,
        kind,
        to=[each for each in to if each is not None and each != by],
        cause=f"{kind}:{subject}",
        subject_id=subject,
        document_id=request.document_id,
        facts={
            "request": str(request.id),
            "seal": str(request.seal_id),
            **({"by": str(by)} if by else {}),
        },
    )
