"""An office with a seal: keepers, a leader, an applicant, and a hand-over that is confirmed."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from records.office import Office
from records.people.rules import Actor, Role
from records.seals.custody import ask_handover, confirm_handover
from records.seals.models import Seal
from records.seals.register import RuleStep, SealEntry, get_seal, register_seal, set_rule
from records.seals.rules import SealKind, Shape
from tests.builders import add_person, add_unit, id_of

UNIT = "finance"


@dataclass
class SealOffice:
    """An office with people around seals, and one seal that the keeper holds.

    Attributes:
        admin: Keeps the register of seals.
        security: Keeps the certificates of seals.
        keeper: Holds the seal.
        second_keeper: Keeps seals as well, and holds none.
        leader: Leads the unit of the applicant, whose seal it is.
        head: Leads the office, and so every unit.
        applicant: Asks for the seal; works in the unit.
        witness: Sees hand-overs and stampings; works at the root.
        clerk: Registers in all registers.
        auditor: Reads the books.
    """

    office: Office
    admin: Actor
    security: Actor
    keeper: Actor
    second_keeper: Actor
    leader: Actor
    head: Actor
    applicant: Actor
    witness: Actor
    clerk: Actor
    auditor: Actor
    unit_id: UUID
    seal_id: UUID

    def seal(self, seal_id: UUID | None = None) -> Seal:
        """Return the seal as it is now."""
        with self.office.database.reading() as uow:
            return get_seal(uow, seal_id or self.seal_id)

    def add_seal(self, code: str = "C", *, held: bool = True, **facts: Any) -> UUID:
        """Register another seal, which the keeper holds unless told otherwise."""
        seal_id = enter_seal(self.office, self.admin, self.unit_id, code=code, **facts)
        if held:
            hand_over(self.office, seal_id, self.admin, self.keeper, self.witness)
        return seal_id

    def rule(self, *steps: RuleStep, seal_id: UUID | None = None) -> None:
        """Set the rule of the seal."""
        with self.office.database.writing() as uow:
            set_rule(uow, self.admin, seal_id=seal_id or self.seal_id, steps=steps)


def seal_office(office: Office) -> SealOffice:
    """Return the office with its people and a round unit seal of 42 mm in custody."""
    unit_id = add_unit(office, UNIT, name="Finance")
    made = SealOffice(
        office=office,
        admin=add_person(office, "seal-admin", Role.SYSTEM_ADMIN, name="Admin"),
        security=add_person(office, "seal-security", Role.SECURITY_ADMIN, name="Security"),
        keeper=add_person(office, "keeper", Role.SEAL_KEEPER, name="Keeper"),
        second_keeper=add_person(office, "keeper2", Role.SEAL_KEEPER, name="Second Keeper"),
        leader=add_person(office, "leader", Role.LEADER, unit=UNIT, name="Leader"),
        head=add_person(office, "head", Role.LEADER, name="Head"),
        applicant=add_person(office, "applicant", Role.STAFF, unit=UNIT, name="Applicant"),
        witness=add_person(office, "witness", Role.STAFF, name="Witness"),
        clerk=add_person(office, "seal-clerk", Role.CLERK, name="Clerk"),
        auditor=add_person(office, "seal-auditor", Role.AUDITOR, name="Auditor"),
        unit_id=unit_id,
        seal_id=UUID(int=0),
    )
    made.seal_id = made.add_seal("S", name="Example Organization")
    return made


def enter_seal(
    office: Office, admin: Actor, unit_id: UUID, *, code: str = "S", **facts: Any
) -> UUID:
    """Register a seal that nobody holds yet."""
    given: dict[str, Any] = {
        "name": f"Seal {code}",
        "kind": SealKind.UNIT,
        "shape": Shape.ROUND,
        "width_mm": 42.0,
        "height_mm": 42.0,
        "issuer": "City police",
        "start_on": date(2026, 1, 1),
        **facts,
    }
    with office.database.writing() as uow:
        entry = SealEntry(unit_id=unit_id, **given)
        return register_seal(uow, admin, code=code, entry=entry).id


def hand_over(office: Office, seal_id: UUID, giver: Actor, taker: Actor, witness: Actor) -> UUID:
    """Hand a seal over, all three confirming; `giver` is its keeper or the administrator."""
    with office.database.writing() as uow:
        handover_id = ask_handover(
            uow,
            giver,
            seal_id=seal_id,
            taker_id=id_of(taker),
            witness_id=id_of(witness),
            reason="Change of keeper",
        ).id
    for person in (giver, taker, witness):
        with office.database.writing() as uow:
            confirm_handover(uow, person, handover_id=handover_id)
    return handover_id
