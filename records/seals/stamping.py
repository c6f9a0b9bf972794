"""Use cases of the electronic seal: what the keeper lays down, and the line that comes of it.

The keeper's plan is frozen with the request. The worker presses it (`stamping_press`), and what it
made is bound in one transaction with the line of the book, after everything is checked again: so
there is a stamped copy and a line, or neither.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.core.jobs import enqueue
from records.documents.intake import bind_components
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole, TextState
from records.documents.service import record_document
from records.documents.texts import enqueue_reading
from records.people.actors import load_actor
from records.people.rules import SERVICE, Actor
from records.seals.base import Base, base_of
from records.seals.book import take_line
from records.seals.holding import Held, check_use, check_witness, get_held, hold
from records.seals.keys.certificates import certificate_in_use
from records.seals.models import (
    Seal,
    SealCertificate,
    SealImprint,
    SealRequest,
    SealStamping,
    SealUsage,
)
from records.seals.pages.boxes import Size
from records.seals.pages.placing import StampingPlan, check_placements, covered_boxes
from records.seals.rules import (
    RequestState,
    RequestStep,
    SealMedium,
    StampingState,
    next_request_state,
)
from records.seals.use import line_of, news_facts, use_up
from storage import Received

STAMP_JOB = "seals.stamp"
PDF = "application/pdf"
# Beside the plan: what it covers of the pages, for the line of the book and the seals that follow.
COVERED = "covered"
# Without letters and digits that look alike: people type it from paper. 80 bits.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Five bits each: 130, which nobody guesses.
CODE_LENGTH = 26


def ask_stamping(
    uow: UnitOfWork,
    actor: Actor,
    *,
    request_id: UUID,
    plan: StampingPlan,
    page_sizes_mm: Sequence[Size],
) -> SealStamping:
    """Freeze where the imprints go, and have the worker stamp.

    Args:
        page_sizes_mm: Of every page of what `base_of` gives, as shown.

    Raises:
        NotFound: There is no such request, or this person may not know of it.
        NotAllowed: Somebody else keeps the seal, or the keeper asked for it or approved it.
        Conflict: What was approved does not hold any more; it is being stamped; the seal has no
            imprint or no certificate in use; the file is no PDF, or its signatures forbid it.
        Invalid: A place that makes no sense, or a witness who is a party; `field` says which.
    """
    held = hold(uow, actor, request_id)
    check_use(uow, actor, held, SealMedium.ELECTRONIC)
    check_witness(uow, held, plan.witness_id)
    _check_not_waiting(uow, request_id)
    base = base_of(uow, held.request)
    check_stampable(uow, held, base)
    check_plan(held, base, plan, page_sizes_mm)
    stamping = SealStamping(
        id=uow.new_id(),
        request_id=request_id,
        keeper_id=actor.user_id,
        plan={**plan.to_json(), COVERED: _covered(held.seal, plan, page_sizes_mm)},
        code=new_code(),
        state=StampingState.WAITING.value,
        asked_at=uow.now,
    )
    uow.session.add(stamping)
    uow.session.flush()
    enqueue(uow, STAMP_JOB, subject_id=stamping.id)
    _record(uow, actor, "seal.stamping_asked", held, {"placements": len(plan.placements)})
    return stamping


def check_stampable(uow: UnitOfWork, held: Held, base: Base) -> SealCertificate:
    """Return the certificate with which a seal signs, and refuse where it could not.

    Raises:
        Conflict: The file is no PDF, or the seal has no imprint, or no certificate in use.
    """
    if base.component.media_type != PDF:
        raise Conflict("Only a PDF gets an electronic seal. Register the document as PDF first.")
    if not has_imprint(uow, held.seal.id):
        raise Conflict("This seal has no imprint yet.")
    certificate = certificate_in_use(uow, held.seal.id)
    if certificate is None:
        raise Conflict("This seal has no certificate in use.")
    return certificate


def has_imprint(uow: UnitOfWork, seal_id: UUID) -> bool:
    """Return whether a seal has a picture to stamp with."""
    query = select(SealImprint.id).where(SealImprint.seal_id == seal_id).limit(1)
    return uow.session.scalar(query) is not None


def check_plan(held: Held, base: Base, plan: StampingPlan, page_sizes_mm: Sequence[Size]) -> None:
    """Refuse a plan that the request, the pages or earlier seals do not allow.

    Raises:
        Invalid, Conflict: With the reason; `field` says which part of the plan.
    """
    if plan.cross_page is not None and not held.request.cross_page:
        raise Invalid("No cross-page seal was asked for.", field="cross_page")
    if not page_sizes_mm:
        raise Conflict("The pages of this file cannot be drawn, so nothing is placed on them.")
    seal = held.seal
    check_placements(
        plan,
        page_sizes_mm=page_sizes_mm,
        width_mm=seal.width_mm,
        height_mm=seal.height_mm,
        shape=seal.shape,
        others=base.boxes,
        signed=base.is_signed,
    )


def latest_stamping(uow: UnitOfWork, request_id: UUID) -> SealStamping | None:
    """Return the last attempt to stamp on a request."""
    query = select(SealStamping).where(SealStamping.request_id == request_id)
    return uow.session.scalar(
        query.order_by(SealStamping.asked_at.desc(), SealStamping.id.desc()).limit(1)
    )


def new_code() -> str:
    """Return a code that nobody guesses, to be typed in capitals."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


