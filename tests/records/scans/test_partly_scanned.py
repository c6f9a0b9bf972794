"""A PDF of which only some pages are scanned: those are recognised, the others keep their text."""

import io

import pypdf
import pytest
from sqlalchemy import select

from records.documents.models import Component, ComponentText
from records.office import Office
from records.people.rules import Actor, Role
from records.scans.models import RecognisedPage, Recognition
from records.scans.service import recognise
from search.reading import ocr_available
from tests.builders import add_person, register, work
from tests.letters import letter
from tests.records.scans.papers import as_pdf
from tests.records.scans.test_recognition import INSTALL, components, content, recognition, text
from tests.records.scans.typed import scanned

TYPED, LAST = ["Dear colleague,", "the annexes are scanned."], ["The last page is typed again."]


def joined(*files: bytes) -> bytes:
    """Return one PDF with the pages of some."""
    writer = pypdf.PdfWriter()
    for each in files:
        writer.append(io.BytesIO(each))
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def letter_with_annexes() -> bytes:
    annexes = as_pdf([scanned(["附件一", "车辆清单"]), scanned(["附件二", "人员名单"], skew=1.5)])
    return joined(letter([TYPED]), annexes, letter([LAST]))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "zhao", Role.CLERK)


def recognised_numbers(office: Office) -> list[int]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(RecognisedPage.page).order_by(RecognisedPage.page)))


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_text_of_the_typed_pages_is_there(
    office: Office, clerk: Actor
) -> None:
    document = register(office, clerk, files=[("letter.pdf", letter_with_annexes())])
    work(office)
    (original,) = components(office, document)
    assert (original.text_state, original.reason_code) == ("done", "partly_scanned")
    assert text(office, original) == ["\n".join(TYPED), "", "", *LAST]
    assert recognition(office, original.id).state == "missing"


@pytest.mark.usefixtures("no_engine")
def test_blank_pages_are_no_scans(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, files=[("letter.pdf", letter([TYPED, [], LAST]))])
    work(office)
    (original,) = components(office, document)
    assert (original.text_state, original.reason_code) == ("done", None)
    with office.database.reading() as uow:
        assert uow.session.get(Recognition, original.id) is None


@pytest.mark.skipif(not ocr_available(), reason=INSTALL)
def test_only_the_scanned_pages_are_recognised_and_each_text_stands_on_its_page(
    office: Office, clerk: Actor
) -> None:
    data = letter_with_annexes()
    document = register(office, clerk, files=[("letter.pdf", data)])
    work(office)
    original, copy = components(office, document)
    assert (original.text_state, original.reason_code) == ("done", None)
    assert content(office, original) == data
    first, second, third, last = text(office, original)
    assert (first, last) == ("\n".join(TYPED), *LAST)
    assert "车辆清单" in second.replace(" ", "")
    assert "人员名单" in third.replace(" ", "")
    assert recognised_numbers(office) == [1, 2]
    found = recognition(office, original.id)
    assert (found.state, found.pages_done, found.pages_total) == ("done", 2, 2)

    whole = pypdf.PdfReader(io.BytesIO(content(office, copy)))
    shown = [page.extract_text().replace(" ", "") for page in whole.pages]
    assert "".join(TYPED).replace(" ", "") in shown[0].replace("\n", "")
    assert ("车辆清单" in shown[1], "人员名单" in shown[2]) == (True, True)
    assert LAST[0].replace(" ", "") in shown[3]


@pytest.mark.skipif(not ocr_available(), reason=INSTALL)
def test_recognised_again_it_keeps_the_text_of_the_typed_pages(
    office: Office, clerk: Actor
) -> None:
    data = joined(letter([TYPED]), as_pdf([scanned(["附件一"])]), letter([LAST]))
    document = register(office, clerk, files=[("letter.pdf", data)])
    work(office)
    original = components(office, document)[0]
    before = text(office, original)
    with office.database.writing() as uow:
        recognise(uow, clerk, component_id=original.id)
    with office.database.reading() as uow:
        assert uow.session.get(ComponentText, original.id) is not None
    work(office)
    assert text(office, original) == before
    assert recognised_numbers(office) == [1]
    with office.database.reading() as uow:
        fresh = uow.session.get_one(Component, original.id)
    assert (fresh.text_state, fresh.page_count) == ("done", 3)
    assert [each.role for each in components(office, document)].count("searchable") == 1
