"""That nothing a reader sees is lost: odd encodings, notes, mails, spreadsheets, signatures."""

import base64
import binascii
import datetime as dt
import io
import struct

import openpyxl
import pypdf
import pytest
from openpyxl.comments import Comment
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from search.reading import rtfpack
from search.reading.cells import shown
from search.reading.charsets import decode
from tests.reading.conftest import Read
from tests.reading.samples import docx, package, pdf

_CHINESE = "关于印发工作规划的通知，请认真贯彻执行。"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日本語の文書です。", "iso2022_jp"),
        (_CHINESE, "hz"),
        ("Привет, это документ о правилах хранения.", "koi8_r"),
        ("Привет, это документ о правилах хранения.", "cp1251"),
        ("안녕하세요. 문서 관리", "cp949"),
        ("ascii line\n" * 9000 + _CHINESE, "gb18030"),
        ("café", "cp1252"),
    ],
)
def test_an_encoding_is_told_by_the_text(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_lost_byte_does_not_spoil_a_text(encoding: str) -> None:
    data = (_CHINESE * 20).encode(encoding) + b"\xff\n" + _CHINESE.encode(encoding)
    assert _CHINESE in decode(data).splitlines()[-1]


@pytest.mark.parametrize("said", ["us-ascii", "iso-8859-1", "utf-8"])
def test_chinese_that_is_said_to_be_western_is_read_as_chinese(said: str) -> None:
    assert decode(_CHINESE.encode("gbk"), said) == _CHINESE


def test_western_text_that_says_so_stays_western() -> None:
    assert decode("Grüße, café".encode("cp1252"), "iso-8859-1") == "Grüße, café"


def _hex(text: str, encoding: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [(134, "gbk", "印发通知"), (136, "cp950", "許功蓋"), (204, "cp1251", "Привет")],
)
def test_rtf_has_the_code_page_of_its_font(
    read: Read, charset: int, encoding: str, text: str
) -> None:
    font = rf"{{\fonttbl{{\f0\fcharset0 Arial;}}{{\f1\fcharset{charset} X;}}}}"
    data = rf"{{\rtf1\ansi\ansicpg1252{font}\f0 Hello \f1 {_hex(text, encoding)}\par}}"
    assert read(data.encode(), "x.rtf").pages == [f"Hello {text}"]


def test_rtf_gives_notes_and_boxes_but_no_deleted_text(read: Read) -> None:
    data = (
        rb"{\rtf1\ansi{\header Above\par}One{\footnote Note} sentence {\deleted gone}"
        rb"\u20013?\u-10179?\u-8704?{\upr{bad}{\*\ud{good}}}\par"
        rb"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt Box\par}}}}"
    )
    text = "\n".join(read(data, "x.rtf").pages)
    assert "One sentence 中😀good" in text
    assert all(word in text for word in ("Above", "Note", "Box"))
    assert "gone" not in text
    assert "bad" not in text


def test_the_html_in_rtf_is_read_as_html(read: Read) -> None:
    data = (
        rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}Hello {\*\htmltag84 <b>}wor"
        rb"{\*\htmltag84 </b>}ld\htmlrtf\par\htmlrtf0{\*\htmltag72 </p>}{\*\htmltag64 <p>}Two}"
    )
    assert read(data, "x.rtf").pages == ["Hello world\nTwo"]


def test_compressed_rtf_is_unpacked_as_the_specification_shows() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c"
        "090020627705b06c647d0a800fa0"
    )
    assert rtfpack.unpacked(packed, 1000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize("data", [b"", b"\0" * 16])
def test_what_is_no_compressed_rtf_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no compressed RTF"):
        rtfpack.unpacked(data, 1000)


def _attribute(level: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(data)) + data + struct.pack("<H", sum(data))


def test_winmail_dat_gives_its_text_and_files(read: Read) -> None:
    name = "报告.txt\0".encode("utf-16-le")
    properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(name)) + name
    data = struct.pack("<IH", 0x223E9F78, 1)
    data += _attribute(1, 0x2800C, b"Body\0") + _attribute(2, 0x69002, bytes(14))
    data += _attribute(2, 0x6800F, b"inside") + _attribute(2, 0x69005, properties)
    reading = read(data, "winmail.dat")
    assert reading.pages == ["Body", "inside"]
    assert [file.name for file in reading.attachments] == ["报告.txt"]


def _mail(body: str, kind: str = "multipart/alternative; boundary=A") -> bytes:
    return f"Subject: t\nContent-Type: {kind}\n\n{body}".encode()


