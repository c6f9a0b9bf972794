"""Seal requests on screen: asking, who will approve, my requests, deciding on the desk."""

import re
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from records.documents.models import Document
from records.office import Office
from records.seals.models import SealRequest
from tests.records.seals.asking import PDF, approved, ask, now, outside, paper, step_of
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.visitor import Visitor, counted


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def applicant(seals: SealOffice, app: Flask) -> Visitor:
    assert seals.applicant
    return Visitor(app, "applicant")


@pytest.fixture
def leader(seals: SealOffice, app: Flask) -> Visitor:
    assert seals.leader
    return Visitor(app, "leader")


def fields(seals: SealOffice, document: Document | None = None, **changed: str) -> dict[str, str]:
    """Return the fields of a form that asks for the seal."""
    return {
        "request": str(uuid4()),
        **({"document": str(document.id)} if document else {}),
        "seal": str(seals.seal_id),
        "component": "",
        "matter": "Contract with a supplier",
        "matter_kind": "contract",
        "amount": "12,000.50",
        "recipient": "East Trade Ltd",
        "copies": "2",
        "pages": "3",
        "medium": "paper",
        **changed,
    }


def all_requests(seals: SealOffice) -> list[SealRequest]:
    with seals.office.database.reading() as uow:
        return uow.session.query(SealRequest).all()


# Asking ------------------------------------------------------------------------------------------


def test_the_page_of_a_document_offers_to_ask_and_then_lists_the_request(
    seals: SealOffice, applicant: Visitor
) -> None:
    document = paper(seals)
    page = applicant.get(f"/documents/{document.id}").text
    assert f"/seal-requests/new?document={document.id}" in page
    assert 'id="seal-requests"' not in page

    request = ask(seals, document)

    page = applicant.get(f"/documents/{document.id}").text
    assert 'id="seal-requests"' in page
    assert f"/seal-requests/{request.id}" in page
    assert "with Finance" in page


def test_the_form_says_who_will_approve_before_anything_is_sent(
    seals: SealOffice, applicant: Visitor
) -> None:
    document = paper(seals)
    page = applicant.get(f"/seal-requests/new?document={document.id}").text
    assert "Leader" in page  # the only seal is chosen, so the way is known
    assert "Keeper" in page
    again = applicant.post("/seal-requests/new", **fields(seals, document, act="look")).text
    assert "12,000.50" in again
    assert all_requests(seals) == []


