"""The page of seal statistics, its charts and its workbook; numbers, and nothing of documents."""

import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from records.office import Office
from records.seals.use import use_on_paper
from tests import builders
from tests.records.seals.approved import approved
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.offices import MARK, client_of, counted


@pytest.fixture
def seals(office: Office) -> SealOffice:
    made = seal_office(office)
    hidden = builders.register(office, made.clerk, MARK)
    request_id = approved(made, hidden.id, matter=MARK, recipient=MARK)
    with office.database.writing() as uow:
        use_on_paper(uow, made.keeper, request_id=request_id, copies_stamped=2, place=MARK)
    return made


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("login", ["keeper", "leader", "seal-auditor"])
def test_the_page_shows_numbers_and_nothing_of_documents(
    app: Flask, seals: SealOffice, login: str, language: str
) -> None:
    assert seals.seal_id
    client = client_of(app, login, language)
    for query in ("", "?period=year", "?month=2020-01"):
        page = client.get(f"/statistics/seals{query}")
        assert page.status_code == 200
        assert MARK not in page.text
        assert "style=" not in page.text
        assert ('title">Example Organization<' in page.text) is ("2020" not in query)
    book = client.get("/statistics/seals.xlsx").data
    cells = [cell for row in load_workbook(io.BytesIO(book)).active.values for cell in row]
    assert "Example Organization" in cells
    assert MARK not in cells


def test_what_makes_no_sense_in_the_address_is_left_out_and_said(
    app: Flask, seals: SealOffice
) -> None:
    assert seals.seal_id
    client = client_of(app, "keeper")
    for query in ("period=week", "month=x", "month=0001-01", "month=9999-12", "seal=none"):
        page = client.get(f"/statistics/seals?{query}")
        assert page.status_code == 422, query
        assert "left out" in page.text


def test_statistics_are_for_keepers_leaders_and_auditors(app: Flask, seals: SealOffice) -> None:
    assert seals.seal_id
    for login in ("applicant", "seal-clerk", "seal-admin", "seal-security"):
        assert client_of(app, login).get("/statistics/seals").status_code == 403
        assert client_of(app, login).get("/statistics/seals.xlsx").status_code == 403


def test_more_seals_cost_no_more_statements(app: Flask, seals: SealOffice) -> None:
    auditor = client_of(app, "seal-auditor")
    auditor.get("/statistics/seals")
    with counted(seals.office) as few:
        auditor.get("/statistics/seals")
    for code in ("A", "B", "C"):
        request_id = approved(seals, seal_id=seals.add_seal(code))
        with seals.office.database.writing() as uow:
            use_on_paper(uow, seals.keeper, request_id=request_id, copies_stamped=1, place="Room")
    with counted(seals.office) as many:
        text = auditor.get("/statistics/seals").text
    assert "Seal B" in text
    assert len(many) == len(few)
