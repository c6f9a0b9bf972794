"""What happens to a seal: taken out and brought back, lost, withdrawn, reinstated, destroyed.

Every step goes through `turn_seal`, which keeps the history. A seal that leaves
use takes the requests with it that wait for it or were approved.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.news import tell
from records.core.rows import filled
from records.people.actors import leads_unit
from records.people.directory import holders_of
from records.people.rules import Act, Actor, Role, check_may
from records.seals.custody import cancel_open, end_custody
from records.seals.following import void_requests_of
from records.seals.models import Seal, SealChange, SealUsage
from records.seals.register import check_due_on, get_seal, record_seal
from records.seals.rules import (
    SEAL_EVENTS,
    SealState,
    SealStep,
    VoidReason,
    next_seal_state,
)


def move_seal(
    uow: UnitOfWork,
    actor: Actor,
    seal: Seal,
    step: SealStep,
    *objects: UUID,
    reason: str | None = None,
    witness: str | None = None,
) -> None:
    """Take a seal, held for this act, one step on; whoever calls has checked who may.

    Args:
        objects: What else the step is about, such as the line of the book.

    Raises:
        Conflict: The step is not open from the state of the seal.
    """
    turn_seal(uow, actor, seal, step, reason=reason, witness=witness)
    facts: dict[str, object] = {"reason": reason} if reason else {}
    if witness:
        facts["witness"] = witness
    record_seal(uow, actor, SEAL_EVENTS[step], seal, *objects, facts=facts)


def turn_seal(
    uow: UnitOfWork,
    actor: Actor,
    seal: Seal,
    step: SealStep,
    *,
    reason: str | None = None,
    witness: str | None = None,
) -> None:
    """Take a seal one step on without telling the log, which hears of it from the caller.

    Raises:
        Conflict: The step is not open from the state of the seal.
    """
    seal.state = next_seal_state(SealState(seal.state), step).value
    seal.check_due_on = check_due_on(uow, seal)
    uow.session.add(
        SealChange(
            id=uow.new_id(),
            seal_id=seal.id,
            state=seal.state,
            at=uow.now,
            by_id=actor.user_id,
            reason=reason,
            witness=witness,
        )
    )


def report_lost(uow: UnitOfWork, actor: Actor, *, seal_id: UUID, reason: str) -> Seal:
    """Report that a seal is lost: from this moment nothing is sealed with it, ever again.

    Raises:
        NotFound: There is none, or this person has nothing to do with it.
        NotAllowed: The person may know of the seal, and it is not theirs to report.
        Conflict: It is neither in use nor out.
    """
    seal = get_seal(uow, seal_id, for_update=True)
    if not may_report_loss(uow, actor, seal):
        _refuse_stranger(actor)
    move_seal(uow, actor, seal, SealStep.REPORT_LOST, reason=filled(reason, "reason"))
    cancel_open(uow, actor, seal)
    void_requests_of(uow, seal.id, VoidReason.SEAL_LOST)
    tell(
        uow,
        "seal.lost",
        to=_concerned(uow, seal, but=actor.user_id),
        cause=f"seal.lost:{seal.id}:{uow.now.isoformat()}",
        subject_id=seal.id,
        facts={"seal": str(seal.id), "by": str(actor.user_id)},
    )
    return seal


def withdraw_seal(uow: UnitOfWork, actor: Actor, *, seal_id: UUID, reason: str) -> Seal:
    """Take a seal out of use: sealed up after its time, or turned up after its loss.

    Raises:
        Conflict: It is out, or out of use already.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    move_seal(uow, actor, seal, SealStep.WITHDRAW, reason=filled(reason, "reason"))
    void_requests_of(uow, seal.id, VoidReason.SEAL_WITHDRAWN)
    return seal


