"""Seal books and the statistics of seals: what keepers, leaders and auditors read."""

from datetime import date
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.core.idempotency import Answer
from records.people.organization import unit_by_code
from records.seals.book_views import (
    MARKS,
    BookFilters,
    SealBookLine,
    SealedContent,
    book_page,
    readable_seal,
)
from records.seals.line_views import LineView, line_view
from records.seals.models import Seal
from records.seals.rules import SealMedium
from records.statistics.seals import Line, Span, seal_statistics
from web.api.bodies import integer, one_of
from web.api.book_schemas import page_of, ref
from web.api.declaring import (
    CURSOR,
    LIMIT,
    MOST_LINES,
    Answered,
    Parameter,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.round_answers import moment, text
from web.api.schemas import DAY
from web.boundary import reading
from web.forms import read_id
from web.permissions import SEAL_BOOK_READERS, SEAL_STATISTICS_READERS
from web.session import actor

_TAG = "seals"
_YEAR = Parameter("year", "Year of the numbers.", integer(minimum=0, maximum=9999))
_FROM = Parameter("from", "First day, in the office's time zone.", DAY)
_TO = Parameter("to", "Last day.", DAY)
_MEDIUM = Parameter("medium", "On what.", one_of(SealMedium))
_UNIT = Parameter("unit", "Code of the unit that asked.")
_MARK = Parameter("mark", "Only lines with this mark.", one_of(MARKS))
_LINES = (_YEAR, _FROM, _TO, _MEDIUM, _UNIT, _MARK, LIMIT, CURSOR)
_PERIOD = Parameter("period", "A month or a year.", one_of(("month", "year"), default="month"))
_MONTH = Parameter("month", "A day in it; today by default.", DAY)


@endpoint(
    "GET",
    "/seals/<uuid:seal_id>/book",
    tag=_TAG,
    permission=SEAL_BOOK_READERS,
    summary="Read the book of a seal",
    parameters=_LINES,
    answers=[Answered(200, "Lines, the newest number first.", page_of("SealBookLine"))],
    refusals=(404, 422),
)
def show_seal_book(seal_id: UUID) -> Answer:
    """Of a document that the caller may not see, a line has no `content`."""
    with reading() as uow:
        return _book(uow, readable_seal(uow, actor(), seal_id))


@endpoint(
    "GET",
    "/seal-book",
    tag=_TAG,
    permission=SEAL_BOOK_READERS,
    summary="Read the book of all seals",
    parameters=_LINES,
    answers=[Answered(200, "Lines, the newest first.", page_of("SealBookLine"))],
    refusals=(422,),
)
def show_all_seal_books() -> Answer:
    """For auditors."""
    with reading() as uow:
        return _book(uow, None)


@endpoint(
    "GET",
    "/seal-book/<uuid:line_id>",
    tag=_TAG,
    permission=SEAL_BOOK_READERS,
    summary="Read a line of a seal book",
    answers=[Answered(200, "The line with its digests and its entry.", ref("SealBookEntry"))],
    refusals=(404,),
)
def show_seal_book_line(line_id: UUID) -> Answer:
    """`GET /log/proof` proves that the entry stands in the log."""
    with reading() as uow:
        return Answer(_entry(line_view(uow, actor(), line_id)))


@endpoint(
    "GET",
    "/statistics/seals",
    tag=_TAG,
    permission=SEAL_STATISTICS_READERS,
    summary="Count how seals are used",
    parameters=(_PERIOD, _MONTH),
    answers=[Answered(200, "Figures of a month or a year.", ref("SealStatistics"))],
    refusals=(422,),
)
def show_seal_statistics() -> Answer:
    """Of the seals that the caller keeps, of the units they lead; of everything for auditors."""
    with reading() as uow:
        day = _day(_MONTH) or uow.today
        span = Span.year(day) if word(_PERIOD) == "year" else Span.month(day)
        found = seal_statistics(uow, actor(), span)
    return Answer(
        {
            "from": span.first.isoformat(),
            "to": span.last.isoformat(),
            "total": _figures(found.total),
            "seals": [_figures(each) for each in found.seals],
            "units": [_figures(each) for each in found.units],
            "kinds": [_figures(each) for each in found.kinds],
            "media": [_figures(each) for each in found.media],
            "months": [{"month": f"{each:%Y-%m}", "uses": uses} for each, uses in found.months],
            "outside_now": found.out_now,
            "late_now": found.late_now,
        }
    )


def _book(uow: UnitOfWork, seal: Seal | None) -> Answer:
    given = cursor()
    below = read_id(given) if given else None
    if given and below is None:
        raise Invalid("This cursor was not given by this list.", field="cursor")
    page = book_page(
        uow,
        actor(),
        seal,
        filters=_filters(uow),
        below=below,
        limit=min(number(LIMIT), MOST_LINES),
    )
    return Answer(
        {
            "items": [_line(each) for each in page.lines],
            "next": str(page.lines[-1].id) if page.has_lower else None,
        }
    )


def _filters(uow: UnitOfWork) -> BookFilters:
    unit = word(_UNIT)
    return BookFilters(
        year=number(_YEAR) or None,
        from_on=_day(_FROM),
        to_on=_day(_TO),
        medium=word(_MEDIUM),
        unit_id=unit_by_code(uow, unit).id if unit else None,
        mark=word(_MARK),
    )


def _day(parameter: Parameter) -> date | None:
    typed = word(parameter)
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or not 1901 <= found.year <= 9000:
        raise Invalid("Write a day as 2026-01-31.", field=parameter.name)
    return found


def _line(line: SealBookLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "seal": str(line.seal_id),
        "seal_name": line.seal,
        "number": line.text,
        "used_at": line.used_at.isoformat(),
        "medium": line.medium,
        "unit": line.unit,
        "applicant": line.applicant,
        "keeper": line.keeper,
        "witness": line.witness,
        "copies_stamped": line.copies_stamped,
        "copies_spoilt": line.copies_spoilt,
        "outside": line.outside,
        "due_back_at": moment(line.due_back_at),
        "returned_at": moment(line.returned_at),
        "late": line.is_late,
        "state": line.state.value,
        "content": _content(line.content) if line.content else None,
    }


def _content(content: SealedContent) -> dict[str, Any]:
    return {
        "document": str(content.document_id),
        "document_number": content.document_number,
        "title": content.title,
        "matter": content.matter,
        "matter_kind": content.matter_kind,
        "recipient": content.recipient,
        "pages": content.pages,
        "place": content.place,
        "escort": content.escort,
        "remarks": content.remarks,
        "withdrawn_reason": content.withdrawn_reason,
        "approvers": list(content.approvers),
    }


def _entry(found: LineView) -> dict[str, Any]:
    usage, seen = found.usage, found.line.content is not None
    return {
        "line": _line(found.line),
        "request": str(usage.request_id) if seen else None,
        "component": text(usage.component_id) if seen else None,
        "sha256": usage.sha256 if seen else None,
        "result": text(usage.result_id) if seen else None,
        "result_sha256": usage.result_sha256 if seen else None,
        "code": usage.code if seen else None,
        "sequence": found.sequence,
    }


def _figures(line: Line) -> dict[str, Any]:
    now = line.now
    return {
        "name": line.name,
        "code": line.code,
        "uses": now.uses,
        "before": line.before,
        "a_year_ago": line.a_year_ago,
        "copies": now.copies,
        "spoilt": now.spoilt,
        "electronic": now.electronic,
        "outside": now.outside,
        "withdrawn": now.withdrawn,
        "median_seconds": None if now.median is None else int(now.median.total_seconds()),
    }
