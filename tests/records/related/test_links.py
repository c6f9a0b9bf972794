from uuid import UUID

import pytest

from records.core.errors import NotFound
from records.documents.models import Document
from records.documents.service import change_document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.related.links import Links, links_of
from records.related.rules import Direction, LinkKind
from records.worker import Worker
from tests.builders import add_person, register
from tests.records.related.papers import page

ASKS = page("某府文〔2025〕5号", "某市人民政府关于设立示范区的请示", "现将有关情况请示如下。")
ANSWERS = page(
    "省府函〔2025〕9号",
    "省人民政府关于设立示范区的批复",
    "你市《关于设立示范区的请示》（某府文〔2025〕5号）收悉。按照国发〔2010〕4号规定，现批复如下。",
)


def links(office: Office, actor: Actor, document: Document) -> Links:
    with office.database.reading() as uow:
        return links_of(uow, actor, document.id)


def told(found: Links) -> list[tuple[LinkKind, Direction, UUID | None, str | None]]:
    return [
        (each.kind, each.direction, each.document.id if each.document else None, each.number)
        for each in (*found.outgoing, *found.incoming)
    ]


@pytest.fixture
def pair(office: Office, clerk: Actor, worker: Worker) -> tuple[Document, Document]:
    asks = register(office, clerk, "请示", files=[("a.txt", ASKS)])
    answers = register(office, clerk, "批复", files=[("b.txt", ANSWERS)])
    worker.run_until_idle()
    return asks, answers


def test_a_reply_is_linked_to_what_it_answers_from_both_sides(
    office: Office, clerk: Actor, pair: tuple[Document, Document]
) -> None:
    asks, answers = pair
    number = "某府文〔2025〕5号"
    assert told(links(office, clerk, answers)) == [
        (LinkKind.ANSWERS, Direction.OUTGOING, asks.id, number),
        (LinkKind.CITES, Direction.OUTGOING, None, "国发〔2010〕4号"),
    ]
    assert told(links(office, clerk, asks)) == [
        (LinkKind.ANSWERS, Direction.INCOMING, answers.id, number)
    ]


def test_a_number_that_a_clerk_confirms_stands_above_what_was_read(
    office: Office, clerk: Actor, pair: tuple[Document, Document]
) -> None:
    asks, answers = pair
    with office.database.writing() as uow:
        change_document(
            uow,
            clerk,
            document_id=asks.id,
            version=None,
            values={"document_number": "某府文〔2025〕6号"},
        )
    assert told(links(office, clerk, asks)) == []
    assert told(links(office, clerk, answers))[0][2] is None


def test_a_hidden_document_is_no_link_and_its_number_looks_like_anybody_s(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    stranger = add_person(office, "wu", Role.STAFF, clearance=Secrecy.INTERNAL)
    hidden = register(office, clerk, "请示", files=[("a.txt", ASKS)])
    open_to_all = register(office, clerk, "批复", secrecy="public", files=[("b.txt", ANSWERS)])
    worker.run_until_idle()
    seen = links(office, stranger, open_to_all)
    assert [(each.document, each.number) for each in seen.outgoing] == [
        (None, "某府文〔2025〕5号"),
        (None, "国发〔2010〕4号"),
    ]
    with pytest.raises(NotFound):
        links(office, stranger, hidden)
    # From the other side: who sees the request alone is not told of a hidden reply.
    asked = register(office, clerk, "请示", secrecy="public", files=[("c.txt", ASKS)])
    register(office, clerk, "批复", secrecy="confidential", files=[("d.txt", ANSWERS)])
    worker.run_until_idle()
    assert [
        each.document and each.document.id for each in links(office, stranger, asked).incoming
    ] == [open_to_all.id]
