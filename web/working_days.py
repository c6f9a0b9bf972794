"""The calendar of working days: a year at a glance, holidays and worked weekend days in it."""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel import Locale, dates
from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.people.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    clear_day,
    days_of_year,
    set_day,
    take_over_holidays,
)
from records.people.models import CalendarDay
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import Errors
from web.i18n import current_language, current_locale
from web.permissions import CALENDAR_KEEPERS
from web.routes import route
from web.session import actor

working_days = Blueprint("working_days", __name__, url_prefix="/calendar")

_SATURDAY = 5


@dataclass(frozen=True)
class Day:
    """One day of the year as the template takes it.

    Attributes:
        look: `plain`, `weekend`, `holiday`, or `worked` for a weekend day that is worked.
    """

    day: date
    look: str
    name: str = ""


@dataclass(frozen=True)
class Month:
    """One month: its name, and its weeks from Monday on, with none where it has no day."""

    name: str
    weeks: Sequence[Sequence[Day | None]]


@route(working_days, "", permission=CALENDAR_KEEPERS)
def show() -> tuple[str, int]:
    """Show a year; `?day=` opens the dialog of one of its days."""
    asked = Asked()
    chosen = asked.day("day")
    year = asked.number("year", lowest=FIRST_YEAR)
    values = {"day": chosen.isoformat()} if chosen else {}
    page = _page(
        chosen.year if chosen else year,
        values=values,
        dialog="day" if chosen else None,
        problems=asked.problems,
    )
    return page, asked.status()


@route(working_days, "/day", permission=CALENDAR_KEEPERS, methods=("POST",))
def keep_day() -> Response | tuple[str, int]:
    """Set what a day is, or let it be what its weekday says."""
    form = request.form
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise NotFound from None

    def act(uow: UnitOfWork) -> str:
        if form.get("kind") == "plain":
            clear_day(uow, actor(), day=day)
            return str(gettext("The day is what its weekday says again."))
        set_day(
            uow,
            actor(),
            day=day,
            is_working=form.get("kind") == "worked",
            name=form.get("name", ""),
        )
        return str(gettext("The day is set."))

    return _do("day", day.year, act)


@route(working_days, "/holidays", permission=CALENDAR_KEEPERS, methods=("POST",))
def take_over() -> Response | tuple[str, int]:
    """Take over the public holidays of a country."""
    text = request.form.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0

    def act(uow: UnitOfWork) -> str:
        count = take_over_holidays(
            uow,
            actor(),
            country=request.form.get("country", ""),
            year=year,
            language=current_language(),
        )
        return str(ngettext("%(num)s day is set.", "%(num)s days are set.", count))

    return _do("holidays", year or None, act)


def _do(
    dialog: str, year: int | None, act: Callable[[UnitOfWork], str]
) -> Response | tuple[str, int]:
    try:
        with writing() as uow:
            said = act(uow)
    except (Invalid, Conflict) as refusal:
        field = refusal.field if refusal.field in ("name", "country", "year") else ""
        errors = {field or "": sentence(refusal)}
        page = _page(year, values=request.form.to_dict(), dialog=dialog, errors=errors)
        return page, status_of(refusal)
    flash(said, "ok")
    return redirect(url_for("working_days.show", year=year), code=303)


def _page(
    year: int | None,
    *,
    values: dict[str, str],
    dialog: str | None,
    errors: Errors | None = None,
    problems: Sequence[str] = (),
) -> str:
    with reading() as uow:
        shown = min(max(year or uow.today.year, FIRST_YEAR), LAST_YEAR)
        known = {each.day: each for each in days_of_year(uow, shown)}
        today = uow.today
    if dialog == "day" and "kind" not in values:
        values = {**values, **_values_of(known.get(date.fromisoformat(values["day"])))}
    return render_template(
        "calendar/show.html",
        year=shown,
        months=months_of(shown, known),
        weekdays=_weekdays(current_locale()),
        set_days=[_day(each.day, each) for each in known.values()],
        today=today,
        countries=_countries(current_locale()),
        country="CN" if current_language() == "zh_CN" else "",
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        values=values,
        reopen=dialog,
        errors=errors or {},
        problems=problems,
    )


def months_of(year: int, known: dict[date, CalendarDay]) -> list[Month]:
    """Return the months of a year with their weeks."""
    names = dates.get_month_names("wide", context="stand-alone", locale=current_locale())
    weeks = calendar.Calendar()
    return [
        Month(
            names[month],
            [
                [_day(each, known.get(each)) if each.month == month else None for each in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _day(day: date, told: CalendarDay | None) -> Day:
    is_weekend = day.weekday() >= _SATURDAY
    if told is None:
        return Day(day, "weekend" if is_weekend else "plain")
    if told.is_working:
        return Day(day, "worked" if is_weekend else "plain", told.name)
    return Day(day, "holiday", told.name)


def _values_of(told: CalendarDay | None) -> dict[str, str]:
    if told is None:
        return {"kind": "", "name": ""}
    return {"kind": "worked" if told.is_working else "holiday", "name": told.name}


def _weekdays(locale: Locale) -> list[tuple[str, str]]:
    short = dates.get_day_names("narrow" if locale.language == "zh" else "short", locale=locale)
    wide = dates.get_day_names("wide", locale=locale)
    return [(short[each], wide[each]) for each in range(7)]


@cache
def _codes() -> tuple[str, ...]:
    import holidays

    return tuple(holidays.list_supported_countries(include_aliases=False))


def _countries(locale: Locale) -> list[tuple[str, Any]]:
    named = [(code, str(locale.territories.get(code, code))) for code in _codes()]
    return sorted(named, key=lambda each: each[1].encode("gb18030", "replace"))


def init_app(app: Flask) -> None:
    """Add the calendar."""
    app.register_blueprint(working_days)
