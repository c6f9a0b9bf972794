"""Taking a confirmation back: everything is as before, or nothing happens."""

import pytest

from records.classification.plan import ClassFacts, add_class
from records.core.errors import Conflict, NotAllowed, NotFound, Stale
from records.core.log import entries_about
from records.documents.filing import file_document
from records.documents.metadata import read_metadata
from records.documents.models import Document
from records.documents.rules import RegisterKind, Step
from records.documents.service import change_document
from records.documents.undoing import undo_check
from records.office import Office
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.registration.service import change_secrecy
from tests import builders


@pytest.fixture
def clerk(office: Office) -> Actor:
    with office.database.writing() as uow:
        add_class(uow, SERVICE, ClassFacts("77", "Water", retention="10", unit="office"))
    return builders.add_person(office, "chen", Role.CLERK)


@pytest.fixture
def letter(office: Office, clerk: Actor) -> Document:
    return builders.register(
        office, clerk, "scan 0001", written_on="2026-02-01", keywords="dyke, mill", pages="3"
    )


def _check(office: Office, clerk: Actor, letter: Document, **values: str) -> Document:
    raw = {name.rstrip("_"): value for name, value in values.items()}
    with office.database.writing() as uow:
        return change_document(
            uow,
            clerk,
            document_id=letter.id,
            version=None,
            values=read_metadata(raw),
            step=Step.CHECK,
        )


def _undo(office: Office, clerk: Actor, letter: Document, version: int | None = None) -> Document:
    with office.database.writing() as uow:
        return undo_check(uow, clerk, document_id=letter.id, version=version)


def _now(office: Office, letter: Document) -> dict[str, object]:
    with office.database.reading() as uow:
        row = uow.session.get_one(Document, letter.id)
        names = Document.__table__.columns.keys()
        return {name: getattr(row, name) for name in names if name != "version"}


def test_every_value_comes_back(office: Office, clerk: Actor, letter: Document) -> None:
    before = _now(office, letter)
    _check(
        office,
        clerk,
        letter,
        title="Dykes",
        sender="The mill",
        document_number="水发〔2026〕1号",
        written_on="2026-02-03",
        printed_on="2026-02-04",
        keywords="water",
        pages="",
        urgency="flash",
        remarks="two\nlines",
        unit="office",
        class_="77",
    )
    assert _now(office, letter) != before
    undone = _undo(office, clerk, letter)
    assert _now(office, letter) == before
    assert undone.version > letter.version
    with office.database.reading() as uow:
        kinds = [entry.kind for entry, _ in entries_about(uow.session, letter.id)]
    assert kinds[-2:] == ["document.checked", "document.check_undone"]


def test_the_secrecy_that_came_with_it_goes_too(
    office: Office, clerk: Actor, letter: Document
) -> None:
    with office.database.writing() as uow:
        values = read_metadata({"secrecy_term": "1 year"})
        change_document(
            uow, clerk, document_id=letter.id, version=None, values=values, step=Step.CHECK
        )
        change_secrecy(
            uow,
            clerk,
            document_id=letter.id,
            version=None,
            secrecy=Secrecy.CONFIDENTIAL,
            reason="while checking",
            term="1 year",
        )
    undone = _undo(office, clerk, letter)
    assert (undone.secrecy, undone.secrecy_term, undone.state) == (1, None, "registered")


def test_a_document_waits_again_and_can_be_checked_again(
    office: Office, clerk: Actor, letter: Document
) -> None:
    _check(office, clerk, letter, title="One")
    _undo(office, clerk, letter)
    _check(office, clerk, letter, title="Two")
    assert _undo(office, clerk, letter).title == "scan 0001"


def test_what_was_changed_or_filed_since_is_not_undone(
    office: Office, clerk: Actor, letter: Document
) -> None:
    _check(office, clerk, letter, title="One")
    with office.database.writing() as uow:
        values = read_metadata({"sender": "The mill"})
        change_document(uow, clerk, document_id=letter.id, version=None, values=values)
    with pytest.raises(Conflict, match="Something was done"):
        _undo(office, clerk, letter)
    with office.database.writing() as uow:
        file_document(
            uow,
            clerk,
            document_id=letter.id,
            version=None,
            class_code="77",
            register_kind=RegisterKind.INCOMING,
        )
    with pytest.raises(Conflict, match="filed"):
        _undo(office, clerk, letter)


def test_an_edit_of_a_checked_document_is_not_undone(
    office: Office, clerk: Actor, letter: Document
) -> None:
    _check(office, clerk, letter, title="One")
    _check(office, clerk, letter, title="Two")
    with pytest.raises(Conflict, match="Something was done"):
        _undo(office, clerk, letter)


def test_an_old_sight_and_a_document_that_waits_are_refused(
    office: Office, clerk: Actor, letter: Document
) -> None:
    with pytest.raises(Conflict):
        _undo(office, clerk, letter)
    version = _check(office, clerk, letter, title="One").version
    with pytest.raises(Stale):
        _undo(office, clerk, letter, version=version - 1)
    assert _undo(office, clerk, letter, version=version).state == "registered"


def test_only_a_clerk_of_the_register_undoes(
    office: Office, clerk: Actor, letter: Document
) -> None:
    _check(office, clerk, letter, title="One", unit="office")
    with pytest.raises(NotAllowed):
        _undo(office, builders.add_person(office, "staff"), letter)
    builders.add_unit(office, "far")
    with pytest.raises(NotFound):
        _undo(office, builders.add_person(office, "far", Role.CLERK, unit="far"), letter)


def test_the_number_that_a_move_gave_is_not_taken_back(office: Office, clerk: Actor) -> None:
    with office.database.writing() as uow:
        from records.people.organization import unit_by_code
        from records.registration.registers import add_register

        add_register(
            uow,
            SERVICE,
            code="plain",
            name="Plain",
            kind="incoming",
            clerk_unit_id=unit_by_code(uow, "office").id,
            pattern="P-{year}-{number}",
            padding=3,
            ceiling=Secrecy.INTERNAL,
        )
    made = builders.register(office, clerk, "Plans", register="plain")
    with office.database.writing() as uow:
        change_document(uow, clerk, document_id=made.id, version=None, values={}, step=Step.CHECK)
        change_secrecy(
            uow,
            clerk,
            document_id=made.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason="as printed",
        )
    with pytest.raises(Conflict, match="Something was done"):
        _undo(office, clerk, made)
