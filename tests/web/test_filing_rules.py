"""The screens of the rules of filing."""

import pytest
from flask import Flask
from sqlalchemy import select

from records.filing.keeping import RuleFacts, add_rule
from records.filing.models import FilingRule
from records.office import Office
from records.people.rules import Actor, Role
from tests import builders
from tests.web.offices import client_of, post
from tests.web.visitor import counted

RULE = {
    "name": "Budget letters",
    "sender": "Treasury",
    "words": "budget, estimates",
    "class": "4.1",
    "active": "1",
}


@pytest.fixture
def archivist(office: Office) -> Actor:
    return builders.add_person(office, "archivist", Role.ARCHIVIST)


def kept(office: Office) -> list[FilingRule]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(FilingRule).order_by(FilingRule.position)))


@pytest.mark.usefixtures("archivist")
def test_without_rules_the_page_says_what_they_are_for(app: Flask) -> None:
    text = client_of(app, "archivist").get("/file-plan/rules").text
    assert "There is no rule yet." in text
    assert "/file-plan/rules/new" in text


@pytest.mark.usefixtures("archivist")
def test_a_rule_is_written_changed_moved_and_removed(office: Office, app: Flask) -> None:
    client = client_of(app, "archivist")
    assert post(client, "/file-plan/rules/new", **RULE).status_code == 303
    other = {**RULE, "name": "Courses", "sender": "Staff College", "words": "", "class": "3.4"}
    assert post(client, "/file-plan/rules/new", **other).status_code == 303
    first, second = kept(office)
    assert (first.name, first.words, first.active) == (
        "Budget letters",
        ["budget", "estimates"],
        True,
    )
    page = client.get("/file-plan/rules").text
    assert page.index("Budget letters") < page.index("Courses")
    post(client, f"/file-plan/rules/{second.id}/move", to="up")
    assert [each.name for each in kept(office)] == ["Courses", "Budget letters"]
    changed = {**RULE, "version": str(kept(office)[1].version), "name": "Budgets", "active": ""}
    assert post(client, f"/file-plan/rules/{first.id}", **changed).status_code == 303
    assert "switched off" in client.get("/file-plan/rules").text
    assert post(client, f"/file-plan/rules/{first.id}", **changed).status_code == 412
    post(client, "/file-plan/rules/remove", rule=str(first.id))
    assert [each.name for each in kept(office)] == ["Courses"]


@pytest.mark.usefixtures("archivist")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "This must not be empty."),
        ({"sender": "", "words": ""}, "A rule needs at least one condition."),
        ({"class": ""}, "Say where such documents go"),
        ({"class": "no such"}, "There is no class"),
        ({"class": "4"}, "takes no documents"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    office: Office, app: Flask, wrong: dict[str, str], says: str
) -> None:
    answer = post(client_of(app, "archivist"), "/file-plan/rules/new", **{**RULE, **wrong})
    assert answer.status_code in (409, 422)
    assert says in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert kept(office) == []
    if wrong.get("sender") != "":
        assert 'value="Treasury"' in answer.text


@pytest.mark.usefixtures("archivist")
def test_a_rule_is_tried_before_it_is_saved(office: Office, app: Flask) -> None:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    for place in range(3):
        builders.register(
            office, clerk, f"Budget estimates {place}", sender="The Treasury", secrecy="public"
        )
    builders.register(office, clerk, "Budget estimates", sender="The Treasury", secrecy="secret")
    builders.register(office, clerk, "Course", sender="The Treasury", secrecy="public")
    answer = post(client_of(app, "archivist"), "/file-plan/rules/new", **RULE, then="try")
    assert answer.status_code == 200
    # The secret one is not the archivist's to see before it is filed.
    assert "It applies to 3 of the newest 4 documents that you see." in answer.text
    assert kept(office) == []


def test_only_archivists_keep_rules(office: Office, app: Flask) -> None:
    builders.add_person(office, "clerk", Role.CLERK)
    client = client_of(app, "clerk")
    assert client.get("/file-plan/rules").status_code == 403
    assert post(client, "/file-plan/rules/new", **RULE).status_code == 403


def test_the_list_costs_the_same_however_many_rules_there_are(
    office: Office, app: Flask, archivist: Actor
) -> None:
    def cost() -> int:
        with counted(office.database.engine) as statements:
            assert client.get("/file-plan/rules").status_code == 200
        return len(statements)

    client = client_of(app, "archivist")
    post(client, "/file-plan/rules/new", **RULE)
    few = cost()
    with office.database.writing() as uow:
        for number in range(12):
            facts = RuleFacts(f"Rule {number}", sender=f"Sender {number}", class_code="3.4")
            add_rule(uow, archivist, facts)
    assert cost() == few
