import io
from collections.abc import Sequence
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.documents.components import components_of
from records.documents.models import Component, Document, ObjectIntent, StoredObject
from records.documents.rules import DocumentState
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.registration.models import Registration
from records.scans.models import Split
from records.scans.plans import Part, SeenPage, TakenPage, check_plan, propose
from records.scans.sheets import Sheet, read_sheet, write_sheet
from records.scans.splitting import await_split, look_for_sheets, parts_of, split_stack, taken_from
from records.scans.stacks import StackView, stack_of
from tests.builders import add_person, add_unit, register, work
from tests.records.scans.papers import as_pdf, as_tiff, blank, paper, sheet_page

pytestmark = pytest.mark.usefixtures("no_engine")
KEY = b"k" * 32
REASON = "Split into documents of their own."


def part(*numbers: int, **said: str) -> Part:
    return Part(tuple(map(TakenPage, numbers)), Sheet(**said))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "zhao", Role.CLERK)


def stack(office: Office, clerk: Actor, pages: Sequence[Image.Image], **values: str) -> Document:
    return register(office, clerk, "Stack", files=[("scan.pdf", as_pdf(pages))], **values)


def view(office: Office, clerk: Actor, document_id: UUID) -> StackView:
    with office.database.reading() as uow:
        found = stack_of(uow, clerk, office.vault, document_id)
    assert found is not None
    return found


def look(office: Office, clerk: Actor, document_id: UUID) -> StackView:
    work(office)
    with office.database.writing() as uow:
        look_for_sheets(uow, clerk, document_id=document_id)
    work(office)
    return view(office, clerk, document_id)


def split(office: Office, clerk: Actor, document_id: UUID, parts: Sequence[Part]) -> Split:
    with office.database.writing() as uow:
        split_stack(
            uow, clerk, document_id=document_id, version=None, parts=parts, book_reason=REASON
        )
    work(office)
    with office.database.reading() as uow:
        return uow.session.get_one(Split, document_id)


def made(office: Office, clerk: Actor, document_id: UUID) -> list[tuple[Document, list[int]]]:
    with office.database.reading() as uow:
        return parts_of(uow, clerk, document_id)


def content(office: Office, document: Document) -> bytes:
    with office.database.reading() as uow:
        component = components_of(uow, document.id)[0]
        stored = uow.session.get_one(StoredObject, component.object_name)
    return b"".join(office.vault.read(stored.name, stored.wrapped_key))


# Rules -----------------------------------------------------------------------------------------


def test_a_sheet_says_what_it_was_printed_with_and_only_in_its_own_office() -> None:
    sheet = Sheet("incoming", "confidential", "urgent", "财务处")
    assert read_sheet(KEY, write_sheet(KEY, sheet)) == sheet
    assert read_sheet(KEY, write_sheet(KEY, Sheet())) == Sheet()
    assert read_sheet(b"o" * 32, write_sheet(KEY, sheet)) is None
    assert read_sheet(KEY, write_sheet(KEY, sheet).replace("confidential", "public")) is None
    assert read_sheet(KEY, "https://example.com/?mac=AAAAAAAAAAAAAAAA") is None


def test_a_stack_falls_apart_at_its_sheets_without_them_and_their_backs() -> None:
    pages = [
        SeenPage(1),
        SeenPage(2, Sheet("incoming")),
        SeenPage(3, is_blank=True),
        SeenPage(4),
        SeenPage(5, is_blank=True),
        SeenPage(6, Sheet()),
        SeenPage(7, Sheet(urgency="flash")),
        SeenPage(8),
        SeenPage(9, Sheet()),
    ]
    assert propose(pages) == [part(1), part(4, 5, register="incoming"), part(8, urgency="flash")]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part()],
        [part(1), part(1, 2)],
        [part(1), part(4)],
        [part(0)],
        [part(1, 2, 3)],
        [Part((TakenPage(1, 45),))],
        [part(1)] * 201,
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(parts: list[Part]) -> None:
    with pytest.raises(Invalid):
        check_plan(parts, 3)


