"""The calendar of working days: weekends and holidays, and weekend days that are worked instead."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.rows import clean, filled
from records.people.models import CalendarDay
from records.people.rules import Act, Actor, check_may

OFFICE_CLOSES = time(18)
SATURDAY = 5
MAX_DAYS = 366
FIRST_YEAR, LAST_YEAR = 1990, 2199


def is_working_day(uow: UnitOfWork, day: date) -> bool:
    """Return whether the office works on a day."""
    return _works(day, _between(uow, day, day))


def end_of_working_day(uow: UnitOfWork, start: datetime, days: int) -> datetime:
    """Return the closing time of the working day that lies so many working days after a moment.

    Args:
        days: Working days after the day of `start`; 0 is that day itself, or the next one worked.

    Raises:
        Invalid: Less than none, or more than a year of them.
    """
    if not 0 <= days <= MAX_DAYS:
        raise Invalid("A deadline lies 0 to %(most)d days ahead.", {"most": MAX_DAYS}, field="days")
    day = start.astimezone(uow.zone).date()
    known = _between(uow, day, day + timedelta(days=7 * (days + 8)))
    for _ in range(days):
        day = _next_worked(day, known)
    if not _works(day, known):
        day = _next_worked(day, known)
    return datetime.combine(day, OFFICE_CLOSES, uow.zone).astimezone(UTC)


def days_of_year(uow: UnitOfWork, year: int) -> list[CalendarDay]:
    """Return the days of a year that are not what their weekday says, in order."""
    return list(_between(uow, date(year, 1, 1), date(year, 12, 31)).values())


def set_day(uow: UnitOfWork, actor: Actor, *, day: date, is_working: bool, name: str) -> None:
    """Make a day a holiday, or a weekend day one that is worked.

    Raises:
        Invalid: A holiday has no name.
    """
    check_may(actor, Act.KEEP_CALENDAR)
    kept = clean(name).strip() if is_working else filled(name, "name")
    _put(uow, {day: (is_working, kept)})
    _record(uow, actor, [day], {"working": is_working, "title": kept})


def clear_day(uow: UnitOfWork, actor: Actor, *, day: date) -> None:
    """Let a day be what its weekday says."""
    check_may(actor, Act.KEEP_CALENDAR)
    found = uow.session.get(CalendarDay, day)
    if found is None:
        raise NotFound
    uow.session.delete(found)
    _record(uow, actor, [day], {"working": None, "title": found.name})


def take_over_holidays(
    uow: UnitOfWork, actor: Actor, *, country: str, year: int, language: str | None = None
) -> int:
    """Take over the holidays of a country for a year, and the weekend days worked in their stead.

    Days that were set before stay where the country says nothing of them.

    Args:
        country: ISO 3166-1 alpha-2.
        language: Of the names, as `zh_CN`; without it, or where there is none, the country's own.

    Returns:
        How many days were set.

    Raises:
        Invalid: The country is not known, or nothing is known of the year.
    """
    check_may(actor, Act.KEEP_CALENDAR)
    days = _holidays(country.strip().upper(), year, language)
    _put(uow, days)
    _record(uow, actor, sorted(days), {"country": country.strip().upper(), "year": year})
    return len(days)


def _holidays(country: str, year: int, language: str | None) -> dict[date, tuple[bool, str]]:
    import holidays

    if country not in holidays.list_supported_countries(include_aliases=False):
        raise Invalid("The holidays of %(country)s are not known.", {"country": country})
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("Nothing is known of the year %(year)d.", {"year": year}, field="year")
    offered = holidays.list_localized_countries().get(country, [])
    # Without a language the library would look at that of this machine.
    own = holidays.country_holidays(country).default_language
    known = holidays.country_holidays(
        country, years=year, language=language if language in offered else own
    )
    found = {day: (False, name) for day, name in known.items() if day.year == year}
    worked: Iterable[date] = getattr(known, "weekend_workdays", ())
    found |= {day: (True, "") for day in worked if day.year == year}
    if not found:
        raise Invalid("Nothing is known of the year %(year)d.", {"year": year}, field="year")
    return found


def _between(uow: UnitOfWork, first: date, last: date) -> dict[date, CalendarDay]:
    query = (
        select(CalendarDay)
        .where(CalendarDay.day >= first, CalendarDay.day <= last)
        .order_by(CalendarDay.day)
    )
    return {each.day: each for each in uow.session.scalars(query)}


def _works(day: date, known: Mapping[date, CalendarDay]) -> bool:
    told = known.get(day)
    return day.weekday() < SATURDAY if told is None else told.is_working


def _next_worked(day: date, known: Mapping[date, CalendarDay]) -> date:
    day += timedelta(days=1)
    while not _works(day, known):
        day += timedelta(days=1)
    return day


def _put(uow: UnitOfWork, days: Mapping[date, tuple[bool, str]]) -> None:
    known = _between(uow, min(days), max(days))
    for day, (is_working, name) in days.items():
        told = known.get(day)
        if told is None:
            uow.session.add(CalendarDay(day=day, is_working=is_working, name=name))
        else:
            told.is_working, told.name = is_working, name


def _record(uow: UnitOfWork, actor: Actor, days: list[date], facts: Mapping[str, object]) -> None:
    uow.record(
        "calendar.changed",
        actor_id=actor.user_id,
        objects=[],
        payload={**actor.signature(), "days": [each.isoformat() for each in days], **facts},
    )
