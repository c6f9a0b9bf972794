"""Asking for a seal, approving step by step, and what becomes of a request."""

from records.seals.requests import refuse_request, withdraw_request
from tests.records.seals.asking import agree, approved, ask, now
from tests.records.seals.offices import SealOffice


def test_a_request_is_approved_by_the_leader_and_then_waits_for_the_keeper(
    any_seals: SealOffice,
) -> None:
    request = ask(any_seals)

    agree(any_seals, request.id, any_seals.leader)

    assert now(any_seals, request.id).state == "approved"


def test_whoever_asked_may_withdraw_as_long_as_nothing_is_stamped(any_seals: SealOffice) -> None:
    request = approved(any_seals)

    with any_seals.office.database.writing() as uow:
        withdraw_request(uow, any_seals.applicant, request_id=request.id)

    assert now(any_seals, request.id).state == "withdrawn"


def test_the_keeper_refuses_what_is_blank_with_a_reason(any_seals: SealOffice) -> None:
    request = approved(any_seals)

    with any_seals.office.database.writing() as uow:
        refuse_request(uow, any_seals.keeper, request_id=request.id, reason="Page 2 is blank")

    ended = now(any_seals, request.id)
    assert (ended.state, ended.end_reason) == ("refused", "Page 2 is blank")
