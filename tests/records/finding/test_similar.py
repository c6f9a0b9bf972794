"""Documents like one: within what the reader may see, and without those that are told elsewhere."""

import pytest

from records.core.errors import NotFound
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.finding.similar import MOST_SIMILAR, similar_documents
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.registration.service import void_registration
from records.related.linking import add_link
from records.related.rules import Direction, LinkKind
from records.worker import Worker
from tests.builders import add_person, add_unit, register
from tests.records.finding.desk import Desk, soon
from tests.web.visitor import counted

DYKES = (
    "The dykes of the harbour were inspected. The harbour needs higher dykes and pumps. Pumps fail."
)


def like(desk: Desk, actor: Actor, document: Document) -> list[str]:
    with desk.office.database.reading() as uow:
        lines = similar_documents(uow, actor, desk.reader, desk.office.vault, document.id)
    return [each.title for each in lines]


@pytest.fixture
def dykes(office: Office, clerk: Actor, worker: Worker) -> Document:
    made = register(office, clerk, "Inspection of dykes", files=[("a.txt", DYKES.encode())])
    register(office, clerk, "Budget of the canteen", files=[("b.txt", b"Soup and bread. Soup!")])
    register(
        office,
        clerk,
        "Repair of the harbour dykes",
        files=[("c.txt", b"New pumps stand behind the dykes; the harbour inspected them twice.")],
    )
    worker.run_until_idle()
    return made


def test_what_is_about_the_same_is_found_and_nothing_else(
    clerk: Actor, desk: Desk, dykes: Document
) -> None:
    assert like(desk, clerk, dykes) == ["Repair of the harbour dykes"]


def test_chinese_documents_of_one_matter_are_alike(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    made = register(office, clerk, "关于做好今年防汛抗旱工作的通知")
    register(office, clerk, "防汛抗旱工作情况的报告")
    register(office, clerk, "关于召开全区教育会议的通知")
    worker.run_until_idle()
    assert like(desk, clerk, made) == ["防汛抗旱工作情况的报告"]


def test_what_a_reader_may_not_see_is_not_similar(
    office: Office, clerk: Actor, desk: Desk, dykes: Document, worker: Worker
) -> None:
    register(
        office,
        clerk,
        "Secret inspection of the harbour dykes",
        secrecy="confidential",
        files=[("s.txt", b"Nobody may know that the pumps in the harbour fail when dykes break.")],
    )
    worker.run_until_idle()
    assert len(like(desk, clerk, dykes)) == 2
    low = add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    assert like(desk, low, dykes) == ["Repair of the harbour dykes"]


def test_a_hidden_document_is_like_nothing(office: Office, desk: Desk, dykes: Document) -> None:
    add_unit(office, "depot")
    outsider = add_person(office, "wang", Role.STAFF, unit="depot")
    with pytest.raises(NotFound):
        like(desk, outsider, dykes)


def test_linked_twin_and_voided_documents_are_left_out(
    office: Office, clerk: Actor, desk: Desk, dykes: Document, worker: Worker
) -> None:
    text = DYKES.encode()
    twin = register(office, clerk, "Inspection of dykes again", files=[("t.txt", text + b" End.")])
    linked = register(office, clerk, "Dykes of the harbour: pumps")
    voided = register(office, clerk, "Harbour dykes: inspection of pumps")
    with office.database.writing() as uow:
        add_link(
            uow,
            clerk,
            document_id=dykes.id,
            other_id=linked.id,
            kind=LinkKind.BELONGS,
            direction=Direction.OUTGOING,
            reason=None,
        )
    worker.run_until_idle()
    assert twin.state == DocumentState.REGISTERED
    before = like(desk, clerk, dykes)
    assert voided.title in before
    assert linked.title not in before
    with office.database.writing() as uow:
        void_registration(
            uow, clerk, document_id=voided.id, version=voided.version, reason="Typed twice"
        )
    # Voided now, though the index does not know it yet.
    assert voided.title not in like(desk, clerk, dykes)


def test_few_are_shown_and_the_number_of_statements_is_fixed(
    office: Office, clerk: Actor, desk: Desk, dykes: Document, worker: Worker
) -> None:
    with counted(office.database.engine) as few:
        like(desk, clerk, dykes)
    for number in range(MOST_SIMILAR + 3):
        register(office, clerk, f"Inspection of dykes and pumps in harbour {number}")
    worker.run_until_idle()
    soon(lambda: len(like(desk, clerk, dykes)) == MOST_SIMILAR)  # readers look now and then
    with counted(office.database.engine) as many:
        assert len(like(desk, clerk, dykes)) == MOST_SIMILAR
    assert len(many) <= len(few)


def test_without_an_index_nothing_is_similar(office: Office, clerk: Actor, desk: Desk) -> None:
    made = register(office, clerk, "Inspection of dykes")
    assert like(desk, clerk, made) == []
