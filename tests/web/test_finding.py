"""The search page: words, facets, marks and warnings, in both languages."""

import csv
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from records.documents.models import Document
from records.documents.visibility import refresh_access
from records.finding.rebuilding import reindex
from records.finding.service import SECRET_TEXT, FacetValue
from records.office import Office
from records.people.rules import Role, Secrecy
from search.query import QueryWarning
from tests import builders
from tests.web.offices import client_of, counted
from web.facets import year_bars
from web.finding import WARNINGS, warning_text

SEARCH = Path(__file__).parents[2] / "search"


@pytest.fixture
def client(office: Office, app: Flask) -> FlaskClient:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.register(office, clerk, "关于水利工程的请示", kind="请示", sender="水利局")
    builders.register(office, clerk, "关于桥梁的函", kind="函", register="outgoing")
    builders.register(office, clerk, "<script>alert(1)</script> bridge & road", sender="<b>x")
    builders.register(office, clerk, "Bridge inspection report", secrecy="secret")
    reindex(office)
    return client_of(app, "clerk")


def test_one_chinese_character_finds_its_document_and_is_marked(client: FlaskClient) -> None:
    text = client.get("/search?q=桥").text
    assert "关于<mark>桥</mark>梁的函" in text
    assert "水利工程" not in text
    assert re.search(r'href="/documents/[0-9a-f-]+\?q=%E6%A1%A5"', text)


def test_what_people_wrote_is_escaped_inside_and_outside_of_marks(client: FlaskClient) -> None:
    for query in ("bridge", "script", "alert"):
        text = client.get(f"/search?q={query}").text
        assert "<script>alert" not in text
        assert "<b>x" not in text
        assert "<mark>" in text


def test_facets_are_switched_on_and_off_in_the_address(client: FlaskClient) -> None:
    text = client.get("/search?q=关于").text
    on = re.search(r'href="([^"]*kind=%E5%87%BD[^"]*)"', text)
    assert on is not None
    narrowed = client.get(on.group(1).replace("&amp;", "&")).text
    assert "桥" in narrowed
    assert "水利工程" not in narrowed
    off = re.search(r'href="([^"]*)" aria-current="true"><span>letter', narrowed)
    assert off is not None
    assert "水利" in client.get(off.group(1).replace("&amp;", "&")).text
    nothing = client.get("/search?q=关于&kind=命令").text
    assert "Search everywhere" in nothing


def test_every_warning_of_the_parser_has_a_phrase(app: Flask) -> None:
    found = {
        code
        for source in SEARCH.glob("*.py")
        for code in re.findall(
            r'(?:QueryWarning|warn)\(\s*"(\w+)"', source.read_text(encoding="utf-8")
        )
    }
    assert len(found) > 8
    assert found | {SECRET_TEXT} == set(WARNINGS)
    for language in ("en", "zh_CN"):
        with app.test_request_context(headers={"Cookie": f"language={language}"}):
            for code in found:
                assert "%(" not in warning_text(QueryWarning(code, "100% [x]"))


@pytest.mark.parametrize("query", ['"open', "((a", "-bridge", "*", "nofield:x", "a" * 5000, "%%%"])
def test_odd_questions_get_an_answer(client: FlaskClient, query: str) -> None:
    assert client.get("/search", query_string={"q": query, "cursor": "x"}).status_code == 200


def test_without_an_index_the_page_says_so(office: Office, app: Flask) -> None:
    builders.add_person(office, "clerk", Role.CLERK)
    assert "There is no index yet" in client_of(app, "clerk").get("/search?q=x").text


def test_nothing_found_gives_advice_and_the_syntax(client: FlaskClient) -> None:
    text = client.get("/search?q=quokka").text
    assert "Nothing found for" in text
    assert "How to search" in text
    assert "How to search" in client.get("/search").text


