"""The desk: what waits for each role, in a price that does not grow."""

import pytest
from flask import Flask

from records.documents.rules import Step
from records.documents.service import change_document
from records.documents.sharing import share_document
from records.office import Office
from records.people.rules import PrincipalKind, Role
from records.worker import Worker
from tests import builders
from tests.web.offices import client_of, counted

CARDS = {
    Role.CLERK: ["To be checked", "Urgent", "To be filed"],
    Role.STAFF: ["Of my units", "Shared with me"],
    Role.LEADER: ["To be read", "Urgent", "Of my units", "Shared with me"],
    Role.ARCHIVIST: ["To be filed", "In the file"],
    Role.AUDITOR: ["Newest entries of the log", "Refused within a day"],
    Role.SYSTEM_ADMIN: ["Closed accounts"],
    Role.SECURITY_ADMIN: ["Refused within a day", "Closed accounts"],
    Role.AUDIT_ADMIN: ["Newest entries of the log", "Refused within a day"],
}


@pytest.mark.parametrize("role", CARDS)
def test_each_role_has_its_cards_and_an_empty_desk_is_kind(
    office: Office, app: Flask, role: Role
) -> None:
    builders.add_person(office, "person", role)
    text = client_of(app, "person").get("/").text
    shown = [part.partition("</h2>")[0] for part in text.split("<h2>")]
    assert [each for each in shown if each in CARDS[role]] == CARDS[role]
    every = {card for cards in CARDS.values() for card in cards}
    assert not (every - set(CARDS[role])) & set(shown)


def test_the_card_of_unreadable_files_is_there_while_there_are_some(
    office: Office, app: Flask
) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    assert "Unreadable files" not in client_of(app, "clerk").get("/").text
    builders.register(office, clerk, "Torn letter", files=[("torn.pdf", b"%PDF-1.7 torn")])
    with Worker(office) as worker:
        worker.run_until_idle()
    assert "Torn letter" in _cards(client_of(app, "clerk").get("/").text)["Unreadable files"]


def test_documents_stand_on_the_cards_where_they_wait(office: Office, app: Flask) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_unit(office, "water")
    builders.add_unit(office, "dam", parent="water")
    staff = builders.add_person(office, "staff", Role.STAFF, unit="dam")
    builders.add_person(office, "leader", Role.LEADER, unit="water")
    builders.register(office, clerk, "Fresh paper")
    builders.register(office, clerk, "Flood alarm", urgency="flash", unit="dam")
    done = builders.register(office, clerk, "Checked paper")
    assert staff.user_id is not None
    with office.database.writing() as uow:
        change_document(uow, clerk, document_id=done.id, version=None, values={}, step=Step.CHECK)
        share_document(
            uow,
            clerk,
            document_id=done.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=staff.user_id,
            reason="please read",
        )
    cards = _cards(client_of(app, "clerk").get("/").text)
    assert "Fresh paper" in cards["To be checked"]
    assert "Checked paper" not in cards["To be checked"]
    assert "Checked paper" in cards["To be filed"]
    assert "Flood alarm" in cards["Urgent"]
    cards = _cards(client_of(app, "staff").get("/").text)
    assert "Flood alarm" in cards["Of my units"]
    assert "Checked paper" in cards["Shared with me"]
    assert "Checked paper" not in cards["Of my units"]
    cards = _cards(client_of(app, "leader").get("/").text)
    assert "Flood alarm" in cards["Of my units"]
    assert "Checked paper" not in cards["Shared with me"]


def test_the_price_of_the_desk_does_not_grow_with_the_office(office: Office, app: Flask) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    client = client_of(app, "clerk")
    prices = []
    for _ in range(2):
        for number in range(8):
            builders.register(office, clerk, f"Paper {number}", urgency="flash")
        with counted(office) as statements:
            client.get("/")
        prices.append(len(statements))
    assert prices[0] == prices[1] <= 35


def _cards(text: str) -> dict[str, str]:
    parts = text.partition('class="waiting"')[2].partition("Came in last")[0].split("<h2>")[1:]
    return {part.partition("</h2>")[0]: part for part in parts}
