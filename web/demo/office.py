"""Making the demo office: weeks of work in the order in which it happened, told by its own clock.

Each letter is a row of small acts at moments of its own (received, checked, filed, read, …). All
acts of all letters are done by time, through the services that screens use, so that numbers, log
and timelines are those of a real office.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from heapq import heapify, heappop
from pathlib import Path
from uuid import UUID

from records.core.clock import SystemClock, business_day
from records.core.config import Config
from records.core.database import UnitOfWork
from records.documents.filing import file_document
from records.documents.intake import keep_objects
from records.documents.metadata import read_metadata
from records.documents.rules import RegisterKind, Step
from records.documents.service import change_document
from records.documents.sharing import share_document
from records.documents.visibility import visible_ids
from records.office import Office, open_office
from records.people.actors import actor_by_login
from records.people.rules import PrincipalKind, Secrecy
from records.registration.registers import register_by_code
from records.registration.service import change_secrecy, register_document, void_registration
from storage import Received
from web.demo.circulation import Candidate, Circulation
from web.demo.files import make_file
from web.demo.filing import write_rules
from web.demo.intake import Intake
from web.demo.letters import Letter, letters
from web.demo.organization import Person, make_organization
from web.demo.sealing import Sealing

DAYS = 45
MARK = "demo.json"
PEOPLE_FILE = "people.json"
_READERS = ("zhangwei", "maria", "thomas", "lina", "chenjing")


class DemoClock:
    """A clock that stands where it was put."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the moment that the story has reached."""
        return self.instant


@dataclass(order=True)
class _Act:
    at: datetime
    order: int
    do: "Callable[[UnitOfWork], None]"


