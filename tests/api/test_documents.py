"""Documents by the interface: registering, showing, changing, and every refusal."""

from io import BytesIO
from typing import Any

import pytest

from tests.api.conftest import LIMIT, PDF, Place


def registered(place: Place, *files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    answer = place.clerk.register(*(files or (("letter.pdf", PDF),)), **fields)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json
    return body


def test_a_document_gets_its_number_and_is_shown_with_its_files(place: Place) -> None:
    answer = place.clerk.register(
        ("letter.pdf", PDF), ("table.csv", b"a,b\n1,2\n"), title="Heating", sender="City works"
    )
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["number"].startswith("IN-")
    assert answer.headers["Location"] == f"/api/v1/documents/{answer.json['id']}"
    shown = place.clerk("GET", f"/documents/{answer.json['id']}")
    assert shown.headers["ETag"] == '"1"'
    body = shown.json
    assert body["title"] == "Heating"
    assert body["register"] == "incoming"
    assert body["status"] == "registered"
    assert body["text"] == "pending"
    assert body["reason"] is None
    assert [(each["name"], each["role"]) for each in body["components"]] == [
        ("letter.pdf", "original"),
        ("table.csv", "attachment"),
    ]
    assert body["components"][0]["size"] == len(PDF)


def test_fields_may_stand_before_and_after_the_file(place: Place) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nBefore\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + PDF + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="register"\r\n\r\nincoming\r\n--x--\r\n'
    )
    answer = place.clerk(
        "POST", "/documents", data=body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 201, answer.text


def test_paper_needs_a_title(place: Place) -> None:
    refused = place.clerk.register()
    assert refused.status_code == 422
    assert refused.json["field"] == "title"
    assert place.clerk.register(title="On paper").status_code == 201


def test_the_same_bytes_are_named_in_a_warning(place: Place) -> None:
    first = registered(place)
    second = registered(place)
    assert first["warnings"] == []
    assert second["warnings"] == [
        {"code": "same_bytes", "id": first["id"], "number": first["number"]}
    ]


def test_a_refused_document_leaves_nothing_behind(place: Place) -> None:
    answer = place.clerk.register(("letter.pdf", PDF), register="nowhere")
    assert answer.status_code == 422
    assert list(place.office.config.spool.iterdir()) == []
    assert registered(place)["number"].endswith("-0001")


def test_a_register_that_may_not_hold_it_names_those_that_may(place: Place) -> None:
    made = place.admin(
        "POST",
        "/registers",
        json={
            "code": "open",
            "name": "Open",
            "kind": "incoming",
            "unit": "office",
            "pattern": "O-{year}-{number}",
            "padding": 3,
            "ceiling": "internal",
        },
    )
    assert made.status_code == 201, made.text
    refused = place.clerk.register(("letter.pdf", PDF), register="open", secrecy="secret")
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.json["allowed"] == ["incoming"]
    assert refused.json["field"] == "secrecy"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"received_on": "yesterday"}, "received_on"),
        ({"colour": "red"}, "colour"),
        ({"unit": "nowhere"}, "unit"),
        ({"register": ""}, "register"),
    ],
)
def test_a_wrong_field_is_named(place: Place, fields: dict[str, str], field: str) -> None:
    refused = place.clerk.register(("letter.pdf", PDF), **fields)
    assert refused.status_code == 422
    assert refused.json["field"] == field


def test_without_a_token_nothing_is_answered(place: Place) -> None:
    client = place.app.test_client()
    for headers in ({}, {"Authorization": "Bearer chy_wrong"}, {"Authorization": "Basic YTpi"}):
        refused = client.get("/api/v1/documents", headers=headers)
        assert refused.status_code == 401
        assert refused.mimetype == "application/problem+json"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_is_no_clerk_registers_nothing(place: Place) -> None:
    refused = place.stranger.register(("letter.pdf", PDF))
    assert refused.status_code == 403
    assert refused.json["code"] == "not_allowed"


