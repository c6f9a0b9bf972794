"""Certificates of seals by programs: the twins of what the screens do."""

from base64 import b64encode
from uuid import UUID

import pytest

from records.people.organization import unit_by_code
from records.people.rules import SERVICE
from tests.api.conftest import Place
from tests.authorities import PASSWORD, Authority, authority, authority_server
from tests.records.seals.offices import enter_seal

__all__ = ["authority", "authority_server"]


@pytest.fixture
def seal_id(place: Place) -> UUID:
    with place.office.database.reading() as uow:
        unit_id = unit_by_code(uow, "finance").id
    return enter_seal(place.office, SERVICE, unit_id)


def path(seal_id: UUID, act: str = "") -> str:
    return f"/seals/{seal_id}/certificates{act}"


def test_issue_list_and_end(place: Place, seal_id: UUID) -> None:
    assert place.security("GET", "/seal-authority").status_code == 404
    assert place.security("POST", path(seal_id, "/issue"), json={}).status_code == 409
    made = place.security("POST", "/seal-authority")
    assert made.status_code == 201
    assert place.security("GET", "/seal-authority").json == made.json
    issued = place.security("POST", path(seal_id, "/issue"), json={"years": 2})
    assert issued.status_code == 201
    assert (issued.json["source"], issued.json["state"]) == ("self_issued", "in_use")
    assert place.security("GET", path(seal_id)).json == {"items": [issued.json], "next": None}
    ended = place.security(
        "POST", path(seal_id, f"/{issued.json['id']}/end"), json={"reason": "Leaked"}
    )
    assert (ended.json["state"], ended.json["end_reason"]) == ("ended", "Leaked")
    assert place.security("POST", path(seal_id, "/issue"), json={"years": 11}).status_code == 422


def test_a_repeated_request_makes_one_certificate_and_leaves_no_trace_of_its_password(
    place: Place, seal_id: UUID, authority: Authority
) -> None:
    body = {"file": b64encode(authority.key_file()).decode(), "password": PASSWORD}
    first, second = (
        place.security(
            "POST", path(seal_id, "/import"), json=body, headers={"Idempotency-Key": "k-1"}
        )
        for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.json["issuer"] == "Test interm"
    assert len(place.security("GET", path(seal_id)).json["items"]) == 1


def test_what_is_wrong_is_told_at_its_field(
    place: Place, seal_id: UUID, authority: Authority
) -> None:
    broken = place.security("POST", path(seal_id, "/import"), json={"file": "%%", "password": ""})
    assert (broken.status_code, broken.json["field"]) == (422, "file")
    body = {"file": b64encode(authority.key_file()).decode(), "password": "another"}
    refused = place.security("POST", path(seal_id, "/import"), json=body)
    assert (refused.status_code, refused.json["field"]) == (422, "password")
    token = {"token": "a", "key": "b", "pin": "c"}
    assert place.security("POST", path(seal_id, "/token"), json=token).status_code == 409


def test_other_people_are_refused(place: Place, seal_id: UUID) -> None:
    for program in (place.admin, place.clerk, place.leader):
        assert program("GET", path(seal_id)).status_code == 403
        assert program("POST", path(seal_id, "/issue"), json={}).status_code == 403
        assert program("POST", "/seal-authority").status_code == 403
