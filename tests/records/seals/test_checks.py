"""Periodic checks: when a seal is due, who checks it, and who is told."""

from datetime import date

import pytest
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotAllowed
from records.core.jobs import Job
from records.core.news import TELL_JOB
from records.people.rules import Actor
from records.seals.checks import CheckLine, Finding, ask_for_checks, check_list, record_checks
from records.seals.models import SealCheck
from records.seals.register import get_seal
from records.seals.states import report_lost
from tests.offices import HeldClock
from tests.records.seals.offices import SealOffice


def check(seals: SealOffice, who: Actor, *findings: Finding) -> list[SealCheck]:
    with seals.office.database.writing() as uow:
        return record_checks(uow, who, findings=findings)


def lines(seals: SealOffice, who: Actor, *, due_only: bool = False) -> list[CheckLine]:
    with seals.office.database.reading() as uow:
        return check_list(uow, who, due_only=due_only)


def told(seals: SealOffice) -> list[set[str]]:
    with seals.office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB).order_by(Job.id))
        return [
            set(each.payload["to"]) for each in jobs if each.payload["kind"] == "seal.check_due"
        ]


def ask(seals: SealOffice) -> int:
    with seals.office.database.writing() as uow:
        return ask_for_checks(uow)


def test_a_seal_is_due_so_many_months_after_its_last_check(
    seals: SealOffice, clock: HeldClock
) -> None:
    monthly = seals.add_seal("M", check_every_months=1)
    assert seals.seal(monthly).check_due_on == date(2026, 4, 2)
    clock.advance(days=29)
    check(seals, seals.admin, Finding(monthly, "present"))
    # The last day of March; April has none with that number.
    assert seals.seal(monthly).check_due_on == date(2026, 4, 30)
    assert seals.seal().check_due_on is None


def test_the_day_of_a_check_is_that_of_the_office(seals: SealOffice, clock: HeldClock) -> None:
    monthly = seals.add_seal("M", check_every_months=1)
    # 00:30 of the third in Shanghai, still the second in Greenwich.
    clock.advance(hours=15, minutes=30)
    check(seals, seals.admin, Finding(monthly, "present"))
    assert seals.seal(monthly).check_due_on == date(2026, 4, 3)


def test_many_seals_are_checked_at_once_or_none(seals: SealOffice) -> None:
    other = seals.add_seal("T")
    with pytest.raises(Invalid):
        check(seals, seals.admin, Finding(seals.seal_id, "present"), Finding(other, "stolen"))
    assert seals.seal().checked_at is None
    check(
        seals,
        seals.admin,
        Finding(seals.seal_id, "present"),
        Finding(other, "damaged", "A crack in the rim"),
    )
    with seals.office.database.reading() as uow:
        found = {each.seal_id: each for each in uow.session.scalars(select(SealCheck))}
    assert (found[other].result, found[other].remarks) == ("damaged", "A crack in the rim")
    assert seals.seal().checked_at is not None


def test_a_list_that_says_nothing_or_the_same_twice_is_refused(seals: SealOffice) -> None:
    twice = Finding(seals.seal_id, "present")
    for findings in ((), (twice, twice)):
        with pytest.raises(Invalid):
            check(seals, seals.admin, *findings)


def test_a_keeper_checks_what_they_hold_and_the_administrator_all(seals: SealOffice) -> None:
    finding = Finding(seals.seal_id, "present")
    for who in (seals.second_keeper, seals.leader, seals.auditor, seals.security):
        with pytest.raises(NotAllowed):
            check(seals, who, finding)
        assert lines(seals, who) == []
    for who in (seals.keeper, seals.admin):
        check(seals, who, finding)
        assert [each.code for each in lines(seals, who)] == ["S"]


def test_what_is_lost_is_not_checked(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=seals.seal_id, reason="Gone")
    with pytest.raises(Conflict):
        check(seals, seals.admin, Finding(seals.seal_id, "present"))
    assert lines(seals, seals.admin) == []


def test_what_is_due_stands_first(seals: SealOffice, clock: HeldClock) -> None:
    seals.add_seal("Z", check_every_months=1)
    clock.advance(days=40)
    assert [(each.code, each.is_due) for each in lines(seals, seals.admin)] == [
        ("Z", True),
        ("S", False),
    ]
    assert [each.code for each in lines(seals, seals.admin, due_only=True)] == ["Z"]


def test_keeper_and_administrator_are_told_once_for_each_due_day(
    seals: SealOffice, clock: HeldClock
) -> None:
    monthly = seals.add_seal("M", check_every_months=1)
    version = seals.seal(monthly).version
    assert ask(seals) == 0
    clock.advance(days=31)
    assert ask(seals) == 1
    assert ask(seals) == 0
    assert told(seals) == [{str(seals.keeper.user_id), str(seals.admin.user_id)}]
    # Being asked for is no change: a form that stands open meanwhile is still good.
    assert seals.seal(monthly).version == version
    check(seals, seals.keeper, Finding(monthly, "present"))
    clock.advance(days=32)
    assert ask(seals) == 1
    assert len(told(seals)) == 2


def test_nobody_is_told_of_a_seal_that_is_lost(seals: SealOffice, clock: HeldClock) -> None:
    monthly = seals.add_seal("M", check_every_months=1)
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=monthly, reason="Gone")
    clock.advance(days=60)
    assert ask(seals) == 0
    with seals.office.database.reading() as uow:
        assert get_seal(uow, monthly).check_due_on is None
