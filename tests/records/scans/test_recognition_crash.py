"""Killed with SIGKILL in the middle of recognition: the next worker goes on where this one was.

Pages that were kept are not recognised again; text, page face and searchable copy come once.
"""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from records.core.jobs import LEASE, Job
from records.core.runner import Runner
from records.documents.intake import collect_orphans
from records.documents.models import Component, StoredObject
from records.office import Office
from records.people.rules import Role
from records.scans.following import RECOGNISE_JOB
from records.scans.models import RecognisedPage, Recognition
from records.scans.recogniser import Recogniser
from records.worker import Worker
from search.reading import Cage, ocr_available
from tests.builders import add_person, register
from tests.offices import HeldClock, reopened
from tests.records.scans.papers import as_pdf
from tests.records.scans.test_recognition import INSTALL
from tests.records.scans.typed import LETTER, scanned
from tests.records.test_crash import Point, arm

RECOGNISER = "records.scans.recogniser:"
# Where the worker dies, and how many pages were kept by then.
POINTS = {
    "before the second page": (Point("search.reading.cage:Cage.recognise", call=2), 1),
    "second page seen": (Point("search.reading.cage:Cage.recognise", after=True, call=2), 1),
    "all pages kept": (Point(RECOGNISER + "recognised_pages"), 3),
    "copy made": (Point(RECOGNISER + "keep_objects", after=True), 3),
    "text written": (Point(RECOGNISER + "keep_reading", after=True), 3),
    "before the job is finished": (Point("records.core.runner:finish"), 3),
}


@pytest.fixture(autouse=True)
def engine() -> None:
    if not ocr_available():
        pytest.skip(INSTALL)


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with Cage() as opened:
        yield opened


def recognise_all(office: Office, cage: Cage) -> None:
    handler = Recogniser(office.database, office.vault, cage).handler
    runner = Runner(office.database, {RECOGNISE_JOB: handler}, parallel=1)
    try:
        while runner.turn(0.2):
            pass
    finally:
        runner.close()


def kept(office: Office) -> list[RecognisedPage]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(RecognisedPage).order_by(RecognisedPage.page)))


@pytest.mark.parametrize("name", POINTS)
def test_recognition_killed_goes_on_where_it_was(
    office: Office, cage: Cage, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    clerk = add_person(office, "zhao", Role.CLERK)
    pages = [scanned([title, *LETTER[:2]], dpi=110) for title in ("第一页", "第二页", "第三页")]
    register(office, clerk, files=[("scan.pdf", as_pdf(pages))])
    with monkeypatch.context() as later, Worker(office) as worker:
        # Everything but the recognition itself, whose job is written under a name of its own.
        later.setattr("records.scans.following.RECOGNISE_JOB", "scans.left")
        worker.run_until_idle()
    with office.database.writing() as uow:
        uow.session.execute(update(Job).where(Job.kind == "scans.left").values(kind=RECOGNISE_JOB))
    point, present = POINTS[name]
    office.database.close()
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            with Cage() as own:
                recognise_all(reopened(office), own)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"
    assert os.WTERMSIG(status) == signal.SIGKILL
    before = [each.sealed for each in kept(office)]
    assert len(before) == present

    clock.instant += LEASE + timedelta(seconds=1)
    recognise_all(office, cage)
    assert [each.sealed for each in kept(office)][:present] == before, "recognised twice"
    with office.database.reading() as uow:
        found = uow.session.scalars(select(Recognition)).one()
        assert (found.state, found.pages_done, found.pages_total) == ("done", 3, 3)
        original, copy = uow.session.scalars(select(Component).order_by(Component.position)).all()
        assert (original.text_state, copy.role) == ("done", "searchable")
        assert uow.session.scalars(select(Job).where(Job.kind == RECOGNISE_JOB)).all() == []
    clock.advance(hours=25)
    collect_orphans(office.database, office.vault)
    with office.database.reading() as uow:
        bound = {each.name for each in uow.session.scalars(select(StoredObject))}
    assert {each.name for each in office.vault.store.names()} == bound
