"""Figures of seals: who counts what, which month a use belongs to, and what it is compared with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from records.core.errors import NotAllowed
from records.office import Office
from records.people.rules import Actor, Role
from records.seals.models import SealRequest, SealUsage
from records.seals.use import take_out, use_on_paper
from records.statistics.seals import Line, SealStatistics, Span, counted_seals, seal_statistics
from tests.builders import add_person, add_unit
from tests.records.seals.approved import approved, contract
from tests.records.seals.many_lines import fill_book
from tests.records.seals.offices import SealOffice, hand_over, seal_office

NOVEMBER = Span.month(date(2026, 11, 5))


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


def sealed(seals: SealOffice, at: datetime, *, seal_id: UUID | None = None, **given: Any) -> None:
    """Write a line as if it had been written at an instant, an hour after it was asked for."""
    request_id = approved(seals, seal_id=seal_id or seals.seal_id)
    with seals.office.database.writing() as uow:
        facts = {"copies_stamped": 2, "place": "Seal room", **given}
        line_id = use_on_paper(uow, seals.keeper, request_id=request_id, **facts).id
    with seals.office.database.writing() as uow:
        uow.session.get_one(SealUsage, line_id).used_at = at
        uow.session.get_one(SealRequest, request_id).asked_at = at - timedelta(hours=1)


def counted(seals: SealOffice, actor: Actor, span: Span = NOVEMBER, **more: Any) -> SealStatistics:
    with seals.office.database.reading() as uow:
        return seal_statistics(uow, actor, span, **more)


def uses(lines: tuple[Line, ...]) -> dict[str, tuple[int, int, int]]:
    return {each.name: (each.now.uses, each.before, each.a_year_ago) for each in lines}


def test_a_use_belongs_to_its_month_in_the_zone_of_the_office(seals: SealOffice) -> None:
    # Midnight in Shanghai is 16:00 UTC of the day before.
    sealed(seals, datetime(2026, 10, 31, 16, 0, tzinfo=UTC), copies_spoilt=1)
    sealed(seals, datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    sealed(seals, datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    sealed(seals, datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    sealed(seals, datetime(2025, 11, 15, tzinfo=UTC))
    found = counted(seals, seals.auditor)
    assert (found.total.now.uses, found.total.before, found.total.a_year_ago) == (2, 1, 1)
    assert (found.total.now.copies, found.total.now.spoilt) == (4, 1)
    assert found.total.now.median == timedelta(hours=1)
    assert uses(found.seals) == {"Example Organization": (2, 1, 1)}
    assert uses(found.units) == {"Finance": (2, 1, 1)}
    assert uses(found.kinds) == {"unit": (2, 1, 1)}
    assert uses(found.media) == {"paper": (2, 1, 1)}
    assert found.months[-1] == (date(2026, 11, 1), 2)
    assert found.months[-2] == (date(2026, 10, 1), 1)
    assert found.months[0] == (date(2025, 11, 1), 1)
    assert len(found.months) == 13


def test_a_year_is_compared_with_the_year_before(seals: SealOffice) -> None:
    for day in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)):
        sealed(seals, day)
    sealed(seals, datetime(2025, 3, 1, tzinfo=UTC))
    found = counted(seals, seals.auditor, Span.year(date(2026, 6, 1)))
    assert (found.total.now.uses, found.total.a_year_ago) == (2, 1)


def test_each_counts_what_is_theirs(seals: SealOffice) -> None:
    office = seals.office
    other = seals.add_seal("C", held=False)
    hand_over(office, other, seals.admin, seals.second_keeper, seals.witness)
    sealed(seals, datetime(2026, 11, 5, tzinfo=UTC))
    elsewhere = add_person(office, "boss", Role.LEADER, Role.STAFF, unit="office")
    expected = {seals.keeper: 1, seals.second_keeper: 0, seals.auditor: 1, seals.leader: 1}
    expected |= {seals.head: 1, elsewhere: 1}
    for actor, number in expected.items():
        assert counted(seals, actor).total.now.uses == number, actor.name
    add_unit(office, "water")
    stranger = add_person(office, "stranger", Role.LEADER, unit="water")
    found = counted(seals, stranger)
    assert (found.total.now.uses, found.seals, found.units) == (0, (), ())
    assert sum(number for _, number in found.months) == 0
    with office.database.reading() as uow:
        assert counted_seals(uow, stranger) == []
        assert [each.code for each in counted_seals(uow, seals.second_keeper)] == ["C"]
        assert [each.code for each in counted_seals(uow, seals.leader)] == ["S"]
    for actor in (seals.applicant, seals.clerk, seals.admin):
        with pytest.raises(NotAllowed):
            counted(seals, actor)


def test_one_seal_is_counted_by_itself(seals: SealOffice) -> None:
    other = seals.add_seal("C")
    sealed(seals, datetime(2026, 11, 5, tzinfo=UTC))
    sealed(seals, datetime(2026, 11, 6, tzinfo=UTC), seal_id=other)
    found = counted(seals, seals.auditor, seal_id=other)
    assert uses(found.seals) == {"Seal C": (1, 0, 0)}
    assert found.months[-1][1] == 1


def test_what_is_outside_now_is_counted_whenever_it_went(seals: SealOffice) -> None:
    request_id = approved(seals, outside=True)
    with seals.office.database.writing() as uow:
        line_id = take_out(uow, seals.keeper, request_id=request_id).id
    found = counted(seals, seals.keeper, Span.month(date(2020, 1, 1)))
    assert (found.out_now, found.late_now) == (1, 0)
    with seals.office.database.writing() as uow:
        line = uow.session.get_one(SealUsage, line_id)
        line.due_back_at = line.used_at - timedelta(hours=1)
    assert counted(seals, seals.keeper).late_now == 1


def test_ten_thousand_lines_are_counted_at_once(any_office: Office) -> None:
    seals = seal_office(any_office)
    fill_book(seals, contract(seals), 10_000)
    with any_office.database.reading() as uow:
        span = Span.year(uow.today)
        found = seal_statistics(uow, seals.keeper, span)
    assert found.total.now.uses + found.total.a_year_ago == 10_000
    assert not found.is_cut
