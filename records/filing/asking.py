"""Asking for the work of filing: one lesson and one new look for the whole office at a time."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.jobs import Job, enqueue
from records.filing.models import FilingModel

LEARN_JOB = "filing.learn"
REFRESH_JOB = "filing.refresh"
# There is one lesson for the whole office: jobs for it have this subject.
OFFICE = uuid5(NAMESPACE_URL, "chancery:filing")
FIRST_WAIT = timedelta(seconds=3)
WAIT_PER_EXAMPLE = timedelta(milliseconds=50)


def ask_for_lesson(uow: UnitOfWork) -> None:
    """Ask for a lesson that takes in what has just been filed, unless one waits already."""
    examples = uow.session.scalar(select(FilingModel.examples)) or 0
    _ask_once(uow, LEARN_JOB, FIRST_WAIT + WAIT_PER_EXAMPLE * examples)


def ask_to_refresh(uow: UnitOfWork) -> None:
    """Ask that what waits is looked at again, unless that is asked for already."""
    _ask_once(uow, REFRESH_JOB, timedelta(0))


def _ask_once(uow: UnitOfWork, kind: str, wait: timedelta) -> None:
    # A job at work may have read before this change: only one that has not begun is enough.
    waiting = select(Job.id).where(
        Job.subject_id == OFFICE, Job.kind == kind, Job.failed_at.is_(None), Job.attempts == 0
    )
    if uow.session.scalar(waiting.limit(1)) is None:
        enqueue(uow, kind, subject_id=OFFICE, run_after=uow.now + wait)