# What the worker does with the database ----------------------------------------------------------


def held_for_stamping(uow: UnitOfWork, stamping: SealStamping) -> tuple[Actor, Held]:
    """Return the keeper who asked, with the rights of now, and what is stamped; all is checked.

    Raises:
        Refusal: The keeper may not any more, or what was approved does not hold.
    """
    keeper = load_actor(uow, stamping.keeper_id)
    _check_approved(uow, stamping)
    held = get_held(uow, keeper, stamping.request_id)
    check_use(uow, keeper, held, SealMedium.ELECTRONIC)
    return keeper, held


def finish_stamping(
    uow: UnitOfWork,
    *,
    stamping_id: UUID,
    base_id: UUID,
    certificate_id: UUID,
    received: Received,
) -> SealUsage | None:
    """Bind the stamped copy and write the line, once; None when it was done or given up already.

    Raises:
        BaseMoved: Another seal was stamped on the same file meanwhile: it must be pressed again.
        Refusal: What was approved does not hold any more.
    """
    stamping = uow.session.get_one(SealStamping, stamping_id)
    keeper = load_actor(uow, stamping.keeper_id)
    _check_approved(uow, stamping)
    held = hold(uow, keeper, stamping.request_id)
    uow.session.refresh(stamping, with_for_update=True)
    if stamping.state != StampingState.WAITING:
        return None
    check_use(uow, keeper, held, SealMedium.ELECTRONIC)
    base = base_of(uow, held.request)
    if base.component.id != base_id:
        raise BaseMoved
    certificate = check_stampable(uow, held, base)
    if certificate.id != certificate_id:
        raise BaseMoved
    plan = StampingPlan.from_json(stamping.plan)
    check_witness(uow, held, plan.witness_id)
    result = _bind(uow, held, base, received)
    stamping.state = StampingState.DONE.value
    stamping.ended_at = uow.now
    use_up(uow, keeper, held)
    facts = line_of(held, keeper=keeper, place=plan.place or "", witness_id=plan.witness_id)
    facts |= {
        "result_id": result.id,
        "result_sha256": result.sha256,
        "certificate_id": certificate.id,
        "code": stamping.code,
        "placements": stamping.plan[COVERED],
        "copies_stamped": 1,
        "copies_spoilt": 0,
        "remarks": plan.remarks,
    }
    return take_line(uow, keeper, held.seal, held.document, facts)


