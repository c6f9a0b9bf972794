"""Asking for a seal in tests: the same person, document and terms unless told otherwise."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.documents.models import Component, Document
from records.people.rules import Actor
from records.seals.approvals import decide
from records.seals.models import SealApproval, SealCertificate, SealRequest
from records.seals.requests import ask_for_seal
from tests.builders import register
from tests.records.seals.offices import SealOffice

PDF = b"%PDF-1.4\n%%EOF\n"


def paper(seals: SealOffice, title: str = "Contract of sale", **values: str) -> Document:
    """Register a document with a PDF that the applicant's unit answers for."""
    given = {"unit": "finance", **values}
    return register(seals.office, seals.clerk, title, files=[(f"{title}.pdf", PDF)], **given)


def file_of(seals: SealOffice, document: Document) -> UUID:
    """Return the first file of a document."""
    with seals.office.database.reading() as uow:
        query = select(Component.id).where(Component.document_id == document.id)
        return uow.session.scalars(query.order_by(Component.position)).first() or UUID(int=0)


def terms(**changed: Any) -> dict[str, Any]:
    """Return the terms of a plain request on paper."""
    return {
        "component_id": None,
        "matter": "Contract with a supplier",
        "matter_kind": "contract",
        "amount_cents": None,
        "recipient": "East Trade Ltd",
        "copies": 2,
        "pages": 3,
        "medium": "paper",
        "cross_page": False,
        "urgent": False,
        "outside": False,
        "outside_place": None,
        "escort": None,
        "due_back_at": None,
        **changed,
    }


def outside(seals: SealOffice, **changed: Any) -> dict[str, Any]:
    """Return the terms of a request for a seal outside."""
    due = seals.office.database.clock.now() + timedelta(days=1)
    return terms(outside=True, outside_place="City hall", escort="Wang", due_back_at=due, **changed)


def ask(
    seals: SealOffice,
    document: Document | None = None,
    *,
    by: Actor | None = None,
    seal_id: UUID | None = None,
    **changed: Any,
) -> SealRequest:
    """Ask for the seal and return the request."""
    asked = document or paper(seals)
    with seals.office.database.writing() as uow:
        return ask_for_seal(
            uow,
            by or seals.applicant,
            seal_id=seal_id or seals.seal_id,
            document_id=asked.id,
            **terms(**changed),
        )


def step_of(seals: SealOffice, request_id: UUID) -> UUID:
    """Return the step of a request whose turn it is."""
    with seals.office.database.reading() as uow:
        query = select(SealApproval.id).where(
            SealApproval.request_id == request_id, SealApproval.state == "current"
        )
        return uow.session.scalars(query).one()


def agree(seals: SealOffice, request_id: UUID, *people: Actor) -> None:
    """Have people agree, one step after the other."""
    for person in people:
        step = step_of(seals, request_id)
        with seals.office.database.writing() as uow:
            decide(uow, person, approval_id=step, agree=True)


def decline(seals: SealOffice, request_id: UUID, person: Actor, opinion: str = "Not now") -> None:
    """Have somebody decline."""
    step = step_of(seals, request_id)
    with seals.office.database.writing() as uow:
        decide(uow, person, approval_id=step, agree=False, opinion=opinion)


def approved(seals: SealOffice, document: Document | None = None, **changed: Any) -> SealRequest:
    """Ask, have the leader agree, and return the request as it is then."""
    request = ask(seals, document, **changed)
    agree(seals, request.id, seals.leader)
    return now(seals, request.id)


def now(seals: SealOffice, request_id: UUID) -> SealRequest:
    """Return a request as it is now."""
    with seals.office.database.reading() as uow:
        return uow.session.get_one(SealRequest, request_id)


def give_certificate(seals: SealOffice, seal_id: UUID | None = None, **facts: Any) -> UUID:
    """Write the row of a certificate; nothing signs with it here."""
    with seals.office.database.writing() as uow:
        row = SealCertificate(
            id=uow.new_id(),
            seal_id=seal_id or seals.seal_id,
            source="self_issued",
            serial="01",
            certificate=b"",
            chain=[],
            token=None,
            wrapped_key=b"",
            sealed=b"",
            not_before=facts.get("not_before", uow.now - timedelta(days=1)),
            not_after=facts.get("not_after", uow.now + timedelta(days=365)),
            added_at=uow.now,
            ended_at=facts.get("ended_at"),
        )
        uow.session.add(row)
        return row.id
