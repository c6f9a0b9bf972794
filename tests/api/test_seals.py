"""The register of seals by the interface: entries, rules, states, custody and checks."""

from collections.abc import Iterator
from typing import Any

import pytest

from records.office import Office
from tests.api.conftest import Place, programs_of
from tests.applications import application
from tests.records.seals.offices import SealOffice, seal_office

LOGINS = {
    "seal-admin": "admin",
    "seal-security": "security",
    "keeper": "keeper",
    "keeper2": "second_keeper",
    "leader": "leader",
    "applicant": "applicant",
    "witness": "witness",
    "seal-auditor": "auditor",
}
ENTRY: dict[str, Any] = {
    "code": "HT",
    "name": "Contract seal",
    "kind": "contract",
    "shape": "round",
    "width_mm": 42,
    "issuer": "City police",
    "unit": "finance",
    "start_on": "2026-01-01",
}


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def place(office: Office, seals: SealOffice) -> Iterator[Place]:
    """The office of seals, served to programs by the names of `SealOffice`."""
    people = {name: getattr(seals, name) for name in LOGINS.values()}
    with application(office) as app:
        yield Place(office, app, programs_of(app, office, people))


def test_a_seal_is_registered_shown_and_corrected(place: Place) -> None:
    made = place.admin("POST", "/seals", json=ENTRY)
    assert made.status_code == 201, made.text
    path = made.headers["Location"].removeprefix("/api/v1")
    assert (made.json["width_mm"], made.json["height_mm"]) == (42, 42)
    assert made.json["keeper"] is None
    assert place.admin("PATCH", path, json={"width_mm": 38.5}).status_code == 428
    tag = {"If-Match": made.headers["ETag"]}
    changed = place.admin("PATCH", path, json={"width_mm": 38.5}, headers=tag)
    assert changed.status_code == 200, changed.text
    assert (changed.json["width_mm"], changed.json["height_mm"]) == (38.5, 38.5)
    assert changed.json["issuer"] == "City police"
    assert place.admin("PATCH", path, json={"material": "Wood"}, headers=tag).status_code == 412
    assert place.admin("POST", "/seals", json=ENTRY).status_code == 409
    wrong = place.admin("POST", "/seals", json={**ENTRY, "code": "X", "name": "X", "width_mm": "9"})
    assert (wrong.status_code, wrong.json["field"]) == (422, "width_mm")


def test_a_post_that_comes_again_registers_one_seal(place: Place) -> None:
    key = {"Idempotency-Key": "seal-1"}
    first = place.admin("POST", "/seals", json=ENTRY, headers=key)
    again = place.admin("POST", "/seals", json=ENTRY, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]


def test_the_list_is_filtered_and_turned_over(place: Place, seals: SealOffice) -> None:
    seals.add_seal("T", name="Tax", kind="finance")
    first = place.keeper("GET", "/seals?limit=1").json
    assert [each["code"] for each in first["items"]] == ["S"]
    second = place.keeper("GET", f"/seals?limit=1&cursor={first['next']}").json
    assert [each["code"] for each in second["items"]] == ["T"]
    assert second["next"] is None
    found = place.auditor("GET", "/seals?kind=finance&unit=finance&q=ta").json["items"]
    assert [each["name"] for each in found] == ["Tax"]
    assert place.auditor("GET", "/seals?state=broken").status_code == 422
    assert place.auditor("GET", "/seals?cursor=x").status_code == 422


def test_who_sees_what_of_the_register(place: Place, seals: SealOffice) -> None:
    path = f"/seals/{seals.seal_id}"
    for name, listed, shown, usable in (
        ("admin", 200, 200, 403),
        ("security", 200, 200, 403),
        ("auditor", 200, 200, 403),
        ("keeper", 200, 200, 200),
        ("leader", 403, 200, 200),
        ("applicant", 403, 404, 200),
    ):
        person = place.people[name]
        assert person("GET", "/seals").status_code == listed, name
        assert person("GET", path).status_code == shown, name
        assert person("GET", "/seals/usable").status_code == usable, name
    choice = place.applicant("GET", "/seals/usable").json["items"]
    assert [set(each) for each in choice] == [{"id", "code", "name", "kind", "unit"}]


