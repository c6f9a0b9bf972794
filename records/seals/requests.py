"""Use cases of those who ask for a seal, and of the keeper who refuses to stamp.

A request is about one document as it is at this moment: the digest of its content is frozen in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.log import timestamp
from records.core.rows import clean, filled
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole, DocumentState, RegisterKind, check_not_voided
from records.documents.sharing import grant_for, lock_document
from records.documents.visibility import get_document, visible_ids
from records.people.models import User
from records.people.rules import WORKING_ROLES, Act, Actor, Secrecy, check_may
from records.registration.registers import open_registers
from records.registration.service import register_on_the_way
from records.seals.approvals import begin_step
from records.seals.digest import content_digest
from records.seals.models import Seal, SealApproval, SealCertificate, SealRequest
from records.seals.parties import Chart, Whose, load_chart, steps_asked
from records.seals.register import check_usable, rule_of
from records.seals.request_keeping import (
    GRANT_REASON,
    HeldRequest,
    approvals_of,
    check_not_stamping,
    check_unchanged,
    end_request,
    hold_request,
    hold_seal,
    record_request,
    tell_of,
)
from records.seals.rules import ApprovalState, RequestState, RequestStep
from records.seals.terms import Terms, check_terms
from storage import Received

__all__ = [
    "ask_for_seal",
    "ask_with_file",
    "check_current",
    "content_digest",
    "refuse_request",
    "who_will_approve",
    "withdraw_request",
]

PDF = "application/pdf"
ENCRYPTED = "encrypted"
LONGEST_REASON = 2_000


def ask_for_seal(
    uow: UnitOfWork,
    actor: Actor,
    *,
    seal_id: UUID,
    document_id: UUID,
    component_id: UUID | None,
    matter: str,
    matter_kind: str,
    amount_cents: int | None,
    recipient: str,
    copies: int,
    pages: int,
    medium: str,
    cross_page: bool = False,
    urgent: bool = False,
    outside: bool = False,
    outside_place: str | None = None,
    escort: str | None = None,
    due_back_at: datetime | None = None,
    request_id: UUID | None = None,
) -> SealRequest:
    """Ask for a seal on a document, as it is now; the first step of the approval begins at once.

    Args:
        component_id: The file that gets an electronic seal, or that is printed and stamped.
        amount_cents: What it is worth, in hundredths; a rule can name an approver from an amount.
        request_id: The id that the request shall have, so that the same form sent twice asks once.

    Raises:
        NotAllowed: None of the person's posts asks for seals.
        NotFound: The person does not see the document, or there is no such seal.
        Invalid: Terms out of bounds, a file that takes no seal, or nobody who could approve or
            stamp.
        Conflict: The seal is not used, or the document takes none.
    """
    check_may(actor, Act.ASK_FOR_SEAL)
    terms = check_terms(
        Terms(
            matter=matter,
            matter_kind=matter_kind,
            amount_cents=amount_cents,
            recipient=recipient,
            copies=copies,
            pages=pages,
            medium=medium,
            cross_page=cross_page,
            urgent=urgent,
            outside=outside,
            outside_place=outside_place,
            escort=escort,
            due_back_at=due_back_at,
        ),
        now=uow.now,
    )
    seal = hold_seal(uow, seal_id)
    get_document(uow, actor, document_id)
    document = lock_document(uow, document_id)
    if actor.user_id is None:
        raise NotFound
    asked = _asked_before(uow, actor.user_id, document, request_id)
    if asked is not None:
        return asked
    _check_seal(uow, actor.user_id, seal, document)
    component = _check_file(uow, seal, document, component_id, terms)
    request = _new_request(uow, actor, request_id or uow.new_id(), seal, document, component, terms)
    steps = _check_approvers(uow, request, seal, document)
    _write(uow, request, steps)
    held = HeldRequest(
        uow.session.get_one(SealRequest, request.id),
        seal,
        document,
        approvals_of(uow, [request.id]),
    )
    record_request(uow, actor, "seal_request.asked", held, _facts(held))
    begin_step(uow, held, held.approvals[0])
    return held.request


def ask_with_file(
    uow: UnitOfWork,
    actor: Actor,
    *,
    seal_id: UUID,
    received: Sequence[tuple[Received, str]],
    title: str | None = None,
    secrecy: Secrecy = Secrecy.INTERNAL,
    request_id: UUID | None = None,
    **terms: Any,
) -> SealRequest:
    """Ask for a seal on a file that is not registered: it is, on the way, by the same act.

    It gets a number in the first open register of kind `internal` that may hold it, the unit of the
    applicant answers for it, and the applicant sees it in any case.

    Args:
        received: Kept objects with their file names; the first gets the seal.
        terms: As in `ask_for_seal`, without document and component.

    Raises:
        Conflict: No such register is open.
    """
    check_may(actor, Act.ASK_FOR_SEAL)
    if not received:
        raise Invalid("Choose the file that is to be sealed.", field="file")
    if actor.user_id is None:
        raise NotFound
    asked = uow.session.get(SealRequest, request_id) if request_id else None
    if asked is not None:
        return _own(asked, actor.user_id)
    register = next(
        (
            each
            for each in open_registers(uow)
            if each.kind == RegisterKind.INTERNAL and each.ceiling >= secrecy
        ),
        None,
    )
    if register is None:
        raise Conflict("No register takes this file. Ask a clerk to register it.", field="file")
    values: dict[str, Any] = {"secrecy": secrecy}
    if title and title.strip():
        values["title"] = " ".join(clean(title).split())
    document = register_on_the_way(
        uow,
        actor,
        register=register,
        values=values,
        received=received,
        unit_id=_unit_of(actor, None),
    )
    grant_for(
        uow,
        document=document,
        user_id=actor.user_id,
        reason=GRANT_REASON,
        source_id=document.id,
        granted_by=actor.user_id,
    )
    first = select(Component.id).where(Component.document_id == document.id)
    component_id = uow.session.scalar(first.order_by(Component.position).limit(1))
    return ask_for_seal(
        uow,
        actor,
        seal_id=seal_id,
        document_id=document.id,
        component_id=component_id,
        request_id=request_id,
        **terms,
    )


def withdraw_request(
    uow: UnitOfWork, actor: Actor, *, request_id: UUID, reason: str | None = None
) -> SealRequest:
    """Take a request back that has not been stamped; whoever asked does.

    Raises:
        NotFound: There is none, or the person may not know of it.
        NotAllowed: Somebody else asked.
        Conflict: It has ended, or is being stamped.
    """
    held = held_for(uow, actor, request_id)
    if held.request.applicant_id != actor.user_id:
        raise NotAllowed("Only whoever asked for a seal withdraws the request.")
    check_not_stamping(uow, request_id)
    told = clean(reason or "").strip()[:LONGEST_REASON] or None
    end_request(uow, actor, held, RequestStep.WITHDRAW, reason=told)
    return held.request


def refuse_request(uow: UnitOfWork, actor: Actor, *, request_id: UUID, reason: str) -> SealRequest:
    """Refuse to stamp what is approved, because it is blank, unfinished or not what was approved.

    Raises:
        NotFound: There is none, or the person may not know of it.
        NotAllowed: The person does not hold the seal.
        Invalid: No reason.
        Conflict: It is not approved, or is being stamped.
    """
    check_may(actor, Act.USE_SEAL)
    held = held_for(uow, actor, request_id)
    if actor.user_id is None or held.seal.keeper_id != actor.user_id:
        raise NotAllowed("Only the keeper of the seal may do this.")
    check_not_stamping(uow, request_id)
    told = filled(reason, "reason")
    if len(told) > LONGEST_REASON:
        raise Invalid(
            "This has at most %(count)d characters.", {"count": LONGEST_REASON}, field="reason"
        )
    end_request(uow, actor, held, RequestStep.REFUSE, reason=told)
    people = [held.request.applicant_id, *held.deciders]
    tell_of(uow, "seal_request.refused", held, people, by=actor.user_id)
    return held.request


def held_for(
    uow: UnitOfWork, actor: Actor, request_id: UUID, *, seal_for_update: bool = False
) -> HeldRequest:
    """Return a request in hand, for somebody who sees its document.

    Raises:
        NotFound: There is none, or the person may not know of it.
    """
    held = hold_request(uow, request_id, seal_for_update=seal_for_update, seen_by=actor)
    if not visible_ids(uow, actor, [held.document.id]):
        raise NotFound
    return held


def check_current(uow: UnitOfWork, request: SealRequest) -> None:
    """Refuse to go on with a request whose document is not as it was when the seal was asked for.

    Raises:
        Conflict: Its files changed, it was voided, or it is filed and was to be sealed
            electronically.
    """
    seal = uow.session.get_one(Seal, request.seal_id)
    document = uow.session.get_one(Document, request.document_id)
    check_unchanged(uow, HeldRequest(request, seal, document, []))


# Who will approve --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChainStep:
    """One step of an approval that has not begun: of which unit or post, and by whom."""

    place: str
    people: tuple[str, ...]


def who_will_approve(
    uow: UnitOfWork,
    actor: Actor,
    *,
    seal_id: UUID,
    document_id: UUID | None,
    matter_kind: str,
    amount_cents: int | None,
    outside: bool,
) -> list[ChainStep]:
    """Return who would be asked if this person asked for a seal now; people may be none.

    Raises:
        NotFound: The person does not see the document, or there is no such seal.
    """
    seal = uow.session.get(Seal, seal_id)
    if seal is None or actor.user_id is None:
        raise NotFound
    document = get_document(uow, actor, document_id) if document_id else None
    secrecy = document.secrecy if document else int(Secrecy.INTERNAL)
    steps = steps_asked(
        rule_of(uow, seal.id),
        applicant_unit=_unit_of(actor, document),
        seal=seal,
        matter_kind=matter_kind,
        amount_cents=amount_cents,
        outside=outside,
    )
    chart = _chart(uow, steps)
    barred = {each for each in (actor.user_id, seal.keeper_id) if each is not None}
    return [
        ChainStep(
            chart.name_of(step),
            tuple(each.name for each in chart.candidates(steps[place:], barred, secrecy)),
        )
        for place, step in enumerate(steps)
    ]


# What is checked when somebody asks --------------------------------------------------------------


def _asked_before(
    uow: UnitOfWork, user_id: UUID, document: Document, request_id: UUID | None
) -> SealRequest | None:
    found = uow.session.get(SealRequest, request_id) if request_id else None
    if found is None:
        return None
    if found.document_id != document.id:
        raise Conflict("There is another seal request with this id.")
    return _own(found, user_id)


def _own(request: SealRequest, user_id: UUID) -> SealRequest:
    if request.applicant_id != user_id:
        raise Conflict("There is another seal request with this id.")
    return request


def _check_seal(uow: UnitOfWork, user_id: UUID, seal: Seal, document: Document) -> None:
    check_usable(uow, seal, out_too=True)
    if seal.keeper_id == user_id:
        raise Invalid("Whoever keeps a seal does not ask for it.", field="seal")
    keeper = uow.session.get_one(User, seal.keeper_id)
    if keeper.disabled_at is not None:
        raise Invalid("The account of %(names)s is closed.", {"names": keeper.name}, field="seal")
    if keeper.clearance < document.secrecy:
        raise Invalid(
            "The clearance of %(names)s does not reach this document.",
            {"names": keeper.name},
            field="seal",
        )


def _check_file(
    uow: UnitOfWork,
    seal: Seal,
    document: Document,
    component_id: UUID | None,
    terms: Terms,
) -> Component | None:
    check_not_voided(document.state)
    component = uow.session.get(Component, component_id) if component_id else None
    if component_id is not None and (component is None or component.document_id != document.id):
        raise Invalid("This file is none of the document.", field="component")
    if component is not None and component.role == ComponentRole.STAMPED:
        raise Invalid(
            "Choose the file itself: seals are added to its stamped copy.", field="component"
        )
    if terms.is_electronic:
        _check_takes_signature(uow, seal, document, component)
    return component


def _check_takes_signature(
    uow: UnitOfWork, seal: Seal, document: Document, component: Component | None
) -> None:
    if not has_certificate(uow, seal.id):
        raise Invalid("This seal has no certificate: it stamps paper only.", field="medium")
    if document.state == DocumentState.FILED:
        raise Conflict("A filed document takes no electronic seal: its files are frozen.")
    if component is None:
        raise Invalid("Choose the file that is to be sealed.", field="component")
    if component.media_type != PDF:
        raise Invalid("Only a PDF takes an electronic seal.", field="component")
    if component.reason_code == ENCRYPTED:
        raise Invalid("This PDF is encrypted: it takes no seal.", field="component")


def has_certificate(uow: UnitOfWork, seal_id: UUID) -> bool:
    """Return whether a seal has a certificate that can be used now."""
    query = select(SealCertificate.id).where(
        SealCertificate.seal_id == seal_id,
        SealCertificate.ended_at.is_(None),
        SealCertificate.not_before <= uow.now,
        SealCertificate.not_after > uow.now,
    )
    return uow.session.scalar(query.limit(1)) is not None


def _check_approvers(
    uow: UnitOfWork, request: SealRequest, seal: Seal, document: Document
) -> list[Whose]:
    steps = steps_asked(
        rule_of(uow, seal.id),
        applicant_unit=request.unit_id,
        seal=seal,
        matter_kind=request.matter_kind,
        amount_cents=request.amount_cents,
        outside=request.outside,
    )
    chart = _chart(uow, steps)
    barred = {each for each in (request.applicant_id, seal.keeper_id) if each is not None}
    place = chart.stuck_at(steps, barred, document.secrecy)
    if place is not None:
        raise Invalid(
            "Nobody can approve for %(place)s. It takes somebody who is cleared for the document "
            "and is neither applicant nor keeper nor asked for another step.",
            {"place": chart.name_of(steps[place])},
            field="seal",
        )
    return steps


def _chart(uow: UnitOfWork, steps: Sequence[Whose]) -> Chart:
    return load_chart(uow, [each.post_id for each in steps if each.post_id])


def _unit_of(actor: Actor, document: Document | None) -> UUID:
    """Return for which unit somebody asks: the document's, if it is theirs, else their first."""
    units = [each.unit_id for each in actor.posts if each.roles & WORKING_ROLES]
    if not units:
        raise NotAllowed("None of your posts allows this.", {"act": Act.ASK_FOR_SEAL.value})
    own = document is not None and document.unit_id in units
    return document.unit_id if own and document and document.unit_id else units[0]


