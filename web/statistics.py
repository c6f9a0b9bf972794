"""Statistics of rounds: on time or late, how long it took, who is late now; page and XLSX."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, render_template, url_for
from flask_babel import gettext

from records.circulation.telling import RoundView, round_view
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.exchange.tables import Cell
from records.people.organization import all_units, unit_by_code
from records.statistics.rounds import (
    Figures,
    Line,
    Period,
    Statistics,
    statistics_of_period,
    statistics_of_round,
)
from web import exports
from web.boundary import reading
from web.charts import Bar
from web.errors import sentence
from web.filters import Asked
from web.formats import lasting
from web.forms import read_id
from web.permissions import CIRCULATORS
from web.routes import route
from web.session import actor

statistics = Blueprint("statistics", __name__, url_prefix="/statistics")

PERIODS = ("month", "quarter", "year", "custom")
_ORDERS: dict[str, Callable[[Line], Any]] = {
    "name": lambda line: line.name,
    "unit": lambda line: (line.unit, line.name),
    "delivered": lambda line: line.figures.delivered,
    "answered": lambda line: line.figures.answered,
    "rate": lambda line: -1.0 if line.figures.rate is None else line.figures.rate,
    "median": lambda line: line.figures.median or timedelta(-1),
    "overdue": lambda line: line.figures.overdue,
}


@dataclass(frozen=True)
class Question:
    """What the address asks."""

    round_id: UUID | None
    period: str
    days: Period
    unit: str
    unit_id: UUID | None
    sort: str

    def query(self) -> dict[str, Any]:
        """Return the address of the same question."""
        if self.round_id is not None:
            return {"round": str(self.round_id), "sort": self.sort}
        found = {"period": self.period, "unit": self.unit, "sort": self.sort}
        if self.period == "custom":
            found |= {"from": self.days.first.isoformat(), "to": self.days.last.isoformat()}
        return {name: value for name, value in found.items() if value}


@route(statistics, "/rounds", permission=CIRCULATORS)
def rounds() -> tuple[str, int]:
    """Show the figures of a round or of a period."""
    asked = Asked()
    with reading() as uow:
        question = _question(uow, asked)
        found, view = _found(uow, question)
        units = [(each.code, each.name) for each in all_units(uow)]
    text = render_template(
        "statistics/rounds.html",
        question=question,
        found=found,
        view=view,
        readers=_sorted(found.readers, question.sort),
        charts={"rate": _rates(found.units), "median": _medians(found.units)},
        units=units,
        problems=asked.problems,
        order_href=lambda sort: _address(question, sort=sort),
        export_href=url_for("statistics.export", **question.query()),
    )
    return text, asked.status()


@route(statistics, "/rounds.xlsx", permission=CIRCULATORS)
def export() -> Response:
    """Give the figures of every reader as a workbook."""
    with reading() as uow:
        question = _question(uow, Asked())
        found, _ = _found(uow, question)
    columns = [
        gettext("Reader"),
        gettext("Unit"),
        gettext("Delivered"),
        gettext("Answered"),
        gettext("With a deadline"),
        gettext("On time"),
        gettext("On-time rate in percent"),
        gettext("Median time to read in hours"),
        gettext("Overdue now"),
    ]
    lines = _sorted(found.readers, question.sort)
    return exports.answer("xlsx", gettext("Reading rounds"), columns, _rows(lines))


def _rows(lines: Sequence[Line]) -> Iterator[list[Cell]]:
    for each in lines:
        figures = each.figures
        yield [
            each.name,
            each.unit,
            figures.delivered,
            figures.answered,
            figures.timed,
            figures.on_time,
            None if figures.rate is None else round(figures.rate * 100, 1),
            None if figures.median is None else round(_hours(figures.median), 2),
            figures.overdue,
        ]


# What is asked -----------------------------------------------------------------------------------


def _question(uow: UnitOfWork, asked: Asked) -> Question:
    named = asked.text("round")
    round_id = read_id(named) if named else None
    if named and round_id is None:
        asked.complain("round", named)
    period = asked.choice("period", PERIODS) or ("month" if round_id is None else "")
    sort = asked.choice("sort", [*_ORDERS, *(f"-{each}" for each in _ORDERS)]) or "-overdue"
    unit = asked.text("unit")
    return Question(
        round_id,
        period,
        _days(asked, period, uow.today),
        unit,
        _unit_id(uow, asked, unit),
        sort,
    )


def _unit_id(uow: UnitOfWork, asked: Asked, code: str) -> UUID | None:
    if not code:
        return None
    try:
        return unit_by_code(uow, code).id
    except Invalid:
        asked.complain("unit", code)
        return None


def _days(asked: Asked, period: str, today: date) -> Period:
    match period:
        case "custom":
            last = asked.day("to") or today
            first = asked.day("from") or min(last, today).replace(day=1)
            if last < first:
                asked.problems.append(sentence(Invalid("The period ends before it begins.")))
                last = first
            return Period(first, last)
        case "quarter":
            return Period(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), today)
        case "year":
            return Period(today.replace(month=1, day=1), today)
        case _:
            return Period(today.replace(day=1), today)


def _found(uow: UnitOfWork, question: Question) -> tuple[Statistics, RoundView | None]:
    if question.round_id is not None:
        found = statistics_of_round(uow, actor(), question.round_id)
        return found, round_view(uow, actor(), question.round_id)
    period = statistics_of_period(uow, actor(), question.days, unit_id=question.unit_id)
    return period, None


def _address(question: Question, **changes: Any) -> str:
    return url_for("statistics.rounds", **{**question.query(), **changes})


def _sorted(lines: Sequence[Line], sort: str) -> list[Line]:
    key = _ORDERS[sort.removeprefix("-")]
    return sorted(lines, key=key, reverse=sort.startswith("-"))


# Charts ------------------------------------------------------------------------------------------


def _rates(units: Sequence[Line]) -> list[Bar]:
    """Return a bar for each unit: what was on time, and what was late."""
    return [
        Bar(each.name, [("ok", each.figures.rate), ("seal", 1 - each.figures.rate)], _rate(each))
        for each in units
        if each.figures.rate is not None
    ]


def _rate(line: Line) -> str:
    return f"{percent(line.figures)} · {line.figures.on_time}/{line.figures.timed}"


def _medians(units: Sequence[Line]) -> list[Bar]:
    """Return a bar for each unit: the median time to read, against the longest."""
    timed = [(each.name, each.figures.median) for each in units if each.figures.median is not None]
    longest = max((length for _, length in timed), default=timedelta())
    if not longest:
        return []
    return [Bar(name, [("primary", length / longest)], lasting(length)) for name, length in timed]


def percent(figures: Figures) -> str:
    """Write the on-time rate, a dash where nothing had a deadline."""
    return "–" if figures.rate is None else f"{round(figures.rate * 100)}%"


def _hours(length: timedelta) -> float:
    return length.total_seconds() / 3600


def init_app(app: Flask) -> None:
    """Add the statistics."""
    app.register_blueprint(statistics)
    app.add_template_filter(percent)
