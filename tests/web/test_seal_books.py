"""The seal book: its pages, its paper, its files, and what it never tells."""

import io
import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from records.audit.verify_log import open_checkpoint
from records.documents.models import Document
from records.office import Office
from records.people.rules import Role, Secrecy
from records.seals.models import SealUsage
from records.seals.use import bring_back, take_out, use_on_paper, withdraw_usage
from tests import builders
from tests.records.seals.approved import Chamber, add_seal, chamber
from tests.records.seals.many_lines import fill_book
from tests.web.offices import MARK, client_of, counted


@pytest.fixture
def room(office: Office) -> Chamber:
    return chamber(office)


def sealed(room: Chamber, document: Document | None = None, **given: str | int) -> SealUsage:
    """Seal a document on paper."""
    columns = {name: given.pop(name) for name in ("matter", "recipient") if name in given}
    request_id = room.approved(document, **columns)
    with room.office.database.writing() as uow:
        return use_on_paper(
            uow,
            room.keeper,
            request_id=request_id,
            **{"copies_stamped": 2, "place": "Seal room", **given},  # type: ignore[arg-type]
        )


def book_of(client: FlaskClient, room: Chamber, query: str = "") -> str:
    answer = client.get(f"/seals/{room.seal_id}/book{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_line_tells_the_keeper_what_was_sealed(app: Flask, room: Chamber, language: str) -> None:
    line = sealed(room, room.document("Lease of the harbour"), copies_spoilt=1, remarks="Blurred")
    keeper = client_of(app, "keeper", language)
    text = book_of(keeper, room)
    for told in (line.text, "A contract", "Lease of the harbour", "Blurred"):
        assert told in text
    page = keeper.get(f"/seals/book/{line.id}")
    assert page.status_code == 200
    for told in ("The other party", "Seal room", line.sha256 or "", "data-print"):
        assert told in page.text


def test_a_line_hides_what_its_reader_may_not_see(app: Flask, room: Chamber) -> None:
    builders.add_person(room.office, "auditor", Role.AUDITOR)
    hidden = sealed(
        room,
        room.document(MARK),
        matter=f"{MARK} matter",
        recipient=f"{MARK} recipient",
        remarks=f"{MARK} remark",
        place=f"{MARK} place",
    )
    with room.office.database.writing() as uow:
        withdraw_usage(uow, room.keeper, usage_id=hidden.id, reason=f"{MARK} reason")
    auditor = client_of(app, "auditor")
    paths = [
        f"/seals/{room.seal_id}/book",
        "/seals/book",
        f"/seals/book/{hidden.id}",
        f"/seals/{room.seal_id}/book/list.csv",
        "/seals/book/list.csv",
    ]
    for path in paths:
        answer = auditor.get(path)
        assert answer.status_code == 200, path
        assert hidden.text in answer.text, path
        assert MARK not in answer.text, path
    printed = auditor.get("/seals/book.pdf").data
    assert hidden.text in _words(printed)
    assert MARK not in _words(printed)
    workbook = load_workbook(io.BytesIO(auditor.get("/seals/book/list.xlsx").data))
    assert not any(MARK in str(cell) for row in workbook.active.values for cell in row)


def test_a_book_opens_to_its_keepers_and_to_auditors_alone(app: Flask, room: Chamber) -> None:
    line = sealed(room)
    builders.add_person(room.office, "other", Role.SEAL_KEEPER)
    builders.add_person(room.office, "admin", Role.SYSTEM_ADMIN)
    other = client_of(app, "other")
    for path in (f"/seals/{room.seal_id}/book", f"/seals/book/{line.id}"):
        for tail in ("", "/proof" if "book/" in path else ".pdf"):
            assert other.get(path + tail).status_code == 404
        for login in ("clerk", "applicant", "leader", "admin"):
            assert client_of(app, login).get(path).status_code == 403
    assert other.get("/seals/book.pdf").status_code == 403
    assert other.get("/seals/book/list.csv").status_code == 403
    assert "There is no seal book for you yet." in other.get("/seals/book").text
    assert client_of(app, "keeper").get("/seals/book").status_code == 302


def test_a_book_is_read_from_both_ends_with_its_filters(app: Flask, room: Chamber) -> None:
    fill_book(room, room.document(), 120)
    keeper = client_of(app, "keeper")
    expected = list(range(1, 121))
    for order in ("", "&order=rising"):
        path: str | None = f"/seals/{room.seal_id}/book?year=2025&medium=paper{order}"
        seen: list[int] = []
        while path:
            text = keeper.get(path).text
            seen += [int(each) for each in re.findall(r">HT-2025-(\d+)</a>", text)]
            following = re.search(r'href="([^"]+)" rel="next"', text)
            path = following.group(1).replace("&amp;", "&") if following else None
            assert path is None or "medium=paper" in path
        assert seen == (expected if order else expected[::-1])
        back = re.search(r'href="([^"]+)" rel="prev"', text)
        assert back is not None
        assert keeper.get(back.group(1).replace("&amp;", "&")).text.count("data-row") == 50
    assert keeper.get(f"/seals/{room.seal_id}/book?medium=wax").status_code == 422
    assert keeper.get(f"/seals/{room.seal_id}/book?above={UUID(int=1)}").status_code == 404


def test_outside_late_and_spoilt_are_marked_and_found(app: Flask, room: Chamber) -> None:
    spoilt = sealed(room, copies_spoilt=3)
    request_id = room.approved(outside=True)
    with room.office.database.writing() as uow:
        out = take_out(uow, room.keeper, request_id=request_id)
    keeper = client_of(app, "keeper")
    assert out.text in book_of(keeper, room, "?mark=out")
    assert spoilt.text not in book_of(keeper, room, "?mark=out")
    assert spoilt.text in book_of(keeper, room, "?mark=spoilt")
    assert "No line fits these filters." in book_of(keeper, room, "?mark=late")
    with room.office.database.writing() as uow:
        line = uow.session.get_one(SealUsage, out.id)
        line.due_back_at = line.used_at
    assert out.text in book_of(keeper, room, "?mark=late")
    with room.office.database.writing() as uow:
        bring_back(uow, room.keeper, usage_id=out.id, copies_stamped=1)
    assert "No line fits these filters." in book_of(keeper, room, "?mark=out")


def test_the_number_of_statements_is_that_of_a_short_book(app: Flask, room: Chamber) -> None:
    sealed(room)
    keeper = client_of(app, "keeper")
    book_of(keeper, room)
    with counted(room.office) as few:
        book_of(keeper, room)
    fill_book(room, room.document(), 10_000)
    with counted(room.office) as many:
        text = book_of(keeper, room, "?year=2025")
    assert text.count("data-row") == 50
    assert len(many) == len(few)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_paper_repeats_its_head_and_counts_its_pages(
    app: Flask, room: Chamber, language: str
) -> None:
    paper = room.document("=1+1 #strong[x]")
    room.approved(paper)
    fill_book(room, paper, 60)
    client = client_of(app, "keeper", language)
    made = client.get(f"/seals/{room.seal_id}/book.pdf?year=2025")
    assert made.mimetype == "application/pdf"
    pages = PdfReader(io.BytesIO(made.data)).pages
    assert len(pages) > 1
    assert pages[0].mediabox.width > pages[0].mediabox.height
    words = _words(made.data)
    assert "=1+1 #strong[x]" in words
    last = pages[-1].extract_text()
    assert str(len(pages)) in last
    assert "Matter 60" in words
    if language == "en":
        assert all("Unit / applicant" in each.extract_text() for each in pages)


def test_no_cell_of_the_workbook_becomes_a_formula(app: Flask, room: Chamber) -> None:
    sealed(room, room.document("=HYPERLINK(1)"), matter="+cmd", remarks="@x")
    answer = client_of(app, "keeper").get(f"/seals/{room.seal_id}/book/list.xlsx")
    page = load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {"=HYPERLINK(1)", "+cmd"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_the_book_of_all_seals_is_in_the_order_of_time(app: Flask, room: Chamber) -> None:
    builders.add_person(room.office, "auditor", Role.AUDITOR)
    other = add_seal(room.office, room.keeper, room.leader, room.witness, code="GZ")
    first, second = sealed(room), sealed(room)
    with room.office.database.writing() as uow:
        uow.session.get_one(SealUsage, second.id).seal_id = other
    text = client_of(app, "auditor").get("/seals/book?order=rising").text
    assert text.index(first.text) < text.index(second.text)
    assert "Seal GZ" in text


def test_the_proof_of_a_line_is_one_of_the_log(app: Flask, room: Chamber) -> None:
    line = sealed(room)
    answer = client_of(app, "keeper").get(f"/seals/book/{line.id}/proof")
    assert answer.status_code == 200
    assert f"{line.text}.tlog-proof" in answer.headers["Content-Disposition"]
    note = answer.text[answer.text.index("\n\n") + 2 :]
    assert open_checkpoint(note, None)[0] > 0


def test_a_keeper_without_clearance_reads_numbers_only(app: Flask, room: Chamber) -> None:
    line = sealed(room, room.document(MARK))
    with room.office.database.writing() as uow:
        document = uow.session.get_one(Document, line.document_id)
        document.secrecy = int(Secrecy.TOP_SECRET)
        from records.documents.visibility import refresh_access

        refresh_access(uow, document)
    text = book_of(client_of(app, "keeper"), room)
    assert line.text in text
    assert MARK not in text
    assert "Not for you to see" in text


def _words(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
