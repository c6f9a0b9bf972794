"""Registers, their books, the file plan and the units: what documents are put under."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.classification.plan import ClassFacts, add_class, whole_plan
from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.documents.rules import RegisterKind
from records.people.models import Unit
from records.people.organization import add_unit, all_units, unit_by_code
from records.people.rules import Secrecy
from records.registration.book import BookLine, book_lines
from records.registration.models import Register
from records.registration.registers import add_register, all_registers, register_by_code
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import (
    LIMIT,
    Answered,
    Parameter,
    body_of_request,
    endpoint,
    number,
)
from web.api.once import once
from web.api.schemas import LEVELS, page_of, ref
from web.boundary import reading
from web.permissions import (
    BOOK_READERS,
    FILE_PLAN_KEEPERS,
    REGISTER_KEEPERS,
    SIGNED_IN,
    UNIT_KEEPERS,
)
from web.session import actor

_TAG = "registers and plan"
_NAME = string(minLength=1)
_YEAR = Parameter("year", "Year of the numbers; this year by default.", integer(minimum=1900, maximum=9999))  # noqa: E501  # fmt: skip
_AFTER = Parameter("cursor", "`next` of the page before.", integer(minimum=0))


@endpoint(
    "GET",
    "/registers",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the registers",
    answers=[Answered(200, "All registers.", page_of("Register"))],
)
def show_registers() -> Answer:
    """`mine` tells which of them the caller registers in."""
    with reading() as uow:
        units = _unit_codes(uow)
        return _all([_register(each, units) for each in all_registers(uow)])


@endpoint(
    "POST",
    "/registers",
    tag=_TAG,
    permission=REGISTER_KEEPERS,
    summary="Open a register",
    body=obj(
        {
            "code": _NAME,
            "name": _NAME,
            "kind": one_of(RegisterKind),
            "unit": string("Code of the unit whose clerks keep it.", minLength=1),
            "pattern": string("With {year} and {number}.", minLength=1),
            "padding": integer("Least digits of a number.", minimum=1, maximum=9),
            "ceiling": one_of(LEVELS),
        },
        *("code", "name", "kind", "unit", "pattern"),
    ),
    answers=[Answered(201, "The register.", ref("Register"))],
    refusals=(409, 422),
)
def open_register() -> Answer:
    """Its numbers follow the pattern, one series for each year."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = add_register(
            uow,
            actor(),
            code=given["code"],
            name=given["name"],
            kind=given["kind"],
            clerk_unit_id=unit_by_code(uow, given["unit"]).id,
            pattern=given["pattern"],
            padding=given.get("padding", 4),
            ceiling=Secrecy.from_code(given.get("ceiling", "top_secret"), field="ceiling"),
        )
        return Answer(_register(made, _unit_codes(uow)), 201)

    return once(act)


@endpoint(
    "GET",
    "/registers/<code>/book",
    tag=_TAG,
    permission=BOOK_READERS,
    summary="Read a register's book by number",
    parameters=(_YEAR, LIMIT, _AFTER),
    answers=[Answered(200, "A page of the book.", page_of("BookLine"))],
    refusals=(422,),
)
def show_book(code: str) -> Answer:
    """Every number has its line; of what the caller may not see there is the number alone."""
    with reading() as uow:
        lines, after = book_lines(
            uow,
            actor(),
            register=register_by_code(uow, code),
            year=number(_YEAR) or uow.today.year,
            after=number(_AFTER) or None,
            limit=number(LIMIT),
        )
        items = [_book_line(each) for each in lines]
        return Answer({"items": items, "next": str(after) if after else None})


@endpoint(
    "GET",
    "/classes",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the file plan",
    answers=[Answered(200, "All classes.", page_of("Class"))],
)
def show_classes() -> Answer:
    """Classes without retention only group others; documents are filed into the rest."""
    with reading() as uow:
        classes = whole_plan(uow)
        codes, units = {each.id: each.code for each in classes}, _unit_codes(uow)
        return _all([_class(each, codes, units) for each in classes])


