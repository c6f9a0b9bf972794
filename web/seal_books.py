"""The seal book on the screen, on paper and as a file: of one seal, or of all for auditors."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.exchange.seal_book import MOST_LINES, write_seal_book
from records.exchange.tables import Cell
from records.people.organization import all_units, unit_by_code
from records.people.rules import Actor
from records.seals.book_views import (
    BOOK_OVERSIGHT,
    MARKS,
    BookFilters,
    SealBookLine,
    book_page,
    check_oversees_books,
    count_lines,
    readable_seal,
    readable_seals,
    years_of_book,
)
from records.seals.models import Seal
from records.seals.rules import SealMedium
from web import exports
from web.boundary import database, reading
from web.errors import sentence
from web.filters import Asked
from web.formats import day
from web.forms import read_id
from web.permissions import SEAL_BOOK_READERS
from web.routes import route
from web.seal_book_words import book_on_paper, columns_of_file, row_of_file
from web.session import actor
from web.whereabouts import pdf_answer
from web.words import word

seal_books = Blueprint("seal_books", __name__, url_prefix="/seals")

LINES = 50
_PIECE = 500


@dataclass(frozen=True)
class Wanted:
    """What the address asks of a book.

    Attributes:
        given: The filters as they stand in the address, for links and forms.
    """

    filters: BookFilters
    years: list[int]
    rising: bool
    above: UUID | None
    below: UUID | None
    given: dict[str, str]

    def query(self) -> dict[str, Any]:
        """Return the address of the same lines."""
        return {name: value for name, value in self.given.items() if value}


@route(seal_books, "/book", permission=SEAL_BOOK_READERS)
def overview() -> AnyResponse | tuple[str, int]:
    """Show the book of all seals to auditors, and their own book to keepers."""
    if actor().roles & BOOK_OVERSIGHT:
        return _page(None)
    with reading() as uow:
        mine = readable_seals(uow, actor())
    if not mine:
        return render_template("seals/book.html", seals=[], seal=None, wanted=None), 200
    held = [each for each in mine if each.keeper_id == actor().user_id]
    return redirect(url_for("seal_books.book", seal_id=(held or mine)[0].id))


@route(seal_books, "/<uuid:seal_id>/book", permission=SEAL_BOOK_READERS)
def book(seal_id: UUID) -> tuple[str, int]:
    """Show the book of one seal, the newest lines first unless asked otherwise."""
    return _page(seal_id)


@route(seal_books, "/book.pdf", permission=SEAL_BOOK_READERS)
def all_on_paper() -> Response:
    """Give the book of all seals for printing."""
    return _on_paper(None)


@route(seal_books, "/<uuid:seal_id>/book.pdf", permission=SEAL_BOOK_READERS)
def on_paper(seal_id: UUID) -> Response:
    """Give the book of one seal for printing."""
    return _on_paper(seal_id)


@route(seal_books, "/book/list.<format_>", permission=SEAL_BOOK_READERS)
def export_all(format_: str) -> Response:
    """Give the lines of all seals that the filters show as a file."""
    return _export(None, format_)


@route(seal_books, "/<uuid:seal_id>/book/list.<format_>", permission=SEAL_BOOK_READERS)
def export(seal_id: UUID, format_: str) -> Response:
    """Give the lines of one seal that the filters show as a file."""
    return _export(seal_id, format_)


def _page(seal_id: UUID | None) -> tuple[str, int]:
    person, asked = actor(), Asked()
    with reading() as uow:
        seal = _seal(uow, person, seal_id)
        wanted = _wanted(uow, asked, seal)
        page = book_page(
            uow,
            person,
            seal,
            filters=wanted.filters,
            above=wanted.above,
            below=wanted.below,
            rising=wanted.rising,
            limit=LINES,
        )
        total = count_lines(uow, seal, wanted.filters)
        seals = readable_seals(uow, person)
        units = [(each.code, each.name) for each in all_units(uow)]
    text = render_template(
        "seals/book.html",
        seals=seals,
        seal=seal,
        oversees=bool(person.roles & BOOK_OVERSIGHT),
        wanted=wanted,
        lines=page.lines,
        total=total,
        units=units,
        turns=_turns(page.lines, wanted, higher=page.has_higher, lower=page.has_lower),
        href=lambda **changes: _href(seal, wanted, **changes),
        file_href=lambda format_: _file_href(seal, wanted, format_),
        problems=asked.problems,
    )
    return text, asked.status()


def _turns(
    lines: list[SealBookLine], wanted: Wanted, *, higher: bool, lower: bool
) -> dict[str, dict[str, str] | None]:
    """Return where the pages before and after this one begin, in the order of the reader."""
    if not lines:
        return {"previous": None, "next": None}
    first, last = (lines[0], lines[-1]) if wanted.rising else (lines[-1], lines[0])
    down = {"below": str(first.id)} if lower else None
    up = {"above": str(last.id)} if higher else None
    return {"previous": down, "next": up} if wanted.rising else {"previous": up, "next": down}


def _on_paper(seal_id: UUID | None) -> Response:
    person = actor()
    with reading() as uow:
        seal = _seal(uow, person, seal_id)
        wanted = _wanted(uow, Asked(), seal)
        now = uow.now
        total = count_lines(uow, seal, wanted.filters)
    lines = list(islice(_each(person, seal, wanted.filters), MOST_LINES))
    period = _period(wanted)
    name = seal.name if seal else gettext("All seals")
    shown = book_on_paper(
        lines,
        name=name,
        facts=_facts(seal, period),
        with_seal=seal is None,
        left_out=max(total - len(lines), 0),
        printed_by=person,
        now=now,
    )
    made = write_seal_book(shown, made_at=now)
    return pdf_answer(made, f"{gettext('Seal book')} {seal.code if seal else ''} {period}")


def _facts(seal: Seal | None, period: str) -> list[tuple[str, str]]:
    found = [(gettext("Period"), period)]
    if seal is not None:
        found.append((gettext("Code"), seal.code))
        found.append((gettext("Kind of seal"), str(word("seal_kind", seal.kind).text)))
    return found


def _period(wanted: Wanted) -> str:
    filters = wanted.filters
    if filters.from_on or filters.to_on:
        ends = [day(each) if each else "" for each in (filters.from_on, filters.to_on)]
        return " – ".join(ends).strip()
    return str(filters.year) if filters.year is not None else gettext("all years")


def _export(seal_id: UUID | None, format_: str) -> Response:
    person = actor()
    with reading() as uow:
        seal = _seal(uow, person, seal_id)
        wanted = _wanted(uow, Asked(), seal)
    with_seal = seal is None
    name = f"{gettext('Seal book')} {seal.code if seal else ''} {_period(wanted)}"
    rows = _rows(person, seal, wanted.filters)
    return exports.answer(format_, name, columns_of_file(with_seal=with_seal), rows)


def _rows(person: Actor, seal: Seal | None, filters: BookFilters) -> Iterator[list[Cell]]:
    for each in _each(person, seal, filters):
        yield row_of_file(each, with_seal=seal is None)


def _each(person: Actor, seal: Seal | None, filters: BookFilters) -> Iterator[SealBookLine]:
    """Yield all lines as they stand in the book; each piece is read in a unit of its own."""
    above: UUID | None = None
    while True:
        with database().reading() as uow:
            page = book_page(
                uow, person, seal, filters=filters, above=above, rising=True, limit=_PIECE
            )
        yield from page.lines
        if not page.has_higher:
            return
        above = page.lines[-1].id


# What is asked -----------------------------------------------------------------------------------


def _seal(uow: UnitOfWork, person: Actor, seal_id: UUID | None) -> Seal | None:
    if seal_id is not None:
        return readable_seal(uow, person, seal_id)
    check_oversees_books(person)
    return None


def _wanted(uow: UnitOfWork, asked: Asked, seal: Seal | None) -> Wanted:
    years = years_of_book(uow, seal)
    first, last = asked.day("from"), asked.day("to")
    if first and last and last < first:
        asked.problems.append(sentence(Invalid("The period ends before it begins.")))
        last = None
    year = None if first or last else _year(asked, years, uow.today.year)
    medium = asked.choice("medium", [each.value for each in SealMedium])
    unit = asked.text("unit")
    filters = BookFilters(year, first, last, medium, None, asked.choice("mark", MARKS))
    filters = replace(filters, unit_id=_unit_id(uow, asked, unit))
    rising = asked.text("order") == "rising"
    given = {
        "year": str(year) if year is not None else "",
        "from": _written(first),
        "to": _written(last),
        "medium": medium or "",
        "unit": unit if filters.unit_id else "",
        "mark": filters.mark or "",
        "order": "rising" if rising else "",
    }
    above, below = (read_id(asked.text(each)) for each in ("above", "below"))
    return Wanted(
        filters, sorted({*years, uow.today.year}, reverse=True), rising, above, below, given
    )


def _written(value: date | None) -> str:
    return value.isoformat() if value else ""


def _year(asked: Asked, years: list[int], this_year: int) -> int:
    wanted = asked.number("year")
    if wanted is None or wanted in years or wanted == this_year:
        return wanted or (years[0] if years else this_year)
    asked.complain("year", str(wanted))
    return this_year


def _unit_id(uow: UnitOfWork, asked: Asked, code: str) -> UUID | None:
    if not code:
        return None
    try:
        return unit_by_code(uow, code).id
    except Invalid:
        asked.complain("unit", code)
        return None


def _href(seal: Seal | None, wanted: Wanted, **changes: Any) -> str:
    query = {name: value for name, value in {**wanted.query(), **changes}.items() if value}
    if seal is None:
        return url_for("seal_books.overview", **query)
    return url_for("seal_books.book", seal_id=seal.id, **query)


def _file_href(seal: Seal | None, wanted: Wanted, format_: str) -> str:
    query = wanted.query()
    if format_ == "pdf":
        if seal is None:
            return url_for("seal_books.all_on_paper", **query)
        return url_for("seal_books.on_paper", seal_id=seal.id, **query)
    if seal is None:
        return url_for("seal_books.export_all", format_=format_, **query)
    return url_for("seal_books.export", seal_id=seal.id, format_=format_, **query)


def init_app(app: Flask) -> None:
    """Add the books."""
    app.register_blueprint(seal_books)
