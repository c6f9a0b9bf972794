"""Hand-overs at the same moment: one custody runs, whoever is first, on either database."""

from functools import partial

from sqlalchemy import func, select

from records.core.errors import Conflict
from records.people.rules import Actor
from records.seals.custody import ask_handover, cancel_handover, confirm_handover
from records.seals.models import Custody, SealHandover
from records.seals.states import report_lost
from tests.builders import id_of
from tests.records.circulation.test_concurrency import at_once
from tests.records.seals.offices import SealOffice


def ask(seals: SealOffice, who: Actor, taker: Actor) -> SealHandover:
    with seals.office.database.writing() as uow:
        return ask_handover(
            uow,
            who,
            seal_id=seals.seal_id,
            taker_id=id_of(taker),
            witness_id=id_of(seals.witness),
            reason="Holidays",
        )


def confirm(seals: SealOffice, who: Actor, handover: SealHandover) -> SealHandover:
    with seals.office.database.writing() as uow:
        return confirm_handover(uow, who, handover_id=handover.id)


def running(seals: SealOffice) -> int:
    with seals.office.database.reading() as uow:
        query = select(func.count()).select_from(Custody).where(Custody.until_at.is_(None))
        return uow.session.scalar(query) or 0


def test_three_who_confirm_at_once_make_one_custody(any_seals: SealOffice) -> None:
    seals = any_seals
    giver, taker = seals.keeper, seals.second_keeper
    for _ in range(4):
        handover = ask(seals, giver, taker)
        people = (giver, taker, seals.witness)
        at_once(*(partial(confirm, seals, each, handover) for each in (*people, *people)))
        assert seals.seal().keeper_id == taker.user_id
        assert running(seals) == 1
        giver, taker = taker, giver
    with seals.office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Custody)) == 5


def test_of_two_hand_overs_asked_at_once_one_is_open(any_seals: SealOffice) -> None:
    seals = any_seals
    answers = at_once(
        partial(ask, seals, seals.keeper, seals.second_keeper),
        partial(ask, seals, seals.admin, seals.second_keeper),
    )
    assert sorted(isinstance(each, Conflict) for each in answers) == [False, True]


def test_a_hand_over_is_confirmed_or_cancelled_never_both(any_seals: SealOffice) -> None:
    seals = any_seals
    handover = ask(seals, seals.keeper, seals.second_keeper)
    confirm(seals, seals.keeper, handover)
    confirm(seals, seals.witness, handover)

    def cancel() -> SealHandover:
        with seals.office.database.writing() as uow:
            return cancel_handover(uow, seals.keeper, handover_id=handover.id)

    at_once(partial(confirm, seals, seals.second_keeper, handover), cancel)
    with seals.office.database.reading() as uow:
        found = uow.session.get_one(SealHandover, handover.id)
        assert (found.done_at is None) != (found.cancelled_at is None)
        moved = seals.seal().keeper_id == seals.second_keeper.user_id
        assert moved == (found.done_at is not None)
    assert running(seals) == 1


def test_a_loss_and_the_last_confirmation_leave_one_keeper(any_seals: SealOffice) -> None:
    seals = any_seals
    handover = ask(seals, seals.keeper, seals.second_keeper)
    confirm(seals, seals.keeper, handover)
    confirm(seals, seals.witness, handover)

    def report() -> object:
        with seals.office.database.writing() as uow:
            return report_lost(uow, seals.admin, seal_id=seals.seal_id, reason="Gone")

    at_once(partial(confirm, seals, seals.second_keeper, handover), report)
    assert seals.seal().state == "lost"
    assert running(seals) == 1
