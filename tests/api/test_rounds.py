"""Rounds by the interface: sending, reading, signing, managing, and every refusal."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from records.audit.receipt_file import verify_receipt
from records.circulation.models import DocumentLabel
from tests.api.conftest import PDF, Place

READ: dict[str, Any] = {"purpose": "read", "stages": [{"readers": ["stranger"]}]}


def registered(place: Place, **fields: str) -> str:
    answer = place.clerk.register(("letter.pdf", PDF), title="Heating", **fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def sent(place: Place, document: str, plan: dict[str, Any] = READ, **more: Any) -> Any:
    answer = place.clerk("POST", f"/documents/{document}/rounds", json=plan, **more)
    assert answer.status_code == 201, answer.text
    return answer


def first_item(place: Place, who: str) -> str:
    lines = place.people[who]("GET", "/reading").json["items"]
    return str(lines[0]["item"])


def test_a_round_is_sent_read_and_signed_by_programs(any_place: Place) -> None:
    place = any_place
    document = registered(place)
    plan = {
        "purpose": "comment",
        "note": "Figures, please.",
        "stages": [{"readers": ["stranger", "LEADER"]}, {"readers": ["clerk"], "due_days": 2}],
        "due_on": "2026-03-09",
        "urger": "clerk",
    }
    answer = sent(place, document, plan)
    made = answer.json
    assert answer.headers["Location"] == f"/api/v1/rounds/{made['id']}"
    assert answer.headers["ETag"] == f'"{made["version"]}"'
    # The office in Shanghai closes at six.
    assert made["due_at"] == "2026-03-09T10:00:00+00:00"
    assert [each["state"] for each in made["stages"]] == ["running", "waiting"]
    line = place.stranger("GET", "/reading").json["items"][0]
    assert (line["title"], line["sender"], line["note"]) == ("Heating", "clerk", "Figures, please.")
    item = line["item"]
    page = place.stranger("GET", f"/items/{item}").json
    assert [each["name"] for each in page["components"]] == ["letter.pdf"]
    assert place.stranger("POST", f"/items/{item}/open", json={}).json["state"] == "opened"
    signed = place.stranger("POST", f"/items/{item}/sign", json={"opinion": "Too dear."})
    assert signed.status_code == 201, signed.text
    assert signed.json["item"]["state"] == "signed"
    assert signed.json["item"]["opinion"] == "Too dear."
    place.leader("POST", f"/items/{first_item(place, 'leader')}/sign", json={})
    shown = place.clerk("GET", f"/rounds/{made['id']}").json
    assert [each["state"] for each in shown["stages"]] == ["done", "running"]
    assert shown["stages"][0]["items"][0]["receipt"] == signed.json["receipt"]


def test_the_file_of_a_receipt_verifies_with_the_key_of_the_log_alone(place: Place) -> None:
    sent(place, registered(place))
    item = first_item(place, "stranger")
    receipt = place.stranger("POST", f"/items/{item}/sign", json={}).json["receipt"]
    key = place.stranger("GET", "/log/key").json["key"]
    answer = place.stranger("GET", f"/receipts/{receipt}/file")
    assert answer.mimetype == "application/json"
    assert verify_receipt(answer.data, key).ok
    assert not verify_receipt(answer.data.replace(b'"read"', b'"agreed"'), key).ok
    told = place.stranger("GET", f"/receipts/{receipt}").json
    assert told["body"]["document"]["number"].startswith("IN-")
    assert told["key"]["kind"] == "server"
    for path in (f"/receipts/{receipt}", f"/receipts/{receipt}/file"):
        assert place.leader("GET", path).status_code == 404
        assert place.archivist("GET", path).json == place.archivist("GET", unknown(path)).json


def unknown(path: str) -> str:
    parts = path.split("/")
    parts[2] = str(uuid4())
    return "/".join(parts)


def test_what_is_hidden_answers_as_what_never_was(place: Place) -> None:
    document = registered(place, secrecy="secret")
    round_ = sent(place, document, {"purpose": "read", "stages": [{"readers": ["archivist"]}]}).json
    item = first_item(place, "archivist")
    handed = place.clerk("POST", f"/documents/{document}/paper", json={"to": "archivist"}).json
    reason = {"reason": "x"}
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", f"/documents/{document}/rounds", None),
        ("GET", f"/documents/{document}/whereabouts", None),
        ("GET", f"/documents/{document}/tasks", None),
        ("POST", f"/documents/{document}/tasks", {"text": "x", "assignee": "clerk"}),
        ("POST", f"/documents/{document}/rounds", READ),
        ("POST", f"/documents/{document}/paper", {"to": "clerk"}),
        ("GET", f"/rounds/{round_['id']}", None),
        ("POST", f"/rounds/{round_['id']}/recall", reason),
        ("POST", f"/rounds/{round_['id']}/close", reason),
        ("POST", f"/rounds/{round_['id']}/urge", {}),
        ("POST", f"/rounds/{round_['id']}/readers", {"readers": ["clerk"]}),
        ("POST", f"/rounds/{round_['id']}/deadline", {}),
        ("GET", f"/items/{item}", None),
        *(
            ("POST", f"/items/{item}/{act}", body)
            for act, body in (
                ("open", {}),
                ("sign", {}),
                ("return", reason),
                ("delegate", {"to": "clerk"}),
                ("recall", reason),
                ("skip", reason),
                ("urge", {}),
                ("send-again", {}),
                ("settle", {}),
                ("pages", {"pages": []}),
            )
        ),
        ("POST", f"/paper/{handed['id']}/confirm", {}),
        ("POST", f"/paper/{handed['id']}/withdraw", {}),
    ]
    for method, path, body in asked:
        more = {} if body is None else {"json": body}
        hidden = place.leader(method, path, **more)
        nowhere = place.leader(method, unknown(path), **more)
        assert hidden.status_code == 404, (path, hidden.text)
        assert hidden.json == nowhere.json, path


def test_opinions_are_for_those_who_take_part(place: Place) -> None:
    document = registered(place, unit="finance")
    made = sent(place, document, {"purpose": "comment", "stages": [{"readers": ["archivist"]}]})
    item = first_item(place, "archivist")
    place.archivist("POST", f"/items/{item}/sign", json={"opinion": "Between us."})
    path = f"/rounds/{made.json['id']}"
    assert "Between us." in place.clerk("GET", path).text
    seen = place.stranger("GET", path)
    assert seen.status_code == 200
    assert "Between us." not in seen.text
    only = seen.json["stages"][0]["items"][0]
    assert (only["state"], only["opinion"], only["receipt"]) == ("signed", None, None)


def test_readers_are_named_by_login_id_unit_and_not_at_all_by_nonsense(place: Place) -> None:
    document = registered(place)
    person = place.clerk("GET", "/users?q=stranger").json["items"][0]["id"]
    plan = {"purpose": "read", "stages": [{"readers": [person, {"unit": "finance"}]}]}
    items = sent(place, document, plan).json["stages"][0]["items"]
    assert sorted(each["reader"]["name"] for each in items) == ["leader", "stranger"]
    odd: list[list[Any]] = [["nobody"], [str(uuid4())], [{"unit": "nowhere"}], [{}], [""], []]
    for readers in odd:
        plan = {"purpose": "read", "stages": [{"readers": readers}]}
        answer = place.clerk("POST", f"/documents/{document}/rounds", json=plan)
        assert answer.status_code == 422, readers
        assert answer.mimetype == "application/problem+json"
        assert answer.json["field"] == "readers"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": "admire"}, "purpose"),
        ({"due_on": "2026-03-09", "due_at": "2026-03-09T10:00:00Z"}, "due_on"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"due_on": "2025-01-01"}, "due_at"),
        ({"urger": "nobody"}, "urger"),
        ({"colour": "red"}, "colour"),
        ({"stages": []}, "readers"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_the_field_at_fault(
    place: Place, change: dict[str, Any], field: str
) -> None:
    document = registered(place)
    answer = place.clerk("POST", f"/documents/{document}/rounds", json={**READ, **change})
    assert answer.status_code == 422, answer.text
    assert answer.json["field"] == field


def test_a_reader_without_clearance_and_a_sender_without_the_role_are_refused(
    place: Place,
) -> None:
    document = registered(place, secrecy="confidential")
    refused = place.clerk("POST", f"/documents/{document}/rounds", json=READ)
    assert refused.status_code == 422
    assert "stranger" in refused.json["detail"]
    assert place.stranger("POST", f"/documents/{document}/rounds", json=READ).status_code == 403


def test_sending_twice_with_one_key_sends_once(place: Place) -> None:
    document = registered(place)
    headers = {"Idempotency-Key": "once"}
    first = sent(place, document, headers=headers)
    again = sent(place, document, headers=headers)
    assert first.json == again.json
    assert len(place.clerk("GET", f"/documents/{document}/rounds").json["items"]) == 1
    other = {**READ, "note": "Other"}
    answer = place.clerk("POST", f"/documents/{document}/rounds", json=other, headers=headers)
    assert answer.status_code == 422


def test_a_draft_is_changed_by_who_saw_its_version_and_sent_once(place: Place) -> None:
    document = registered(place)
    draft = sent(place, document, {**READ, "draft": True})
    path = f"/rounds/{draft.json['id']}"
    assert draft.json["state"] == "draft"
    assert place.stranger("GET", "/reading").json["items"] == []
    changed = {"purpose": "approve", "stages": [{"readers": ["leader"]}]}
    assert place.clerk("PUT", path, json=changed).status_code == 428
    seen = {"If-Match": draft.headers["ETag"]}
    assert place.clerk("PUT", path, json=changed, headers=seen).json["purpose"] == "approve"
    assert place.clerk("PUT", path, json=changed, headers=seen).status_code == 412
    assert place.leader("GET", path).status_code == 404
    for _ in range(2):
        assert place.clerk("POST", f"{path}/send", json={}).json["state"] == "running"
    assert len(place.leader("GET", "/reading").json["items"]) == 1
    assert place.clerk("DELETE", path).status_code == 409


def test_approval_asks_for_a_yes_or_a_no(place: Place) -> None:
    document = registered(place)
    sent(place, document, {**READ, "purpose": "approve"})
    item = first_item(place, "stranger")
    for body, field in (
        ({}, "decision"),
        ({"decision": "read"}, "decision"),
        ({"decision": "agreed", "handwriting": "?"}, "handwriting"),
        ({"decision": "agreed", "handwriting": "AAAA"}, "handwriting"),
        (
            {"decision": "agreed", "instruction": {"text": "x", "assignee": "nobody"}},
            "instruction.assignee",
        ),
    ):
        answer = place.stranger("POST", f"/items/{item}/sign", json=body)
        assert answer.status_code == 422, body
        assert answer.json["field"] == field
    agreed = place.stranger("POST", f"/items/{item}/sign", json={"decision": "declined"})
    assert agreed.json["item"]["decision"] == "declined"
    again = place.stranger("POST", f"/items/{item}/sign", json={"decision": "agreed"})
    assert again.status_code == 409
    assert again.mimetype == "application/problem+json"


def test_only_who_manages_a_round_manages_it(place: Place) -> None:
    document = registered(place)
    made = sent(place, document).json
    item = first_item(place, "stranger")
    for path, body in (
        (f"/rounds/{made['id']}/recall", {"reason": "x"}),
        (f"/rounds/{made['id']}/close", {"reason": "x"}),
        (f"/rounds/{made['id']}/urge", {}),
        (f"/items/{item}/skip", {"reason": "x"}),
        (f"/items/{item}/recall", {"reason": "x"}),
    ):
        assert place.stranger("POST", path, json=body).status_code == 403, path
    assert place.clerk("POST", f"/rounds/{made['id']}/close", json={}).status_code == 422
    assert place.clerk("POST", f"/items/{item}/recall", json={"reason": " "}).status_code == 422
    urged = place.clerk("POST", f"/rounds/{made['id']}/urge", json={})
    assert urged.json == {"count": 1, "too_soon": 0}
    assert place.clerk("POST", f"/items/{item}/urge", json={}).json == {"count": 0, "too_soon": 1}


def test_an_instruction_becomes_a_task_that_its_assignee_finishes(place: Place) -> None:
    document = registered(place)
    sent(place, document)
    item = first_item(place, "stranger")
    told = {"text": "Ask the works.", "assignee": "leader", "due_on": "2026-03-30"}
    place.stranger("POST", f"/items/{item}/sign", json={"instruction": told})
    task = place.leader("GET", "/tasks").json["items"][0]
    assert (task["text"], task["due_on"], task["source"]) == ("Ask the works.", "2026-03-30", item)
    path = f"/tasks/{task['id']}/finish"
    headers = {"If-Match": f'"{task["version"]}"'}
    assert place.stranger("POST", path, json={}, headers=headers).status_code == 403
    assert place.leader("POST", path, json={}).status_code == 428
    done = place.leader("POST", path, json={"result": "Asked."}, headers=headers)
    assert (done.json["state"], done.json["result"]) == ("done", "Asked.")
    assert place.leader("POST", path, json={}, headers=headers).status_code == 412
    assert place.leader("GET", "/tasks").json["items"] == []


def test_a_deputy_signs_on_behalf_of_the_reader(place: Place) -> None:
    document = registered(place)
    made = sent(place, document).json
    item = first_item(place, "stranger")
    body = {"deputy": "leader", "until_at": "2026-03-05T00:00:00Z", "purposes": ["read"]}
    named = place.stranger("POST", "/deputies", json=body)
    assert named.status_code == 201, named.text
    assert place.leader("GET", "/reading").json["items"][0]["on_behalf_of"] == "stranger"
    assert place.leader("POST", f"/items/{item}/sign", json={}).status_code == 201
    shown = place.clerk("GET", f"/rounds/{made['id']}").json["stages"][0]["items"][0]
    assert (shown["reader"]["name"], shown["signed_by"]) == ("stranger", "leader")
    assert place.stranger("DELETE", f"/deputies/{named.json['id']}").status_code == 204
    assert place.leader("DELETE", f"/deputies/{named.json['id']}").status_code == 404


def test_the_whereabouts_tell_who_has_what(place: Place) -> None:
    document = registered(place)
    sent(place, document)
    handed = place.clerk("POST", f"/documents/{document}/paper", json={"to": "stranger"})
    assert handed.status_code == 201, handed.text
    path = f"/documents/{document}/whereabouts"
    found = place.clerk("GET", path).json
    assert [each["name"] for each in found["electronic"]] == ["stranger"]
    assert found["pending"]["to"] == "stranger"
    place.stranger("POST", f"/paper/{handed.json['id']}/confirm", json={})
    found = place.clerk("GET", path).json
    assert found["paper"]["name"] == "stranger"
    assert found["pending"] is None


def test_slips_and_labels_are_for_those_who_see_the_document(place: Place) -> None:
    document = registered(place)
    sent(place, document)
    assert place.clerk("GET", f"/documents/{document}/slip").data.startswith(b"%PDF")
    assert place.clerk("GET", f"/documents/{document}/label").data.startswith(b"%PDF")
    with place.office.database.reading() as uow:
        code = uow.session.scalars(select(DocumentLabel.code)).one()
    taken = place.stranger("POST", f"/labels/{code}/take", json={})
    assert taken.json["confirmed_at"] is not None
    for path in ("slip", "label"):
        assert place.leader("GET", f"/documents/{document}/{path}").status_code == 404
    hidden = place.leader("POST", f"/labels/{code}/take", json={})
    assert hidden.status_code == 404
    assert hidden.json == place.leader("POST", f"/labels/{'a' * 26}/take", json={}).json


def test_checkpoints_and_proofs_tell_hashes_alone(place: Place) -> None:
    registered(place, secrecy="secret")
    checkpoint = place.stranger("GET", "/log/checkpoint").json
    assert checkpoint["note"].splitlines()[1] == str(checkpoint["size"])
    proof = place.stranger("GET", "/log/proof?sequence=0").json
    assert set(proof) == {"sequence", "leaf_hash", "path", "checkpoint"}
    assert place.stranger("GET", f"/log/proof?sequence={2**50}").status_code == 404
    assert place.stranger("GET", "/log/proof").status_code == 422
    assert place.stranger("GET", "/log/proof?sequence=-1").status_code == 422
