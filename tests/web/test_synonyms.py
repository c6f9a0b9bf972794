"""The synonyms of the office: keeping them, and what they do to a search."""

import re
from html import unescape

import pytest
from flask import Flask

from records.finding.models import SynonymGroup
from records.finding.rebuilding import reindex
from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.web.offices import client_of, counted
from tests.web.test_pages import Reader
from tests.web.visitor import Visitor
from web.i18n import LANGUAGE_COOKIE


@pytest.fixture
def keeper(office: Office, app: Flask) -> Visitor:
    builders.add_person(office, "keeper", Role.ARCHIVIST)
    return Visitor(app, "keeper")


@pytest.fixture
def searched(office: Office) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.register(office, clerk, "关于水库加固的请示")
    builders.register(office, clerk, "库区移民工作方案")
    builders.register(office, clerk, "Memorandum about the bridge")
    builders.register(office, clerk, "A memo for the archive")
    reindex(office)


def _groups(office: Office) -> list[list[str]]:
    with office.database.reading() as uow:
        rows = uow.session.query(SynonymGroup).order_by(SynonymGroup.id)
        return [list(each.words) for each in rows]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_is_sound_markup(keeper: Visitor, language: str) -> None:
    keeper.client.set_cookie(LANGUAGE_COOKIE, language)
    for _ in range(2):
        reader = Reader()
        reader.feed(keeper.get("/synonyms").text)
        assert reader.faults == []
        assert reader.open == []
        assert len(reader.ids) == len(set(reader.ids))
        assert [each for each in reader.fields if each not in reader.labels] == []
        keeper.post("/synonyms", words="水库, 库区")


def test_groups_are_added_changed_and_removed(office: Office, keeper: Visitor) -> None:
    assert "There are no synonyms yet." in keeper.get("/synonyms").text
    done = keeper.post("/synonyms", words="水库、库区\r\nmemo, memorandum,, memos \n\n")
    assert done.location == "/synonyms"
    assert _groups(office) == [["水库", "库区"], ["memo", "memorandum"]]
    text = keeper.get("/synonyms").text
    assert "memo, memorandum" in text
    assert "水库" not in keeper.get("/synonyms?q=MEM").text
    assert "No group has a word with" in keeper.get("/synonyms?q=100%25").text
    found = re.search(r"\?change=([0-9a-f-]+)", text)
    assert found is not None
    group = found.group(1)
    opened = keeper.get(f"/synonyms?change={group}").text
    assert "data-reopen" in opened
    changed = {"group": group, "words": "memo, memorandum, 备忘录"}
    assert keeper.post("/synonyms/change", **changed, version="1").status_code == 303
    assert _groups(office)[1] == ["memo", "memorandum", "备忘录"]
    stale = keeper.post("/synonyms/change", group=group, words="a, b", version="1")
    assert stale.status_code == 409 or stale.status_code == 412
    assert keeper.post("/synonyms/remove", group=group).status_code == 303
    assert _groups(office) == [["水库", "库区"]]
    assert keeper.post("/synonyms/remove", group=group).status_code == 404
    assert keeper.post("/synonyms/remove", group="x").status_code == 422


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "This must not be empty."),
        ("alone", "A group has 2 to 20 different words."),
        ("memo, Memos", "A group has 2 to 20 different words."),
        (", ".join(f"word{n}" for n in range(21)), "A group has 2 to 20 different words."),
        ("one, ...", "“...” cannot be a synonym"),
        ("one, " + "x" * 61, "cannot be a synonym"),
        ("水库, dam", "“水库” is in another group already."),
        ("水庫, dam", "“水庫” is in another group already."),
        ("one, two\ntwo, three", "“two” is in another group already."),
    ],
)
def test_what_is_no_group_is_refused_and_stays_in_the_form(
    office: Office, keeper: Visitor, words: str, said: str
) -> None:
    keeper.post("/synonyms", words="水库, 库区")
    refused = keeper.post("/synonyms", words=words)
    assert refused.status_code in (409, 422)
    assert said in unescape(refused.text)
    assert "data-reopen" in refused.text
    assert _groups(office) == [["水库", "库区"]]


def test_there_are_so_many_groups_and_no_more(
    office: Office, keeper: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.finding.synonyms.MOST_GROUPS", 2)
    assert keeper.post("/synonyms", words="a1, a2\nb1, b2\nc1, c2").status_code == 409
    assert keeper.post("/synonyms", words="a1, a2\nb1, b2").status_code == 303
    assert keeper.post("/synonyms", words="c1, c2").status_code == 409
    assert len(_groups(office)) == 2


def test_pages_of_groups_follow_each_other(keeper: Visitor) -> None:
    keeper.post("/synonyms", words="\n".join(f"left{n}, right{n}" for n in range(60)))
    first = keeper.get("/synonyms").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = keeper.get(unescape(following.group(1))).text
    assert first.count("data-row") == 50
    assert second.count("data-row") == 10
    assert "left0, right0" in second
    assert keeper.get("/synonyms?cursor=x").status_code == 422


def test_only_keepers_come_in(office: Office, app: Flask) -> None:
    builders.add_person(office, "chen", Role.CLERK)
    clerk = Visitor(app, "chen")
    assert clerk.get("/synonyms").status_code == 403
    assert clerk.post("/synonyms", words="a, b").status_code == 403
    assert 'href="/synonyms"' not in clerk.get("/search").text


@pytest.mark.usefixtures("searched")
def test_a_search_finds_the_other_words_says_so_and_can_be_exact(
    app: Flask, keeper: Visitor
) -> None:
    client = client_of(app, "clerk")
    assert "移民" not in client.get("/search?q=水库").text
    keeper.post("/synonyms", words="水库, 库区\nmemo, memorandum")
    text = client.get("/search?q=水库").text
    assert "<mark>水库</mark>加固" in text
    assert "<mark>库区</mark>移民" in text
    assert "Also searched for: 库区." in text
    exact = re.search(r'href="([^"]+)">Search exactly as typed', text)
    assert exact is not None
    again = client.get(unescape(exact.group(1))).text
    assert "移民" not in again
    assert "加固" in again
    assert "Also searched for" not in again
    assert "archive" in client.get("/search?q=memorandum").text
    assert "archive" not in client.get('/search?q="memorandum"').text
    group = re.search(r"\?remove=([0-9a-f-]+)", keeper.get("/synonyms?q=水库").text)
    assert group is not None
    keeper.post("/synonyms/remove", group=group.group(1))
    assert "移民" not in client.get("/search?q=水库").text


@pytest.mark.usefixtures("searched")
def test_synonyms_cost_a_search_one_statement(office: Office, app: Flask, keeper: Visitor) -> None:
    keeper.post("/synonyms", words="水库, 库区")
    client = client_of(app, "clerk")
    client.get("/search?q=水库")
    with counted(office) as statements:
        client.get("/search?q=水库")
    assert sum("synonym" in each for each in statements) == 0
    assert sum("max(log_entry.sequence)" in each and "kind" in each for each in statements) == 1
