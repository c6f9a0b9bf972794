"""When what a notice is about is over: read from the rows, so that no order of jobs matters."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from records.circulation.models import PaperHolding, ReadingItem, Round
from records.circulation.rules import ENDED, RoundState
from records.people.models import Delegation
from records.tasks.models import Task

_Ending = tuple[InstrumentedAttribute[UUID], ColumnElement[bool]]
_READ: _Ending = (ReadingItem.id, ReadingItem.state.in_([each.value for each in ENDED]))
ENDINGS: Mapping[str, _Ending] = {
    "item.delivered": _READ,
    "item.asked_again": _READ,
    "item.reminder": _READ,
    "item.escalated": _READ,
    # A returned item has ended; what the sender has to do is over when it is settled.
    "item.returned": (ReadingItem.id, ReadingItem.settled_at.is_not(None)),
    "round.completed": (Round.id, Round.state != RoundState.COMPLETE.value),
    "task.given": (Task.id, Task.state != "open"),
    "paper.handed": (
        PaperHolding.id,
        or_(PaperHolding.confirmed_at.is_not(None), PaperHolding.withdrawn_at.is_not(None)),
    ),
    "deputy.named": (Delegation.id, Delegation.ended_at.is_not(None)),
}


def ended(kind: str, subject_ids: Sequence[UUID]) -> Select[UUID]:
    """Return the query for those of some subjects that are over, for notices of a kind."""
    column, is_over = ENDINGS[kind]
    return select(column).where(column.in_(subject_ids), is_over)
