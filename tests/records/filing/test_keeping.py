"""Rules of the office: what they suggest, in which order, and what happens when they change."""

import pytest
from sqlalchemy import select

from records.circulation.plans import ReaderChoice, RoundPlan, StagePlan
from records.circulation.routes import RouteStage, save_route
from records.circulation.rules import Purpose
from records.circulation.sending import start_round
from records.classification.plan import class_by_code
from records.core.errors import Conflict, NotAllowed
from records.documents.models import Document
from records.filing.evidence import ReasonKind
from records.filing.keeping import RuleFacts, add_rule, change_rule, move_rule, remove_rule
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import Actor, Role
from tests.builders import add_person, add_unit, register
from tests.letters import letter
from tests.records.filing.files import do_jobs, filed, received, suggestion


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "wang", Role.CLERK)


@pytest.fixture
def archivist(office: Office) -> Actor:
    return add_person(office, "gu", Role.ARCHIVIST)


def ruled(office: Office, archivist: Actor, facts: RuleFacts) -> None:
    with office.database.writing() as uow:
        add_rule(uow, archivist, facts)
    do_jobs(office)


def test_a_rule_suggests_from_the_first_document_on(
    office: Office, clerk: Actor, archivist: Actor
) -> None:
    add_unit(office, "finance")
    ruled(
        office,
        archivist,
        RuleFacts("Budget", sender="treasury", class_code="4.1", unit="finance"),
    )
    document = received(office, clerk, "4.1", unit="")
    do_jobs(office)
    found = suggestion(office, clerk, document)
    assert found.rule_name == "Budget"
    assert found.classes[0].code == "4.1"
    assert found.classes[0].confidence == 1.0
    assert found.classes[0].reason.kind is ReasonKind.RULE
    assert found.unit is not None
    assert found.unit.code == "finance"


def test_words_are_looked_for_in_the_pages(office: Office, clerk: Actor, archivist: Actor) -> None:
    from records.worker import Worker

    ruled(office, archivist, RuleFacts("Marmalade", words="marmalade", class_code="2.5"))
    pdf = letter([["Dear Sir,", "the Marmalade has arrived"], ["yours"]])
    document = register(office, clerk, "A letter", files=[("a.pdf", pdf)])
    with Worker(office) as worker:
        worker.run_until_idle()
    assert suggestion(office, clerk, document).rule_name == "Marmalade"


def test_a_rule_goes_before_what_was_learned_and_the_first_one_decides(
    office: Office, clerk: Actor, archivist: Actor
) -> None:
    for place in range(6):
        filed(office, clerk, "4.1", place)
        filed(office, clerk, "3.4", place)
    document = received(office, clerk, "4.1", 9)
    do_jobs(office)
    assert suggestion(office, clerk, document).classes[0].code == "4.1"
    ruled(office, archivist, RuleFacts("First", sender="Treasury", class_code="5.2"))
    ruled(office, archivist, RuleFacts("Second", sender="Treasury", class_code="5.4"))
    assert [each.code for each in suggestion(office, clerk, document).classes] == [
        "5.2",
        "4.1",
        "3.4",
    ]
    with office.database.writing() as uow:
        from records.filing.models import FilingRule

        second = uow.session.scalars(select(FilingRule).where(FilingRule.name == "Second")).one()
        move_rule(uow, archivist, rule_id=second.id, up=True)
    do_jobs(office)
    assert suggestion(office, clerk, document).rule_name == "Second"
    with office.database.writing() as uow:
        remove_rule(uow, archivist, rule_id=second.id, version=None)
    # At once, before the worker has looked again.
    assert suggestion(office, clerk, document).rule_name == "First"


def test_a_rule_that_is_switched_off_says_nothing(
    office: Office, clerk: Actor, archivist: Actor
) -> None:
    facts = RuleFacts("Budget", sender="Treasury", class_code="4.1")
    with office.database.writing() as uow:
        rule = add_rule(uow, archivist, facts)
    document = received(office, clerk, "4.1")
    do_jobs(office)
    assert suggestion(office, clerk, document).rule_name == "Budget"
    with office.database.writing() as uow:
        off = RuleFacts("Budget", sender="Treasury", class_code="4.1", active=False)
        change_rule(uow, archivist, rule_id=rule.id, version=1, facts=off)
    assert suggestion(office, clerk, document).classes == ()


def test_a_rule_never_suggests_a_closed_class(
    office: Office, clerk: Actor, archivist: Actor
) -> None:
    ruled(office, archivist, RuleFacts("Budget", sender="Treasury", class_code="4.1"))
    document = received(office, clerk, "4.1")
    with office.database.writing() as uow:
        class_by_code(uow, "4.1").closed = True
    do_jobs(office)
    assert suggestion(office, clerk, document).classes == ()
    with office.database.writing() as uow, pytest.raises(Conflict):
        add_rule(uow, archivist, RuleFacts("New", sender="x", class_code="4.1"))


def test_only_archivists_write_rules(office: Office, clerk: Actor) -> None:
    with office.database.writing() as uow, pytest.raises(NotAllowed):
        add_rule(uow, clerk, RuleFacts("Budget", sender="Treasury", class_code="4.1"))


def test_the_route_of_earlier_rounds_is_suggested_to_those_who_may_use_it(
    office: Office, clerk: Actor
) -> None:
    add_unit(office, "depot")
    reader = add_person(office, "li", Role.STAFF)
    outside = add_person(office, "zhao", Role.CLERK, unit="depot")
    assert reader.user_id is not None
    with office.database.writing() as uow:
        save_route(
            uow,
            clerk,
            route_id=None,
            unit_id=unit_by_code(uow, "office").id,
            name="Budget round",
            purpose=Purpose.READ,
            stages=(RouteStage((ReaderChoice("user", reader.user_id),)),),
        )
    plan = RoundPlan(Purpose.READ, (StagePlan((reader.user_id,)),))
    for place in range(4):
        document = filed(office, clerk, "4.1", place)
        filed(office, clerk, "3.4", place)
        with office.database.writing() as uow:
            start_round(uow, clerk, document_id=document.id, plan=plan)
    waiting = received(office, clerk, "4.1", 9, secrecy="public")
    do_jobs(office)
    route = suggestion(office, clerk, waiting).route
    assert route is not None
    assert route.title == "Budget round"
    assert (route.reason.kind, route.reason.count) == (ReasonKind.SENDER, 4)
    # Another unit's route is neither offered nor named.
    assert suggestion(office, outside, waiting).route is None


def test_a_correction_of_the_sender_is_judged_anew(
    office: Office, clerk: Actor, archivist: Actor
) -> None:
    from records.documents.service import change_document

    ruled(office, archivist, RuleFacts("Budget", sender="Treasury", class_code="4.1"))
    document = received(office, clerk, "3.4")
    do_jobs(office)
    assert suggestion(office, clerk, document).rule_name is None
    with office.database.writing() as uow:
        change_document(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            values={"sender": "The Treasury"},
        )
    do_jobs(office)
    assert suggestion(office, clerk, document).rule_name == "Budget"
    assert isinstance(document, Document)
