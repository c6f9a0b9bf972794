"""Use cases of those who approve: each step is decided by one person, then the next begins."""

from uuid import UUID

from sqlalchemy import select

from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.rows import clean
from records.documents.sharing import Given, grant_all, revoke_for
from records.documents.visibility import visible, visible_ids
from records.people.directory import names_of_people
from records.people.rules import Actor
from records.seals.models import SealApproval, SealRequest
from records.seals.parties import (
    Approver,
    barred_from,
    decides_for,
    delegations_open,
    load_chart,
    stands_in,
    steps_left,
)
from records.seals.register import check_usable
from records.seals.request_keeping import (
    GRANT_REASON,
    HeldRequest,
    check_unchanged,
    end_request,
    hold_request,
    record_request,
    tell_of,
)
from records.seals.rules import (
    REQUEST_EVENTS,
    ApprovalState,
    RequestState,
    RequestStep,
    next_request_state,
)

LONGEST_OPINION = 4_000


def decide(
    uow: UnitOfWork,
    actor: Actor,
    *,
    approval_id: UUID,
    agree: bool,
    opinion: str | None = None,
) -> SealApproval:
    """Agree to a step of the approval of a request, or decline the request.

    The same decision by the same person again changes nothing, so that a double tap decides once.

    Raises:
        NotFound: There is none, or it is not this person's to know of.
        NotAllowed: The person has another part in this request, or is not asked.
        Invalid: Declining takes a reason.
        Conflict: It is not this step's turn, it was decided, the document or the seal has changed.
    """
    held, approval = _held_step(uow, actor, approval_id)
    said = _opinion(opinion, needed=not agree)
    if approval.decided_by == actor.user_id and approval.state == _outcome(agree=agree):
        return approval
    _check_turn(held, approval)
    absent = _check_party(uow, actor, held)
    if agree:
        check_usable(uow, held.seal, out_too=True)
        check_unchanged(uow, held)
    _keep_decision(uow, actor, held, approval, absent, agree=agree, opinion=said)
    if agree:
        _go_on(uow, actor, held)
    else:
        end_request(uow, actor, held, RequestStep.DECLINE, reason=said, facts=_facts(uow, approval))
        told = [held.request.applicant_id, *held.deciders]
        tell_of(uow, "seal_request.declined", held, told, by=actor.user_id)
    return approval


def begin_step(uow: UnitOfWork, held: HeldRequest, approval: SealApproval) -> None:
    """Let a step begin: its people see the document from now on, and are told."""
    approval.state = ApprovalState.CURRENT.value
    approval.began_at = uow.now
    uow.session.flush()
    ask_people(uow, held, approval)


def ask_people(uow: UnitOfWork, held: HeldRequest, approval: SealApproval) -> bool:
    """Let those who may decide a step now see the document, and tell whoever was not told before.

    Returns:
        Whether somebody may see the document who might not before.
    """
    people = [each.user_id for each in candidates_of(uow, held)]
    barred = barred_from(held.request, held.seal.keeper_id, held.approvals)
    deputies = [
        each for each in delegations_open(uow, people) if decides_for(each, held.document, barred)
    ]
    given = [Given(each, approval.id) for each in people]
    given += [
        Given(
            each.deputy_id,
            approval.id,
            each.from_at if each.from_at > uow.now else None,
            each.until_at,
        )
        for each in deputies
    ]
    new = grant_all(
        uow,
        document=held.document,
        given=given,
        reason=GRANT_REASON,
        granted_by=held.request.applicant_id,
    )
    present = [each.deputy_id for each in deputies if each.from_at <= uow.now]
    tell_of(
        uow,
        "seal_request.to_decide",
        held,
        [*people, *present],
        by=held.request.applicant_id,
        subject_id=approval.id,
    )
    return new > 0


def candidates_of(uow: UnitOfWork, held: HeldRequest) -> tuple[Approver, ...]:
    """Return who may decide the step of a request whose turn it is."""
    steps = steps_left(held.approvals)
    chart = load_chart(uow, [each.post_id for each in steps if each.post_id])
    barred = barred_from(held.request, held.seal.keeper_id, held.approvals)
    return chart.candidates(steps, barred, held.document.secrecy)


# The steps of a decision -------------------------------------------------------------------------


def _held_step(
    uow: UnitOfWork, actor: Actor, approval_id: UUID
) -> tuple[HeldRequest, SealApproval]:
    query = (
        select(SealApproval.request_id)
        .join(SealRequest, SealRequest.id == SealApproval.request_id)
        .where(SealApproval.id == approval_id, visible(uow, actor, SealRequest.document_id))
    )
    request_id = uow.session.scalar(query)
    if request_id is None or actor.user_id is None:
        raise NotFound
    held = hold_request(uow, request_id)
    if not visible_ids(uow, actor, [held.document.id]):
        raise NotFound
    return held, next(each for each in held.approvals if each.id == approval_id)