# Splitting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["pdf", "tiff"])
def test_sheets_and_blank_pages_are_found_and_the_stack_is_split_there(
    office: Office, clerk: Actor, form: str
) -> None:
    urgent = Sheet(urgency="urgent", secrecy="confidential")
    pages = [
        paper("First letter"),
        sheet_page(office, urgent),
        blank(),
        paper("Second letter"),
        paper("goes on"),
        sheet_page(office, turned=181.0),
        paper("Third letter"),
    ]
    name, data = ("scan.pdf", as_pdf(pages)) if form == "pdf" else ("scan.tif", as_tiff(pages))
    document = register(office, clerk, "Stack", files=[(name, data)], received_on="2026-01-05")
    seen = look(office, clerk, document.id)
    assert [each.number for each in seen.pages if each.sheet] == [2, 6]
    assert [each.number for each in seen.pages if each.is_blank] == [3]
    assert seen.parts == [part(1), Part((TakenPage(4), TakenPage(5)), urgent), part(7)]

    done = split(office, clerk, document.id, seen.parts)
    assert done.state == "done", done.reason_message
    found = made(office, clerk, document.id)
    assert [numbers for _, numbers in found] == [[1], [4, 5], [7]]
    documents = [each for each, _ in found]
    year = document.number.split("-")[1]
    assert [each.number for each in documents] == [f"IN-{year}-{n:04}" for n in (2, 3, 4)]
    assert [each.urgency for each in documents] == ["routine", "urgent", "routine"]
    assert [Secrecy(each.secrecy).code for each in documents] == [
        "internal",
        "confidential",
        "internal",
    ]
    assert {str(each.received_on) for each in documents} == {"2026-01-05"}
    with office.database.reading() as uow:
        kept = uow.session.get_one(Document, document.id)
        line = uow.session.scalars(
            select(Registration).where(Registration.document_id == document.id)
        ).one()
        assert taken_from(uow, clerk, documents[1].id) is not None
    assert kept.state == DocumentState.VOIDED
    assert kept.text_state == "none"
    assert line.reason == REASON
    assert content(office, kept) == data


def test_pages_are_turned_moved_and_left_out_as_the_clerk_says(
    office: Office, clerk: Actor
) -> None:
    document = stack(office, clerk, [paper("one"), paper("two"), paper("three")])
    work(office)
    plan = [Part((TakenPage(3, 90), TakenPage(1)))]
    assert split(office, clerk, document.id, plan).state == "done"
    ((only, numbers),) = made(office, clerk, document.id)
    assert numbers == [3, 1]
    import pypdfium2 as pdfium

    taken = pdfium.PdfDocument(content(office, only))
    sizes = [taken.get_page_size(number) for number in range(len(taken))]
    assert [width > height for width, height in sizes] == [True, False]


def test_a_tiff_keeps_every_dot(office: Office, clerk: Actor) -> None:
    pages = [paper("one"), paper("two")]
    document = register(office, clerk, "Stack", files=[("scan.tif", as_tiff(pages))])
    work(office)
    assert split(office, clerk, document.id, [part(2), part(1)]).state == "done"
    found = [content(office, each) for each, _ in made(office, clerk, document.id)]
    taken = [Image.open(io.BytesIO(each)) for each in found]
    assert [each.tobytes() for each in taken] == [pages[1].tobytes(), pages[0].tobytes()]
    assert {each.info["dpi"] for each in taken} == {(200.0, 200.0)}


def test_a_stack_that_says_so_is_split_by_itself(office: Office, clerk: Actor) -> None:
    pages = [sheet_page(office), paper("one"), sheet_page(office), paper("two")]
    document = stack(office, clerk, pages)
    with office.database.writing() as uow:
        await_split(uow, clerk, document_id=document.id, book_reason=REASON)
    work(office)
    assert [numbers for _, numbers in made(office, clerk, document.id)] == [[2], [4]]


