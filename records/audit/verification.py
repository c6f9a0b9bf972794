"""The check of everything: log, receipts, visibility, numbers, seals, what is sealed, objects.

It trusts no digest that it can compute and no row that it can compare, changes nothing, and holds
one page of rows in memory at a time. The office may go on working meanwhile: what looks wrong is
looked at once more before it is told.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from records.audit.document_check import check_documents
from records.audit.index_check import check_index
from records.audit.log_check import check_log
from records.audit.object_check import check_objects
from records.audit.receipt_check import check_receipts
from records.audit.report import Report
from records.audit.seal_check import check_seals
from records.audit.sealed_check import check_sealed
from records.audit.time_check import check_times
from records.office import Office
from records.registration.book import number_faults

Progress = Callable[[str, int], None]


def verify(
    office: Office, progress: Progress | None = None, against: Sequence[Path] = ()
) -> Report:
    """Check everything that an office keeps.

    Args:
        against: Checkpoints that were kept elsewhere, which the log must continue.
        progress: Told what is being checked and how many of it were, now and then.

    Raises:
        StoreUnavailable: The store cannot be reached, so nothing can be said about it.
    """
    report = Report()
    tell = progress or (lambda _what, _count: None)
    check_log(office, report, tell, against)
    check_receipts(office, report, tell)
    check_times(office.database, report)
    check_documents(office.database, report, tell)
    with office.database.reading() as uow:
        report.gaps, report.duplicates = number_faults(uow)
    check_seals(office.database, report, tell)
    check_sealed(office, report, tell)
    check_index(office, report, tell)
    check_objects(office, report, tell)
    return report
