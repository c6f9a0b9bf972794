"""Custody: who holds a seal, and how it passes from hand to hand.

A hand-over has a giver, a taker and a witness, three people, and counts when all three have
confirmed it, in any order. At most one is open at a time, and at most one custody runs. The seal
row is what all acts on its custody wait for.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from records.core.news import settle, tell
from records.core.rows import filled
from records.people.actors import load_actor
from records.people.models import User
from records.people.rules import Act, Actor, Role
from records.seals.following import keeper_changed
from records.seals.models import Custody, Seal, SealHandover
from records.seals.register import get_seal, record_seal
from records.seals.rules import SealState

# Sealed up, it is still kept by somebody.
_HANDED_OVER_IN = (SealState.IN_USE, SealState.WITHDRAWN)
_PARTIES = ("giver", "taker", "witness")


def ask_handover(
    uow: UnitOfWork,
    actor: Actor,
    *,
    seal_id: UUID,
    taker_id: UUID,
    witness_id: UUID,
    reason: str,
) -> SealHandover:
    """Begin a hand-over, which giver, taker and witness then confirm.

    The keeper gives. The administrator of the register gives a seal that nobody holds, and one
    whose keeper has left: an account that is closed, or no post of a keeper any more.

    Raises:
        NotAllowed: The person neither holds the seal nor keeps the register.
        Conflict: A hand-over is open already, or the seal is out, lost or destroyed.
        Invalid: Not three people, or a taker who is no keeper of seals.
    """
    seal = get_seal(uow, seal_id, for_update=True)
    giver_id = _giver(uow, actor, seal)
    _check_state(seal)
    if open_handover(uow, seal.id) is not None:
        raise Conflict("A hand-over of this seal is open. Confirm or cancel it first.")
    if taker_id == seal.keeper_id:
        raise Conflict("This person has the seal already.", field="taker")
    _check_three(giver_id, taker_id, witness_id)
    _check_taker(uow, taker_id)
    _active(uow, witness_id, field="witness")
    handover = SealHandover(
        id=uow.new_id(),
        seal_id=seal.id,
        giver_id=giver_id,
        taker_id=taker_id,
        witness_id=witness_id,
        reason=filled(reason, "reason"),
        asked_at=uow.now,
    )
    uow.session.add(handover)
    uow.session.flush()
    _record(uow, actor, "seal.handover_asked", seal, handover)
    tell(
        uow,
        "seal.handover",
        to=[giver_id, taker_id, witness_id],
        cause=f"seal.handover:{handover.id}",
        subject_id=handover.id,
        facts={"seal": str(seal.id), "by": str(actor.user_id)},
    )
    return handover


def confirm_handover(uow: UnitOfWork, actor: Actor, *, handover_id: UUID) -> SealHandover:
    """Confirm one's own part; the last of the three hands the seal over. Once more does nothing.

    Raises:
        NotFound: There is none that this person may know of.
        NotAllowed: The person is none of the three.
        Conflict: It was cancelled, or the seal is out or lost meanwhile.
        Invalid: The taker is no keeper of seals any more.
    """
    seal, handover = _held_handover(uow, actor, handover_id)
    part = part_of(handover, actor.user_id)
    if part is None:
        raise NotAllowed("Only giver, taker and witness can confirm a hand-over.")
    if handover.cancelled_at is not None:
        raise Conflict("This hand-over was cancelled.")
    if getattr(handover, f"{part}_at") is not None:
        return handover
    _check_state(seal)
    setattr(handover, f"{part}_at", uow.now)
    settle(uow, [handover.id])
    _record(uow, actor, "seal.handover_confirmed", seal, handover, part=part)
    if _is_complete(handover):
        _hand_over(uow, actor, seal, handover)
    return handover


def cancel_handover(uow: UnitOfWork, actor: Actor, *, handover_id: UUID) -> SealHandover:
    """Give up a hand-over that not all three have confirmed.

    Raises:
        NotAllowed: The person is none of the three and does not keep the register.
        Conflict: It is done.
    """
    seal, handover = _held_handover(uow, actor, handover_id)
    if part_of(handover, actor.user_id) is None and not actor.may(Act.KEEP_SEAL_REGISTER):
        raise NotAllowed("Only giver, taker, witness and the administrator can cancel this.")
    if handover.done_at is not None:
        raise Conflict("The seal was handed over. Hand it over anew.")
    if handover.cancelled_at is None:
        _cancel(uow, actor, seal, handover)
    return handover


def end_custody(uow: UnitOfWork, actor: Actor, seal: Seal) -> None:
    """End the custody that runs, and a hand-over that is open; nobody holds the seal any more."""
    cancel_open(uow, actor, seal)
    running = running_custody(uow, seal.id)
    if running is not None:
        running.until_at = uow.now
    seal.keeper_id = None


def cancel_open(uow: UnitOfWork, actor: Actor, seal: Seal) -> None:
    """Cancel the hand-over of a seal that is open, where one is."""
    handover = open_handover(uow, seal.id)
    if handover is not None:
        _cancel(uow, actor, seal, handover)


# Reading -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HandoverLine:
    """A hand-over with the names of its people."""

    handover: SealHandover
    seal_id: UUID
    code: str
    seal: str
    giver: str
    taker: str
    witness: str

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to confirm it."""
        return self.handover.done_at is None and self.handover.cancelled_at is None

    def waits_for(self, user_id: UUID | None) -> bool:
        """Tell whether a person has still to confirm it."""
        part = part_of(self.handover, user_id)
        return self.is_open and part is not None and getattr(self.handover, f"{part}_at") is None


