"""Custody of seals: three people, three confirmations, one keeper at a time."""

import itertools

import pytest
from sqlalchemy import func, select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.jobs import Job
from records.core.news import SETTLE_JOB, TELL_JOB
from records.people.rules import Actor
from records.people.service import disable_user
from records.seals.custody import (
    ask_handover,
    cancel_handover,
    confirm_handover,
    handover_line,
    handovers_to_confirm,
    open_handover,
    seals_held_by,
)
from records.seals.models import Custody, SealHandover
from records.seals.rules import SealStep
from records.seals.states import move_seal, report_lost
from tests.builders import id_of
from tests.records.seals.offices import SealOffice, hand_over


def ask(
    seals: SealOffice,
    who: Actor | None = None,
    *,
    taker: Actor | None = None,
    witness: Actor | None = None,
    reason: str = "Change of post",
) -> SealHandover:
    with seals.office.database.writing() as uow:
        return ask_handover(
            uow,
            who or seals.keeper,
            seal_id=seals.seal_id,
            taker_id=id_of(taker or seals.second_keeper),
            witness_id=id_of(witness or seals.witness),
            reason=reason,
        )


def confirm(seals: SealOffice, who: Actor, handover: SealHandover) -> SealHandover:
    with seals.office.database.writing() as uow:
        return confirm_handover(uow, who, handover_id=handover.id)


def test_the_first_custody_is_a_hand_over_from_the_administrator(seals: SealOffice) -> None:
    with seals.office.database.reading() as uow:
        custody = uow.session.scalars(select(Custody)).one()
        handover = uow.session.get_one(SealHandover, custody.handover_id)
        assert handover.giver_id == seals.admin.user_id
        assert custody.keeper_id == seals.keeper.user_id == seals.seal().keeper_id
        assert [each.id for each in seals_held_by(uow, id_of(seals.keeper))] == [seals.seal_id]


@pytest.mark.parametrize("order", [*itertools.permutations(("keeper", "second_keeper", "witness"))])
def test_a_seal_passes_when_the_third_confirms_in_any_order(
    seals: SealOffice, order: tuple[str, ...]
) -> None:
    handover = ask(seals)
    for name in order[:2]:
        assert confirm(seals, getattr(seals, name), handover).done_at is None
        assert seals.seal().keeper_id == seals.keeper.user_id
    assert confirm(seals, getattr(seals, order[2]), handover).done_at is not None
    assert seals.seal().keeper_id == seals.second_keeper.user_id
    with seals.office.database.reading() as uow:
        rows = uow.session.scalars(select(Custody).order_by(Custody.from_at, Custody.id)).all()
        assert [each.until_at is None for each in rows] == [False, True]


def test_confirming_again_changes_nothing(seals: SealOffice) -> None:
    handover = ask(seals)
    for _ in range(2):
        first = confirm(seals, seals.keeper, handover)
        assert first.taker_at is first.witness_at is first.done_at is None
    for each in (seals.second_keeper, seals.witness, seals.keeper, seals.witness):
        confirm(seals, each, handover)
    with seals.office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Custody)) == 2


def test_nobody_but_the_three_confirms(seals: SealOffice) -> None:
    handover = ask(seals)
    with pytest.raises(NotAllowed):
        confirm(seals, seals.admin, handover)
    with pytest.raises(NotFound):
        confirm(seals, seals.applicant, handover)


def test_giver_taker_and_witness_are_three_people(seals: SealOffice) -> None:
    for taker, witness, refused in (
        (seals.second_keeper, seals.keeper, Invalid),
        (seals.second_keeper, seals.second_keeper, Invalid),
        (seals.keeper, seals.witness, Conflict),
    ):
        with pytest.raises(refused):
            ask(seals, taker=taker, witness=witness)


def test_only_keepers_of_seals_take_seals(seals: SealOffice) -> None:
    with pytest.raises(Invalid) as refused:
        ask(seals, taker=seals.leader)
    assert refused.value.field == "taker"


def test_who_neither_holds_the_seal_nor_keeps_the_register_asks_for_no_hand_over(
    seals: SealOffice,
) -> None:
    for who in (seals.second_keeper, seals.leader, seals.auditor, seals.security):
        with pytest.raises(NotAllowed):
            ask(seals, who)