def fail_stamping(
    uow: UnitOfWork, stamping_id: UUID, *, code: str, message: str, details: Mapping[str, Any]
) -> None:
    """Give a stamping up with a reason, and tell the keeper, who may try again."""
    query = select(SealStamping).where(SealStamping.id == stamping_id).with_for_update()
    stamping = uow.session.scalar(query)
    if stamping is None or stamping.state != StampingState.WAITING:
        return
    stamping.state = StampingState.FAILED.value
    stamping.ended_at = uow.now
    stamping.reason_code = code
    stamping.reason_message = json.dumps(
        {"message": message, "details": dict(details)}, ensure_ascii=False, default=str
    )
    request = uow.session.get_one(SealRequest, stamping.request_id)
    held = Held(
        request,
        uow.session.get_one(Seal, request.seal_id),
        uow.session.get_one(Document, request.document_id),
    )
    _record(uow, SERVICE, "seal.stamping_failed", held, {"reason": told_reason(stamping)})
    news.tell(
        uow,
        "seal.stamping_failed",
        to=[stamping.keeper_id],
        cause=f"seal.stamping_failed:{stamping.id}",
        subject_id=request.id,
        document_id=request.document_id,
        facts=news_facts(request, SERVICE),
    )


def failure_of(stamping: SealStamping) -> Refusal | None:
    """Return why a stamping failed, as a refusal that can be said in any language."""
    if stamping.reason_message is None:
        return None
    kept = json.loads(stamping.reason_message)
    refusal = Refusal(kept["message"], kept["details"])
    refusal.code = stamping.reason_code or refusal.code
    return refusal


def told_reason(stamping: SealStamping) -> dict[str, str] | None:
    """Return why a stamping failed, as programs and the log get it."""
    failure = failure_of(stamping)
    return {"code": failure.code, "message": str(failure)} if failure else None


class BaseMoved(Exception):
    """What was pressed is not what has to be bound now; pressing it again will do."""


def _check_approved(uow: UnitOfWork, stamping: SealStamping) -> None:
    """Say that a request has ended, rather than that its document is not the keeper's to see."""
    request = uow.session.get_one(SealRequest, stamping.request_id)
    next_request_state(RequestState(request.state), RequestStep.USE)


def _check_not_waiting(uow: UnitOfWork, request_id: UUID) -> None:
    waits = select(func.count()).where(
        SealStamping.request_id == request_id,
        SealStamping.state == StampingState.WAITING.value,
    )
    if uow.session.scalar(waits):
        raise Conflict("This is being stamped already.")


def _bind(uow: UnitOfWork, held: Held, base: Base, received: Received) -> Component:
    last = select(func.max(Component.position)).where(Component.document_id == held.document.id)
    position = (uow.session.scalar(last) or 0) + 1
    name = stamped_name(_asked_name(uow, held.request), len(base.lines) + 1)
    bound = bind_components(
        uow,
        held.document.id,
        [(received, name)],
        first_position=position,
        role=ComponentRole.STAMPED,
    )
    held.document.text_state = TextState.PENDING.value
    enqueue_reading(uow, bound)
    return bound[0]


def stamped_name(name: str, count: int) -> str:
    """Return the file name of the stamped copy that bears so many seals."""
    stem = PurePath(name).stem or "file"
    return f"{stem}.stamped.pdf" if count == 1 else f"{stem}.stamped-{count}.pdf"


def _asked_name(uow: UnitOfWork, request: SealRequest) -> str:
    name = uow.session.scalar(select(Component.name).where(Component.id == request.component_id))
    return name or "file.pdf"


def _covered(seal: Seal, plan: StampingPlan, page_sizes_mm: Sequence[Size]) -> list[dict[str, Any]]:
    boxes = covered_boxes(
        plan,
        page_sizes_mm=page_sizes_mm,
        width_mm=seal.width_mm,
        height_mm=seal.height_mm,
        shape=seal.shape,
    )
    return [each.to_json() for each in boxes]


def _record(uow: UnitOfWork, actor: Actor, kind: str, held: Held, facts: Mapping[str, Any]) -> None:
    told = {"seal": held.seal.name, "code": held.seal.code, **facts}
    record_document(uow, actor, kind, held.document, told, held.request.id, held.seal.id)
