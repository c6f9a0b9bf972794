"""The page of statistics, its charts and its workbook."""

import io
from uuid import UUID

import pytest
from flask import Flask
from openpyxl import load_workbook

from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Purpose
from records.circulation.sending import start_round
from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.builders import id_of
from tests.web.offices import MARK, client_of


@pytest.fixture
def round_id(office: Office) -> UUID:
    builders.add_unit(office, "elsewhere")
    builders.add_person(office, "leader", Role.LEADER, unit="elsewhere")
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    readers = [
        builders.add_person(office, f"reader{each}", name=name)
        for each, name in enumerate((f"{MARK} Li", "=1+1", "<b>Wang</b>"))
    ]
    return sent(office, clerk, readers)


def sent(office: Office, clerk: Actor, readers: list[Actor]) -> UUID:
    paper = builders.register(office, clerk, "Budget")
    plan = RoundPlan(Purpose.READ, (StagePlan(tuple(id_of(each) for each in readers)),))
    with office.database.writing() as uow:
        return start_round(uow, clerk, document_id=paper.id, plan=plan).id


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_shows_figures_for_a_period_and_for_a_round(
    app: Flask, round_id: UUID, language: str
) -> None:
    clerk = client_of(app, "clerk", language)
    for query in ("", "?period=quarter", "?period=year&sort=-name", f"?round={round_id}"):
        page = clerk.get(f"/statistics/rounds{query}")
        assert page.status_code == 200
        assert f"{MARK} Li" in page.text
        assert "&lt;b&gt;Wang" in page.text
        assert "style=" not in page.text


@pytest.mark.usefixtures("round_id")
def test_what_makes_no_sense_in_the_address_is_left_out_and_said(app: Flask) -> None:
    clerk = client_of(app, "clerk")
    for query in ("period=week", "unit=nowhere", "sort=colour", "round=x", "period=custom&from=x"):
        page = clerk.get(f"/statistics/rounds?{query}")
        assert page.status_code == 422, query
        assert "left out" in page.text
    turned = clerk.get("/statistics/rounds?period=custom&from=2026-03-02&to=2026-03-01")
    assert turned.status_code == 422


def test_nothing_of_what_is_hidden_is_counted(app: Flask, round_id: UUID) -> None:
    leader = client_of(app, "leader")
    page = leader.get("/statistics/rounds")
    assert page.status_code == 200
    assert MARK not in page.text
    assert leader.get(f"/statistics/rounds?round={round_id}").status_code == 404
    assert client_of(app, "reader0").get("/statistics/rounds").status_code == 403


@pytest.mark.usefixtures("round_id")
def test_the_workbook_has_a_line_for_each_reader_and_no_formula(app: Flask) -> None:
    answer = client_of(app, "clerk").get("/statistics/rounds.xlsx?sort=name")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert {row[0].value for row in rows[1:]} == {f"{MARK} Li", "=1+1", "<b>Wang</b>"}
    assert all(cell.data_type != "f" for row in rows for cell in row)