def test_without_sheets_it_stays_one_document(office: Office, clerk: Actor) -> None:
    document = stack(office, clerk, [paper("one"), paper("two")])
    with office.database.writing() as uow:
        await_split(uow, clerk, document_id=document.id, book_reason=REASON)
    work(office)
    seen = view(office, clerk, document.id)
    assert seen.split is not None
    assert (seen.split.state, seen.split.reason_code) == ("failed", "no_sheets")
    assert seen.document.state == DocumentState.REGISTERED


def test_a_sheet_of_another_office_is_a_page_like_any_other(office: Office, clerk: Actor) -> None:
    foreign = sheet_page(office)
    object.__setattr__(office.vault.keyring, "_keys", _other_keys(office))
    document = stack(office, clerk, [paper("one"), foreign, paper("two")])
    assert look(office, clerk, document.id).sheets == 0


def _other_keys(office: Office) -> object:
    from dataclasses import replace

    return replace(office.vault.keyring._keys, root=b"o" * 32)


def test_what_a_sheet_says_never_takes_secrecy_away(office: Office, clerk: Actor) -> None:
    document = stack(office, clerk, [paper("one"), paper("two")], secrecy="confidential")
    work(office)
    plan = [part(1, secrecy="public"), part(2)]
    assert split(office, clerk, document.id, plan).state == "done"
    found = {each.secrecy for each, _ in made(office, clerk, document.id)}
    assert found == {int(Secrecy.CONFIDENTIAL)}


def test_what_registering_would_refuse_is_refused_before_anything_is_split(
    office: Office, clerk: Actor
) -> None:
    document = stack(office, clerk, [paper("one"), paper("two")])
    work(office)
    add_unit(office, "other")
    stranger = add_person(office, "qian", Role.CLERK, unit="other")
    low = add_person(office, "sun", Role.CLERK, clearance=Secrecy.INTERNAL)
    with office.database.writing() as uow, pytest.raises(NotFound):
        split_stack(
            uow, stranger, document_id=document.id, version=None, parts=[part(1)], book_reason="x"
        )
    secret = [part(1, secrecy="confidential"), part(2)]
    with office.database.writing() as uow, pytest.raises(NotAllowed):
        split_stack(uow, low, document_id=document.id, version=None, parts=secret, book_reason="x")
    with office.database.writing() as uow, pytest.raises(Invalid):
        split_stack(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            parts=[part(1, register="nowhere"), part(2)],
            book_reason="x",
        )
    split(office, clerk, document.id, [part(1), part(2)])
    with office.database.writing() as uow, pytest.raises(Conflict):
        split_stack(
            uow, clerk, document_id=document.id, version=None, parts=[part(1)], book_reason="x"
        )


def test_when_one_part_is_refused_none_is_registered_and_nothing_is_left(
    office: Office, clerk: Actor
) -> None:
    document = stack(office, clerk, [paper("one"), paper("two")])
    work(office)
    with office.database.writing() as uow:
        split_stack(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            parts=[part(1), part(2, register="outgoing")],
            book_reason=REASON,
        )
    with office.database.writing() as uow:
        from records.registration.models import Register

        outgoing = uow.session.scalars(select(Register).where(Register.code == "outgoing")).one()
        outgoing.closed_on = uow.today
    work(office)
    with office.database.reading() as uow:
        done = uow.session.get_one(Split, document.id)
        assert (done.state, done.reason_code) == ("failed", "conflict")
        assert uow.session.get_one(Document, document.id).state == DocumentState.REGISTERED
        assert len(uow.session.scalars(select(Registration)).all()) == 1
        assert len(uow.session.scalars(select(Component)).all()) == 1
        assert uow.session.scalars(select(ObjectIntent)).all() == []
