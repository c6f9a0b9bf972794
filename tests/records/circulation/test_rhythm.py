"""The moments of a deadline, for any deadline and any wishes."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from records.circulation.rhythm import (
    APART,
    ReminderKind,
    Rhythm,
    escalates,
    kind_at,
    may_urge,
    next_urge,
)

DUE = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
ON = DUE.date()
HOUR = timedelta(hours=1)
rhythms = st.builds(
    Rhythm,
    before=st.integers(0, 200),
    repeat=st.integers(0, 200),
    escalate_after=st.none() | st.integers(0, 400),
)
instants = st.integers(-500 * 60, 2000 * 60).map(lambda minutes: DUE + timedelta(minutes=minutes))


def walk(rhythm: Rhythm, start: datetime, steps: int) -> list[float]:
    """The moments that follow, in hours from the deadline."""
    found: list[float] = []
    moment: datetime | None = start
    while moment is not None and len(found) < steps:
        moment = next_urge(moment, DUE, rhythm)
        if moment is not None:
            found.append((moment - DUE) / HOUR)
    return found


def test_the_moments_of_a_plain_round() -> None:
    start = DUE - timedelta(days=9)
    assert walk(Rhythm(24, 24), start, 4) == [-24, 0, 24, 48]
    assert walk(Rhythm(24, 24, 30), start, 5) == [-24, 0, 24, 30, 48]
    assert walk(Rhythm(0, 0), start, 5) == [0]
    assert walk(Rhythm(0, 0, 5), start, 5) == [0, 5]
    assert next_urge(start, None, Rhythm(24, 24)) is None


@given(instants, rhythms)
def test_the_next_moment_lies_ahead_and_none_is_left_out(after: datetime, rhythm: Rhythm) -> None:
    found = next_urge(after, DUE, rhythm)
    if found is None:
        assert after >= DUE
        assert rhythm.repeat == 0
        return
    assert found > after
    between = next_urge(after + (found - after) / 2, DUE, rhythm)
    assert between == found


def test_what_a_reminder_says() -> None:
    def said(now: datetime, urged_at: datetime | None, today: date = ON) -> ReminderKind:
        return kind_at(now, DUE, urged_at, today=today, due_on=ON)

    assert said(DUE - HOUR, None) is ReminderKind.DUE_SOON
    assert said(DUE, DUE - 24 * HOUR) is ReminderKind.DUE
    assert said(DUE + HOUR, DUE) is ReminderKind.OVERDUE
    # Nobody was at work on the day itself.
    assert said(DUE + 24 * HOUR, None, ON + timedelta(days=1)) is ReminderKind.OVERDUE


def test_escalation_and_the_hour_between() -> None:
    assert not escalates(DUE + 9 * HOUR, DUE, Rhythm(24, 24))
    assert not escalates(DUE + 9 * HOUR, DUE, Rhythm(24, 24, 10))
    assert escalates(DUE + 10 * HOUR, DUE, Rhythm(24, 24, 10))
    assert may_urge(None, DUE)
    assert may_urge(DUE - APART, DUE)
    assert not may_urge(DUE - APART + timedelta(seconds=1), DUE)
