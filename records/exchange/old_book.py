"""Bringing in an old book: its numbers stay as they are, its gaps are declared, counting goes on.

A book comes as rows without files. Everything is checked before anything is written, and all of it
is written in one transaction or none of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.documents import metadata
from records.documents.service import resolve_codes
from records.exchange.rows import Row
from records.people.rules import Actor, Secrecy, check_clerk
from records.registration.models import Register, Registration
from records.registration.numbering import make_room
from records.registration.registers import all_registers
from records.registration.rules import (
    LineNumber,
    NumberForm,
    check_ceiling,
    check_clearance,
    read_own_number,
)
from records.registration.service import register_document

COLUMNS = ("number", "year", *metadata.FIELDS)


@dataclass(frozen=True)
class LineError:
    """What is wrong with one line of the file."""

    line: int
    refusal: Refusal

    def shown(self) -> dict[str, object]:
        """Return the error for programs."""
        return {"line": self.line, "field": self.refusal.field, "error": str(self.refusal)}


@dataclass(frozen=True)
class Span:
    """The numbers of one year: the first, the last, how many, and how many between are missing."""

    year: int
    first: int
    last: int
    count: int

    @property
    def missing(self) -> int:
        """How many numbers between first and last are not there."""
        return self.last - self.first + 1 - self.count


@dataclass(frozen=True)
class BookReport:
    """What a book contains; with errors, nothing of it can be brought in."""

    lines: int
    spans: list[Span]
    errors: list[LineError]


@dataclass
class _Line:
    row: Row
    number: LineNumber | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def check_book(
    uow: UnitOfWork, actor: Actor, *, register: Register, rows: Sequence[Row]
) -> BookReport:
    """Say what a book would bring, and what is wrong with it; a dry run that only reads.

    Raises:
        NotAllowed: The person is not clerk of the register.
        Conflict: The register is closed.
    """
    lines, errors = _read(uow, actor, register, rows)
    return BookReport(len(rows), _spans(lines), errors)


def bring_in_book(
    uow: UnitOfWork, actor: Actor, *, register: Register, rows: Sequence[Row]
) -> BookReport:
    """Register every line of a book under its own number.

    Raises:
        Invalid: `details["errors"]` lists what is wrong by line; nothing was written.
        NotAllowed: The person is not clerk of the register.
        Conflict: The register is closed.
    """
    lines, errors = _read(uow, actor, register, rows)
    if errors:
        raise Invalid(
            "The book has %(count)d errors, the first in line %(line)d: %(first)s",
            {
                "count": len(errors),
                "line": errors[0].line,
                "first": str(errors[0].refusal),
                "errors": [each.shown() for each in errors],
            },
            field="file",
        )
    spans = _spans(lines)
    for year, numbers in _numbers(lines).items():
        make_room(uow, register.id, year, numbers)
    for line in lines:
        register_document(
            uow, actor, register=register, values=line.values, received=(), own=line.number
        )
    return BookReport(len(rows), spans, [])


def _read(
    uow: UnitOfWork, actor: Actor, register: Register, rows: Sequence[Row]
) -> tuple[list[_Line], list[LineError]]:
    check_clerk(actor, clerk_unit_id=register.clerk_unit_id)
    if register.closed_on is not None:
        raise Conflict("The register %(code)s is closed.", {"code": register.code})
    rules = _Rules(uow, actor, register)
    lines = [_Line(row) for row in rows]
    errors: list[LineError] = []
    for line in lines:
        errors.extend(LineError(line.row.line, each) for each in rules.read(line))
    errors.extend(_doubles(lines))
    errors.extend(_given_already(uow, register, lines))
    return lines, sorted(errors, key=lambda each: each.line)


class _Rules:
    """What one line of a book must satisfy, with what the database knows looked up once."""

    def __init__(self, uow: UnitOfWork, actor: Actor, register: Register) -> None:
        self.uow = uow
        self.actor = actor
        self.register = register
        self.form = NumberForm(register.pattern, register.padding)
        self.registers = all_registers(uow)
        self._codes: dict[tuple[str, str], Refusal | None] = {}

    def read(self, line: _Line) -> Iterable[Refusal]:
        """Read a line, and yield what is wrong with it."""
        cells = dict(line.row.cells)
        number, year = cells.pop("number", ""), cells.pop("year", "")
        values: dict[str, Any] = {}
        for name, text in cells.items():
            try:
                values |= metadata.read_metadata({name: text})
            except Refusal as refusal:
                yield refusal
        line.values = values
        try:
            line.number = self._number(number, year, values)
        except Refusal as refusal:
            yield refusal
        if "title" not in cells:
            yield Invalid("A document without a file needs a title.", field="title")
        yield from self._check(values)

    def _number(self, number: str, year: str, values: Mapping[str, Any]) -> LineNumber:
        if not number:
            raise Invalid("The number is missing.", field="number")
        if year and not (year.isascii() and year.isdigit()):
            raise Invalid("%(text)s is not a whole number.", {"text": year}, field="year")
        received = values.get("received_on")
        if year:
            return read_own_number(self.form, number, int(year))
        if number.isdigit() and received is not None:
            return read_own_number(self.form, number, received.year)
        return read_own_number(self.form, number, None)

    def _check(self, values: Mapping[str, Any]) -> Iterable[Refusal]:
        secrecy = Secrecy(values.get("secrecy", Secrecy.INTERNAL))
        try:
            check_ceiling(self.register, secrecy, self.registers)
            check_clearance(self.actor, secrecy)
        except Refusal as refusal:
            yield refusal
        for name in ("unit", "class"):
            code = values.get(name)
            if code is not None and (found := self._unknown(name, code)) is not None:
                yield found

    def _unknown(self, name: str, code: str) -> Refusal | None:
        if (name, code) not in self._codes:
            self._codes[name, code] = None
            try:
                resolve_codes(self.uow, {name: code})
            except Refusal as refusal:
                self._codes[name, code] = refusal
        return self._codes[name, code]


def _doubles(lines: Sequence[_Line]) -> Iterable[LineError]:
    seen: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.number is None:
            continue
        key = (line.number.year, line.number.number)
        if key in seen:
            yield LineError(
                line.row.line,
                Conflict(
                    "The number %(text)s stands in line %(line)d already.",
                    {"text": line.number.text, "line": seen[key]},
                    field="number",
                ),
            )
        seen.setdefault(key, line.row.line)


def _given_already(
    uow: UnitOfWork, register: Register, lines: Sequence[_Line]
) -> Iterable[LineError]:
    for span in _spans(lines):
        given = set(
            uow.session.scalars(
                select(Registration.number).where(
                    Registration.register_id == register.id,
                    Registration.year == span.year,
                    Registration.number.between(span.first, span.last),
                )
            )
        )
        for line in lines:
            if line.number and line.number.year == span.year and line.number.number in given:
                refusal = Conflict(
                    "The number %(text)s is given already.",
                    {"text": line.number.text},
                    field="number",
                )
                yield LineError(line.row.line, refusal)


def _spans(lines: Sequence[_Line]) -> list[Span]:
    return [
        Span(year, min(numbers), max(numbers), len(numbers))
        for year, numbers in _numbers(lines).items()
    ]


def _numbers(lines: Sequence[_Line]) -> dict[int, set[int]]:
    years: dict[int, set[int]] = {}
    for line in lines:
        if line.number is not None:
            years.setdefault(line.number.year, set()).add(line.number.number)
    return dict(sorted(years.items()))
