"""Seal books, statistics and numbered copies by the interface, with the rights of the caller."""

from collections.abc import Iterator
from typing import Any

import pytest

from records.documents.components import components_of
from records.office import Office
from records.seals.use import use_on_paper
from tests import builders
from tests.api.conftest import Program, programs_of
from tests.applications import application
from tests.letters import letter
from tests.records.seals.approved import approved
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.offices import MARK


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def programs(office: Office, seals: SealOffice) -> Iterator[dict[str, Program]]:
    people = {
        "keeper": seals.keeper,
        "other": seals.second_keeper,
        "auditor": seals.auditor,
        "leader": seals.leader,
        "clerk": seals.clerk,
        "applicant": seals.applicant,
    }
    with application(office) as app:
        yield programs_of(app, office, people)


def seal(seals: SealOffice, times: int = 1) -> None:
    for _ in range(times):
        document = builders.register(seals.office, seals.clerk, MARK)
        request_id = approved(seals, document.id, matter=MARK, recipient=MARK)
        with seals.office.database.writing() as uow:
            use_on_paper(uow, seals.keeper, request_id=request_id, copies_stamped=2, place=MARK)


def test_a_book_is_read_page_by_page_and_line_by_line(
    seals: SealOffice, programs: dict[str, Program]
) -> None:
    seal(seals, 3)
    path = f"/seals/{seals.seal_id}/book"
    first = programs["keeper"]("GET", f"{path}?limit=2").json
    second = programs["keeper"]("GET", f"{path}?limit=2&cursor={first['next']}").json
    lines = [*first["items"], *second["items"]]
    assert [each["number"][-4:] for each in lines] == ["0003", "0002", "0001"]
    assert second["next"] is None
    assert lines[0]["content"]["title"] == MARK
    entry = programs["keeper"]("GET", f"/seal-book/{lines[0]['id']}").json
    assert entry["line"] == lines[0]
    proof = programs["keeper"]("GET", f"/log/proof?sequence={entry['sequence']}")
    assert proof.status_code == 200
    for wrong in ("year=x", "from=yesterday", "medium=wax", "mark=red", "unit=none", "cursor=x"):
        assert programs["keeper"]("GET", f"{path}?{wrong}").status_code == 422, wrong


def test_who_may_not_see_the_document_gets_no_content(
    seals: SealOffice, programs: dict[str, Program]
) -> None:
    seal(seals)
    auditor = programs["auditor"]
    for path in (f"/seals/{seals.seal_id}/book", "/seal-book"):
        answer = auditor("GET", path)
        assert answer.json["items"][0]["content"] is None
        assert MARK not in answer.text
    line_id = auditor("GET", "/seal-book").json["items"][0]["id"]
    assert MARK not in auditor("GET", f"/seal-book/{line_id}").text
    assert auditor("GET", f"/seal-book/{line_id}").json["sha256"] is None
    assert programs["other"]("GET", f"/seal-book/{line_id}").status_code == 404
    assert programs["other"]("GET", f"/seals/{seals.seal_id}/book").status_code == 404
    assert programs["keeper"]("GET", "/seal-book").status_code == 403
    for who in ("clerk", "applicant", "leader"):
        assert programs[who]("GET", f"/seals/{seals.seal_id}/book").status_code == 403


def test_uses_are_counted_for_those_who_answer_for_them(
    seals: SealOffice, programs: dict[str, Program]
) -> None:
    seal(seals, 2)
    for who, uses in (("keeper", 2), ("leader", 2), ("auditor", 2), ("other", 0)):
        for query in ("", "?period=year"):
            answer = programs[who]("GET", f"/statistics/seals{query}")
            assert answer.json["total"]["uses"] == uses, who
            assert MARK not in answer.text
    assert programs["clerk"]("GET", "/statistics/seals").status_code == 403
    assert programs["keeper"]("GET", "/statistics/seals?month=soon").status_code == 422


def test_copies_are_made_printed_and_followed(
    seals: SealOffice, programs: dict[str, Program]
) -> None:
    files = [("plan.pdf", letter([["The plan"]]))]
    document = builders.register(seals.office, seals.clerk, "Plan", files=files)
    with seals.office.database.reading() as uow:
        component = str(components_of(uow, document.id)[0].id)
    clerk, path = programs["clerk"], f"/documents/{document.id}/copies"
    body: dict[str, Any] = {"component": component, "for_whom": ["Finance", "Harbour"]}
    key = {"Idempotency-Key": "once"}
    made = clerk("POST", path, json=body, headers=key)
    assert made.status_code == 201
    assert clerk("POST", path, json=body, headers=key).json == made.json
    listed = clerk("GET", path).json["items"]
    assert [each["number"] for each in listed] == ["000001", "000002"]
    assert clerk("GET", f"{path}/print?first=1&last=2").data.startswith(b"%PDF")
    first = f"/copies/{listed[0]['id']}"
    assert clerk("POST", f"{first}/return", json={}).json["state"] == "returned"
    assert clerk("POST", f"{first}/return", json={}).status_code == 409
    assert clerk("POST", f"{first}/reopen", json={}).status_code == 422
    assert clerk("POST", f"{first}/reopen", json={"reason": "slip"}).json["state"] == "out"
    assert clerk("POST", f"{first}/destroy", json={"reason": "x"}).json["end_reason"] == "x"
    for who in ("keeper", "applicant"):
        assert programs[who]("GET", path).status_code == 404
        assert programs[who]("POST", path, json=body).status_code == 404
