"""States of seals: every step from every state by every role, and what each takes with it."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, update

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.core.jobs import Job
from records.core.log import LogEntry
from records.core.news import TELL_JOB
from records.people.rules import Actor, Role
from records.seals.models import Custody, Seal, SealChange
from records.seals.register import check_usable, usable_seals
from records.seals.rules import SEAL_EVENTS, SEAL_STEPS, SealState, SealStep
from records.seals.states import (
    destroy_seal,
    reinstate_seal,
    report_lost,
    seals_to_report,
    withdraw_seal,
)
from tests.builders import add_person
from tests.offices import HeldClock
from tests.records.seals.offices import SealOffice, hand_over

Verb = Callable[[UnitOfWork, Actor, UUID], Seal]
VERBS: dict[SealStep, Verb] = {
    SealStep.REPORT_LOST: lambda uow, who, seal_id: report_lost(
        uow, who, seal_id=seal_id, reason="Gone"
    ),
    SealStep.WITHDRAW: lambda uow, who, seal_id: withdraw_seal(
        uow, who, seal_id=seal_id, reason="Replaced"
    ),
    SealStep.REINSTATE: lambda uow, who, seal_id: reinstate_seal(
        uow, who, seal_id=seal_id, reason="Needed again"
    ),
    SealStep.DESTROY: lambda uow, who, seal_id: destroy_seal(
        uow, who, seal_id=seal_id, reason="Worn out", witness="Officer Chen"
    ),
}
# Who may do what, by the name that the person has in `SealOffice`.
MAY: dict[SealStep, set[str]] = {
    SealStep.REPORT_LOST: {"admin", "keeper", "leader", "head"},
    SealStep.WITHDRAW: {"admin"},
    SealStep.REINSTATE: {"admin"},
    SealStep.DESTROY: {"admin"},
}
PEOPLE = (
    "admin",
    "security",
    "keeper",
    "second_keeper",
    "leader",
    "head",
    "applicant",
    "witness",
    "clerk",
    "auditor",
)


def put(seals: SealOffice, state: SealState) -> None:
    """Put the seal into a state, whatever way leads there."""
    with seals.office.database.writing() as uow:
        uow.session.execute(update(Seal).where(Seal.id == seals.seal_id).values(state=state.value))


def outcome(seals: SealOffice, step: SealStep, who: Actor) -> str | type[Refusal]:
    """Do a step and return the state that it led to, or how it was refused."""
    try:
        with seals.office.database.writing() as uow:
            return VERBS[step](uow, who, seals.seal_id).state
    except Refusal as refusal:
        return type(refusal)


@pytest.mark.parametrize("step", VERBS)
def test_every_step_from_every_state_by_every_person(seals: SealOffice, step: SealStep) -> None:
    for state in SealState:
        for name in PEOPLE:
            put(seals, state)
            found = outcome(seals, step, getattr(seals, name))
            leads_to = SEAL_STEPS.get((state, step))
            if name not in MAY[step]:
                assert found in (NotAllowed, NotFound), (state, name)
                assert seals.seal().state == state
            elif leads_to is None:
                assert found is Conflict, (state, name)
                assert seals.seal().state == state
            else:
                assert found == leads_to, (state, name)


def test_whoever_has_nothing_to_do_with_a_seal_does_not_learn_of_it(seals: SealOffice) -> None:
    assert outcome(seals, SealStep.REPORT_LOST, seals.applicant) is NotFound
    assert outcome(seals, SealStep.REPORT_LOST, seals.auditor) is NotAllowed


def test_a_step_enters_the_history_and_the_log(seals: SealOffice) -> None:
    for step in (SealStep.WITHDRAW, SealStep.REINSTATE, SealStep.WITHDRAW, SealStep.DESTROY):
        assert isinstance(outcome(seals, step, seals.admin), str)
    with seals.office.database.reading() as uow:
        changes = uow.session.scalars(select(SealChange).order_by(SealChange.id)).all()
        assert [each.state for each in changes] == [
            "in_use",
            "withdrawn",
            "in_use",
            "withdrawn",
            "destroyed",
        ]
        assert changes[-1].witness == "Officer Chen"
        kinds = uow.session.scalars(select(LogEntry.kind).order_by(LogEntry.sequence)).all()
        assert kinds[-4:] == [
            SEAL_EVENTS[each]
            for each in (
                SealStep.WITHDRAW,
                SealStep.REINSTATE,
                SealStep.WITHDRAW,
                SealStep.DESTROY,
            )
        ]


def test_nobody_holds_a_seal_that_is_destroyed(seals: SealOffice) -> None:
    for step in (SealStep.WITHDRAW, SealStep.DESTROY):
        outcome(seals, step, seals.admin)
    assert seals.seal().keeper_id is None
    with seals.office.database.reading() as uow:
        assert uow.session.scalars(select(Custody)).one().until_at is not None


def test_a_seal_is_destroyed_before_somebody_else(seals: SealOffice) -> None:
    outcome(seals, SealStep.WITHDRAW, seals.admin)
    for witness in ("", " admin "):
        with pytest.raises(Invalid) as refused, seals.office.database.writing() as uow:
            destroy_seal(
                uow, seals.admin, seal_id=seals.seal_id, reason="Worn out", witness=witness
            )
        assert refused.value.field == "witness"


def test_a_seal_that_was_lost_is_never_used_again(seals: SealOffice) -> None:
    outcome(seals, SealStep.REPORT_LOST, seals.keeper)
    assert outcome(seals, SealStep.WITHDRAW, seals.admin) == "withdrawn"
    assert outcome(seals, SealStep.REINSTATE, seals.admin) is Conflict
    assert outcome(seals, SealStep.DESTROY, seals.admin) == "destroyed"


def test_a_seal_whose_time_is_over_is_not_put_into_use_again(
    seals: SealOffice, clock: HeldClock
) -> None:
    other = seals.add_seal("T", stop_on=date(2026, 6, 30))
    with seals.office.database.writing() as uow:
        withdraw_seal(uow, seals.admin, seal_id=other, reason="For now")
    clock.advance(days=200)
    with pytest.raises(Conflict), seals.office.database.writing() as uow:
        reinstate_seal(uow, seals.admin, seal_id=other, reason="Again")


def test_a_loss_is_told_to_all_whom_it_concerns_but_who_reports_it(seals: SealOffice) -> None:
    outcome(seals, SealStep.REPORT_LOST, seals.keeper)
    with seals.office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB)).all()
        told = next(each.payload for each in jobs if each.payload["kind"] == "seal.lost")
    concerned = (seals.leader, seals.admin, seals.security)
    assert set(told["to"]) == {str(each.user_id) for each in concerned}


def test_a_seal_is_usable_in_its_time_in_use_and_held(seals: SealOffice, clock: HeldClock) -> None:
    later = seals.add_seal("L", start_on=date(2026, 4, 1))
    ended = seals.add_seal("E", stop_on=date(2026, 3, 2))
    unheld = seals.add_seal("U", held=False)

    def usable() -> set[UUID]:
        with seals.office.database.reading() as uow:
            found = {each.id for each in usable_seals(uow)}
            for seal_id in (seals.seal_id, later, ended, unheld):
                try:
                    check_usable(uow, uow.session.get_one(Seal, seal_id))
                except Conflict:
                    assert seal_id not in found
                else:
                    assert seal_id in found
            return found

    assert usable() == {seals.seal_id, ended}
    # Midnight in the office's zone is 16:00 UTC of the day before.
    clock.advance(hours=14, minutes=59)
    assert usable() == {seals.seal_id, ended}
    clock.advance(minutes=2)
    assert usable() == {seals.seal_id}
    clock.advance(days=31)
    assert usable() == {seals.seal_id, later}
    for state in SealState:
        put(seals, state)
        assert (seals.seal_id in usable()) == (state is SealState.IN_USE)


def test_a_keeper_reports_what_they_hold_and_a_leader_what_the_units_below_have(
    seals: SealOffice,
) -> None:
    other = seals.add_seal("O", held=False)
    hand_over(seals.office, other, seals.admin, seals.second_keeper, seals.witness)
    stranger = add_person(seals.office, "stranger", Role.LEADER, unit=another_unit(seals))

    def may(who: Actor) -> set[UUID]:
        with seals.office.database.reading() as uow:
            return {each.id for each in seals_to_report(uow, who)}

    assert may(seals.keeper) == {seals.seal_id}
    assert may(seals.second_keeper) == {other}
    assert may(seals.leader) == may(seals.head) == may(seals.admin) == {seals.seal_id, other}
    assert may(stranger) == may(seals.auditor) == set()


def another_unit(seals: SealOffice) -> str:
    from tests.builders import add_unit

    add_unit(seals.office, "sales")
    return "sales"
