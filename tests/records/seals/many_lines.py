"""A seal book with as many lines as a test wants, written in two statements."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from records.core.base import table_of
from records.seals.models import SealCounter, SealRequest, SealUsage
from tests.builders import id_of
from tests.records.seals.offices import SealOffice


def fill_book(
    seals: SealOffice,
    document_id: UUID,
    count: int,
    *,
    year: int = 2025,
    seal_id: UUID | None = None,
) -> None:
    """Write lines of a year as if a document had been sealed again and again."""
    requests, lines = [], []
    with seals.office.database.writing() as uow:
        for number in range(1, count + 1):
            request, line = _rows(seals, document_id, uow.new_id(), uow.new_id(), year, number)
            line["used_at"] = uow.now - timedelta(minutes=count - number)
            request["asked_at"] = request["approved_at"] = request["ended_at"] = line["used_at"]
            if seal_id is not None:
                request["seal_id"] = line["seal_id"] = seal_id
            requests.append(request)
            lines.append(line)
        uow.session.execute(insert(table_of(SealRequest)), requests)
        uow.session.execute(insert(table_of(SealUsage)), lines)
        uow.session.add(SealCounter(seal_id=seal_id or seals.seal_id, year=year, last=count))


def _rows(
    seals: SealOffice, document_id: UUID, request_id: UUID, line_id: UUID, year: int, number: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    shared = {
        "seal_id": seals.seal_id,
        "document_id": document_id,
        "applicant_id": id_of(seals.applicant),
        "unit_id": seals.unit_id,
        "medium": "paper",
        "outside": False,
    }
    request: dict[str, Any] = {
        **shared,
        "id": request_id,
        "content_sha256": "0" * 64,
        "matter": f"Matter {number}",
        "matter_kind": "letter",
        "recipient": "Harbour",
        "copies": 1,
        "pages": 1,
        "cross_page": False,
        "urgent": False,
        "state": "used",
        "version": 1,
    }
    line: dict[str, Any] = {
        **shared,
        "id": line_id,
        "year": year,
        "number": number,
        "text": f"S-{year}-{number:04d}",
        "request_id": request_id,
        "placements": [],
        "keeper_id": id_of(seals.keeper),
        "place": "Office",
        "copies_stamped": 1,
        "copies_spoilt": 0,
        "state": "valid",
    }
    return request, line
