"""Attempts of people whom nobody knows, as they are counted by address and minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from records.core.database import UnitOfWork
from records.core.refusals import AnonymousRefusal
from records.people.rules import Act, Actor, check_may


@dataclass(frozen=True)
class Stranger:
    """What came from one address for one reason, first, last, and how often."""

    address: str
    code: str
    first_at: datetime
    last_at: datetime
    times: int


def strangers(
    uow: UnitOfWork, actor: Actor, *, from_at: datetime, to_at: datetime, limit: int = 200
) -> Sequence[Stranger]:
    """Return who was refused without being known in some time, the most frequent first.

    Raises:
        NotAllowed: Refusals are not for this person.
    """
    check_may(actor, Act.READ_REFUSALS)
    minute, times = AnonymousRefusal.minute, func.sum(AnonymousRefusal.count)
    query = (
        select(
            AnonymousRefusal.address,
            AnonymousRefusal.code,
            func.min(minute),
            func.max(minute),
            times,
        )
        .where(minute >= from_at, minute < to_at)
        .group_by(AnonymousRefusal.address, AnonymousRefusal.code)
        .order_by(times.desc(), AnonymousRefusal.address)
        .limit(limit)
    )
    return [
        Stranger(address, code, first, last, int(count))
        for address, code, first, last, count in uow.session.execute(query)
    ]
