"""The four checks on screens: the panel, the evidence, the report, and the list."""

import io

import pytest
from flask import Flask
from pypdf import PdfReader

from records.assessment.rules import Cause, Check, Finding, Outcome
from records.assessment.service import keep_assessment
from records.core.jobs import Job
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from tests import builders
from tests.web.offices import client_of, counted, post


@pytest.fixture
def clerk(office: Office) -> Actor:
    return builders.add_person(office, "clerk", Role.CLERK)


@pytest.fixture
def checked(office: Office, clerk: Actor) -> Document:
    made = builders.register(office, clerk, "Plan", files=[("plan.docm", b"plan")])
    for _ in range(2):
        keep(office, made)
    return made


def keep(office: Office, document: Document, code: str = "macros") -> None:
    found = [Finding(each, Outcome.PASSED) for each in Check if each is not Check.ACTIVE]
    found.append(Finding(Check.ACTIVE, Outcome.WARNING, code, ["plan.docm"]))
    with office.database.writing() as uow:
        keep_assessment(uow, document.id, Cause.RECEIPT, found)


def test_the_panel_names_what_needs_a_look(app: Flask, checked: Document) -> None:
    text = client_of(app, "clerk").get(f"/documents/{checked.id}").text
    panel = text.partition('id="four-checks"')[2].partition("</section>")[0]
    assert "A file carries macros. They are never run here. (plan.docm)" in panel
    assert panel.count("passed") == 3


@pytest.mark.usefixtures("clerk")
def test_a_document_that_was_not_checked_says_so(app: Flask, office: Office, clerk: Actor) -> None:
    made = builders.register(office, clerk, "New")
    client = client_of(app, "clerk")
    assert "four-checks" not in client.get(f"/documents/{made.id}").text
    page = client.get(f"/documents/{made.id}/assessments").text
    assert "This document was not checked yet." in page
    assert client.get(f"/documents/{made.id}/assessment.pdf").status_code == 404


def test_the_evidence_is_shown_printed_and_asked_for_anew(
    app: Flask, office: Office, checked: Document
) -> None:
    client = client_of(app, "clerk")
    page = client.get(f"/documents/{checked.id}/assessments").text
    assert "Every file is, byte for byte, what was received." in page
    assert "Checked before" in page
    pdf = client.get(f"/documents/{checked.id}/assessment.pdf")
    assert pdf.mimetype == "application/pdf"
    text = PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    assert "Report of the four checks" in text
    assert checked.number in text
    assert post(client, f"/documents/{checked.id}/assessments").status_code == 303
    with office.database.reading() as uow:
        assert uow.session.query(Job).where(Job.kind == "assessment.asked").count() == 1


def test_the_list_costs_the_same_however_long(
    app: Flask, office: Office, clerk: Actor, checked: Document
) -> None:
    client = client_of(app, "clerk")
    path = "/assessments?outcome=warning"
    assert client.get("/assessments").text.count("data-row") == 0
    with counted(office) as before:
        assert client.get(path).text.count("data-row") == 1
    for number in range(4):
        keep(office, builders.register(office, clerk, f"Plan {number}"))
    with counted(office) as after:
        assert client.get(path).text.count("data-row") == 5
    assert len(after) == len(before)
    assert checked.title in client.get(path).text


def test_whoever_may_not_see_the_document_learns_nothing(
    app: Flask, office: Office, checked: Document
) -> None:
    builders.add_person(office, "otto", Role.STAFF, clearance=Secrecy.INTERNAL)
    builders.add_person(office, "arno", Role.ARCHIVIST, clearance=Secrecy.INTERNAL)
    otto, arno = client_of(app, "otto"), client_of(app, "arno")
    assert otto.get("/assessments").status_code == 403
    assert checked.title not in arno.get("/assessments?outcome=warning").text
    for path in ("assessments", "assessment.pdf"):
        assert arno.get(f"/documents/{checked.id}/{path}").status_code == 404
