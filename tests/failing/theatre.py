"""Spoiling an act: what fails is told, what is left is whole or absent, the next try succeeds."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from records.core.config import FILE_NAME
from records.core.jobs import LEASE
from tests.failing.bucket import BucketFault, Proxy
from tests.failing.database import GoneFault, LockFault, gone, locked
from tests.failing.disk import DiskFault, out_of_order
from tests.failing.dramas import DRAMAS, Drama, Visitor, is_told
from tests.failing.faults import Failures
from tests.killing.scenes import Stage
from tests.killing.theatre import check, copied, furnish, opened, settle
from tests.offices import HeldClock
from tests.servers import PostgresServer, S3Server

Fault = DiskFault | LockFault | GoneFault | BucketFault


@dataclass(frozen=True)
class Bucket:
    """A bucket of a real server with a proxy before it that can misbehave."""

    server: S3Server
    proxy: Proxy

    def move_to(self, folder: Path) -> None:
        """Let the office in a folder keep its objects in a bucket of its own."""
        through = S3Server(f"http://127.0.0.1:{self.proxy.own_port}")
        url = through.url(self.server.new_bucket())
        (folder / "home" / FILE_NAME).write_text(f'storage_url = "{url}"\n', encoding="utf-8")


@dataclass(frozen=True)
class Rehearsed:
    """A drama that is prepared, in a folder that is copied for every fault.

    Attributes:
        server: Where the database is, if it is not in the folder.
        bucket: Where the objects are, if they are not: then each fault has a drama of its own.
    """

    drama: Drama
    folder: Path
    facts: Any
    server: PostgresServer | None = None
    bucket: Bucket | None = None

    @contextmanager
    def ready(self, copy: Path) -> Iterator[Path]:
        """Give a copy in which the act may be spoiled."""
        if self.bucket is not None:
            yield self.folder
            return
        with copied(self.folder, copy, self.server):
            yield copy

    def trouble(self, stage: Stage, fault: Fault) -> AbstractContextManager[Failures]:
        """Return what has to be entered for a fault to come."""
        database = stage.office.database
        if isinstance(fault, LockFault):
            return locked(database, fault)
        if isinstance(fault, GoneFault):
            assert self.server is not None
            return gone(database, self.server, fault)
        if isinstance(fault, BucketFault):
            assert self.bucket is not None
            return self.bucket.proxy.out_of_order(fault)
        return out_of_order(stage.outside.parent, fault)


@dataclass(frozen=True)
class Outcome:
    """What came of one fault.

    Attributes:
        fell: Whether anything failed at all; if not, the act has no such moment.
        was_done: Whether the act was done in spite of it.
    """

    fell: bool
    was_done: bool


def rehearse(
    name: str,
    seed: int,
    founded_home: Path,
    folder: Path,
    server: PostgresServer | None = None,
    bucket: Bucket | None = None,
) -> Rehearsed:
    """Make a drama ready in a new folder; the seed decides sizes and counts."""
    drama = DRAMAS[name]
    furnish(founded_home, folder, server)
    if bucket is not None:
        bucket.move_to(folder)
    with opened(folder) as stage:
        facts = drama.prepare(stage, Random(f"{name} {seed}"))  # noqa: S311 - the same every time
        settle(stage)
    return Rehearsed(drama, folder, facts, server, bucket)


def spoil(rehearsed: Rehearsed, fault: Fault, copy: Path) -> Outcome:
    """Let one fault spoil an act, look at what is left, act again, and look again.

    All in one process, which goes on as a service goes on.

    Raises:
        AssertionError: It was left in part, or not told, or not done in the end, or `verify` found
            something.
    """
    drama, facts = rehearsed.drama, rehearsed.facts
    with rehearsed.ready(copy) as place, opened(place) as stage:
        who = drama.arrive(stage, facts)
        count = _act(drama, who, facts, rehearsed.trouble(stage, fault))
        was_done = drama.is_done(stage, facts)
        check(stage)
        if count:
            _go_on(stage)
            drama.act(who, facts)
            assert drama.is_done(stage, facts), "it is not done in the end"
            check(stage)
            if isinstance(who, Visitor):
                _check_spool(stage)
    return Outcome(bool(count), was_done)


def _act(drama: Drama, who: Any, facts: Any, trouble: AbstractContextManager[Failures]) -> int:
    try:
        with trouble as failures:
            drama.act(who, facts)
    except Exception as error:
        if not is_told(error):
            raise
    return failures.count


def _go_on(stage: Stage) -> None:
    """Let so much time pass that every lease and every pause is over."""
    clock = stage.office.database.clock
    assert isinstance(clock, HeldClock)
    clock.instant += max(LEASE, timedelta(minutes=30))


def _check_spool(stage: Stage) -> None:
    spool = stage.office.config.spool
    left = [each.name for each in spool.rglob("*") if each.is_file()] if spool.is_dir() else []
    assert [each for each in left if each.endswith(".spool")] == [], "something stayed in the spool"
