"""Absence: a deputy acts for a time, in some purposes, up to a secrecy, and never beyond."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from records.circulation.absence import (
    DelegationLine,
    delegations_of,
    deputies_of,
    end_deputy,
    name_deputy,
    stands_in_for,
)
from records.circulation.models import Receipt
from records.circulation.reading import delegate_item, get_item
from records.circulation.rules import Decision, Purpose
from records.circulation.signing import Opinion, get_receipt, sign_item
from records.core.errors import Conflict, Invalid, NotFound
from records.core.jobs import Job
from records.core.log import entries_about, timestamp
from records.core.news import TELL_JOB
from records.documents.sharing import ACCESS_TURNS_JOB
from records.documents.visibility import get_document
from records.people.models import Delegation
from records.people.rules import Actor, Role, Secrecy
from records.people.service import disable_user
from tests.builders import add_person, id_of
from tests.offices import START, HeldClock
from tests.records.circulation.desks import Desks

DAY = timedelta(days=1)


def name(desks: Desks, reader: str, deputy: str, **asked: Any) -> Delegation:
    given = {
        "deputy_id": id_of(desks.reader(deputy)),
        "from_at": None,
        "until_at": START + 7 * DAY,
        "purposes": frozenset(Purpose),
        "ceiling": Secrecy.TOP_SECRET,
        **asked,
    }
    actor = desks.reader(reader)
    with desks.office.database.writing() as uow:
        return name_deputy(uow, actor, **given)


def end(desks: Desks, actor: Actor, delegation: Delegation) -> None:
    with desks.office.database.writing() as uow:
        end_deputy(uow, actor, delegation_id=delegation.id)


def sign(desks: Desks, actor: Actor, item_id: UUID, decision: Decision = Decision.READ) -> Receipt:
    with desks.office.database.writing() as uow:
        return sign_item(uow, desks.office.vault, actor, item_id=item_id, opinion=Opinion(decision))


def acts(desks: Desks, actor: Actor, item_id: UUID) -> bool:
    with desks.office.database.reading() as uow:
        try:
            get_item(uow, actor, item_id)
        except NotFound:
            return False
        return True


def sees(desks: Desks, actor: Actor, document_id: UUID) -> bool:
    with desks.office.database.reading() as uow:
        try:
            get_document(uow, actor, document_id)
        except NotFound:
            return False
        return True


def lines(desks: Desks, reader: str) -> list[DelegationLine]:
    actor = desks.reader(reader)
    with desks.office.database.reading() as uow:
        return delegations_of(uow, actor)


# Acting -------------------------------------------------------------------------------------------


def test_a_deputy_signs_on_behalf_of_the_reader(any_desks: Desks) -> None:
    desks = any_desks
    before, letter = desks.document(), desks.document()
    early = desks.item(desks.send(before, ["li"]), "li")
    delegation = name(desks, "li", "wang")
    wang = desks.reader("wang")
    late = desks.item(desks.send(letter, ["li"]), "li")  # delivered while the deputy is in force
    for item_id in (early, late):
        assert acts(desks, wang, item_id)
        receipt = sign(desks, wang, item_id)
        body = json.loads(receipt.body)
        assert body["reader"]["name"] == "wang"
        assert body["on_behalf_of"] == {"id": str(desks.reader("li").user_id), "name": "li"}
        assert receipt.signer_id == wang.user_id
        with desks.office.database.reading() as uow:
            item = get_item(uow, wang, item_id)
            assert (item.reader_id, item.ended_by) == (desks.reader("li").user_id, wang.user_id)
        with pytest.raises(Conflict):
            sign(desks, desks.reader("li"), item_id)
    with desks.office.database.reading() as uow:
        assert [each.id for each in stands_in_for(uow, wang)] == [delegation.id]
        found = deputies_of(uow, [id_of(desks.reader("li")), id_of(wang)])
        assert {key: [each.id for each in value] for key, value in found.items()} == {
            desks.reader("li").user_id: [delegation.id]
        }


def test_an_item_handed_on_by_hand_is_signed_on_behalf_too(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"])
    zhao = desks.reader("zhao")
    with desks.office.database.writing() as uow:
        delegate_item(uow, desks.reader("li"), item_id=desks.item(sent, "li"), to_id=id_of(zhao))
    body = json.loads(sign(desks, zhao, desks.item(sent, "zhao")).body)
    assert body["on_behalf_of"]["name"] == "li"


def test_a_delegation_begins_and_ends_by_itself(any_desks: Desks, clock: HeldClock) -> None:
    desks = any_desks
    letter = desks.document()
    item_id = desks.item(desks.send(letter, ["li"]), "li")
    name(desks, "li", "wang", from_at=START + DAY, until_at=START + 2 * DAY)
    later = desks.document()
    later_item = desks.item(desks.send(later, ["li"]), "li")
    wang = desks.reader("wang")
    for instant, holds, state in (
        (START, False, "coming"),
        (START + DAY - timedelta(microseconds=1), False, "coming"),
        (START + DAY, True, "in_force"),
        (START + 2 * DAY - timedelta(microseconds=1), True, "in_force"),
        (START + 2 * DAY, False, "over"),
    ):
        clock.instant = instant
        for document, item in ((letter, item_id), (later, later_item)):
            assert acts(desks, wang, item) == holds, instant
            assert sees(desks, wang, document.id) == holds, instant
        assert [each.state for each in lines(desks, "li")] == [state]
        assert acts(desks, desks.reader("li"), item_id)
    with desks.office.database.reading() as uow:
        turns = uow.session.scalars(select(Job.run_after).where(Job.kind == ACCESS_TURNS_JOB))
        assert sorted(turns) == [START + DAY, START + DAY, START + 2 * DAY, START + 2 * DAY]
        assert stands_in_for(uow, wang) == []


def test_ending_early_takes_everything_back(any_desks: Desks, clock: HeldClock) -> None:
    desks = any_desks
    letter = desks.document()
    item_id = desks.item(desks.send(letter, ["li"]), "li")
    delegation = name(desks, "li", "wang")
    wang = desks.reader("wang")
    with pytest.raises(NotFound):
        end(desks, wang, delegation)
    clock.advance(hours=1)
    end(desks, desks.reader("li"), delegation)
    end(desks, desks.reader("li"), delegation)
    assert not acts(desks, wang, item_id)
    assert not sees(desks, wang, letter.id)
    with pytest.raises(NotFound):
        sign(desks, wang, item_id)
    with desks.office.database.reading() as uow:
        kinds = [entry.kind for entry, _ in entries_about(uow.session, delegation.id)]
    assert kinds == ["delegation.made", "delegation.ended"]
    assert [each.state for each in lines(desks, "li")] == ["over"]


def test_who_signed_as_deputy_keeps_the_receipt(desks: Desks) -> None:
    item_id = desks.item(desks.send(desks.document(), ["li"]), "li")
    delegation = name(desks, "li", "wang")
    wang = desks.reader("wang")
    receipt = sign(desks, wang, item_id)
    end(desks, desks.reader("li"), delegation)
    with desks.office.database.reading() as uow:
        assert get_receipt(uow, wang, receipt.id).id == receipt.id
        assert get_receipt(uow, desks.reader("li"), receipt.id).id == receipt.id
        low = add_low(wang)
        with pytest.raises(NotFound):
            get_receipt(uow, low, receipt.id)


def add_low(actor: Actor) -> Actor:
    """Return the same person with no clearance."""
    return Actor(actor.user_id, actor.name, Secrecy.PUBLIC, actor.posts, actor.principals)


def test_the_deputy_of_a_deputy_does_not_act(desks: Desks) -> None:
    letter = desks.document()
    item_id = desks.item(desks.send(letter, ["li"]), "li")
    name(desks, "li", "wang")
    name(desks, "wang", "zhao")
    assert acts(desks, desks.reader("wang"), item_id)
    assert not acts(desks, desks.reader("zhao"), item_id)
    assert not sees(desks, desks.reader("zhao"), letter.id)


# How far a delegation reaches ---------------------------------------------------------------------


@pytest.mark.parametrize("named_first", [True, False])
@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("ceiling", [Secrecy.PUBLIC, Secrecy.CONFIDENTIAL, Secrecy.SECRET])
@pytest.mark.parametrize("clearance", [Secrecy.INTERNAL, Secrecy.SECRET])
def test_scope_ceiling_and_clearance_all_count(
    desks: Desks, named_first: bool, purpose: Purpose, ceiling: Secrecy, clearance: Secrecy
) -> None:
    desks.readers["wang"] = add_person(desks.office, "wang", clearance=clearance)
    asked = {"purposes": {Purpose.READ, Purpose.APPROVE}, "ceiling": ceiling}
    if named_first:
        name(desks, "li", "wang", **asked)
    letter = desks.document(secrecy="confidential")
    item_id = desks.item(desks.send(letter, ["li"], purpose=purpose), "li")
    if not named_first:
        name(desks, "li", "wang", **asked)
    reaches = (
        purpose != Purpose.COMMENT
        and ceiling >= Secrecy.CONFIDENTIAL
        and clearance >= Secrecy.CONFIDENTIAL
    )
    assert acts(desks, desks.reader("wang"), item_id) == reaches
    assert sees(desks, desks.reader("wang"), letter.id) == reaches


def test_a_deputy_with_less_clearance_is_named_and_said_to_fall_short(desks: Desks) -> None:
    desks.readers["wang"] = add_person(desks.office, "wang", clearance=Secrecy.INTERNAL)
    name(desks, "li", "wang", ceiling=Secrecy.SECRET)
    name(desks, "li", "wang", ceiling=Secrecy.INTERNAL)
    assert [each.falls_short for each in lines(desks, "li")] == [False, True]
    assert [each.deputy_name for each in lines(desks, "li")] == ["wang", "wang"]


# Naming -------------------------------------------------------------------------------------------


def test_what_makes_no_delegation_is_refused(desks: Desks) -> None:
    desks.readers["li"] = add_person(desks.office, "li", Role.LEADER, clearance=Secrecy.SECRET)
    gone = add_person(desks.office, "gone")
    keeper = add_person(desks.office, "keeper", Role.SYSTEM_ADMIN)
    with desks.office.database.writing() as uow:
        disable_user(uow, keeper, user_id=id_of(gone))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"deputy_id": id_of(desks.reader("li"))}, "deputy"),
        ({"deputy_id": uuid4()}, "deputy"),
        ({"deputy_id": id_of(gone)}, "deputy"),
        ({"until_at": START}, "until"),
        ({"from_at": START + 8 * DAY}, "until"),
        ({"purposes": ()}, "purposes"),
        ({"ceiling": Secrecy.TOP_SECRET}, "ceiling"),
    ]
    for asked, field in wrong:
        with pytest.raises(Invalid) as caught:
            name(desks, "li", "wang", **{"ceiling": Secrecy.SECRET, **asked})
        assert caught.value.field == field
    assert lines(desks, "li") == []


def test_a_delegation_is_never_dated_back(desks: Desks) -> None:
    assert name(desks, "li", "wang", from_at=START - DAY).from_at == START


def test_the_log_and_the_deputy_are_told(desks: Desks) -> None:
    delegation = name(desks, "li", "wang", purposes=[Purpose.READ])
    li, wang = desks.reader("li"), desks.reader("wang")
    with desks.office.database.reading() as uow:
        ((entry, payload),) = entries_about(uow.session, delegation.id)
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB)).all()
    assert entry.objects == [str(each) for each in (delegation.id, li.user_id, wang.user_id)]
    assert json.loads(payload or "") == {
        **li.signature(),
        "deputy": "wang",
        "purposes": ["read"],
        "ceiling": "top_secret",
        "from": timestamp(START),
        "until": timestamp(START + 7 * DAY),
    }
    assert [(each.payload["kind"], each.payload["to"]) for each in jobs] == [
        ("deputy.named", [str(wang.user_id)])
    ]
