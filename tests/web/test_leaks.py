"""Nothing that a person may not see shows anywhere: pages, counts, facets, suggestions, files."""

import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
from flask import Flask

from records.documents.rules import Step
from records.documents.service import change_document
from records.finding.rebuilding import reindex
from records.office import Office
from records.people.rules import Role, Secrecy
from records.registration.service import change_secrecy
from tests import builders
from tests.web.offices import MARK, client_of

YEAR = datetime.now(UTC).year
PATHS = (
    "/",
    "/documents",
    "/documents?sort=title",
    "/documents?secrecy=secret",
    "/documents?state=checked",
    "/documents/list.csv",
    "/documents/list.xlsx",
    f"/search?q={MARK}",
    f"/search?q={MARK.lower()}*",
    f"/search?q=sender:{MARK}",
    "/search?q=paper",
    "/search?q=paper&sort=date",
    f"/search?q=paper&sender={MARK}",
    "/registers",
    "/registers/incoming",
    "/registers/incoming?order=rising",
    f"/registers/incoming/{YEAR}.csv",
    f"/registers/incoming/{YEAR}.xlsx",
    "/registers/outgoing",
    "/file-plan",
    "/file-plan/list.csv",
    "/users",
    "/units",
    "/groups",
    "/account",
    "/account/keys",
    "/account/deputies",
    "/account/phrases",
    "/reading",
    "/reading?due=overdue",
    "/tasks",
    "/tasks?whose=given&state=all",
    "/account/notices",
    "/notices",
    "/log",
    "/log?kind=document.registered",
    "/log?kind=document.secrecy_changed",
    "/log/list.csv",
    "/log/list.xlsx",
    "/statistics/rounds",
    "/statistics/rounds?period=year",
    "/statistics/rounds.xlsx",
    "/statistics/seals",
    "/statistics/seals.xlsx",
    "/seals/book",
    "/seals/book/list.csv",
    "/seals/book/list.xlsx",
    f"/pick/units?q={MARK[:3]}",
    f"/pick/classes?q={MARK[:3]}",
    "/rounds",
    "/rounds?state=running",
    "/routes",
    "/calendar",
    f"/pick/principals?q={MARK[:3]}",
    f"/pick/readers?q={MARK[:3]}",
    f"/pick/posts?q={MARK[:3]}",
    f"/pick/people?q={MARK[:3]}",
    f"/pick/colleagues?q={MARK[:3]}",
)
# Another word of the same length, which nobody ever wrote.
NEVER_WRITTEN = "QUOKKALYNXS"

PEOPLE = {
    "stranger": (Role.STAFF, Secrecy.TOP_SECRET),
    "uncleared": (Role.CLERK, Secrecy.INTERNAL),
    "auditor": (Role.AUDITOR, Secrecy.TOP_SECRET),
    "archivist": (Role.ARCHIVIST, Secrecy.INTERNAL),
    "leader": (Role.LEADER, Secrecy.TOP_SECRET),
    "sysadmin": (Role.SYSTEM_ADMIN, Secrecy.TOP_SECRET),
    "secadmin": (Role.SECURITY_ADMIN, Secrecy.TOP_SECRET),
    "auditadmin": (Role.AUDIT_ADMIN, Secrecy.TOP_SECRET),
}


@pytest.fixture
def guarded(office: Office) -> Office:
    """An office with secret documents, one of which became secret later."""
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_unit(office, "elsewhere")
    for login, (role, clearance) in PEOPLE.items():
        unit = "office" if role is Role.CLERK else "elsewhere"
        builders.add_person(office, login, role, unit=unit, clearance=clearance)
    builders.register(office, clerk, "Open paper", secrecy="public", unit="elsewhere")
    for register in ("incoming", "outgoing"):
        builders.register(
            office,
            clerk,
            f"{MARK} paper",
            register=register,
            secrecy="secret",
            sender=f"{MARK} office",
            document_number=f"{MARK}〔2026〕1号",
            remarks=MARK,
            urgency="flash",
        )
    raised = builders.register(office, clerk, f"Raised {MARK} paper", keywords=MARK)
    with office.database.writing() as uow:
        change_document(uow, clerk, document_id=raised.id, version=None, values={}, step=Step.CHECK)
        change_secrecy(
            uow,
            clerk,
            document_id=raised.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason=f"because of {MARK}",
        )
    reindex(office)
    return office


def _text(data: bytes) -> str:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            data = b"".join(package.read(each) for each in package.namelist())
    text = data.decode("utf-8", "replace")
    return re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", text).upper()


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("login", PEOPLE)
def test_a_hidden_title_occurs_in_no_answer(app: Flask, login: str) -> None:
    client = client_of(app, login)
    opened = 0
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code in (200, 403, 404), path
        opened += answer.status_code == 200
        if MARK in path.upper():
            # The page repeats the question: it must say the same of a word that is nowhere.
            other = client.get(re.sub(MARK, NEVER_WRITTEN, path, flags=re.IGNORECASE))
            assert _text(answer.data).replace(MARK, NEVER_WRITTEN) == _text(other.data), path
        else:
            assert MARK not in _text(answer.data), path
    assert opened > 10


@pytest.mark.usefixtures("guarded")
def test_the_same_walk_finds_the_title_for_who_may_see_it(app: Flask) -> None:
    client = client_of(app, "clerk")
    found = [path for path in PATHS if MARK in _text(client.get(path).data)]
    assert {"/", "/documents", "/search?q=paper", "/registers/incoming"} <= set(found)
    assert {"/documents/list.csv", "/documents/list.xlsx"} <= set(found)


@pytest.mark.usefixtures("guarded")
def test_counts_and_facets_leave_hidden_documents_out(app: Flask) -> None:
    client = client_of(app, "stranger")
    page = client.get("/search?q=paper").text
    assert "1 document<" in page
    assert "Open paper" not in client.get("/search?q=paper&secrecy=secret").text
    assert "1 of 1" in client.get("/documents").text


@pytest.mark.usefixtures("guarded")
def test_a_book_shows_hidden_lines_by_their_number_alone(app: Flask) -> None:
    text = client_of(app, "uncleared").get("/registers/incoming").text
    assert text.count("Not for you to see") == 2
    # Nor who registered it, and when: one of three lines tells.
    assert text.count("<time ") == 1
    assert f"IN-{YEAR}-0002" in text
