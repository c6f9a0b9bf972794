"""The log against itself: every leaf, commitment, place and timeline, and the tree over them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import func, select

from records.audit.given import read_given
from records.audit.report import Item, Report
from records.audit.tree_check import TreeCheck
from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject, LogPayload, commit_to, leaf_of, log_size
from records.office import Office

PAGE = 1_000


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
        last = uow.session.scalar(select(func.max(LogEntry.sequence)))
        if last is not None and last >= log_size(uow.session):
            report.extra.append(Item("log_entry", str(last), "it lies beyond the head of the log"))


def _check_stretch(uow: UnitOfWork, start: int, stop: int, report: Report) -> list[bytes]:
    """Check some entries and return their leaf hashes, computed again."""
    rows = uow.session.execute(
        select(LogEntry, LogPayload.salt, LogPayload.payload)
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(LogEntry.sequence >= start, LogEntry.sequence < stop)
        .order_by(LogEntry.sequence)
    ).all()
    present = {row[0].sequence for row in rows}
    for sequence in range(start, stop):
        if sequence not in present:
            report.missing.append(Item("log_entry", str(sequence), "the log has a hole here"))
    leaves = [_check_entry(entry, salt, payload, report) for entry, salt, payload in rows]
    _check_subjects(uow, [row[0] for row in rows], start, stop, report)
    report.count("log_entries", len(rows))
    return leaves


def _check_entry(entry: LogEntry, salt: bytes | None, payload: str | None, report: Report) -> bytes:
    place, digest = str(entry.sequence), leaf_of(entry).digest()
    if digest != entry.leaf_hash:
        report.changed.append(Item("log_entry", place, "it does not match its leaf hash"))
    if salt is None or payload is None:
        report.missing.append(Item("log_payload", place, "what the entry told is gone"))
    elif commit_to(salt, payload.encode()) != entry.commitment:
        report.changed.append(Item("log_payload", place, "it does not match its commitment"))
    return digest


def _check_subjects(
    uow: UnitOfWork, entries: Sequence[LogEntry], start: int, stop: int, report: Report
) -> None:
    told = {(entry.sequence, each) for entry in entries for each in entry.objects}
    query = select(LogObject.sequence, LogObject.object_id).where(
        LogObject.sequence >= start, LogObject.sequence < stop
    )
    kept = {(sequence, str(object_id)) for sequence, object_id in uow.session.execute(query)}
    for sequence, each in sorted(told - kept):
        report.missing.append(
            Item("log_object", f"{sequence} {each}", "the timeline of this object lacks the entry")
        )
    for sequence, each in sorted(kept - told):
        report.extra.append(
            Item("log_object", f"{sequence} {each}", "the entry is not about this object")
        )
