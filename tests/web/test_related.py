"""What is related to a document, on screens: links, threads, twins side by side, and what hides."""

import re

import pytest
from flask import Flask

from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.builders import work
from tests.letters import letter
from tests.records.related.papers import FILLER, mail, page
from tests.web.visitor import Visitor, counted, document

TITLE = "某市人民政府关于做好防汛抗旱准备工作的通知"
NUMBER = "某政发〔2025〕8号"
ASKS = page("某府文〔2025〕5号", "某市人民政府关于设立示范区的请示", "现将有关情况请示如下。")
ANSWERS = page(
    "省府函〔2025〕9号",
    "省人民政府关于设立示范区的批复",
    "你市《关于设立示范区的请示》（某府文〔2025〕5号）收悉。按照国发〔2010〕4号规定，现批复如下。",
)


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


@pytest.fixture
def stranger(app: Flask, office: Office, clerk: Visitor) -> Visitor:  # noqa: ARG001
    builders.add_person(office, "wu", Role.CLERK, unit=_other_unit(office))
    return Visitor(app, "wu")


def _other_unit(office: Office) -> str:
    builders.add_unit(office, "harbour")
    return "harbour"


def pair(office: Office, holder: Actor, **second: str) -> tuple[Document, Document]:
    """Return two documents with the same text."""
    text = page(NUMBER, TITLE, FILLER)
    first = builders.register(office, holder, "First", secrecy="public", files=[("a.txt", text)])
    other = builders.register(office, holder, "Second", files=[("b.txt", text)], **second)
    work(office)
    return first, other


