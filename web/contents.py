"""What is shown of a file: its pages as pictures, else its text, else why there is neither.

Pages of PDFs and pictures are measured at once. An office file has to become a PDF first, which
takes seconds, so its text is shown and the page asks for the pictures by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.documents.marking import marked
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import TextState
from records.scans.pages import turns_of
from records.scans.service import recognitions_of
from search.reading import ReasonCode, office_available
from web.boundary import reading
from web.pictures import WIDTHS_PX, pictures, upright_size
from web.reasons import reason_text

# More text than this is not put into one page; the original can be downloaded.
MOST_CHARACTERS = 400_000
MOST_TURNS = 60
_OFFICE = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/msword",
    "application/vnd.ms-",
    "application/rtf",
    "text/rtf",
)

Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Content:
    """What a page shows of one file.

    Attributes:
        pages: As `components/viewer.html` takes them.
        text: Pages of text as pieces, each with whether it is a hit.
        cut: Whether there is more text than is shown.
        note: Why something is missing, or what is being done; None when all is well.
        again: Where to ask for more in `again_in` seconds; None when nothing will change.
        again_whole: Whether the answer takes the place of everything, not of the note alone.
    """

    component: Component | None
    pages: list[dict[str, Any]] = field(default_factory=list)
    text: list[Pieces] = field(default_factory=list)
    cut: bool = False
    note: str | None = None
    again: str | None = None
    again_in: int = 0
    again_whole: bool = False


def stored_of(uow: UnitOfWork, component: Component | None) -> StoredObject | None:
    """Return the object of a component of a document that has been found visible."""
    return uow.session.get(StoredObject, component.object_name) if component else None


def content_of(
    document: Document, component: Component | None, stored: StoredObject | None
) -> Content:
    """Return what to show of one file of a document; outside of any unit of work, it may take long.

    The question to mark is `q` of the address, the turn of asking again `turn`.
    """
    if component is None:
        return Content(None, note=gettext("This is registered without a file."))
    if stored is None:
        return Content(component, note=reason_text("object_missing"))
    wants_pages = request.args.get("prepare") == "1"
    prepares = _is_office(component) and pictures().known_sizes(component.id) is None
    pages = [] if prepares and not wants_pages else _pages(component, stored)
    text, cut = ([], False) if pages else _text(component, stored)
    again: dict[str, Any] = {}
    note = reason_text(component.reason_code)
    turn = request.args.get("turn", 0, type=int)
    partly = component.reason_code == ReasonCode.PARTLY_SCANNED
    recognised = _being_recognised(component) if partly else None
    if component.text_state == TextState.PENDING and turn < MOST_TURNS:
        note = _being_recognised(component) or gettext(
            "The text is being read. It appears here by itself."
        )
        again = {"again_in": min(1 + turn, 15), "again_whole": not pages}
        again["again"] = _again(document, component, turn=turn + 1)
    elif recognised and turn < MOST_TURNS:
        note = recognised
        again = {"again": _again(document, component, turn=turn + 1), "again_in": min(1 + turn, 15)}
    elif prepares and not wants_pages:
        note = gettext("The pages are being drawn.")
        again = {"again": _again(document, component, prepare=1), "again_whole": True}
    return Content(component, pages, text, cut, note, **again)


def _being_recognised(component: Component) -> str | None:
    """Return how far the pages of a scan are recognised; None where nobody is at it."""
    with reading() as uow:
        found = recognitions_of(uow, [component.id]).get(component.id)
    if found is None or not found.at_work or not found.pages_total:
        return None
    return str(
        gettext(
            "The pages are being recognised, %(done)s of %(total)s so far. "
            "The text appears here by itself.",
            done=found.pages_done,
            total=found.pages_total,
        )
    )


def _again(document: Document, component: Component, **more: Any) -> str:
    asked = request.args.get("q") or None
    return url_for(
        "documents.content", document_id=document.id, component=component.id, q=asked, **more
    )


def _is_office(component: Component) -> bool:
    return component.media_type.startswith(_OFFICE) and office_available()


def _pages(component: Component, stored: StoredObject) -> list[dict[str, Any]]:
    try:
        sizes = pictures().sizes(component, stored)
    except NotFound:
        return []
    asked = request.args.get("q") or None
    with reading() as uow:
        turns = turns_of(uow, component.id)
    return [
        _page(component, number, size, asked, turns.get(number - 1))
        for number, size in enumerate(sizes, start=1)
    ]


def _page(
    component: Component,
    number: int,
    size: tuple[float, float],
    asked: str | None,
    turn: int | None,
) -> dict[str, Any]:
    def address(name: str, **more: Any) -> str:
        place: dict[str, Any] = {"component_id": component.id, "number": number, "turn": turn}
        return url_for(f"components.{name}", **place, **more)

    width, height = upright_size(size, turn or 0)
    return {
        "number": number,
        "width": width,
        "height": height,
        "image": address("picture", w=WIDTHS_PX[0]),
        "images": ", ".join(f"{address('picture', w=each)} {each}w" for each in WIDTHS_PX),
        "text": address("page_text", q=asked),
    }


def _text(component: Component, stored: StoredObject) -> tuple[list[Pieces], bool]:
    if component.text_state != TextState.DONE:
        return [], False
    pages = pictures().previews.text_pages(component, stored)
    shown, cut = _shortened(pages)
    return [marked(each, request.args.get("q", "")) for each in shown], cut


def _shortened(pages: Sequence[str]) -> tuple[list[str], bool]:
    room = MOST_CHARACTERS
    shown: list[str] = []
    for page in pages:
        if room <= 0:
            return shown, True
        shown.append(page[:room])
        room -= len(page)
    return shown, room < 0
