import email.message
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.reading import Attachment, Cage, Limits, ReasonCode
from search.reading.charsets import decode, guess
from tests.reading import samples
from tests.reading.conftest import Read

MEMO = "关于印发《会议纪要》的通知"
TRADITIONAL = "關於會議紀錄之通知，請查照辦理。"
JAPANESE = "会議のお知らせについて、よろしくお願いします。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (MEMO, "utf-8"),
        (MEMO, "utf-8-sig"),
        (MEMO, "gb18030"),
        (MEMO, "utf-16"),
        (f"{MEMO}\n第二行，见附件。\n", "utf-16-le"),
        (f"{MEMO}\n第二行，见附件。\n", "utf-16-be"),
        ("通知", "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        ("plain ASCII", "ascii"),
        ("ASCII in wide characters", "utf-16-le"),
        ("Déjà vu à l'été, où est le café près de l'hôtel ?", "cp1252"),
        ("대한민국의 모든 국민은 법 앞에 평등하다. 누구든지 차별을 받지 아니한다.", "cp949"),
    ],
)
def test_the_encoding_of_a_text_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_wrong_claim_of_encoding_is_not_believed() -> None:
    assert decode(MEMO.encode("gb18030"), "utf-8") == MEMO
    assert decode(MEMO.encode("gb18030"), "no-such-charset") == MEMO


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4))
@settings(max_examples=50)
def test_utf8_is_always_taken_for_utf8(text: str) -> None:
    assert guess(text.encode()) == "utf-8"


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_decode_to_something(data: bytes) -> None:
    assert isinstance(decode(data), str)


def test_plain_text_has_pages_at_form_feeds_and_clean_lines(read: Read) -> None:
    reading = read(b"one  \r\ntwo\x00\r\fthree", "x.txt", "text/plain")
    assert reading.pages == ["one\ntwo", "three"]


def test_an_empty_file_has_nothing_to_read(read: Read) -> None:
    reading = read(b"", "x.txt")
    assert reading.outcome == "failed" or reading.outcome == "none"
    assert reading.reason is not None
    assert reading.reason.code == ReasonCode.EMPTY


def test_html_gives_what_a_reader_sees(read: Read) -> None:
    page = """<!doctype html><html><head><title>公 告</title><meta name=author content="办公室">
    <meta name="author" content="办公室"><style>p{}</style><script>alert(1)</script></head>
    <body><h1>Notice</h1><p>first <b>bold</b> line<br>second</p>
    <table><tr><td>a</td><td>b</td></tr></table></body></html>"""
    reading = read(page.encode("gbk"), "x.html")
    assert reading.pages == ["公 告\nNotice\nfirst bold line\nsecond\na\tb"]
    assert reading.attributes == {"title": "公 告", "author": "办公室"}
    assert reading.media_type == "text/html"


def test_html_is_decoded_as_it_says(read: Read) -> None:
    page = '<html><head><meta charset="big5"></head><body>' + TRADITIONAL + "</body></html>"
    assert read(page.encode("big5"), "x.html").pages == [TRADITIONAL]


def test_the_lines_of_preformatted_text_are_kept(read: Read) -> None:
    page = b"<html><body><pre>one\n  \0two\n</pre><p>three\nfour</p></body></html>"
    assert read(page, "x.html").pages == ["one\ntwo\nthree four"]


def test_xml_and_svg_give_their_characters(read: Read) -> None:
    xml = '<?xml version="1.0"?><a><!-- no --><b>one</b>\n<c>two</c></a>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><text>drawn</text></svg>'
    assert read(xml.encode(), "x.xml").pages == ["one\ntwo"]
    assert read(svg.encode(), "x.svg").pages == ["drawn"]


def _mail() -> email.message.EmailMessage:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = "王小明 <wang@example.org>"
    message["To"] = "registry@example.org"
    message["Subject"] = "关于会议的函"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("请查收附件。")
    message.add_alternative("<p>请查收附件。</p>", subtype="html")
    return message


