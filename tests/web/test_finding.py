"""The search page: words, facets, marks and warnings, in both languages."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.finding.rebuilding import reindex
from records.finding.service import SECRET_TEXT
from records.office import Office
from records.people.rules import Role
from search.query import QueryWarning
from tests import builders
from tests.web.offices import client_of, counted
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