def open_handover(uow: UnitOfWork, seal_id: UUID) -> SealHandover | None:
    """Return the hand-over of a seal that not all three have confirmed."""
    query = select(SealHandover).where(
        SealHandover.seal_id == seal_id,
        SealHandover.done_at.is_(None),
        SealHandover.cancelled_at.is_(None),
    )
    return uow.session.scalar(query)


def running_custody(uow: UnitOfWork, seal_id: UUID) -> Custody | None:
    """Return who holds a seal now, and since when; None while nobody does."""
    query = select(Custody).where(Custody.seal_id == seal_id, Custody.until_at.is_(None))
    return uow.session.scalar(query)


def seals_held_by(uow: UnitOfWork, user_id: UUID) -> list[Seal]:
    """Return the seals that a person holds, whatever their state, by code."""
    return list(
        uow.session.scalars(select(Seal).where(Seal.keeper_id == user_id).order_by(Seal.code))
    )


def handover_line(uow: UnitOfWork, actor: Actor, handover_id: UUID) -> HandoverLine:
    """Return a hand-over with its people, for them and for who reads the register.

    Raises:
        NotFound: There is none, or it is none of this person's business.
    """
    found = _lines(uow, SealHandover.id == handover_id)
    if not found or not _may_know(actor, found[0].handover):
        raise NotFound
    return found[0]


def handovers_of(uow: UnitOfWork, seal_id: UUID) -> list[HandoverLine]:
    """Return the hand-overs of a seal, the newest first."""
    return _lines(uow, SealHandover.seal_id == seal_id)


def handovers_to_confirm(uow: UnitOfWork, actor: Actor, *, limit: int = 50) -> list[HandoverLine]:
    """Return the hand-overs that a person has still to confirm, the newest first."""
    mine = [
        (SealHandover.giver_id, SealHandover.giver_at),
        (SealHandover.taker_id, SealHandover.taker_at),
        (SealHandover.witness_id, SealHandover.witness_at),
    ]
    return _lines(
        uow,
        SealHandover.done_at.is_(None),
        SealHandover.cancelled_at.is_(None),
        or_(*((who == actor.user_id) & at.is_(None) for who, at in mine)),
        limit=limit,
    )


def part_of(handover: SealHandover, user_id: UUID | None) -> str | None:
    """Return which of the three a person is in a hand-over, None for none of them."""
    if user_id is None:
        return None
    return next((each for each in _PARTIES if getattr(handover, f"{each}_id") == user_id), None)


def may_hand_over(uow: UnitOfWork, actor: Actor, seal: Seal) -> bool:
    """Tell whether a person may begin a hand-over of a seal now."""
    if SealState(seal.state) not in _HANDED_OVER_IN or open_handover(uow, seal.id) is not None:
        return False
    try:
        _giver(uow, actor, seal)
    except NotAllowed:
        return False
    return True


