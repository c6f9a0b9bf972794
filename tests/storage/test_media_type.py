import io
import time
import zipfile

import pytest

from storage import detect
from storage.media_type import HEAD_BYTES

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
PROGRAM = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\x00\x00\x4c\x01" + bytes(300)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
HTML = b"<!DOCTYPE html>\n<html><head><title>Page</title></head><body>Text</body></html>"
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<notice><title>Text</title></notice>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(60)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(60)
RTF = rb"{\rtf1\ansi\deff0 {\fonttbl {\f0 Times;}} A letter.}"
MAIL = b"Received: by mx\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nText\r\n"
ODD_MAIL = b"X-Odd: 1\nMIME-Version: 1.0\nSubject: Hi\n\n<html><body>Text</body></html>\n"
CHINESE = "关于印发《办公室工作规则》的通知\n各科室：\n现将有关事项通知如下。\n" * 20


def archive(*names: str, mimetype: str | None = None) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        if mimetype is not None:
            file.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name in names:
            file.writestr(name, "<x/>" * 50)
    return data.getvalue()


DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("file_name", "head", "media_type"),
    [
        ("letter.pdf", PDF, "application/pdf"),
        ("LETTER.PDF", PDF, "application/pdf"),
        ("odd.pdf", b"\x00\x01rubbish before the header\n" + PDF, "application/pdf"),
        ("通知.docx", DOCX, WORD),
        ("order.docx", archive("word/document.xml", "docProps/app.xml", "_rels/.rels"), WORD),
        ("backslashes.docx", archive("word\\document.xml", "[Content_Types].xml"), WORD),
        ("table.xlsx", XLSX, SHEET),
        ("macros.xlsm", XLSX, "application/vnd.ms-excel.sheet.macroenabled.12"),
        ("talk.pptx", archive("[Content_Types].xml", "ppt/presentation.xml"), SLIDES),
        ("late.docx", archive("[Content_Types].xml", "docProps/app.xml"), WORD),
        ("renamed.doc", DOCX, WORD),
        ("locked.docx", OLE, "application/x-ole-storage"),
        ("text.odt", archive("content.xml", "META-INF/manifest.xml", mimetype=ODT), ODT),
        ("late.odt", archive("content.xml", "META-INF/manifest.xml"), ODT),
        ("公文.ofd", archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        (
            "book.epub",
            archive("META-INF/container.xml", mimetype="application/epub+zip"),
            "application/epub+zip",
        ),
        ("all.zip", archive("a.txt", "b.txt"), "application/zip"),
        ("all.zip", DOCX, WORD),
        ("old.doc", OLE, "application/msword"),
        ("old.xls", OLE, "application/vnd.ms-excel"),
        ("old.ppt", OLE, "application/vnd.ms-powerpoint"),
        ("mail.msg", OLE, "application/vnd.ms-outlook"),
        ("rich.doc", RTF, "text/rtf"),
        ("rich.rtf", RTF, "text/rtf"),
        ("page.html", HTML, "text/html"),
        ("page.htm", b"<p>only a fragment, written by hand", "text/html"),
        ("page.htm", b"<html>\n<body><pre>\x01\x02\x7f\x80 odd bytes" * 9, "text/html"),
        ("data.xml", XML, "text/xml"),
        ("sign.svg", SVG, "image/svg+xml"),
        ("sign.xml", SVG, "image/svg+xml"),
        ("notes.txt", HTML, "text/plain"),
        ("notes.txt", b"BM is how this text begins", "text/plain"),
        ("notes.txt", b"", "text/plain"),
        ("notes.txt", CHINESE.encode(), "text/plain"),
        ("notes.txt", CHINESE.encode("gb18030"), "text/plain"),
        ("notes.txt", CHINESE.encode("utf-16"), "text/plain"),
        ("notes.txt", CHINESE.encode("utf-16-le"), "text/plain"),
        ("notes.md", b"# Title\n\nText\n", "text/markdown"),
        ("table.csv", b"a,b\n1,2\n3,4\n", "text/csv"),
        ("table.csv", "名称;数量\n纸;5\n".encode("gb18030"), "text/csv"),
        ("data.json", b'{"a": [1, 2]}', "application/json"),
        ("script.txt", b"#!/bin/sh\necho hello\n", "text/plain"),
        ("mail.eml", MAIL, "message/rfc822"),
        ("mail.eml", ODD_MAIL, "message/rfc822"),
        ("mail.eml", b"\n" + MAIL, "message/rfc822"),
        ("all.mbox", b"From a@example.org Mon Jan  5 10:00:00 2026\n" + MAIL, "application/mbox"),
        ("scan.png", PNG, "image/png"),
        ("scan.JPG", JPEG, "image/jpeg"),
        ("setup.exe", PROGRAM, "application/x-dosexec"),
        ("strange.xyz", b"\x00\x01\x02\x03" * 99, "application/octet-stream"),
        ("no-extension", PDF, "application/pdf"),
        (None, PDF, "application/pdf"),
        (None, XLSX, SHEET),
        (None, CHINESE.encode(), "text/plain"),
        (None, b"", "application/x-empty"),
    ],
)
def test_an_honest_file_is_recognised_and_not_marked(
    file_name: str | None, head: bytes, media_type: str
) -> None:
    found = detect(head, file_name)
    assert found.media_type == media_type
    assert not found.mismatch