# What is written ---------------------------------------------------------------------------------


def _new_request(
    uow: UnitOfWork,
    actor: Actor,
    request_id: UUID,
    seal: Seal,
    document: Document,
    component: Component | None,
    terms: Terms,
) -> SealRequest:
    assert actor.user_id is not None
    return SealRequest(
        id=request_id,
        seal_id=seal.id,
        document_id=document.id,
        component_id=component.id if component else None,
        sha256=component.sha256 if component else None,
        content_sha256=content_digest(uow, document.id),
        applicant_id=actor.user_id,
        unit_id=_unit_of(actor, document),
        **asdict(terms),
        state=RequestState.WAITING.value,
        asked_at=uow.now,
        version=1,
    )


def _write(uow: UnitOfWork, request: SealRequest, steps: Sequence[Whose]) -> None:
    values = {name: value for name, value in vars(request).items() if name != "_sa_instance_state"}
    insert = insert_into(uow.session, table_of(SealRequest)).values(values)
    made = insert.on_conflict_do_nothing(index_elements=["id"]).returning(
        table_of(SealRequest).c.id
    )
    if uow.session.scalar(made) is None:
        raise Conflict("There is another seal request with this id.")
    uow.session.add_all(
        SealApproval(
            id=uow.new_id(),
            request_id=request.id,
            position=position,
            unit_id=each.unit_id,
            post_id=each.post_id,
            state=ApprovalState.WAITING.value,
        )
        for position, each in enumerate(steps)
    )
    uow.session.flush()


def _facts(held: HeldRequest) -> Mapping[str, Any]:
    request = held.request
    return {
        "matter": request.matter,
        "matter_kind": request.matter_kind,
        "medium": request.medium,
        "copies": request.copies,
        "pages": request.pages,
        "outside": request.outside,
        "due_back_at": timestamp(request.due_back_at) if request.due_back_at else None,
        "sha256": request.sha256,
        "content_sha256": request.content_sha256,
        "steps": len(held.approvals),
    }
