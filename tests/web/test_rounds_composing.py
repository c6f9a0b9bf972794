"""Composing a round without script: readers, stages, drafts, sending once, and refusals."""

import re
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from records.circulation.models import Round
from records.office import Office
from records.people.rules import Role, Secrecy
from tests import builders
from tests.builders import id_of
from tests.web.rounds import Chancery, chancery_of, hidden
from tests.web.test_pages import Reader
from tests.web.visitor import Visitor, counted
from web.i18n import LANGUAGE_COOKIE


@pytest.fixture
def chancery(office: Office, app: Flask) -> Chancery:
    return chancery_of(office, app)


@pytest.fixture
def clerk(chancery: Chancery) -> Visitor:
    return chancery.visitor()


def _new(chancery: Chancery) -> str:
    return f"/rounds/new?document={chancery.document.id}"


def _send(clerk: Visitor, chancery: Chancery, plan: list[str], **fields: str) -> TestResponse:
    form = {
        "csrf_token": clerk.token,
        "document": str(chancery.document.id),
        "purpose": "read",
        "act": "send",
        "plan": plan,
        **fields,
    }
    return clerk.client.post("/rounds/new", data=form)


def _user(person: object) -> str:
    return f"user:{id_of(person)}"  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_form_is_sound_markup_in_both_languages(
    chancery: Chancery, clerk: Visitor, language: str
) -> None:
    clerk.client.set_cookie(LANGUAGE_COOKIE, language)
    reader = Reader()
    # What scripts copy is no part of the page yet.
    text = re.sub(r"<template.*?</template>", "", clerk.get(_new(chancery)).text, flags=re.DOTALL)
    reader.feed(text)
    assert reader.faults == []
    assert reader.open == []
    assert reader.headings == 1
    assert len(reader.ids) == len(set(reader.ids))
    assert [each for each in reader.fields if each not in reader.labels] == []


def test_a_round_is_sent_in_stages_with_note_and_deadline(
    chancery: Chancery, clerk: Visitor
) -> None:
    plan = ["stage", _user(chancery.leader), "stage", _user(chancery.second), _user(chancery.staff)]
    answer = _send(
        clerk, chancery, plan, purpose="approve", note="Section 4, please.", due="3", days="2"
    )
    assert answer.status_code == 303
    (view,) = chancery.rounds()
    assert answer.location == f"/rounds/{view.id}"
    assert (view.purpose, view.state, view.note) == ("approve", "running", "Section 4, please.")
    assert [[item.reader_name for item in stage.items] for stage in view.stages] == [
        ["Zhao Guodong"],
        ["Maria Rossi", "李建国"],
    ]
    assert [stage.due_days for stage in view.stages] == [2, None]
    assert view.due_at is not None
    assert "The round is on its way." in clerk.get(answer.location).text