def test_asking_twice_with_one_form_asks_once(seals: SealOffice, applicant: Visitor) -> None:
    form = fields(seals, paper(seals))
    first = applicant.post("/seal-requests/new", **form)
    second = applicant.post("/seal-requests/new", **form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    (made,) = all_requests(seals)
    assert (made.amount_cents, made.copies, made.state) == (1_200_050, 2, "waiting")


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    [
        ({"matter": " "}, "matter", "must not be empty"),
        ({"copies": "0"}, "copies", "between 1 and"),
        ({"pages": "x"}, "pages", "whole number"),
        ({"amount": "much"}, "amount", "is not an amount"),
        ({"pages": "1", "cross_page": "1"}, "cross_page", "takes no cross-page seal"),
        ({"medium": "electronic"}, "medium", "has no certificate"),
        ({"outside": "1", "escort": "Wang"}, "outside_place", "must not be empty"),
        (
            {
                "outside": "1",
                "escort": "W",
                "outside_place": "Hall",
                "due_back": "2020-01-01T09:00",
            },
            "due_back",
            "time is over",
        ),
        ({"seal": ""}, "seal", "Choose the seal"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field_and_nothing_is_lost(
    seals: SealOffice, applicant: Visitor, changed: dict[str, str], place: str, words: str
) -> None:
    answer = applicant.post("/seal-requests/new", **fields(seals, paper(seals), **changed))
    assert answer.status_code == 422
    assert f'id="{place}-error"' in answer.text
    assert words in answer.text
    assert "East Trade Ltd" in answer.text
    assert all_requests(seals) == []


def test_a_file_that_is_not_registered_is_registered_by_the_same_act(
    seals: SealOffice, applicant: Visitor
) -> None:
    assert "Drop the file here" in applicant.get("/seal-requests/new").text
    form = {**fields(seals), "csrf_token": applicant.token, "title": "Lease"}
    sent = [{**form, "file": FileStorage(BytesIO(PDF), "lease.pdf")} for _ in range(2)]
    answers = [
        applicant.client.post("/seal-requests/file", data=each, content_type="multipart/form-data")
        for each in sent
    ]
    assert [each.status_code for each in answers] == [303, 303]
    (made,) = all_requests(seals)
    page = applicant.get(f"/seal-requests/{made.id}").text
    assert "Lease" in page
    assert made.component_id is not None


def test_a_file_without_a_file_is_told_and_nothing_is_registered(
    seals: SealOffice, applicant: Visitor
) -> None:
    form = {**fields(seals), "csrf_token": applicant.token, "x": (BytesIO(b""), "")}
    answer = applicant.client.post(
        "/seal-requests/file", data=form, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert "Choose at least one file" in answer.text
    assert all_requests(seals) == []


def test_a_form_from_elsewhere_is_refused(seals: SealOffice, applicant: Visitor) -> None:
    form = {**fields(seals), "file": FileStorage(BytesIO(PDF), "lease.pdf")}
    answer = applicant.client.post(
        "/seal-requests/file", data=form, content_type="multipart/form-data"
    )
    assert answer.status_code == 400
    assert all_requests(seals) == []


# Looking after a request -------------------------------------------------------------------------


def test_my_requests_are_listed_with_what_they_wait_for(
    seals: SealOffice, applicant: Visitor
) -> None:
    assert "You have asked for no seal yet." in applicant.get("/seal-requests").text
    ask(seals, matter="First")
    approved(seals, matter="Second")
    page = applicant.get("/seal-requests").text
    assert page.index("Second") < page.index("First")
    assert "Second" not in applicant.get("/seal-requests?state=waiting").text
    assert applicant.get("/seal-requests?state=dance&cursor=zz").status_code == 422


def test_whoever_asked_withdraws_and_the_page_says_so(
    seals: SealOffice, applicant: Visitor
) -> None:
    request = ask(seals)
    assert "Withdraw" in applicant.get(f"/seal-requests/{request.id}").text
    answer = applicant.post(f"/seal-requests/{request.id}/withdraw", reason="Typo")
    assert answer.status_code == 303
    page = applicant.get(f"/seal-requests/{request.id}").text
    assert "Typo" in page
    assert applicant.post(f"/seal-requests/{request.id}/withdraw").status_code == 409


def test_the_form_on_paper_names_everything_that_offices_ask_for(
    seals: SealOffice, applicant: Visitor
) -> None:
    request = approved(seals, **{k: v for k, v in outside(seals).items() if k != "matter"})
    page = applicant.get(f"/seal-requests/{request.id}/form").text
    for words in (
        *("Request to use a seal", "Example Organization", "East Trade Ltd", "City hall", "Wang"),
        *("Leader", "Keeper", request.content_sha256),
    ):
        assert words in page


def test_a_stranger_learns_nothing(seals: SealOffice, app: Flask) -> None:
    request = ask(seals, paper(seals, secrecy="internal"))
    step = step_of(seals, request.id)
    stranger = Visitor(app, "witness")
    for path in (
        f"/seal-requests/{request.id}",
        f"/seal-requests/{request.id}/form",
        f"/reading/seals/{step}",
        f"/seal-requests/new?document={request.document_id}",
    ):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/reading/seals/{step}/decide", decision="agreed").status_code == 404
    assert stranger.post(f"/seal-requests/{request.id}/withdraw").status_code == 404
    assert now(seals, request.id).state == "waiting"


# Deciding ----------------------------------------------------------------------------------------


def test_a_leader_finds_it_on_the_desk_opens_it_and_agrees_with_one_more_tap(
    seals: SealOffice, leader: Visitor
) -> None:
    assert "Nothing waits to be read." in leader.get("/reading").text
    request = ask(seals, urgent=True)
    step = step_of(seals, request.id)
    desk = leader.get("/").text
    assert "Seals to approve" in desk
    page = leader.get("/reading").text
    assert "1 item waits for you." in page
    assert f"/reading/seals/{step}" in page
    assert re.search(r'href="/reading"[^>]*>.*?<span class="[^"]*">\s*1\b', page, re.DOTALL)
    opened = leader.get(f"/reading/seals/{step}").text
    for words in ("Example Organization", "East Trade Ltd", "2 copies of 3", "Agree", "Decline"):
        assert words in opened
    answer = leader.post(f"/reading/seals/{step}/decide", decision="agreed", opinion="Fine")
    assert answer.headers["Location"] == "/reading"
    assert now(seals, request.id).state == "approved"
    assert "Nothing waits to be read." in leader.get("/reading").text
    assert "This step is decided." in leader.get(f"/reading/seals/{step}").text


def test_declining_asks_for_a_reason_at_its_field(seals: SealOffice, leader: Visitor) -> None:
    request = ask(seals)
    step = step_of(seals, request.id)
    answer = leader.post(f"/reading/seals/{step}/decide", decision="declined")
    assert answer.status_code == 422
    assert 'id="opinion-error"' in answer.text
    leader.post(f"/reading/seals/{step}/decide", decision="declined", opinion="Not this one")
    ended = now(seals, request.id)
    assert (ended.state, ended.end_reason) == ("declined", "Not this one")


def test_deciding_leads_on_to_the_next_that_waits(seals: SealOffice, leader: Visitor) -> None:
    first, second = ask(seals), ask(seals, paper(seals, "Second"))
    answer = leader.post(f"/reading/seals/{step_of(seals, first.id)}/decide", decision="agreed")
    assert answer.headers["Location"] == f"/reading/seals/{step_of(seals, second.id)}"


def test_the_pages_take_as_many_statements_for_one_request_as_for_many(
    seals: SealOffice, applicant: Visitor, leader: Visitor
) -> None:
    document = paper(seals)
    first = ask(seals, document)
    pages = [
        (applicant, "/seal-requests"),
        (applicant, f"/seal-requests/{first.id}"),
        (leader, "/reading"),
        (leader, f"/reading/seals/{step_of(seals, first.id)}"),
        (leader, "/"),
        (applicant, f"/documents/{document.id}"),
    ]

    def statements() -> list[int]:
        found = []
        for visitor, path in pages:
            with counted(seals.office.database.engine) as count:
                assert visitor.get(path).status_code == 200
            found.append(len(count))
        return found

    statements()
    few = statements()
    for number in range(6):
        ask(seals, document if number % 2 else paper(seals, f"More {number}"))
    assert statements() == few


def test_an_unknown_step_is_not_found(leader: Visitor) -> None:
    assert leader.get(f"/reading/seals/{UUID(int=1)}").status_code == 404
