"""Who is told of seal requests, when that is over, and two who decide at once."""

import threading

import pytest
from sqlalchemy import select

from records.core.jobs import claim, finish
from records.core.news import SETTLE_JOB, TELL_JOB, tell
from records.notify.lines import notices_of
from records.notify.models import Notice
from records.notify.telling import settle_handler, tell_handler
from records.notify.wording import detail, english, sentence
from records.people.rules import Actor, Role
from records.seals.approvals import decide
from records.seals.custody import ask_handover, confirm_handover
from records.seals.following import void_requests_of
from records.seals.models import SealApproval
from records.seals.requests import refuse_request, withdraw_request
from records.seals.rules import VoidReason
from records.seals.void_words import why_void
from tests.builders import add_person
from tests.offices import reopened
from tests.records.seals.asking import agree, approved, ask, decline, now, step_of
from tests.records.seals.offices import SealOffice


def spread(seals: SealOffice) -> None:
    """Do the jobs of the messenger until nothing is left."""
    handlers = {TELL_JOB: tell_handler(mails=False), SETTLE_JOB: settle_handler()}
    while jobs := claim(seals.office.database, list(handlers), limit=50):
        with seals.office.database.writing() as uow:
            for job in jobs:
                handlers[job.kind].work(job)(uow)
                finish(uow, job)


def waiting(seals: SealOffice, person: Actor) -> list[str]:
    spread(seals)
    with seals.office.database.reading() as uow:
        lines, _ = notices_of(uow, person, waiting=True)
        for each in lines:
            assert "%(" not in sentence(english("en"), each)
        return [each.kind for each in lines]


def test_each_is_told_in_turn_and_badges_vanish_with_the_deed(any_seals: SealOffice) -> None:
    request = ask(any_seals)
    assert waiting(any_seals, any_seals.leader) == ["seal_request.to_decide"]
    assert waiting(any_seals, any_seals.keeper) == []
    agree(any_seals, request.id, any_seals.leader)
    assert waiting(any_seals, any_seals.leader) == []
    assert waiting(any_seals, any_seals.keeper) == ["seal_request.to_stamp"]
    assert "seal_request.approved" in waiting(any_seals, any_seals.applicant)
    with any_seals.office.database.writing() as uow:
        withdraw_request(uow, any_seals.applicant, request_id=request.id)
    assert waiting(any_seals, any_seals.keeper) == []


def test_the_applicant_learns_why_and_from_whom(seals: SealOffice) -> None:
    first, second = ask(seals), approved(seals)
    decline(seals, first.id, seals.leader, "Not now")
    with seals.office.database.writing() as uow:
        refuse_request(uow, seals.keeper, request_id=second.id, reason="Page 2 is blank")
    spread(seals)
    with seals.office.database.reading() as uow:
        lines, _ = notices_of(uow, seals.applicant, waiting=True)
    told = {each.kind: (each.who, each.reason, each.seal) for each in lines}
    seal = seals.seal().name
    assert told["seal_request.declined"] == ("Leader", "Not now", seal)
    assert told["seal_request.refused"] == ("Keeper", "Page 2 is blank", seal)


def test_why_a_request_became_void_is_told_in_words(seals: SealOffice) -> None:
    request = ask(seals)
    with seals.office.database.writing() as uow:
        void_requests_of(uow, request.seal_id, VoidReason.SEAL_LOST)
    spread(seals)
    with seals.office.database.reading() as uow:
        lines, _ = notices_of(uow, seals.applicant, waiting=True)
    told = {each.kind: detail(english("en"), each, str) for each in lines}
    assert told["seal_request.voided"] == "Reason: The seal was reported lost."
    assert all(why_void(english("en"), each) != each for each in VoidReason)


def test_who_has_confirmed_a_hand_over_waits_for_nothing(seals: SealOffice) -> None:
    assert seals.second_keeper.user_id is not None
    assert seals.witness.user_id is not None
    with seals.office.database.writing() as uow:
        handover = ask_handover(
            uow,
            seals.keeper,
            seal_id=seals.seal_id,
            taker_id=seals.second_keeper.user_id,
            witness_id=seals.witness.user_id,
            reason="Leave",
        )
    spread(seals)
    with seals.office.database.writing() as uow:
        confirm_handover(uow, seals.witness, handover_id=handover.id)
    assert waiting(seals, seals.witness) == []
    assert waiting(seals, seals.second_keeper) == ["seal.handover"]


@pytest.mark.parametrize("kind", ["seal.late", "seal.check_due", "seal.lost"])
def test_news_of_the_seal_itself_are_told(seals: SealOffice, kind: str) -> None:
    assert seals.keeper.user_id is not None
    with seals.office.database.writing() as uow:
        tell(
            uow,
            kind,
            to=[seals.keeper.user_id],
            cause=f"{kind}:1",
            subject_id=seals.seal_id,
            facts={"seal": str(seals.seal_id)},
        )
    # Nothing asks for a check that the seal does not have.
    expected = [] if kind == "seal.check_due" else [kind]
    assert waiting(seals, seals.keeper) == expected


def test_two_who_decide_at_once_decide_once(any_seals: SealOffice) -> None:
    second = add_person(any_seals.office, "leader2", Role.LEADER, unit="finance")
    request = ask(any_seals)
    step = step_of(any_seals, request.id)
    barrier = threading.Barrier(2)
    refused: list[Exception] = []

    def act(person: Actor) -> None:
        office = reopened(any_seals.office)
        try:
            barrier.wait()
            with office.database.writing() as uow:
                decide(uow, person, approval_id=step, agree=True)
        except Exception as error:  # noqa: BLE001 - looked at below
            refused.append(error)
        finally:
            office.database.close()

    threads = [threading.Thread(target=act, args=(each,)) for each in (any_seals.leader, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1
    assert now(any_seals, request.id).state == "approved"
    with any_seals.office.database.reading() as uow:
        steps = uow.session.scalars(
            select(SealApproval).where(SealApproval.request_id == request.id)
        ).all()
        assert [each.state for each in steps] == ["agreed"]
        assert uow.session.scalars(select(Notice)).all() == []
