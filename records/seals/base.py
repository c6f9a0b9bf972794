"""What the next electronic seal goes on: the file that was asked for, or the newest stamped copy.

Joint seals follow each other: each is stamped on the copy that bears the ones before it. A copy
that was withdrawn is never built upon again; what was built upon it before it was withdrawn still
bears its imprint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.models import Component, StoredObject
from records.seals.models import SealRequest, SealUsage
from records.seals.pages.boxes import Box


@dataclass(frozen=True)
class Base:
    """A file about to be stamped, and the lines of the seals that it bears, oldest first."""

    component: Component
    stored: StoredObject
    lines: tuple[SealUsage, ...]

    @property
    def boxes(self) -> list[Box]:
        """Where the earlier seals stand."""
        return [Box.from_json(box) for line in self.lines for box in line.placements]

    @property
    def is_signed(self) -> bool:
        """Whether it bears signatures, as far as is known before it is opened."""
        return bool(self.lines) or bool(self.component.signatures)


def base_of(uow: UnitOfWork, request: SealRequest) -> Base:
    """Return what an electronic request is stamped on now."""
    assert request.component_id is not None
    query = (
        select(SealUsage)
        .where(
            SealUsage.document_id == request.document_id,
            SealUsage.component_id == request.component_id,
            SealUsage.result_id.is_not(None),
        )
        .order_by(SealUsage.used_at, SealUsage.id)
    )
    lines = _borne(uow.session.scalars(query).all())
    component_id = lines[-1].result_id if lines else request.component_id
    row = uow.session.execute(
        select(Component, StoredObject)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .where(Component.id == component_id)
    ).one()
    return Base(row[0], row[1], tuple(lines))


def _borne(lines: Sequence[SealUsage]) -> list[SealUsage]:
    """Return the lines whose seals the newest valid copy bears."""
    built: dict[UUID, list[SealUsage]] = {}
    earlier: list[SealUsage] = []
    for line in lines:
        below = _newest_valid(earlier, line.used_at)
        built[line.id] = [*(built[below.id] if below else []), line]
        earlier.append(line)
    newest = _newest_valid(earlier, None)
    return built[newest.id] if newest else []


def _newest_valid(lines: Sequence[SealUsage], at: datetime | None) -> SealUsage | None:
    """Return the last line that stood at a time, or that stands now."""
    for line in reversed(lines):
        gone = line.withdrawn_at
        if gone is None or (at is not None and gone > at):
            return line
    return None