def test_the_keeper_gives_also_when_the_administrator_asks(seals: SealOffice) -> None:
    assert ask(seals, seals.admin).giver_id == seals.keeper.user_id


def test_the_administrator_gives_the_seal_of_a_keeper_who_has_left(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        disable_user(uow, seals.admin, user_id=id_of(seals.keeper))
    handover = ask(seals, seals.admin)
    assert handover.giver_id == seals.admin.user_id
    for each in (seals.admin, seals.second_keeper, seals.witness):
        confirm(seals, each, handover)
    assert seals.seal().keeper_id == seals.second_keeper.user_id


def test_one_hand_over_is_open_at_a_time_and_can_be_cancelled(seals: SealOffice) -> None:
    first = ask(seals)
    with pytest.raises(Conflict):
        ask(seals)
    with pytest.raises(NotFound), seals.office.database.writing() as uow:
        cancel_handover(uow, seals.applicant, handover_id=first.id)
    with seals.office.database.writing() as uow:
        cancel_handover(uow, seals.witness, handover_id=first.id)
    with pytest.raises(Conflict):
        confirm(seals, seals.keeper, first)
    with seals.office.database.reading() as uow:
        assert open_handover(uow, seals.seal_id) is None
    ask(seals)


def test_a_hand_over_that_is_done_cannot_be_cancelled(seals: SealOffice) -> None:
    done = hand_over(seals.office, seals.seal_id, seals.keeper, seals.second_keeper, seals.witness)
    with pytest.raises(Conflict), seals.office.database.writing() as uow:
        cancel_handover(uow, seals.admin, handover_id=done)


def test_a_seal_that_is_out_is_not_handed_over(seals: SealOffice) -> None:
    handover = ask(seals)
    with seals.office.database.writing() as uow:
        seal = uow.session.merge(seals.seal())
        move_seal(uow, seals.keeper, seal, SealStep.TAKE_OUT)
    with pytest.raises(Conflict):
        confirm(seals, seals.keeper, handover)
    with seals.office.database.writing() as uow:
        cancel_handover(uow, seals.keeper, handover_id=handover.id)
    with pytest.raises(Conflict):
        ask(seals)


def test_a_loss_cancels_the_open_hand_over(seals: SealOffice) -> None:
    handover = ask(seals)
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=seals.seal_id, reason="Not in the safe")
    with seals.office.database.reading() as uow:
        assert uow.session.get_one(SealHandover, handover.id).cancelled_at is not None
    with pytest.raises(Conflict):
        ask(seals)


def test_each_of_the_three_sees_what_to_confirm_until_they_have(seals: SealOffice) -> None:
    handover = ask(seals)

    def waits(who: Actor) -> bool:
        with seals.office.database.reading() as uow:
            return [each.handover.id for each in handovers_to_confirm(uow, who)] == [handover.id]

    assert all(map(waits, (seals.keeper, seals.second_keeper, seals.witness)))
    assert not waits(seals.admin)
    confirm(seals, seals.witness, handover)
    assert not waits(seals.witness)
    assert waits(seals.keeper)


def test_a_hand_over_is_known_to_its_three_and_to_readers_of_the_register(
    seals: SealOffice,
) -> None:
    handover = ask(seals)
    with seals.office.database.reading() as uow:
        for who in (seals.witness, seals.keeper, seals.admin, seals.auditor):
            line = handover_line(uow, who, handover.id)
            assert (line.giver, line.taker, line.witness) == ("Keeper", "Second Keeper", "Witness")
        with pytest.raises(NotFound):
            handover_line(uow, seals.applicant, handover.id)


def test_all_three_are_told_and_their_notices_end_with_it(seals: SealOffice) -> None:
    handover = ask(seals)
    with seals.office.database.reading() as uow:
        told = uow.session.scalars(
            select(Job).where(Job.kind == TELL_JOB, Job.subject_id == handover.id)
        ).one()
        people = {seals.keeper, seals.second_keeper, seals.witness}
        assert set(told.payload["to"]) == {str(each.user_id) for each in people}
    for each in (seals.keeper, seals.second_keeper, seals.witness):
        confirm(seals, each, handover)
    with seals.office.database.reading() as uow:
        settled = uow.session.scalars(select(Job).where(Job.kind == SETTLE_JOB)).all()
        assert any(str(handover.id) in each.payload["subjects"] for each in settled)
