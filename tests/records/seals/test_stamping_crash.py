"""Killed with SIGKILL at each named point of a stamping, and done again by the next worker.

A child is forked, patched so that it kills itself at one point, and works as the worker does. Then
another worker takes the job when its lease has run out. Before: either no line and no stamped copy,
or both. After: exactly one of each, bound to each other, with its entry in the log, and no object
that nobody knows of.
"""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from records.core.jobs import LEASE
from records.core.log import LogEntry, log_size
from records.documents.intake import collect_orphans
from records.documents.models import Component, ObjectIntent, StoredObject
from records.office import Office
from records.seals.caged import seal_cage
from records.seals.models import SealCounter, SealRequest, SealStamping, SealUsage
from search.reading import Cage
from tests.offices import HeldClock, reopened
from tests.records.seals.electronic import ask, equip, jobs, press_all, to_stamp
from tests.records.seals.offices import SealOffice
from tests.records.test_crash import Point, arm

STAMPING = "records.seals.stamping:"
PRESS = "records.seals.stamping_press:"
POINTS = {
    "job claimed": Point("records.seals.stamping_press:StampingPress.work"),
    "request read": Point(PRESS + "held_for_stamping", after=True),
    "before the cage": Point(PRESS + "in_cage"),
    "laid out in the cage": Point(PRESS + "in_cage", after=True),
    "before the signature": Point(PRESS + "sign_digest"),
    "signed": Point(PRESS + "sign_digest", after=True),
    "signature filled in": Point(PRESS + "fill", after=True),
    "all bytes in the spool": Point("storage.receiving:Receiving.finish"),
    "received": Point("storage.receiving:Receiving.finish", after=True),
    "before the intent is committed": Point(PRESS + "keep_objects"),
    "before the object is put": Point("storage.local:LocalStore.put"),
    "object put": Point("storage.local:LocalStore.put", after=True),
    "object kept with its intent": Point(PRESS + "keep_objects", after=True),
    "before the line is written": Point(PRESS + "finish_stamping"),
    "component bound": Point(STAMPING + "bind_components", after=True),
    "request ended": Point(STAMPING + "use_up", after=True),
    "before the number is taken": Point("records.seals.book:take_number"),
    "number taken": Point("records.seals.book:take_number", after=True),
    "line written": Point(PRESS + "finish_stamping", after=True),
    "before the log is appended": Point("records.core.database:append_events", call=3),
    "log appended": Point("records.core.database:append_events", after=True, call=3),
    "line committed": Point("records.core.database:UnitOfWork.committed", call=3),
    "before the job is finished": Point("records.core.runner:finish"),
    "job finished and not committed": Point("records.core.runner:finish", after=True),
}


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with seal_cage() as opened:
        yield opened


def die_at(point: Point, office: Office) -> None:
    """Do the stamping in a child that is killed at the point."""
    office.database.close()
    child = os.fork()
    if child == 0:
        try:
            arm(point)
            with seal_cage() as own:
                press_all(reopened(office), own)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the point was not reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


def stored(office: Office) -> set[str]:
    return {each.name for each in office.vault.store.names()}


def lines_and_copies(office: Office) -> tuple[list[SealUsage], list[Component]]:
    with office.database.reading() as uow:
        lines = uow.session.scalars(select(SealUsage)).all()
        copies = uow.session.scalars(select(Component).where(Component.role == "stamped")).all()
    return list(lines), list(copies)


@pytest.mark.parametrize("name", POINTS)
def test_a_stamping_killed_anywhere_and_done_again_happens_once(
    any_seals: SealOffice, cage: Cage, clock: HeldClock, name: str
) -> None:
    seals, office = any_seals, any_seals.office
    equip(seals)
    request_id = to_stamp(seals)
    ask(seals, request_id)
    die_at(POINTS[name], office)

    lines, copies = lines_and_copies(office)
    assert len(lines) == len(copies) <= 1, "one without the other"
    with office.database.reading() as uow:
        known = set(uow.session.scalars(select(ObjectIntent.name)))
        bound = set(uow.session.scalars(select(StoredObject.name)))
        used = uow.session.get_one(SealRequest, request_id).state == "used"
        counted = uow.session.scalar(select(SealCounter.last)) or 0
        stated = uow.session.scalars(select(SealStamping.state)).one()
    assert stored(office) <= known | bound, "an orphan nobody knows of"
    assert (used, counted) == (bool(lines), len(lines))
    assert stated == ("done" if lines else "waiting")

    clock.instant += LEASE + timedelta(seconds=1)
    press_all(office, cage)
    check_everything(office)
    clock.advance(hours=25)
    collect_orphans(office.database, office.vault)
    office.vault.clean_spool(0)
    check_everything(office)
    with office.database.reading() as uow:
        assert stored(office) == set(uow.session.scalars(select(StoredObject.name)))


def check_everything(office: Office) -> None:
    """One line, one copy that reads back, one entry, no job left, numbers and log whole."""
    lines, copies = lines_and_copies(office)
    assert [each.number for each in lines] == [1]
    assert [each.id for each in copies] == [lines[0].result_id]
    assert copies[0].sha256 == lines[0].result_sha256
    assert jobs(office) == []
    with office.database.reading() as uow:
        held = uow.session.get_one(StoredObject, copies[0].object_name)
        kinds = uow.session.scalars(select(LogEntry.kind)).all()
        assert kinds.count("seal.used") == 1
        sequences = uow.session.scalars(select(LogEntry.sequence).order_by(LogEntry.sequence)).all()
        assert list(sequences) == list(range(log_size(uow.session)))
    office.vault.check(held.name, held.wrapped_key, copies[0].sha256)
