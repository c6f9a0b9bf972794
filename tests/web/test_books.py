"""Registers as books, their keeping, old books, and the file plan."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from records.classification.models import FileClass
from records.office import Office
from records.people.rules import Actor, Role
from records.registration.service import void_registration
from tests import builders
from tests.web.offices import client_of, post, upload

YEAR = datetime.now(UTC).year
BOOK = """number,title,sender,received_on
1,Flood report,Harbour,2019-01-05
4,Bridge report,Harbour,2019-02-01
"""


@pytest.fixture
def clerk(office: Office) -> Actor:
    return builders.add_person(office, "clerk", Role.CLERK)


@pytest.fixture
def admin(office: Office, app: Flask) -> FlaskClient:
    builders.add_person(office, "sysadmin", Role.SYSTEM_ADMIN)
    return client_of(app, "sysadmin")


def test_a_book_is_read_from_both_ends(office: Office, app: Flask, clerk: Actor) -> None:
    with office.database.writing() as uow:
        for _ in range(120):
            builders.register_in(uow, clerk)
    client = client_of(app, "clerk")
    for order, expected in (("", range(120, 0, -1)), ("?order=rising", range(1, 121))):
        path: str | None = f"/registers/incoming{order}"
        seen: list[int] = []
        while path:
            text = client.get(path).text
            seen += [int(each) for each in re.findall(rf'class="number">IN-{YEAR}-(\d+)<', text)]
            following = re.search(r'href="([^"]+)" rel="next"', text)
            path = following.group(1).replace("&amp;", "&") if following else None
        assert seen == list(expected)
        back = re.search(r'href="([^"]+)" rel="prev"', text)
        assert back is not None
        before = client.get(back.group(1).replace("&amp;", "&")).text
        assert before.count("data-row") == 50


def test_a_voided_line_stays_with_its_reason(office: Office, app: Flask, clerk: Actor) -> None:
    mistake = builders.register(office, clerk, "Mistake")
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=mistake.id, version=None, reason="twice")
    text = client_of(app, "clerk").get("/registers/incoming").text
    assert "voided" in text
    assert "twice" in text
    answer = client_of(app, "clerk").get(f"/registers/incoming/{YEAR}.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[1][0] == mistake.number
    assert "twice" in rows[1]


def test_a_clerk_of_another_unit_does_not_read_the_book(office: Office, app: Flask) -> None:
    builders.add_unit(office, "water")
    builders.add_person(office, "other", Role.CLERK, unit="water")
    client = client_of(app, "other")
    assert client.get("/registers/incoming").status_code == 403
    assert "There is no register for you." in client.get("/registers").text
    assert client.get("/registers/nowhere").status_code == 404


def test_registers_are_opened_changed_and_closed(admin: FlaskClient) -> None:
    form = {
        "code": "letters",
        "name": "Letters",
        "kind": "incoming",
        "unit": "office",
        "pattern": "L-{year}-{number}",
        "padding": "3",
        "ceiling": "internal",
    }
    wrong = post(admin, "/registers/new", **{**form, "pattern": "L-{number}"})
    assert wrong.status_code == 422
    assert 'value="Letters"' in wrong.text
    assert post(admin, "/registers/new", **{**form, "padding": "x"}).status_code == 422
    assert post(admin, "/registers/new", **form).status_code == 303
    assert post(admin, "/registers/new", **form).status_code == 409
    shown = admin.get("/registers/preview?pattern=A{year}.{number}&padding=5").text
    assert shown == f"A{YEAR}.00012"
    change = {**form, "version": "1", "closed_on": "2026-01-01"}
    assert post(admin, "/registers/letters/settings", **change).status_code == 303
    assert "closed since" in admin.get("/registers").text
    assert post(admin, "/registers/letters/settings", **change).status_code == 412


@pytest.mark.usefixtures("clerk")
def test_an_old_book_is_looked_through_confirmed_and_in(app: Flask) -> None:
    client = client_of(app, "clerk")
    path = "/registers/incoming/old-book"
    looked = upload(client, path, "book.csv", BOOK.encode())
    assert looked.status_code == 200
    assert "Nothing is written yet." in looked.text
    assert "This book is still empty." in client.get("/registers/incoming").text
    packed = re.search(r'name="book" value="([^"]+)"', looked.text)
    assert packed is not None
    done = post(client, f"{path}/lines", book=packed.group(1))
    assert done.status_code == 303
    text = client.get(done.headers["Location"]).text
    assert "Flood report" in text
    assert "IN-2019-0002 to IN-2019-0003" in text
    again = post(client, f"{path}/lines", book=packed.group(1))
    assert again.status_code == 422


@pytest.mark.usefixtures("clerk")
@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01", b"number,colour\n1,red\n", b"PK\x03\x04 broken"],
)
def test_a_file_that_is_no_book_is_refused_with_a_reason(app: Flask, content: bytes) -> None:
    client = client_of(app, "clerk")
    answer = upload(client, "/registers/incoming/old-book", "book.csv", content)
    assert answer.status_code == 422
    assert "notice seal" in answer.text
    assert post(client, "/registers/incoming/old-book/lines", book="?").status_code == 422


@pytest.mark.usefixtures("clerk")
def test_errors_of_an_old_book_are_told_by_line(app: Flask) -> None:
    bad = BOOK + "4,Twice,Harbour,2019-03-01\nx,No number,Harbour,2019-03-02\n"
    answer = upload(client_of(app, "clerk"), "/registers/incoming/old-book", "b.csv", bad.encode())
    assert answer.status_code == 422
    assert '<td class="numeric">4</td>' in answer.text
    assert '<td class="numeric">5</td>' in answer.text
    assert 'name="book"' not in answer.text


@pytest.mark.usefixtures("clerk")
def test_an_archivist_keeps_the_file_plan(office: Office, app: Flask) -> None:
    builders.add_person(office, "archivist", Role.ARCHIVIST)
    client = client_of(app, "archivist")
    form = {"code": "90", "title": "Harbours", "retention": "10", "default_secrecy": "secret"}
    assert post(client, "/file-plan/classes", **{**form, "retention": "x"}).status_code == 422
    assert post(client, "/file-plan/classes", **form).status_code == 303
    assert post(client, "/file-plan/classes", **form).status_code == 409
    with office.database.reading() as uow:
        made = uow.session.scalars(select(FileClass).where(FileClass.code == "90")).one()
    assert 'value="Harbours"' in client.get(f"/file-plan?class={made.id}").text
    changed = {**form, "id": str(made.id), "version": "1", "title": "Ports", "closed": "1"}
    assert post(client, "/file-plan/classes", **changed).status_code == 303
    text = client_of(app, "clerk").get("/file-plan").text
    assert "Ports" in text
    assert "class-dialog" not in text
    assert post(client_of(app, "clerk"), "/file-plan/classes", **form).status_code == 403


def test_a_plan_is_brought_in_from_a_file_or_ready_made(office: Office, app: Flask) -> None:
    builders.add_person(office, "archivist", Role.ARCHIVIST)
    with office.database.writing() as uow:
        uow.session.execute(delete(FileClass).where(FileClass.parent_id.is_not(None)))
        uow.session.execute(delete(FileClass))
    client = client_of(app, "archivist")
    assert "There is no file plan yet." in client.get("/file-plan").text
    bad = upload(client, "/file-plan/import", "p.csv", b"code,title,retention\n1,One,soon\n")
    assert bad.status_code == 422
    assert "One" not in client.get("/file-plan").text
    good = upload(client, "/file-plan/import", "p.csv", "code,title\n1,水利\n".encode())
    assert good.status_code == 303
    assert "水利" in client.get("/file-plan").text
    assert post(client, "/file-plan/import", ready="zh_CN").status_code == 303
