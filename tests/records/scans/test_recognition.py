import io
import threading
from uuid import UUID

import pytest
from sqlalchemy import select, update

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.jobs import Job
from records.documents.components import components_of
from records.documents.faces import document_face
from records.documents.models import Component, ComponentText, Document, StoredObject
from records.documents.texts import open_text
from records.office import Office
from records.people.rules import Actor, Role
from records.registration.service import void_registration
from records.scans import following
from records.scans.models import RecognisedPage, Recognition
from records.scans.pages import recognised_pages
from records.scans.service import progress_of, recognise, recognitions_of, renew_missing
from records.scans.splitting import split_stack
from search.reading import ocr_available
from tests.builders import add_person, add_unit, register, work
from tests.records.scans.papers import as_pdf, as_tiff, blank
from tests.records.scans.test_splitting import part
from tests.records.scans.typed import LETTER, jpeg, scanned

INSTALL = "needs tesseract: apt-get install tesseract-ocr tesseract-ocr-chi-sim"


@pytest.fixture(autouse=True)
def engine() -> None:
    if not ocr_available():
        pytest.skip(INSTALL)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "zhao", Role.CLERK)


def components(office: Office, document: Document) -> list[Component]:
    with office.database.reading() as uow:
        return components_of(uow, document.id)


def text(office: Office, component: Component) -> list[str]:
    with office.database.reading() as uow:
        stored = uow.session.get_one(StoredObject, component.object_name)
        kept = uow.session.get_one(ComponentText, component.id)
    return open_text(office.vault, stored.wrapped_key, kept.sealed)


def content(office: Office, component: Component) -> bytes:
    with office.database.reading() as uow:
        stored = uow.session.get_one(StoredObject, component.object_name)
    return b"".join(office.vault.read(stored.name, stored.wrapped_key))


def recognition(office: Office, component_id: UUID) -> Recognition:
    with office.database.reading() as uow:
        return uow.session.get_one(Recognition, component_id)


def test_a_scan_is_recognised_and_becomes_text_face_and_a_searchable_copy(
    office: Office, clerk: Actor
) -> None:
    data = jpeg(scanned())
    document = register(office, clerk, files=[("scan.jpg", data)])
    work(office)
    original, copy = components(office, document)
    assert (original.text_state, original.reason_code) == ("done", None)
    assert "公文处理办法" in text(office, original)[0].replace(" ", "")
    found = recognition(office, original.id)
    assert (found.state, found.pages_done, found.pages_total) == ("done", 1, 1)
    assert found.confidence is not None
    assert found.confidence > 0.8
    assert found.cpu_seconds > 0
    with office.database.reading() as uow:
        face = document_face(uow, clerk, office.vault, document.id)
        assert uow.session.get_one(Document, document.id).text_state == "done"
    assert face["document_number"]["value"] == "某政办发〔2026〕15号"
    assert face["document_number"]["evidence"]["box"] is not None
    assert (copy.role, copy.derived_from, copy.media_type) == (
        "searchable",
        original.id,
        "application/pdf",
    )
    assert content(office, original) == data
    import pypdf

    pdf = pypdf.PdfReader(io.BytesIO(content(office, copy)))
    assert "公文处理办法" in pdf.pages[0].extract_text().replace(" ", "")


def test_until_it_is_recognised_its_text_is_pending(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, files=[("scan.jpg", jpeg(scanned()))])
    seen: list[str] = []
    finished = threading.Event()

    def note() -> None:
        with office.database.reading() as uow:
            seen.append(uow.session.get_one(Document, document.id).text_state)

    def watch() -> None:
        while not finished.wait(0.02):
            note()

    note()
    watching = threading.Thread(target=watch)
    watching.start()
    work(office)
    finished.set()
    watching.join()
    note()
    assert [each for at, each in enumerate(seen) if at == 0 or seen[at - 1] != each] == [
        "pending",
        "done",
    ]


def test_every_page_of_a_tiff_is_recognised_and_a_blank_one_costs_nothing(
    office: Office, clerk: Actor
) -> None:
    pages = [scanned(["第一页", *LETTER]), blank(), scanned(["第三页", *LETTER])]
    document = register(office, clerk, files=[("scan.tif", as_tiff(pages))])
    work(office)
    original = components(office, document)[0]
    assert original.page_count == 3
    first, second, third = (each.replace(" ", "") for each in text(office, original))
    assert ("第一页" in first, second.strip(), "第三页" in third) == (True, "", True)


def test_a_page_without_text_says_so(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, files=[("scan.jpg", jpeg(blank()))])
    work(office)
    (original,) = components(office, document)
    assert (original.text_state, original.reason_code) == ("none", "image_only")
    found = recognition(office, original.id)
    assert (found.state, found.reason_code) == ("done", "nothing_recognised")


