import threading
import time
from datetime import timedelta

from sqlalchemy import select

from records.core import runner as runner_module
from records.core.database import UnitOfWork
from records.core.jobs import RETRY_AFTER, Job, claim, enqueue
from records.core.runner import Apply, Handler, Runner
from records.office import Office
from tests.offices import HeldClock


def ask(office: Office, count: int = 1) -> None:
    with office.database.writing() as uow:
        for number in range(count):
            enqueue(uow, "count", payload={"number": number})


def jobs_of(office: Office) -> list[Job]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Job).order_by(Job.id)))


def run_all(runner: Runner) -> None:
    while runner.turn(0.05):
        pass


def test_jobs_are_done_once_and_settled_together(office: Office) -> None:
    done: list[int] = []
    units: set[int] = set()

    def work(job: Job) -> Apply:
        def apply(uow: UnitOfWork) -> None:
            units.add(id(uow))
            done.append(job.payload["number"])

        return apply

    ask(office, 30)
    runner = Runner(office.database, {"count": Handler(work)}, parallel=2)
    run_all(runner)
    runner.close()
    assert sorted(done) == list(range(30))
    assert len(units) < 30
    assert jobs_of(office) == []


def test_one_result_that_cannot_be_kept_harms_no_other(office: Office) -> None:
    kept: set[int] = set()

    def work(job: Job) -> Apply:
        def apply(_uow: UnitOfWork) -> None:
            if job.payload["number"] == 3:
                raise ValueError("a bug")
            kept.add(job.payload["number"])

        return apply

    ask(office, 8)
    runner = Runner(office.database, {"count": Handler(work)}, parallel=2)
    run_all(runner)
    runner.close()
    assert kept == {0, 1, 2, 4, 5, 6, 7}
    (left,) = jobs_of(office)
    assert left.last_error == "ValueError: a bug"
    assert left.failed_at is None


def test_a_job_that_fails_is_tried_again_and_given_up_at_last(
    office: Office, clock: HeldClock
) -> None:
    tried: list[int] = []
    told: list[str] = []

    def work(job: Job) -> Apply:
        tried.append(job.attempts)
        raise ConnectionError("down")

    def give_up(_uow: UnitOfWork, _job: Job, error: BaseException) -> None:
        told.append(str(error))

    ask(office)
    runner = Runner(office.database, {"count": Handler(work, give_up)}, parallel=1)
    for _ in range(len(RETRY_AFTER) + 3):
        run_all(runner)
        clock.advance(hours=3)
    runner.close()
    assert tried == [1, 2, 3, 4, 5, 6]
    assert told == ["down"]
    (left,) = jobs_of(office)
    assert left.failed_at is not None


def test_a_job_that_kills_its_workers_is_given_up_and_told(
    office: Office, clock: HeldClock
) -> None:
    told: list[str] = []

    def give_up(_uow: UnitOfWork, _job: Job, error: BaseException) -> None:
        told.append(str(error))

    def never(_job: Job) -> Apply:
        raise AssertionError("it must not be tried again")

    ask(office)
    for _ in range(len(RETRY_AFTER) + 1):
        assert len(claim(office.database, ["count"], limit=1)) == 1
        clock.advance(minutes=1)
    runner = Runner(office.database, {"count": Handler(never, give_up)}, parallel=1)
    run_all(runner)
    runner.close()
    assert told == ["no worker came back from it"]


def test_the_lease_of_long_work_is_renewed(office: Office, clock: HeldClock) -> None:
    go_on = threading.Event()

    def work(_job: Job) -> Apply:
        go_on.wait(10)
        return lambda _: None

    ask(office)
    runner = Runner(office.database, {"count": Handler(work)}, parallel=1)
    runner.turn(0.01)
    clock.advance(seconds=14)
    runner._renewed_at = time.monotonic() - 60
    runner.turn(0.01)
    clock.advance(seconds=10)
    assert claim(office.database, ["count"], limit=1) == []
    clock.instant += timedelta(seconds=6)
    assert len(claim(office.database, ["count"], limit=1)) == 1
    go_on.set()
    runner.close()
    assert runner_module.RENEW_SECONDS < 15


def test_an_idle_runner_says_so_at_once(office: Office) -> None:
    runner = Runner(office.database, {"count": Handler(lambda _: lambda _: None)}, parallel=1)
    begun = time.monotonic()
    assert runner.turn(60) is False
    assert time.monotonic() - begun < 30
    runner.close()
