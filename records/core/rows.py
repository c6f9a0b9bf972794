"""What every service makes of ids and texts from outside."""

import unicodedata
from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import insert

from records.core.base import Base, table_of
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound, Stale

Row = TypeVar("Row", bound=Base)
# Marks that turn the direction of writing: a file name would seem to end in another extension.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Versioned(Protocol):
    """A row that counts its changes."""

    @property
    def version(self) -> int: ...  # noqa: D102 - a column of the row


def get_row(uow: UnitOfWork, model: type[Row], row_id: UUID) -> Row:
    """Return the row with an id.

    Raises:
        NotFound: There is none.
    """
    found = uow.session.get(model, row_id)
    if found is None:
        raise NotFound
    return found


def check_version(row: Versioned, version: int | None) -> None:
    """Refuse a change made from an old sight of a row; None is a program that holds the row.

    Raises:
        Stale: Somebody else changed it since.
    """
    if version is not None and row.version != version:
        raise Stale


def write_new(uow: UnitOfWork, rows: Sequence[Base]) -> None:
    """Write new rows of one table at once, in place of adding them to the session.

    It costs a quarter of a flush. The rows do not become part of the session: what is changed in
    them afterwards is not written.
    """
    if rows:
        values = [
            {name: value for name, value in vars(each).items() if name != "_sa_instance_state"}
            for each in rows
        ]
        uow.session.execute(insert(table_of(type(rows[0]))), values)


def clean(text: str) -> str:
    """Return a text as every database and the log can keep it.

    Control characters go, except line breaks and tabs, and so do halves of surrogate pairs and
    marks that turn the direction of writing.
    """
    return text if text.isprintable() and text.isascii() else "".join(filter(_wanted, text))


def filled(text: str, field: str) -> str:
    """Return a clean, stripped text.

    Raises:
        Invalid: It is empty.
    """
    stripped = clean(text).strip()
    if not stripped:
        raise Invalid("This must not be empty.", field=field)
    return stripped


def _wanted(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNS
