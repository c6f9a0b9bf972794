"""The section of similar documents: brought to the page once it stands, empty where none is."""

import pytest
from flask import Flask

from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.web.visitor import Visitor


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


def test_the_section_names_what_is_alike_and_is_nothing_otherwise(
    office: Office, app: Flask, holder: Actor
) -> None:
    one = builders.register(office, holder, "Inspection of the harbour dykes")
    two = builders.register(office, holder, "Harbour dykes <b> inspection")
    other = builders.register(office, holder, "Budget of the canteen")
    builders.work(office)
    clerk = Visitor(app, "chen")
    page = clerk.get(f"/documents/{one.id}").text
    assert f'hx-get="/documents/{one.id}/similar"' in page
    assert "Similar documents" not in page
    section = clerk.get(f"/documents/{one.id}/similar").text
    assert f"/documents/{two.id}" in section
    assert "Harbour dykes &lt;b&gt; inspection" in section
    assert str(other.id) not in section
    assert clerk.get(f"/documents/{other.id}/similar").text.strip() == ""


def test_hidden_and_absent_documents_answer_alike(
    office: Office, app: Flask, holder: Actor
) -> None:
    made = builders.register(office, holder, "Inspection of the harbour dykes")
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.STAFF, unit="branch")
    far = Visitor(app, "far")
    for each in (made.id, "01234567-89ab-7def-8123-456789abcdef"):
        assert far.get(f"/documents/{each}/similar").status_code == 404