class _Story:
    """The letters and what happens to them."""

    def __init__(self, office: Office, clock: DemoClock, until: datetime) -> None:
        self.office = office
        self.clock = clock
        self.until = until
        self.chance = random.Random(1949)  # noqa: S311 - a story, not a secret
        self.documents: dict[int, UUID] = {}
        self.files: dict[int, tuple[str, Received]] = {}
        self.order = 0
        self.candidates: list[Candidate] = []

    def tell(self) -> None:
        """Do everything in the order of time."""
        today = business_day(self.until, self.office.config.time_zone)
        acts = [
            act
            for place, letter in enumerate(letters(today))
            for act in self._acts(place, letter, today)
            if act.at < self.until
        ]
        circulation = Circulation(self.office, self.documents, self.until)
        acts += [self._act(at, do) for at, do in circulation.moments(self.candidates)]
        sealing = Sealing(self.office, self.until)
        acts += [self._act(at, do) for at, do in sealing.moments()]
        intake = Intake(self.office, self.until)
        acts += [self._act(at, do) for at, do in intake.moments()]
        files = [received for _, received in (*self.files.values(), *intake.files)]
        keep_objects(self.office.database, self.office.vault, files)
        heapify(acts)
        while acts:
            act = heappop(acts)
            self.clock.instant = act.at
            with self.office.database.writing() as uow:
                act.do(uow)
        self.clock.instant = max(self.clock.instant, self.until - timedelta(minutes=1))
        sealing.press()

    def _acts(self, place: int, letter: Letter, today: date) -> Iterator[_Act]:
        # More comes lately than long ago, on working days and in office hours.
        back = int(DAYS * self.chance.random() ** 1.5)
        day = today - timedelta(days=back)
        if day.weekday() > 4 and back:
            day -= timedelta(days=day.weekday() - 4)
        came = datetime.combine(day, time(8), self.office.config.time_zone).astimezone(UTC)
        came += timedelta(minutes=self.chance.randint(0, 9 * 60))
        came = min(came, self.until - timedelta(minutes=100 - place % 90))
        clerk = "wangfang" if letter.is_chinese else "anna"
        written = day - timedelta(days=self.chance.randint(0, 6))
        name, data = make_file(letter, written, came)
        self.files[place] = (
            name,
            self.office.vault.receive([data], limit_bytes=len(data), file_name=name),
        )
        yield self._act(came, lambda uow: self._register(uow, place, letter, clerk, written))
        fate = self.chance.random()
        if fate < 0.06:
            yield self._after(came, 1, lambda uow: self._void(uow, place, clerk))
            return
        if letter.secrecy in ("public", "internal") and fate <= 0.93:
            self.candidates.append(Candidate(place, letter.is_chinese, came))
        if fate < 0.75:
            yield self._after(came, 3, lambda uow: self._check(uow, place, clerk))
        if fate < 0.45:
            yield self._after(came, 30, lambda uow: self._file(uow, place, letter, clerk))
        elif fate > 0.93:
            yield self._after(came, 20, lambda uow: self._raise(uow, place, clerk))
        if self.chance.random() < 0.2:
            yield self._after(came, 5, lambda uow: self._share(uow, place, clerk))
        for login in self.chance.sample(_READERS, self.chance.randint(0, 3)):
            yield self._after(came, 60, partial(self._view, place=place, login=login))

    def _act(self, at: datetime, do: Callable[[UnitOfWork], None]) -> _Act:
        self.order += 1
        return _Act(at, self.order, do)

    def _after(self, came: datetime, hours: int, do: Callable[[UnitOfWork], None]) -> _Act:
        wait = timedelta(hours=hours * self.chance.uniform(0.2, 1.4), minutes=7)
        return self._act(came + wait, do)

    # Acts ----------------------------------------------------------------------------------------

    def _register(
        self, uow: UnitOfWork, place: int, letter: Letter, clerk: str, written: date
    ) -> None:
        name, received = self.files[place]
        values = read_metadata(
            {
                "title": letter.title,
                "secrecy": letter.secrecy,
                "urgency": letter.urgency,
                "written_on": written.isoformat(),
                "received_on": uow.today.isoformat(),
                "keywords": ",".join(letter.keywords),
                "medium": self.chance.choice(("electronic", "both")),
                **({"sender": letter.sender} if letter.sender else {}),
                **({"document_number": letter.number} if letter.number else {}),
                **({"kind": letter.kind} if letter.kind else {}),
                **({"unit": letter.unit} if letter.unit else {}),
            }
        )
        document = register_document(
            uow,
            actor_by_login(uow, clerk),
            register=register_by_code(uow, letter.register),
            values=values,
            received=[(received, name)],
        )
        self.documents[place] = document.id

    def _check(self, uow: UnitOfWork, place: int, clerk: str) -> None:
        change_document(
            uow,
            actor_by_login(uow, clerk),
            document_id=self.documents[place],
            version=None,
            values=read_metadata({"pages": "1", "remarks": ""}),
            step=Step.CHECK,
        )

    def _file(self, uow: UnitOfWork, place: int, letter: Letter, clerk: str) -> None:
        register = register_by_code(uow, letter.register)
        file_document(
            uow,
            actor_by_login(uow, clerk),
            document_id=self.documents[place],
            version=None,
            class_code=letter.klass,
            register_kind=RegisterKind(register.kind),
        )

    def _void(self, uow: UnitOfWork, place: int, clerk: str) -> None:
        reason = "重复登记" if clerk == "wangfang" else "Registered twice by mistake"
        void_registration(
            uow,
            actor_by_login(uow, clerk),
            document_id=self.documents[place],
            version=None,
            reason=reason,
        )

    def _raise(self, uow: UnitOfWork, place: int, clerk: str) -> None:
        reason = "来文单位补充定密" if clerk == "wangfang" else "Raised at the sender's request"
        change_secrecy(
            uow,
            actor_by_login(uow, clerk),
            document_id=self.documents[place],
            version=None,
            secrecy=Secrecy.SECRET,
            reason=reason,
            term="5年" if clerk == "wangfang" else "5 years",
        )

    def _share(self, uow: UnitOfWork, place: int, clerk: str) -> None:
        reader = actor_by_login(uow, self.chance.choice(_READERS))
        assert reader.user_id is not None
        share_document(
            uow,
            actor_by_login(uow, clerk),
            document_id=self.documents[place],
            principal_kind=PrincipalKind.USER,
            principal_object_id=reader.user_id,
            reason="请协助办理" if clerk == "wangfang" else "For your opinion",
        )

    def _view(self, uow: UnitOfWork, place: int, login: str) -> None:
        reader = actor_by_login(uow, login)
        document_id = self.documents[place]
        if document_id in visible_ids(uow, reader, [document_id]):
            uow.record(
                "document.viewed",
                actor_id=reader.user_id,
                objects=[document_id],
                payload=reader.signature(),
            )


def make_office(
    config: Config, *, language: str = "en", until: datetime | None = None
) -> list[Person]:
    """Make the demo office in an empty home, and return its people with their passwords.

    Args:
        language: Of the registers and of the file plan, `en` or `zh_CN`.
        until: When the story ends; now, unless pictures are to look the same every time.
    """
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (config.home / MARK).write_text('{"demo": true}\n', encoding="ascii")
    now = until or SystemClock().now()
    clock = DemoClock(now - timedelta(days=DAYS + 7))
    office = open_office(config, clock=clock, language=language)
    try:
        with office.database.writing() as uow:
            people = make_organization(uow)
            write_rules(uow)
        _Story(office, clock, now).tell()
    finally:
        office.close()
    _write_people(config.home / PEOPLE_FILE, people)
    return people


def known_people(home: Path) -> list[Person] | None:
    """Return the people of a demo that was made before; None when it was not finished."""
    try:
        told = json.loads((home / PEOPLE_FILE).read_bytes())
    except FileNotFoundError:
        return None
    return [Person(**each) for each in told]


def _write_people(path: Path, people: list[Person]) -> None:
    path.touch(mode=0o600)
    path.write_text(
        json.dumps([each.facts() for each in people], ensure_ascii=False, indent=1),
        encoding="utf-8",
    )
