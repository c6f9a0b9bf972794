"""The numbers of the book: no gap and no double, whatever ends well, fails, or runs at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from records.core.errors import Refusal
from records.seals.book import line_number
from records.seals.models import SealCounter, SealUsage
from records.seals.use import use_on_paper
from tests.offices import HeldClock, reopened
from tests.records.seals.approved import approved, contract
from tests.records.seals.offices import SealOffice


class Rollback(Exception):
    """Ends a unit as a fault would."""


def numbers(seals: SealOffice) -> dict[tuple[UUID, int], list[int]]:
    """Return the numbers of each book in the order in which they were taken."""
    found: dict[tuple[UUID, int], list[int]] = {}
    with seals.office.database.reading() as uow:
        for line in uow.session.scalars(select(SealUsage).order_by(SealUsage.id)):
            found.setdefault((line.seal_id, line.year), []).append(line.number)
            code = line.text.split("-")[0]
            assert line.text == line_number(code, line.year, line.number)
        for counter in uow.session.scalars(select(SealCounter)):
            assert counter.last == len(found[counter.seal_id, counter.year])
    return found


@pytest.fixture
def second(seals: SealOffice) -> UUID:
    return seals.add_seal("T")


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 200)), max_size=12))
def test_whatever_is_rolled_back_leaves_no_gap(
    seals: SealOffice, second: UUID, clock: HeldClock, acts: list[tuple[bool, bool, int]]
) -> None:
    # The office goes on from one example to the next, and so do its books.
    document_id = contract(seals, files=())
    for is_second, ends_well, days in acts:
        seal_id = second if is_second else seals.seal_id
        request_id = approved(seals, document_id, seal_id=seal_id)
        clock.advance(days=days)
        with suppress(Rollback), seals.office.database.writing() as uow:
            use_on_paper(uow, seals.keeper, request_id=request_id, copies_stamped=1, place="Here")
            if not ends_well:
                raise Rollback
    for taken in numbers(seals).values():
        assert taken == list(range(1, len(taken) + 1))


def test_keepers_at_once_use_one_approval_once_and_number_without_gaps(
    any_seals: SealOffice,
) -> None:
    seals = any_seals
    other = seals.add_seal("T")
    document_id = contract(seals, files=())
    requests = [
        approved(seals, document_id, seal_id=seal_id)
        for seal_id in (seals.seal_id, other)
        for _ in range(6)
    ]
    offices = [reopened(seals.office) for _ in range(4)]
    tries = [(offices[n % 4], each) for n, each in enumerate(requests * 4)]
    random.Random(5).shuffle(tries)  # noqa: S311 - the same order in every run

    def attempt(given: tuple[object, UUID]) -> bool:
        office, request_id = given
        try:
            with office.database.writing() as uow:  # type: ignore[attr-defined]
                use_on_paper(
                    uow, seals.keeper, request_id=request_id, copies_stamped=1, place="Here"
                )
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, tries))
    for each in offices:
        each.database.close()
    assert sum(outcomes) == len(requests)
    found = numbers(seals)
    assert len(found) == 2
    assert all(taken == list(range(1, 7)) for taken in found.values())


def test_a_line_says_its_seal_year_and_number() -> None:
    assert line_number("HT", 2026, 7) == "HT-2026-0007"
    assert line_number("HT", 2026, 12345) == "HT-2026-12345"


@pytest.mark.parametrize("outside", [False, True])
def test_two_keepers_cannot_both_get_a_line_past_the_service(
    seals: SealOffice, outside: bool
) -> None:
    from sqlalchemy.exc import IntegrityError

    request_id = approved(seals, outside=False)
    with seals.office.database.writing() as uow:
        line = use_on_paper(
            uow, seals.keeper, request_id=request_id, copies_stamped=1, place="Here"
        )
    columns = {each.name: getattr(line, each.name) for each in SealUsage.__table__.columns}
    twin = {**columns, "id": UUID(int=1), "number": 2, "outside": outside}
    with pytest.raises((IntegrityError, Refusal)), seals.office.database.writing() as uow:
        uow.session.add(SealUsage(**twin))
