import pytest

from records.audit.timeline import View, record_views, timeline
from records.core.errors import NotFound
from records.documents.models import Component, Document
from records.documents.service import change_document
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests.builders import add_person, add_unit, register
from tests.offices import HeldClock


def test_a_timeline_tells_who_did_what_in_order(
    office: Office, clerk: Actor, document: Document, worker: Worker
) -> None:
    worker.run_until_idle()
    with office.database.reading() as uow:
        moments = timeline(uow, clerk, document.id)
    assert [each.kind for each in moments] == [
        "document.registered",
        "component.read",
        "component.read",
    ]
    first, second, _ = moments
    assert (first.name, first.actor_id, first.operator) == ("chen", clerk.user_id, False)
    assert first.posts == tuple(f"{each.unit_name} · {each.title}" for each in clerk.posts)
    assert first.facts is not None
    assert first.facts["title"] == "The heron"
    assert (second.name, second.actor_id) == (None, None)


def test_changes_are_told_with_before_and_after(office: Office, clerk: Actor) -> None:
    add_unit(office, "depot", name="Depot")
    document = register(office, clerk, unit="office")
    with office.database.writing() as uow:
        change_document(uow, clerk, document_id=document.id, version=None, values={"unit": "depot"})
    with office.database.reading() as uow:
        last = timeline(uow, clerk, document.id)[-1]
    assert last.facts is not None
    assert last.facts["changes"] == {"unit": ["office", "depot"]}


def test_views_are_recorded_for_many_at_once_with_the_name_of_their_time(
    office: Office, clerk: Actor, document: Document, component: Component, clock: HeldClock
) -> None:
    seen_at = clock.now()
    clock.advance(minutes=1)
    views = [
        View(clerk, document.id, None, seen_at),
        View(clerk, document.id, component.id, seen_at),
    ]
    with office.database.writing() as uow:
        record_views(uow, views)
    with office.database.reading() as uow:
        moments = [each for each in timeline(uow, clerk, document.id) if "viewed" in each.kind]
    assert [each.name for each in moments] == ["chen", "chen"]
    assert [each.facts["component"] for each in moments if each.facts] == [None, str(component.id)]
    assert moments[0].facts is not None
    assert moments[0].facts["at"] == "2026-03-02T01:00:00.000000Z"


def test_a_payload_that_was_erased_leaves_the_moment(
    office: Office, clerk: Actor, document: Document
) -> None:
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_payload_no_delete")
        connection.exec_driver_sql("DELETE FROM log_payload")
        connection.commit()
    with office.database.reading() as uow:
        (moment,) = timeline(uow, clerk, document.id)
    assert moment.facts is None
    assert moment.kind == "document.registered"


def test_a_hidden_document_has_no_timeline(office: Office, document: Document) -> None:
    add_unit(office, "depot")
    outsider = add_person(office, "wang", Role.STAFF, unit="depot")
    with office.database.reading() as uow, pytest.raises(NotFound):
        timeline(uow, outsider, document.id)
