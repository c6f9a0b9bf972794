"""Figures of rounds: on time, median, overdue; of a round, of a period, of a unit."""

from datetime import date, timedelta

import pytest

from records.core.errors import Invalid, NotAllowed, NotFound
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import Role
from records.statistics import rounds
from records.statistics.rounds import (
    Period,
    Statistics,
    statistics_of_period,
    statistics_of_round,
)
from tests import builders
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks
from tests.web.offices import counted

# The clock of the tests stands on 2 March 2026, a Monday.
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def desks(any_office: Office) -> Desks:
    builders.add_unit(any_office, "finance")
    found = Desks(any_office, builders.add_person(any_office, "clerk", Role.CLERK))
    for name in ("li", "wang", "zhao"):
        unit = "finance" if name != "zhao" else "office"
        found.readers[name] = builders.add_person(any_office, name, Role.STAFF, unit=unit)
    return found


def clock_of(desks: Desks) -> HeldClock:
    clock = desks.office.database.clock
    assert isinstance(clock, HeldClock)
    return clock


def in_march(desks: Desks, unit: str | None = None, period: Period = MARCH) -> Statistics:
    with desks.office.database.reading() as uow:
        unit_id = unit_by_code(uow, unit).id if unit else None
        return statistics_of_period(uow, desks.clerk, period, unit_id=unit_id)


def test_a_round_tells_who_was_on_time_how_long_it_took_and_who_is_late(desks: Desks) -> None:
    clock = clock_of(desks)
    due_at = clock.now() + timedelta(hours=5)
    round_id = desks.send(desks.document(), ["li", "wang", "zhao"], due_at=due_at)
    clock.advance(hours=2)
    desks.sign(round_id, "li")
    clock.advance(hours=8)
    desks.sign(round_id, "wang")
    with desks.office.database.reading() as uow:
        found = statistics_of_round(uow, desks.clerk, round_id)
    total = found.total
    assert (total.delivered, total.answered, total.timed, total.on_time) == (3, 2, 3, 1)
    assert total.median == timedelta(hours=6)
    assert found.overdue_now == 1
    assert [(each.name, each.figures.rate, each.figures.overdue) for each in found.readers] == [
        ("li", 1.0, 0),
        ("wang", 0.0, 0),
        ("zhao", 0.0, 1),
    ]
    assert [(each.name, each.figures.rate, each.figures.median) for each in found.units] == [
        ("Finance", 0.5, timedelta(hours=6)),
        ("Office", 0.0, None),
    ]


def test_what_has_no_deadline_or_is_not_due_yet_is_neither_on_time_nor_late(desks: Desks) -> None:
    desks.send(desks.document(), ["li"])
    desks.send(desks.document(), ["wang"], due_at=clock_of(desks).now() + timedelta(days=1))
    found = in_march(desks)
    assert (found.total.delivered, found.total.timed, found.total.rate) == (2, 0, None)
    assert found.overdue_now == 0


def test_a_period_has_whole_days_of_the_office_and_a_unit_those_below_it(desks: Desks) -> None:
    clock = clock_of(desks)
    desks.send(desks.document(), ["li", "zhao"], due_at=clock.now() + timedelta(hours=1))
    # The second is one minute before midnight in Shanghai, the third one minute after.
    clock.advance(hours=14, minutes=59)
    desks.send(desks.document(), ["wang"])
    clock.advance(minutes=2)
    desks.send(desks.document(), ["wang"])
    second = Period(date(2026, 3, 2), date(2026, 3, 2))
    assert in_march(desks, period=second).total.delivered == 3
    third = in_march(desks, period=Period(date(2026, 3, 3), date(2026, 3, 3)))
    assert third.total.delivered == 1
    assert third.overdue_now == 2
    assert in_march(desks, "finance", second).total.delivered == 2
    assert in_march(desks, "office", second).total.delivered == 3
    with pytest.raises(Invalid):
        in_march(desks, period=Period(date(2026, 3, 2), date(2026, 3, 1)))


def test_only_what_the_person_may_see_counts(desks: Desks) -> None:
    round_id = desks.send(desks.document(), ["li"])
    builders.add_unit(desks.office, "elsewhere")
    leader = builders.add_person(desks.office, "far", Role.LEADER, unit="elsewhere")
    with desks.office.database.reading() as uow:
        assert statistics_of_period(uow, leader, MARCH).readers == ()
        with pytest.raises(NotFound):
            statistics_of_round(uow, leader, round_id)
        with pytest.raises(NotAllowed):
            statistics_of_period(uow, desks.reader("li"), MARCH)


def test_more_items_cost_no_more_queries_and_too_many_are_cut(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks.send(desks.document(), ["li"])
    with counted(desks.office) as few:
        in_march(desks)
    desks.send(desks.document(), ["li", "wang", "zhao"])
    with counted(desks.office) as many:
        assert not in_march(desks).is_cut
    assert len(many) == len(few)
    monkeypatch.setattr(rounds, "MOST_ITEMS", 2)
    found = in_march(desks)
    assert found.is_cut
    assert found.total.delivered == 2
