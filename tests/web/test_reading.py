"""Reading on screen: what waits, opening, signing, giving back, passing on, batches, deputies."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from records.circulation.absence import name_deputy
from records.circulation.models import PageReading, ReadingItem, Receipt
from records.circulation.rules import Purpose
from records.office import Office
from records.people.rules import Role, Secrecy
from records.registration.service import change_secrecy
from records.tasks.models import Task
from tests.builders import add_person, id_of
from tests.records.circulation.desks import Desks
from tests.web.visitor import Visitor, components_of, counted

PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA"
    "60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def zhao(desks: Desks, app: Flask) -> Visitor:
    assert desks.readers
    return Visitor(app, "zhao")


def item_of(office: Office, item_id: UUID) -> ReadingItem:
    with office.database.reading() as uow:
        return uow.session.get_one(ReadingItem, item_id)


def receipt_of(office: Office, item_id: UUID) -> Receipt:
    with office.database.reading() as uow:
        return uow.session.scalars(select(Receipt).where(Receipt.item_id == item_id)).one()


def toast(answer: TestResponse) -> str:
    found = re.search(r'id="toasts".*?</div>\s*</div>', answer.text, re.DOTALL)
    return found.group(0) if found else ""


# The list ----------------------------------------------------------------------------------------


def test_the_list_says_what_waits_why_from_whom_and_how_long(desks: Desks, zhao: Visitor) -> None:
    late = datetime.now(UTC) - timedelta(days=400)
    soon = datetime.now(UTC) + timedelta(days=1)
    desks.send(desks.document("Budget"), ["zhao"], purpose=Purpose.APPROVE, due_at=soon)
    desks.send(desks.document("Flood"), ["zhao"], note="Look at page 3", due_at=soon)
    desks.send(desks.document("Somebody else's"), ["other"])
    overdue = desks.send(desks.document("Forgotten"), ["zhao"], due_at=soon)
    with desks.office.database.writing() as uow:
        row = uow.session.get_one(ReadingItem, desks.item(overdue, "zhao"))
        row.due_at = late
    text = zhao.get("/reading").text
    assert text.index("Forgotten") < text.index("Budget") < text.index("Flood")
    for words in ("Look at page 3", "Wang Fang", "due tomorrow", "overdue since", "to approve"):
        assert words in text
    assert "Somebody else" not in text
    assert "3 items wait for you." in text
    assert "Flood" not in zhao.get("/reading?purpose=approve").text
    assert "Forgotten" in zhao.get("/reading?due=overdue").text
    assert "Budget" not in zhao.get("/reading?due=overdue").text


def test_an_empty_list_is_kind_and_a_foolish_address_is_told(zhao: Visitor) -> None:
    assert "Nothing waits to be read." in zhao.get("/reading").text
    answer = zhao.get("/reading?purpose=dance&due=x&cursor=zz&endpoint=y")
    assert answer.status_code == 422
    assert "dance" in answer.text
    assert "Nothing of this kind" in zhao.get("/reading?purpose=comment").text


def test_a_long_list_goes_on_page_by_page(desks: Desks, zhao: Visitor) -> None:
    for number in range(53):
        desks.send(desks.document(f"Paper {number:02}"), ["zhao"])
    first = zhao.get("/reading").text
    assert first.count("data-row") == 50
    after = re.search(r'href="([^"]+)" rel="next"', first)
    assert after is not None
    assert zhao.get(after.group(1).replace("&amp;", "&")).text.count("data-row") == 3


def test_the_price_of_the_list_and_of_an_item_does_not_grow(desks: Desks, zhao: Visitor) -> None:
    prices, page_prices = [], []
    for _ in range(2):
        for number in range(4):
            desks.send(desks.document(f"Paper {number}"), ["zhao"], ["other", "third"])
        round_id = desks.send(desks.document("Long"), ["zhao"], ["other"])
        zhao.get(f"/reading/{desks.item(round_id, 'zhao')}")
        with counted(desks.office.database.engine) as statements:
            zhao.get("/reading")
        prices.append(len(statements))
        with counted(desks.office.database.engine) as statements:
            zhao.get(f"/reading/{desks.item(round_id, 'zhao')}")
        page_prices.append(len(statements))
    assert prices[0] == prices[1] <= 20
    assert page_prices[0] == page_prices[1] <= 42


def test_the_badge_and_the_card_vanish_with_the_last_item(desks: Desks, zhao: Visitor) -> None:
    round_id = desks.send(desks.document("Budget"), ["zhao"])
    page = zhao.get("/").text
    assert '<span class="badge">' in page
    assert "To be read" in page
    assert "Budget" in page
    zhao.post(f"/reading/{desks.item(round_id, 'zhao')}/sign", decision="read")
    page = zhao.get("/").text
    assert '<span class="badge">' not in page
    assert "Nothing waits to be read." in page


# One item ----------------------------------------------------------------------------------------


def test_looking_opens_an_item_once_and_looking_ahead_does_not(desks: Desks, zhao: Visitor) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    zhao.client.head(f"/reading/{item_id}")
    zhao.get(f"/reading/{item_id}", headers={"Sec-Purpose": "prefetch"})
    assert item_of(desks.office, item_id).opened_at is None
    assert zhao.get(f"/reading/{item_id}").status_code == 200
    opened = item_of(desks.office, item_id).opened_at
    assert opened is not None
    zhao.get(f"/reading/{item_id}")
    assert item_of(desks.office, item_id).opened_at == opened


def test_one_click_signs_and_leads_to_the_next(desks: Desks, zhao: Visitor) -> None:
    first = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    second = desks.item(desks.send(desks.document("Flood"), ["zhao"]), "zhao")
    page = zhao.get(f"/reading/{first}").text
    assert f'name="next" value="{second}"' in page
    zhao.post(f"/reading/{second}/pages")  # nothing in it: nothing is kept, nothing breaks
    answer = zhao.post(f"/reading/{first}/sign", decision="read", next=str(second))
    assert answer.status_code == 303
    assert answer.location.endswith(f"/reading/{second}")
    receipt = receipt_of(desks.office, first)
    page = zhao.get(answer.location).text
    assert "is signed as read." in page
    assert f'<a href="/receipts/{receipt.id}">' in page
    last = zhao.post(f"/reading/{second}/sign", decision="read", next="")
    assert last.location.endswith("/reading")


def test_signing_twice_signs_once(desks: Desks, zhao: Visitor) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    assert zhao.post(f"/reading/{item_id}/sign", decision="read").status_code == 303
    answer = zhao.post(f"/reading/{item_id}/sign", decision="read")
    assert answer.status_code == 409
    assert "You have answered this item." in answer.text
    assert "1 opinion so far" in answer.text
    assert "data-sign-form" not in answer.text


def test_an_opinion_comes_with_handwriting_and_an_instruction(
    desks: Desks, zhao: Visitor, app: Flask
) -> None:
    helper = add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    round_id = desks.send(desks.document("Budget"), ["zhao"], ["other"])
    item_id = desks.item(round_id, "zhao")
    answer = zhao.post(
        f"/reading/{item_id}/sign",
        decision="read",
        opinion="Well done",
        handwriting=PNG,
        instruction="Answer by Friday",
        assignee_text="Li Na",
        due_on="2999-01-31",
    )
    assert answer.status_code == 303, answer.text
    receipt = receipt_of(desks.office, item_id)
    body = json.loads(receipt.body)
    assert body["opinion"] == "Well done"
    assert body["instruction"]["assignee"] == str(helper.user_id)
    drawn = zhao.get(f"/receipts/{receipt.id}/handwriting.png")
    assert drawn.data.startswith(b"\x89PNG")
    assert "Well done" in zhao.get(f"/receipts/{receipt.id}").text
    with desks.office.database.reading() as uow:
        assert uow.session.scalars(select(Task.text)).all() == ["Answer by Friday"]
    assert "Answer by Friday" in Visitor(app, "lina").get("/tasks").text
    # Whoever reads after sees what was said.
    other = Visitor(app, "other").get(f"/reading/{desks.item(round_id, 'other')}").text
    assert "Well done" in other
    assert "Zhao Guodong" in other


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"instruction": "Answer"}, "Choose a person from the list."),
        ({"assignee_text": "clerk"}, "Write what is to be done."),
        ({"instruction": "x", "assignee_text": "nobody"}, "Choose a person from the list."),
        ({"due_on": "tomorrow"}, "is not a date"),
        ({"handwriting": "data:image/gif;base64,xx"}, "The handwriting did not arrive whole."),
        ({"handwriting": "data:image/png;base64,%%"}, "The handwriting did not arrive whole."),
        ({"decision": "dance"}, "There is no such choice."),
    ],
)
def test_a_refused_answer_comes_back_with_what_was_written(
    desks: Desks, zhao: Visitor, fields: dict[str, str], sentence: str
) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    answer = zhao.post(f"/reading/{item_id}/sign", opinion="My words", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "My words" in answer.text
    assert item_of(desks.office, item_id).ended_at is None


def test_an_approval_asks_for_a_yes_or_a_no(desks: Desks, zhao: Visitor) -> None:
    round_id = desks.send(desks.document("Budget"), ["zhao"], purpose=Purpose.APPROVE)
    item_id = desks.item(round_id, "zhao")
    page = zhao.get(f"/reading/{item_id}").text
    assert 'value="agreed"' in page
    assert 'value="declined"' in page
    assert zhao.post(f"/reading/{item_id}/sign", decision="read").status_code == 422
    answer = zhao.post(f"/reading/{item_id}/sign", decision="declined", opinion="Too dear")
    assert "You declined" in zhao.get(answer.location).text
    assert item_of(desks.office, item_id).decision == "declined"


def test_an_item_is_returned_with_a_reason_only(desks: Desks, zhao: Visitor) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    refused = zhao.post(f"/reading/{item_id}/return", reason=" ")
    assert refused.status_code == 422
    assert re.search(r'id="return"[^>]* data-reopen', refused.text)
    answer = zhao.post(f"/reading/{item_id}/return", reason="Page 4 is missing")
    assert answer.status_code == 303
    assert "The item is returned." in zhao.get(answer.location).text
    assert item_of(desks.office, item_id).state == "returned"


def test_an_item_is_passed_on(desks: Desks, zhao: Visitor, app: Flask) -> None:
    add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    round_id = desks.send(desks.document("Budget"), ["zhao"])
    item_id = desks.item(round_id, "zhao")
    refused = zhao.post(f"/reading/{item_id}/delegate")
    assert refused.status_code == 422
    assert re.search(r'id="delegate"[^>]* data-reopen', refused.text)
    answer = zhao.post(f"/reading/{item_id}/delegate", to_text="Li Na")
    assert "passed on to Li Na" in zhao.get(answer.location).text
    assert item_of(desks.office, item_id).state == "delegated"
    assert "on behalf of Zhao Guodong" in Visitor(app, "lina").get("/reading").text


def test_pages_shown_are_kept_and_told(desks: Desks, zhao: Visitor) -> None:
    document = desks.document("Budget")
    (component,) = components_of(desks.office, document)
    item_id = desks.item(desks.send(document, ["zhao"]), "zhao")

    def report(pages: object) -> TestResponse:
        return zhao.client.post(
            f"/reading/{item_id}/pages", json={"pages": pages}, headers={"X-CSRFToken": zhao.token}
        )

    one = {"component": str(component), "page": 1, "seconds": 50}
    assert report([one]).get_json()["told"].startswith("page 1 shown, 50 s")
    assert report([one]).get_json()["told"].startswith("page 1 shown, 1 min 40 s")
    foolish: list[object] = [None, "x", [1], [{**one, "page": 0}], [{**one, "seconds": -5}], [{}]]
    for nonsense in foolish:
        assert report(nonsense).status_code == 200
    with desks.office.database.reading() as uow:
        assert uow.session.scalars(select(PageReading.seconds)).all() == [100]
    assert "page 1 shown, 1 min 40 s — kept for the receipt" in zhao.get(f"/reading/{item_id}").text
    zhao.post(f"/reading/{item_id}/sign", decision="read")
    receipt = receipt_of(desks.office, item_id)
    assert json.loads(receipt.body)["pages"][0]["seconds"] == 100
    assert "1 min 40 s" in zhao.get(f"/receipts/{receipt.id}").text


def test_nobody_else_finds_an_item(desks: Desks, app: Flask) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    stranger = Visitor(app, desks.reader("stranger").name)
    never = stranger.get(f"/reading/{UUID(int=1)}")
    found = stranger.get(f"/reading/{item_id}")
    assert found.status_code == never.status_code == 404
    for act in ("sign", "return", "delegate", "pages"):
        answer = stranger.post(f"/reading/{item_id}/{act}", reason="x", to_text="zhao")
        assert answer.status_code == 404, act
    assert stranger.post("/reading/sign", item=str(item_id)).status_code == 404
    # The clerk sees the document and manages the round, and still does not read for others.
    assert Visitor(app, "clerk").get(f"/reading/{item_id}").status_code == 404


def test_what_has_become_too_secret_shows_nothing(desks: Desks, app: Flask) -> None:
    desks.readers["li"] = add_person(
        desks.office, "li", Role.LEADER, clearance=Secrecy.INTERNAL, unit="office"
    )
    document = desks.document("ZEBRAFALCON")
    item_id = desks.item(desks.send(document, ["li"], note="ZEBRAFALCON"), "li")
    signed = desks.item(desks.send(document, ["li"], note="ZEBRAFALCON"), "li")
    li = Visitor(app, "li")
    li.post(f"/reading/{signed}/sign", decision="read", opinion="ZEBRAFALCON")
    receipt = receipt_of(desks.office, signed)
    with desks.office.database.writing() as uow:
        change_secrecy(
            uow,
            desks.clerk,
            document_id=document.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason="why",
        )
    for path in ("/", "/reading", "/tasks", f"/receipts/{receipt.id}"):
        assert document.title not in re.sub(
            r'<blockquote class="receipt-said">.*?<', "", li.get(path).text
        )
    assert '<span class="badge">' not in li.get("/").text
    assert li.get(f"/reading/{item_id}").status_code == 404
    assert li.post(f"/reading/{item_id}/sign", decision="read").status_code == 404
    assert li.post("/reading/sign", item=str(item_id)).status_code == 404


# Batches and deputies ----------------------------------------------------------------------------


def test_several_items_are_signed_with_one_act(desks: Desks, zhao: Visitor) -> None:
    ids = [
        desks.item(desks.send(desks.document(f"Paper {number}"), ["zhao"]), "zhao")
        for number in range(3)
    ]
    approval = desks.send(desks.document("Budget"), ["zhao"], purpose=Purpose.APPROVE)
    page = zhao.get("/reading").text
    assert page.count('name="item"') == 3
    refused = zhao.post("/reading/sign", opinion="Seen")
    assert refused.status_code == 422
    assert "Choose at least one item." in refused.text
    answer = zhao.client.post(
        "/reading/sign?due=", data={"csrf_token": zhao.token, "item": ids[:2], "opinion": "Seen"}
    )
    assert answer.status_code == 303
    assert "2 items are signed." in zhao.get(answer.location).text
    assert [item_of(desks.office, each).opinion for each in ids] == ["Seen", "Seen", None]
    mixed = zhao.client.post(
        "/reading/sign",
        data={"csrf_token": zhao.token, "item": [ids[2], desks.item(approval, "zhao")]},
    )
    assert mixed.status_code == 422
    assert item_of(desks.office, ids[2]).ended_at is None


def test_a_deputy_reads_and_signs_on_behalf(desks: Desks, app: Flask, zhao: Visitor) -> None:
    item_id = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    deputy = add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    with desks.office.database.writing() as uow:
        name_deputy(
            uow,
            desks.readers["zhao"],
            deputy_id=id_of(deputy),
            from_at=None,
            until_at=uow.now + timedelta(days=1),
            purposes=list(Purpose),
            ceiling=Secrecy.INTERNAL,
        )
    lina = Visitor(app, "lina")
    assert "on behalf of Zhao Guodong" in lina.get("/reading").text
    assert "on behalf of Zhao Guodong" in lina.get(f"/reading/{item_id}").text
    lina.post(f"/reading/{item_id}/sign", decision="read")
    receipt = receipt_of(desks.office, item_id)
    text = lina.get(f"/receipts/{receipt.id}").text
    assert "Li Na" in text
    assert "Zhao Guodong" in text
    assert "Nothing waits to be read." in zhao.get("/reading").text
