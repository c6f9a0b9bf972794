"""The four checks: what each finds, that nothing of it leaks, and that they come round again."""

import io
import zipfile
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from records.assessment.rules import Check, Outcome
from records.assessment.service import (
    ASKED_JOB,
    ASSESS_JOB,
    PERIODIC_JOB,
    Assessor,
    ask_assessment,
    assessments_of,
    enqueue_due,
    list_assessments,
)
from records.core.errors import NotAllowed, NotFound
from records.core.jobs import Job, enqueue
from records.core.log import LogEntry
from records.core.runner import Runner
from records.documents.filing import file_document
from records.documents.models import Component, Document
from records.documents.reading import ComponentReader
from records.documents.rules import RegisterKind
from records.documents.texts import READ_JOB
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from search.reading import Cage
from tests.builders import add_person, register
from tests.letters import letter
from tests.offices import HeldClock
from tests.reading import samples

Told = dict[str, tuple[str, str, list[str]]]


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "clerk", Role.CLERK)


def work(office: Office) -> None:
    """Read what was registered, and check what is to be checked."""
    with Cage() as cage:
        reader = ComponentReader(office.database, office.vault, cage)
        handlers = {READ_JOB: reader.handler, **Assessor(office.database, office.vault).handlers}
        runner = Runner(office.database, handlers, parallel=1)
        while runner.turn(0.2):
            pass
        runner.close()


def assessed(office: Office, document_id: UUID) -> Told:
    """Read and check a document; return what was found by check."""
    work(office)
    with office.database.writing() as uow:
        enqueue(uow, ASSESS_JOB, subject_id=document_id)
    work(office)
    clerk = add_or_find(office)
    with office.database.reading() as uow:
        made = assessments_of(uow, clerk, document_id)[0]
    return {each["check"]: (each["outcome"], each["code"], each["named"]) for each in made.findings}


def add_or_find(office: Office) -> Actor:
    from tests.builders import actor

    return actor(office, "clerk")


def macros(name: str = "word/vbaProject.bin") -> bytes:
    return samples.package({"word/document.xml": b"<document/>", name: b"macros"})


def test_a_plain_letter_passes_and_says_why(office: Office, clerk: Actor) -> None:
    made = register(office, clerk, files=[("a.pdf", letter([["A letter"]]))])
    found = assessed(office, made.id)
    assert set(found) == set(Check)
    assert found["digest"] == ("passed", "", [])
    assert found["opens"] == found["names"] == found["active"] == ("passed", "", [])
    assert found["signatures"] == ("not_applicable", "unsigned", [])
    assert found["metadata"][:2] == ("not_applicable", "not_yet")


def test_paper_has_no_files_to_check(office: Office, clerk: Actor) -> None:
    found = assessed(office, register(office, clerk, medium="paper").id)
    assert {each[0] for name, each in found.items() if name != "metadata"} == {"not_applicable"}


def test_a_damaged_object_fails_by_name(office: Office, clerk: Actor) -> None:
    made = register(office, clerk, files=[("a.txt", b"one"), ("b.txt", b"two")])
    with office.database.reading() as uow:
        query = select(Component.object_name).where(Component.name == "b.txt")
        name = uow.session.scalars(query).one()
    path = office.config.home / "objects" / name[:2] / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    assert assessed(office, made.id)["digest"] == ("failed", "changed", ["b.txt"])


SCRIPTED = letter([["A letter"]]).replace(
    b"/Type /Catalog",
    b"/Type /Catalog /Names << /JavaScript << /Names [(a) << /S /JavaScript"
    b" /JS (app.alert\\(1\\)) >>] >> >>",
)
HARMFUL: dict[str, tuple[str, Callable[[], bytes], str, tuple[str, str]]] = {
    "macros": ("a.docm", macros, "active", ("warning", "macros")),
    "scripts": ("a.pdf", lambda: SCRIPTED, "active", ("warning", "javascript")),
    "another kind": (
        "a.pdf",
        lambda: b"<html><body>no PDF</body></html>",
        "names",
        ("warning", "other_type"),
    ),
    "damage": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(2_000), "opens", ("failed", "unreadable")),
}


