"""Seals that should be back: who is told, and how often."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from records.core.jobs import Job
from records.core.news import TELL_JOB
from records.seals.late import urge_late
from records.seals.models import SealUsage
from records.seals.states import report_lost
from records.seals.use import bring_back, take_out
from tests.offices import START, HeldClock
from tests.records.seals.approved import approved
from tests.records.seals.offices import SealOffice

DUE = START + timedelta(hours=4)


@pytest.fixture
def line(any_seals: SealOffice) -> SealUsage:
    request_id = approved(any_seals, outside=True, due_back_at=DUE)
    with any_seals.office.database.writing() as uow:
        return take_out(uow, any_seals.keeper, request_id=request_id)


def urge(seals: SealOffice) -> int:
    with seals.office.database.writing() as uow:
        return urge_late(uow)


def told(seals: SealOffice) -> list[dict[str, Any]]:
    with seals.office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB).order_by(Job.id))
        return [each.payload for each in jobs if each.payload["kind"] == "seal.late"]


def test_nobody_is_urged_before_the_seal_is_due(
    any_seals: SealOffice, line: SealUsage, clock: HeldClock
) -> None:
    assert line.due_back_at == DUE
    clock.instant = DUE - timedelta(seconds=1)
    assert urge(any_seals) == 0


def test_applicant_and_keeper_are_urged_at_the_hour_and_once_a_day(
    any_seals: SealOffice, line: SealUsage, clock: HeldClock
) -> None:
    clock.instant = DUE
    assert [urge(any_seals), urge(any_seals)] == [1, 0]
    clock.advance(hours=23, minutes=59)
    assert urge(any_seals) == 0
    clock.advance(minutes=1)
    assert urge(any_seals) == 1
    people = {str(any_seals.applicant.user_id), str(any_seals.keeper.user_id)}
    assert [set(each["to"]) for each in told(any_seals)] == [people, people]
    assert len({each["cause"] for each in told(any_seals)}) == 2
    assert {each["document"] for each in told(any_seals)} == {str(line.document_id)}


def test_a_seal_that_is_back_or_lost_is_not_late(
    any_seals: SealOffice, line: SealUsage, clock: HeldClock
) -> None:
    clock.instant = DUE + timedelta(days=2)
    with any_seals.office.database.writing() as uow:
        bring_back(uow, any_seals.keeper, usage_id=line.id, copies_stamped=1)
    assert urge(any_seals) == 0
    again = approved(any_seals, outside=True, due_back_at=clock.instant)
    with any_seals.office.database.writing() as uow:
        take_out(uow, any_seals.keeper, request_id=again)
    with any_seals.office.database.writing() as uow:
        report_lost(uow, any_seals.keeper, seal_id=any_seals.seal_id, reason="Left in a taxi")
    assert urge(any_seals) == 0
