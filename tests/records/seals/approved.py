"""Approved requests for tests of what the keeper does with them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.ids import new_id
from records.documents.models import Component, Document
from records.documents.sharing import grant_for
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import Actor, Role, Secrecy
from records.seals.digest import content_digest
from records.seals.models import Custody, Seal, SealApproval, SealHandover, SealRequest
from tests.builders import File, add_person, register

LETTER = b"%PDF-1.4 to be sealed"


@dataclass(frozen=True)
class Chamber:
    """An office with one seal and the people around it."""

    office: Office
    seal_id: UUID
    clerk: Actor
    applicant: Actor
    leader: Actor
    keeper: Actor
    witness: Actor

    def document(
        self, title: str = "Contract", *, files: tuple[File, ...] = (("contract.pdf", LETTER),)
    ) -> Document:
        return register(self.office, self.clerk, title, files=files)

    def approved(self, document: Document | None = None, **columns: Any) -> UUID:
        """Write a request as it is when all have agreed, and return its id."""
        document = document or self.document()
        with self.office.database.writing() as uow:
            return self._approve(uow, document, columns)

    def _approve(self, uow: UnitOfWork, document: Document, columns: dict[str, Any]) -> UUID:
        component = (
            uow.session.query(Component)
            .where(Component.document_id == document.id)
            .order_by(Component.position)
            .first()
        )
        assert self.keeper.user_id is not None
        unit_id = self.applicant.posts[0].unit_id
        facts: dict[str, Any] = {
            "id": uow.new_id(),
            "seal_id": self.seal_id,
            "document_id": document.id,
            "component_id": component.id if component else None,
            "sha256": component.sha256 if component else None,
            "content_sha256": content_digest(uow, document.id),
            "applicant_id": self.applicant.user_id,
            "unit_id": unit_id,
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
            **columns,
        }
        if facts["outside"]:
            facts = {
                "outside_place": "The notary",
                "escort": "Zhao",
                "due_back_at": uow.now + timedelta(hours=4),
                **facts,
            }
        request = SealRequest(**facts)
        uow.session.add(request)
        uow.session.flush()
        uow.session.add(
            SealApproval(
                id=uow.new_id(),
                request_id=request.id,
                position=0,
                unit_id=unit_id,
                state="agreed",
                began_at=uow.now,
                decided_by=self.leader.user_id,
                decided_at=uow.now,
            )
        )
        grant_for(
            uow,
            document=uow.session.get_one(Document, document.id),
            user_id=self.keeper.user_id,
            reason="seal",
            source_id=request.id,
            granted_by=None,
        )
        return request.id


def chamber(office: Office) -> Chamber:
    """Put a seal into an office, in the hand of its keeper."""
    clerk = add_person(office, "clerk", Role.CLERK)
    applicant = add_person(office, "applicant", Role.STAFF)
    leader = add_person(office, "leader", Role.LEADER)
    keeper = add_person(office, "keeper", Role.SEAL_KEEPER, clearance=Secrecy.SECRET)
    witness = add_person(office, "witness", Role.STAFF)
    seal_id = add_seal(office, keeper, leader, witness)
    return Chamber(office, seal_id, clerk, applicant, leader, keeper, witness)


def add_seal(
    office: Office, keeper: Actor, giver: Actor, witness: Actor, *, code: str = "HT", **facts: Any
) -> UUID:
    """Add a round seal of 42 mm and hand it to a keeper."""
    with office.database.writing() as uow:
        seal = Seal(
            **{
                "id": new_id(),
                "code": code,
                "name": f"Seal {code}",
                "kind": "contract",
                "shape": "round",
                "width_mm": 42.0,
                "height_mm": 42.0,
                "issuer": "Public security",
                "unit_id": unit_by_code(uow, "office").id,
                "start_on": uow.today,
                "state": "in_use",
                "keeper_id": keeper.user_id,
                "created_at": uow.now,
                **facts,
            }
        )
        uow.session.add(seal)
        uow.session.flush()
        handover = SealHandover(
            id=new_id(),
            seal_id=seal.id,
            giver_id=giver.user_id,
            taker_id=keeper.user_id,
            witness_id=witness.user_id,
            reason="registered",
            asked_at=uow.now,
            giver_at=uow.now,
            taker_at=uow.now,
            witness_at=uow.now,
            done_at=uow.now,
        )
        uow.session.add(handover)
        uow.session.flush()
        uow.session.add(
            Custody(
                id=new_id(),
                seal_id=seal.id,
                keeper_id=keeper.user_id,
                handover_id=handover.id,
                from_at=uow.now,
            )
        )
        return seal.id
