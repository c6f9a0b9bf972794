"""The log against itself: every leaf, commitment, place and timeline, and the tree over them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from records.audit.given import read_given
from records.audit.report import Item, Report
from records.audit.rows import UNREADABLE
from records.audit.tree_check import TreeCheck
from records.core.database import UnitOfWork
from records.core.log import Leaf, LogEntry, LogObject, LogPayload, commit_to, log_size
from records.office import Office

PAGE = 1_000


class Kept(NamedTuple):
    """An entry as it is kept, with what it told unless that is gone."""

    sequence: int
    occurred_at: datetime
    actor_id: UUID | None
    kind: str
    objects: list[str]
    commitment: bytes
    leaf_hash: bytes
    salt: bytes | None
    payload: str | None


def check_log(
    office: Office,
    report: Report,
    tell: Callable[[str, int], None],
    against: Sequence[Path] = (),
) -> None:
    """Compute every entry of the log again, from the first to the last that there is now.

    Args:
        against: Checkpoints that were kept elsewhere, which the log must continue.
    """
    database = office.database
    with database.reading() as uow:
        size = log_size(uow.session)
        given = read_given(uow, against, report) if against else []
        tree = TreeCheck(uow, office.vault, size, report, given)
    for start in range(0, size, PAGE):
        stop = min(size, start + PAGE)
        with database.reading() as uow:
            leaves = _check_stretch(uow, start, stop, report)
            tree.add(uow, leaves, is_whole=len(leaves) == stop - start)
        tell("log_entries", stop)
    with database.reading() as uow:
        tree.finish(uow)
        _check_ends(uow, report)


def _check_ends(uow: UnitOfWork, report: Report) -> None:
    """Report what lies before the first entry or beyond the last."""
    size = log_size(uow.session)
    for table, kind in (
        (LogEntry, "log_entry"),
        (LogPayload, "log_payload"),
        (LogObject, "log_object"),
    ):
        beyond = uow.session.scalar(select(func.max(table.sequence)).where(table.sequence >= size))
        before = uow.session.scalar(select(func.min(table.sequence)).where(table.sequence < 0))
        for place in (before, beyond):
            if place is not None:
                report.extra.append(Item(kind, str(place), "it lies beyond the head of the log"))


def _check_stretch(uow: UnitOfWork, start: int, stop: int, report: Report) -> list[bytes]:
    """Check some entries and return their leaf hashes, computed again."""
    present = set(
        uow.session.scalars(
            select(LogEntry.sequence).where(LogEntry.sequence >= start, LogEntry.sequence < stop)
        )
    )
    for sequence in range(start, stop):
        if sequence not in present:
            report.missing.append(Item("log_entry", str(sequence), "the log has a hole here"))
    rows = _rows(uow, start, stop, present, report)
    leaves = [_check_entry(row, report) for row in rows]
    _check_subjects(uow, rows, start, stop, report)
    report.count("log_entries", len(rows))
    return leaves


def _rows(
    uow: UnitOfWork, start: int, stop: int, present: Iterable[int], report: Report
) -> list[Kept]:
    """Return the entries of a stretch; those that cannot be read any more are reported."""
    try:
        return _read(uow, start, stop)
    except UNREADABLE:
        rows = []
    for sequence in sorted(present):
        try:
            rows += _read(uow, sequence, sequence + 1)
        except UNREADABLE:
            report.changed.append(Item("log_entry", str(sequence), "it cannot be read"))
    return rows


def _read(uow: UnitOfWork, start: int, stop: int) -> list[Kept]:
    # Columns, not entities: there are millions of them, and nothing is changed.
    query = (
        select(
            LogEntry.sequence,
            LogEntry.occurred_at,
            LogEntry.actor_id,
            LogEntry.kind,
            LogEntry.objects,
            LogEntry.commitment,
            LogEntry.leaf_hash,
            LogPayload.salt,
            LogPayload.payload,
        )
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(LogEntry.sequence >= start, LogEntry.sequence < stop)
        .order_by(LogEntry.sequence)
    )
    return [Kept(*row) for row in uow.session.execute(query)]


def _check_entry(row: Kept, report: Report) -> bytes:
    place = str(row.sequence)
    leaf = Leaf(
        row.sequence, row.occurred_at, row.actor_id, row.kind, tuple(row.objects), row.commitment
    )
    digest = leaf.digest()
    if digest != row.leaf_hash:
        report.changed.append(Item("log_entry", place, "it does not match its leaf hash"))
    if row.salt is None or row.payload is None:
        report.missing.append(Item("log_payload", place, "what the entry told is gone"))
    elif commit_to(row.salt, row.payload.encode()) != row.commitment:
        report.changed.append(Item("log_payload", place, "it does not match its commitment"))
    return digest


def _check_subjects(
    uow: UnitOfWork, rows: Sequence[Kept], start: int, stop: int, report: Report
) -> None:
    unread = set(range(start, stop)) - {row.sequence for row in rows}
    told = {(row.sequence, each) for row in rows for each in row.objects}
    query = select(LogObject.sequence, LogObject.object_id).where(
        LogObject.sequence >= start, LogObject.sequence < stop
    )
    try:
        kept = {(sequence, str(object_id)) for sequence, object_id in uow.session.execute(query)}
    except UNREADABLE:
        place = f"{start}-{stop - 1}"
        report.changed.append(Item("log_object", place, "timelines cannot be read here"))
        return
    for sequence, each in sorted(told - kept):
        report.missing.append(
            Item("log_object", f"{sequence} {each}", "the timeline of this object lacks the entry")
        )
    for sequence, each in sorted(kept - told):
        if sequence in unread:
            continue  # said already
        report.extra.append(
            Item("log_object", f"{sequence} {each}", "the entry is not about this object")
        )
