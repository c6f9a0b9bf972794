"""Signed and logged times are written as the service writes them.

SQLite keeps times as text, and whatever reads them forgives more than one way of writing: a byte
could turn there without changing the time.
"""

from sqlalchemy import Text, func, select, type_coerce

from records.audit.report import Item, Report
from records.circulation.models import Receipt
from records.core.base import Instant, table_of
from records.core.database import Database
from records.core.log import Checkpoint, LogEntry, LogKey
from records.seals.models import SealUsage

MODELS = (LogEntry, LogKey, Checkpoint, Receipt, SealUsage)
_TWO = "[0-9][0-9]"
WRITTEN = f"{_TWO * 2}-{_TWO}-{_TWO} {_TWO}:{_TWO}:{_TWO}.{_TWO * 3}"


def check_times(database: Database, report: Report) -> None:
    """Tell of times that are written otherwise; PostgreSQL keeps times as numbers."""
    if not database.is_sqlite:
        return
    for table in map(table_of, MODELS):
        for column in [each for each in table.columns if isinstance(each.type, Instant)]:
            told = type_coerce(column, Text)
            query = select(*table.primary_key.columns).where(
                column.is_not(None), func.glob(WRITTEN, told) == 0
            )
            with database.reading() as uow:
                for row in uow.session.execute(query):
                    place = " ".join(str(each) for each in row)
                    item = Item(table.name, place, f"{column.name} is not written as times are")
                    report.changed.append(item)
