"""The queue: what was typed is kept, confirmed, filed; what is wrong stands beside its field."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from records.classification.plan import ClassFacts, add_class
from records.documents.models import Document
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.registration.registers import add_register
from tests import builders
from tests.web.visitor import Visitor, document


@pytest.fixture
def holder(office: Office) -> Actor:
    with office.database.writing() as uow:
        add_class(uow, SERVICE, ClassFacts("77.01", "Water", retention="10", unit="office"))
        add_class(uow, SERVICE, ClassFacts("77", "Works"))
    return builders.add_person(office, "chen", Role.CLERK)


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


@pytest.fixture
def letters(office: Office, holder: Actor) -> list[Document]:
    return [builders.register(office, holder, f"Letter {number}") for number in range(3)]


def _confirm(clerk: Visitor, made: Document, *, done: int = 0, **fields: str) -> TestResponse:
    values = {"version": str(made.version), "title": made.title, "received_on": "2026-03-02"}
    return clerk.post(f"/registration/check/{made.id}?done={done}", **{**values, **fields})


def test_the_queue_begins_with_the_oldest_and_counts(
    clerk: Visitor, letters: list[Document]
) -> None:
    assert (
        clerk.get("/registration/check").location == f"/registration/check/{letters[0].id}?done=0"
    )
    page = clerk.get(f"/registration/check/{letters[0].id}").text
    assert "1 of 3" in page
    assert f"/registration/check/{letters[1].id}?done=0" in page


def test_confirming_keeps_what_was_typed_and_goes_to_the_next(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], title="Dykes", sender="The mill", keywords="water, dyke")
    assert answer.location == f"/registration/check/{letters[1].id}?done=1"
    made = document(office, letters[0].id)
    assert (made.title, made.sender, made.state) == ("Dykes", "The mill", "checked")
    assert made.keywords == ["water", "dyke"]
    assert "2 of 3" in clerk.get(answer.location).text


def test_what_was_skipped_stays_and_is_told_at_the_end(
    clerk: Visitor, letters: list[Document]
) -> None:
    assert "2 of 3" in clerk.get(f"/registration/check/{letters[1].id}?done=0").text
    _confirm(clerk, letters[1])
    answer = _confirm(clerk, letters[2], done=1)
    assert answer.location == "/registration"
    assert "1 document was left for later." in clerk.get("/registration").text


def test_the_last_confirm_says_that_all_is_done(clerk: Visitor, letters: list[Document]) -> None:
    for made in letters:
        answer = _confirm(clerk, made)
    assert answer.location == "/registration"
    assert "Everything is checked." in clerk.get("/registration").text
    assert clerk.get("/registration/check").location == "/registration"


def test_wrong_values_come_back_beside_their_fields(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], title="", copies="many", sender="The mill")
    assert answer.status_code == 422
    assert 'id="title-error"' in answer.text
    assert "many is not a whole number." in answer.text
    assert 'value="The mill"' in answer.text
    assert document(office, letters[0].id).state == "registered"


def test_a_unit_nobody_knows_comes_back_beside_its_field(
    clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], unit="", unit_text="Nowhere")
    assert answer.status_code == 422
    assert "There is no unit Nowhere." in answer.text
    assert 'value="Nowhere"' in answer.text


def test_without_script_units_and_classes_are_taken_as_typed(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    name = _unit_name(office)
    answer = _confirm(
        clerk, letters[0], unit="", unit_text=name, class_="", class_text="77.01 Water"
    )
    assert answer.status_code == 303
    made = document(office, letters[0].id)
    assert made.unit_id is not None
    assert made.class_id is not None


def test_a_form_from_an_old_sight_shows_what_others_wrote_and_keeps_what_was_typed(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    _confirm(clerk, letters[0], sender="The other mill")
    answer = _confirm(clerk, letters[0], sender="The mill")
    assert answer.status_code == 412
    assert "Somebody else has changed this" in answer.text
    assert "The other mill" in answer.text
    assert 'value="The mill"' in answer.text
    version = str(document(office, letters[0].id).version)
    assert f'name="version" value="{version}"' in answer.text
    again = clerk.post(
        f"/registration/check/{letters[0].id}",
        version=version,
        title="Dykes",
        sender="The mill",
        received_on="2026-03-02",
    )
    assert again.status_code == 303
    assert document(office, letters[0].id).sender == "The mill"


def test_a_document_is_filed_at_once_when_all_is_known(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], then="file", class_="77.01", sender="The mill")
    assert answer.location == f"/registration/check/{letters[1].id}?done=1"
    assert document(office, letters[0].id).state == "filed"


def test_filing_at_once_shows_what_is_missing_and_changes_nothing(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], then="file", class_="77.01")
    assert answer.status_code == 422
    assert 'id="sender-error"' in answer.text
    assert document(office, letters[0].id).state == "registered"


def test_filing_at_once_without_a_class_asks_for_one_at_its_field(
    clerk: Visitor, letters: list[Document]
) -> None:
    answer = _confirm(clerk, letters[0], then="file", sender="The mill")
    assert answer.status_code == 422
    assert "Choose a class." in answer.text
    assert 'aria-invalid="true" aria-describedby="class_text-error' in " ".join(answer.text.split())


def test_a_higher_secrecy_moves_the_document_and_says_so(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    with office.database.writing() as uow:
        add_register(
            uow,
            SERVICE,
            code="plain",
            name="Plain",
            kind="incoming",
            clerk_unit_id=unit_by_code(uow, "office").id,
            pattern="P-{year}-{number}",
            padding=3,
            ceiling=Secrecy.INTERNAL,
        )
    made = builders.register(office, holder, "Plans", register="plain")
    assert _confirm(clerk, made, secrecy="secret").status_code == 303
    after = document(office, made.id)
    assert after.secrecy == Secrecy.SECRET
    assert after.number != made.number
    assert f"{made.number} is now {after.number}" in clerk.get("/registration").text


def test_nobody_sets_a_secrecy_above_their_clearance(
    office: Office, app: Flask, letters: list[Document]
) -> None:
    builders.add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    answer = _confirm(Visitor(app, "low"), letters[0], secrecy="secret")
    assert answer.status_code == 403
    assert "Your clearance is internal." in answer.text
    assert document(office, letters[0].id).state == "registered"


def test_a_checked_document_is_edited_on_the_same_page(
    office: Office, clerk: Visitor, letters: list[Document]
) -> None:
    _confirm(clerk, letters[0])
    made = document(office, letters[0].id)
    assert "Keep the changes" in clerk.get(f"/registration/check/{made.id}").text
    answer = _confirm(clerk, made, title="Better")
    assert answer.location == f"/documents/{made.id}"
    assert document(office, made.id).title == "Better"


def test_a_filed_document_is_shown_instead(clerk: Visitor, letters: list[Document]) -> None:
    _confirm(clerk, letters[0], then="file", class_="77.01", sender="The mill")
    answer = clerk.get(f"/registration/check/{letters[0].id}")
    assert answer.location == f"/documents/{letters[0].id}"


def test_the_queue_holds_only_documents_of_own_registers(
    office: Office, app: Flask, letters: list[Document]
) -> None:
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.CLERK, unit="branch")
    far = Visitor(app, "far")
    assert far.get("/registration/check").location == "/registration"
    assert far.get(f"/registration/check/{letters[0].id}").status_code == 404


def _unit_name(office: Office) -> str:
    with office.database.reading() as uow:
        return unit_by_code(uow, "office").name
