"""When mail is due: quiet hours over midnight, the mail of the day, and clocks that are changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from records.core.errors import Invalid
from records.notify.rules import (
    GATHER,
    KINDS,
    MailWhen,
    Wishes,
    after_quiet,
    check_wishes,
    mail_due,
    next_daily,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HALF = ZoneInfo("Australia/Lord_Howe")  # its clocks are moved by half an hour
NIGHT = Wishes(quiet_from=time(20), quiet_until=time(7))

times = st.times(max_value=time(23, 59)).map(lambda each: each.replace(second=0, microsecond=0))
DAY = datetime  # without a zone, as Hypothesis wants it
# Around the nights in which clocks are changed, and elsewhere.
instants = st.one_of(
    st.datetimes(DAY(2026, 3, 27), DAY(2026, 4, 6)),
    st.datetimes(DAY(2026, 10, 2), DAY(2026, 10, 27)),
).map(lambda each: each.replace(tzinfo=UTC))
zones = st.sampled_from([SHANGHAI, BERLIN, HALF])


def local(text: str, zone: ZoneInfo = SHANGHAI, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-02 19:58", "2026-03-02 19:59"),
        ("2026-03-02 19:59", "2026-03-03 07:00"),
        ("2026-03-02 23:30", "2026-03-03 07:00"),
        ("2026-03-03 00:00", "2026-03-03 07:00"),
        ("2026-03-03 06:58", "2026-03-03 07:00"),
        ("2026-03-03 07:00", "2026-03-03 07:01"),
    ],
)
def test_quiet_hours_over_midnight_delay_mail_to_their_end(at: str, due: str) -> None:
    found = mail_due(NIGHT, "item.delivered", {}, now=local(at), zone=SHANGHAI)
    assert found == local(due)


def test_quiet_hours_by_day() -> None:
    noon = Wishes(quiet_from=time(12), quiet_until=time(14))
    assert after_quiet(noon, local("2026-03-02 12:30"), SHANGHAI) == local("2026-03-02 14:00")
    assert after_quiet(noon, local("2026-03-02 14:00"), SHANGHAI) == local("2026-03-02 14:00")
    assert after_quiet(noon, local("2026-03-02 01:00"), SHANGHAI) == local("2026-03-02 01:00")


def test_clocks_that_are_changed() -> None:
    early = Wishes(quiet_from=time(22), quiet_until=time(2, 30))
    # In spring 02:30 is not there: an hour later it is.
    spring = after_quiet(early, local("2026-03-29 01:30", BERLIN), BERLIN)
    assert spring == local("2026-03-29 03:30", BERLIN)
    # In autumn it is there twice; the one that lies ahead counts.
    first, second = (local("2026-10-25 02:10", BERLIN, fold=fold) for fold in (0, 1))
    assert after_quiet(early, first, BERLIN) == local("2026-10-25 02:30", BERLIN)
    assert after_quiet(early, second, BERLIN) == local("2026-10-25 02:30", BERLIN, fold=1)


@given(instants, times, times, zones)
@example(local("2026-10-25 02:59", BERLIN, fold=1), time(2), time(3), BERLIN)
@example(local("2026-03-28 12:00", BERLIN), time(2, 45), time(2, 30), BERLIN)
def test_after_quiet_hours_it_is_not_quiet_and_nothing_is_lost(
    instant: datetime, begins: time, ends: time, zone: ZoneInfo
) -> None:
    assume(begins != ends)
    wishes = Wishes(quiet_from=begins, quiet_until=ends)
    found = after_quiet(wishes, instant, zone)
    assert instant <= found <= instant + timedelta(hours=50)
    assert not wishes.is_quiet(found.astimezone(zone).time())
    if not wishes.is_quiet(instant.astimezone(zone).time()):
        assert found == instant


@given(instants, times, zones)
def test_the_mail_of_the_day_comes_within_a_day(at: datetime, daily: time, zone: ZoneInfo) -> None:
    found = next_daily(daily, at, zone)
    assert at < found <= at + timedelta(hours=25, minutes=1)
    again = next_daily(daily, found, zone)
    assert timedelta(hours=22) < again - found < timedelta(hours=26)


def test_reminders_by_the_rule_wait_for_the_mail_of_the_day_and_those_by_hand_do_not() -> None:
    now = local("2026-03-02 10:00")

    def due(wishes: Wishes, kind: str, **facts: str) -> datetime | None:
        return mail_due(wishes, kind, facts, now=now, zone=SHANGHAI)

    morning = local("2026-03-03 08:00")
    assert due(NIGHT, "item.reminder", way="overdue") == morning
    assert due(NIGHT, "item.reminder", way="by_hand", by="x") == now + GATHER
    assert due(NIGHT, "item.escalated", way="escalated") == now + GATHER
    daily = Wishes(mail=MailWhen.DAILY, daily_at=time(17))
    assert due(daily, "item.delivered") == local("2026-03-02 17:00")
    for kind, rule in KINDS.items():
        if rule.warns:
            continue
        assert due(Wishes(mail=MailWhen.NEVER), kind) is None
        assert due(Wishes(muted=frozenset({kind})), kind) is None
        assert due(Wishes(), kind) is not None


def test_nothing_silences_a_warning_about_ones_own_account() -> None:
    night = local("2026-03-02 23:00")
    wishes = Wishes(mail=MailWhen.NEVER, muted=frozenset({"account.changed"}))
    assert mail_due(wishes, "account.changed", {}, now=night, zone=SHANGHAI) == night + GATHER


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(muted=frozenset({"account.changed"})), "muted"),
        (Wishes(quiet_from=None), "quiet_from"),
        (Wishes(quiet_until=None), "quiet_until"),
        (Wishes(quiet_until=time(20)), "quiet_until"),
        (Wishes(daily_at=time(6, 59)), "daily_at"),
        (Wishes(daily_at=time(20)), "daily_at"),
        (Wishes(muted=frozenset({"item.forgotten"})), "muted"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes: Wishes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_wishes(wishes)
    assert refused.value.field == field


def test_wishes_that_can_be_met_are_not() -> None:
    check_wishes(Wishes())
    check_wishes(Wishes(daily_at=time(7)))
    check_wishes(Wishes(mail=MailWhen.NEVER, daily_at=time(3)))
    check_wishes(Wishes(quiet_from=None, quiet_until=None, daily_at=time(3)))
