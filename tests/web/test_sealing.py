"""The keeper's screens: what is shown to whom, every act, and what they say when they refuse."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from records.office import Office
from records.seals.caged import seal_cage
from records.seals.use import take_out
from search.reading import Cage
from tests.letters import letter
from tests.records.seals.approved import approved, contract
from tests.records.seals.electronic import (
    ask,
    equip,
    latest,
    pdf_contract,
    press_all,
    stamped,
    to_stamp,
)
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.offices import client_of, counted, post


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with seal_cage() as opened:
        yield opened


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def keeper(app: Flask, seals: SealOffice) -> FlaskClient:
    assert seals.seal_id
    return client_of(app, "keeper")


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def send(client: FlaskClient, request_id: UUID, act: str, **fields: Any) -> TestResponse:
    return post(client, f"/sealing/{request_id}/{act}", **fields)


def test_a_keeper_without_seals_is_told_how_they_come(app: Flask, seals: SealOffice) -> None:
    assert seals.seal_id
    assert "You keep no seal now." in page(client_of(app, "keeper2"), "/sealing")


def test_the_desk_shows_urgent_requests_first_and_what_is_out(
    keeper: FlaskClient, seals: SealOffice
) -> None:
    assert "Nothing waits for your seal." in page(keeper, "/sealing")
    approved(seals, matter="The plain one")
    approved(seals, matter="The urgent one", urgent=True)
    wandering = seals.add_seal("W", name="Wandering Seal")
    out = approved(seals, outside=True, seal_id=wandering)
    with seals.office.database.writing() as uow:
        take_out(uow, seals.keeper, request_id=out)
    shown = page(keeper, "/sealing")
    assert shown.index("The urgent one") < shown.index("The plain one")
    assert "Out now" in shown
    assert 'class="badge"><span aria-hidden="true">2<' in shown


def test_the_first_page_of_a_keeper_shows_what_is_to_be_sealed(
    keeper: FlaskClient, seals: SealOffice
) -> None:
    assert "Nothing waits for your seal." in page(keeper, "/")
    approved(seals, matter="A lease of the west wing")
    assert "A lease of the west wing" in page(keeper, "/")


def test_the_desk_asks_the_database_as_often_however_much_waits(
    keeper: FlaskClient, seals: SealOffice
) -> None:
    def queries() -> int:
        with counted(seals.office) as seen:
            page(keeper, "/sealing")
        return len(seen)

    approved(seals)
    queries()
    few = queries()
    for _ in range(4):
        approved(seals)
    assert queries() == few


def test_paper_is_stamped_in_the_form(keeper: FlaskClient, seals: SealOffice) -> None:
    request_id = approved(seals)
    shown = page(keeper, f"/sealing/{request_id}")
    assert "Stamp the paper" in shown
    assert "Leader" in shown
    fields = {"copies_stamped": "2", "copies_spoilt": "1", "place": "Seal room"}
    answer = send(keeper, request_id, "use", witness_text="Witness", **fields)
    assert answer.status_code == 303
    done = page(keeper, f"/sealing/{request_id}")
    assert "S-2026-0001" in done
    assert "1 spoilt and destroyed" in done
    assert "Witness" in done


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"copies_stamped": "3", "place": "Room"}, "Between 1 and 2 copies"),
        ({"copies_stamped": "two", "place": "Room"}, "Give a whole number."),
        ({"copies_stamped": "1", "place": " "}, "This must not be empty."),
        ({"copies_stamped": "1", "place": "Room", "witness_text": "Applicant"}, "The witness is"),
    ],
)
def test_a_form_that_is_refused_keeps_what_was_typed(
    keeper: FlaskClient, seals: SealOffice, fields: dict[str, str], says: str
) -> None:
    request_id = approved(seals)
    answer = send(keeper, request_id, "use", remarks="Keep me", **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="Keep me"' in answer.text


def test_a_request_is_refused_with_a_reason(keeper: FlaskClient, seals: SealOffice) -> None:
    request_id = approved(seals)
    assert send(keeper, request_id, "refuse", reason=" ").status_code == 422
    assert send(keeper, request_id, "refuse", reason="Page two is blank").status_code == 303
    assert "Nothing waits for your seal." in page(keeper, "/sealing")
    assert send(keeper, request_id, "use", copies_stamped="1", place="x").status_code in (404, 409)


def test_a_seal_is_handed_out_and_brought_back(keeper: FlaskClient, seals: SealOffice) -> None:
    request_id = approved(seals, outside=True)
    assert "Hand the seal out" in page(keeper, f"/sealing/{request_id}")
    assert send(keeper, request_id, "take-out").status_code == 303
    shown = page(keeper, f"/sealing/{request_id}")
    assert "Bring the seal back" in shown
    found = re.search(r"/sealing/lines/([0-9a-f-]+)/bring-back", shown)
    assert found is not None
    path = f"/sealing/lines/{found[1]}"
    assert post(keeper, f"{path}/bring-back", copies_stamped="7").status_code == 422
    assert post(keeper, f"{path}/bring-back", copies_stamped="2").status_code == 303
    assert post(keeper, f"{path}/withdraw", reason="").status_code == 422
    assert post(keeper, f"{path}/withdraw", reason="Cancelled").status_code == 303
    assert "Cancelled" in page(keeper, f"/sealing/{request_id}")


def test_the_file_is_read_again_and_compared_with_what_was_approved(
    keeper: FlaskClient, seals: SealOffice
) -> None:
    request_id = approved(seals)
    path = f"/sealing/{request_id}/digest"
    assert "byte for byte the one" in page(keeper, path)
    other = approved(seals, sha256="0" * 64)
    assert "damaged or not the one" in page(keeper, f"/sealing/{other}/digest")


def test_a_pdf_is_stamped_by_number_fields_without_script(
    keeper: FlaskClient, seals: SealOffice, cage: Cage
) -> None:
    equip(seals)
    document_id = pdf_contract(seals, pages=3)
    request_id = to_stamp(seals, document_id, cross_page=True)
    shown = page(keeper, f"/sealing/{request_id}")
    assert 'name="page"' in shown
    assert 'style="' not in shown
    wrong = send(keeper, request_id, "stamp", page=["9"], x=["10"], y=["10"], angle=["0"])
    assert wrong.status_code == 422
    assert "There is no page 9." in wrong.text
    assert 'value="9"' in wrong.text
    fields = {"cross": "1", "cross_top": "100", "cross_edge": "right", "qr": "1", "qr_page": "1"}
    fields |= {"qr_x": "15", "qr_y": "15", "qr_size": "20", "place": "Seal room"}
    rows = {"page": ["3", ""], "x": ["120.5", ""], "y": ["200", ""], "angle": ["0", "0"]}
    assert send(keeper, request_id, "stamp", **fields, **rows).status_code == 303
    waiting = page(keeper, f"/sealing/{request_id}")
    assert "Being stamped." in waiting
    assert "data-placing" not in waiting
    state = keeper.get(f"/sealing/{request_id}/state")
    assert "HX-Refresh" not in state.headers
    assert send(keeper, request_id, "stamp", **fields, **rows).status_code == 409
    press_all(seals.office, cage)
    assert keeper.get(f"/sealing/{request_id}/state").headers["HX-Refresh"] == "true"
    done = page(keeper, f"/sealing/{request_id}")
    found = stamped(seals.office, request_id)
    assert found.line.code is not None
    assert found.line.code[:4] in done
    assert f"/components/{found.component.id}/content" in done
    beside = page(keeper, f"/documents/{document_id}")
    assert "stamped copy" in beside
    assert "S-2026-0001" in beside


def test_a_failed_stamping_says_why_and_offers_the_same_places_again(
    keeper: FlaskClient, seals: SealOffice, cage: Cage
) -> None:
    equip(seals)
    document_id = contract(seals, files=(("broken.pdf", b"%PDF-1.4 nothing"),))
    request_id = to_stamp(seals, document_id)
    ask(seals, request_id)
    press_all(seals.office, cage)
    assert latest(seals.office, request_id).state == "failed"
    shown = page(keeper, f"/sealing/{request_id}")
    assert "The PDF is damaged and cannot be stamped." in shown
    assert "no number was taken" in shown


def test_nobody_else_opens_a_request_or_takes_the_imprint(app: Flask, seals: SealOffice) -> None:
    equip(seals)
    request_id = to_stamp(seals)
    for login in ("applicant", "leader", "seal-clerk", "seal-admin", "seal-auditor", "keeper2"):
        client = client_of(app, login)
        for path in ("", "/imprint.png", "/digest", "/state", "/pages/1/snaps"):
            answer = client.get(f"/sealing/{request_id}{path}")
            assert answer.status_code in (403, 404), (login, path)
        assert send(client, request_id, "use", copies_stamped="1", place="x").status_code in (
            403,
            404,
        )


def test_the_keeper_gets_the_imprint_and_the_places_where_it_snaps(
    keeper: FlaskClient, seals: SealOffice
) -> None:
    equip(seals)
    content = letter([["Example Organization", "", "5 January 2024"]])
    request_id = to_stamp(seals, contract(seals, files=(("letter.pdf", content),)))
    picture = keeper.get(f"/sealing/{request_id}/imprint.png")
    assert picture.mimetype == "image/png"
    assert picture.headers["Cache-Control"] == "no-store"
    points = keeper.get(f"/sealing/{request_id}/pages/1/snaps").json
    assert points
    assert {each["kind"] for each in points} == {"issuer", "date"}
    assert all(0 < each["x"] < 21000 for each in points)
    assert keeper.get(f"/sealing/{request_id}/pages/2/snaps").status_code == 404