def test_pages_follow_each_other_and_cost_the_same(office: Office, client: FlaskClient) -> None:
    clerk = builders.actor(office, "clerk")
    for number in range(25):
        builders.register(office, clerk, f"Quarterly paper {number}")
    reindex(office)
    with counted(office) as statements:
        text = client.get("/search?q=quarterly&sort=date").text
    assert len(statements) <= 20
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following is not None
    second = client.get(following.group(1).replace("&amp;", "&")).text
    assert text.count('class="hit"') == 20
    assert second.count('class="hit"') == 5
    assert "Back to the first hits" in second


# As somebody types --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("nothing", ""),
        ("road", "&lt;script&gt;"),
        ("road bri", "<mark>bridge</mark> &amp; <mark>road</mark>"),
        ("桥", "关于<mark>桥</mark>梁的函"),
        ("关于水利工", "<mark>关于水利工</mark>程"),
        ("水利局 请", "的<mark>请</mark>示"),
        ("水利局", "关于水利工程的请示"),
    ],
)
def test_documents_are_offered_while_somebody_types(
    client: FlaskClient, typed: str, title: str
) -> None:
    text = client.get("/search/ahead", query_string={"q": typed}).text
    offered = text.count('class="ahead-title"')
    assert offered == (1 if title else 0)
    assert title in text
    assert "<script>alert" not in text
    assert "<b>x" not in text
    assert 'id="ahead_all"' in text


def test_a_number_is_offered_in_any_form_before_what_only_begins_so(
    office: Office, client: FlaskClient
) -> None:
    clerk = builders.actor(office, "clerk")
    for place in range(12):
        builders.register(office, clerk, f"Paper {place}")
    reindex(office)
    text = client.get("/search/ahead?q=in-2026-1").text
    first = re.search(r'<span class="number">(.*?)</span>', text)
    assert first is not None
    assert first.group(1) == "<mark>IN-2026-0001</mark>"


def test_what_is_offered_is_found_again_by_longer_and_shorter_words(
    office: Office, client: FlaskClient
) -> None:
    builders.register(office, builders.actor(office, "clerk"), "Registration of vehicles")
    reindex(office)
    for typed in ("regi", "regis", "registr", "registrat", "registrati", "registration", "of veh"):
        text = client.get("/search/ahead", query_string={"q": typed}).text
        assert text.count('class="ahead-title"') == 1, typed


@pytest.mark.parametrize("typed", ["", " ", '"', "((", "-", "*", "a" * 3000, "%", "AND OR", "〔"])
def test_odd_beginnings_offer_nothing_and_break_nothing(client: FlaskClient, typed: str) -> None:
    answer = client.get("/search/ahead", query_string={"q": typed})
    assert answer.status_code == 200
    assert 'class="ahead-title"' not in answer.text


def test_offers_cost_the_same_however_many_there_are(office: Office, client: FlaskClient) -> None:
    clerk = builders.actor(office, "clerk")
    with counted(office) as few:
        client.get("/search/ahead?q=bridge")
    for place in range(9):
        builders.register(office, clerk, f"Bridge {place}")
    reindex(office)
    with counted(office) as many:
        text = client.get("/search/ahead?q=bridge").text
    assert text.count('class="ahead-title"') == 6
    assert len(many) <= len(few)


# What narrows down --------------------------------------------------------------------------------


def test_what_is_chosen_stands_as_chips_that_are_taken_out_one_by_one(client: FlaskClient) -> None:
    text = client.get("/search?q=关于&kind=函&register=outgoing").text
    chips = re.findall(r'class="chip chosen-chip" href="([^"]+)"', text)
    assert [each.count("register=") for each in chips] == [0, 1]
    assert [each.count("kind=") for each in chips] == [1, 0]
    assert "Clear all" in text
    again = client.get(chips[0].replace("&amp;", "&")).text
    assert again.count("chosen-chip") == 1


