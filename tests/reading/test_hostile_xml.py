"""Entities that grow or reach outside, in every format that is XML inside: none does either."""

from collections.abc import Callable

import pytest

from tests.reading import samples
from tests.reading.conftest import Read

GROWING = "".join(
    f'<!ENTITY e{each} "{f"&e{each - 1};" * 10}">' if each else '<!ENTITY e0 "LAUGH">'
    for each in range(10)
)
BILLION = f"<!DOCTYPE d [{GROWING}]>"
OUTSIDE = '<!DOCTYPE d [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
QUADRATIC = f'<!DOCTYPE d [<!ENTITY e9 "{"x" * 100_000}">]>'
ATTACKS = {
    "billion laughs": (BILLION, "&e9;"),
    "file from outside": (OUTSIDE, "&e9;"),
    "parameter entity": (PARAMETER, ""),
    "quadratic growth": (QUADRATIC, "&e9;" * 5_000),
}
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def docx(kind: str, word: str) -> bytes:
    part = f'{kind}<w:document xmlns:w="w"><w:p><w:t>here {word}</w:t></w:p></w:document>'
    return samples.package({"word/document.xml": part})


def odt(kind: str, word: str) -> bytes:
    part = (
        f'{kind}<o:document-content xmlns:o="{OFFICE}" xmlns:t="{TEXT}"><o:body><o:text>'
        f"<t:p>here {word}</t:p></o:text></o:body></o:document-content>"
    )
    return samples.package(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": part}
    )


def xlsx(kind: str, word: str) -> bytes:
    cell = f'<c t="inlineStr"><is><t>{word}</t></is></c>'
    sheet = f"{kind}<worksheet><sheetData><row>{cell}</row></sheetData></worksheet>"
    book = f'{kind}<workbook><sheets><sheet name="{word}"/></sheets></workbook>'
    return samples.package(
        {
            "xl/workbook.xml": book,
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": f"{kind}<sst><si><t>{word}</t></si></sst>",
        }
    )


def ofd(kind: str, word: str) -> bytes:
    words = f"<TextObject><TextCode>{word}</TextCode></TextObject>"
    page = f"{kind}<Page><Content><Layer>{words}</Layer></Content></Page>"
    pages = f'<Document><Pages><Page BaseLoc="Page.xml"/></Pages>{word}</Document>'
    return samples.package(
        {
            "OFD.xml": f"{kind}<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>",
            "Doc_0/Document.xml": kind + pages,
            "Doc_0/Page.xml": page,
        }
    )


def svg(kind: str, word: str) -> bytes:
    return f'{kind}<svg xmlns="http://www.w3.org/2000/svg"><text>here {word}</text></svg>'.encode()


FORMS: dict[str, Callable[[str, str], bytes]] = {
    "docx": docx,
    "odt": odt,
    "xlsx": xlsx,
    "ofd": ofd,
    "svg": svg,
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("form", FORMS)
def test_xml_bombs_neither_grow_nor_reach_outside(read: Read, form: str, attack: str) -> None:
    kind, word = ATTACKS[attack]
    reading = read(FORMS[form](kind, word), f"x.{form}")
    text = "\n".join(reading.pages)
    assert "root:" not in text
    assert len(text) < 2_000_000
    assert text.count("LAUGH") < 1_000
