"""No explanation tells anybody of documents that they may not see."""

import random
from uuid import UUID

import pytest
from sqlalchemy import event, select

from records.classification.plan import class_by_code
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.models import Document
from records.filing.evidence import ReasonKind
from records.filing.suggestions import suggestion_of
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from tests.builders import add_person, add_unit, register
from tests.records.filing.files import (
    CLASSES,
    do_jobs,
    filed,
    received,
    suggestion,
)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "wang", Role.CLERK)


@pytest.fixture
def low(office: Office) -> Actor:
    """A clerk of the same registers who may see nothing above `internal`."""
    return add_person(office, "li", Role.CLERK, clearance=Secrecy.INTERNAL)


def test_hidden_filings_are_neither_counted_nor_named(
    office: Office, clerk: Actor, low: Actor
) -> None:
    for place in range(4):
        for code in CLASSES:
            filed(office, clerk, code, place, secrecy="secret", document_number=f"AWE/2024/{place}")
    document = received(office, clerk, "4.1", 7, document_number="AWE/2024/99")
    do_jobs(office)
    seen_all = suggestion(office, clerk, document)
    seen_none = suggestion(office, low, document)
    assert seen_all.classes[0].reason.kind is ReasonKind.SENDER
    assert seen_all.classes[0].reason.count == 4
    # The same choice, which was learned from all, with a reason that says nothing of them.
    assert [each.code for each in seen_none.classes] == [each.code for each in seen_all.classes]
    for each in (*seen_none.classes, seen_none.unit):
        assert each is not None
        assert each.reason.kind is ReasonKind.LEARNED
        assert (each.reason.count, each.reason.of, each.reason.name) == (0, 0, None)


def test_hidden_filings_change_no_reason(office: Office, clerk: Actor, low: Actor) -> None:
    for place in range(3):
        for code in CLASSES:
            filed(office, clerk, code, place)
    document = received(office, clerk, "4.1", 7)
    do_jobs(office)
    before = {each.code: each.reason for each in suggestion(office, low, document).classes}
    for place in range(10, 16):
        for code in CLASSES:
            filed(office, clerk, code, place, secrecy="secret")
        # From the same sender, and filed elsewhere: what must not be told.
        filed_elsewhere = received(office, clerk, "4.1", place, secrecy="top_secret")
        with office.database.writing() as uow:
            uow.session.get_one(Document, filed_elsewhere.id).class_id = _class(uow, "5.2")
    do_jobs(office)
    after = {each.code: each.reason for each in suggestion(office, low, document).classes}
    assert {code: after[code] for code in before if code in after} == {
        code: before[code] for code in before if code in after
    }
    assert after["4.1"].count == 3


def _class(uow: UnitOfWork, code: str) -> UUID:
    return class_by_code(uow, code).id


def test_a_hidden_document_has_no_suggestion_to_ask_for(
    office: Office, clerk: Actor, low: Actor
) -> None:
    document = received(office, clerk, "4.1", secrecy="secret")
    do_jobs(office)
    with pytest.raises(NotFound):
        suggestion(office, low, document)


def test_every_count_is_that_of_the_visible_documents_whatever_is_hidden(office: Office) -> None:
    """Compared, for people of every clearance and unit, with counts that are made another way."""
    chance = random.Random(5)  # noqa: S311
    add_unit(office, "depot")
    clerk = add_person(office, "wang", Role.CLERK)
    readers = [
        add_person(office, f"{unit}-{role}-{level.code}", role, unit=unit, clearance=level)
        for level in Secrecy
        for unit, role in (("office", Role.CLERK), ("depot", Role.STAFF), ("office", Role.STAFF))
    ]
    for place in range(60):
        filed(
            office,
            clerk,
            chance.choice(CLASSES),
            place,
            sender=chance.choice(("A", "B", "C")),
            document_number=f"{chance.choice(('XA', 'XB'))}/2024/{place}",
            secrecy=chance.choice(list(Secrecy)).code,
            unit=chance.choice(("office", "depot")),
        )
    asked = [
        register(
            office,
            clerk,
            f"Open {sender}",
            sender=sender,
            secrecy="public",
            document_number=f"{prefix}/2025/1",
        )
        for sender in ("A", "B", "C", "D")
        for prefix in ("XA", "XB", "XC")
    ]
    do_jobs(office)
    told = 0
    for reader in readers:
        for document in asked:
            found = suggestion(office, reader, document)
            for each in found.classes:
                if each.reason.kind is ReasonKind.LEARNED:
                    assert _seen(office, reader, document, each.code) == (0, 0)
                else:
                    told += 1
                    sender, series = _seen(office, reader, document, each.code)
                    by_sender = each.reason.kind is ReasonKind.SENDER
                    assert each.reason.count == (sender if by_sender else series)
                    assert by_sender or sender == 0
    assert told > 50


def _seen(office: Office, reader: Actor, like: Document, code: str) -> tuple[int, int]:
    """Count filed documents that a person may see, one by one, in plain Python."""
    from records.documents.visibility import get_document
    from records.filing.rules import series_of

    sender = series = 0
    with office.database.reading() as uow:
        class_id = _class(uow, code)
        ids = uow.session.scalars(select(Document.id).where(Document.state == "filed")).all()
        for each in ids:
            try:
                document = get_document(uow, reader, each)
            except NotFound:
                continue
            if document.class_id == class_id:
                sender += document.sender == like.sender
                series += series_of(document.document_number or "") == series_of(
                    like.document_number or ""
                )
    return sender, series


def test_a_suggestion_costs_the_same_statements_however_much_was_filed(
    office: Office, clerk: Actor
) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        with office.database.reading() as uow:
            event.listen(office.database.engine, "before_cursor_execute", note)
            try:
                suggestion_of(uow, clerk, document.id)
            finally:
                event.remove(office.database.engine, "before_cursor_execute", note)
        return len(seen)

    for place in range(2):
        for code in CLASSES:
            filed(office, clerk, code, place, document_number=f"AWE/2024/{place}")
    document = received(office, clerk, "4.1", 7, document_number="AWE/2024/99")
    do_jobs(office)
    few = statements()
    for place in range(10, 20):
        for code in CLASSES:
            filed(office, clerk, code, place, document_number=f"AWE/2024/{place}")
    do_jobs(office)
    assert statements() == few <= 9