def test_a_stack_that_is_split_hands_its_recognised_pages_on(office: Office, clerk: Actor) -> None:
    pages = [scanned(["第一份文件"]), scanned(["第二份文件"])]
    stack = register(office, clerk, files=[("scan.pdf", as_pdf(pages))])
    work(office)
    with office.database.writing() as uow:
        split_stack(
            uow,
            clerk,
            document_id=stack.id,
            version=None,
            parts=[part(2), part(1)],
            book_reason="Split.",
        )
    work(office)
    with office.database.reading() as uow:
        made = uow.session.scalars(
            select(Document).where(Document.id != stack.id).order_by(Document.number)
        ).all()
    first, second = (components(office, each)[0] for each in made)
    assert "第二份" in text(office, first)[0].replace(" ", "")
    assert "第一份" in text(office, second)[0].replace(" ", "")
    # Their pages came from the stack, so they cost nothing again.
    assert recognition(office, first.id).cpu_seconds == 0
    with office.database.reading() as uow:
        stored = uow.session.get_one(StoredObject, first.object_name)
        kept = recognised_pages(uow, office.vault, (first.id, stored.wrapped_key))
    assert [each.page for each in kept] == [0]


def test_without_an_engine_it_says_so_and_goes_on_when_there_is_one(
    office: Office, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as missing:
        for module in ("records.worker", "records.scans.following", "records.scans.service"):
            missing.setattr(f"{module}.ocr_available", lambda: ())
        document = register(office, clerk, files=[("scan.jpg", jpeg(scanned()))])
        work(office)
        (original,) = components(office, document)
        assert (original.text_state, original.reason_code) == ("none", "image_only")
        found = recognition(office, original.id)
        assert (found.state, found.reason_code) == ("missing", following.NO_ENGINE)
        with office.database.writing() as uow:
            assert renew_missing(uow) == 0
    with office.database.writing() as uow:
        assert renew_missing(uow) == 1
    work(office)
    assert components(office, document)[0].text_state == "done"


def test_it_is_recognised_again_on_wish_and_keeps_its_text_until_then(
    office: Office, clerk: Actor
) -> None:
    document = register(office, clerk, files=[("scan.jpg", jpeg(scanned()))])
    work(office)
    original = components(office, document)[0]
    with office.database.writing() as uow:
        recognise(uow, clerk, component_id=original.id)
    with office.database.reading() as uow:
        assert progress_of(uow, [document.id])[document.id].pages_total == 1
        assert recognitions_of(uow, [original.id])[original.id].at_work
        assert uow.session.get_one(Component, original.id).text_state == "done"
        assert uow.session.get(ComponentText, original.id) is not None
    with office.database.writing() as uow, pytest.raises(Conflict):
        recognise(uow, clerk, component_id=original.id)
    work(office)
    assert recognition(office, original.id).state == "done"
    with office.database.reading() as uow:
        assert progress_of(uow, [document.id]) == {}
    # The newest searchable copy is the only one that is still made of it.
    assert [each.role for each in components(office, document)].count("searchable") == 1


def test_only_who_keeps_the_register_asks_for_it(office: Office, clerk: Actor) -> None:
    scan = register(office, clerk, secrecy="public", files=[("scan.jpg", jpeg(blank()))])
    note = register(office, clerk, files=[("note.txt", b"words")])
    work(office)
    add_unit(office, "other")
    reader = add_person(office, "qian", Role.STAFF, unit="other")
    with office.database.writing() as uow, pytest.raises(NotAllowed):
        recognise(uow, reader, component_id=components(office, scan)[0].id)
    with office.database.writing() as uow, pytest.raises(NotFound):
        recognise(uow, reader, component_id=components(office, note)[0].id)
    with office.database.writing() as uow, pytest.raises(Invalid):
        recognise(uow, clerk, component_id=components(office, note)[0].id)
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=scan.id, version=None, reason="x")
    with office.database.writing() as uow, pytest.raises(Conflict):
        recognise(uow, clerk, component_id=components(office, scan)[0].id)


def test_the_language_that_was_chosen_is_used_and_an_unknown_one_refused(
    office: Office, clerk: Actor
) -> None:
    document = register(office, clerk, files=[("scan.jpg", jpeg(scanned()))])
    work(office)
    original = components(office, document)[0]
    with office.database.writing() as uow, pytest.raises(Invalid):
        recognise(uow, clerk, component_id=original.id, languages=["klingon"])
    with office.database.writing() as uow:
        recognise(uow, clerk, component_id=original.id, languages=["eng"])
    work(office)
    with office.database.reading() as uow:
        stored = uow.session.get_one(StoredObject, original.object_name)
        pages = recognised_pages(uow, office.vault, (original.id, stored.wrapped_key))
    assert [each.languages for each in pages] == [("eng",)]
    with office.database.writing() as uow:
        recognise(uow, clerk, component_id=original.id)
    assert recognition(office, original.id).languages is None


def test_a_run_that_was_overtaken_writes_nothing(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, files=[("scan.jpg", jpeg(scanned()))])
    work(office)
    original = components(office, document)[0]
    with office.database.writing() as uow:
        recognise(uow, clerk, component_id=original.id)
        uow.session.execute(
            update(Recognition)
            .values(state="failed")
            .where(Recognition.component_id == original.id)
        )
    work(office)
    with office.database.reading() as uow:
        assert uow.session.scalars(select(RecognisedPage)).all() == []
        assert uow.session.scalars(select(Job)).all() == []
