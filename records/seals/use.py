"""Use cases of the keeper: stamping paper, taking a seal outside and back, declaring void.

Each use takes its approved request with it, so that nothing is stamped twice on one approval: the
request is held, and its line in the book is the only one it can have.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import filled
from records.documents.sharing import lock_document
from records.people.rules import Act, Actor, check_may
from records.seals.book import record_line, take_line
from records.seals.holding import Held, check_keeper, check_use, check_witness, hold
from records.seals.lines import return_facts
from records.seals.models import Seal, SealRequest, SealUsage
from records.seals.register import get_seal, optional
from records.seals.rules import (
    SEAL_EVENTS,
    RequestState,
    RequestStep,
    SealMedium,
    SealState,
    SealStep,
    UsageState,
    next_request_state,
)
from records.seals.states import turn_seal

MAX_SPOILT = 999


def use_on_paper(
    uow: UnitOfWork,
    actor: Actor,
    *,
    request_id: UUID,
    copies_stamped: int,
    copies_spoilt: int = 0,
    witness_id: UUID | None = None,
    place: str,
    remarks: str | None = None,
) -> SealUsage:
    """Record that paper was stamped here; spoilt copies count as destroyed.

    Raises:
        NotFound: There is no such request, or this person may not know of it.
        NotAllowed: Somebody else keeps the seal, or the keeper asked for it or approved it.
        Conflict: What was approved does not hold any more, or the seal was to be taken outside.
        Invalid: No place, no or more copies than approved, or a witness who is a party.
    """
    held = hold(uow, actor, request_id)
    check_use(uow, actor, held, SealMedium.PAPER)
    if held.request.outside:
        raise Conflict("This seal is asked for outside: hand it out.")
    check_witness(uow, held, witness_id)
    _check_copies(held.request, copies_stamped, copies_spoilt, least=1)
    place = filled(place, "place")
    use_up(uow, actor, held)
    facts = line_of(held, keeper=actor, place=place, witness_id=witness_id)
    facts |= {
        "copies_stamped": copies_stamped,
        "copies_spoilt": copies_spoilt,
        "remarks": optional(remarks),
    }
    return take_line(uow, actor, held.seal, held.document, facts)


def take_out(
    uow: UnitOfWork,
    actor: Actor,
    *,
    request_id: UUID,
    witness_id: UUID | None = None,
    remarks: str | None = None,
) -> SealUsage:
    """Hand a seal out to be used elsewhere; nobody else gets it until it is back.

    Raises:
        NotFound, NotAllowed, Conflict: As `use_on_paper`; or it is not asked for outside.
        Invalid: A witness who is a party.
    """
    held = hold(uow, actor, request_id)
    check_use(uow, actor, held, SealMedium.PAPER)
    if not held.request.outside:
        raise Conflict("This seal is not asked for outside.")
    check_witness(uow, held, witness_id)
    request = held.request
    use_up(uow, actor, held)
    turn_seal(uow, actor, held.seal, SealStep.TAKE_OUT)
    facts = line_of(held, keeper=actor, place=request.outside_place or "", witness_id=witness_id)
    facts |= {
        "outside": True,
        "escort": request.escort,
        "due_back_at": request.due_back_at,
        "copies_stamped": None,
        "copies_spoilt": None,
        "remarks": optional(remarks),
    }
    line = take_line(uow, actor, held.seal, held.document, facts)
    told = {
        "place": line.place,
        "escort": line.escort,
        "due_back_at": line.due_back_at.isoformat() if line.due_back_at else None,
    }
    kind = SEAL_EVENTS[SealStep.TAKE_OUT]
    record_line(uow, actor, kind, held.seal, held.document, line, told)
    return line


def bring_back(
    uow: UnitOfWork,
    actor: Actor,
    *,
    usage_id: UUID,
    copies_stamped: int,
    copies_spoilt: int = 0,
    remarks: str | None = None,
) -> SealUsage:
    """Take a seal back, and record what was stamped outside; it may be nothing.

    Raises:
        NotFound: There is no such line.
        NotAllowed: Somebody else keeps the seal.
        Conflict: It is back already, or was reported lost.
        Invalid: More copies than approved.
    """
    line, seal = _hold_line(uow, actor, usage_id)
    if not line.outside or line.returned_at is not None:
        raise Conflict("This seal is back already.")
    request = uow.session.get_one(SealRequest, line.request_id)
    _check_copies(request, copies_stamped, copies_spoilt, least=0)
    turn_seal(uow, actor, seal, SealStep.BRING_BACK)
    line.copies_stamped = copies_stamped
    line.copies_spoilt = copies_spoilt
    line.returned_at = uow.now
    line.remarks = "\n".join(filter(None, (line.remarks, optional(remarks)))) or None
    document = lock_document(uow, line.document_id)
    news.settle(uow, [line.id])
    kind = SEAL_EVENTS[SealStep.BRING_BACK]
    record_line(uow, actor, kind, seal, document, line, return_facts(line))
    return line


def withdraw_usage(uow: UnitOfWork, actor: Actor, *, usage_id: UUID, reason: str) -> SealUsage:
    """Declare that what was stamped no longer stands; the line stays, and says so with the reason.

    Raises:
        NotFound: There is no such line.
        NotAllowed: Somebody else keeps the seal.
        Invalid: No reason.
        Conflict: It is withdrawn already, or the seal is still out with it.
    """
    line, seal = _hold_line(uow, actor, usage_id)
    reason = filled(reason, "reason")
    if line.state == UsageState.WITHDRAWN:
        raise Conflict("This is withdrawn already.")
    if line.outside and line.returned_at is None and seal.state == SealState.LENT:
        raise Conflict("The seal is still out: bring it back first.")
    line.state = UsageState.WITHDRAWN.value
    line.withdrawn_at = uow.now
    line.withdrawn_by = actor.user_id
    line.withdrawn_reason = reason
    document = lock_document(uow, line.document_id)
    record_line(uow, actor, "seal_usage.withdrawn", seal, document, line, {"reason": reason})
    return line


def get_line(uow: UnitOfWork, actor: Actor, usage_id: UUID) -> tuple[SealUsage, Seal]:
    """Return a line to the keeper of its seal, with the seal.

    Raises:
        NotFound: There is no such line.
        NotAllowed: Somebody else keeps the seal.
    """
    check_may(actor, Act.USE_SEAL)
    line = uow.session.get(SealUsage, usage_id)
    if line is None:
        raise NotFound
    seal = uow.session.get_one(Seal, line.seal_id)
    check_keeper(actor, seal)
    return line, seal


def use_up(uow: UnitOfWork, actor: Actor, held: Held) -> None:
    """Use a request up, and have whoever asked told."""
    request = held.request
    state = next_request_state(RequestState(request.state), RequestStep.USE)
    request.state = state.value
    request.ended_at = uow.now
    request.ended_by = actor.user_id
    news.settle(uow, [request.id])
    news.tell(
        uow,
        "seal_request.used",
        to=[request.applicant_id],
        cause=f"seal_request.used:{request.id}",
        subject_id=request.id,
        document_id=request.document_id,
        facts=news_facts(request, actor),
    )


def news_facts(request: SealRequest, actor: Actor) -> dict[str, Any]:
    """Return what news about a request name."""
    facts = {"request": str(request.id), "seal": str(request.seal_id)}
    return {**facts, "by": str(actor.user_id)} if actor.user_id else facts


def line_of(held: Held, *, keeper: Actor, place: str, witness_id: UUID | None) -> dict[str, Any]:
    """Return the columns of a line that follow from the request, for paper stamped here."""
    request = held.request
    return {
        "request_id": request.id,
        "component_id": request.component_id,
        "sha256": request.sha256,
        "placements": [],
        "medium": request.medium,
        "applicant_id": request.applicant_id,
        "unit_id": request.unit_id,
        "keeper_id": keeper.user_id,
        "witness_id": witness_id,
        "place": place,
        "outside": False,
        "state": UsageState.VALID.value,
    }


def _hold_line(uow: UnitOfWork, actor: Actor, usage_id: UUID) -> tuple[SealUsage, Seal]:
    check_may(actor, Act.USE_SEAL)
    seal_id = uow.session.scalar(select(SealUsage.seal_id).where(SealUsage.id == usage_id))
    if seal_id is None:
        raise NotFound
    seal = get_seal(uow, seal_id, for_update=True)
    check_keeper(actor, seal)
    query = select(SealUsage).where(SealUsage.id == usage_id).with_for_update()
    return uow.session.scalars(query.execution_options(populate_existing=True)).one(), seal


def _check_copies(request: SealRequest, stamped: int, spoilt: int, *, least: int) -> None:
    if not least <= stamped <= request.copies:
        raise Invalid(
            "Between %(least)d and %(most)d copies can be stamped on this approval.",
            {"least": least, "most": request.copies},
            field="copies_stamped",
        )
    if not 0 <= spoilt <= MAX_SPOILT:
        raise Invalid(
            "Give the number of spoilt copies, from 0 to %(most)d.",
            {"most": MAX_SPOILT},
            field="copies_spoilt",
        )
