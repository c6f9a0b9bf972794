"""Working days: weekends, holidays, weekend days that are worked, and deadlines counted in them."""

from datetime import UTC, date, datetime

import pytest

from records.core.errors import Invalid, NotAllowed, NotFound
from records.office import Office
from records.people.calendar import (
    clear_day,
    days_of_year,
    end_of_working_day,
    is_working_day,
    set_day,
    take_over_holidays,
)
from records.people.rules import Actor, Role
from tests.builders import add_person

MONDAY, FRIDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 7)
# Nine in the morning of that Monday in Shanghai.
START = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def keeper(any_office: Office) -> Actor:
    return add_person(any_office, "keeper", Role.SYSTEM_ADMIN)


def at_six(day: date) -> datetime:
    """Six in the evening in Shanghai."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def test_deadlines_skip_weekends_and_holidays_and_count_worked_saturdays(
    any_office: Office, keeper: Actor
) -> None:
    with any_office.database.writing() as uow:
        assert end_of_working_day(uow, START, 0) == at_six(MONDAY)
        assert end_of_working_day(uow, START, 4) == at_six(FRIDAY)
        assert end_of_working_day(uow, START, 5) == at_six(date(2026, 3, 9))
        saturday = datetime(2026, 3, 7, 1, tzinfo=UTC)
        assert end_of_working_day(uow, saturday, 0) == at_six(date(2026, 3, 9))
        assert end_of_working_day(uow, saturday, 1) == at_six(date(2026, 3, 9))
        set_day(uow, keeper, day=FRIDAY, is_working=False, name="Day of the office")
        set_day(uow, keeper, day=SATURDAY, is_working=True, name="")
        uow.session.flush()
        assert end_of_working_day(uow, START, 4) == at_six(SATURDAY)
        assert not is_working_day(uow, FRIDAY)
        assert is_working_day(uow, SATURDAY)
        clear_day(uow, keeper, day=FRIDAY)
        uow.session.flush()
        assert end_of_working_day(uow, START, 4) == at_six(FRIDAY)


def test_the_day_is_that_of_the_office_and_not_of_greenwich(any_office: Office) -> None:
    with any_office.database.reading() as uow:
        # Already Tuesday in Shanghai.
        evening = datetime(2026, 3, 2, 17, tzinfo=UTC)
        assert end_of_working_day(uow, evening, 0) == at_six(date(2026, 3, 3))


def test_chinese_holidays_come_with_the_weekend_days_worked_in_their_stead(
    any_office: Office, keeper: Actor
) -> None:
    with any_office.database.writing() as uow:
        count = take_over_holidays(uow, keeper, country="cn", year=2026, language="zh_CN")
    with any_office.database.writing() as uow:
        assert take_over_holidays(uow, keeper, country="CN", year=2026) == count
    with any_office.database.reading() as uow:
        days = {each.day: each for each in days_of_year(uow, 2026)}
        assert len(days) == count
        assert days[date(2026, 2, 17)].name == "春节"
        assert not is_working_day(uow, date(2026, 10, 1))
        assert is_working_day(uow, date(2026, 10, 10))  # a Saturday
        assert end_of_working_day(uow, datetime(2026, 9, 30, 1, tzinfo=UTC), 1) == at_six(
            date(2026, 10, 8)
        )


def test_only_the_administration_keeps_the_calendar(any_office: Office, keeper: Actor) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    with any_office.database.writing() as uow:
        with pytest.raises(NotAllowed):
            set_day(uow, clerk, day=MONDAY, is_working=False, name="Monday")
        with pytest.raises(NotAllowed):
            take_over_holidays(uow, clerk, country="CN", year=2026)
        with pytest.raises(Invalid):
            set_day(uow, keeper, day=MONDAY, is_working=False, name=" ")
        with pytest.raises(NotFound):
            clear_day(uow, keeper, day=MONDAY)
        for country, year in (("Atlantis", 2026), ("CN", 1800), ("CN", 10_000)):
            with pytest.raises(Invalid):
                take_over_holidays(uow, keeper, country=country, year=year)
        for days in (-1, 367):
            with pytest.raises(Invalid):
                end_of_working_day(uow, START, days)
