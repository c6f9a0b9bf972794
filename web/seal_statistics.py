"""Statistics of seals: a month or a year against those before, by seal, unit, kind and medium."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, render_template, url_for
from flask_babel import gettext

from records.core.database import UnitOfWork
from records.exchange.tables import Cell
from records.seals.models import Seal
from records.statistics.seals import Line, SealStatistics, Span, counted_seals, seal_statistics
from web import exports
from web.boundary import reading
from web.charts import Bar
from web.filters import Asked
from web.formats import month_name, whole
from web.permissions import SEAL_STATISTICS_READERS
from web.routes import route
from web.session import actor
from web.statistics import statistics
from web.words import word

PERIODS = ("month", "year")


@dataclass(frozen=True)
class Question:
    """What the address asks.

    Attributes:
        month: As in the address, `2026-11`.
    """

    period: str
    span: Span
    seal: Seal | None

    @property
    def month(self) -> str:
        """The month as a field of a form writes it."""
        return f"{self.span.first:%Y-%m}"

    def query(self) -> dict[str, Any]:
        """Return the address of the same question."""
        found = {"period": self.period, "month": self.month}
        return {**found, "seal": self.seal.code} if self.seal else found


@route(statistics, "/seals", permission=SEAL_STATISTICS_READERS)
def seals() -> tuple[str, int]:
    """Show how seals were used in a month or a year."""
    asked = Asked()
    with reading() as uow:
        known = counted_seals(uow, actor())
        question = _question(uow, asked, known)
        found = _found(uow, question)
    text = render_template(
        "statistics/seals.html",
        question=question,
        found=found,
        tables=tables(found),
        seals=[(each.code, each.name) for each in known],
        charts=_charts(found),
        heads=_heads(question),
        problems=asked.problems,
        export_href=url_for("statistics.seals_file", **question.query()),
    )
    return text, asked.status()


@route(statistics, "/seals.xlsx", permission=SEAL_STATISTICS_READERS)
def seals_file() -> Response:
    """Give the figures as a workbook."""
    with reading() as uow:
        question = _question(uow, Asked(), counted_seals(uow, actor()))
        found = _found(uow, question)
    now, before, ago = _heads(question)
    columns = [
        gettext("Counted by"),
        gettext("Name"),
        gettext("Code"),
        f"{gettext('Uses')} {now}",
        *([f"{gettext('Uses')} {before}"] if before else []),
        f"{gettext('Uses')} {ago}",
        gettext("Copies sealed"),
        gettext("Spoilt copies"),
        gettext("Electronic"),
        gettext("Taken outside"),
        gettext("Declared withdrawn"),
        gettext("Median time from request to use in hours"),
    ]
    rows = _rows(found, has_before=before is not None)
    return exports.answer("xlsx", gettext("Use of seals"), columns, rows)


def tables(found: SealStatistics) -> list[tuple[str, list[Line]]]:
    """Return the tables with their heads; kinds and media in words."""
    return [
        (gettext("Seal"), list(found.seals)),
        (gettext("Unit"), list(found.units)),
        (gettext("Kind of seal"), [_worded("seal_kind", each) for each in found.kinds]),
        (gettext("Medium"), [_worded("seal_medium", each) for each in found.media]),
    ]


def _worded(family: str, line: Line) -> Line:
    text = str(word(family, line.name).text)
    return Line(text, "", line.now, line.before, line.a_year_ago)


def _rows(found: SealStatistics, *, has_before: bool) -> Iterator[list[Cell]]:
    everything = (gettext("all together"), [found.total])
    for head, lines in [everything, *tables(found)]:
        for each in lines:
            now = each.now
            yield [
                head,
                each.name,
                each.code,
                now.uses,
                *([each.before] if has_before else []),
                each.a_year_ago,
                now.copies,
                now.spoilt,
                now.electronic,
                now.outside,
                now.withdrawn,
                None if now.median is None else round(now.median.total_seconds() / 3600, 2),
            ]


def _question(uow: UnitOfWork, asked: Asked, known: Sequence[Seal]) -> Question:
    period = asked.choice("period", PERIODS) or "month"
    day = _month(asked) or uow.today
    code = asked.text("seal")
    seal = next((each for each in known if each.code == code), None)
    if code and seal is None:
        asked.complain("seal", code)
    return Question(period, Span.year(day) if period == "year" else Span.month(day), seal)


def _month(asked: Asked) -> date | None:
    typed = asked.text("month")
    if not typed:
        return None
    try:
        found = date.fromisoformat(f"{typed}-01")
    except ValueError:
        found = None
    # The month before and a year ago must be there too.
    if found is None or not 1901 <= found.year <= 9000:
        asked.complain("month", typed)
        return None
    return found


def _found(uow: UnitOfWork, question: Question) -> SealStatistics:
    seal_id: UUID | None = question.seal.id if question.seal else None
    return seal_statistics(uow, actor(), question.span, seal_id=seal_id)


def _heads(question: Question) -> tuple[str, str | None, str]:
    """Return what the three times are called; a year has only one before it."""
    span = question.span
    if question.period == "year":
        return str(span.first.year), None, str(span.first.year - 1)
    spans = (span, span.before(), span.a_year_ago())
    now, before, ago = (month_name(each.first) for each in spans)
    return now, before, ago


# Charts ------------------------------------------------------------------------------------------


def _charts(found: SealStatistics) -> dict[str, list[Bar]]:
    most = max((number for _, number in found.months), default=0)
    months = [
        Bar(month_name(first), [("primary", number / most)], whole(number))
        for first, number in found.months
        if most
    ]
    return {"months": months, "seals": _parts(found.seals), "units": _parts(found.units)}


def _parts(lines: Sequence[Line]) -> list[Bar]:
    """Return a bar for each line: uses on paper and electronic ones, against the longest."""
    most = max((each.now.uses for each in lines), default=0)
    return [
        Bar(
            each.name,
            [
                ("primary", (each.now.uses - each.now.electronic) / most),
                ("ok", each.now.electronic / most),
            ],
            whole(each.now.uses),
        )
        for each in lines
        if each.now.uses
    ]
