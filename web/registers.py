"""The registers as books: every number of a year, in order, with what its reader may know."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.documents.listing import lines_of
from records.exchange.tables import Cell
from records.people.rules import Act, Actor
from records.registration.book import (
    BookLine,
    book_lines,
    book_years,
    check_reads_book,
    count_lines,
    gaps_of,
    readable_registers,
)
from records.registration.models import NumberGap, Register
from records.registration.registers import all_registers, register_by_code
from records.registration.rules import NumberForm, RegistrationState
from web import exports
from web.boundary import database, reading
from web.filters import Asked
from web.permissions import BOOK_READERS, REGISTER_READERS
from web.routes import route
from web.session import actor
from web.words import word

registers = Blueprint("registers", __name__, url_prefix="/registers")

LINES = 50
_EXPORT_LINES = 500


@route(registers, "", permission=REGISTER_READERS)
def index() -> str:
    """List the registers: those whose book one may read, all of them for who keeps registers."""
    person = actor()
    with reading() as uow:
        readable = {each.id for each in readable_registers(uow, person)}
        keeps = person.may(Act.KEEP_REGISTERS)
        found = [each for each in all_registers(uow) if keeps or each.id in readable]
        year = uow.today.year
    return render_template(
        "registers/index.html",
        registers=found,
        readable=readable,
        year=year,
        keeps=keeps,
        example=example,
        brings_in={each.id for each in found if each.clerk_unit_id in person.clerk_units},
    )


def example(pattern: str, padding: int, year: int) -> str:
    """Return what a number of a register looks like."""
    return NumberForm(pattern, padding).write(year, 12)


@route(registers, "/<register>", permission=BOOK_READERS)
def book(register: str) -> tuple[str, int]:
    """Show one year of a book, the newest numbers first unless asked otherwise."""
    person, asked = actor(), Asked()
    with reading() as uow:
        found = open_register(uow, register)
        check_reads_book(person, found)
        years = book_years(uow, found)
        year = _year(asked, years, uow.today.year)
        rising = asked.text("order") == "rising"
        lines, previous, following = _page(uow, person, found, year, asked, rising=rising)
        total = count_lines(uow, found, year)
        documents = lines_of(uow, [each.document_id for each in lines if each.document_id])
        gaps = gaps_of(uow, found, year)
        readable = readable_registers(uow, person)
    at_start = previous is None if rising else following is None
    at_end = following is None if rising else previous is None
    text = render_template(
        "registers/book.html",
        registers=[(each.code, each.name) for each in readable],
        register=found,
        year=year,
        years=sorted({*years, year}, reverse=True),
        rising=rising,
        lines=_with_gaps(found, lines, documents, gaps, at_start=at_start, at_end=at_end),
        shown=len(lines),
        total=total,
        previous=previous,
        next=following,
        problems=asked.problems,
        brings_in=found.clerk_unit_id in person.clerk_units and found.closed_on is None,
    )
    return text, asked.status()


@route(registers, "/<register>/<int:year>.<format_>", permission=BOOK_READERS)
def export(register: str, year: int, format_: str) -> Response:
    """Give a year of a book as a file, in the order of its numbers."""
    person = actor()
    with reading() as uow:
        found = open_register(uow, register)
        check_reads_book(person, found)
    columns = [
        gettext("Number"),
        gettext("Registered"),
        gettext("Title"),
        gettext("Sender"),
        gettext("Sender's number"),
        gettext("Received"),
        gettext("Copies"),
        gettext("State"),
        gettext("Reason"),
        gettext("Registrar"),
    ]
    return exports.answer(format_, f"{found.name} {year}", columns, _rows(person, found, year))


def open_register(uow: UnitOfWork, code: str) -> Register:
    """Return the register of an address.

    Raises:
        NotFound: There is none.
    """
    try:
        return register_by_code(uow, code)
    except Invalid:
        raise NotFound from None


def _year(asked: Asked, years: Sequence[int], this_year: int) -> int:
    wanted = asked.number("year")
    if wanted is None:
        return years[0] if years else this_year
    if wanted not in years and wanted != this_year:
        asked.complain("year", str(wanted))
        return years[0] if years else this_year
    return wanted


def _page(
    uow: UnitOfWork, person: Actor, register: Register, year: int, asked: Asked, *, rising: bool
) -> tuple[list[BookLine], dict[str, int] | None, dict[str, int] | None]:
    """Return a page in the order of the reader, with where the pages before and after it begin."""
    above, below = asked.number("above"), asked.number("below")
    falls = above is None if not rising else below is not None
    lines, more = book_lines(
        uow,
        person,
        register=register,
        year=year,
        after=below if falls else above,
        descending=falls,
        limit=LINES,
    )
    if falls == rising:
        lines.reverse()
    if not lines:
        return [], None, None
    numbers = [each.number for each in lines]
    came_from_elsewhere = (below if falls else above) is not None
    higher = came_from_elsewhere if falls else more is not None
    lower = more is not None if falls else came_from_elsewhere
    up = {"above": max(numbers)} if higher else None
    down = {"below": min(numbers)} if lower else None
    return (lines, down, up) if rising else (lines, up, down)


def _with_gaps(
    register: Register,
    lines: Sequence[BookLine],
    documents: dict[Any, Any],
    gaps: Sequence[NumberGap],
    *,
    at_start: bool,
    at_end: bool,
) -> list[dict[str, Any]]:
    """Return the lines for the template, with the declared gaps where they fall."""
    if not lines:
        return []
    numbers = [each.number for each in lines]
    low, high = min(numbers), max(numbers)
    form = NumberForm(register.pattern, register.padding)
    rows: list[tuple[int, dict[str, Any]]] = [
        (each.number, _row(each, documents)) for each in lines
    ]
    for gap in gaps:
        if (gap.first > low or at_start) and (gap.first < high or at_end):
            ends = (form.write(gap.year, gap.first), form.write(gap.year, gap.last))
            rows.append((gap.first, {"gap": ends}))
    falling = len(numbers) > 1 and numbers[0] > numbers[-1]
    return [row for _, row in sorted(rows, key=lambda each: each[0], reverse=falling)]


def _row(each: BookLine, documents: dict[Any, Any]) -> dict[str, Any]:
    line = documents.get(each.document_id) if each.document_id else None
    return {
        "text": each.text,
        "registered_at": each.registered_at,
        "state": each.state.value,
        "reason": each.reason,
        "registrar": each.registered_by,
        "line": line,
        "copies": each.copies,
    }


def _rows(person: Actor, register: Register, year: int) -> Iterator[list[Cell]]:
    after: int | None = None
    while True:
        with database().reading() as uow:
            lines, after = book_lines(
                uow, person, register=register, year=year, after=after, limit=_EXPORT_LINES
            )
        for each in lines:
            state = "" if each.state is RegistrationState.CURRENT else each.state.value
            yield [
                each.text,
                each.registered_at,
                each.title,
                each.sender,
                each.document_number,
                each.received_on,
                each.copies,
                str(word("line", state).text) if state else None,
                each.reason,
                each.registered_by,
            ]
        if after is None:
            return
