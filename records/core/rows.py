"""Small checks that every service makes of ids and texts from outside."""

from typing import TypeVar
from uuid import UUID

from records.core.database import Base, UnitOfWork
from records.core.errors import Invalid, NotFound

Row = TypeVar("Row", bound=Base)


def get_row(uow: UnitOfWork, model: type[Row], row_id: UUID) -> Row:
    """Return the row with an id.

    Raises:
        NotFound: There is none.
    """
    found = uow.session.get(model, row_id)
    if found is None:
        raise NotFound
    return found


def filled(text: str, field: str) -> str:
    """Return a stripped text.

    Raises:
        Invalid: It is empty.
    """
    stripped = text.strip()
    if not stripped:
        raise Invalid("This must not be empty.", field=field)
    return stripped