def test_a_rule_is_put_as_a_whole(place: Place, seals: SealOffice) -> None:
    path = f"/seals/{seals.seal_id}/rule"
    steps = [
        {"approver": "applicant_leader"},
        {"approver": "seal_leader", "when_matter": "contract", "when_amount_cents": 100_00},
    ]
    put = place.admin("PUT", path, json={"steps": steps})
    assert put.status_code == 200, put.text
    assert [each["when_amount_cents"] for each in put.json["rule"]] == [None, 100_00]
    refused = place.admin("PUT", path, json={"steps": [{"approver": "post"}]})
    assert (refused.status_code, refused.json["field"]) == (422, "steps.0")
    stale = place.admin("PUT", path, json={"steps": []}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_hand_over_is_confirmed_by_three_programs(place: Place, seals: SealOffice) -> None:
    wanted = {"taker": "keeper2", "witness": "witness", "reason": "Leave"}
    path = f"/seals/{seals.seal_id}/handovers"
    assert place.applicant("POST", path, json=wanted).status_code == 403
    made = place.keeper("POST", path, json=wanted)
    assert made.status_code == 201, made.text
    handover = f"/seal-handovers/{made.json['id']}"
    assert place.applicant("GET", handover).status_code == 404
    for name in ("witness", "keeper", "second_keeper"):
        person = place.people[name]
        assert [each["id"] for each in person("GET", "/seal-handovers").json["items"]] == [
            made.json["id"]
        ]
        assert person("POST", f"{handover}/confirm", json={}).status_code == 200
        assert person("GET", "/seal-handovers").json["items"] == []
    shown = place.admin("GET", f"/seals/{seals.seal_id}").json
    assert shown["keeper"]["name"] == "Second Keeper"
    assert len(shown["custody"]) == 2
    assert place.keeper("POST", f"{handover}/cancel", json={}).status_code == 409


def test_states_go_their_way_and_no_other(place: Place, seals: SealOffice) -> None:
    path, why = f"/seals/{seals.seal_id}", {"reason": "Reorganized"}
    assert place.keeper("POST", f"{path}/withdrawal", json=why).status_code == 403
    assert place.admin("POST", f"{path}/reinstatement", json=why).status_code == 409
    assert place.admin("POST", f"{path}/withdrawal", json=why).json["state"] == "withdrawn"
    assert place.admin("POST", f"{path}/reinstatement", json=why).json["state"] == "in_use"
    assert place.applicant("POST", f"{path}/loss", json=why).status_code == 404
    assert place.leader("POST", f"{path}/loss", json=why).json["state"] == "lost"
    assert place.admin("POST", f"{path}/withdrawal", json=why).json["state"] == "withdrawn"
    assert place.admin("POST", f"{path}/reinstatement", json=why).status_code == 409
    assert place.admin("POST", f"{path}/destruction", json=why).status_code == 422
    done = place.admin("POST", f"{path}/destruction", json={**why, "witness": "Officer Chen"})
    assert (done.json["state"], done.json["history"][0]["witness"]) == ("destroyed", "Officer Chen")


def test_checks_are_recorded_from_the_list(place: Place, seals: SealOffice) -> None:
    lines = place.keeper("GET", "/seal-checks/list").json["items"]
    assert [each["code"] for each in lines] == ["S"]
    assert place.auditor("GET", "/seal-checks/list").status_code == 403
    finding = {"seal": str(seals.seal_id), "result": "damaged", "remarks": "A crack"}
    made = place.keeper("POST", "/seal-checks", json={"findings": [finding]})
    assert made.status_code == 201, made.text
    assert place.keeper("POST", "/seal-checks", json={"findings": []}).status_code == 422
    checks = place.keeper("GET", f"/seals/{seals.seal_id}").json["checks"]
    assert [(each["result"], each["by"]) for each in checks] == [("damaged", "Keeper")]