def test_an_attachment_in_an_alternative_that_is_not_shown_is_kept(read: Read) -> None:
    reading = read(
        _mail(
            "--A\nContent-Type: text/plain\n\nplain words\n--A\nContent-Type: multipart/mixed;"
            " boundary=B\n\n--B\nContent-Type: text/html\n\n<p>plain words</p>\n--B\n"
            "Content-Type: text/plain; name=a.txt\n\nattached\n--B--\n--A--\n"
        ),
        "x.eml",
    )
    assert reading.pages == ["t\nplain words", "attached"]


def test_a_hint_in_the_plain_text_does_not_hide_the_mail(read: Read) -> None:
    body = "--A\nContent-Type: text/plain\n\nSee HTML\n--A\nContent-Type: text/html\n\n"
    reading = read(_mail(f"{body}<p>The words that matter, all of them</p>\n--A--\n"), "x.eml")
    assert "The words that matter" in reading.pages[0]


def test_a_uuencoded_file_in_the_text_is_an_attachment(read: Read) -> None:
    line = binascii.b2a_uu(b"in the file").decode()
    data = f"Subject: t\n\nhello\nbegin 644 note.txt\n{line}`\nend\nbye\n".encode()
    reading = read(data, "x.eml")
    assert reading.pages == ["t\nhello\n\nbye", "in the file"]
    assert [file.name for file in reading.attachments] == ["note.txt"]


def test_a_broken_header_does_not_end_the_headers(read: Read) -> None:
    data = b"Received: a\n b\nquite Odd: c\nSubject: Real\n\nbody\n"
    assert read(data, "x.eml").attributes["subject"] == "Real"
    assert read(b"From: a@b.c\nSubject: Real\nHello\n", "x.eml").pages == ["Real\nHello"]


def test_a_mail_that_begins_like_a_mailbox_is_a_mail(read: Read) -> None:
    reading = read(b"From a@b Mon Jan 1\nFrom: a@b.c\nSubject: One\n\nbody\n", "x.eml")
    assert reading.attributes["subject"] == "One"
    assert reading.attachments == []


def test_raw_bytes_in_the_name_of_an_attachment_are_decoded(read: Read) -> None:
    data = b'--A\nContent-Type: text/plain; name="' + "关于.txt".encode("gbk") + b'"\n\nx\n--A--\n'
    reading = read(_mail("", "multipart/mixed; boundary=A") + data, "x.eml")
    assert [file.name for file in reading.attachments] == ["关于.txt"]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.4567, "0.0%", "45.7%"),
        (7, "00000", "00007"),
        (99.5, '"¥"#,##0.00', "¥99.50"),
        (-5.5, "#,##0.00;(#,##0.00)", "(5.50)"),
        (45, "[Red]0.00_);[Blue](0.00)", "45.00"),
        (12, '0"份"', "12份"),
        (0.1 + 0.2, "General", "0.3"),
        (True, "General", "TRUE"),
        (dt.datetime(2024, 1, 5), 'yyyy"年"m"月"d"日"', "2024年1月5日"),  # noqa: DTZ001
        (dt.datetime(2024, 1, 5), "mm-dd-yy", "2024-01-05"),  # noqa: DTZ001
        (None, None, ""),
    ],
)
def test_a_cell_reads_as_it_is_shown(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def test_a_sheet_gives_headers_comments_and_hidden_sheets(read: Read) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["A1"] = "cell"
    sheet["A1"].comment = Comment("remark", "author")
    sheet.oddFooter.left.text = "secret &P of &N"
    hidden = workbook.create_sheet("more")
    hidden["A1"] = "hidden words"
    hidden.sheet_state = "hidden"
    file = io.BytesIO()
    workbook.save(file)
    text = "\n".join(read(file.getvalue(), "x.xlsx").pages)
    assert all(word in text for word in ("cell", "remark", "secret", "hidden words"))


def test_a_text_box_does_not_part_the_sentence_around_it(read: Read) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>In box</w:t></w:r></w:p></w:txbxContent>"
    body = f"<w:p><w:r><w:t>Before </w:t>{box}<w:t>after</w:t></w:r></w:p>"
    moved = "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
    assert read(docx(f"{body}{moved}"), "x.docx").pages == ["Before after\nIn box"]


def test_a_diagram_and_a_main_part_of_another_name_are_read(read: Read) -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def relation(kind: str, target: str) -> str:
        one = f'<Relationship Id="r" Type="http://x/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{_RELATIONS}">{one}</Relationships>'

    data = package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relation("officeDocument", "/word/document2.xml"),
            "word/document2.xml": f"<w:document {space}><w:p><w:t>Body</w:t></w:p></w:document>",
            "word/_rels/document2.xml.rels": relation("diagramData", "diagrams/data1.xml"),
            "word/diagrams/data1.xml": '<d xmlns:a="a"><a:p><a:t>Smart</a:t></a:p></d>',
        }
    )
    assert read(data, "x.docx").pages == ["Body\nSmart"]


