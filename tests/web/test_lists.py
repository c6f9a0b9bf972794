"""The list of documents: filters, order, pages, counts, files, and its price in queries."""

import csv
import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.web.offices import client_of, counted


@pytest.fixture
def clerk(office: Office) -> Actor:
    return builders.add_person(office, "clerk", Role.CLERK)


def _fill(office: Office, clerk: Actor, count: int) -> None:
    with office.database.writing() as uow:
        for number in range(count):
            builders.register_in(uow, clerk, f"Paper {number:03}", sender="Harbour Authority")


def test_pages_lead_through_all_documents_and_back(
    office: Office, app: Flask, clerk: Actor
) -> None:
    _fill(office, clerk, 120)
    client = client_of(app, "clerk")
    seen: list[str] = []
    path = "/documents?sort=title"
    for _ in range(3):
        text = client.get(path).text
        seen += [f"Paper {n:03}" for n in range(120) if f">Paper {n:03}<" in text]
        if 'rel="next"' in text:
            path = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
            path = path.replace("&amp;", "&")
            assert "sort=title" in path
    assert seen == [f"Paper {n:03}" for n in range(120)]
    assert 'rel="prev"' in text
    assert "120" in text


def test_filters_narrow_the_list_and_stay_in_its_links(
    office: Office, app: Flask, clerk: Actor
) -> None:
    builders.add_unit(office, "water")
    builders.register(office, clerk, "Flood report", unit="water", urgency="flash")
    builders.register(office, clerk, "Bridge report", register="outgoing", secrecy="secret")
    builders.register(office, clerk, "Old paper", received_on="2020-01-01")
    client = client_of(app, "clerk")
    for query, title in (
        ("unit=water", "Flood report"),
        ("urgency=flash", "Flood report"),
        ("register=outgoing", "Bridge report"),
        ("secrecy=secret", "Bridge report"),
        ("received_to=2020-12-31", "Old paper"),
    ):
        text = client.get(f"/documents?{query}").text
        shown = {each for each in ("Flood report", "Bridge report", "Old paper") if each in text}
        assert shown == {title}, query
        assert f"list.csv?{query}" in text


@pytest.mark.parametrize(
    "query",
    [
        "register=nope",
        "state=lost",
        "urgency=x&secrecy=y",
        "received_from=yesterday",
        "unit=nowhere",
        "class=99.99",
        "sort=colour",
        "cursor=%00%ff",
        "cursor=abc",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_makes_no_sense_is_said_on_the_page(
    office: Office, app: Flask, clerk: Actor, query: str, language: str
) -> None:
    builders.register(office, clerk, "Harbour bridge")
    answer = client_of(app, "clerk", language).get(f"/documents?{query}")
    assert answer.status_code == 422
    assert "notice warn" in answer.text
    assert "Harbour bridge" in answer.text


@pytest.mark.usefixtures("clerk")
def test_odd_names_in_the_address_do_no_harm(app: Flask) -> None:
    client = client_of(app, "clerk")
    assert client.get("/documents?format=x&format_=y&_external=1&endpoint=z").status_code == 200


@pytest.mark.usefixtures("clerk")
def test_an_empty_list_says_what_to_do(app: Flask) -> None:
    assert "No document fits." in client_of(app, "clerk").get("/documents").text


def test_the_price_of_the_list_does_not_grow_with_it(
    office: Office, app: Flask, clerk: Actor
) -> None:
    client = client_of(app, "clerk")
    prices = []
    for _ in range(2):
        _fill(office, clerk, 30)
        with counted(office) as statements:
            client.get("/documents")
        prices.append(len(statements))
    assert prices[0] == prices[1] <= 19, prices


def _recognising(office: Office, clerk: Actor, *, done: int, total: int | None) -> None:
    """Register a scan that the worker has come so far with."""
    made = builders.register(office, clerk, "A scan", files=[("scan.pdf", b"%PDF-1.4")])
    builders.recognising(office, made, done=done, total=total)


def test_a_scan_says_in_the_list_which_of_its_pages_is_being_recognised(
    office: Office, app: Flask, clerk: Actor
) -> None:
    client = client_of(app, "clerk")
    _recognising(office, clerk, done=2, total=40)
    for address in ("/documents", "/"):
        assert "recognising page 3 of 40" in client.get(address).text
    assert "being read" not in client.get("/documents").text
    _recognising(office, clerk, done=0, total=None)
    shown = client.get("/documents").text
    assert (shown.count("recognising page"), shown.count("being read")) == (1, 1)


def test_the_progress_of_scans_costs_the_list_one_query_however_many_there_are(
    office: Office, app: Flask, clerk: Actor
) -> None:
    client = client_of(app, "clerk")
    prices = []
    for number in (1, 3):
        for _ in range(number):
            _recognising(office, clerk, done=number, total=9)
        with counted(office) as statements:
            client.get("/documents")
        prices.append(len(statements))
        assert sum("FROM recognition" in each for each in statements) == 1
    assert prices[0] == prices[1], prices


def test_a_file_has_what_the_filters_show_and_no_formula(
    office: Office, app: Flask, clerk: Actor
) -> None:
    builders.register(office, clerk, "=1+1", kind="通知")
    builders.register(office, clerk, "Elsewhere", register="outgoing")
    client = client_of(app, "clerk")
    answer = client.get("/documents/list.csv?register=incoming")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Title", "'=1+1"]
    book = load_workbook(io.BytesIO(client.get("/documents/list.xlsx?register=incoming").data))
    cells = list(book.active.iter_rows(values_only=True))
    assert cells[1][1] == "=1+1"
    assert book.active.cell(2, 2).data_type == "s"
    assert client.get("/documents/list.pdf").status_code == 404


def test_a_file_ends_with_a_notice(
    office: Office, app: Flask, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.exports.MOST_ROWS", 10)
    _fill(office, clerk, 12)
    text = client_of(app, "clerk").get("/documents/list.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + 10 + 1
    assert "ends after 10 lines" in rows[-1][0]
