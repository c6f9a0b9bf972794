"""Work that follows a commit: a table of jobs, taken under a lease, done at least once.

A job is written in the transaction that makes it necessary. Handlers are idempotent: a worker that
dies leaves its lease to run out, and another takes the job again. A lease is short and renewed
while the work goes on, so that little time is lost.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, and_, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base
from records.core.database import Database, UnitOfWork
from records.core.rows import write_new

LEASE = timedelta(seconds=15)
RETRY_AFTER = (
    timedelta(seconds=2),
    timedelta(seconds=15),
    timedelta(minutes=2),
    timedelta(minutes=15),
    timedelta(hours=2),
)
NOBODY_CAME_BACK = "no worker came back from it"


class Job(Base):
    """One piece of work that waits, runs, or has failed for good (`failed_at`)."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "failed_at", "run_after"), Index(None, "subject_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def enqueue(
    uow: UnitOfWork,
    kind: str,
    *,
    subject_id: UUID | None = None,
    payload: dict[str, Any] | None = None,
    run_after: datetime | None = None,
) -> None:
    """Write a job that becomes due when the unit commits, or at `run_after`."""
    job = Job(
        id=uow.new_id(),
        kind=kind,
        subject_id=subject_id,
        payload=payload or {},
        run_after=run_after or uow.now,
        created_at=uow.now,
    )
    write_new(uow, [job])


def claim(
    database: Database,
    kinds: Sequence[str],
    *,
    limit: int,
    on_give_up: Callable[[UnitOfWork, Job], None] | None = None,
) -> list[Job]:
    """Take due jobs for the length of a lease, oldest first, each by one worker only.

    A job that is due again after its last attempt has taken its workers with it: it is given up.

    Args:
        on_give_up: Called for each such job in the unit that gives it up.
    """
    if not _anything_due(database, kinds):
        return []
    with database.writing() as uow:
        _bring_back(uow, kinds)
        for lost in _give_up(uow, kinds):
            if on_give_up is not None:
                on_give_up(uow, lost)
        due = (
            select(Job.id)
            .where(Job.failed_at.is_(None), Job.run_after <= uow.now, Job.kind.in_(kinds))
            .order_by(Job.run_after, Job.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = uow.session.scalars(due).all()
        if not taken:
            return []
        uow.session.execute(
            update(Job)
            .where(Job.id.in_(taken))
            .values(run_after=uow.now + LEASE, attempts=Job.attempts + 1)
        )
        return list(uow.session.scalars(select(Job).where(Job.id.in_(taken)).order_by(Job.id)))


def _give_up(uow: UnitOfWork, kinds: Sequence[str]) -> list[Job]:
    given_up = uow.session.scalars(
        update(Job)
        .where(
            Job.failed_at.is_(None),
            Job.run_after <= uow.now,
            Job.kind.in_(kinds),
            Job.attempts > len(RETRY_AFTER),
        )
        .values(failed_at=uow.now, last_error=NOBODY_CAME_BACK)
        .returning(Job)
    )
    return list(given_up)


def _anything_due(database: Database, kinds: Sequence[str]) -> bool:
    # An idle worker looks several times a second; it must not take the write lock to find nothing.
    with database.reading() as uow:
        query = select(Job.id).where(
            Job.failed_at.is_(None),
            or_(Job.run_after <= uow.now, _left_ahead(uow.now)),
            Job.kind.in_(kinds),
        )
        return uow.session.scalar(query.limit(1)) is not None


def _left_ahead(now: datetime) -> ColumnElement[bool]:
    """Return which jobs wait for no reason but that the clock was set back since.

    Those that were due at once when they were made, later than now; and those that wait for longer
    than any lease or pause lets them. What was put off to a day of its own stays there.
    """
    never_begun = and_(Job.attempts == 0, Job.created_at > now, Job.run_after <= Job.created_at)
    return or_(never_begun, and_(Job.attempts > 0, Job.run_after > now + RETRY_AFTER[-1]))


def _bring_back(uow: UnitOfWork, kinds: Sequence[str]) -> None:
    """Make jobs due that a clock which was set back has left ahead."""
    uow.session.execute(
        update(Job)
        .where(Job.failed_at.is_(None), Job.kind.in_(kinds), _left_ahead(uow.now))
        .values(run_after=uow.now, created_at=uow.now)
    )


def renew(uow: UnitOfWork, jobs: Iterable[Job]) -> None:
    """Hold jobs for another lease, because their work takes long."""
    held = [each.id for each in jobs]
    uow.session.execute(update(Job).where(Job.id.in_(held)).values(run_after=uow.now + LEASE))


def finish(uow: UnitOfWork, *jobs: Job) -> None:
    """Remove jobs that are done, in the transaction that holds their results."""
    done = [each.id for each in jobs]
    uow.session.execute(delete(Job).where(Job.id.in_(done)))


def postpone(uow: UnitOfWork, job: Job, error: str) -> bool:
    """Let a job that failed run again later, or give it up after its last attempt.

    Returns:
        Whether it was given up.
    """
    found = uow.session.get(Job, job.id)
    if found is None:
        return False
    found.last_error = error
    if found.attempts > len(RETRY_AFTER):
        found.failed_at = uow.now
        return True
    found.run_after = uow.now + RETRY_AFTER[found.attempts - 1]
    return False


def waiting(uow: UnitOfWork, kinds: Sequence[str] = ()) -> int:
    """Return how many jobs are not done and not given up."""
    query = select(func.count()).select_from(Job).where(Job.failed_at.is_(None))
    if kinds:
        query = query.where(Job.kind.in_(kinds))
    return uow.session.scalar(query) or 0


def failed(uow: UnitOfWork) -> int:
    """Return how many jobs were given up."""
    query = select(func.count()).select_from(Job).where(Job.failed_at.is_not(None))
    return uow.session.scalar(query) or 0
