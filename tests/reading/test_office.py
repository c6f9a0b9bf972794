import datetime as dt
import io

import docx
import openpyxl
import pptx
import pytest
from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText
from odf.style import MasterPage, PageLayout
from odf.table import Table, TableCell, TableRow
from odf.text import H, P, S

from search.reading import Cage, ReasonCode, UnreadableError, office_available
from tests.reading import samples
from tests.reading.conftest import Read

needs_office = pytest.mark.skipif(
    not office_available(), reason="apt-get install libreoffice-writer-nogui"
)


def test_a_docx_is_read_in_order_with_tables_headers_and_footers(read: Read) -> None:
    document = docx.Document()
    document.core_properties.title = "年度预算"
    document.core_properties.author = "内勤"
    document.sections[0].header.paragraphs[0].text = "Head of page"
    document.sections[0].footer.paragraphs[0].text = "Foot of page"
    document.add_paragraph("关于下达预算的通知")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    document.add_paragraph("after\tthe table")
    file = io.BytesIO()
    document.save(file)
    reading = read(file.getvalue(), "x.docx")
    assert reading.pages[0].split() == (
        [
            "Head",
            "of",
            "page",
            "关于下达预算的通知",
            "left",
            "right",
            "after",
            "the",
            "table",
            "Foot",
            "of",
            "page",
        ]
    )
    assert reading.attributes["title"] == "年度预算"
    assert reading.attributes["author"] == "内勤"
    assert reading.media_type.endswith("wordprocessingml.document")


def test_deleted_text_field_codes_and_doubled_text_boxes_are_left_out(read: Read) -> None:
    body = (
        "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:r><w:instrText>PAGEREF</w:instrText></w:r></w:p>"
        "<w:p><Choice><w:t>box</w:t></Choice><Fallback><w:t>box</w:t></Fallback></w:p>"
    )
    assert read(samples.docx(body), "x.docx").pages == ["kept\nbox"]


def test_entities_from_outside_are_not_resolved(read: Read) -> None:
    part = (
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "inner">]>'
        '<w:document xmlns:w="w"><w:p><w:t>before &x;&y; after</w:t></w:p></w:document>'
    )
    reading = read(samples.package({"word/document.xml": part}), "x.docx")
    assert reading.pages[0].startswith("before")
    assert "root" not in reading.pages[0]


def test_an_xlsx_gives_the_values_of_each_sheet(read: Read) -> None:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title = "Register"
    first.append(["IN-2026-0001", "来文", 12.0, dt.datetime(2026, 3, 1)])  # noqa: DTZ001
    book.create_sheet("Second").append(["x", None, "z"])
    file = io.BytesIO()
    book.save(file)
    reading = read(file.getvalue(), "x.xlsx")
    assert reading.pages == ["Register\nIN-2026-0001\t来文\t12\t2026-03-01", "Second\nx\t\tz"]
    assert reading.page_count == 2


def test_a_pptx_gives_slides_with_their_notes_in_order(read: Read) -> None:
    deck = pptx.Presentation()
    for title, notes in (("One", "first notes"), ("Two 第二", "")):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    file = io.BytesIO()
    deck.save(file)
    reading = read(file.getvalue(), "x.pptx")
    assert [page.split("\n")[0] for page in reading.pages] == ["One", "Two 第二"]
    assert "first notes" in reading.pages[0]
    assert reading.page_count == 2


def test_an_odt_is_read_with_headings_and_spaces(read: Read) -> None:
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Heading 标题"))
    paragraph = P(text="a")
    paragraph.addElement(S(c=2))
    paragraph.addText("b")
    document.text.addElement(paragraph)
    file = io.BytesIO()
    document.write(file)
    assert read(file.getvalue(), "x.odt").pages == ["Heading 标题\na  b"]


def test_an_ods_gives_rows_and_cells(read: Read) -> None:
    document = OpenDocumentSpreadsheet()
    for name in ("A", "B"):
        table, row = Table(name=name), TableRow()
        for text in (f"{name}1", f"{name}2"):
            cell = TableCell()
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
        document.spreadsheet.addElement(table)
    file = io.BytesIO()
    document.write(file)
    reading = read(file.getvalue(), "x.ods")
    assert reading.pages == ["A1\tA2", "B1\tB2"]
    assert reading.page_count == 2


def test_an_odp_gives_its_slides(read: Read) -> None:
    from odf.draw import Frame, Page, TextBox

    document = OpenDocumentPresentation()
    layout = PageLayout(name="layout")
    document.automaticstyles.addElement(layout)
    master = MasterPage(name="master", pagelayoutname=layout)
    document.masterstyles.addElement(master)
    for text in ("first", "second"):
        page = Page(masterpagename=master)
        frame, box = Frame(), TextBox()
        box.addElement(P(text=text))
        frame.addElement(box)
        page.addElement(frame)
        document.presentation.addElement(page)
    file = io.BytesIO()
    document.write(file)
    assert read(file.getvalue(), "x.odp").pages == ["first", "second"]


def test_rtf_is_read_in_its_code_page(read: Read) -> None:
    head = rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}{\info{\title plan}}\f0 "
    escaped = "".join(f"\\'{byte:02x}" for byte in "公文".encode("gbk")).encode()
    reading = read(head + escaped + b" \\u36890?\\u30693? " + "登记".encode("gbk") + b"}", "x.rtf")
    assert reading.pages == ["公文 通知 登记"]
    assert reading.attributes == {"title": "plan"}


def test_binary_pictures_in_rtf_do_not_hide_the_text(read: Read) -> None:
    picture = rb"{\pict\bin4 }}{{}"
    assert read(rb"{\rtf1\ansi before " + picture + rb" after}", "x.rtf").pages == ["before  after"]


def test_an_encrypted_office_file_says_so(read: Read) -> None:
    parts = {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}
    data = bytearray(samples.package(parts))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    reading = read(bytes(data), "x.docx")
    assert reading.reason is not None
    assert reading.reason.code == ReasonCode.ENCRYPTED


@needs_office
def test_an_office_file_becomes_a_pdf(cage: Cage, read: Read) -> None:
    body = "<w:p><w:r><w:t>Set in pages</w:t></w:r></w:p>"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = samples.package(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations,
            "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>",
        }
    )
    made = cage.to_pdf([document], file_name="x.docx", media_type="")
    assert read(made, "x.pdf").pages == ["Set in pages"]


@needs_office
def test_what_libreoffice_cannot_convert_is_refused(cage: Cage) -> None:
    with pytest.raises(UnreadableError) as refused:
        cage.to_pdf([samples.package({"a": "b"})], file_name="x.odt", media_type="")
    assert refused.value.reason.code == ReasonCode.DAMAGED
