"""A seal that the people of the interface's office can ask for, and what a request says."""

from typing import Any
from uuid import UUID

from records.people.organization import unit_by_code
from records.people.rules import Role
from tests.api.conftest import PDF, Place
from tests.builders import add_person
from tests.records.seals.offices import enter_seal, hand_over


def held_seal(place: Place) -> UUID:
    """Enter a seal of the finance unit, held by a keeper of its own; return its id."""
    office = place.office
    admin = add_person(office, "seal-admin", Role.SYSTEM_ADMIN)
    keeper = add_person(office, "seal-keeper", Role.SEAL_KEEPER)
    witness = add_person(office, "seal-witness", Role.STAFF)
    with office.database.reading() as uow:
        unit_id = unit_by_code(uow, "finance").id
    seal_id = enter_seal(office, admin, unit_id, code="API", name="Seal of the interface")
    hand_over(office, seal_id, admin, keeper, witness)
    return seal_id


def terms(seal_id: UUID, **more: Any) -> dict[str, Any]:
    """Return a body that asks for a seal on paper."""
    return {
        "seal": str(seal_id),
        "matter": "Lease",
        "matter_kind": "contract",
        "recipient": "Landlord",
        "copies": 2,
        "pages": 3,
        "medium": "paper",
        **more,
    }


def document_of_finance(place: Place, title: str = "Lease") -> str:
    """Register a document that the finance unit answers for; return its id."""
    made = place.clerk.register(("lease.pdf", PDF), title=title, unit="finance")
    assert made.status_code == 201, made.text
    return str(made.json["id"])
