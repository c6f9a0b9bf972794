"""The page of numbered copies, its forms, and the section beside the document."""

import io

import pytest
from flask import Flask
from pypdf import PdfReader

from records.documents.models import Document
from records.documents.visibility import refresh_access
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import Actor, Role, Secrecy
from tests import builders
from tests.letters import letter
from tests.web.offices import MARK, client_of, counted, post
from tests.web.visitor import components_of


@pytest.fixture
def clerk(office: Office) -> Actor:
    return builders.add_person(office, "clerk", Role.CLERK)


@pytest.fixture
def plan(office: Office, clerk: Actor) -> Document:
    return builders.register(office, clerk, "Plan", files=[("plan.pdf", letter([["The plan"]]))])


def made(office: Office, app: Flask, plan: Document, **form: str) -> str:
    """Make copies as a clerk and return the page that follows."""
    client = client_of(app, "clerk")
    component = str(components_of(office, plan)[0])
    answer = post(client, f"/documents/{plan.id}/copies", component=component, **form)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_an_empty_list_offers_to_make_copies(app: Flask, plan: Document, language: str) -> None:
    page = client_of(app, "clerk", language).get(f"/documents/{plan.id}/copies")
    assert page.status_code == 200
    assert page.text.count('data-open="make"') == 2


def test_copies_are_made_listed_and_shown_beside_the_document(
    office: Office, app: Flask, plan: Document
) -> None:
    text = made(office, app, plan, for_whom="Finance\nHarbour <b>", purpose="Meeting")
    for told in ("000001", "000002", "Finance", "Harbour &lt;b&gt;", "Meeting"):
        assert told in text
    assert f"/documents/{plan.id}/copies.pdf?first=1&amp;last=2" in text
    beside = client_of(app, "clerk").get(f"/documents/{plan.id}").text
    assert "Numbered copies" in beside
    assert "Made the numbered copies 000001 to 000002." in beside


def test_a_refused_form_comes_back_with_what_was_typed(
    office: Office, app: Flask, plan: Document
) -> None:
    client = client_of(app, "clerk")
    component = str(components_of(office, plan)[0])
    for form, told in (
        ({"for_whom": "A\nB", "count": "3"}, "There are 2 names for 3 copies."),
        ({"for_whom": "kept", "count": "many"}, "Write a whole number."),
        ({"for_whom": ""}, "Say for whom the copies are, or how many."),
    ):
        page = post(client, f"/documents/{plan.id}/copies", component=component, **form)
        assert page.status_code == 422
        assert told in page.text
        assert form["for_whom"] in page.text
        assert 'id="make" aria-labelledby="make-title" data-reopen' in page.text


def test_copies_are_returned_destroyed_and_opened_again(
    office: Office, app: Flask, plan: Document
) -> None:
    made(office, app, plan, count="1")
    client = client_of(app, "clerk")
    page = client.get(f"/documents/{plan.id}/copies").text
    copy_id = page.partition("/copies/")[2].partition("/return")[0][-36:]

    def move(step: str, **fields: str) -> str:
        answer = post(client, f"/copies/{copy_id}/{step}", document=str(plan.id), **fields)
        assert answer.status_code == 303
        return client.get(answer.headers["Location"]).text

    assert "The copy counts as returned." in move("return")
    assert "This copy is returned." in move("return")
    assert "The copy counts as destroyed." in move("destroy", reason="Shredded before Li")
    assert "Shredded before Li" in client.get(f"/documents/{plan.id}/copies").text
    assert "This must not be empty." in move("reopen")
    assert "The copy is out after all." in move("reopen", reason="wrong line")


def test_who_may_not_make_copies_sees_no_button_and_is_refused(
    office: Office, app: Flask, plan: Document
) -> None:
    made(office, app, plan, for_whom=MARK)
    builders.add_person(office, "leader", Role.LEADER)
    builders.add_person(office, "stranger", Role.STAFF, clearance=Secrecy.PUBLIC)
    with office.database.writing() as uow:
        kept = uow.session.get_one(Document, plan.id)
        kept.unit_id = unit_by_code(uow, builders.ROOT).id
        refresh_access(uow, kept)
    leader = client_of(app, "leader")
    page = leader.get(f"/documents/{plan.id}/copies")
    assert MARK in page.text
    assert "data-open" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert leader.get(f"/documents/{plan.id}/copies.pdf?first=1").status_code == 403
    assert post(leader, f"/documents/{plan.id}/copies", count="1").status_code == 403
    stranger = client_of(app, "stranger")
    for path in ("copies", "copies.pdf?first=1"):
        answer = stranger.get(f"/documents/{plan.id}/{path}")
        assert answer.status_code == 404
        assert MARK not in answer.text


def test_a_long_list_costs_as_many_statements_as_a_short_one(
    office: Office, app: Flask, plan: Document
) -> None:
    made(office, app, plan, count="1")
    client = client_of(app, "clerk")
    path = f"/documents/{plan.id}/copies"
    client.get(path)
    with counted(office) as few:
        client.get(path)
    made(office, app, plan, count="150")
    made(office, app, plan, count="150")
    with counted(office) as many:
        text = client.get(path).text
    assert len(many) == len(few)
    assert text.count("data-row") == 200
    assert client.get(f"{path}?after=200").text.count("data-row") == 101


def test_the_paper_bears_the_number_of_each_copy_and_the_file_stays(
    office: Office, app: Flask, plan: Document
) -> None:
    made(office, app, plan, count="3")
    client = client_of(app, "clerk")
    answer = client.get(f"/documents/{plan.id}/copies.pdf?first=1&last=3")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    assert ["The plan" in page.extract_text() for page in pages] == [True, True, True]
    for number, page in enumerate(pages, start=1):
        assert f"{number:06d}" in page.extract_text()
    one = client.get(f"/documents/{plan.id}/copies.pdf?first=2&place=margin")
    assert "000002" in PdfReader(io.BytesIO(one.data)).pages[0].extract_text()
    component = components_of(office, plan)[0]
    original = client.get(f"/components/{component}/content").data
    assert original == letter([["The plan"]])
    for unknown in ("first=9", "first=0", "first=x", "", "first=3&last=1"):
        assert client.get(f"/documents/{plan.id}/copies.pdf?{unknown}").status_code == 404
