"""One's own searches on the screens: kept, opened, renamed, removed; the last ones, and notices."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import text as sql

from records.finding.models import RecentSearch, SavedSearch
from records.finding.rebuilding import reindex
from records.finding.watching import SearchWatch
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.records.notify.post import Post
from tests.web.offices import counted
from tests.web.test_pages import Reader
from tests.web.visitor import Visitor
from web.i18n import LANGUAGE_COOKIE


@pytest.fixture
def clerk(office: Office, app: Flask) -> Visitor:
    person = builders.add_person(office, "clerk", Role.CLERK)
    builders.register(office, person, "Bridge of the harbour", kind="函")
    reindex(office)
    return Visitor(app, "clerk")


@pytest.fixture
def stranger(office: Office, app: Flask) -> Visitor:
    builders.add_person(office, "stranger", Role.STAFF)
    return Visitor(app, "stranger")


def ask(visitor: Visitor, query: str) -> str:
    """Search as a browser does, which takes the answer to its end and lets go of it."""
    answer = visitor.get(f"/search?{query}")
    text = answer.text
    answer.close()
    return unescape(text)


def saved(office: Office) -> list[SavedSearch]:
    with office.database.reading() as uow:
        return list(uow.session.query(SavedSearch).order_by(SavedSearch.id))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("path", ["/search", "/search?q=bridge", "/search/saved"])
def test_the_pages_are_sound_markup(clerk: Visitor, language: str, path: str) -> None:
    clerk.client.set_cookie(LANGUAGE_COOKIE, language)
    clerk.post("/search/saved", asked="?q=<b>&kind=函", name="<i>Harbour", tells="1")
    ask(clerk, "q=<u>bridge")
    reader = Reader()
    text = clerk.get(path).text
    reader.feed(text)
    assert reader.faults == []
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert [each for each in reader.fields if each not in reader.labels] == []
    assert not re.search("<i>Harbour|<u>bridge", text)


def test_a_search_is_saved_opened_renamed_and_removed(office: Office, clerk: Visitor) -> None:
    page = ask(clerk, "q=bridge&kind=函&sort=date")
    found = re.search(r'name="asked" value="([^"]*)"', page)
    assert found is not None
    assert "You keep no search yet." in clerk.get("/search/saved").text
    done = clerk.post("/search/saved", asked=found.group(1), name="Letters", tells="1")
    assert (done.status_code, done.location) == (303, "/search?q=bridge&kind=%E5%87%BD")
    (kept,) = saved(office)
    assert (kept.question, kept.filters, kept.told_since is not None) == (
        "bridge",
        {"kind": ["函"]},
        True,
    )
    home = ask(clerk, "")
    assert "Letters" in home
    assert "/search?q=bridge&kind=%E5%87%BD" in home
    opened = clerk.get(f"/search/saved/{kept.id}")
    assert opened.location == "/search?q=bridge&kind=%E5%87%BD&sort=date"
    assert "data-reopen" in clerk.get(f"/search/saved?change={kept.id}").text
    named = {"search": str(kept.id), "version": "1"}
    assert clerk.post("/search/saved/change", **named, name="Bridges").status_code == 303
    assert clerk.post("/search/saved/change", **named, name="Late").status_code in (409, 412)
    (kept,) = saved(office)
    assert (kept.name, kept.told_since) == ("Bridges", None)
    assert clerk.post("/search/saved/remove", search=str(kept.id)).status_code == 303
    assert saved(office) == []
    assert clerk.post("/search/saved/remove", search=str(kept.id)).status_code == 404
    assert clerk.post("/search/saved/remove", search="x").status_code == 404


def test_what_cannot_be_saved_is_said_at_the_name_and_nothing_is_lost(clerk: Visitor) -> None:
    clerk.post("/search/saved", asked="?q=bridge", name="Mine")
    for name, status, said in (
        ("Mine", 409, "You have a search of this name already."),
        ("", 422, "This must not be empty."),
    ):
        answer = clerk.post("/search/saved", asked="?q=road&kind=函", name=name, tells="1")
        assert answer.status_code == status
        text = unescape(answer.text)
        assert said in text
        assert 'name="asked" value="?q=road&kind=函"' in text
        assert re.search(r'name="tells" value="1" checked', text)
    assert clerk.post("/search/saved", asked="", name="Nothing").status_code == 422


def test_nobody_sees_opens_or_changes_the_search_of_another(
    office: Office, clerk: Visitor, stranger: Visitor
) -> None:
    clerk.post("/search/saved", asked="?q=zebra", name="Private words")
    ask(clerk, "q=zebra")
    (kept,) = saved(office)
    for path in ("/search", "/search/saved", f"/search/saved?change={kept.id}"):
        text = stranger.get(path).text
        assert "Private words" not in text
        assert "zebra" not in text
    assert stranger.get(f"/search/saved/{kept.id}").status_code == 404
    named = {"search": str(kept.id)}
    assert stranger.post("/search/saved/change", **named, name="Mine").status_code == 404
    assert stranger.post("/search/saved/remove", **named).status_code == 404
    assert [each.name for each in saved(office)] == ["Private words"]


def test_the_last_searches_stand_on_the_empty_page_until_forgotten(
    clerk: Visitor, stranger: Visitor
) -> None:
    for query in ("q=harbour", "q=bridge", "q=harbour", "q=next&cursor=x", f"q={'x' * 201}"):
        ask(clerk, query)
    home = ask(clerk, "")
    assert re.findall(r"<li><a href=\"/search\?q=(\w+)\"", home) == ["harbour", "bridge"]
    ask(stranger, "q=road")
    assert stranger.post("/search/recent/forget").location == "/search"
    assert "Forget them" not in ask(stranger, "")
    assert "Forget them" in ask(clerk, "")
    assert clerk.post("/search/recent/forget").status_code == 303
    assert "Forget them" not in ask(clerk, "")


def test_remembering_costs_one_statement_after_the_answer(office: Office, clerk: Visitor) -> None:
    ask(clerk, "q=bridge")
    answer = clerk.get("/search?q=harbour")
    assert answer.status_code == 200
    with counted(office) as statements:
        answer.close()
    assert [each.split()[0] for each in statements if "recent_search" in each] == ["INSERT"]
    assert [each for each in statements if "log_entry" in each] == []


def test_a_search_answers_while_another_writes_or_nothing_can_be_written(
    office: Office, clerk: Visitor
) -> None:
    ask(clerk, "q=harbour")
    with office.database.writing():
        assert "</mark> of the harbour" in ask(clerk, "q=bridge")
    with office.database.reading() as uow:
        assert [each.question for each in uow.session.query(RecentSearch)] == ["harbour"]
    with office.database.writing() as uow:
        uow.session.execute(sql("DROP TABLE recent_search"))
    assert clerk.get("/search?q=bridge").status_code == 200
    ask(clerk, "q=bridge")


def test_a_notice_of_new_hits_leads_to_the_newest(office: Office, app: Flask) -> None:
    person = builders.add_person(office, "clerk", Role.CLERK)
    visitor = Visitor(app, "clerk")
    visitor.post("/search/saved", asked="?q=harbour", name="Ships", tells="1")
    builders.register(office, person, "The harbour of tomorrow")
    reindex(office)
    watch = SearchWatch(office)
    watch.look()
    watch.close()
    Post(office).run()
    text = unescape(visitor.get("/notices").text)
    assert "1 new document for “Ships”." in text
    assert "The harbour of tomorrow" not in text
    found = re.search(r'href="(/notices/[0-9a-f-]{36})"', text)
    assert found is not None
    place = visitor.get(found.group(1)).location
    assert visitor.get(place).location == "/search?q=harbour&sort=date"
