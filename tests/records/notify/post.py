"""People who are told, and what they are told, in tests."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from records.core.runner import Runner
from records.notify.lines import NoticeLine, notices_of
from records.notify.messenger import Messenger
from records.notify.models import Notice
from records.notify.service import notice_count
from records.notify.wording import Catalogues, english
from records.office import Office
from records.people.models import User
from records.people.rules import Actor
from tests.builders import again, id_of


@dataclass
class Post:
    """The messenger of an office, which works only when told to."""

    office: Office

    def messenger(self, catalogues: Catalogues = english) -> Messenger:
        """Return a fresh one, as after a start."""
        return Messenger(self.office.config, self.office.database, catalogues)

    def run(self, catalogues: Catalogues = english) -> None:
        """Do all jobs of news and mail that are due."""
        handlers = self.messenger(catalogues).handlers
        runner = Runner(self.office.database, handlers, parallel=2)
        try:
            while runner.turn(0.2):
                pass
        finally:
            runner.close()

    def mail(self, catalogues: Catalogues = english) -> None:
        """Gather what has waited long enough, and send it."""
        self.run(catalogues)
        self.messenger(catalogues).gather()
        self.run(catalogues)

    def waiting(self, person: Actor) -> list[NoticeLine]:
        """What waits for somebody, newest first."""
        return self._lines(person, waiting=True)

    def done(self, person: Actor) -> list[NoticeLine]:
        """What somebody was told and is done."""
        return self._lines(person, waiting=False)

    def count(self, person: Actor) -> int:
        """What the badge of somebody says."""
        with self.office.database.reading() as uow:
            return notice_count(uow, person)

    def kinds(self, person: Actor) -> list[str]:
        """The kinds of all that somebody was told, in order."""
        query = select(Notice.kind).where(Notice.user_id == person.user_id).order_by(Notice.id)
        with self.office.database.reading() as uow:
            return list(uow.session.scalars(query))

    def address(self, person: Actor, language: str | None = None) -> str:
        """Give somebody a mail address, and return it."""
        email = f"{person.name}@office.example"
        with self.office.database.writing() as uow:
            uow.session.execute(
                update(User).where(User.id == id_of(person)).values(email=email, language=language)
            )
        return email

    def _lines(self, person: Actor, *, waiting: bool) -> list[NoticeLine]:
        now = again(self.office, person)
        with self.office.database.reading() as uow:
            return notices_of(uow, now, waiting=waiting)[0]


def subject_of(line: NoticeLine) -> UUID:
    """The item that a notice leads to."""
    assert line.target is not None
    return line.target[1]