def reinstate_seal(uow: UnitOfWork, actor: Actor, *, seal_id: UUID, reason: str) -> Seal:
    """Put a seal that was withdrawn into use again.

    Raises:
        Conflict: It is not withdrawn, was lost once, or its time is over.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    reason = filled(reason, "reason")
    next_seal_state(SealState(seal.state), SealStep.REINSTATE)
    if was_lost(uow, seal.id):
        raise Conflict("A seal that was lost is never used again.")
    if seal.stop_on is not None and seal.stop_on < uow.today:
        raise Conflict("This seal was used until %(day)s.", {"day": seal.stop_on.isoformat()})
    move_seal(uow, actor, seal, SealStep.REINSTATE, reason=reason)
    return seal


def destroy_seal(
    uow: UnitOfWork, actor: Actor, *, seal_id: UUID, reason: str, witness: str
) -> Seal:
    """Record that a withdrawn seal was destroyed before a witness; nobody holds it any more.

    Args:
        witness: Who saw it, of the office or of the issuer, by name.

    Raises:
        Conflict: It is not withdrawn.
        Invalid: The witness is the person who records it.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    reason, seen_by = filled(reason, "reason"), filled(witness, "witness")
    if seen_by.casefold() == actor.name.casefold():
        raise Invalid("The witness is somebody else than you.", field="witness")
    move_seal(uow, actor, seal, SealStep.DESTROY, reason=reason, witness=seen_by)
    end_custody(uow, actor, seal)
    return seal


# Who and what ------------------------------------------------------------------------------------


def may_report_loss(uow: UnitOfWork, actor: Actor, seal: Seal) -> bool:
    """Tell whether a person may report a loss.

    Who has the seal may, inside or outside, who leads its unit, and who keeps the register.
    """
    if actor.may(Act.KEEP_SEAL_REGISTER):
        return True
    if actor.user_id is None:
        return False
    if actor.user_id in (seal.keeper_id, out_with(uow, seal.id)):
        return True
    return leads_unit(uow, actor, seal.unit_id)


def out_with(uow: UnitOfWork, seal_id: UUID) -> UUID | None:
    """Return the applicant with whom a seal is out of the office, None while it is in."""
    query = select(SealUsage.applicant_id).where(
        SealUsage.seal_id == seal_id, SealUsage.outside, SealUsage.returned_at.is_(None)
    )
    return uow.session.scalar(query)


def was_lost(uow: UnitOfWork, seal_id: UUID) -> bool:
    """Tell whether a seal was ever reported lost."""
    query = select(SealChange.id).where(
        SealChange.seal_id == seal_id, SealChange.state == SealState.LOST.value
    )
    return uow.session.scalar(query.limit(1)) is not None


def seals_to_report(uow: UnitOfWork, actor: Actor) -> list[Seal]:
    """Return the seals in use or out whose loss a person may report, by code."""
    query = select(Seal).where(Seal.state.in_((SealState.IN_USE.value, SealState.LENT.value)))
    found = uow.session.scalars(query.order_by(Seal.code)).all()
    if actor.may(Act.KEEP_SEAL_REGISTER):
        return list(found)
    outside = select(SealUsage.seal_id).where(
        SealUsage.applicant_id == actor.user_id,
        SealUsage.outside,
        SealUsage.returned_at.is_(None),
    )
    mine = set(uow.session.scalars(outside))
    led = {each for each in {seal.unit_id for seal in found} if leads_unit(uow, actor, each)}
    return [
        each
        for each in found
        if each.keeper_id == actor.user_id or each.id in mine or each.unit_id in led
    ]


def _refuse_stranger(actor: Actor) -> None:
    if actor.may(Act.READ_SEAL_BOOKS) or actor.may(Act.KEEP_SEAL_CERTIFICATES):
        raise NotAllowed("Only who has the seal, leads its unit or keeps the register reports it.")
    raise NotFound


def _concerned(uow: UnitOfWork, seal: Seal, *, but: UUID | None) -> Iterable[UUID]:
    """Return whom a loss concerns: keeper, applicant outside, leaders, and the administrators."""
    people = [
        seal.keeper_id,
        out_with(uow, seal.id),
        *holders_of(uow, Role.LEADER, unit_id=seal.unit_id),
        *holders_of(uow, Role.SYSTEM_ADMIN),
        *holders_of(uow, Role.SECURITY_ADMIN),
    ]
    return [each for each in dict.fromkeys(people) if each is not None and each != but]
