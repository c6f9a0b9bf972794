"""A small office that circulates: two who send, some who read, and what they do to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from records.circulation.models import ReadingItem, Round, Stage
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.reading import end_item, get_item
from records.circulation.rules import Decision, ItemStep, Purpose
from records.circulation.sending import start_round
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from tests.builders import add_person, id_of, register


@dataclass
class Desks:
    """An office with a clerk, and readers by name; a document is registered when asked for."""

    office: Office
    clerk: Actor
    readers: dict[str, Actor] = field(default_factory=dict)

    def reader(self, name: str) -> Actor:
        """Return a reader, made at first mention, who sees nothing by post."""
        if name not in self.readers:
            self.readers[name] = add_person(self.office, name, Role.AUDITOR)
        return self.readers[name]

    def document(self, title: str = "Annual report", **values: str) -> Document:
        """Register a document with one file."""
        return register(
            self.office, self.clerk, title, files=[("report.txt", title.encode())], **values
        )

    def plan(self, *stages: Sequence[str], **facts: object) -> RoundPlan:
        """Return a plan with readers by name, stage by stage."""
        due_days = facts.pop("due_days", None)
        purpose = facts.pop("purpose", Purpose.READ)
        return RoundPlan(
            purpose=purpose,  # type: ignore[arg-type]
            stages=tuple(
                StagePlan(tuple(id_of(self.reader(name)) for name in names), due_days)  # type: ignore[arg-type]
                for names in stages
            ),
            **facts,  # type: ignore[arg-type]
        )

    def send(self, document: Document, *stages: Sequence[str], **facts: object) -> UUID:
        """Send a document and return the id of the round."""
        plan = self.plan(*stages, **facts)
        with self.office.database.writing() as uow:
            return start_round(uow, self.clerk, document_id=document.id, plan=plan).id

    def item(self, round_id: UUID, name: str) -> UUID:
        """Return the newest item of a reader in a round."""
        with self.office.database.reading() as uow:
            return uow.session.scalars(
                select(ReadingItem.id)
                .where(
                    ReadingItem.round_id == round_id,
                    ReadingItem.reader_id == id_of(self.reader(name)),
                )
                .order_by(ReadingItem.id.desc())
            ).first() or UUID(int=0)

    def sign(self, round_id: UUID, name: str) -> None:
        """Sign as a reader, as the signing service does it, without a receipt."""
        item_id = self.item(round_id, name)
        with self.office.database.writing() as uow:
            sign(uow, self.reader(name), item_id)

    def states(self, round_id: UUID) -> tuple[str, list[str], list[str]]:
        """Return the states of a round, of its stages, and of its items in order."""
        with self.office.database.reading() as uow:
            round_ = uow.session.get_one(Round, round_id)
            stages = uow.session.scalars(
                select(Stage).where(Stage.round_id == round_id).order_by(Stage.position)
            ).all()
            items = uow.session.execute(
                select(ReadingItem)
                .join(Stage, Stage.id == ReadingItem.stage_id)
                .where(ReadingItem.round_id == round_id)
                .order_by(Stage.position, ReadingItem.position, ReadingItem.id)
            ).scalars()
            return round_.state, [each.state for each in stages], [each.state for each in items]


def sign(uow: UnitOfWork, reader: Actor, item_id: UUID) -> None:
    """End an item as the signing service does, without a receipt."""
    item = get_item(uow, reader, item_id, for_update=True)
    uow.record("receipt.signed", actor_id=reader.user_id, objects=[item.document_id, item.id])
    end_item(uow, reader, item, ItemStep.SIGN, decision=Decision.READ, opinion="Read")


def due_of(office: Office, item_id: UUID) -> datetime | None:
    """Return the deadline of an item."""
    with office.database.reading() as uow:
        return uow.session.get_one(ReadingItem, item_id).due_at
