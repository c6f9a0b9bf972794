"""The counter: the next number of a register and year, gap-free whatever crashes or runs at once.

The row of the counter is locked from the moment a number is taken until the transaction ends, so a
number that was rolled back is given to the next in line. Services take it as their last step;
several registers in the order of their ids.
"""

from collections.abc import Iterator, Set
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from records.core.base import Identifier
from records.core.database import UnitOfWork, insert_into
from records.core.errors import Conflict
from records.registration.models import NumberGap, RegisterCounter, Registration

# Run for every document that comes in, so it is put together once.
_TAKE_NEXT = text(
    "INSERT INTO register_counter (register_id, year, last) VALUES (:register_id, :year, 1) "
    "ON CONFLICT (register_id, year) DO UPDATE SET last = register_counter.last + 1 "
    "RETURNING last"
).bindparams(bindparam("register_id", type_=Identifier()))


def take_number(session: Session, register_id: UUID, year: int) -> int:
    """Return the next number and hold its counter until the transaction ends."""
    place = {"register_id": register_id, "year": year}
    return int(session.execute(_TAKE_NEXT, place).scalar_one())


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


def make_room(uow: UnitOfWork, register_id: UUID, year: int, numbers: Set[int]) -> None:
    """Prepare a register for numbers of an old book, and hold its counter.

    Numbers between the last one given and the highest of these that are not among them are
    declared as gaps; a number inside an earlier gap is taken out of it. Counting goes on after all.

    Raises:
        Conflict: One of the numbers is given already.
    """
    session = uow.session
    count_on_after(session, register_id, year, 0)
    last = session.scalar(
        select(RegisterCounter.last)
        .where(RegisterCounter.register_id == register_id, RegisterCounter.year == year)
        .with_for_update()
    )
    assert last is not None
    given = session.execute(
        select(Registration.number, Registration.text).where(
            Registration.register_id == register_id,
            Registration.year == year,
            Registration.number.between(min(numbers), max(numbers)),
        )
    )
    for number, given_text in given:
        if number in numbers:
            raise Conflict(
                "The number %(text)s is given already.", {"text": given_text}, field="number"
            )
    declared = session.scalars(
        select(NumberGap).where(NumberGap.register_id == register_id, NumberGap.year == year)
    ).all()
    ranges = [(last + 1, max(numbers))]
    for gap in declared:
        if any(gap.first <= number <= gap.last for number in numbers):
            ranges.append((gap.first, gap.last))
            session.delete(gap)
    session.add_all(
        NumberGap(
            id=uow.new_id(),
            register_id=register_id,
            year=year,
            first=first,
            last=end,
            declared_at=uow.now,
        )
        for span in ranges
        for first, end in _without(span, numbers)
    )
    count_on_after(session, register_id, year, max(numbers))


def _without(span: tuple[int, int], numbers: Set[int]) -> Iterator[tuple[int, int]]:
    first = span[0]
    for number in sorted(each for each in numbers if span[0] <= each <= span[1]):
        if first < number:
            yield first, number - 1
        first = number + 1
    if first <= span[1]:
        yield first, span[1]
