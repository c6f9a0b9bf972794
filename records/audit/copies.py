"""Copies of checkpoints outside: which one is due where, what became of it, and how all stand.

Of each place one row tells of each checkpoint that was brought there. What was not taken is tried
again, first after a minute and then more and more seldom, and only when it is there the newest one
follows. Nothing of this is an event of the log: a copy of a checkpoint must not make the next one
necessary.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from records.audit.checkpoints import log_key, newest_checkpoint, prove_growth
from records.audit.couriers import Parcel
from records.audit.models import CheckpointCopy
from records.core.database import UnitOfWork, insert_into
from records.core.log import Checkpoint
from records.core.outside import Outside

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
# A place that has not taken a checkpoint for so long beyond its turn is worth a warning.
LATE = timedelta(hours=2)


@dataclass(frozen=True)
class PlaceState:
    """How one place stands.

    Attributes:
        taken: The last copy that is there; None when there is none.
        failing: The copy that it does not take; None when all is well.
        is_late: Whether what the log has grown by should have been there long ago.
    """

    place: Outside
    taken: CheckpointCopy | None
    failing: CheckpointCopy | None
    is_late: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as programs get it."""
        return {
            "place": self.place.name,
            "way": self.place.way.value,
            "size": self.taken.size if self.taken else None,
            "at": self.taken.done_at.isoformat() if self.taken and self.taken.done_at else None,
            "error": self.failing.error if self.failing else None,
            "attempts": self.failing.attempts if self.failing else 0,
            "late": self.is_late,
        }


def due_parcel(uow: UnitOfWork, place: Outside) -> Parcel | None:
    """Return what has to be brought to a place now, if anything."""
    last, newest = _last(uow, place), newest_checkpoint(uow)
    if newest is None:
        return None
    if last is not None and last.done_at is None:
        kept = uow.session.get(Checkpoint, last.size)
        if uow.now < last.tried_at + _pause(last.attempts) and uow.now >= last.tried_at:
            return None
        return _parcel(uow, place, kept or newest)
    if last is not None and (
        last.size >= newest.size or last.tried_at <= uow.now < last.tried_at + place.every
    ):
        return None
    return _parcel(uow, place, newest)


def note_attempt(
    uow: UnitOfWork,
    place: Outside,
    size: int,
    *,
    receipt: bytes | None = None,
    error: str | None = None,
) -> None:
    """Record what became of a copy: a receipt when it was taken, else the reason."""
    values = {
        "tried_at": uow.now,
        "done_at": uow.now if error is None else None,
        "error": error,
        "receipt": receipt,
    }
    statement = insert_into(uow.session, CheckpointCopy).values(
        place=place.name, size=size, attempts=1, **values
    )
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["place", "size"],
            set_={**values, "attempts": CheckpointCopy.attempts + 1},
            # Another machine may have brought it meanwhile.
            where=CheckpointCopy.done_at.is_(None),
        )
    )


def place_states(uow: UnitOfWork, places: list[Outside]) -> list[PlaceState]:
    """Return how each place stands, in the order of the setting."""
    return [_state(uow, each) for each in places]


def copies_of(uow: UnitOfWork, size: int) -> list[CheckpointCopy]:
    """Return the copies of one checkpoint, by place."""
    query = select(CheckpointCopy).where(CheckpointCopy.size == size).order_by(CheckpointCopy.place)
    return list(uow.session.scalars(query))


def _state(uow: UnitOfWork, place: Outside) -> PlaceState:
    last, taken = _last(uow, place), _last(uow, place, done=True)
    failing = last if last is not None and last.done_at is None else None
    return PlaceState(place, taken, failing, _is_late(uow, taken, place))


def _is_late(uow: UnitOfWork, taken: CheckpointCopy | None, place: Outside) -> bool:
    """Tell whether a checkpoint has waited too long; an office at rest is not late."""
    following = select(Checkpoint).where(Checkpoint.size > (taken.size if taken else 0))
    oldest = uow.session.scalar(following.order_by(Checkpoint.size).limit(1))
    return oldest is not None and uow.now > oldest.signed_at + place.every + LATE


def _last(uow: UnitOfWork, place: Outside, *, done: bool = False) -> CheckpointCopy | None:
    query = select(CheckpointCopy).where(CheckpointCopy.place == place.name)
    if done:
        query = query.where(CheckpointCopy.done_at.is_not(None))
    return uow.session.scalar(query.order_by(CheckpointCopy.size.desc()).limit(1))


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)


def _parcel(uow: UnitOfWork, place: Outside, checkpoint: Checkpoint) -> Parcel:
    taken = _last(uow, place, done=True)
    known = taken.size if taken is not None and taken.size <= checkpoint.size else 0
    key = log_key(uow)
    assert key is not None  # a checkpoint was signed with it
    return Parcel(
        checkpoint.size,
        checkpoint.note,
        prove_growth(uow, old_size=known, checkpoint=checkpoint),
        key.text(),
        checkpoint.signed_at,
    )
