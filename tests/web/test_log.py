"""The log: in plain words, for those who watch, without what is in documents they may not see."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from records.audit.timeline import View, record_views
from records.audit.verify_consistency import verify as verify_consistency
from records.audit.verify_log import verify as verify_log
from records.audit.verify_period import verify as verify_period
from records.core.log import LogHead
from records.office import Office
from records.people.rules import Role, Secrecy
from records.registration.models import Register
from tests import builders
from tests.web.conftest import sign_in
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
    # One is a job, the others are news for people of what stands in the log under another name.
    others = {"document.access_turns", "item.declined", "item.reminder", "item.escalated"}
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


def test_an_auditor_proves_an_entry_and_holds_a_checkpoint_against_the_log(
    office: Office, app: Flask
) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_person(office, "auditor", Role.AUDITOR)
    client = client_of(app, "auditor")
    assert "Nothing was signed yet." in client.get("/log/checkpoints").text
    kept = post(client, "/log/checkpoints").text
    key = client.get("/log/key").text
    assert verify_log(kept.encode(), key).startswith("The log has ")
    proof = client.get("/log/20/proof").text
    assert verify_log(proof.encode(), key).startswith("Entry 20 of ")
    builders.register(office, clerk, "Paper")
    text = post(client, "/log/comparison", note=kept.replace("\n", "\r\n")).text
    assert "The log continues this checkpoint." in text
    size = int(kept.split("\n")[1])
    growth = client.get(f"/log/growth?old={size}").text
    assert verify_consistency(growth, key, kept).startswith("The log of ")
    page = client.get("/log/20").text
    assert "How it is proved" in page
    assert "not yet" not in page
    assert f"/log/checkpoints/{size}" in client.get("/log/checkpoints").text
    assert client.get("/log/checkpoints/999999").status_code == 404
    assert client.get("/log/999999").status_code == 404


def test_a_checkpoint_of_another_log_or_past_is_said_to_be_one(office: Office, app: Flask) -> None:
    builders.add_person(office, "auditor", Role.AUDITOR)
    client = client_of(app, "auditor")
    kept = post(client, "/log/checkpoints").text
    with office.database.writing() as uow:
        uow.session.execute(update(LogHead).values(size=LogHead.size - 3))
    assert "The log was rolled back" in post(client, "/log/comparison", note=kept).text
    for odd in ("", "nonsense", kept.replace("log", "lag"), kept.replace("=", "A"), "x" * 9000):
        assert "no checkpoint of this log" in post(client, "/log/comparison", note=odd).text


def test_a_period_is_handed_out_signed_and_logged_without_what_is_hidden(
    office: Office, app: Flask
) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_person(office, "auditor", Role.AUDITOR)
    builders.register(office, clerk, MARK)
    seen = builders.register(office, clerk, "Open paper", secrecy="public")
    client = client_of(app, "auditor")
    key = client.get("/log/key").text
    given = post(client, "/log/period", **{"from": "2026-03-01", "to": "2099-01-01"}).data
    assert verify_period(given.splitlines(keepends=True), key).startswith("Entries 0 to ")
    assert MARK not in given.decode()
    lines = [json.loads(each) for each in given.splitlines()[1:-6]]
    told = {each["leaf"]["kind"]: each["payload"] for each in lines if each["payload"]}
    assert str(seen.id) in given.decode()
    assert told["document.registered"]["name"] == "clerk"
    assert sum(each["leaf"]["kind"] == "document.registered" for each in lines) == 2
    assert [each["payload"] for each in lines].count(None) == 1
    assert "was handed out" in client.get("/log?kind=log.exported").text
    for wrong in (("2026-03-02", "2026-03-01"), ("2020-01-01", "2020-01-02"), ("soon", "later")):
        answer = post(client, "/log/period", **{"from": wrong[0], "to": wrong[1]})
        assert answer.status_code == 422
        assert "error" in answer.text


def test_refused_attempts_of_people_and_of_strangers_are_listed(office: Office, app: Flask) -> None:
    builders.add_person(office, "clerk", Role.CLERK, name="Wang Xiaomin")
    builders.add_person(office, "security", Role.SECURITY_ADMIN)
    client_of(app, "clerk").get("/users")
    hidden = builders.register(office, builders.add_person(office, "wang", Role.CLERK), MARK)
    builders.add_person(office, "staff", Role.STAFF)
    client_of(app, "staff").get(f"/documents/{hidden.id}")
    for _ in range(3):
        assert sign_in(app.test_client(), "clerk", "wrong").status_code == 401
    client = client_of(app, "security")
    text = client.get("/log/refused").text
    assert "Wang Xiaomin" in text
    assert "GET /users" in text
    assert "not allowed" in text
    assert "GET /documents/&lt;uuid:document_id&gt;" in text
    assert MARK not in text
    assert hidden.number not in text
    assert "not signed in" in text
    assert "Who saw what" not in text
    assert client.get("/log/seen").status_code == 403
    assert "Nothing was refused." in client.get("/log/refused?to=2001-01-01").text


def test_who_saw_a_secret_document_is_told_up_to_the_clearance_of_who_asks(
    office: Office, app: Flask
) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK, name="Wang Xiaomin")
    builders.add_person(office, "auditor", Role.AUDITOR)
    builders.add_person(office, "junior", Role.AUDITOR, clearance=Secrecy.INTERNAL)
    with office.database.writing() as uow:
        uow.session.execute(update(Register).values(ceiling=Secrecy.TOP_SECRET))
    secret = builders.register(office, clerk, MARK, secrecy="secret")
    plain = builders.register(office, clerk, "Plain")
    with office.database.writing() as uow:
        record_views(uow, [View(clerk, each.id, None, uow.now) for each in (secret, plain)])
    text = client_of(app, "auditor").get(f"/log/seen?number={secret.number}").text
    assert "Wang Xiaomin" in text
    assert MARK not in text
    latest = client_of(app, "auditor").get("/log/seen").text
    assert secret.number in latest
    assert plain.number not in latest
    hidden = client_of(app, "junior").get(f"/log/seen?number={secret.number}")
    never = client_of(app, "junior").get("/log/seen?number=IN-2026-9999")
    assert hidden.status_code == never.status_code == 422
    assert "above your clearance" in hidden.text
    assert "Wang Xiaomin" not in hidden.text
    assert secret.number not in client_of(app, "junior").get("/log/seen").text
