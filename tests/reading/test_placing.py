"""Where lines stand: on the first and last pages of PDF and OFD, in points from the top left."""

import pytest

from tests.reading.conftest import Read
from tests.reading.samples import package, pdf

SPACE = 'xmlns:o="http://www.ofdspec.org/2016"'


def test_the_lines_of_a_pdf_have_their_places(read: Read) -> None:
    reading = read(pdf("First line\nOur ref: 17   Date: 5 May"), "x.pdf")
    (layout,) = reading.layouts
    first, second = layout.lines
    # PDFium gives one space for any gap; the places tell how wide it is.
    assert (layout.page, first.text, second.text) == (0, "First line", "Our ref: 17 Date: 5 May")
    assert first.x0 == pytest.approx(72, abs=1)
    assert first.y0 < 842 - 720 < first.y1
    assert first.size == pytest.approx(12)
    assert second.y0 - first.y0 == pytest.approx(16, abs=0.5)
    assert [second.text[start:end] for start, end, _, _ in second.runs] == second.text.split()
    lefts = [left for _, _, left, _ in second.runs]
    assert lefts == sorted(lefts)
    assert not first.red


def test_chinese_lines_have_their_places_too(read: Read) -> None:
    reading = read(pdf("国务院办公厅\n国办发〔2024〕1号", font="chinese"), "x.pdf")
    assert [line.text for line in reading.layouts[0].lines] == ["国务院办公厅", "国办发〔2024〕1号"]
    assert reading.layouts[0].lines[0].x1 > 130


def test_only_the_pages_that_bear_the_face_are_placed(read: Read) -> None:
    reading = read(pdf(*(f"Page {number}" for number in range(9))), "x.pdf")
    assert len(reading.pages) == 9
    assert [layout.page for layout in reading.layouts] == [0, 1, 2, 7, 8]
    assert read(pdf("One", "Two"), "x.pdf").layouts[-1].page == 1


def test_a_turned_page_is_placed_as_it_is_shown(read: Read) -> None:
    turned = pdf("Turned").replace(b"/MediaBox", b"/Rotate 180 /MediaBox")
    line = read(turned, "x.pdf").layouts[0].lines[0]
    assert line.x0 > 400
    assert line.y0 > 700


def test_formats_without_pages_have_no_places(read: Read) -> None:
    for data, name in ((b"text", "x.txt"), (b"<p>text</p>", "x.html")):
        reading = read(data, name)
        assert reading.pages
        assert reading.layouts == []


def test_the_lines_of_an_ofd_have_their_places(read: Read) -> None:
    page = (
        f"<o:Page {SPACE}><o:Content><o:Layer>"
        '<o:TextObject Boundary="25.4 50.8 50.8 5" Size="5"><o:FillColor Value="255 0 0"/>'
        "<o:TextCode>市政府文件</o:TextCode></o:TextObject>"
        '<o:TextObject Boundary="25.4 76.2 25.4 5" Size="5"><o:TextCode>府发</o:TextCode>'
        '</o:TextObject><o:TextObject Boundary="101.6 76.2 25.4 5" Size="5">'
        "<o:TextCode>签发人：张三</o:TextCode></o:TextObject>"
        "</o:Layer></o:Content></o:Page>"
    )
    data = package(
        {
            "OFD.xml": f"<o:OFD {SPACE}><o:DocBody><o:DocRoot>D.xml</o:DocRoot></o:DocBody>"
            "</o:OFD>",
            "D.xml": f'<o:Document {SPACE}><o:Pages><o:Page ID="1" BaseLoc="P.xml"/></o:Pages>'
            "</o:Document>",
            "P.xml": page,
        }
    )
    reading = read(data, "x.ofd")
    assert reading.pages == ["市政府文件\n府发 签发人：张三"]
    head, line = reading.layouts[0].lines
    assert (head.text, head.red, head.x0, head.y0) == ("市政府文件", True, 72.0, 144.0)
    assert line.runs == ((0, 2, 72.0, 144.0), (3, 9, 288.0, 360.0))
    assert (line.x0, line.x1, line.red) == (72.0, 360.0, False)


def test_a_page_that_leads_to_infinity_is_read_all_the_same(read: Read) -> None:
    far = pdf("Near").replace(b"72 720 Td", b"1e38 1e38 Td 9e38 9e38 Td")
    assert read(far, "x.pdf").outcome in ("done", "none")
    vast = pdf("Near").replace(b"[0 0 595 842]", b"[0 0 1e38 1e38]")
    assert read(vast, "x.pdf").outcome in ("done", "none")
    data = package(
        {
            "OFD.xml": f"<o:OFD {SPACE}><o:DocBody><o:DocRoot>D.xml</o:DocRoot></o:DocBody>"
            "</o:OFD>",
            "D.xml": f'<o:Document {SPACE}><o:Pages><o:Page ID="1" BaseLoc="P.xml"/></o:Pages>'
            "</o:Document>",
            "P.xml": f'<o:Page {SPACE}><o:TextObject Boundary="nan inf 1 1" Size="5">'
            "<o:TextCode>text</o:TextCode></o:TextObject></o:Page>",
        }
    )
    reading = read(data, "x.ofd")
    assert (reading.pages, reading.layouts[0].lines) == (["text"], [])