def test_hidden_and_never_existed_answer_the_same(place: Place) -> None:
    made = registered(place)
    hidden = place.stranger("GET", f"/documents/{made['id']}")
    never = place.stranger("GET", "/documents/01890000-0000-7000-8000-000000000000")
    assert hidden.status_code == never.status_code == 404
    assert hidden.data == never.data
    component = place.clerk("GET", f"/documents/{made['id']}").json["components"][0]["id"]
    hidden = place.stranger("GET", f"/components/{component}/content")
    never = place.stranger("GET", "/components/01890000-0000-7000-8000-000000000000/content")
    assert hidden.status_code == never.status_code == 404
    assert hidden.data == never.data


def test_a_body_that_is_no_form_or_broken_is_refused(place: Place) -> None:
    assert place.clerk("POST", "/documents", json={}).status_code == 415
    for body in (b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'):
        refused = place.clerk(
            "POST", "/documents", data=body, content_type="multipart/form-data; boundary=x"
        )
        assert refused.status_code == 400, body
    assert list(place.office.config.spool.iterdir()) == []


def test_a_file_above_the_limit_is_refused(place: Place) -> None:
    refused = place.clerk.register(("big.bin", b"x" * (LIMIT + 1)))
    assert refused.status_code == 413
    assert refused.mimetype == "application/problem+json"
    assert list(place.office.config.spool.iterdir()) == []


def test_a_form_of_endless_fields_is_refused(place: Place) -> None:
    assert place.clerk.register(remarks="x" * 1_100_000).status_code == 413


def test_a_change_needs_the_version_that_was_seen(place: Place) -> None:
    path = f"/documents/{registered(place)['id']}"
    assert place.clerk("PATCH", path, json={"title": "New"}).status_code == 428
    changed = place.clerk("PATCH", path, json={"title": "New"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    assert changed.json["title"] == "New"
    assert changed.headers["ETag"] == '"2"'
    stale = place.clerk("PATCH", path, json={"title": "Old"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    for bad in ({"title": 3}, {"title": ""}, {"pages": -1}, {"colour": "red"}, {"urgency": "so"}):
        refused = place.clerk("PATCH", path, json=bad, headers={"If-Match": "*"})
        assert refused.status_code == 422, bad
        assert refused.json["field"] == next(iter(bad))


def test_null_empties_and_lists_travel_as_lists(place: Place) -> None:
    path = f"/documents/{registered(place, sender='City works')['id']}"
    changed = place.clerk(
        "PATCH",
        path,
        json={"sender": None, "keywords": ["heat", "oil"], "pages": 3},
        headers={"If-Match": "*"},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json["sender"] is None
    assert changed.json["keywords"] == ["heat", "oil"]
    assert changed.json["pages"] == 3


def test_a_document_lives_from_registering_to_correction(place: Place) -> None:
    path = f"/documents/{registered(place)['id']}"
    checked = place.clerk("POST", f"{path}/check", json={"sender": "City works"})
    assert checked.json["state"] == "checked", checked.text
    code = place.clerk("GET", "/classes").json["items"]
    leaf = next(each["code"] for each in code if each["retention"])
    missing = place.clerk("POST", f"{path}/file", json={"class": leaf, "sender": None})
    assert missing.status_code == 422
    assert "sender" in missing.json["missing"]
    filed = place.clerk("POST", f"{path}/file", json={"class": leaf, "unit": "finance"})
    assert filed.status_code == 200, filed.text
    assert filed.json["state"] == "filed"
    assert filed.json["class"] == leaf
    again = place.clerk("POST", f"{path}/file", json={"class": leaf})
    assert again.status_code == 409
    corrected = place.clerk(
        "POST", f"{path}/correct", json={"reason": "A slip", "values": {"title": "Right"}}
    )
    assert corrected.status_code == 200, corrected.text
    assert corrected.json["title"] == "Right"
    frozen = place.clerk("POST", f"{path}/components", data={"file": (BytesIO(PDF), "late.pdf")})
    assert frozen.status_code == 409


def test_voiding_keeps_the_number_and_needs_a_reason(place: Place) -> None:
    made = registered(place)
    path = f"/documents/{made['id']}/void"
    assert place.clerk("POST", path, json={}).json["field"] == "reason"
    voided = place.clerk("POST", path, json={"reason": "Twice"})
    assert (voided.json["state"], voided.json["number"]) == ("voided", made["number"])
    assert place.clerk("POST", path, json={"reason": "Twice"}).status_code == 409


def test_secrecy_is_raised_by_an_act_of_its_own(place: Place) -> None:
    path = f"/documents/{registered(place)['id']}"
    raised = place.clerk("POST", f"{path}/secrecy", json={"secrecy": "secret", "reason": "Names"})
    assert raised.json["secrecy"] == "secret", raised.text
    above = {"secrecy": "top_secret", "reason": "More"}
    assert place.clerk("POST", f"{path}/secrecy", json=above).status_code == 403


def test_a_patch_raises_secrecy_too_and_keeps_the_reason(place: Place) -> None:
    made = registered(place, title="Names")
    path = f"/documents/{made['id']}"
    change = {"secrecy": "secret", "title": "More names", "reason": "People are named"}
    raised = place.clerk("PATCH", path, json=change, headers={"If-Match": '"1"'})
    assert (raised.status_code, raised.json["secrecy"]) == (200, "secret"), raised.text
    assert raised.json["title"] == "More names"
    events = place.clerk("GET", f"{path}/timeline").json["items"]
    act = next(each for each in events if each["kind"] == "document.secrecy_changed")
    assert act["payload"]["reason"] == "People are named"
    stale = place.clerk("PATCH", path, json={"secrecy": "public"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    above = place.clerk("PATCH", path, json={"secrecy": "top_secret"}, headers={"If-Match": "*"})
    assert above.status_code == 403


def test_keywords_come_as_one_text_too(place: Place) -> None:
    path = f"/documents/{registered(place)['id']}"
    answer = place.clerk("PATCH", path, json={"keywords": "安全，生产"}, headers={"If-Match": "*"})
    assert answer.json["keywords"] == ["安全", "生产"], answer.text


def test_a_list_shows_the_same_documents_as_each_alone(place: Place) -> None:
    for number in range(3):
        place.clerk.register((f"{number}.pdf", PDF), title=f"Paper {number}", unit="finance")
    items = place.clerk("GET", "/documents").json["items"]
    assert items == [place.clerk("GET", f"/documents/{each['id']}").json for each in items]
    for name in ("next", "after", "cursor"):
        first = place.clerk("GET", "/documents?limit=1").json
        second = place.clerk("GET", f"/documents?limit=100000&{name}={first['next']}").json
        assert first["items"] + second["items"] == items


def test_files_are_added_until_filing(place: Place) -> None:
    path = f"/documents/{registered(place)['id']}"
    added = place.clerk("POST", f"{path}/components", data={"file": (BytesIO(b"More"), "more.txt")})
    assert added.status_code == 201
    assert added.json["items"][0]["role"] == "attachment"
    assert len(place.clerk("GET", path).json["components"]) == 2
    assert place.clerk("POST", f"{path}/components", data={}).status_code in (415, 422)


def test_a_list_goes_page_by_page_and_takes_filters(place: Place) -> None:
    numbers = [registered(place, title=f"Paper {each}")["number"] for each in range(5)]
    registered(place, register="outgoing")
    seen: list[str] = []
    cursor = ""
    while True:
        page = place.clerk(
            "GET", f"/documents?register=incoming&order=asc&limit=2&cursor={cursor}"
        ).json
        seen += [each["number"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == numbers
    assert place.stranger("GET", "/documents").json == {"items": [], "next": None}
    for query in ("limit=0", "limit=x", "sort=colour", "cursor=!!", "register=no", "colour=red"):
        refused = place.clerk("GET", f"/documents?{query}")
        assert refused.status_code == 422, query
        assert refused.json["field"] == query.split("=")[0]
