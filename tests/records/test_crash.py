"""Killed with SIGKILL at each named point of a registration, and repeated with the same source.

A child is forked, patched so that it kills itself at one point, and registers a file with
`source_id`. Then the same is done again, whole. Nothing may be lost, doubled or forgotten.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from records.core.errors import Conflict
from records.core.log import LogEntry, LogObject, log_size
from records.documents.intake import collect_orphans, keep_objects
from records.documents.models import Component, Document, ObjectIntent, StoredObject
from records.office import Office
from records.people.rules import Actor, Role
from records.registration.book import number_faults
from records.registration.models import SourceKey
from records.registration.registers import register_by_code
from records.registration.service import registered_before
from tests.builders import add_person, register, register_in
from tests.offices import HeldClock, reopened

CONTENT = b"Dear Sirs, " * 20_000
SOURCE = "letters/one.txt"


@dataclass(frozen=True)
class Point:
    """Where death comes: before or after the nth call of a function.

    Attributes:
        place: Module, class and function, as `module:attribute.attribute`.
    """

    place: str
    after: bool = False
    call: int = 1


SERVICE = "records.registration.service:"
POINTS = {
    "before the spool is opened": Point("storage.receiving:Receiving.__init__"),
    "spool opened": Point("storage.receiving:Receiving.__init__", after=True),
    "first bytes in the spool": Point("storage.receiving:Receiving.write", after=True),
    "all bytes in the spool": Point("storage.receiving:Receiving.finish"),
    "received": Point("storage.receiving:Receiving.finish", after=True),
    "before the intent is committed": Point("sqlalchemy.orm:Session.commit"),
    "intent committed": Point("sqlalchemy.orm:Session.commit", after=True),
    "before the object is put": Point("storage.local:LocalStore.put"),
    "before the spool is synced": Point("storage.local:LocalStore._move"),
    "before the rename": Point("pathlib:Path.rename"),
    "after the rename": Point("pathlib:Path.rename", after=True),
    "object put": Point("storage.local:LocalStore.put", after=True),
    "object kept": Point("storage.vault:Vault.keep", after=True),
    "registering begun": Point("tests.records.test_crash:register_in"),
    "before the counter is taken": Point(SERVICE + "take_number"),
    "counter taken": Point(SERVICE + "take_number", after=True),
    "document written": Point(SERVICE + "bind_components"),
    "components bound": Point(SERVICE + "bind_components", after=True),
    "access written": Point(SERVICE + "refresh_access", after=True),
    "before the last flush": Point("sqlalchemy.orm:Session.flush", call=4),
    "before the log is appended": Point("records.core.database:append_events", call=2),
    "log appended": Point("records.core.database:append_events", after=True, call=2),
    "committed": Point("sqlalchemy.orm:Session.commit", after=True, call=2),
    "after the acts that follow": Point(
        "records.core.database:UnitOfWork.committed", after=True, call=2
    ),
    "before the answer": Point("tests.records.test_crash:answer"),
}


def take_in(office: Office, clerk: Actor) -> str:
    """Receive a file and register it once, however often it comes; return the number."""
    received = office.vault.receive([CONTENT], limit_bytes=10**7, file_name="one.txt")
    with office.database.reading() as uow:
        book = register_by_code(uow, "incoming")
        found = registered_before(uow, register=book, source_id=SOURCE, sha256=received.sha256)
    if found is not None:
        office.vault.discard(received)
        return answer(found.number)
    keep_objects(office.database, office.vault, [received])
    with office.database.writing() as uow:
        number = register_in(
            uow, clerk, "Letter", received=[(received, "one.txt")], source_id=SOURCE
        ).number
    return answer(number)


def answer(number: str) -> str:
    """Tell the number to who asked."""
    return number


def arm(point: Point) -> None:
    """Patch this process so that it dies at a point."""
    module, _, path = point.place.partition(":")
    *owners, name = path.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        mine = calls
        if mine == point.call and not point.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if mine == point.call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def die_at(point: Point, office: Office, clerk: Actor) -> None:
    """Take the file in, in a child that is killed at the point."""
    office.database.close()
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            take_in(reopened(office), clerk)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


def stored(office: Office) -> set[str]:
    return {each.name for each in office.vault.store.names()}


@pytest.mark.parametrize("name", POINTS)
def test_a_registration_killed_anywhere_and_repeated_happens_once(
    any_office: Office, clock: HeldClock, name: str
) -> None:
    office = any_office
    clerk = add_person(office, "clerk", Role.CLERK)
    die_at(POINTS[name], office, clerk)
    with office.database.reading() as uow:
        known = set(uow.session.scalars(select(ObjectIntent.name)))
        bound = set(uow.session.scalars(select(StoredObject.name)))
        assert stored(office) <= known | bound, "an orphan nobody knows of"
        assert not known & bound
        assert number_faults(uow) == ([], [])

    assert take_in(office, clerk) == "IN-2026-0001"
    assert take_in(office, clerk) == "IN-2026-0001"
    assert register(office, clerk).number == "IN-2026-0002"
    check_everything(office)

    clock.advance(hours=25)
    collect_orphans(office.database, office.vault)
    office.vault.clean_spool(0)
    check_everything(office)
    with office.database.reading() as uow:
        assert stored(office) == set(uow.session.scalars(select(StoredObject.name)))
        assert uow.session.scalars(select(ObjectIntent)).all() == []
    assert spooled(office.config.spool) == []


def spooled(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_file()]


def check_everything(office: Office) -> None:
    """One document of one file with one event, objects that read back, numbers and log whole."""
    with office.database.reading() as uow:
        document_id = uow.session.scalars(select(SourceKey.document_id)).one()
        document = uow.session.get_one(Document, document_id)
        assert document.number == "IN-2026-0001"
        component = uow.session.scalars(select(Component)).one()
        held = uow.session.scalars(select(StoredObject)).one()
        assert number_faults(uow) == ([], [])
        sequences = uow.session.scalars(select(LogEntry.sequence).order_by(LogEntry.sequence)).all()
        assert list(sequences) == list(range(log_size(uow.session)))
        kinds = uow.session.scalars(
            select(LogEntry.kind)
            .join(LogObject, LogObject.sequence == LogEntry.sequence)
            .where(LogObject.object_id == document_id)
        ).all()
        assert list(kinds) == ["document.registered"]
    office.vault.check(held.name, held.wrapped_key, component.sha256)


def test_an_orphan_is_collected_after_a_day_and_not_before(
    any_office: Office, clock: HeldClock
) -> None:
    received = any_office.vault.receive([b"lost"], limit_bytes=100, file_name="lost.txt")
    keep_objects(any_office.database, any_office.vault, [received])
    clock.advance(hours=24)
    assert collect_orphans(any_office.database, any_office.vault) == 0
    clock.instant += timedelta(seconds=1)
    assert collect_orphans(any_office.database, any_office.vault) == 1
    assert stored(any_office) == set()
    assert collect_orphans(any_office.database, any_office.vault) == 0


def test_a_registration_that_comes_after_the_collection_is_refused(
    any_office: Office, clock: HeldClock
) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    received = any_office.vault.receive([b"late"], limit_bytes=100, file_name="late.txt")
    keep_objects(any_office.database, any_office.vault, [received])
    clock.advance(hours=25)
    collect_orphans(any_office.database, any_office.vault)
    with pytest.raises(Conflict), any_office.database.writing() as uow:
        register_in(uow, clerk, received=[(received, "late.txt")])
    assert register(any_office, clerk).number == "IN-2026-0001"
