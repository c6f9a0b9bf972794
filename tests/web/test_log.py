"""The log: in plain words, for those who watch, without what is in documents they may not see."""

import re
from pathlib import Path

import pytest
from flask import Flask

from records.office import Office
from records.people.rules import Role
from tests import builders
from tests.web.offices import MARK, client_of, post
from web.events import KINDS

SOURCES = Path(__file__).parents[2] / "records"


def test_every_kind_of_entry_that_services_record_has_a_phrase() -> None:
    family = "document|component|person|unit|post|group|class|register|access"
    family += "|key|receipt|delegation|task|round|item|route|calendar"
    family += "|seal|seal_request|seal_usage|authority|copy|fixity|keys"
    found = {
        kind
        for source in SOURCES.rglob("*.py")
        for kind in re.findall(rf'"((?:{family})\.\w+)"', source.read_text(encoding="utf-8"))
        if not kind.endswith(".id")  # a column
    }
    assert {"document.registered", "person.added", "access.refused"} <= found
    # Two are jobs, the others are news for people of what stands in the log under another name.
    others = {"document.access_turns", "document.was_read"}
    others |= {"item.declined", "item.reminder", "item.escalated"}
    others |= {"seal.handover", "seal.check_due", "seal.late", "seal.lost"}
    others |= {"seal_request.to_decide", "seal_request.to_stamp", "seal_request.used"}
    assert found - others - set(KINDS) == set()
    assert {"document.viewed", "component.downloaded"} <= set(KINDS)


def test_an_auditor_reads_who_did_what_but_nothing_of_hidden_documents(
    office: Office, app: Flask
) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK, name="Wang Xiaomin")
    builders.add_person(office, "auditor", Role.AUDITOR)
    hidden = builders.register(office, clerk, MARK, files=[(f"{MARK}.txt", b"text")])
    seen = builders.register(office, clerk, "Open paper", secrecy="public")
    text = client_of(app, "auditor").get("/log?kind=document.registered").text
    assert text.count("Wang Xiaomin") >= 2
    assert f"Registered as {seen.number}." in text
    assert hidden.number not in text
    assert MARK not in text
    assert "for those who may see it" in text
    exported = client_of(app, "auditor").get("/log/list.csv").data.decode()
    assert MARK not in exported
    assert hidden.number not in exported
    assert seen.number in exported


def test_who_keeps_security_sees_refusals_only(office: Office, app: Flask) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_person(office, "security", Role.SECURITY_ADMIN)
    builders.register(office, clerk, "Paper", secrecy="public")
    client_of(app, "clerk").get("/users")
    text = client_of(app, "security").get("/log?kind=document.registered").text
    assert "GET /users" in text
    assert "Registered as" not in text


def test_filters_by_person_and_day_and_pages_in_both_directions(office: Office, app: Flask) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_person(office, "auditor", Role.AUDITOR)
    for number in range(60):
        builders.register(office, clerk, f"Paper {number}")
    client = client_of(app, "auditor")
    text = client.get("/log?who=clerk").text
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following is not None
    second = client.get(following.group(1).replace("&amp;", "&")).text
    assert text.count("data-row") == 50
    assert second.count("data-row") == 10
    back = re.search(r'href="([^"]+)" rel="prev"', second)
    assert back is not None
    assert client.get(back.group(1).replace("&amp;", "&")).text.count("data-row") == 50
    assert "No entry fits." in client.get("/log?to=2001-01-01").text


@pytest.mark.parametrize("query", ["kind=x", "who=nobody", "from=soon", "before=-1", "after=1e9"])
def test_wrong_filters_are_said_on_the_page(office: Office, app: Flask, query: str) -> None:
    builders.add_person(office, "auditor", Role.AUDITOR)
    answer = client_of(app, "auditor").get(f"/log?{query}")
    assert answer.status_code == 422
    assert "was left out" in answer.text


def test_entries_about_people_are_told_in_plain_words(office: Office, app: Flask) -> None:
    builders.add_person(office, "sysadmin", Role.SYSTEM_ADMIN)
    builders.add_person(office, "auditor", Role.AUDITOR)
    client = client_of(app, "sysadmin")
    post(client, "/users/new", name="Li Jianguo", login="li", unit="office", role="staff")
    text = client_of(app, "auditor").get("/log").text
    assert "User Li Jianguo added, login name li." in text
    assert "Li Jianguo got the post" in text
