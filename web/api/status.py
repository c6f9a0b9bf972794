"""Whether a document can be found: the index of this machine has followed its last change."""

from uuid import UUID

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject
from records.finding.state import read_state
from records.office import Office
from web.views import VIEW_KINDS


def is_searchable(uow: UnitOfWork, office: Office, document_id: UUID) -> bool:
    """Return whether everything that was done to a document is in the index."""
    state = read_state(office.config.index_folder)
    if not state.is_complete:
        return False
    last = uow.session.scalar(
        select(func.max(LogObject.sequence))
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .where(LogObject.object_id == document_id, LogEntry.kind.not_in(VIEW_KINDS))
    )
    return last is not None and last < state.cursor