def test_what_a_document_answers_and_cites_stands_on_its_page(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    asks = builders.register(office, holder, "The request", files=[("a.txt", ASKS)])
    answers = builders.register(office, holder, "The reply", files=[("b.txt", ANSWERS)])
    work(office)
    shown = clerk.get(f"/documents/{answers.id}").text
    assert "Answers" in shown
    assert f'href="/documents/{asks.id}"' in shown
    assert "国发〔2010〕4号" in shown
    assert "You see no document with this number." in shown
    assert f'href="/documents/{answers.id}"' in clerk.get(f"/documents/{asks.id}").text


def test_a_link_is_made_by_a_number_and_taken_away_with_a_reason(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    one = builders.register(office, holder, "One")
    two = builders.register(office, holder, "Two", document_number="HB/2024-7")
    choices = clerk.get(f"/documents/{one.id}/links/choices?q=HB/2024-7")
    assert choices.json == [{"id": str(two.id), "label": f"{two.number} Two", "detail": ""}]
    made = clerk.post(
        f"/documents/{one.id}/links", way="answers:outgoing", other="", other_text=two.number
    )
    assert made.status_code == 303
    again = clerk.post(
        f"/documents/{one.id}/links", way="answers:outgoing", other=str(two.id), other_text="x"
    )
    assert again.status_code == 409
    assert "These two are linked in this way." in again.text
    nobody = clerk.post(f"/documents/{one.id}/links", way="answers:outgoing", other_text="no")
    assert nobody.status_code == 422
    seen = clerk.get(f"/documents/{two.id}").text
    assert "Answered by" in seen
    assert "Linked with another document: Answered by." in seen
    [link_id] = set(re.findall(r"/links/([0-9a-f-]{36})/end", seen))
    refused = clerk.post(f"/documents/{two.id}/links/{link_id}/end", reason=" ")
    assert refused.status_code == 422
    gone = clerk.post(f"/documents/{two.id}/links/{link_id}/end", reason="A mistake")
    assert gone.status_code == 303
    after = clerk.get(f"/documents/{two.id}").text
    assert "Answered by</h3>" not in after
    assert "A mistake" in after


def test_a_thread_of_mail_is_shown_in_order(office: Office, holder: Actor, clerk: Visitor) -> None:
    first = builders.register(
        office, holder, "Question", files=[("a.eml", mail("1@x", "Dyke", "a"))]
    )
    builders.register(
        office,
        holder,
        "Answer",
        files=[("b.eml", mail("2@x", "Re: Dyke", "b", follows="1@x", day=3))],
    )
    work(office)
    assert "2 mails in this thread" in clerk.get(f"/documents/{first.id}").text
    shown = clerk.get(f"/documents/{first.id}/thread").text
    assert shown.index("Question") < shown.index("Answer</a>")
    assert re.search(r'<p class="inner mail-begin">\w', shown)


def test_a_thread_costs_the_same_however_many_mails_it_has(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    first = builders.register(office, holder, "1", files=[("a.eml", mail("1@x", "Dyke", "a"))])
    prices: list[int] = []
    for place in range(2, 8):
        follows = mail(f"{place}@x", "Re: Dyke", f"b{place}", follows="1@x", day=3)
        builders.register(office, holder, str(place), files=[("b.eml", follows)])
        if place in (3, 7):
            work(office)
            with counted(office.database.engine) as statements:
                clerk.get(f"/documents/{first.id}/thread")
            prices.append(len(statements))
    assert prices[0] == prices[1]


def test_a_twin_is_noticed_compared_and_attached_to_the_first(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    first, second = pair(office, holder)
    assert f"This may be {first.number} again" in clerk.get(f"/documents/{second.id}").text
    compared = clerk.get(f"/documents/{second.id}/compare/{first.id}").text
    assert "The texts are the same." in compared
    assert compared.index(first.number) < compared.rindex(second.number)
    path = f"/documents/{second.id}/compare/{first.id}/attaching"
    refused = clerk.post(path, reason="", version=str(second.version))
    assert refused.status_code == 422
    assert document(office, second.id).state == "registered"
    done = clerk.post(path, reason="Came twice", version=str(document(office, second.id).version))
    assert done.status_code == 303
    assert done.location == f"/documents/{first.id}"
    assert document(office, second.id).state == "voided"
    seen = clerk.get(f"/documents/{first.id}").text
    assert "b.txt" in seen
    assert "This may be" not in seen


def test_keeping_both_asks_no_more_even_when_read_again(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    first, second = pair(office, holder)
    kept = clerk.post(f"/documents/{second.id}/compare/{first.id}/both")
    assert kept.status_code == 303
    work(office)
    for each in (first, second):
        assert "This may be" not in clerk.get(f"/documents/{each.id}").text


def test_voiding_names_a_number_of_the_same_book_alone(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    first, second = pair(office, holder, register="outgoing")
    compared = clerk.get(f"/documents/{second.id}/compare/{first.id}").text
    assert "The same document was registered before" in compared
    assert f"The same document as {first.number}" not in compared
    done = clerk.post(
        f"/documents/{second.id}/compare/{first.id}/voiding",
        reason="Twice",
        version=str(document(office, second.id).version),
    )
    assert done.status_code == 303
    assert document(office, second.id).state == "voided"


def without_token(page: str) -> str:
    """Return a page without the forgery token, which tells the second."""
    return re.sub(r'(name="csrf[-_]token" (?:content|value)=)"[^"]+"', r"\1", page)


def test_nothing_hidden_leaks_through_links_twins_threads_or_comparing(
    office: Office, holder: Actor, clerk: Visitor, stranger: Visitor
) -> None:
    first, second = pair(office, holder, secrecy="confidential")
    clerk.post(f"/documents/{first.id}/links", way="belongs:outgoing", other=str(second.id))
    seen = stranger.get(f"/documents/{first.id}")
    assert seen.status_code == 200
    for secret in (str(second.id), "Second", second.number + "<", "Belongs with</h3>"):
        assert secret not in seen.text
    nowhere = stranger.get("/documents/01890000-0000-7000-8000-000000000000/thread")
    for path in (
        f"/documents/{first.id}/compare/{second.id}",
        f"/documents/{second.id}/compare/{first.id}",
        f"/documents/{second.id}/thread",
    ):
        hidden = stranger.get(path)
        assert hidden.status_code == 404
        assert without_token(hidden.text) == without_token(nowhere.text)
    for act in ("both", "voiding", "attaching"):
        path = f"/documents/{first.id}/compare/{second.id}/{act}"
        assert stranger.post(path, reason="x").status_code in (403, 404)
    choices = stranger.get(f"/documents/{first.id}/links/choices?q={second.number}")
    assert str(second.id) not in choices.text


def test_the_section_costs_a_fixed_number_of_statements(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    asks = builders.register(office, holder, "The request", files=[("a.txt", ASKS)])
    prices: list[int] = []
    for _ in range(2):
        for number in range(3):
            text = ANSWERS.replace("9号".encode(), f"{len(prices)}{number + 1}号".encode())
            builders.register(office, holder, "The reply", files=[("b.txt", text)])
        work(office)
        with counted(office.database.engine) as statements:
            clerk.get(f"/documents/{asks.id}")
        prices.append(len(statements))
    assert prices[0] == prices[1]


def test_two_pdf_files_stand_side_by_side(office: Office, holder: Actor, clerk: Visitor) -> None:
    lines = [FILLER[:10], *(f"Line {each} of the letter about dykes" for each in range(20))]
    one = builders.register(office, holder, "One", files=[("a.pdf", letter([lines[1:]]))])
    two = builders.register(
        office, holder, "Two", files=[("b.pdf", letter([[*lines[1:-1], "Another end"]]))]
    )
    work(office)
    shown = clerk.get(f"/documents/{one.id}/compare/{two.id}").text
    assert shown.count("<figure") == 2
    assert "1 passage differs." in shown
    assert "<mark>" in shown
