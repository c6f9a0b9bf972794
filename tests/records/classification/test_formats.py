"""The same document says the same of itself in every format, with places where there are pages."""

import html
import io
from collections.abc import Callable, Iterator
from typing import Any

import docx
import pytest

from records.classification.face import Face, read_face
from search.reading import Cage
from tests.reading.samples import package, pdf
from tests.records.classification.samples import LETTERS, OFFICIAL

SPACE = 'xmlns:o="http://www.ofdspec.org/2016"'
NAMES = (
    "a joint notice with every mark",
    "a report upwards with its signers",
    "an order of the State Council",
    "a forwarded document that bears a number of its own",
    "minutes of a meeting",
)


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with Cage() as cage:
        yield cage


def _html(text: str) -> bytes:
    rows = "".join(f"<p>{html.escape(row)}</p>" for row in text.split("\n"))
    return f"<!doctype html><meta charset=utf-8>{rows}".encode()


def _docx(text: str) -> bytes:
    document = docx.Document()
    for row in text.split("\n"):
        document.add_paragraph(row)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _pdf(text: str) -> bytes:
    return pdf(text.rstrip("\n"), font="chinese")


def _ofd(text: str) -> bytes:
    objects = "".join(
        f'<o:TextObject Boundary="20 {20 + 8 * at} {4 * len(row)} 4" Size="4">'
        f"<o:TextCode>{html.escape(row)}</o:TextCode></o:TextObject>"
        for at, row in enumerate(text.split("\n"))
        if row
    )
    root = f"<o:OFD {SPACE}><o:DocBody><o:DocRoot>D.xml</o:DocRoot></o:DocBody></o:OFD>"
    pages = '<o:Pages><o:Page ID="1" BaseLoc="P.xml"/></o:Pages>'
    return package(
        {
            "OFD.xml": root,
            "D.xml": f"<o:Document {SPACE}>{pages}</o:Document>",
            "P.xml": f"<o:Page {SPACE}><o:Content>{objects}</o:Content></o:Page>",
        }
    )


MAKERS: dict[str, Callable[[str], bytes]] = {
    "txt": str.encode,
    "html": _html,
    "docx": _docx,
    "pdf": _pdf,
    "ofd": _ofd,
}


def _face(cage: Cage, data: bytes, suffix: str) -> Face:
    reading = cage.read([data], file_name=f"x.{suffix}", media_type="")
    return read_face(reading.pages, reading.layouts)


def _values(face: Face, names: dict[str, Any]) -> dict[str, Any]:
    shown = face.shown()
    return {name: shown[name]["value"] if shown[name] else None for name in names}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", MAKERS)
def test_a_document_has_the_same_face_in_every_format(cage: Cage, name: str, suffix: str) -> None:
    text, wanted = OFFICIAL[name]
    face = _face(cage, MAKERS[suffix](text), suffix)
    assert _values(face, wanted) == wanted
    for told in face.shown().values():
        if told is not None:
            assert (told["evidence"]["box"] is not None) == (suffix in ("pdf", "ofd"))


@pytest.mark.parametrize("suffix", ["txt", "html", "docx", "pdf"])
def test_a_letter_has_the_same_face_in_every_format(cage: Cage, suffix: str) -> None:
    text, wanted = LETTERS["a business letter"]
    make = pdf if suffix == "pdf" else MAKERS[suffix]
    face = _face(cage, make(text.rstrip("\n")), suffix)
    assert _values(face, wanted) == wanted