@pytest.mark.parametrize("what", HARMFUL)
def test_what_is_wrong_with_a_file_is_told_by_its_name(
    office: Office, clerk: Actor, what: str
) -> None:
    name, content, check, expected = HARMFUL[what]
    made = register(office, clerk, files=[(name, content())])
    assert assessed(office, made.id)[check] == (*expected, [name])


def test_content_from_elsewhere_is_told_and_links_are_not(office: Office, clerk: Actor) -> None:
    made = register(office, clerk, files=[("a.docx", _related("attachedTemplate"))])
    assert assessed(office, made.id)["active"] == ("warning", "external", ["a.docx"])
    made = register(office, clerk, files=[("b.docx", _related("hyperlink"))])
    assert assessed(office, made.id)["active"][0] == "passed"


def _related(kind: str) -> bytes:
    space = "http://schemas.openxmlformats.org"
    relation = (
        f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="a" '
        f'Type="{space}/officeDocument/2006/relationships/{kind}" Target="http://a.example/x" '
        'TargetMode="External"/></Relationships>'
    )
    out = io.BytesIO(samples.package({"word/document.xml": b"<document/>"}))
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("word/_rels/document.xml.rels", relation)
    return out.getvalue()


def test_filed_without_what_filing_asks_for_fails(office: Office, clerk: Actor) -> None:
    made = filed(office, clerk)
    with office.database.writing() as uow:
        uow.session.get_one(Document, made.id).sender = None
    outcome, code, named = assessed(office, made.id)["metadata"]
    assert (outcome, code, named) == ("failed", "missing", ["sender"])


def filed(office: Office, clerk: Actor) -> Document:
    """File a document into the first class that takes any."""
    from records.classification.models import FileClass

    made = register(office, clerk, sender="The ministry", kind="通知")
    with office.database.writing() as uow:
        parents = select(FileClass.parent_id).where(FileClass.parent_id.is_not(None))
        leaf = select(FileClass.code).where(FileClass.id.not_in(parents)).limit(1)
        return file_document(
            uow,
            clerk,
            document_id=made.id,
            version=None,
            class_code=uow.session.scalars(leaf).one(),
            register_kind=RegisterKind.INCOMING,
            values={"unit": "office"},
        )


def test_what_is_filed_comes_round_again(office: Office, clerk: Actor, clock: HeldClock) -> None:
    made = filed(office, clerk)
    register(office, clerk, "Not filed")
    with office.database.writing() as uow:
        assert enqueue_due(uow, 30) == 1
        jobs = uow.session.scalars(select(Job.subject_id).where(Job.kind == PERIODIC_JOB)).all()
    assert jobs == [made.id]
    work(office)
    with office.database.writing() as uow:
        assert enqueue_due(uow, 30) == 0
    clock.advance(days=31)
    with office.database.writing() as uow:
        assert enqueue_due(uow, 30) == 1
        kinds = uow.session.scalars(select(LogEntry.kind)).all()
    assert list(kinds).count("document.assessed") == 1


def test_only_registry_and_archive_ask_and_nobody_learns_of_what_is_hidden(
    office: Office, clerk: Actor
) -> None:
    outsider = add_person(office, "otto", Role.STAFF, clearance=Secrecy.INTERNAL)
    archivist = add_person(office, "arno", Role.ARCHIVIST, clearance=Secrecy.INTERNAL)
    made = register(office, clerk, "Hidden", files=[("a.docm", macros())], secrecy="confidential")
    work(office)
    with pytest.raises(NotAllowed), office.database.writing() as uow:
        ask_assessment(uow, outsider, made.id)
    with pytest.raises(NotFound), office.database.writing() as uow:
        ask_assessment(uow, archivist, made.id)
    with office.database.writing() as uow:
        ask_assessment(uow, clerk, made.id)
        assert uow.session.scalars(select(Job.kind).where(Job.kind == ASKED_JOB)).all()
    work(office)
    with office.database.reading() as uow:
        for each in (outsider, archivist):
            with pytest.raises(NotFound):
                assessments_of(uow, each, made.id)
            assert list_assessments(uow, each, outcome=Outcome.WARNING) == []
        (line,) = list_assessments(uow, clerk, outcome=Outcome.WARNING)
    assert line.document_id == made.id
