"""An office in which documents go round, for tests of those screens."""

import re
from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.reading import return_item
from records.circulation.rules import HELD, Purpose
from records.circulation.sending import start_round
from records.circulation.signing import Opinion, sign_item
from records.circulation.telling import ItemView, RoundView, round_view, rounds_of
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from tests import builders
from tests.builders import id_of
from tests.web.visitor import Visitor


@dataclass
class Chancery:
    """A clerk, two leaders, somebody of the staff, and a document."""

    office: Office
    app: Flask
    clerk: Actor
    leader: Actor
    second: Actor
    staff: Actor
    document: Document

    def visitor(self, login: str = "chen") -> Visitor:
        """Return the browser of a person."""
        return Visitor(self.app, login)

    def send(self, *stages: tuple[Actor, ...], purpose: Purpose = Purpose.READ) -> UUID:
        """Send the document round and return the round."""
        plan = RoundPlan(purpose, tuple(StagePlan(tuple(map(id_of, each))) for each in stages))
        with self.office.database.writing() as uow:
            made = start_round(uow, self.clerk, document_id=self.document.id, plan=plan)
            return made.id

    def view(self, round_id: UUID) -> RoundView:
        """Return a round as the clerk sees it."""
        with self.office.database.reading() as uow:
            return round_view(uow, self.clerk, round_id)

    def rounds(self) -> list[RoundView]:
        """Return the rounds of the document, the newest first."""
        with self.office.database.reading() as uow:
            return rounds_of(uow, self.clerk, self.document.id)

    def item(self, round_id: UUID, reader: Actor) -> ItemView:
        """Return the item that a reader holds, else the last one of that reader."""
        items = [each for each in self.view(round_id).items if each.reader_id == reader.user_id]
        return next((each for each in items if each.state in HELD), items[-1])

    def sign(self, round_id: UUID, reader: Actor, opinion: Opinion) -> None:
        """Let a reader sign."""
        item = self.item(round_id, reader)
        with self.office.database.writing() as uow:
            sign_item(uow, self.office.vault, reader, item_id=item.id, opinion=opinion)

    def give_back(self, round_id: UUID, reader: Actor, reason: str) -> None:
        """Let a reader return the document."""
        item = self.item(round_id, reader)
        with self.office.database.writing() as uow:
            return_item(uow, reader, item_id=item.id, reason=reason)


def chancery_of(office: Office, app: Flask) -> Chancery:
    """Return an office with its people and a document."""
    clerk = builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")
    builders.add_unit(office, "legal", name="Legal Affairs")
    leader = builders.add_person(office, "zhao", Role.LEADER, name="Zhao Guodong")
    second = builders.add_person(office, "maria", Role.LEADER, unit="legal", name="Maria Rossi")
    staff = builders.add_person(
        office, "li", Role.STAFF, unit="legal", name="李建国", clearance=Secrecy.INTERNAL
    )
    document = builders.register(office, clerk, "Repair of the dykes", sender="The mill")
    return Chancery(office, app, clerk, leader, second, staff, document)


def hidden(page: str, name: str) -> list[str]:
    """Return the values of the hidden fields of a name, in their order."""
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
