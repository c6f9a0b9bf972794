"""What ends a request from outside: its document changes, or the seal is not what it was.

A request that ran becomes void, and whoever had a part in it is told. Nothing is done twice: a
request that has ended stays as it ended.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from records.core.database import UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply
from records.documents.models import Document, Grant
from records.documents.rules import DocumentState
from records.documents.sharing import revoke_for
from records.people.models import User
from records.people.rules import SERVICE
from records.seals.approvals import ask_keeper, ask_people, candidates_of
from records.seals.digest import content_digest
from records.seals.models import Seal, SealApproval, SealRequest
from records.seals.parties import (
    barred_from,
    decides_for,
    delegations_open,
    load_chart,
    steps_left,
)
from records.seals.request_keeping import (
    HeldRequest,
    approvals_of,
    end_request,
    hold_requests,
    tell_of,
)
from records.seals.rules import (
    RUNNING,
    ApprovalState,
    RequestState,
    RequestStep,
    SealMedium,
    VoidReason,
)

DOCUMENT_CHANGED_JOB = "seals.document_changed"
# The most requests that one look of the worker goes through.
BATCH = 200


def follow_document(job: Job) -> Apply:
    """Return what a job does whose subject is a document that changed, in whatever way."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            document_changed(uow, job.subject_id)

    return apply


def document_changed(uow: UnitOfWork, document_id: UUID) -> None:
    """End the requests that run about a document and are not about what it is now."""
    for held in _running(uow, SealRequest.document_id == document_id):
        _end_or_ask_again(uow, held)


def void_requests_of(uow: UnitOfWork, seal_id: UUID, reason: str) -> None:
    """End the requests that run for a seal: it was lost, or taken out of use.

    Args:
        reason: A `VoidReason`.
    """
    for held in _running(uow, SealRequest.seal_id == seal_id):
        void_request(uow, held, VoidReason(reason))


def keeper_changed(uow: UnitOfWork, seal_id: UUID) -> None:
    """Hand the requests that run for a seal to its new keeper, or end those they had a part in."""
    for held in _running(uow, SealRequest.seal_id == seal_id):
        revoke_for(uow, [held.request.id], document_id=held.document.id)
        _end_or_ask_again(uow, held)


def void_request(uow: UnitOfWork, held: HeldRequest, reason: VoidReason) -> None:
    """End one request, held for this, and tell whoever had a part in it."""
    was_approved = held.request.state == RequestState.APPROVED
    end_request(uow, SERVICE, held, RequestStep.VOID, reason=reason.value)
    people = [held.request.applicant_id, *held.deciders]
    if was_approved:
        people += [held.seal.keeper_id] if held.seal.keeper_id else []
    tell_of(uow, "seal_request.voided", held, people, by=None)


def requests_to_look_after(uow: UnitOfWork) -> list[UUID]:
    """Return the requests whose seal or document has had its time, or who have new people to ask.

    Somebody came to a post, or a deputy was named, after the step had begun. The queries do not
    grow with the number of requests.
    """
    frozen = and_(
        SealRequest.medium == SealMedium.ELECTRONIC.value,
        Document.state == DocumentState.FILED.value,
    )
    query = (
        select(SealRequest.id)
        .join(Seal, Seal.id == SealRequest.seal_id)
        .join(Document, Document.id == SealRequest.document_id)
        .where(_runs(), or_(Seal.stop_on < uow.today, frozen))
        .order_by(SealRequest.id)
        .limit(BATCH)
    )
    over = list(uow.session.scalars(query))
    return over + [each for each in _with_newcomers(uow) if each not in over]


def look_after_requests(uow: UnitOfWork, request_ids: Sequence[UUID]) -> None:
    """End requests whose seal or document has had its time, and ask whoever may decide by now."""
    for held in hold_requests(uow, request_ids):
        if held.request.state not in RUNNING:
            continue
        reason = _why_void(uow, held)
        if reason is not None:
            void_request(uow, held, reason)
        elif _current(held) is not None:
            _ask_again(uow, held)
            uow.record("document.access_turned", actor_id=None, objects=[held.document.id])


# How one request stands --------------------------------------------------------------------------


