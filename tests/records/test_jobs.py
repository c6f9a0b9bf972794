from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from records.core.jobs import LEASE, RETRY_AFTER, Job, claim, enqueue, finish, postpone, waiting
from records.office import Office
from tests.offices import HeldClock, reopened

KIND = "test.work"


def add(office: Office, count: int) -> None:
    with office.database.writing() as uow:
        for _ in range(count):
            enqueue(uow, KIND)


def test_each_job_is_taken_by_one_worker_only(any_office: Office) -> None:
    add(any_office, 40)
    offices = [reopened(any_office) for _ in range(4)]

    def work(office: Office) -> list[UUID]:
        taken: list[UUID] = []
        while jobs := claim(office.database, [KIND], limit=3):
            taken += [job.id for job in jobs]
        office.close()
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [each for lot in pool.map(work, offices) for each in lot]
    assert len(taken) == len(set(taken)) == 40


def test_a_lease_that_ran_out_gives_the_job_to_another(
    any_office: Office, clock: HeldClock
) -> None:
    add(any_office, 1)
    (job,) = claim(any_office.database, [KIND], limit=5)
    assert claim(any_office.database, [KIND], limit=5) == []
    clock.instant += LEASE
    (again,) = claim(any_office.database, [KIND], limit=5)
    assert (again.id, again.attempts) == (job.id, 2)
    with any_office.database.writing() as uow:
        finish(uow, job)
        finish(uow, again)
    with any_office.database.reading() as uow:
        assert waiting(uow, [KIND]) == 0


def test_a_job_that_fails_is_tried_again_later_and_given_up_at_last(
    any_office: Office, clock: HeldClock
) -> None:
    add(any_office, 1)
    for wait in RETRY_AFTER:
        (job,) = claim(any_office.database, [KIND], limit=1)
        with any_office.database.writing() as uow:
            postpone(uow, job, "no")
        assert claim(any_office.database, [KIND], limit=1) == []
        clock.instant += wait
    (job,) = claim(any_office.database, [KIND], limit=1)
    with any_office.database.writing() as uow:
        postpone(uow, job, "never")
    with any_office.database.reading() as uow:
        kept = uow.session.get_one(Job, job.id)
        assert (kept.failed_at, kept.last_error) == (clock.now(), "never")


def test_a_job_that_takes_every_worker_with_it_is_given_up(
    any_office: Office, clock: HeldClock
) -> None:
    add(any_office, 1)
    taken = 0
    while jobs := claim(any_office.database, [KIND], limit=1):
        taken += len(jobs)
        clock.instant += LEASE
    assert taken == len(RETRY_AFTER) + 1
    with any_office.database.reading() as uow:
        assert waiting(uow, [KIND]) == 0
