"""Deadlines in words: how much time is left, or since when there is none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel import dates
from flask import Flask
from flask_babel import gettext, ngettext

from web.boundary import database
from web.formats import clock, day
from web.i18n import current_locale, office_time_zone

# Within a week a weekday says more than a date, and a count of days more than both.
_A_WEEK = 7
_COUNTED_DAYS = 14


@dataclass(frozen=True)
class Due:
    """A deadline as it is shown.

    Attributes:
        text: What is said of it: `2 days left`, `overdue since Monday`.
        tone: Colour family, as of chips.
        at: The deadline itself.
    """

    text: str
    tone: str
    at: datetime | date


def due(at: datetime | date | None) -> Due | None:
    """Say how a deadline stands now; a day lasts until its end."""
    if at is None:
        return None
    now = database().clock.now().astimezone(office_time_zone())
    if isinstance(at, datetime):
        local = at.astimezone(office_time_zone())
        return _said(at, local.date(), now.date(), clock(at), over=at <= now)
    return _said(at, at, now.date(), None, over=at < now.date())


def _said(at: datetime | date, last: date, today: date, hour: str | None, *, over: bool) -> Due:
    if over:
        since = hour if last == today and hour else _day_name(last, today)
        return Due(gettext("overdue since %(day)s", day=since), "seal", at)
    days = (last - today).days
    if days == 0:
        until = gettext("due today, %(time)s", time=hour) if hour else gettext("due today")
        return Due(until, "warn", at)
    if days == 1:
        return Due(gettext("due tomorrow"), "warn", at)
    if days <= _COUNTED_DAYS:
        return Due(ngettext("%(num)s day left", "%(num)s days left", days), "plain", at)
    return Due(gettext("by %(day)s", day=day(last)), "plain", at)


def _day_name(last: date, today: date) -> str:
    if last == today - timedelta(days=1):
        return str(gettext("yesterday"))
    if (today - last).days < _A_WEEK:
        return str(dates.format_date(last, "EEEE", locale=current_locale()))
    return day(last)


def init_app(app: Flask) -> None:
    """Offer `due` to templates."""
    app.add_template_filter(due)
