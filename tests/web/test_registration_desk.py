"""The desk: files and paper get their numbers, wrong input says what to do."""

import dataclasses

import pytest
from flask import Flask

from records.core.log import LogEntry
from records.documents.models import Component
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Role, Secrecy
from records.registration.registers import add_register
from tests import builders
from tests.web.visitor import Visitor, document, stored
from web.app import create_app


@pytest.fixture
def clerk(office: Office, app: Flask) -> Visitor:
    builders.add_person(office, "chen", Role.CLERK)
    return Visitor(app, "chen")


def test_a_dropped_file_has_its_number_at_once(office: Office, clerk: Visitor) -> None:
    answer = clerk.drop(("water.txt", b"dry land"))
    assert answer.status_code == 200
    told = answer.get_json()
    made = document(office, told["id"])
    assert (told["number"], made.title, made.state) == (made.number, "water", "registered")
    assert told["href"] == f"/documents/{made.id}"
    assert made.number in clerk.get("/registration").text


def test_the_same_bytes_are_registered_again_and_the_first_is_named(clerk: Visitor) -> None:
    first = clerk.drop(("a.txt", b"the same")).get_json()
    second = clerk.drop(("b.txt", b"the same")).get_json()
    assert second["number"] != first["number"]
    assert (second["note_href"], second["note_label"]) == (first["href"], first["number"])
    assert "note" not in first


def test_bytes_that_only_a_hidden_document_has_are_not_betrayed(
    office: Office, app: Flask, clerk: Visitor
) -> None:
    chief = builders.add_person(office, "zhao", Role.CLERK, clearance=Secrecy.TOP_SECRET)
    builders.register(office, chief, files=[("a.txt", b"the same")], secrecy="secret")
    builders.add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    low = Visitor(app, "low")
    assert "note" not in low.drop(("b.txt", b"the same")).get_json()
    assert "note" in clerk.drop(("c.txt", b"the same")).get_json()


def test_a_file_sent_again_after_a_lost_answer_is_registered_once(clerk: Visitor) -> None:
    key = "0123456789abcdef" * 2
    first = clerk.drop(("a.txt", b"once"), key=key).get_json()
    again = clerk.drop(("a.txt", b"once"), key=key).get_json()
    assert again["number"] == first["number"]
    assert "note" not in again


def test_files_together_become_one_document_with_attachments(
    office: Office, clerk: Visitor
) -> None:
    told = clerk.drop(("letter.txt", b"one"), ("table.txt", b"two"), together="1").get_json()
    with office.database.reading() as uow:
        rows = uow.session.query(Component).order_by(Component.position).all()
    assert [(each.name, each.role) for each in rows] == [
        ("letter.txt", "original"),
        ("table.txt", "attachment"),
    ]
    assert document(office, told["id"]).title == "letter"


def test_without_script_one_form_registers_every_file(clerk: Visitor) -> None:
    answer = clerk.drop(("a.txt", b"one"), ("b.txt", b"two"), script=False)
    assert (answer.status_code, answer.location) == (303, "/registration")
    page = clerk.get("/registration").text
    assert page.count('class="arrival"') == 2 + 1  # and the template of the script
    assert "a is registered as" in page


def test_an_empty_file_says_what_to_do(clerk: Visitor) -> None:
    answer = clerk.drop(("scan.pdf", b""))
    assert answer.status_code == 422
    assert "scan.pdf is empty. Save or scan it again" in answer.get_json()["detail"]


def test_no_file_at_all_is_told_on_the_desk(clerk: Visitor) -> None:
    answer = clerk.drop(script=False)
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text


def test_a_file_beyond_the_limit_says_the_limit(office: Office) -> None:
    builders.add_person(office, "chen", Role.CLERK)
    config = dataclasses.replace(office.config, upload_limit_bytes=1_000)
    clerk = Visitor(create_app(dataclasses.replace(office, config=config)), "chen")
    answer = clerk.drop(("big.bin", b"x" * 2_000))
    assert answer.status_code == 413
    assert "This is larger than 1000 bytes" in answer.get_json()["detail"]
    assert not list(office.config.spool.glob("*"))


def test_above_the_ceiling_the_allowed_registers_are_named(office: Office, clerk: Visitor) -> None:
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
    answer = clerk.drop(("a.txt", b"secret"), secrecy="secret", register="plain")
    assert answer.status_code == 422
    assert "Allowed registers: incoming" in answer.get_json()["detail"]
    taken = clerk.drop(("a.txt", b"secret"), secrecy="secret", register="incoming")
    assert taken.status_code == 200


def test_who_is_no_clerk_does_not_reach_the_desk(office: Office, app: Flask) -> None:
    builders.add_person(office, "li", Role.STAFF)
    visitor = Visitor(app, "li")
    assert visitor.get("/registration").status_code == 403
    assert visitor.drop(("a.txt", b"one")).status_code == 403


@pytest.mark.parametrize("token", [None, "made up"])
def test_a_form_of_another_site_registers_nothing(
    office: Office, clerk: Visitor, token: str | None
) -> None:
    data = {"register": "incoming", "file": stored([("a.txt", b"one")])}
    if token is not None:
        data["csrf_token"] = token
    assert clerk.client.post("/registration/files", data=data).status_code == 400
    with office.database.reading() as uow:
        kinds = [each.kind for each in uow.session.query(LogEntry)]
    assert "document.registered" not in kinds


def test_the_chosen_register_is_remembered(clerk: Visitor) -> None:
    clerk.drop(("a.txt", b"one"), register="internal")
    assert 'value="internal" checked' in clerk.get("/registration").text


def test_paper_is_registered_by_its_title(clerk: Visitor) -> None:
    answer = clerk.post(
        "/registration/paper",
        register="incoming",
        title="A parcel",
        sender="The mill",
        received_on="2026-01-31",
    )
    assert answer.status_code == 303
    page = clerk.get("/registration").text
    assert "A parcel is registered as" in page


def test_paper_without_title_comes_back_with_what_was_typed(clerk: Visitor) -> None:
    answer = clerk.post("/registration/paper", register="incoming", title=" ", sender="The mill")
    assert answer.status_code == 422
    assert "This must not be empty." in answer.text
    assert 'value="The mill"' in answer.text


def test_today_is_turned_page_by_page(office: Office, clerk: Visitor) -> None:
    holder = builders.actor(office, "chen")
    for number in range(53):
        builders.register(office, holder, f"Paper {number}")
    page = clerk.get("/registration").text
    assert ">Paper 52<" in page
    assert ">Paper 2<" not in page
    href = page.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    later = clerk.get(href).text
    assert ">Paper 2<" in later
    assert ">Paper 3<" not in later
