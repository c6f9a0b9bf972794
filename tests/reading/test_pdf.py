import io
from typing import Any

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from search.reading import Attachment, Limits, ReasonCode
from search.reading.formats.pdf import _ImpatientError, _patience, _read_otherwise
from search.reading.source import Draft, Source
from tests.letters import letter
from tests.reading.conftest import Read
from tests.reading.samples import pdf, pdf_file


def test_a_pdf_gives_its_text_page_by_page(read: Read) -> None:
    reading = read(pdf("First page\nsecond line", "Second page"), "letter.pdf")
    assert reading.outcome == "done"
    assert reading.reason is None
    assert reading.pages == ["First page\nsecond line", "Second page"]
    assert reading.page_count == 2
    assert reading.media_type == "application/pdf"


def test_chinese_text_is_read_although_the_font_is_not_embedded(read: Read) -> None:
    text = "国务院办公厅关于印发通知\n国办发〔2024〕12号"
    assert read(pdf(text, font="chinese"), "通知.pdf").pages == [text]


def test_document_information_is_read_with_iso_dates(read: Read) -> None:
    info = "/Title(Budget)/Author(A. Clerk)/CreationDate(D:20240105093000+08'00')/Producer(Hand)"
    attributes = read(pdf("text", info=info), "x.pdf").attributes
    assert attributes == {
        "title": "Budget",
        "author": "A. Clerk",
        "created": "2024-01-05T09:30:00+08:00",
        "producer": "Hand",
    }


def test_embedded_files_are_listed(read: Read) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(pdf("with annex")))
    writer.add_attachment("annex.csv", b"a,b\n1,2\n")
    file = io.BytesIO()
    writer.write(file)
    assert read(file.getvalue(), "x.pdf").attachments == [
        Attachment("annex.csv", "application/octet-stream", 8)
    ]


def test_filled_signature_fields_are_counted(read: Read) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(pdf("signed")))
    signature = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Sig"),
            NameObject("/Filter"): NameObject("/Adobe.PPKLite"),
            NameObject("/Contents"): ByteStringObject(b"signature"),
        }
    )
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): TextStringObject("Signature1"),
            NameObject("/V"): writer._add_object(signature),
        }
    )
    fields = ArrayObject([writer._add_object(field)])
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    file = io.BytesIO()
    writer.write(file)
    assert read(file.getvalue(), "x.pdf").signatures == 1
    assert read(pdf("unsigned"), "x.pdf").signatures == 0


def test_a_pdf_without_text_has_nothing_to_read(read: Read) -> None:
    reading = read(pdf(""), "scan.pdf")
    assert (reading.outcome, reading.page_count) == ("none", 1)
    assert reading.reason is not None
    assert reading.reason.code == ReasonCode.IMAGE_ONLY


def test_a_word_hyphenated_over_two_lines_is_one_word(read: Read) -> None:
    assert read(pdf("an environ-\nmentally sound way"), "x.pdf").pages == [
        "an environmentally\nsound way"
    ]


def test_filled_in_fields_and_comments_are_read(read: Read) -> None:
    field = (
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Filled in)/Rect[72 600 300 620]"
        "/DA(/F 12 Tf 0 g)>>"
    )
    note = "<</Type/Annot/Subtype/Text/Contents(Please check)/Rect[10 10 20 20]>>"
    page = (
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[5 0 R 6 0 R]/Contents 7 0 R"
        "/Resources<<>>>>"
    )
    catalogue = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/F 12 Tf 0 g)>>>>"
    pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
    empty = "<</Length 0>>\nstream\n\nendstream"
    data = pdf_file([catalogue, pages, page, "<<>>", field, note, empty])
    assert read(data, "x.pdf").pages == ["Filled in\nPlease check"]


def _encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(pdf("secret text")))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_pdf_that_opens_with_an_empty_password_is_read(read: Read) -> None:
    assert read(_encrypted(""), "x.pdf").pages == ["secret text"]


def test_a_pdf_that_needs_a_password_says_so(read: Read) -> None:
    reading = read(_encrypted("wonder"), "x.pdf")
    assert reading.outcome == "failed"
    assert reading.reason is not None
    assert reading.reason.code == ReasonCode.ENCRYPTED


def test_a_broken_pdf_is_damaged(read: Read) -> None:
    reading = read(b"%PDF-1.7\nnothing that follows makes sense", "x.pdf")
    assert reading.outcome == "failed"
    assert reading.reason is not None
    assert reading.reason.code == ReasonCode.DAMAGED


def test_a_pdf_whose_page_tree_bites_its_tail_does_no_harm(read: Read) -> None:
    cycle = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>", "<<>>", "<<>>"]
    assert read(pdf_file(cycle), "x.pdf").outcome in ("none", "failed")
    assert read(pdf("next"), "y.pdf").pages == ["next"]


def test_pypdf_gives_a_second_opinion() -> None:
    draft = Draft("application/pdf", 1000)
    assert _read_otherwise(Source(pdf("by pypdf", "too"), "x.pdf", "", Limits()), draft)
    assert (draft.pages, draft.page_count) == (["by pypdf", "too"], 2)
    assert not _read_otherwise(Source(b"%PDF-1.7 junk", "x.pdf", "", Limits()), draft)


def test_the_second_opinion_is_interrupted_when_it_takes_long() -> None:
    with pytest.raises(_ImpatientError), _patience(1):
        any(iter(lambda: 0, 1))


def _without_letters(data: bytes, number: int) -> bytes:
    """Return a PDF with the font of one page mapped to characters that mean nothing."""
    writer = pypdf.PdfWriter(io.BytesIO(data))
    page = writer.pages[number]
    own: Any = page["/Resources"]
    named = {}
    for name, font in own["/Font"].items():
        private = DecodedStreamObject()
        private.set_data(b"1 beginbfrange\n<20> <7e> <e020>\nendbfrange\n")
        odd = DictionaryObject(font.get_object())
        odd[NameObject("/ToUnicode")] = writer._add_object(private)
        named[NameObject(name)] = odd
    resources = DictionaryObject(own)
    resources[NameObject("/Font")] = DictionaryObject(named)
    page[NameObject("/Resources")] = resources
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_garbled_page_among_others_is_left_to_recognition(read: Read) -> None:
    reading = read(_without_letters(letter([["First page"], ["Second page"]]), 1), "x.pdf")
    assert reading.outcome == "done"
    assert reading.pages == ["First page", ""]
    assert reading.reason is not None
    assert reading.reason.code is ReasonCode.PARTLY_SCANNED


def test_a_file_with_nothing_but_garbled_pages_has_no_text(read: Read) -> None:
    reading = read(_without_letters(letter([["Only page"]]), 0), "x.pdf")
    assert reading.outcome == "none"
    assert reading.reason is not None
    assert reading.reason.code is ReasonCode.GARBLED
