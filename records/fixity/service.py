"""Runs of the check: the share of today, what it found, what came back from the mirror."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from records.audit.object_check import LAST, check_share
from records.audit.report import Item, Report
from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.documents.models import StoredObject
from records.fixity.mirror import copy_object, restore_object
from records.fixity.models import FixityRun
from records.office import Office
from storage import ObjectStore, StorageError, StoreUnavailable

MOST_ITEMS = 1_000
_SPACE = 1 << 32

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Share:
    """A range of names: those that sort after `after` and not after `until`."""

    after: str
    until: str


WHOLE = Share("", LAST)


def next_share(uow: UnitOfWork, days: int) -> Share:
    """Return the share that follows the last daily one; after the last share comes the first.

    Args:
        days: In so many days everything is read once.
    """
    last = uow.session.scalar(
        select(FixityRun.until)
        .where(FixityRun.day.is_not(None))
        .order_by(FixityRun.day.desc())
        .limit(1)
    )
    begin = 0 if last is None or last == LAST else int(last, 16) + 1
    end = begin + -(-_SPACE // days)
    after = f"{begin - 1:08x}" if begin else ""
    # `until` is the beginning of a name: what begins with it sorts after it, so one more digit
    # that no name has takes those in.
    return Share(after, LAST if end >= _SPACE else f"{end - 1:08x}")


def is_due(uow: UnitOfWork) -> bool:
    """Return whether the share of today was not checked yet."""
    query = select(FixityRun.id).where(FixityRun.day == uow.today).limit(1)
    return uow.session.scalar(query) is None


def run_daily(office: Office) -> FixityRun | None:
    """Check the share of today; None when another process has done it meanwhile.

    Raises:
        StoreUnavailable: The store cannot be reached; it is tried again later.
    """
    with office.database.reading() as uow:
        share, today = next_share(uow, office.config.fixity_days), uow.today
    try:
        return run_share(office, share, day=today)
    except (Conflict, IntegrityError):
        return None


def run_share(
    office: Office,
    share: Share,
    *,
    day: date | None = None,
    tell: Progress = lambda _what, _count: None,
) -> FixityRun:
    """Read the objects of a share again, mend what the mirror can mend, and keep the outcome.

    Raises:
        StoreUnavailable: The store cannot be reached, so nothing can be said about it.
        Conflict: The share of this day was kept meanwhile.
    """
    started_at = office.database.clock.now()
    report, mirrored = Report(), 0
    check_share(office, report, tell, after=_bound(share.after), until=_bound(share.until))
    restored: list[Item] = []
    if office.mirror is not None:
        restored = _restore(office, office.mirror, report)
        mirrored = _complete(office, office.mirror, share)
    with office.database.writing() as uow:
        run = FixityRun(
            id=uow.new_id(),
            day=day,
            started_at=started_at,
            ended_at=uow.now,
            after=share.after,
            until=share.until,
            objects=report.counts.get("objects", 0),
            mirrored=mirrored,
            missing=_kept(report.missing),
            extra=_kept(report.extra),
            changed=_kept(report.changed),
            restored=_kept(restored),
        )
        uow.session.add(run)
        uow.record(
            "fixity.checked",
            actor_id=None,
            objects=[run.id],
            payload={
                "objects": run.objects,
                "missing": len(report.missing),
                "extra": len(report.extra),
                "changed": len(report.changed),
                "restored": [each.id for each in restored][:MOST_ITEMS],
            },
        )
    return run


def list_runs(uow: UnitOfWork, *, before: UUID | None = None, limit: int = 50) -> list[FixityRun]:
    """Return runs, the newest first."""
    query = select(FixityRun).order_by(FixityRun.id.desc()).limit(limit)
    if before is not None:
        query = query.where(FixityRun.id < before)
    return list(uow.session.scalars(query))


def is_clean(run: FixityRun) -> bool:
    """Return whether nothing was left wrong."""
    return not (run.missing or run.extra or run.changed)


def shown(run: FixityRun) -> dict[str, Any]:
    """Return a run for programs."""
    return {
        "id": str(run.id),
        "day": run.day.isoformat() if run.day else None,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat(),
        "objects": run.objects,
        "mirrored": run.mirrored,
        "missing": run.missing,
        "extra": run.extra,
        "changed": run.changed,
        "restored": run.restored,
    }


def _bound(prefix: str) -> str:
    """Return the bound of whole names: everything that begins with a prefix is before it."""
    return f"{prefix}{LAST}" if prefix and prefix != LAST else prefix


def _restore(office: Office, mirror: ObjectStore, report: Report) -> list[Item]:
    """Mend what is missing or changed; what is mended leaves the report."""
    restored: list[Item] = []
    for items in (report.missing, report.changed):
        for item in [each for each in items if each.kind == "object"]:
            try:
                mended = restore_object(office, mirror, item.id)
            except StoreUnavailable:
                raise
            except StorageError:
                continue  # a locked object cannot be replaced: it stays in the report
            if mended and _is_whole(office, item.id):
                items.remove(item)
                restored.append(item)
    return restored


def _is_whole(office: Office, name: str) -> bool:
    """Return whether an object agrees with all that is known of it."""
    report = Report()
    check_share(office, report, lambda _what, _count: None, after=name[:-1], until=name)
    return report.ok


def _complete(office: Office, mirror: ObjectStore, share: Share) -> int:
    """Copy the objects of a share that the mirror lacks; return how many."""
    copied, last = 0, _bound(share.after)
    while True:
        with office.database.reading() as uow:
            names = uow.session.scalars(
                select(StoredObject.name)
                .where(StoredObject.name > last, StoredObject.name <= _bound(share.until))
                .order_by(StoredObject.name)
                .limit(MOST_ITEMS)
            ).all()
        for name in names:
            try:
                copied += copy_object(office, mirror, name)
            except StoreUnavailable:
                raise
            except StorageError:
                continue  # damaged here and not there: it is in the report
        if len(names) < MOST_ITEMS:
            return copied
        last = names[-1]


def _kept(items: list[Item]) -> list[dict[str, str]]:
    return [each.as_json() for each in items[:MOST_ITEMS]]
