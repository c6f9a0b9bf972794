"""The runner of jobs: takes them in batches, works on several at once, settles them together.

A job has two halves. `work` runs in a thread, outside any transaction, and may take long; what it
returns is applied in a transaction that the results of other jobs share, since a commit costs more
than a result. A job whose work raises is postponed, and given up after its last attempt.
"""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from records.core.database import Database, UnitOfWork
from records.core.jobs import LEASE, NOBODY_CAME_BACK, Job, claim, finish, postpone, renew

logger = logging.getLogger(__name__)

CLAIM = 16
# New jobs are taken before the last of the batch is done, so that no thread runs dry.
CLAIM_BELOW = 6
SETTLE_JOBS = 12
SETTLE_SECONDS = 0.25
RENEW_SECONDS = LEASE.total_seconds() / 3

Apply = Callable[[UnitOfWork], None]


@dataclass(frozen=True)
class Handler:
    """How jobs of one kind are done; both halves can happen more than once.

    Attributes:
        work: Does the slow part and returns what has to be written.
        give_up: Writes that the last attempt failed, and why.
    """

    work: Callable[[Job], Apply]
    give_up: Callable[[UnitOfWork, Job, BaseException], None] | None = None


class Runner:
    """Runs the jobs of the kinds that it has handlers for.

    Args:
        parallel: Jobs at work at once.
    """

    def __init__(
        self, database: Database, handlers: Mapping[str, Handler], *, parallel: int
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="job")
        self._running: dict[Future[Apply], Job] = {}
        self._finished: list[tuple[Job, Future[Apply]]] = []
        self._finished_at = 0.0
        self._renewed_at = 0.0

    def turn(self, wait_seconds: float) -> bool:
        """Take jobs, wait a little for results, settle them.

        Returns:
            Whether there was anything to do; if not, the call came back at once.
        """
        if len(self._running) < CLAIM_BELOW:
            self._take()
        if not self._running and not self._finished:
            return False
        self._collect(wait_seconds)
        waited = time.monotonic() - self._finished_at
        full = len(self._finished) >= SETTLE_JOBS or not self._running
        if self._finished and (full or waited >= SETTLE_SECONDS):
            finished, self._finished = self._finished, []
            self._settle(finished)
        self._hold()
        return True

    def close(self) -> None:
        """Let the jobs at work come to their end, and leave the others to their lease."""
        self._pool.shutdown(cancel_futures=True)
        done = [(job, future) for future, job in self._running.items() if not future.cancelled()]
        self._settle([*self._finished, *done])
        self._running.clear()
        self._finished.clear()

    def _take(self) -> None:
        jobs = claim(
            self._database, list(self._handlers), limit=CLAIM, on_give_up=self._give_up_lost
        )
        for job in jobs:
            self._running[self._pool.submit(self._handlers[job.kind].work, job)] = job
            self._renewed_at = self._renewed_at or time.monotonic()

    def _collect(self, wait_seconds: float) -> None:
        done, _ = wait(self._running, timeout=wait_seconds, return_when=FIRST_COMPLETED)
        if done and not self._finished:
            self._finished_at = time.monotonic()
        self._finished.extend((self._running.pop(future), future) for future in done)

    def _hold(self) -> None:
        """Renew the leases of what takes long."""
        if not self._running:
            self._renewed_at = 0.0
        elif time.monotonic() - self._renewed_at >= RENEW_SECONDS:
            self._renewed_at = time.monotonic()
            with self._database.writing() as uow:
                renew(uow, self._running.values())

    def _settle(self, finished: list[tuple[Job, Future[Apply]]]) -> None:
        good: list[tuple[Job, Apply]] = []
        for job, future in finished:
            error = future.exception()
            if error is None:
                good.append((job, future.result()))
            else:
                self._postpone(job, error)
        try:
            self._apply(good)
        except Exception as error:  # noqa: BLE001 - any bug in one result must not hold up the rest
            if len(good) == 1:
                self._postpone(good[0][0], error)
                return
            for job, apply in good:
                try:
                    self._apply([(job, apply)])
                except Exception as reason:  # noqa: BLE001 - as above
                    self._postpone(job, reason)

    def _apply(self, results: list[tuple[Job, Apply]]) -> None:
        if not results:
            return
        with self._database.writing() as uow:
            for _, apply in results:
                apply(uow)
            finish(uow, *(job for job, _ in results))

    def _postpone(self, job: Job, error: BaseException) -> None:
        logger.warning("Job %s on %s failed: %r", job.kind, job.subject_id, error)
        try:
            with self._database.writing() as uow:
                if postpone(uow, job, f"{type(error).__name__}: {error}"):
                    self._give_up(uow, job, error)
        except SQLAlchemyError:
            logger.exception("Job %s is left to its lease", job.id)

    def _give_up_lost(self, uow: UnitOfWork, job: Job) -> None:
        self._give_up(uow, job, RuntimeError(NOBODY_CAME_BACK))

    def _give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        give_up = self._handlers[job.kind].give_up
        if give_up is not None:
            give_up(uow, job, error)