def test_the_same_form_sent_twice_sends_one_round(chancery: Chancery, clerk: Visitor) -> None:
    key = hidden(clerk.get(_new(chancery)).text, "once")[0]
    plan = ["stage", _user(chancery.leader)]
    answers = [_send(clerk, chancery, plan, once=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(chancery.rounds()) == 1
    # Whoever goes back and changes the form means another round.
    _send(clerk, chancery, ["stage", _user(chancery.second)], once=key)
    assert len(chancery.rounds()) == 2


def test_the_same_reader_twice_and_the_sender_as_reader_are_sent(
    chancery: Chancery, clerk: Visitor
) -> None:
    twice = [_user(chancery.leader), _user(chancery.leader), _user(chancery.clerk)]
    assert _send(clerk, chancery, ["stage", *twice]).status_code == 303
    assert len(chancery.rounds()[0].items) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose at least one reader."),
        ({"purpose": "dream"}, "Choose why it is circulated."),
        ({"due": "on", "due_on": "2020-01-01"}, "This day is over."),
        ({"due": "on", "due_on": ""}, "Choose the day, or another deadline."),
        ({"days": "many"}, "is not a number of working days"),
        ({"repeat_hours": "often"}, "is not a number of hours"),
        ({"urger_text": "nobody"}, "Choose a person from the list."),
    ],
)
def test_what_is_wrong_stands_in_the_form_and_nothing_is_lost(
    chancery: Chancery, clerk: Visitor, fields: dict[str, str], said: str
) -> None:
    plan = ["stage", *([_user(chancery.leader)] if fields else [])]
    answer = _send(clerk, chancery, plan, note="Kept", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert ">Kept</textarea>" in answer.text
    assert hidden(answer.text, "plan")[: len(plan)] == plan
    assert chancery.rounds() == []


def test_a_reader_without_clearance_is_named_beside_the_readers(
    chancery: Chancery, clerk: Visitor
) -> None:
    secret = builders.register(chancery.office, chancery.clerk, "Plans", secrecy="confidential")
    form = {"csrf_token": clerk.token, "document": str(secret.id), "purpose": "read"}
    plan = ["stage", _user(chancery.leader), _user(chancery.staff)]
    answer = clerk.client.post("/rounds/new", data={**form, "act": "send", "plan": plan})
    assert answer.status_code == 422
    assert "The clearance of 李建国 does not reach this document." in answer.text


def test_readers_are_typed_and_moved_by_buttons(chancery: Chancery, clerk: Visitor) -> None:
    leader, second = _user(chancery.leader), _user(chancery.second)
    typed = _send(clerk, chancery, ["stage", leader], act="add", typed="maria")
    assert hidden(typed.text, "plan")[:3] == ["stage", leader, second]
    moves = {
        "reader.earlier.0.1": ["stage", second, leader],
        "reader.next.0.0": ["stage", second, "stage", leader],
        "reader.remove.0.0": ["stage", second],
        "stage.add": ["stage", leader, second, "stage"],
    }
    for act, wanted in moves.items():
        page = _send(clerk, chancery, ["stage", leader, second], act=act)
        assert page.status_code == 200
        shown = hidden(re.sub(r"(?s)<template.*", "", page.text), "plan")
        assert shown == wanted, act
    for act in ("reader.up.9.9", "stage.remove.x", "reader.next", "whatever", "reader.unfold.0.-1"):
        assert _send(clerk, chancery, ["stage", leader], act=act).status_code == 200, act


def test_a_name_that_is_not_clear_is_asked_about(chancery: Chancery, clerk: Visitor) -> None:
    answer = _send(clerk, chancery, ["stage", _user(chancery.leader)], typed="nobody like this")
    assert answer.status_code == 422
    assert "Nobody is called that." in answer.text
    several = _send(clerk, chancery, ["stage"], typed="a")
    assert "Several fit. Choose one from the list." in several.text
    assert chancery.rounds() == []


def test_templates_groups_and_units_become_people(chancery: Chancery, clerk: Visitor) -> None:
    group = builders.add_group(chancery.office, "Floods", [chancery.leader, chancery.staff])
    ranks = _send(clerk, chancery, ["stage"], act="template.leaders_by_rank")
    assert _user(chancery.leader) in hidden(ranks.text, "plan")
    plan = ["stage", f"group:{group}"]
    assert "Floods" in _send(clerk, chancery, plan, act="add").text
    unfolded = _send(clerk, chancery, plan, act="reader.unfold.0.0")
    assert set(hidden(unfolded.text, "plan")[1:3]) == {
        _user(chancery.leader),
        _user(chancery.staff),
    }
    _send(clerk, chancery, plan)
    assert {item.reader_name for item in chancery.rounds()[0].items} == {"Zhao Guodong", "李建国"}
    empty = builders.add_group(chancery.office, "Nobody", [])
    refused = _send(clerk, chancery, ["stage", f"group:{empty}"])
    assert refused.status_code == 422
    assert "Nobody means nobody today." in refused.text


def test_a_draft_is_kept_changed_sent_and_thrown_away(chancery: Chancery, clerk: Visitor) -> None:
    kept = _send(clerk, chancery, ["stage", _user(chancery.leader)], act="draft", note="Later")
    assert kept.status_code == 303
    page = clerk.get(kept.location).text
    assert "Draft of a round" in page
    assert ">Later</textarea>" in page
    form = {"csrf_token": clerk.token, "purpose": "comment", "note": "Now"}
    form |= {"version": hidden(page, "version")[0]}
    plan = ["stage", _user(chancery.second)]
    sent = [clerk.client.post(kept.location, data={**form, "plan": plan}) for _ in range(2)]
    assert [each.location for each in sent] == [kept.location] * 2
    (view,) = chancery.rounds()
    assert (view.state, view.purpose, view.note) == ("running", "comment", "Now")
    assert [item.reader_name for item in view.items] == ["Maria Rossi"]
    other = _send(clerk, chancery, ["stage"], act="draft").location
    gone = clerk.post(other, act="discard", purpose="read", plan="stage")
    assert gone.location == f"/documents/{chancery.document.id}"
    assert clerk.get(other).status_code == 404


def test_a_draft_is_its_senders_alone(chancery: Chancery, clerk: Visitor) -> None:
    path = _send(clerk, chancery, ["stage"], act="draft").location
    other = builders.add_person(chancery.office, "wang", Role.CLERK)
    assert other.user_id is not None
    visitor = chancery.visitor("wang")
    assert visitor.get(path).status_code == 404
    assert visitor.post(path, act="send", purpose="read", plan="stage").status_code == 404


def test_several_documents_go_round_at_once(chancery: Chancery, clerk: Visitor) -> None:
    more = builders.register(chancery.office, chancery.clerk, "Second paper")
    page = clerk.get(f"{_new(chancery)}&document={more.id}").text
    assert "Send 2 rounds" in page
    form = {
        "csrf_token": clerk.token,
        "purpose": "read",
        "document": [str(chancery.document.id), str(more.id)],
        "plan": ["stage", _user(chancery.leader)],
        "once": hidden(page, "once")[0],
    }
    answers = [clerk.client.post("/rounds/new", data=form) for _ in range(2)]
    assert {each.location for each in answers} == {"/rounds"}
    with chancery.office.database.reading() as uow:
        assert uow.session.query(Round).count() == 2


def test_hidden_documents_are_not_found_and_others_are_not_let_in(chancery: Chancery) -> None:
    secret = builders.register(chancery.office, chancery.clerk, "Plans", secrecy="secret")
    builders.add_person(
        chancery.office, "low", Role.LEADER, unit="legal", clearance=Secrecy.INTERNAL
    )
    low = chancery.visitor("low")
    never = UUID(int=1)
    for wanted in (secret.id, never):
        answer = low.get(f"/rounds/new?document={wanted}")
        assert answer.status_code == 404
        assert low.post("/rounds/new", document=str(wanted), plan="stage").status_code == 404
    assert low.get("/rounds/new").status_code == 404
    assert low.get("/rounds/new?document=x").status_code == 404
    staff = chancery.visitor("li")
    assert staff.get(_new(chancery)).status_code == 403
    assert staff.get("/pick/readers?q=zhao").status_code == 403
    assert staff.get("/rounds").status_code == 403


def test_suggestions_say_who_is_meant(chancery: Chancery, clerk: Visitor) -> None:
    builders.add_group(chancery.office, "Zhao committee", [chancery.leader, chancery.second])
    found = clerk.get("/pick/readers?q=zhao").get_json()
    assert [each["label"] for each in found] == ["Zhao Guodong", "Zhao committee"]
    assert found[0]["id"] == _user(chancery.leader)
    assert "Maria Rossi" in found[1]["detail"]
    assert [each["label"] for each in clerk.get("/pick/readers?q=lijian").get_json()] == ["李建国"]
    assert clerk.get("/pick/readers?q=%25").get_json() == []


def test_the_form_costs_the_same_for_many_readers(chancery: Chancery, clerk: Visitor) -> None:
    people = [builders.add_person(chancery.office, f"p{number}") for number in range(40)]
    prices = []
    for count in (2, 40):
        plan = ["stage", *(_user(each) for each in people[:count])]
        with counted(chancery.office.database.engine) as statements:
            _send(clerk, chancery, plan, act="stage.add")
        prices.append(len(statements))
    assert prices[0] == prices[1] <= 22, prices
