"""The worker: does the jobs that follow commits, keeps index and log, tells people, tidies up.

One runs on each machine. Everything it does can be done again, so it may be stopped or killed at
any moment.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from records.assessment.service import ASSESS_JOB, Assessor, enqueue_due
from records.audit.log_keeper import LogKeeper
from records.audit.proofs import integrate
from records.channels.keeper import ChannelKeeper
from records.circulation.content import compare_content
from records.circulation.secrecy import follow_secrecy
from records.circulation.voiding import end_rounds
from records.core.config import Config
from records.core.database import UnitOfWork
from records.core.errors import Refusal
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler, Runner
from records.documents.intake import ORPHAN_AGE, collect_orphans
from records.documents.previews import trim_previews
from records.documents.reading import ComponentReader
from records.documents.service import (
    CONTENT_CHANGED_JOB,
    FILING_JOB,
    NUMBER_CHANGED_JOB,
    SECRECY_CHANGED_JOB,
    VOIDED_JOB,
)
from records.documents.sharing import ACCESS_TURNS_JOB
from records.documents.texts import (
    CHECK_SIGNATURES_JOB,
    FOLLOW_SCAN_JOB,
    READ_JOB,
    UNPACK_JOB,
    WAS_READ_JOB,
)
from records.documents.unpacking import Unpacker
from records.documents.uploads import drop_expired
from records.finding.follower import Follower, FollowerBusy
from records.finding.saved import forget_older_searches
from records.finding.watching import SearchWatch
from records.fixity.mirror import Mirroring
from records.fixity.service import is_due, run_daily
from records.notify.messenger import Messenger
from records.notify.wording import Catalogues, english
from records.office import Office
from records.related.look import COMPARE_JOB, LOOK_JOB, Looker
from records.scans.caged import stack_cage
from records.scans.following import RECOGNISE_JOB, follow
from records.scans.recogniser import Recogniser
from records.scans.service import renew_missing
from records.scans.splitter import Splitter, StackLooker
from records.scans.splitting import LOOK_JOB as LOOK_AT_STACK_JOB
from records.scans.splitting import SPLIT_JOB
from records.seals.caged import seal_cage
from records.seals.following import DOCUMENT_CHANGED_JOB, follow_document
from records.seals.signatures.checks import SignatureChecker, renew_checks
from records.seals.stamping import STAMP_JOB
from records.seals.stamping_press import StampingPress
from records.seals.visits import forget_visits
from search.reading import Cage, Limits, ocr_available
from storage import StorageError

logger = logging.getLogger(__name__)

# What follows when all files of a document are read: one job each, on the document.
AFTER_READING: tuple[str, ...] = (FOLLOW_SCAN_JOB, LOOK_JOB, FILING_JOB, ASSESS_JOB)
POLL_SECONDS = 0.2
TIDY_SECONDS = 3600.0
FIRST_TIDY_SECONDS = 60.0
BEAT_SECONDS = 2.0
MIRROR_SECONDS = 5.0
LATER_SECONDS = 60.0
DUE_SECONDS = 300.0
# A worker that was not heard of for so long is taken for dead.
ALIVE = timedelta(seconds=15)


@dataclass(frozen=True)
class WorkerSeen:
    """The last sign of life of the worker of this machine."""

    pid: int
    at: datetime

    def is_alive(self, now: datetime) -> bool:
        """Return whether it can be taken for alive."""
        return now - self.at <= ALIVE


class Worker:
    """Works for one office; use it as a context, or close it.

    Args:
        catalogues: Gives the words of a language, for mail.
    """

    def __init__(self, office: Office, catalogues: Catalogues = english) -> None:
        self._office = office
        self._messenger = Messenger(office.config, office.database, catalogues)
        self._channels = ChannelKeeper(office, catalogues)
        self._cage = Cage()
        self._seal_cage = seal_cage()
        self._stack_cage = stack_cage()
        self._scan_cage = Cage()
        self._follower = Follower(office)
        self._log_keeper = LogKeeper(office)
        self._beat_at = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the cages."""
        self._cage.close()
        self._seal_cage.close()
        self._stack_cage.close()
        self._scan_cage.close()

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; jobs at work are brought to their end."""
        threads = [
            threading.Thread(target=self._follower.run, args=(stop,), name="follower"),
            threading.Thread(target=self._tidy, args=(stop,), name="tidy"),
            threading.Thread(target=self._keep_fixity, args=(stop,), name="fixity"),
            threading.Thread(target=self._recognise, args=(stop,), name="recognition"),
            threading.Thread(target=SearchWatch(self._office).run, args=(stop,), name="watch"),
            *self._messenger.threads(stop),
            *self._channels.threads(stop),
            *self._log_keeper.threads(stop),
        ]
        for thread in threads:
            thread.start()
        runner = self._runner(self._handlers())
        try:
            while not stop.is_set():
                self._beat()
                if not self._turn(runner):
                    stop.wait(POLL_SECONDS)
        finally:
            stop.set()
            runner.close()
            for thread in threads:
                thread.join()
            beat_path(self._office.config).unlink(missing_ok=True)

    def run_until_idle(self) -> None:
        """Do all jobs that are due, and bring the index up to the log.

        Where a worker runs on this machine already, the index is left to it.
        """
        runner = self._runner({**self._handlers(), **self._messenger.handlers})
        recognition = self._recognition(threading.Event())
        try:
            while runner.turn(POLL_SECONDS) or recognition.turn(POLL_SECONDS):
                pass
        finally:
            runner.close()
            recognition.close()
        try:
            self._follower.catch_up()
        except FollowerBusy:
            logger.info("Another worker keeps the index")

    def _runner(self, handlers: Mapping[str, Handler]) -> Runner:
        return Runner(self._office.database, handlers, parallel=Limits().parallel)

    def _handlers(self) -> Mapping[str, Handler]:
        """Every kind of job that is not the messenger's, and how it is done."""
        from records.filing.learning import FilingLearner  # the web asks here if a worker lives

        office = self._office
        looker = Looker(office.database, office.vault)
        return {
            READ_JOB: ComponentReader(
                office.database, office.vault, self._cage, recognises=bool(ocr_available())
            ).handler,
            UNPACK_JOB: Unpacker(office.database, office.vault, self._cage).handler,
            CHECK_SIGNATURES_JOB: then_assess(
                SignatureChecker(
                    office.config, office.database, office.vault, self._seal_cage
                ).handler
            ),
            STAMP_JOB: StampingPress(
                office.config, office.database, office.vault, self._seal_cage
            ).handler,
            WAS_READ_JOB: Handler(follow_reading),
            NUMBER_CHANGED_JOB: looker.looking,
            LOOK_JOB: looker.looking,
            COMPARE_JOB: looker.comparing,
            ACCESS_TURNS_JOB: Handler(note_access_turn),
            CONTENT_CHANGED_JOB: Handler(then_seals(compare_content)),
            SECRECY_CHANGED_JOB: Handler(then_seals(follow_secrecy)),
            VOIDED_JOB: Handler(then_seals(end_rounds)),
            DOCUMENT_CHANGED_JOB: Handler(follow_document),
            FOLLOW_SCAN_JOB: Handler(follow),
            LOOK_AT_STACK_JOB: StackLooker(office.database, office.vault, self._stack_cage).handler,
            SPLIT_JOB: Splitter(office.database, office.vault, self._stack_cage).handler,
            **FilingLearner(office.database, office.vault).handlers,
            **Assessor(office.database, office.vault).handlers,
        }

    def _recognise(self, stop: threading.Event) -> None:
        """Recognise scans beside everything else, so that no reading waits for them."""
        runner = self._recognition(stop)
        try:
            while not stop.is_set():
                if not self._turn(runner):
                    stop.wait(POLL_SECONDS)
        finally:
            runner.close()

    def _recognition(self, stop: threading.Event) -> Runner:
        office = self._office
        recogniser = Recogniser(office.database, office.vault, self._scan_cage, stop)
        handlers = {RECOGNISE_JOB: recogniser.handler}
        return Runner(office.database, handlers, parallel=max(1, (os.cpu_count() or 2) // 2))

    def _turn(self, runner: Runner) -> bool:
        try:
            return runner.turn(POLL_SECONDS)
        except SQLAlchemyError:
            logger.exception("The database cannot be reached; the worker tries again")
            return False

    def _tidy(self, stop: threading.Event) -> None:
        """Remove orphans, spooled remains and old page pictures; keep nodes of the log. Hourly."""
        pause = FIRST_TIDY_SECONDS
        while not stop.wait(pause):
            pause = TIDY_SECONDS
            try:
                collect_orphans(self._office.database, self._office.vault)
                drop_expired(self._office.database, self._office.vault)
                self._office.vault.clean_spool(ORPHAN_AGE.total_seconds())
                with self._office.database.writing() as uow:
                    trim_previews(uow)
                    forget_visits(uow)
                    forget_older_searches(uow)
                    renew_checks(uow, self._office.config)
                    renew_missing(uow)
                integrate(self._office.database)
            except (Refusal, StorageError, SQLAlchemyError):
                logger.exception("Tidying up has to wait")

    def _keep_fixity(self, stop: threading.Event) -> None:
        """Copy to the mirror what is new, and read the share of the day again."""
        mirror = self._office.mirror
        mirroring = Mirroring(self._office, mirror) if mirror is not None else None
        looked_at, pause = time.monotonic(), MIRROR_SECONDS
        while not stop.wait(pause):
            pause = MIRROR_SECONDS
            try:
                if mirroring is not None and mirroring.copy_new():
                    pause = 0.0
                elif time.monotonic() - looked_at >= DUE_SECONDS:
                    looked_at = time.monotonic()
                    if self._fixity_is_due() and run_daily(self._office) is not None:
                        self._assess_again()
            except (Refusal, StorageError, SQLAlchemyError):
                logger.exception("Mirror and fixity have to wait")
                pause = LATER_SECONDS

    def _assess_again(self) -> None:
        """Have the share of today of what is filed checked for its four properties."""
        with self._office.database.writing() as uow:
            enqueue_due(uow, self._office.config.fixity_days)

    def _fixity_is_due(self) -> bool:
        with self._office.database.reading() as uow:
            return is_due(uow)

    def _beat(self) -> None:
        if time.monotonic() - self._beat_at < BEAT_SECONDS:
            return
        self._beat_at = time.monotonic()
        path = beat_path(self._office.config)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        told = {"pid": os.getpid(), "at": datetime.now(UTC).isoformat()}
        try:
            fresh.write_text(json.dumps(told), encoding="ascii")
            fresh.replace(path)
        except OSError:
            logger.exception("The worker cannot say that it is alive")


def then_seals(work: Callable[[Job], Apply]) -> Callable[[Job], Apply]:
    """Return a work after which the seal requests of its document are looked at, in a unit apart.

    Rounds and requests are held in orders of their own, each before the document.
    """

    def both(job: Job) -> Apply:
        apply = work(job)

        def then(uow: UnitOfWork) -> None:
            apply(uow)
            enqueue(uow, DOCUMENT_CHANGED_JOB, subject_id=job.subject_id)

        return then

    return both


def then_assess(handler: Handler) -> Handler:
    """Return how a component is examined after which its document is checked as a whole."""

    def work(job: Job) -> Apply:
        apply = handler.work(job)

        def then(uow: UnitOfWork) -> None:
            apply(uow)
            enqueue(uow, ASSESS_JOB, subject_id=job.subject_id)

        return then

    return Handler(work, handler.give_up)


def follow_reading(job: Job) -> Apply:
    """Let every topic look at a document whose files were read."""

    def apply(uow: UnitOfWork) -> None:
        for kind in AFTER_READING:
            enqueue(uow, kind, subject_id=job.subject_id)

    return apply


def note_access_turn(job: Job) -> Apply:
    """Record that a right began or ended by time, so that the index looks at the document again."""

    def apply(uow: UnitOfWork) -> None:
        if job.subject_id is not None:
            uow.record("document.access_turned", actor_id=None, objects=[job.subject_id])

    return apply


def beat_path(config: Config) -> Path:
    """Return the file by which the worker of this machine says that it is alive."""
    return config.home / "worker.json"


def worker_seen(config: Config) -> WorkerSeen | None:
    """Return the last sign of life of the worker of this machine; None if there is none."""
    try:
        told = json.loads(beat_path(config).read_bytes())
        return WorkerSeen(int(told["pid"]), datetime.fromisoformat(told["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
