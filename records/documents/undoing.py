"""Taking a confirmation back: the document is as it was before somebody checked it.

The values of before are those that the log keeps, so nothing more has to be stored. As soon as
anything else was done to the document, there is no way back: it is changed, not undone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.core.jobs import enqueue
from records.core.log import LogEntry, LogObject, LogPayload
from records.core.rows import check_version
from records.documents import metadata
from records.documents.models import Document
from records.documents.rules import STEP_EVENTS, DocumentState, Step, next_state
from records.documents.service import SECRECY_CHANGED_JOB, apply_values, record_document
from records.documents.visibility import get_document, refresh_access
from records.people.rules import Actor, Secrecy, check_clerk

_SECRECY = "document.secrecy_changed"
# What changes a document; being read, looked at or sent round does not.
_ACTS = (
    *STEP_EVENTS.values(),
    *("document.registered", "document.changed", "document.corrected", "document.moved"),
    *(_SECRECY, "component.added"),
)


@dataclass(frozen=True)
class _Past:
    kind: str
    at: datetime
    facts: Mapping[str, Any]


def undo_check(
    uow: UnitOfWork, actor: Actor, *, document_id: UUID, version: int | None
) -> Document:
    """Bring a document back to where it was before it was checked, waiting in the queue again.

    A secrecy that was set with the confirmation is set back as well.

    Args:
        version: The version that the confirmation left; None for programs that hold the row.

    Raises:
        NotAllowed: The person is not clerk of the register.
        Stale: Somebody else changed it since.
        Conflict: It is filed or voided, something was done to it since, or it was edited after it
            had been checked, or it got another number.
    """
    document = get_document(uow, actor, document_id, for_update=True)
    check_clerk(actor, clerk_unit_id=document.clerk_unit_id)
    check_version(document, version)
    state = next_state(DocumentState(document.state), Step.UNDO_CHECK)
    checked, secrecy = _confirmation(uow, document)
    before = {
        name: metadata.restored(name, values[0])
        for name, values in checked.facts.get("changes", {}).items()
    }
    changes = apply_values(uow, document, before)
    if secrecy is not None:
        _set_secrecy_back(uow, actor, document, secrecy)
    document.state, document.checked_at = state.value, None
    refresh_access(uow, document)
    record_document(uow, actor, STEP_EVENTS[Step.UNDO_CHECK], document, {"changes": changes})
    return document


def _confirmation(uow: UnitOfWork, document: Document) -> tuple[_Past, _Past | None]:
    """Return what is undone: the confirmation, and the secrecy that was set in the same unit."""
    acts = _last_acts(uow, document.id)
    secrecy = acts.pop(0) if acts and acts[0].kind == _SECRECY else None
    checked = acts[0] if acts else None
    if (
        checked is None
        or checked.kind != STEP_EVENTS[Step.CHECK]
        or checked.facts.get("from") != DocumentState.REGISTERED
        or (secrecy is not None and secrecy.at != checked.at)
    ):
        raise Conflict("Something was done to this document since. Change what is wrong instead.")
    return checked, secrecy


def _last_acts(uow: UnitOfWork, document_id: UUID) -> list[_Past]:
    query = (
        select(LogEntry.kind, LogEntry.occurred_at, LogPayload.payload)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .outerjoin(LogPayload, LogPayload.sequence == LogEntry.sequence)
        .where(LogObject.object_id == document_id, LogEntry.kind.in_(_ACTS))
        .order_by(LogObject.sequence.desc())
        .limit(2)
    )
    return [_Past(row[0], row[1], json.loads(row[2] or "{}")) for row in uow.session.execute(query)]


def _set_secrecy_back(uow: UnitOfWork, actor: Actor, document: Document, act: _Past) -> None:
    before = Secrecy.from_code(act.facts["before"])
    facts = {
        "before": act.facts["after"],
        "after": before.code,
        "reason": "",
        "term": document.secrecy_term,
    }
    document.secrecy = int(before)
    record_document(uow, actor, _SECRECY, document, facts)
    enqueue(uow, SECRECY_CHANGED_JOB, subject_id=document.id)