def test_an_ofd_gives_lines_as_they_stand_on_the_page(read: Read) -> None:
    def item(box: str, text: str) -> str:
        code = f"<o:TextCode>{text}</o:TextCode>"
        return f'<o:TextObject Boundary="{box}" Size="5">{code}</o:TextObject>'

    space = 'xmlns:o="http://www.ofdspec.org/2016"'
    content = item("10 10 15 5", "二〇") + item("25 10 15 5", "二六年") + item("10 20 30 5", "通知")
    data = package(
        {
            "OFD.xml": f"<o:OFD {space}><o:DocBody><o:DocInfo><o:Title>函</o:Title></o:DocInfo>"
            "<o:DocRoot>Doc_0/Document.xml</o:DocRoot></o:DocBody></o:OFD>",
            "Doc_0/Document.xml": f'<o:Document {space}><o:Pages><o:Page ID="1" BaseLoc="P.xml"/>'
            "</o:Pages></o:Document>",
            "Doc_0/P.xml": f"<o:Page {space}>{content}</o:Page>",
        }
    )
    reading = read(data, "x.ofd")
    assert reading.pages == ["二〇二六年\n通知"]
    assert reading.page_count == 1
    assert reading.attributes["title"] == "函"


def test_an_epub_is_read_in_the_order_of_its_chapters(read: Read) -> None:
    chapters = '<itemref idref="b"/><itemref idref="a"/>'
    data = package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<c><rootfile full-path="O/b.opf"/></c>',
            "O/b.opf": '<p xmlns:x="x"><item id="a" href="1.html"/><item id="b" href="2.html"/>'
            f"<spine>{chapters}</spine></p>",
            "O/1.html": "<p>first</p>",
            "O/2.html": "<p>second</p>",
        }
    )
    assert read(data, "x.epub").pages == ["second", "first"]


def test_a_flat_document_is_read_without_its_pictures(read: Read) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    data = (
        f'<?xml version="1.0"?><office:document xmlns:office="{office}" xmlns:text="t" '
        'office:mimetype="application/vnd.oasis.opendocument.text"><office:body>'
        "<text:p>Flat</text:p><office:binary-data>QUJD</office:binary-data>"
        "</office:body></office:document>"
    ).encode()
    assert read(data, "x.fodt").pages == ["Flat"]


def _signature_form(*, signed: bool, nested: bool) -> bytes:
    """A form with one signature field, below another field or at the root."""
    writer = pypdf.PdfWriter(io.BytesIO(pdf("form")))
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Sig"),
            NameObject("/T"): TextStringObject("S"),
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Rect"): ArrayObject([FloatObject(edge) for edge in (9, 9, 99, 99)]),
        }
    )
    if signed:
        signature = DictionaryObject({NameObject("/Contents"): ByteStringObject(b"signature")})
        field[NameObject("/V")] = writer._add_object(signature)
    leaf = writer._add_object(field)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([leaf])
    top = leaf
    if nested:
        parent = {NameObject("/T"): TextStringObject("P"), NameObject("/Kids"): ArrayObject([leaf])}
        top = writer._add_object(DictionaryObject(parent))
        field[NameObject("/Parent")] = top
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([top])})
    writer.root_object[NameObject("/AcroForm")] = form
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize("nested", [False, True])
def test_an_empty_signature_field_is_no_signature(read: Read, *, nested: bool) -> None:
    assert read(_signature_form(signed=True, nested=nested), "x.pdf").signatures == 1
    assert read(_signature_form(signed=False, nested=nested), "x.pdf").signatures == 0


def test_an_encoded_word_cut_within_a_character_is_joined(read: Read) -> None:
    raw = "关于".encode()
    words = (f"=?utf-8?B?{base64.b64encode(part).decode()}?=" for part in (raw[:4], raw[4:]))
    data = f"Subject: {' '.join(words)}\n\nbody".encode()
    assert read(data, "x.eml").attributes["subject"] == "关于"
