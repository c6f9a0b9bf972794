"""Documents as lines of a file: the same columns from a list and from a search."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from records.classification.plan import whole_plan
from records.core.database import UnitOfWork
from records.documents.listing import DocumentLine
from records.exchange.tables import Cell
from records.people.directory import names_of_units
from records.registration.registers import all_registers
from web.words import word


def document_columns() -> list[str]:
    """Return the titles of the columns, in the reader's language."""
    return [
        gettext("Number"),
        gettext("Title"),
        gettext("Sender"),
        gettext("Sender's number"),
        gettext("Kind"),
        gettext("Received"),
        gettext("Registered"),
        gettext("State"),
        gettext("Urgency"),
        gettext("Secrecy"),
        gettext("Register"),
        gettext("Unit"),
        gettext("Class"),
    ]


class DocumentRows:
    """Makes the cells of lines; registers and classes are read once for the whole file."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._registers = {each.id: each.name for each in all_registers(uow)}
        self._classes = {each.id: f"{each.code} {each.title}" for each in whole_plan(uow)}

    def of(self, uow: UnitOfWork, lines: Sequence[DocumentLine]) -> list[list[Cell]]:
        """Return the cells of some lines, in one query."""
        units = names_of_units(uow, (each.unit_id for each in lines if each.unit_id))
        return [self._row(each, units) for each in lines]

    def _row(self, line: DocumentLine, units: dict[Any, str]) -> list[Cell]:
        return [
            line.number,
            line.title,
            line.sender,
            line.document_number,
            str(word("kind", line.kind).text) if line.kind else None,
            line.received_on,
            line.registered_at,
            str(word("state", line.state).text),
            str(word("urgency", line.urgency).text),
            str(word("secrecy", line.secrecy.code).text),
            self._registers[line.register_id],
            units.get(line.unit_id) if line.unit_id else None,
            self._classes.get(line.class_id) if line.class_id else None,
        ]