def _lines(uow: UnitOfWork, *conditions: object, limit: int = 200) -> list[HandoverLine]:
    giver, taker, witness = aliased(User), aliased(User), aliased(User)
    query = (
        select(SealHandover, Seal.code, Seal.name, giver.name, taker.name, witness.name)
        .join(Seal, Seal.id == SealHandover.seal_id)
        .join(giver, giver.id == SealHandover.giver_id)
        .join(taker, taker.id == SealHandover.taker_id)
        .join(witness, witness.id == SealHandover.witness_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(SealHandover.asked_at.desc(), SealHandover.id.desc())
        .limit(limit)
    )
    return [
        HandoverLine(row[0], row[0].seal_id, row[1], row[2], row[3], row[4], row[5])
        for row in uow.session.execute(query)
    ]


# Rules -------------------------------------------------------------------------------------------


def _giver(uow: UnitOfWork, actor: Actor, seal: Seal) -> UUID:
    """Return who gives the seal, when this person asks for its hand-over."""
    if actor.user_id is None:
        raise NotAllowed("Only a person can hand a seal over.")
    if actor.user_id == seal.keeper_id:
        return actor.user_id
    if not actor.may(Act.KEEP_SEAL_REGISTER):
        raise NotAllowed("Only who holds the seal, or the administrator, can hand it over.")
    if seal.keeper_id is None or not _is_keeper(uow, seal.keeper_id):
        return actor.user_id
    return seal.keeper_id


def _check_state(seal: Seal) -> None:
    state = SealState(seal.state)
    if state is SealState.LENT:
        raise Conflict("The seal is out. It is handed over when it is back.")
    if state not in _HANDED_OVER_IN:
        raise Conflict("This seal is %(state)s.", {"state": state})


def _check_three(giver_id: UUID, taker_id: UUID, witness_id: UUID) -> None:
    if giver_id == taker_id:
        raise Invalid("Giver and taker are two people.", field="taker")
    if witness_id in (giver_id, taker_id):
        raise Invalid("The witness is neither giver nor taker.", field="witness")


def _check_taker(uow: UnitOfWork, taker_id: UUID) -> None:
    taker = _active(uow, taker_id, field="taker")
    if Role.SEAL_KEEPER not in taker.roles:
        raise Invalid(
            "%(name)s holds no post of a seal keeper.", {"name": taker.name}, field="taker"
        )


def _is_keeper(uow: UnitOfWork, user_id: UUID) -> bool:
    try:
        return Role.SEAL_KEEPER in load_actor(uow, user_id).roles
    except NotSignedIn:
        return False


def _active(uow: UnitOfWork, user_id: UUID, *, field: str) -> Actor:
    try:
        return load_actor(uow, user_id)
    except NotSignedIn:
        raise Invalid("Choose somebody from the list.", field=field) from None


def _may_know(actor: Actor, handover: SealHandover) -> bool:
    reads = actor.may(Act.READ_SEAL_BOOKS) or actor.may(Act.KEEP_SEAL_REGISTER)
    return reads or part_of(handover, actor.user_id) is not None


def _held_handover(uow: UnitOfWork, actor: Actor, handover_id: UUID) -> tuple[Seal, SealHandover]:
    handover = uow.session.get(SealHandover, handover_id)
    if handover is None or not _may_know(actor, handover):
        raise NotFound
    seal = get_seal(uow, handover.seal_id, for_update=True)
    uow.session.refresh(handover)
    return seal, handover


def _is_complete(handover: SealHandover) -> bool:
    return None not in (handover.giver_at, handover.taker_at, handover.witness_at)


def _hand_over(uow: UnitOfWork, actor: Actor, seal: Seal, handover: SealHandover) -> None:
    _check_taker(uow, handover.taker_id)
    running = running_custody(uow, seal.id)
    if running is not None:
        running.until_at = uow.now
        # Ended before the next one begins: one runs at a time, and the database holds us to it.
        uow.session.flush()
    uow.session.add(
        Custody(
            id=uow.new_id(),
            seal_id=seal.id,
            keeper_id=handover.taker_id,
            handover_id=handover.id,
            from_at=uow.now,
        )
    )
    handover.done_at = uow.now
    seal.keeper_id = handover.taker_id
    _record(uow, actor, "seal.handed_over", seal, handover)
    uow.session.flush()
    keeper_changed(uow, seal.id)


def _cancel(uow: UnitOfWork, actor: Actor, seal: Seal, handover: SealHandover) -> None:
    handover.cancelled_at = uow.now
    settle(uow, [handover.id])
    uow.session.flush()
    _record(uow, actor, "seal.handover_cancelled", seal, handover)


def _record(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    seal: Seal,
    handover: SealHandover,
    **facts: object,
) -> None:
    people = [handover.giver_id, handover.taker_id, handover.witness_id]
    rows = uow.session.execute(select(User.id, User.name).where(User.id.in_(people)))
    names = {row[0]: row[1] for row in rows}
    record_seal(
        uow,
        actor,
        kind,
        seal,
        handover.id,
        *people,
        facts={
            "giver": names.get(handover.giver_id),
            "taker": names.get(handover.taker_id),
            "witness": names.get(handover.witness_id),
            "reason": handover.reason,
            **facts,
        },
    )
