"""Seal requests by the interface: asking, deciding, taking back, and every refusal."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import FileStorage

from tests.api.asking import document_of_finance, held_seal, terms
from tests.api.conftest import PDF, Place


@pytest.fixture
def seal(place: Place) -> UUID:
    return held_seal(place)


def asked(place: Place, seal: UUID, **more: Any) -> dict[str, Any]:
    body = terms(seal, document=document_of_finance(place), **more)
    answer = place.stranger("POST", "/seal-requests", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_program_asks_and_the_leader_agrees(place: Place, seal: UUID) -> None:
    made = asked(place, seal, urgent=True, amount_cents=1_250_000)
    assert (made["state"], made["unchanged"]) == ("waiting", True)
    assert [each["people"] for each in made["steps"]] == [["leader"]]
    (line,) = place.leader("GET", "/seal-approvals").json["items"]
    assert (line["request"], line["matter"], line["urgent"]) == (made["id"], "Lease", True)
    agreed = place.leader("POST", f"/seal-approvals/{line['id']}/agree", json={"opinion": "Fine"})
    assert (agreed.status_code, agreed.json["state"]) == (200, "approved")
    assert place.leader("GET", "/seal-approvals").json["items"] == []
    shown = place.stranger("GET", f"/seal-requests/{made['id']}").json
    assert shown["steps"][0]["opinion"] == "Fine"
    (mine,) = place.stranger("GET", "/seal-requests?state=approved").json["items"]
    assert mine["id"] == made["id"]
    about = place.clerk("GET", f"/seal-requests?document={made['document']}").json["items"]
    assert [each["id"] for each in about] == [made["id"]]
    gone = place.stranger("POST", f"/seal-requests/{made['id']}/withdraw", json={"reason": "Slip"})
    assert gone.json["state"] == "withdrawn"


def test_the_same_key_asks_once(place: Place, seal: UUID) -> None:
    body = terms(seal, document=document_of_finance(place))
    headers = {"Idempotency-Key": "seal-1"}
    first, second = (
        place.stranger("POST", "/seal-requests", json=body, headers=headers) for _ in range(2)
    )
    assert first.json["id"] == second.json["id"]
    assert len(place.stranger("GET", "/seal-requests").json["items"]) == 1
    other = place.stranger("POST", "/seal-requests", json={**body, "copies": 3}, headers=headers)
    assert other.status_code == 422


def test_a_file_is_registered_by_the_same_act(place: Place, seal: UUID) -> None:
    def send(**changed: str) -> Any:
        data = {name: str(value) for name, value in terms(seal).items()}
        file = FileStorage(BytesIO(PDF), "lease.pdf")
        return place.stranger(
            "POST",
            "/seal-requests/file",
            data={**data, **changed, "file": file},
            content_type="multipart/form-data",
        )

    made = send(title="Lease of a hall", urgent="true")
    assert made.status_code == 201, made.text
    assert made.json["title"] == "Lease of a hall"
    assert made.json["component"] is not None
    assert "copies" in send(copies="x").text
    assert send(seal="").status_code == 422


def test_refusals_name_their_field(place: Place, seal: UUID) -> None:
    document = document_of_finance(place)
    for changed, field in (
        ({"copies": 0}, "copies"),
        ({"outside": True}, "outside_place"),
        ({"medium": "electronic"}, "medium"),
        ({"matter_kind": "dance"}, "matter_kind"),
    ):
        body = terms(seal, document=document, **changed)
        answer = place.stranger("POST", "/seal-requests", json=body)
        assert answer.status_code == 422
        assert field in answer.text


def test_what_one_does_not_see_is_not_found_and_what_is_not_ones_own_is_refused(
    place: Place, seal: UUID
) -> None:
    made = asked(place, seal)
    path = f"/seal-requests/{made['id']}"
    step = made["steps"][0]["id"]
    assert place.admin("GET", path).status_code == 404
    assert place.admin("POST", f"/seal-approvals/{step}/agree", json={}).status_code == 404
    assert place.clerk("POST", f"/seal-approvals/{step}/agree", json={}).status_code == 403
    assert place.stranger("POST", f"/seal-approvals/{step}/agree", json={}).status_code == 403
    assert place.clerk("POST", f"{path}/withdraw", json={}).status_code == 403
    assert place.clerk("POST", f"{path}/refuse", json={"reason": "Blank"}).status_code == 403
    declined = place.leader("POST", f"/seal-approvals/{step}/decline", json={"opinion": "No"})
    assert declined.json["state"] == "declined"
    again = place.leader("POST", f"/seal-approvals/{step}/agree", json={})
    assert again.status_code == 409
