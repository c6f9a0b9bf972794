"""Keys, deputies, phrases, receipts and tasks on screen, and passkeys by what they say in JSON."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from records.audit.checkpoints import log_key
from records.audit.receipt_file import verify_receipt
from records.circulation.models import Receipt
from records.core.log import LogEntry
from records.people.models import Delegation
from records.people.rules import Role, Secrecy
from records.tasks.models import Task
from tests.authenticator import Authenticator
from tests.builders import add_person
from tests.records.circulation.desks import Desks
from tests.web.visitor import Visitor
from web.phrases import moved

TODAY = datetime.now(UTC).date()


@pytest.fixture
def zhao(desks: Desks, app: Flask) -> Visitor:
    assert desks.readers
    return Visitor(app, "zhao")


@pytest.fixture
def device(desks: Desks) -> Authenticator:
    """A passkey on a page of ours."""
    return Authenticator(desks.office.config.public_url, "localhost")


def ask(visitor: Visitor, path: str, **fields: object) -> TestResponse:
    """Send what the script sends."""
    return visitor.client.post(path, data=fields, headers={"X-CSRFToken": visitor.token})


def enrol(visitor: Visitor, device: Authenticator, label: str = "Phone") -> TestResponse:
    options = ask(visitor, "/account/keys/question").get_json()["options"]
    answer = device.create(json.dumps(options))
    return ask(visitor, "/account/keys", label=label, answer=answer)


# Keys --------------------------------------------------------------------------------------------


def test_a_passkey_is_enrolled_named_and_ended(zhao: Visitor, device: Authenticator) -> None:
    assert "You have not signed yet." in zhao.get("/account/keys").text
    assert ask(zhao, "/account/keys", label="x", answer="{}").status_code == 422
    nameless = enrol(zhao, device, label=" ")
    assert nameless.status_code == 422
    assert nameless.get_json()["detail"]
    assert enrol(zhao, device).get_json() == {"href": "/account/keys"}
    page = zhao.get("/account/keys").text
    assert "Phone" in page
    assert "It is your last one" in page
    found = re.search(r'action="(/account/keys/[^"]+/end)"', page)
    assert found is not None
    answer = zhao.post(found.group(1))
    assert "What it has signed stays true." in zhao.get(answer.location).text
    assert "ended" in zhao.get("/account/keys").text


def test_nobody_ends_a_key_of_somebody_else(
    desks: Desks, app: Flask, zhao: Visitor, device: Authenticator
) -> None:
    enrol(zhao, device)
    page = zhao.get("/account/keys").text
    found = re.search(r'action="(/account/keys/[^"]+/end)"', page)
    assert found is not None
    # Not even who keeps the users: on their own page there are their own keys.
    add_person(desks.office, "admin", Role.SYSTEM_ADMIN)
    assert Visitor(app, "admin").post(found.group(1)).status_code == 404


def test_who_has_a_passkey_signs_with_it_alone(
    desks: Desks, zhao: Visitor, device: Authenticator
) -> None:
    ids = [desks.item(desks.send(desks.document(name), ["zhao"]), "zhao") for name in "abc"]
    enrol(zhao, device)
    refused = zhao.post(f"/reading/{ids[0]}/sign", decision="read")
    assert refused.status_code == 409
    assert "You have a passkey: sign with it." in refused.text
    assert 'data-passkey="/reading/passkey/ask"' in zhao.get(f"/reading/{ids[0]}").text

    asked = ask(zhao, "/reading/passkey/ask", item=ids[0], decision="read", opinion="Seen")
    question = asked.get_json()
    signed = device.get(json.dumps(question["options"]))
    answer = ask(
        zhao, "/reading/passkey/answer", request=question["request"], answer=signed, next=ids[1]
    )
    assert answer.get_json() == {"href": f"/reading/{ids[1]}"}
    # An answer is taken once.
    again = ask(zhao, "/reading/passkey/answer", request=question["request"], answer=signed)
    assert again.status_code in (409, 422)
    assert again.get_json()["detail"]

    question = ask(zhao, "/reading/passkey/ask", item=ids[1:]).get_json()
    signed = device.get(json.dumps(question["options"]))
    answer = ask(
        zhao, "/reading/passkey/answer", request=question["request"], answer=signed, batch="1"
    )
    assert answer.get_json() == {"href": "/reading"}
    assert "2 items are signed." in zhao.get("/reading").text


def test_a_refused_question_says_why_in_words(desks: Desks, zhao: Visitor) -> None:
    item = desks.item(desks.send(desks.document(), ["zhao"]), "zhao")
    none = ask(zhao, "/reading/passkey/ask", item=item)
    assert none.status_code == 409
    assert none.get_json()["detail"] == "You have no passkey to sign with."
    assert ask(zhao, "/reading/passkey/ask").get_json()["detail"] == "Choose at least one item."
    nothing = ask(zhao, "/reading/passkey/answer", request="x", answer="{}")
    assert nothing.status_code == 404
    assert nothing.get_json()["detail"] == "There is nothing here under this address."
    assert zhao.client.post("/reading/passkey/ask", data={"item": item}).status_code == 400


# Receipts ----------------------------------------------------------------------------------------


def test_a_receipt_is_readable_downloadable_and_true(
    desks: Desks, zhao: Visitor, app: Flask
) -> None:
    item = desks.item(desks.send(desks.document("Budget"), ["zhao"]), "zhao")
    zhao.post(f"/reading/{item}/sign", decision="read", opinion="Seen and agreed")
    with desks.office.database.reading() as uow:
        receipt = uow.session.scalars(select(Receipt)).one()
        place = uow.session.scalars(
            select(LogEntry.sequence).where(LogEntry.kind == "receipt.signed")
        ).one()
    page = zhao.get(f"/receipts/{receipt.id}").text
    for words in ("Zhao Guodong", "Seen and agreed", "Budget", f"entry {place}", "not opened"):
        assert words in page, words
    assert "key that this service holds" in page
    assert '<svg class="qr"' in page or 'class="qr"' in page
    assert f"chancery receipt verify receipt-{receipt.id}.json --log-key KEY" in page
    answer = zhao.get(f"/receipts/{receipt.id}/file")
    assert f"receipt-{receipt.id}.json" in answer.headers["Content-Disposition"]
    with desks.office.database.reading() as uow:
        log = log_key(uow)
    assert log is not None
    assert verify_receipt(answer.data, log.text()).ok
    assert zhao.get(f"/receipts/{receipt.id}/handwriting.png").status_code == 404
    stranger = Visitor(app, desks.reader("stranger").name)
    for path in ("", "/file", "/handwriting.png"):
        assert stranger.get(f"/receipts/{receipt.id}{path}").status_code == 404
    # Whoever sent the round may see it.
    assert Visitor(app, "clerk").get(f"/receipts/{receipt.id}").status_code == 200


# Deputies and phrases ----------------------------------------------------------------------------


def test_a_deputy_is_named_for_some_days_and_ended(desks: Desks, zhao: Visitor, app: Flask) -> None:
    add_person(desks.office, "lina", Role.STAFF, name="Li Na", clearance=Secrecy.INTERNAL)
    fields = {
        "deputy_text": "Li Na",
        "from": TODAY.isoformat(),
        "until": (TODAY + timedelta(days=7)).isoformat(),
        "purpose": "read",
        "ceiling": "secret",
    }
    answer = zhao.post("/account/deputies", **fields)
    assert answer.status_code == 303, answer.text
    page = zhao.get("/account/deputies").text
    assert "Li Na stands in for you." in page
    # What goes beyond the deputy's clearance is said, not refused.
    assert "Li Na is cleared for less than that." in page
    assert "cleared for less" in page
    with desks.office.database.reading() as uow:
        made = uow.session.scalars(select(Delegation)).one()
        # Until the end of the last day in the office's time zone.
        last = made.until_at.astimezone(uow.zone)
    assert (last.hour, last.minute) == (0, 0)
    assert last.date() == TODAY + timedelta(days=8)
    assert made.purposes == ["read"]
    assert "You stand in for Zhao Guodong" in Visitor(app, "lina").get("/account/deputies").text
    stranger = Visitor(app, "lina")
    assert stranger.post(f"/account/deputies/{made.id}/end").status_code == 404
    answer = zhao.post(f"/account/deputies/{made.id}/end")
    assert "Your deputy stands in no more." in zhao.get(answer.location).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"deputy_text": ""}, "Choose a person from the list."),
        ({"deputy_text": "nobody at all"}, "Choose a person from the list."),
        ({"deputy_text": "zhao"}, "Nobody is their own deputy."),
        ({"until": ""}, "This must not be empty."),
        ({"until": "soon"}, "is not a date"),
        ({"until": "9999-12-31"}, "is not a date"),
        ({"until": "2001-01-01"}, "The period ends before it begins."),
        ({"purpose": "dance"}, "Choose at least one."),
        ({"ceiling": "cosmic"}, "There is no secrecy level"),
    ],
)
def test_a_deputy_that_makes_no_sense_comes_back_with_the_form(
    desks: Desks, zhao: Visitor, changes: dict[str, str], sentence: str
) -> None:
    add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    fields = {
        "deputy_text": "Li Na",
        "from": TODAY.isoformat(),
        "until": TODAY.isoformat(),
        "purpose": "read",
        "ceiling": "internal",
    }
    answer = zhao.post("/account/deputies", **{**fields, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_phrases_are_written_ordered_and_taken_away(zhao: Visitor) -> None:
    def keep(*texts: str, move: str = "") -> str:
        answer = zhao.client.post(
            "/account/phrases", data={"csrf_token": zhao.token, "text": list(texts), "move": move}
        )
        return zhao.get(answer.location).text if answer.location else answer.text

    assert 'value="Agreed"' in zhao.get("/account/phrases").text
    page = keep("First", "Second", "", "Third")
    assert page.index("First") < page.index("Second") < page.index("Third")
    page = keep("First", "Second", "Third", move="up-2")
    assert page.index("First") < page.index("Third") < page.index("Second")
    assert "Second" not in keep("First", "Second", move="drop-1")
    assert "Keep at most 20 phrases." in keep(*(f"Phrase {number}" for number in range(21)))
    assert 'value="Agreed"' in keep()


def test_lines_move_within_their_bounds() -> None:
    lines = ["a", "b", "c"]
    assert moved(lines, "up-0") == lines
    assert moved(lines, "down-2") == lines
    assert moved(lines, "down-0") == ["b", "a", "c"]
    for foolish in ("", "up", "up-9", "up--1", "sideways-1", "drop-x"):
        assert moved(lines, foolish) == lines


# Tasks -------------------------------------------------------------------------------------------


def test_a_task_is_given_finished_and_opened_again(desks: Desks, zhao: Visitor, app: Flask) -> None:
    document = desks.document("Budget")
    lina = add_person(desks.office, "lina", Role.STAFF, name="Li Na")
    clerk = Visitor(app, "clerk")
    assert "Give a task" in clerk.get(f"/documents/{document.id}").text
    form = f"/tasks/about/{document.id}"
    assert clerk.get(form).status_code == 200
    assert zhao.get(form).status_code == 404  # of a document that this person does not see
    refused = clerk.post(form, instruction="Answer", assignee_text="")
    assert refused.status_code == 422
    assert "Answer" in refused.text
    late = clerk.post(form, instruction="Answer", assignee_text="Li Na", due_on="2001-01-01")
    assert "This day is over." in late.text
    answer = clerk.post(form, instruction="Answer them", assignee_text="Li Na")
    assert "Answer them" in clerk.get(answer.location).text
    with desks.office.database.reading() as uow:
        task = uow.session.scalars(select(Task)).one()
    assert task.assignee_id == lina.user_id

    owner = Visitor(app, "lina")
    assert "Answer them" in owner.get("/").text
    assert "Answer them" in owner.get("/tasks").text
    assert "Answer them" not in owner.get("/tasks?whose=given").text
    assert "Answer them" in clerk.get("/tasks?whose=given").text
    assert owner.get("/tasks?whose=nobody&state=x&cursor=y").status_code == 422
    stale = owner.post(f"/tasks/{task.id}/finish", version="99", result="Mine")
    assert stale.status_code == 412
    assert "Mine" in stale.text
    done = owner.post(
        f"/tasks/{task.id}/finish", version=str(task.version), result="Answered", back="//evil"
    )
    assert done.location == "/tasks"
    assert "Answered" in clerk.get("/tasks?whose=given&state=done").text
    assert owner.post(f"/tasks/{task.id}/reopen").status_code == 403
    back = f"/documents/{document.id}#tasks"
    assert clerk.post(f"/tasks/{task.id}/reopen", back=back).location == back
    assert clerk.post(f"/tasks/{task.id}/cancel").status_code == 303
    assert "No task waits for you." in owner.get("/tasks").text
    assert Visitor(app, desks.reader("x").name).post(f"/tasks/{task.id}/finish").status_code == 404
