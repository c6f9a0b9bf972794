"""What the log tells of things: the entries of one kind about each of them."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.log import LogEntry, LogObject, LogPayload

# The place of an entry, and its payload unless it was erased.
Told = tuple[int, dict[str, Any] | None]


def told_about(uow: UnitOfWork, kind: str, ids: Collection[UUID]) -> dict[UUID, list[Told]]:
    """Return the entries of one kind about things, in their order."""
    query = (
        select(LogObject.object_id, LogEntry.sequence, LogPayload.payload)
        .join(LogEntry, LogEntry.sequence == LogObject.sequence)
        .outerjoin(LogPayload, LogPayload.sequence == LogObject.sequence)
        .where(LogObject.object_id.in_(set(ids)), LogEntry.kind == kind)
        .order_by(LogEntry.sequence)
    )
    found: dict[UUID, list[Told]] = {}
    for row in uow.session.execute(query):
        told = json.loads(row.payload) if row.payload is not None else None
        found.setdefault(row.object_id, []).append((row.sequence, told))
    return found
