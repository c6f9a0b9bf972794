"""Files of documents as readers get them: page pictures, the text that lies on them, the original.

Pictures are drawn in the cage and cached sealed (`records.documents.previews`). From `confidential`
up each carries the reader's name and the time, burnt in when it is served; the cache stays clean.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy import select

from records.core.errors import NotFound
from records.documents.components import get_component
from records.documents.marking import marked_lines
from records.documents.models import Component, Document, StoredObject
from records.documents.previews import Previews
from records.people.models import User
from records.people.rules import Actor, Secrecy
from records.scans.pages import recognised_pages
from search.reading import Cage, Line
from search.reading.turning import TURNS, turned
from search.reading.watermark import watermarked, writes_chinese
from web.boundary import office, reading
from web.content import content_response
from web.formats import instant
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor
from web.views import record_view

components = Blueprint("components", __name__, url_prefix="/components")

# Few widths, so that a page is drawn twice at most.
WIDTHS_PX = (960, 1600)
# Of the many pages of a stack that lie side by side.
THUMBNAIL_PX = 240
WATERMARK_FROM = Secrecy.CONFIDENTIAL
_EXTENSION = "chancery_pictures"
_SIZES_KEPT = 500


class Pictures:
    """The cage of this process, begun with the first page that somebody looks at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cage: Cage | None = None
        self._previews: Previews | None = None
        self._sizes: OrderedDict[UUID, list[tuple[float, float]]] = OrderedDict()

    @property
    def previews(self) -> Previews:
        """What draws and caches the pages."""
        with self._lock:
            if self._previews is None:
                self._cage = Cage()
                self._previews = Previews(office().database, office().vault, self._cage)
            return self._previews

    def known_sizes(self, component_id: UUID) -> list[tuple[float, float]] | None:
        """Return the sizes of the pages in points if this process has asked before."""
        with self._lock:
            return self._sizes.get(component_id)

    def sizes(self, component: Component, stored: StoredObject) -> list[tuple[float, float]]:
        """Return the sizes of the pages in points; a component never changes, so ask once."""
        known = self.known_sizes(component.id)
        if known is not None:
            return known
        found = self.previews.page_sizes(component, stored)
        with self._lock:
            self._sizes[component.id] = found
            while len(self._sizes) > _SIZES_KEPT:
                self._sizes.popitem(last=False)
        return found

    def close(self) -> None:
        """End the cage."""
        with self._lock:
            if self._cage is not None:
                self._cage.close()
            self._cage = self._previews = None


def pictures_of(app: Flask) -> Pictures:
    """Return the pictures of an application, to end them with it."""
    return cast("Pictures", app.extensions[_EXTENSION])


def pictures() -> Pictures:
    """Return the pictures of this application."""
    return pictures_of(current_app)


@route(components, "/<uuid:component_id>/content", permission=SIGNED_IN)
def content(component_id: UUID) -> Response:
    """Give the original, byte for byte, or the range of it that was asked for."""
    with reading() as uow:
        component, stored = get_component(uow, actor(), component_id)
        response = content_response(office().vault, component, stored)
        record_view(uow, actor(), component.document_id, component.id)
    return response


@route(components, "/<uuid:component_id>/pages/<int:number>.webp", permission=SIGNED_IN)
def picture(component_id: UUID, number: int) -> Response:
    """Give the picture of a page, counted from 1."""
    width_px = request.args.get("w", WIDTHS_PX[0], type=int)
    if width_px not in (THUMBNAIL_PX, *WIDTHS_PX) or number < 1:
        raise NotFound
    component, stored, secrecy = _look_up(component_id)
    turn = _turn()
    if secrecy >= WATERMARK_FROM:
        drawn = _drawn(component, stored, number, width_px, turn)
        return Response(watermarked(drawn, _reader_and_time(actor())), mimetype="image/webp")
    response = Response(mimetype="image/webp")
    etag = f"{component.sha256}-{number}-{width_px}" + (f"-{turn}" if turn else "")
    response.set_etag(etag)
    # The browser may keep it, and asks each time whether this reader still may see it.
    response.headers["Cache-Control"] = "private, no-cache"
    if etag in request.if_none_match:
        response.status_code = 304
        return response
    response.set_data(_drawn(component, stored, number, width_px, turn))
    return response


