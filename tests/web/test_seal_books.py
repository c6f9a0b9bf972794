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
from records.office import Office
from records.people.models import User
from records.people.rules import Secrecy
from records.seals.models import SealUsage
from records.seals.use import bring_back, take_out, use_on_paper, withdraw_usage
from tests import builders
from tests.builders import id_of
from tests.records.seals.approved import LETTER, approved
from tests.records.seals.many_lines import fill_book
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.offices import MARK, client_of, counted


@pytest.fixture
def room(office: Office) -> SealOffice:
    return seal_office(office)


def paper(room: SealOffice, title: str = "Contract") -> UUID:
    """Register something to be sealed."""
    return builders.register(room.office, room.clerk, title, files=[("contract.pdf", LETTER)]).id


def sealed(room: SealOffice, document_id: UUID | None = None, **given: str | int) -> SealUsage:
    """Seal a document on paper."""
    columns = {name: given.pop(name) for name in ("matter", "recipient") if name in given}
    request_id = approved(room, document_id, **columns)
    with room.office.database.writing() as uow:
        return use_on_paper(
            uow,
            room.keeper,
            request_id=request_id,
            **{"copies_stamped": 2, "place": "Seal room", **given},  # type: ignore[arg-type]
        )


def book_of(client: FlaskClient, room: SealOffice, query: str = "") -> str:
    answer = client.get(f"/seals/{room.seal_id}/book{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_line_tells_the_keeper_what_was_sealed(
    app: Flask, room: SealOffice, language: str
) -> None:
    line = sealed(room, paper(room, "Lease of the harbour"), copies_spoilt=1, remarks="Blurred")
    keeper = client_of(app, "keeper", language)
    text = book_of(keeper, room)
    for told in (line.text, "A contract", "Lease of the harbour", "Blurred"):
        assert told in text
    page = keeper.get(f"/seals/book/{line.id}")
    assert page.status_code == 200
    for told in ("The other party", "Seal room", line.sha256 or "", "data-print"):
        assert told in page.text


def test_a_line_hides_what_its_reader_may_not_see(app: Flask, room: SealOffice) -> None:
    hidden = sealed(
        room,
        paper(room, MARK),
        matter=f"{MARK} matter",
        recipient=f"{MARK} recipient",
        remarks=f"{MARK} remark",
        place=f"{MARK} place",
    )
    with room.office.database.writing() as uow:
        withdraw_usage(uow, room.keeper, usage_id=hidden.id, reason=f"{MARK} reason")
    auditor = client_of(app, "seal-auditor")
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


def test_a_book_opens_to_its_keepers_and_to_auditors_alone(app: Flask, room: SealOffice) -> None:
    line = sealed(room)
    other = client_of(app, "keeper2")
    for path in (f"/seals/{room.seal_id}/book", f"/seals/book/{line.id}"):
        for tail in ("", "/proof" if "book/" in path else ".pdf"):
            assert other.get(path + tail).status_code == 404
        for login in ("seal-clerk", "applicant", "leader", "seal-admin"):
            assert client_of(app, login).get(path).status_code == 403
    assert other.get("/seals/book.pdf").status_code == 403
    assert other.get("/seals/book/list.csv").status_code == 403
    assert "There is no seal book for you yet." in other.get("/seals/book").text
    assert client_of(app, "keeper").get("/seals/book").status_code == 302


def test_a_book_is_read_from_both_ends_with_its_filters(app: Flask, room: SealOffice) -> None:
    fill_book(room, paper(room), 120)
    keeper = client_of(app, "keeper")
    expected = list(range(1, 121))
    for order in ("", "&order=rising"):
        path: str | None = f"/seals/{room.seal_id}/book?year=2025&medium=paper{order}"
        seen: list[int] = []
        while path:
            text = keeper.get(path).text
            seen += [int(each) for each in re.findall(r">S-2025-(\d+)</a>", text)]
            following = re.search(r'href="([^"]+)" rel="next"', text)
            path = following.group(1).replace("&amp;", "&") if following else None
            assert path is None or "medium=paper" in path
        assert seen == (expected if order else expected[::-1])
        back = re.search(r'href="([^"]+)" rel="prev"', text)
        assert back is not None
        assert keeper.get(back.group(1).replace("&amp;", "&")).text.count("data-row") == 50
    assert keeper.get(f"/seals/{room.seal_id}/book?medium=wax").status_code == 422
    assert keeper.get(f"/seals/{room.seal_id}/book?above={UUID(int=1)}").status_code == 404


def test_outside_late_and_spoilt_are_marked_and_found(app: Flask, room: SealOffice) -> None:
    spoilt = sealed(room, copies_spoilt=3)
    request_id = approved(room, outside=True)
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


def test_the_number_of_statements_is_that_of_a_short_book(app: Flask, room: SealOffice) -> None:
    sealed(room)
    keeper = client_of(app, "keeper")
    book_of(keeper, room)
    with counted(room.office) as few:
        book_of(keeper, room)
    fill_book(room, paper(room), 10_000)
    with counted(room.office) as many:
        text = book_of(keeper, room, "?year=2025")
    assert text.count("data-row") == 50
    assert len(many) == len(few)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_paper_repeats_its_head_and_counts_its_pages(
    app: Flask, room: SealOffice, language: str
) -> None:
    document_id = paper(room, "=1+1 #strong[x]")
    approved(room, document_id)
    fill_book(room, document_id, 60)
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


def test_no_cell_of_the_workbook_becomes_a_formula(app: Flask, room: SealOffice) -> None:
    sealed(room, paper(room, "=HYPERLINK(1)"), matter="+cmd", remarks="@x")
    answer = client_of(app, "keeper").get(f"/seals/{room.seal_id}/book/list.xlsx")
    page = load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {"=HYPERLINK(1)", "+cmd"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_the_book_of_all_seals_is_in_the_order_of_time(app: Flask, room: SealOffice) -> None:
    other = room.add_seal("GZ")
    first, second = sealed(room), sealed(room)
    with room.office.database.writing() as uow:
        uow.session.get_one(SealUsage, second.id).seal_id = other
    text = client_of(app, "seal-auditor").get("/seals/book?order=rising").text
    assert text.index(first.text) < text.index(second.text)
    assert "Seal GZ" in text


def test_the_proof_of_a_line_is_one_of_the_log(app: Flask, room: SealOffice) -> None:
    line = sealed(room)
    answer = client_of(app, "keeper").get(f"/seals/book/{line.id}/proof")
    assert answer.status_code == 200
    assert f"{line.text}.tlog-proof" in answer.headers["Content-Disposition"]
    note = answer.text[answer.text.index("\n\n") + 2 :]
    assert open_checkpoint(note, None)[0] > 0


def test_a_keeper_without_clearance_reads_numbers_only(app: Flask, room: SealOffice) -> None:
    line = sealed(room, paper(room, MARK))
    with room.office.database.writing() as uow:
        uow.session.get_one(User, id_of(room.keeper)).clearance = int(Secrecy.PUBLIC)
    text = book_of(client_of(app, "keeper"), room)
    assert line.text in text
    assert MARK not in text
    assert "Not for you to see" in text


def _words(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
