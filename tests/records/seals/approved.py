"""Approved requests for tests of what the keeper does with them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.documents.components import components_of
from records.documents.models import Document
from records.documents.sharing import grant_for
from records.seals.digest import content_digest
from records.seals.models import SealApproval, SealRequest
from records.seals.register import get_seal
from tests.builders import File, id_of, register
from tests.records.seals.offices import SealOffice

LETTER = b"%PDF-1.4 to be sealed"


def contract(seals: SealOffice, *, files: tuple[File, ...] = (("contract.pdf", LETTER),)) -> UUID:
    """Register a contract and return its id."""
    return register(seals.office, seals.clerk, "Contract", files=files).id


def approved(seals: SealOffice, document_id: UUID | None = None, **columns: Any) -> UUID:
    """Write a request as it is when its approvers have agreed, and return its id."""
    document_id = document_id or contract(seals)
    with seals.office.database.writing() as uow:
        request = SealRequest(**_columns(uow, seals, document_id, columns))
        uow.session.add(request)
        uow.session.flush()
        uow.session.add(_approval(uow, seals, request))
        keeper_id = get_seal(uow, request.seal_id).keeper_id
        assert keeper_id is not None
        grant_for(
            uow,
            document=uow.session.get_one(Document, document_id),
            user_id=keeper_id,
            reason="seal",
            source_id=request.id,
            granted_by=None,
        )
        return request.id


def _columns(
    uow: UnitOfWork, seals: SealOffice, document_id: UUID, columns: dict[str, Any]
) -> dict[str, Any]:
    first = next(iter(components_of(uow, document_id)), None)
    outside = {
        "outside_place": "The notary",
        "escort": "Zhao",
        "due_back_at": uow.now + timedelta(hours=4),
    }
    return {
        "id": uow.new_id(),
        "seal_id": seals.seal_id,
        "document_id": document_id,
        "component_id": first.id if first else None,
        "sha256": first.sha256 if first else None,
        "content_sha256": content_digest(uow, document_id),
        "applicant_id": id_of(seals.applicant),
        "unit_id": seals.unit_id,
        "matter": "A contract",
        "matter_kind": "contract",
        "recipient": "The other party",
        "copies": 2,
        "pages": 1,
        "medium": "paper",
        "cross_page": False,
        "urgent": False,
        "outside": False,
        "state": "approved",
        "asked_at": uow.now,
        "approved_at": uow.now,
        **(outside if columns.get("outside") else {}),
        **columns,
    }


def _approval(uow: UnitOfWork, seals: SealOffice, request: SealRequest) -> SealApproval:
    return SealApproval(
        id=uow.new_id(),
        request_id=request.id,
        position=0,
        unit_id=seals.unit_id,
        state="agreed",
        began_at=uow.now,
        decided_by=id_of(seals.leader),
        decided_at=uow.now,
    )