def _check_turn(held: HeldRequest, approval: SealApproval) -> None:
    if held.request.state != RequestState.WAITING:
        next_request_state(RequestState(held.request.state), RequestStep.DECLINE)
    if approval.state != ApprovalState.CURRENT:
        raise Conflict("This step of the approval is %(state)s.", {"state": approval.state})


def _check_party(uow: UnitOfWork, actor: Actor, held: HeldRequest) -> UUID | None:
    """Return on whose behalf somebody decides, None for their own part; refuse everybody else."""
    assert actor.user_id is not None
    if actor.user_id == held.request.applicant_id:
        raise NotAllowed("Whoever asks for a seal does not approve its use.")
    if actor.user_id == held.seal.keeper_id:
        raise NotAllowed("Whoever keeps a seal does not approve its use.")
    if actor.user_id in held.deciders:
        raise NotAllowed("Whoever has decided an earlier step does not decide the next one.")
    people = {each.user_id for each in candidates_of(uow, held)}
    if actor.user_id in people:
        return None
    absent = [
        each.user_id
        for each in stands_in(uow, actor.user_id)
        if each.user_id in people and held.document.secrecy <= each.ceiling
    ]
    if not absent:
        raise NotAllowed("This step of the approval is for somebody else to decide.")
    return absent[0]


def _keep_decision(
    uow: UnitOfWork,
    actor: Actor,
    held: HeldRequest,
    approval: SealApproval,
    absent: UUID | None,
    *,
    agree: bool,
    opinion: str | None,
) -> None:
    approval.state = _outcome(agree=agree)
    approval.decided_by, approval.decided_at = actor.user_id, uow.now
    approval.on_behalf_of_id, approval.opinion = absent, opinion
    uow.session.flush()
    news.settle(uow, [approval.id])
    # Whoever decided may look at it again, the others have nothing to do with it any more.
    revoke_for(uow, [approval.id], document_id=held.document.id)
    kept = [each for each in (actor.user_id, absent) if each is not None]
    grant_all(
        uow,
        document=held.document,
        given=[Given(each, approval.id) for each in kept],
        reason=GRANT_REASON,
        granted_by=held.request.applicant_id,
    )


def _go_on(uow: UnitOfWork, actor: Actor, held: HeldRequest) -> None:
    decided = max(
        (each for each in held.approvals if each.state == ApprovalState.AGREED),
        key=lambda each: each.position,
    )
    record_request(uow, actor, "seal_request.agreed", held, _facts(uow, decided), decided.id)
    left = held.undecided
    if left:
        begin_step(uow, held, left[0])
        return
    request = held.request
    step = RequestStep.APPROVE
    request.state = next_request_state(RequestState(request.state), step).value
    request.approved_at = uow.now
    record_request(uow, actor, REQUEST_EVENTS[step], held)
    tell_of(uow, "seal_request.approved", held, [request.applicant_id], by=actor.user_id)
    ask_keeper(uow, held)


def ask_keeper(uow: UnitOfWork, held: HeldRequest) -> None:
    """Let the keeper of the seal see the document of an approved request, and have it stamped."""
    request, keeper_id = held.request, held.seal.keeper_id
    if keeper_id is None:
        return
    grant_all(
        uow,
        document=held.document,
        given=[Given(keeper_id, request.id)],
        reason=GRANT_REASON,
        granted_by=request.applicant_id,
    )
    tell_of(uow, "seal_request.to_stamp", held, [keeper_id], by=request.applicant_id)


def _facts(uow: UnitOfWork, approval: SealApproval) -> dict[str, object]:
    found: dict[str, object] = {"step": approval.position + 1, "opinion": approval.opinion}
    if approval.on_behalf_of_id is not None:
        absent = approval.on_behalf_of_id
        found["on_behalf_of"] = names_of_people(uow, [absent])[absent]
    return found


def _outcome(*, agree: bool) -> str:
    return (ApprovalState.AGREED if agree else ApprovalState.DECLINED).value


def _opinion(opinion: str | None, *, needed: bool) -> str | None:
    said = clean(opinion or "").strip() or None
    if said is None and needed:
        raise Invalid("Say why you decline.", field="opinion")
    if said is not None and len(said) > LONGEST_OPINION:
        raise Invalid(
            "This has at most %(count)d characters.", {"count": LONGEST_OPINION}, field="opinion"
        )
    return said
