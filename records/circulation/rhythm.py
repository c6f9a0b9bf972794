"""When a reader is reminded: pure reckoning, from the deadline and the wishes of the round.

A deadline has its moments: some hours before it, the deadline itself, then every so many hours
after it, and the moment from which a named person is told as well. Between two reminders of one
item lies an hour at least, whoever or whatever urges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from records.circulation.models import Round

APART = timedelta(hours=1)


class ReminderKind(StrEnum):
    """Why somebody is reminded."""

    DUE_SOON = "due_soon"
    DUE = "due"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Rhythm:
    """How a round wants its readers reminded, in hours from the deadline.

    Attributes:
        before: Hours before the deadline; 0 for no reminder before it.
        repeat: Hours between reminders after it; 0 for none after the first.
        escalate_after: Hours after the deadline; None for never.
    """

    before: int
    repeat: int
    escalate_after: int | None = None


def rhythm_of(round_: Round) -> Rhythm:
    """Return how a round wants its readers reminded."""
    return Rhythm(round_.remind_before_hours, round_.repeat_hours, round_.escalate_after_hours)


def next_urge(after: datetime, due_at: datetime | None, rhythm: Rhythm) -> datetime | None:
    """Return the first moment after an instant at which an item has to be looked at, or None."""
    if due_at is None:
        return None
    return min((each for each in _moments(after, due_at, rhythm) if each > after), default=None)


def _moments(after: datetime, due_at: datetime, rhythm: Rhythm) -> Iterator[datetime]:
    if rhythm.before > 0:
        yield due_at - timedelta(hours=rhythm.before)
    yield due_at
    if rhythm.escalate_after is not None:
        yield due_at + timedelta(hours=rhythm.escalate_after)
    if rhythm.repeat > 0:
        pause = timedelta(hours=rhythm.repeat)
        yield due_at + pause * max(1, (after - due_at) // pause + 1)


def may_urge(urged_at: datetime | None, now: datetime) -> bool:
    """Return whether enough time has passed since an item was last urged."""
    return urged_at is None or now - urged_at >= APART


def kind_at(
    now: datetime, due_at: datetime, urged_at: datetime | None, *, today: date, due_on: date
) -> ReminderKind:
    """Return what a reminder by the rule says.

    It says `due` once, on the day of the deadline; from then on the item is overdue.
    """
    if now < due_at:
        return ReminderKind.DUE_SOON
    first = urged_at is None or urged_at < due_at
    return ReminderKind.DUE if first and today == due_on else ReminderKind.OVERDUE


def escalates(now: datetime, due_at: datetime, rhythm: Rhythm) -> bool:
    """Return whether the named person is told as well."""
    after = rhythm.escalate_after
    return after is not None and now >= due_at + timedelta(hours=after)