def _turn() -> int:
    """Return by how many degrees clockwise the address wants a page to be shown turned."""
    asked = request.args.get("turn", 0, type=int)
    return asked if asked in TURNS else 0


def _drawn(
    component: Component, stored: StoredObject, number: int, width_px: int, turn: int
) -> bytes:
    drawn = pictures().previews.page_image(component, stored, page=number - 1, width_px=width_px)
    return turned(drawn.data, turn) if turn else drawn.data


@route(components, "/<uuid:component_id>/pages/<int:number>/text", permission=SIGNED_IN)
def page_text(component_id: UUID, number: int) -> Response:
    """Give the text on a page in pieces with their boxes, in points from the top left corner."""
    component, stored, _ = _look_up(component_id)
    sizes = pictures().sizes(component, stored)
    if not 1 <= number <= len(sizes):
        raise NotFound
    lines = _recognised_lines(component, stored, number - 1)
    if lines is None:
        lines = (
            pictures()
            .previews.page_image(component, stored, page=number - 1, width_px=WIDTHS_PX[0])
            .lines
        )
    width, height = upright_size(sizes[number - 1], _turn())
    return jsonify(text_layer(lines, width, height, request.args.get("q", "")))


def upright_size(size: tuple[float, float], turn: int) -> tuple[float, float]:
    """Return width and height of a page that is shown turned."""
    return (size[1], size[0]) if turn in (90, 270) else size


def _recognised_lines(component: Component, stored: StoredObject, page: int) -> list[Line] | None:
    """Return the lines that were recognised on a page; None where the file has its own text.

    They lie on the upright page: where it is shown as it was scanned, there is none to lie on it.
    """
    keyed = component.id, stored.wrapped_key
    with reading() as uow:
        found = recognised_pages(uow, office().vault, keyed, numbers=[page])
    if not found:
        return None
    return found[0].text_layer() if found[0].rotation == _turn() else []


def text_layer(
    lines: Sequence[Line], width: float, height: float, question: str
) -> list[dict[str, Any]]:
    """Return the pieces of a page's text, each with its box and whether it is a hit.

    Args:
        width: Of the page, in points.
        height: Of the page, in points.
        question: What hits are marked of; empty marks nothing.
    """
    pieces = []
    for line, spans in zip(
        lines, marked_lines([each.text for each in lines], question), strict=True
    ):
        for start, end, hit in spans:
            box = (
                line.stops[start] * width,
                line.y0 * height,
                line.stops[end] * width,
                line.y1 * height,
            )
            piece = {"text": line.text[start:end], "box": [round(edge, 2) for edge in box]}
            pieces.append({**piece, "hit": hit})
    return pieces


def _look_up(component_id: UUID) -> tuple[Component, StoredObject, Secrecy]:
    with reading() as uow:
        component, stored = get_component(uow, actor(), component_id)
        secrecy = uow.session.scalar(
            select(Document.secrecy).where(Document.id == component.document_id)
        )
    return component, stored, Secrecy(secrecy or 0)


def _reader_and_time(person: Actor) -> str:
    with reading() as uow:
        login = uow.session.scalar(select(User.login).where(User.id == person.user_id)) or ""
        now = instant(uow.now)
    if writes_chinese():
        return f"{person.name} · {login} · {now}"
    return f"{login} {uow.now:%Y-%m-%d %H:%M}Z"


def init_app(app: Flask) -> None:
    """Serve the files of documents."""
    app.extensions[_EXTENSION] = Pictures()
    app.register_blueprint(components)
