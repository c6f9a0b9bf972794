"""Killed with SIGKILL at each named point of a split, and done again by the next worker.

Before: the stack as it was and no part of it, or all of its parts and the stack voided. After: each
part exactly once, numbers without a gap, and no object that nobody knows of.
"""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from records.core.jobs import LEASE, Job
from records.core.log import LogEntry, log_size
from records.core.runner import Runner
from records.documents.intake import collect_orphans
from records.documents.models import Component, Document, ObjectIntent, StoredObject
from records.office import Office
from records.people.rules import Role
from records.registration.book import number_faults
from records.scans.caged import stack_cage
from records.scans.models import Split, SplitPart
from records.scans.plans import Part, TakenPage
from records.scans.splitter import Splitter
from records.scans.splitting import SPLIT_JOB, split_stack
from records.worker import Worker
from search.reading import Cage
from tests.builders import add_person, register
from tests.offices import HeldClock, reopened
from tests.records.scans.papers import as_pdf, paper
from tests.records.test_crash import Point, arm

pytestmark = pytest.mark.usefixtures("no_engine")
SPLITTER = "records.scans.splitter:"
POINTS = {
    "job claimed": Point(SPLITTER + "Splitter.work"),
    "stack read": Point(SPLITTER + "component_with_key", after=True),
    "before the second part is taken": Point(SPLITTER + "take_pages", call=2),
    "second part taken": Point(SPLITTER + "take_pages", after=True, call=2),
    "second part in the spool": Point("storage.receiving:Receiving.finish", after=True, call=2),
    "before the intents are committed": Point(SPLITTER + "keep_objects"),
    "first object put": Point("storage.local:LocalStore.put", after=True),
    "third object put": Point("storage.local:LocalStore.put", after=True, call=3),
    "objects kept": Point(SPLITTER + "keep_objects", after=True),
    "before the first part is registered": Point(SPLITTER + "register_document"),
    "first part registered": Point(SPLITTER + "register_document", after=True),
    "third part registered": Point(SPLITTER + "register_document", after=True, call=3),
    "before the stack is voided": Point(SPLITTER + "void_registration"),
    "stack voided": Point(SPLITTER + "void_registration", after=True),
    "before the log is appended": Point("records.core.database:append_events", call=3),
    "log appended": Point("records.core.database:append_events", after=True, call=3),
    "committed": Point("records.core.database:UnitOfWork.committed", call=3),
    "before the job is finished": Point("records.core.runner:finish"),
    "job finished and not committed": Point("records.core.runner:finish", after=True),
}


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with stack_cage() as opened:
        yield opened


def split_all(office: Office, cage: Cage) -> None:
    handler = Splitter(office.database, office.vault, cage).handler
    runner = Runner(office.database, {SPLIT_JOB: handler}, parallel=1)
    try:
        while runner.turn(0.2):
            pass
    finally:
        runner.close()


def die_at(point: Point, office: Office) -> None:
    """Do the split in a child that is killed at the point."""
    office.database.close()
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            with stack_cage() as own:
                split_all(reopened(office), own)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


def stored(office: Office) -> set[str]:
    return {each.name for each in office.vault.store.names()}


@pytest.mark.parametrize("name", POINTS)
def test_a_split_killed_anywhere_registers_all_or_nothing(
    any_office: Office, cage: Cage, clock: HeldClock, name: str
) -> None:
    office = any_office
    clerk = add_person(office, "zhao", Role.CLERK)
    pages = [paper(each) for each in ("one", "two", "three", "four")]
    stack = register(office, clerk, "Stack", files=[("scan.pdf", as_pdf(pages))])
    with Worker(office) as worker:
        worker.run_until_idle()
    parts = [Part((TakenPage(1),)), Part((TakenPage(2), TakenPage(3))), Part((TakenPage(4),))]
    with office.database.writing() as uow:
        split_stack(
            uow, clerk, document_id=stack.id, version=None, parts=parts, book_reason="Split."
        )
    die_at(POINTS[name], office)

    with office.database.reading() as uow:
        found = uow.session.scalars(select(SplitPart)).all()
        voided = uow.session.get_one(Document, stack.id).state == "voided"
        state = uow.session.get_one(Split, stack.id).state
        documents = uow.session.scalars(select(Document)).all()
        known = set(uow.session.scalars(select(ObjectIntent.name)))
        bound = set(uow.session.scalars(select(StoredObject.name)))
    assert len(found) in (0, 3)
    assert len(documents) == 1 + len(found)
    assert (voided, state) == ((True, "done") if found else (False, "waiting"))
    assert stored(office) <= known | bound, "an orphan nobody knows of"

    clock.instant += LEASE + timedelta(seconds=1)
    split_all(office, cage)
    clock.advance(hours=25)
    collect_orphans(office.database, office.vault)
    office.vault.clean_spool(0)
    with office.database.reading() as uow:
        found = uow.session.scalars(select(SplitPart).order_by(SplitPart.position)).all()
        assert [[n for n, _ in each.pages] for each in found] == [[1], [2, 3], [4]]
        numbers = [uow.session.get_one(Document, each.document_id).number for each in found]
        assert [each[-4:] for each in numbers] == ["0002", "0003", "0004"]
        assert number_faults(uow) == ([], [])
        jobs = select(Job).where(Job.kind == SPLIT_JOB)
        assert uow.session.scalars(jobs).all() == []
        kinds = uow.session.scalars(select(LogEntry.kind)).all()
        assert kinds.count("stack.split") == 1
        assert len(kinds) == log_size(uow.session)
        assert len(uow.session.scalars(select(Component)).all()) == 4
        objects = uow.session.scalars(select(StoredObject)).all()
        assert stored(office) == {each.name for each in objects}
