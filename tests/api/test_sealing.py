"""Using seals by REST: the same rules as on the screens, each act once, nothing hidden told."""

from collections.abc import Iterator
from typing import Any

import pytest

from records.seals.caged import seal_cage
from search.reading import Cage
from tests.api.conftest import Place
from tests.api.sealing import sealed
from tests.records.seals.approved import approved
from tests.records.seals.electronic import equip, pdf_contract, press_all, to_stamp
from tests.records.seals.offices import SealOffice
from web.pictures import pictures_of

PLAN = {"placements": [{"page": 0, "x": 12000, "y": 20000}]}


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with seal_cage() as opened:
        yield opened


@pytest.fixture
def seals(place: Place) -> Iterator[SealOffice]:
    yield sealed(place)
    pictures_of(place.app).close()


def test_paper_is_stamped_once_however_often_the_program_asks(
    place: Place, seals: SealOffice
) -> None:
    request_id = approved(seals)
    [waiting] = place.keeper("GET", "/sealing").json["items"]
    assert (waiting["request"], waiting["medium"]) == (str(request_id), "paper")
    body = {"copies_stamped": 2, "copies_spoilt": 1, "place": "Seal room", "witness": "archivist"}
    path, key = f"/seal-requests/{request_id}/use", {"Idempotency-Key": "one"}
    first = place.keeper("POST", path, json=body, headers=key)
    assert first.status_code == 201
    assert place.keeper("POST", path, json=body, headers=key).json == first.json
    assert place.keeper("POST", path, json=body).status_code == 409
    assert (first.json["number"], first.json["witness"]) == ("S-2026-0001", "archivist")
    assert place.keeper("GET", "/sealing").json["items"] == []
    lines = place.keeper("GET", f"/seal-usages?seal={seals.seal_id}").json["items"]
    assert lines == [first.json]


def test_a_seal_goes_out_and_comes_back(place: Place, seals: SealOffice) -> None:
    request_id = approved(seals, outside=True)
    out = place.keeper("POST", f"/seal-requests/{request_id}/take-out", json={})
    assert out.status_code == 201
    assert out.json["copies_stamped"] is None
    back = f"/seal-usages/{out.json['id']}/bring-back"
    assert place.keeper("POST", back, json={"copies_stamped": 9}).status_code == 422
    assert place.keeper("POST", back, json={"copies_stamped": 1}).json["returned_at"]
    withdraw = f"/seal-usages/{out.json['id']}/withdraw"
    assert place.keeper("POST", withdraw, json={"reason": "Cancelled"}).json["state"] == "withdrawn"


def test_a_pdf_is_stamped_by_the_worker(place: Place, seals: SealOffice, cage: Cage) -> None:
    equip(seals)
    request_id = to_stamp(seals, pdf_contract(seals))
    path = f"/seal-requests/{request_id}"
    assert place.keeper("GET", f"{path}/stamping").status_code == 404
    wrong: dict[str, Any] = {"placements": [{"page": 3, "x": 0, "y": 0}]}
    refused = place.keeper("POST", f"{path}/stamp", json=wrong)
    assert (refused.status_code, refused.json["field"]) == (422, "placements")
    asked = place.keeper("POST", f"{path}/stamp", json=PLAN)
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    press_all(place.office, cage)
    assert place.keeper("GET", f"{path}/stamping").json["state"] == "done"
    [line] = place.keeper("GET", f"/seal-usages?seal={seals.seal_id}").json["items"]
    assert line["code"] == asked.json["code"]
    content = place.keeper("GET", f"/components/{line['result']}/content")
    assert content.data.startswith(b"%PDF")


def test_auditors_read_the_book_and_not_what_was_sealed(place: Place, seals: SealOffice) -> None:
    request_id = approved(seals)
    body = {"copies_stamped": 1, "place": "Seal room"}
    made = place.keeper("POST", f"/seal-requests/{request_id}/use", json=body).json
    seen = place.auditor("GET", f"/seal-usages/{made['id']}").json
    assert seen["number"] == made["number"]
    hidden = ("document", "document_number", "title", "matter", "recipient", "place", "request")
    assert {seen[each] for each in hidden} == {None}
    assert place.auditor("GET", "/seal-usages").json["items"] == [seen]


def test_nobody_else_uses_a_seal_or_learns_of_its_requests(place: Place, seals: SealOffice) -> None:
    request_id = approved(seals)
    body = {"copies_stamped": 1, "place": "Seal room"}
    for who in ("clerk", "leader", "admin", "auditor"):
        answer = place.people[who]("POST", f"/seal-requests/{request_id}/use", json=body)
        assert answer.status_code == 403, who
