"""When what a notice is about is over: read from the rows, so that no order of jobs matters."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from records.circulation.models import PaperHolding, ReadingItem, Round
from records.circulation.rules import ENDED, RoundState
from records.notify.models import Notice
from records.people.models import Delegation
from records.seals.models import Seal, SealApproval, SealHandover, SealRequest, SealUsage
from records.seals.rules import ApprovalState, RequestState
from records.tasks.models import Task

_Ending = tuple[InstrumentedAttribute[UUID], ColumnElement[bool]]
_STAMPED: _Ending = (SealRequest.id, SealRequest.state != RequestState.APPROVED.value)
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
    "seal_request.to_decide": (SealApproval.id, SealApproval.state != ApprovalState.CURRENT.value),
    "seal_request.to_stamp": _STAMPED,
    "seal.stamping_failed": _STAMPED,
    "seal.handover": (
        SealHandover.id,
        or_(SealHandover.done_at.is_not(None), SealHandover.cancelled_at.is_not(None)),
    ),
    "seal.check_due": (Seal.id, Seal.check_every_months.is_(None)),
    "seal.late": (SealUsage.id, SealUsage.returned_at.is_not(None)),
}
# What is over for one of those who were told before it is over for all: who has confirmed a
# hand-over waits for the others, and a check that was due was done after it was asked for.
OWN_ENDINGS: Mapping[str, _Ending] = {
    "seal.handover": (
        SealHandover.id,
        or_(
            and_(SealHandover.giver_id == Notice.user_id, SealHandover.giver_at.is_not(None)),
            and_(SealHandover.taker_id == Notice.user_id, SealHandover.taker_at.is_not(None)),
            and_(SealHandover.witness_id == Notice.user_id, SealHandover.witness_at.is_not(None)),
        ),
    ),
    "seal.check_due": (Seal.id, Seal.checked_at >= Notice.created_at),
}


def ended(kind: str, subject_ids: Sequence[UUID]) -> Select[UUID]:
    """Return the query for those of some subjects that are over, for notices of a kind."""
    column, is_over = ENDINGS[kind]
    return select(column).where(column.in_(subject_ids), is_over)


def ended_for_one(kind: str, subject_ids: Sequence[UUID]) -> Select[UUID]:
    """Return the query for those that are over for whom a notice told; it reads the notice."""
    column, is_over = OWN_ENDINGS[kind]
    return select(column).where(column.in_(subject_ids), is_over).correlate(Notice)
