"""The counter: the next number of a register and year, gap-free whatever crashes or runs at once.

The row of the counter is locked from the moment a number is taken until the transaction ends, so a
number that was rolled back is given to the next in line. Services take it as their last step;
several registers in the order of their ids.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from records.core.database import insert_into
from records.registration.models import RegisterCounter


def take_number(session: Session, register_id: UUID, year: int) -> int:
    """Return the next number and hold its counter until the transaction ends."""
    statement = insert_into(session, RegisterCounter).values(
        register_id=register_id, year=year, last=1
    )
    statement = statement.on_conflict_do_update(
        index_elements=["register_id", "year"], set_={"last": RegisterCounter.last + 1}
    ).returning(RegisterCounter.last)
    return int(session.execute(statement).scalar_one())


def count_on_after(session: Session, register_id: UUID, year: int, number: int) -> None:
    """Make sure that the next number is above a number that came from an old book."""
    statement = insert_into(session, RegisterCounter).values(
        register_id=register_id, year=year, last=number
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["register_id", "year"],
            set_={"last": number},
            where=RegisterCounter.last < number,
        )
    )
