"""Search kept to a round, to one's rounds, to what one reads, and to a class of the file plan."""

import re

import pytest
from flask import Flask

from records.classification.plan import whole_plan
from records.finding.rebuilding import reindex
from records.office import Office
from records.people.rules import Role, Secrecy
from tests import builders
from tests.records.circulation.desks import Desks
from tests.web.visitor import Visitor


@pytest.fixture
def clerk(app: Flask, desks: Desks) -> Visitor:  # noqa: ARG001
    return Visitor(app, "clerk")


def test_a_round_is_searched_alone_until_its_chip_is_taken_out(
    office: Office, desks: Desks, clerk: Visitor
) -> None:
    bridge, road = (desks.document(f"Repair of the {what}") for what in ("bridge", "road"))
    round_id = desks.send(bridge, ["zhao"])
    reindex(office)
    assert f'name="round" value="{round_id}"' in clerk.get(f"/rounds/{round_id}").text
    page = clerk.get(f"/search?q=repair&round={round_id}").text
    assert f"/documents/{bridge.id}" in page
    assert f"/documents/{road.id}" not in page
    assert f"in the round of {bridge.number}" in page
    out = re.search(r'<a class="chip[^"]*" href="([^"]*)"', page)
    assert out is not None
    assert f"/documents/{road.id}" in clerk.get(out.group(1).replace("&amp;", "&")).text
    # Facets and their addresses stay within it.
    assert f"round={round_id}" in page.split('<details class="facet')[1]
    listed = clerk.get(f"/search/list.csv?q=repair&round={round_id}").text
    assert bridge.number in listed
    assert road.number not in listed
    nothing = clerk.get(f"/search?q=harbour&round={round_id}").text
    assert "Search everywhere" in nothing


def test_rounds_that_are_sent_and_items_to_read_are_searched(
    office: Office, app: Flask, desks: Desks, clerk: Visitor
) -> None:
    bridge, road = (desks.document(f"Repair of the {what}") for what in ("bridge", "road"))
    desks.send(bridge, ["zhao"])
    reindex(office)
    zhao = Visitor(app, "zhao")
    assert 'name="round" value="sent"' in clerk.get("/rounds").text
    assert 'name="round" value="reading"' in zhao.get("/reading").text
    for visitor, place in ((clerk, "sent"), (zhao, "reading")):
        page = visitor.get(f"/search?q=repair&round={place}").text
        assert f"/documents/{bridge.id}" in page
        assert f"/documents/{road.id}" not in page
    assert "Nothing found in what is narrowed down." in zhao.get("/search?q=repair&round=sent").text


def test_hidden_absent_and_odd_rounds_answer_alike(
    office: Office, app: Flask, desks: Desks
) -> None:
    round_id = desks.send(desks.document("Repair", secrecy="confidential"), ["zhao"])
    reindex(office)
    builders.add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    low = Visitor(app, "low")
    for value in (round_id, "01234567-89ab-7def-8123-456789abcdef", "x", "%00"):
        assert low.get(f"/search?q=repair&round={value}").status_code == 404


def test_a_class_is_searched_from_its_list(office: Office, clerk: Visitor) -> None:
    with office.database.reading() as uow:
        file_class = whole_plan(uow)[0]
    page = clerk.get(f"/documents?class={file_class.code}").text
    assert f'name="class" value="{file_class.code}"' in page
    assert "search-within" not in clerk.get("/documents").text