@endpoint(
    "POST",
    "/classes",
    tag=_TAG,
    permission=FILE_PLAN_KEEPERS,
    summary="Add a class to the file plan",
    body=obj(
        {
            "code": _NAME,
            "title": _NAME,
            "parent": nullable(string("Code of the class above.")),
            "retention": nullable(string("`permanent` or a number of years.")),
            "secrecy": nullable(one_of(LEVELS)),
            "unit": nullable(string("Code of the unit that usually handles it.")),
        },
        *("code", "title"),
    ),
    answers=[Answered(201, "The class.", ref("Class"))],
    refusals=(409, 422),
)
def open_class() -> Answer:
    """Its code stays for ever."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = add_class(uow, actor(), ClassFacts(**given))
        codes = {each.id: each.code for each in whole_plan(uow)}
        return Answer(_class(made, codes, _unit_codes(uow)), 201)

    return once(act)


@endpoint(
    "GET",
    "/units",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the units",
    answers=[Answered(200, "All units.", page_of("Unit"))],
)
def show_units() -> Answer:
    """The organization as a tree, by the code of the unit above."""
    with reading() as uow:
        codes = _unit_codes(uow)
        return _all([_unit(each, codes) for each in all_units(uow)])


@endpoint(
    "POST",
    "/units",
    tag=_TAG,
    permission=UNIT_KEEPERS,
    summary="Add a unit",
    body=obj(
        {"code": _NAME, "name": _NAME, "parent": string("Code of the unit above.", minLength=1)},
        *("code", "name", "parent"),
    ),
    answers=[Answered(201, "The unit.", ref("Unit"))],
    refusals=(409, 422),
)
def open_unit() -> Answer:
    """It begins today."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        parent = unit_by_code(uow, given["parent"], field="parent")
        made = add_unit(uow, actor(), code=given["code"], name=given["name"], parent_id=parent.id)
        uow.session.flush()
        return Answer(_unit(made, _unit_codes(uow)), 201)

    return once(act)


def _all(items: list[dict[str, Any]]) -> Answer:
    return Answer({"items": items, "next": None})


def _unit_codes(uow: UnitOfWork) -> dict[UUID, str]:
    return {row[0]: row[1] for row in uow.session.execute(select(Unit.id, Unit.code))}


def _register(register: Register, units: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(register.id),
        "code": register.code,
        "name": register.name,
        "kind": register.kind,
        "unit": units[register.clerk_unit_id],
        "pattern": register.pattern,
        "padding": register.padding,
        "ceiling": Secrecy(register.ceiling).code,
        "closed_on": register.closed_on.isoformat() if register.closed_on else None,
        "mine": register.clerk_unit_id in actor().clerk_units,
    }


def _book_line(line: BookLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "number": line.text,
        "state": line.state.value,
        "reason": line.reason,
        "registered_at": line.registered_at.isoformat() if line.registered_at else None,
        "registered_by": line.registered_by,
        "document": str(line.document_id) if line.document_id else None,
        "title": line.title,
        "sender": line.sender,
        "document_number": line.document_number,
        "received_on": line.received_on.isoformat() if line.received_on else None,
        "secrecy": line.secrecy.code if line.secrecy is not None else None,
        "urgency": line.urgency,
    }


def _class(each: FileClass, codes: dict[UUID, str], units: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "code": each.code,
        "title": each.title,
        "parent": codes.get(each.parent_id) if each.parent_id else None,
        "retention": each.retention,
        "secrecy": (
            Secrecy(each.default_secrecy).code if each.default_secrecy is not None else None
        ),
        "unit": units.get(each.default_unit_id) if each.default_unit_id else None,
        "closed": bool(each.closed),
    }


def _unit(unit: Unit, codes: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(unit.id),
        "code": unit.code,
        "name": unit.name,
        "parent": codes.get(unit.parent_id) if unit.parent_id else None,
        "from_on": unit.from_on.isoformat(),
        "until_on": unit.until_on.isoformat() if unit.until_on else None,
    }
