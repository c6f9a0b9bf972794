"""The people of a served office around a seal, for the builders of `tests.records.seals`."""

from uuid import UUID

from records.people.organization import unit_by_code
from tests.api.conftest import Place
from tests.builders import actor
from tests.records.seals.offices import SealOffice


def sealed(place: Place, *, code: str = "S") -> SealOffice:
    """Put a seal into the hand of the keeper of a served office."""
    with place.office.database.reading() as uow:
        unit_id = unit_by_code(uow, "finance").id
    keeper, leader = actor(place.office, "keeper"), actor(place.office, "leader")
    made = SealOffice(
        office=place.office,
        admin=actor(place.office, "admin"),
        security=actor(place.office, "security"),
        keeper=keeper,
        second_keeper=keeper,
        leader=leader,
        head=leader,
        applicant=actor(place.office, "stranger"),
        witness=actor(place.office, "archivist"),
        clerk=actor(place.office, "clerk"),
        auditor=actor(place.office, "auditor"),
        unit_id=unit_id,
        seal_id=UUID(int=0),
    )
    made.seal_id = made.add_seal(code, name=f"Seal of the office, {code}")
    return made
