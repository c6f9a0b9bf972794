"""The list of documents: filters and order in its address, pages by keyset, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, render_template
from flask_babel import gettext

from records.classification.models import FileClass
from records.classification.plan import class_by_code
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.documents.listing import (
    Filters,
    Order,
    Page,
    count_documents,
    list_documents,
)
from records.documents.rules import DocumentState, Urgency
from records.exchange.tables import Cell
from records.people.directory import names_of_units
from records.people.models import Unit
from records.people.organization import unit_by_code
from records.people.rules import Act, Actor, Secrecy
from records.registration.registers import all_registers
from records.scans.service import progress_of
from web import exports
from web.boundary import database, reading
from web.circulation import circulating
from web.document_rows import DocumentRows, document_columns
from web.documents import documents
from web.filters import Asked
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor
from web.words import choices

LINES = 50
_EXPORT_PAGE = 500
_NEWEST = "-registered"
_ORDERS = frozenset(f"{sign}{each.value}" for each in Order for sign in ("", "-"))


@dataclass
class Wanted:
    """What the address asks for.

    Attributes:
        given: The filters as they stand in the address; only those that make sense.
    """

    asked: Asked
    filters: Filters
    given: dict[str, str]
    sort: str
    unit: Unit | None = None
    file_class: FileClass | None = None
    registers: dict[Any, tuple[str, str]] = field(default_factory=dict)

    @property
    def order(self) -> Order:
        """The order, without its direction."""
        return Order(self.sort.removeprefix("-"))

    @property
    def descending(self) -> bool:
        """Whether the highest comes first."""
        return self.sort.startswith("-")


@route(documents, "", permission=SIGNED_IN)
def index() -> tuple[str, int]:
    """Show one page of the documents that the reader may see."""
    person = actor()
    with reading() as uow:
        wanted = _wanted(uow)
        page = _page(uow, person, wanted)
        count, more = count_documents(uow, person, filters=wanted.filters)
        units = names_of_units(uow, (each.unit_id for each in page.items if each.unit_id))
        marked = circulating(uow, (each.id for each in page.items))
        scans = progress_of(uow, [each.id for each in page.items])
        text = render_template(
            "documents/index.html",
            lines=page.items,
            previous=page.previous,
            next=page.next,
            total=count + more,
            sort=wanted.sort,
            filters=wanted.given,
            problems=wanted.asked.problems,
            unit=wanted.unit,
            file_class=wanted.file_class,
            unit_names=units,
            circulating=marked,
            recognising=scans,
            may_circulate=person.may(Act.CIRCULATE),
            registers=list(wanted.registers.values()),
            kinds=choices("kind"),
        )
    return text, wanted.asked.status()


@route(documents, "/list.<format_>", permission=SIGNED_IN)
def export(format_: str) -> Response:
    """Give the documents that the filters show as a file."""
    person = actor()
    with reading() as uow:
        wanted, made = _wanted(uow), DocumentRows(uow)
    rows = _rows(person, wanted, made)
    return exports.answer(format_, gettext("Documents"), document_columns(), rows)


def _rows(person: Actor, wanted: Wanted, made: DocumentRows) -> Iterator[list[Cell]]:
    """Yield all lines of a list; each page is read in a unit of its own, so none lasts long."""
    cursor: str | None = None
    while True:
        with database().reading() as uow:
            page = list_documents(
                uow,
                person,
                order=wanted.order,
                descending=wanted.descending,
                filters=wanted.filters,
                cursor=cursor,
                limit=_EXPORT_PAGE,
            )
            rows = made.of(uow, page.items)
        yield from rows
        cursor = page.next
        if cursor is None:
            return


def _page(uow: UnitOfWork, person: Actor, wanted: Wanted) -> Page:
    def read(position: str | None) -> Page:
        return list_documents(
            uow,
            person,
            order=wanted.order,
            descending=wanted.descending,
            filters=wanted.filters,
            cursor=position,
            limit=LINES,
        )

    return wanted.asked.page(read)


def _wanted(uow: UnitOfWork) -> Wanted:
    """Read the address; registers are looked up, units and classes where they are asked for."""
    asked = Asked()
    registers = {each.id: (each.code, each.name) for each in all_registers(uow)}
    ids = {code: register_id for register_id, (code, _) in registers.items()}
    register = asked.choice("register", ids)
    state = asked.choice("state", [each.value for each in DocumentState])
    urgency = asked.choice("urgency", [each.value for each in Urgency])
    secrecy = asked.choice("secrecy", [each.code for each in Secrecy])
    kind = asked.text("kind") or None
    unit, file_class = _unit(uow, asked), _class(uow, asked)
    since, until = asked.day("received_from"), asked.day("received_to")
    given = {
        "register": register,
        "state": state,
        "kind": kind,
        "urgency": urgency,
        "secrecy": secrecy,
        "unit": unit.code if unit else None,
        "class": file_class.code if file_class else None,
        "received_from": since.isoformat() if since else None,
        "received_to": until.isoformat() if until else None,
    }
    filters = Filters(
        register_id=ids[register] if register else None,
        class_id=file_class.id if file_class else None,
        unit_id=unit.id if unit else None,
        state=state,
        kind=kind,
        urgency=urgency,
        secrecy=Secrecy.from_code(secrecy) if secrecy else None,
        received_from=since,
        received_to=until,
    )
    sort = asked.choice("sort", _ORDERS) or _NEWEST
    known = {name: value for name, value in given.items() if value}
    return Wanted(asked, filters, known, sort, unit, file_class, registers)


def _unit(uow: UnitOfWork, asked: Asked) -> Unit | None:
    typed = asked.text("unit") or asked.text("unit_text")
    if not typed:
        return None
    try:
        return unit_by_code(uow, typed)
    except Invalid:
        asked.complain("unit", typed)
        return None


def _class(uow: UnitOfWork, asked: Asked) -> FileClass | None:
    # A class is shown as "02.01 Meetings"; without script that is what comes back.
    typed = asked.text("class") or asked.text("class_text").split(" ")[0]
    if not typed:
        return None
    try:
        return class_by_code(uow, typed)
    except Invalid:
        asked.complain("class", typed)
        return None


def init_app(app: Flask) -> None:
    """Add the list, with whatever else stands on the blueprint of documents."""
    app.register_blueprint(documents)
