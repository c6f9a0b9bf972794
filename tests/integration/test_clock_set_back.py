"""A clock that is set back by an hour or a day: nothing waits for it, nothing is done twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from records.audit.checkpoints import due_checkpoint, issue_checkpoint
from records.audit.verification import verify
from records.core.jobs import LEASE, Job, claim, enqueue
from records.core.log import LogEntry
from records.documents.models import ComponentText, Document
from records.office import Office
from records.people import second_factor as factors
from records.people.models import UserSession
from records.people.rules import Role
from records.worker import Worker
from tests.applications import application
from tests.builders import add_person, register
from tests.letters import letter
from tests.offices import HeldClock
from tests.records.test_second_factor import enrol, gets_in
from tests.web.offices import client_of

ORIGIN = "office.example/log"
KIND = "test.work"
PDF = letter([["A letter about the harbour"]])

by_hour_and_day = pytest.mark.parametrize(
    "back", [timedelta(hours=1), timedelta(days=1)], ids=["an hour", "a day"]
)


def work(office: Office) -> None:
    with Worker(office) as worker:
        worker.run_until_idle()


@by_hour_and_day
def test_the_office_goes_on_and_its_log_stays_in_order(
    office: Office, clock: HeldClock, back: timedelta
) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    first = register(office, clerk, "Before", files=[("a.pdf", PDF)])
    with office.database.writing() as uow:
        signed = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    clock.instant -= back
    second = register(office, clerk, "After", files=[("b.pdf", PDF)])
    with office.database.writing() as uow:
        assert due_checkpoint(uow)
        later = issue_checkpoint(uow, office.vault, origin=ORIGIN)
    work(office)
    with office.database.reading() as uow:
        assert uow.session.scalars(select(Document.id)).all() != []
        assert len(uow.session.scalars(select(ComponentText.component_id)).all()) == 2
        entries = uow.session.execute(
            select(LogEntry.sequence, LogEntry.occurred_at).order_by(LogEntry.sequence)
        ).all()
    assert first.id != second.id
    assert signed.size < later.size
    assert [each.sequence for each in entries] == list(range(len(entries)))
    times = [each.occurred_at for each in entries]
    assert times != sorted(times), "the log tells the time that the clock told"
    report = verify(office)
    assert report.ok, report.as_json()
    assert report.index_lag == 0


@by_hour_and_day
def test_a_job_that_was_due_does_not_wait_until_the_clock_has_caught_up(
    any_office: Office, clock: HeldClock, back: timedelta
) -> None:
    with any_office.database.writing() as uow:
        enqueue(uow, KIND)
        enqueue(uow, KIND, run_after=uow.now + timedelta(days=7))
    clock.instant -= back
    (job,) = claim(any_office.database, [KIND], limit=5)
    assert claim(any_office.database, [KIND], limit=5) == [], "its lease holds"
    clock.instant += LEASE
    (again,) = claim(any_office.database, [KIND], limit=5)
    assert again.id == job.id
    with any_office.database.reading() as uow:
        (put_off,) = uow.session.scalars(select(Job.run_after).where(Job.attempts == 0))
    assert put_off > clock.now() + timedelta(days=6)


def test_a_job_whose_lease_lies_a_day_ahead_is_taken_again(
    any_office: Office, clock: HeldClock
) -> None:
    with any_office.database.writing() as uow:
        enqueue(uow, KIND)
    (job,) = claim(any_office.database, [KIND], limit=5)
    clock.instant -= timedelta(days=1)
    (again,) = claim(any_office.database, [KIND], limit=5)
    assert (again.id, again.attempts) == (job.id, 2)


@by_hour_and_day
def test_sessions_go_on_and_end_when_they_are_idle(
    office: Office, clock: HeldClock, back: timedelta
) -> None:
    add_person(office, "clerk", Role.CLERK)
    with application(office) as app:
        client = client_of(app, "clerk")
        assert client.get("/account").status_code == 200
        clock.instant -= back
        assert client.get("/account").status_code == 200
        with office.database.reading() as uow:
            (seen_at,) = uow.session.scalars(select(UserSession.seen_at))
        assert seen_at == clock.now()
        clock.instant += timedelta(hours=1)
        assert client.get("/account").status_code == 303


@by_hour_and_day
def test_no_code_counts_again_and_recovery_codes_still_let_in(
    office: Office, clock: HeldClock, back: timedelta
) -> None:
    person = add_person(office, "wang", Role.CLERK)
    secret, recovery = enrol(office, person)
    clock.advance(minutes=5)
    now = factors.step_of(clock.now())
    assert gets_in(office, person, factors.code_at(secret, now))
    clock.instant -= back
    past = factors.step_of(clock.now())
    assert not gets_in(office, person, factors.code_at(secret, now))
    assert not gets_in(office, person, factors.code_at(secret, past)), "it may have been seen"
    assert gets_in(office, person, recovery[0])
    clock.instant += back + timedelta(minutes=1)
    assert gets_in(office, person, factors.code_at(secret, factors.step_of(clock.now())))