def _end_or_ask_again(uow: UnitOfWork, held: HeldRequest) -> None:
    reason = _why_void(uow, held)
    if reason is not None:
        void_request(uow, held, reason)
    else:
        _ask_again(uow, held)


def _why_void(uow: UnitOfWork, held: HeldRequest) -> VoidReason | None:
    request, document, keeper_id = held.request, held.document, held.seal.keeper_id
    if held.seal.stop_on is not None and held.seal.stop_on < uow.today:
        return VoidReason.SEAL_EXPIRED
    if document.state == DocumentState.VOIDED:
        return VoidReason.DOCUMENT_VOIDED
    if request.medium == SealMedium.ELECTRONIC and document.state == DocumentState.FILED:
        return VoidReason.DOCUMENT_FILED
    if content_digest(uow, document.id) != request.content_sha256:
        return VoidReason.CONTENT_CHANGED
    if keeper_id in (request.applicant_id, *held.deciders):
        return VoidReason.KEEPER_CHANGED
    if not _all_cleared(uow, held):
        return VoidReason.SECRECY_RAISED
    return None


def _all_cleared(uow: UnitOfWork, held: HeldRequest) -> bool:
    """Return whether all who have still to do with a request may see its document."""
    people = {held.request.applicant_id, held.seal.keeper_id, *held.deciders}
    query = select(User.id).where(User.id.in_(people), User.clearance < held.document.secrecy)
    if uow.session.scalar(query.limit(1)) is not None:
        return False
    current = _current(held)
    return current is None or bool(candidates_of(uow, held))


def _ask_again(uow: UnitOfWork, held: HeldRequest) -> None:
    current = _current(held)
    if current is not None:
        ask_people(uow, held, current)
    elif held.request.state == RequestState.APPROVED:
        ask_keeper(uow, held)


def _current(held: HeldRequest) -> SealApproval | None:
    steps = (each for each in held.approvals if each.state == ApprovalState.CURRENT)
    return next(steps, None)


def _running(uow: UnitOfWork, which: ColumnElement[bool]) -> list[HeldRequest]:
    query = select(SealRequest.id).where(which, _runs())
    held = hold_requests(uow, uow.session.scalars(query).all())
    return [each for each in held if each.request.state in RUNNING]


def _runs() -> ColumnElement[bool]:
    return SealRequest.state.in_([each.value for each in RUNNING])


def _with_newcomers(uow: UnitOfWork) -> list[UUID]:
    rows = uow.session.execute(
        select(SealRequest, Seal.keeper_id, Document)
        .join(Seal, Seal.id == SealRequest.seal_id)
        .join(Document, Document.id == SealRequest.document_id)
        .where(SealRequest.state == RequestState.WAITING.value)
        .order_by(SealRequest.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return []
    steps: dict[UUID, list[SealApproval]] = {}
    for each in approvals_of(uow, [row[0].id for row in rows]):
        steps.setdefault(each.request_id, []).append(each)
    posts = {each.post_id for some in steps.values() for each in some if each.post_id}
    chart = load_chart(uow, posts)
    delegations = delegations_open(uow)
    seen = _granted(uow, [each.id for some in steps.values() for each in some])
    found = []
    for request, keeper_id, document in rows:
        mine = steps[request.id]
        current = next((each for each in mine if each.state == ApprovalState.CURRENT), None)
        if current is None:
            continue
        barred = barred_from(request, keeper_id, mine)
        people = chart.candidates(steps_left(mine), barred, document.secrecy)
        wanted = {each.user_id for each in people}
        wanted |= {
            each.deputy_id
            for each in delegations
            if each.user_id in wanted and decides_for(each, document, barred)
        }
        if not wanted <= seen.get(current.id, set()):
            found.append(request.id)
    return found


def _granted(uow: UnitOfWork, approval_ids: Sequence[UUID]) -> dict[UUID | None, set[UUID]]:
    query = select(Grant.source_id, Grant.principal_object_id).where(
        Grant.source_id.in_(approval_ids), Grant.revoked_at.is_(None)
    )
    found: dict[UUID | None, set[UUID]] = {}
    for source_id, user_id in uow.session.execute(query):
        found.setdefault(source_id, set()).add(user_id)
    return found