def test_a_mail_is_read_with_its_attachments_and_the_mails_in_it(read: Read) -> None:
    inner = _mail()
    inner.add_attachment("inner note", filename="note.txt")
    message = _mail()
    letter = samples.pdf("Annex in PDF")
    message.add_attachment(letter, "application", "pdf", filename="附件.pdf")
    message.add_attachment(inner)
    reading = read(message.as_bytes(), "x.eml")
    assert reading.media_type == "message/rfc822"
    assert reading.attributes["from"] == "王小明 <wang@example.org>"
    assert reading.attributes["subject"] == "关于会议的函"
    assert reading.attributes["message_id"] == "<1@example.org>"
    assert reading.pages == [
        "关于会议的函\n请查收附件。",
        "Annex in PDF",
        "关于会议的函\n请查收附件。",
        "inner note",
    ]
    assert reading.attachments[0] == Attachment("附件.pdf", "application/pdf", len(letter))
    assert [file.name for file in reading.attachments[1:]] == ["关于会议的函.eml", "note.txt"]


def test_a_mail_in_html_alone_is_read(read: Read) -> None:
    message = email.message.EmailMessage()
    message["Subject"] = "Hi"
    message.set_content("<p>only <i>markup</i></p>", subtype="html")
    assert read(message.as_bytes(), "x.eml").pages == ["Hi\nonly markup"]


def test_raw_bytes_in_headers_and_unknown_charsets_do_not_spoil_a_mail(read: Read) -> None:
    raw = b"Subject: " + MEMO.encode("gb18030") + b"\nContent-Type: text/plain; charset=x-odd\n\n"
    reading = read(raw + MEMO.encode("gb18030"), "x.eml")
    assert reading.pages == [f"{MEMO}\n{MEMO}"]


def test_the_path_in_an_attachments_name_is_dropped(read: Read) -> None:
    message = _mail()
    message.add_attachment("x", filename="../../etc/passwd")
    assert read(message.as_bytes(), "x.eml").attachments[0].name == "passwd"


def test_mails_in_mails_end_at_the_bounded_depth() -> None:
    message = _mail()
    for _ in range(4):
        outer = _mail()
        outer.add_attachment(message)
        message = outer
    with Cage(Limits(depth=2)) as cage:
        reading = cage.read([message.as_bytes()], file_name="x.eml", media_type="")
    assert len(reading.pages) == 3


def test_a_mailbox_gives_its_mails(read: Read) -> None:
    mails = b"From a Mon\nSubject: one\n\nfirst\n\nFrom b Tue\nSubject: two\n\nsecond\n"
    reading = read(mails, "x.mbox")
    assert reading.pages == ["one\nfirst", "two\nsecond"]
    assert [file.name for file in reading.attachments] == ["1.eml", "2.eml"]


def test_an_archive_is_read_as_the_names_in_it(read: Read) -> None:
    reading = read(samples.package({"a/公文.txt": "hidden", "../up.txt": "x"}), "x.zip")
    assert reading.outcome == "done"
    assert reading.pages == ["a/公文.txt\n../up.txt"]
    assert [each.name for each in reading.attachments] == ["a/公文.txt", "../up.txt"]


def test_the_content_decides_and_not_the_name(read: Read) -> None:
    reading = read(b"MZ" + bytes(100), "letter.docx", "application/pdf")
    assert reading.media_type == "application/vnd.microsoft.portable-executable"
    assert read(samples.pdf("pdf"), "x.txt", "text/plain").media_type == "application/pdf"


def test_text_is_cut_at_the_limit_and_says_so() -> None:
    with Cage(Limits(text_chars=10)) as cage:
        reading = cage.read([b"0123456789abc"], file_name="x.txt", media_type="text/plain")
    assert reading.pages == ["0123456789"]
    assert reading.truncated
