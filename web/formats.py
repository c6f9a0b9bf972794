"""How dates, times, numbers and sizes are written in the reader's language.

Instants are stored in UTC and shown in the office's time zone; days are days and never shift.
"""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, dates, numbers, units
from flask import Flask
from flask_babel import gettext, ngettext

from web.i18n import current_locale, office_time_zone

_KIBI = 1024
_FIRST_HAN = 0x3400
_UNITS = ("KB", "MB", "GB", "TB")


def day(value: date | None) -> str:
    """Write a day: `22 Nov 2026`, `2026年11月22日`."""
    if value is None:
        return ""
    pattern = "y年M月d日" if current_locale().language == "zh" else "d MMM y"
    return str(dates.format_date(value, pattern, locale=current_locale()))


def month_name(value: date) -> str:
    """Write a month: `Nov 2026`, `2026年11月`."""
    pattern = "y年M月" if current_locale().language == "zh" else "MMM y"
    return str(dates.format_date(value, pattern, locale=current_locale()))


def short_day(value: date) -> str:
    """Write a day of this or the next months: `Thu 26 Nov`, `11月26日周四`."""
    pattern = "M月d日EEE" if current_locale().language == "zh" else "EEE d MMM"
    return str(dates.format_date(value, pattern, locale=current_locale()))


def weekday(value: date) -> str:
    """Write a day with its weekday: `Sunday, 22 November 2026`, `2026年11月22日 星期日`."""
    pattern = "y年M月d日 EEEE" if current_locale().language == "zh" else "EEEE, d MMMM y"
    return str(dates.format_date(value, pattern, locale=current_locale()))


def instant(value: datetime | None) -> str:
    """Write an instant to the minute in the office's time zone."""
    if value is None:
        return ""
    local = _local(value)
    return f"{day(local.date())} {local:%H:%M}"


def brief(value: datetime | None) -> str:
    """Write an instant to the minute where many stand together: without the year if it is this."""
    if value is None:
        return ""
    local = _local(value)
    if local.year != _local(datetime.now(UTC)).year:
        return instant(value)
    pattern = "M月d日" if current_locale().language == "zh" else "d MMM"
    said = dates.format_date(local.date(), pattern, locale=current_locale())
    return f"{said} {local:%H:%M}"


def clock(value: datetime) -> str:
    """Write the time of day of an instant: `09:05`."""
    return f"{_local(value):%H:%M}"


def machine(value: date | datetime) -> str:
    """Write a day or an instant for the `datetime` attribute of `<time>`."""
    return value.isoformat()


def ago(value: datetime, now: datetime | None = None) -> str:
    """Write how long ago an instant was: `5 minutes ago`, `5分钟前`."""
    difference = value - (now or datetime.now(UTC))
    return str(
        dates.format_timedelta(
            difference, granularity="minute", add_direction=True, locale=current_locale()
        )
    )


def lasting(value: timedelta) -> str:
    """Write how long something lasts in its two largest parts: `2 days 3 hrs`, `2天3小时`."""
    minutes = max(int(value.total_seconds()) // 60, 0)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    said = [
        str(units.format_unit(count, f"duration-{unit}", length="short", locale=current_locale()))
        for count, unit in parts[:2]
        if count or len(parts) == 1
    ]
    return ("" if current_locale().language == "zh" else " ").join(said)


@lru_cache(4096)
def _whole(value: int, locale: Locale) -> str:
    return str(numbers.format_decimal(value, locale=locale))


def whole(value: int) -> str:
    """Write a whole number with the groups of the reader's language."""
    return _whole(value, current_locale())


def share(value: float) -> str:
    """Write a share as whole percent: `98%`."""
    return str(numbers.format_percent(value, locale=current_locale()))


def at_most(value: int, limit: int = 1000) -> str:
    """Write a count that is exact only up to a limit: `1,000+`."""
    return f"{whole(limit)}+" if value > limit else whole(value)


def size(value: int) -> str:
    """Write a number of bytes: `812 bytes`, `1.4 MB` (1 MB is 1,048,576 bytes)."""
    if value < _KIBI:
        return str(ngettext("%(num)s byte", "%(num)s bytes", value))
    power = min(int(math.log(value, _KIBI)), len(_UNITS))
    amount, unit = value / _KIBI**power, _UNITS[power - 1]
    text = numbers.format_decimal(
        amount, format="0.#" if amount < 10 else "0", locale=current_locale()
    )
    return f"{text} {unit}"


def money(cents: int) -> str:
    """Return an amount that is kept in hundredths, with two decimals: `12,000.50`."""
    amount = Decimal(cents) / 100
    return numbers.format_decimal(amount, format="#,##0.00", locale=current_locale())


def pages(value: int) -> str:
    """Write a number of pages."""
    return str(ngettext("%(num)s page", "%(num)s pages", value))


def length_of_time(seconds: int) -> str:
    """Write a length of time: `1 min 20 s`."""
    if seconds < 60:
        return str(gettext("%(seconds)s s", seconds=seconds))
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return str(gettext("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds))
    hours, minutes = divmod(minutes, 60)
    return str(gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes))


def joined(values: list[str]) -> str:
    """Join names as the reader's language joins them."""
    return str(gettext(", ")).join(values)


def initials(name: str) -> str:
    """Return what stands for a person in a small circle: `AB`, or the last two Han characters."""
    words = name.split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return name[-2:] if name and ord(name[0]) >= _FIRST_HAN else name[:2].upper()


def _local(value: datetime) -> datetime:
    return value.astimezone(office_time_zone())


def init_app(app: Flask) -> None:
    """Offer the formats to templates as filters."""
    for filter_ in (
        day,
        short_day,
        weekday,
        instant,
        brief,
        clock,
        machine,
        ago,
        lasting,
        whole,
        share,
        at_most,
        size,
        money,
        pages,
        length_of_time,
        joined,
    ):
        app.add_template_filter(filter_)
    app.add_template_global(initials)
