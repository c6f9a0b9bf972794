"""Where a search can be kept to: whose rounds, within what the reader may see."""

from uuid import uuid4

import pytest

from records.circulation.managing import recall_round
from records.core.errors import NotFound
from records.finding import circles
from records.finding.circles import Circle, CircleKind, circle_of
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from tests.builders import add_person, add_unit
from tests.records.circulation.desks import Desks
from tests.web.visitor import counted


@pytest.fixture
def desks(office: Office) -> Desks:
    return Desks(office, add_person(office, "clerk", Role.CLERK))


def kept_to(office: Office, actor: Actor, value: object) -> Circle:
    with office.database.reading() as uow:
        return circle_of(uow, actor, str(value))


def test_a_round_is_kept_to_its_document(office: Office, desks: Desks) -> None:
    made = desks.document("Bridge")
    desks.document("Road")
    round_id = desks.send(made, ["zhao"])
    found = kept_to(office, desks.clerk, round_id)
    assert found == Circle(CircleKind.ROUND, str(round_id), frozenset({made.id}), made.number)


def test_all_rounds_of_one_who_sends_and_all_items_of_one_who_reads(
    office: Office, desks: Desks
) -> None:
    bridge, road, other = (desks.document(title) for title in ("Bridge", "Road", "Other"))
    desks.send(bridge, ["zhao"], ["qian"])
    desks.send(road, ["zhao"])
    assert kept_to(office, desks.clerk, "sent").document_ids == {bridge.id, road.id}
    assert kept_to(office, desks.readers["zhao"], "reading").document_ids == {bridge.id, road.id}
    # Her stage has not begun.
    assert kept_to(office, desks.readers["qian"], "reading").document_ids == set()
    assert kept_to(office, desks.readers["zhao"], "sent").document_ids == set()
    assert other.id not in kept_to(office, desks.clerk, "sent").document_ids


def test_what_a_reader_no_longer_sees_is_not_searched(office: Office, desks: Desks) -> None:
    made = desks.document("Bridge")
    round_id = desks.send(made, ["zhao"])
    with office.database.writing() as uow:
        recall_round(uow, desks.clerk, round_id=round_id, reason="Wrong document")
    assert kept_to(office, desks.readers["zhao"], "reading").document_ids == set()


@pytest.mark.parametrize("value", ["", "nothing", "sent ", uuid4()])
def test_what_is_no_place_is_not_found(office: Office, desks: Desks, value: object) -> None:
    with pytest.raises(NotFound):
        kept_to(office, desks.clerk, value)


def test_a_hidden_round_is_not_found(office: Office, desks: Desks) -> None:
    round_id = desks.send(desks.document("Bridge", secrecy="confidential"), ["zhao"])
    add_unit(office, "depot")
    stranger = add_person(office, "far", Role.CLERK, unit="depot")
    low = add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    for each in (stranger, low):
        with pytest.raises(NotFound):
            kept_to(office, each, round_id)


def test_only_the_newest_are_searched_in_one_statement(
    office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circles, "MOST_DOCUMENTS", 2)
    made = [desks.document(f"Letter {number}") for number in range(3)]
    for each in made:
        desks.send(each, ["zhao"])
    with counted(office.database.engine) as statements:
        found = kept_to(office, desks.clerk, "sent")
    assert found.is_cut
    assert found.document_ids == {made[1].id, made[2].id}
    assert len(statements) <= 3