def test_years_are_bars_and_those_between_them_stay_empty(app: Flask) -> None:
    counted_by = {"year": [FacetValue("2026", "2026", 80), FacetValue("2023", "2023", 1)]}
    with app.test_request_context("/search?q=paper&year=2023&sort=date"):
        bars = year_bars(counted_by, {"year": ["2023"]})
    assert [(each.year, each.count, each.active) for each in bars] == [
        ("2023", 1, True),
        ("2024", 0, False),
        ("2025", 0, False),
        ("2026", 80, False),
    ]
    assert [each.height for each in bars] == [2, 0, 0, 40]
    assert bars[0].href == "/search?q=paper&sort=date"
    assert bars[3].href == "/search?q=paper&year=2023&sort=date&year=2026"


def test_one_year_needs_no_bars_and_a_year_that_nothing_has_stays_to_be_taken_out(
    client: FlaskClient,
) -> None:
    assert 'class="years"' not in client.get("/search?q=关于").text
    text = client.get("/search?q=关于&year=1987").text
    assert "Nothing found in what is narrowed down" in text
    assert text.count("chosen-chip") == 1


# As a file ----------------------------------------------------------------------------------------


def test_what_was_found_is_given_as_a_file(office: Office, client: FlaskClient) -> None:
    builders.register(
        office, builders.actor(office, "clerk"), "=HYPERLINK(bridge)", sender="Bridges"
    )
    reindex(office)
    text = client.get("/search?q=bridge&sort=date").text
    href = re.search(r'href="(/search/list\.csv[^"]+)"', text)
    assert href is not None
    answer = client.get(href.group(1).replace("&amp;", "&"))
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(answer.text.lstrip("\ufeff").splitlines()))
    assert {row[1] for row in rows[1:]} == {
        "'=HYPERLINK(bridge)",
        "<script>alert(1)</script> bridge & road",
        "Bridge inspection report",
    }
    assert client.get("/search/list.xlsx?q=bridge").data[:2] == b"PK"
    assert client.get("/search/list.exe?q=bridge").status_code == 404
    narrowed = client.get("/search/list.csv?q=bridge&secrecy=secret").text
    assert narrowed.count("\n") == 2


def test_what_is_above_a_clearance_is_neither_offered_nor_in_the_file(
    office: Office, app: Flask, client: FlaskClient
) -> None:
    builders.add_person(office, "junior", Role.CLERK, clearance=Secrecy.INTERNAL)
    junior = client_of(app, "junior")
    assert "inspection" in client.get("/search/ahead?q=inspect").text
    assert "inspection" in client.get("/search/list.csv?q=inspection").text
    offered = junior.get("/search/ahead?q=inspect").text
    assert 'class="ahead-title"' not in offered
    assert junior.get("/search/list.csv?q=inspection").text.count("\n") == 1


def test_a_document_hidden_after_it_was_indexed_is_neither_offered_nor_in_the_file(
    office: Office, client: FlaskClient
) -> None:
    builders.add_person(office, "junior", Role.CLERK, clearance=Secrecy.INTERNAL)
    junior = client_of(client.application, "junior")
    assert 'class="ahead-title"' in junior.get("/search/ahead?q=桥").text
    with office.database.writing() as uow:
        document = uow.session.scalars(select(Document).where(Document.kind == "函")).one()
        document.secrecy = Secrecy.SECRET
        refresh_access(uow, document)
    assert 'class="ahead-title"' not in junior.get("/search/ahead?q=桥").text
    assert "桥" not in junior.get("/search/list.csv?q=桥").text


def test_a_question_that_was_meant_is_offered_with_its_filters(client: FlaskClient) -> None:
    text = client.get("/search?q=brideg&register=incoming").text
    assert "Did you mean:" in text
    assert '<a href="/search?q=bridge&amp;register=incoming">bridge</a>' in text
    assert "Did you mean:" not in client.get("/search?q=bridge").text
    assert "Did you mean:" not in client.get("/search?q=zzzzzz").text