@pytest.mark.parametrize(
    ("file_name", "head"),
    [
        ("letter.docx", PROGRAM),
        ("letter.txt", PROGRAM),
        ("letter.xyz", PROGRAM),
        ("no-extension", PROGRAM),
        ("letter.pdf", HTML),
        ("letter.pdf", DOCX),
        ("letter.pdf", b""),
        ("letter.docx", PDF),
        ("letter.docx", XLSX),
        ("letter.docx", HTML),
        ("letter.docx", archive("a.txt", "b.txt")),
        ("letter.odt", DOCX),
        ("letter.ofd", archive("a.txt")),
        ("table.xls", HTML),
        ("table.xls", b"a\tb\n1\t2\n"),
        ("scan.png", JPEG),
        ("scan.jpg", HTML),
        ("scan.tif", PDF),
        ("mail.eml", HTML),
        ("mail.eml", PDF),
        ("mail.msg", MAIL),
        ("notes.txt", PDF),
        ("notes.txt", DOCX),
        ("notes.csv", XLSX),
        ("page.html", PDF),
        ("archive.zip", PROGRAM),
    ],
)
def test_content_that_belies_its_name_is_marked(file_name: str, head: bytes) -> None:
    found = detect(head, file_name)
    assert found.mismatch
    assert found.media_type == detect(head, None).media_type


def test_a_document_inside_a_document_does_not_decide() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("[Content_Types].xml", "<x/>")
        file.writestr("word/embeddings/table.xlsx", XLSX)
        file.writestr("word/document.xml", "<x/>")
    found = detect(data.getvalue(), "letter.docx")
    assert (found.media_type, found.mismatch) == (WORD, False)


def test_the_beginning_of_a_large_file_is_enough() -> None:
    names = ["[Content_Types].xml", *(f"word/media/image{number}.png" for number in range(9_000))]
    head = archive(*names)[:HEAD_BYTES]
    assert detect(head, "letter.docx").media_type == WORD
    text = CHINESE.encode() * 400
    assert not detect(text[:HEAD_BYTES], "letter.txt").mismatch


@pytest.mark.parametrize("cut", range(4, 200, 7))
def test_a_cut_archive_is_no_failure(cut: int) -> None:
    assert detect(DOCX[:cut], None).media_type


def test_a_file_that_libmagic_gives_up_on_is_unknown_and_not_refused() -> None:
    from storage.media_type import _libmagic

    assert detect(PNG, None).media_type == "image/png"
    recogniser, failure = _libmagic()
    cookie, recogniser.cookie = recogniser.cookie, None
    try:
        with pytest.raises(failure):
            recogniser.from_buffer(PNG)
        assert detect(PNG, None).media_type == "application/octet-stream"
    finally:
        recogniser.cookie = cookie


@pytest.mark.parametrize("filler", [b" ", b"\n", b"a", b":", b"<", b"PK\x03\x04", b"\x00"])
@pytest.mark.parametrize("extension", ["eml", "txt", "html", "docx"])
def test_no_content_makes_recognition_slow(filler: bytes, extension: str) -> None:
    head = (filler * HEAD_BYTES)[:HEAD_BYTES]
    begun = time.process_time()
    detect(head, f"file.{extension}")
    assert time.process_time() - begun < 2
