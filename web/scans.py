"""Recognition on the screens: how far it is, how sure it was, and the section on a document."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed
from records.documents.components import get_component
from records.documents.models import Component, Document
from records.people.rules import Actor
from records.scans.service import (
    RecognitionView,
    is_recognisable,
    keeps_scans,
    recognise,
    recognitions_of,
)
from records.scans.splitting import parts_of, split_of, taken_from
from records.scans.stacks import may_split
from search.reading import ocr_available
from web.boundary import reading, writing
from web.errors import sentence
from web.permissions import SIGNED_IN
from web.routes import route
from web.scan_words import language_in_words, page_ranges, state_in_words
from web.session import actor

scans = Blueprint("scans", __name__)


def scan_of(
    uow: UnitOfWork, person: Actor, document: Document, components: Sequence[Component]
) -> dict[str, Any]:
    """Return what the section "Scan" of the page of a document shows."""
    found = recognitions_of(uow, [each.id for each in components])
    first = next(iter(components), None)
    split, sheets = split_of(uow, document.id)
    made = parts_of(uow, person, document.id) if split == "done" else []
    source = taken_from(uow, person, document.id)
    keeps = keeps_scans(person, document)
    lines = [_line(each, found.get(each.id), keeps=keeps) for each in components]
    return {
        "lines": lines,
        "languages": [(each, language_in_words(each)) for each in _installed(lines)],
        "split": split,
        "sheets": sheets,
        "may_split": may_split(person, document, first),
        "made": made,
        "source": source,
    }


def _installed(lines: Sequence[Mapping[str, Any] | None]) -> tuple[str, ...]:
    """Return the languages to choose from; the engine is asked only where somebody may choose."""
    return ocr_available() if any(line and line["may"] for line in lines) else ()


def _line(
    component: Component, view: RecognitionView | None, *, keeps: bool
) -> dict[str, Any] | None:
    may = keeps and is_recognisable(component) and not (view is not None and view.at_work)
    if view is None:
        return None
    return {
        "id": component.id,
        "name": component.name,
        "view": view,
        "words": state_in_words(view),
        "may": may,
    }


@route(scans, "/components/<uuid:component_id>/recognise", permission=SIGNED_IN, methods=("POST",))
def again(component_id: UUID) -> AnyResponse:
    """Recognise a file once more."""
    with reading() as uow:
        document_id = get_component(uow, actor(), component_id)[0].document_id
    try:
        with writing() as uow:
            languages = request.form.get("language", "").split()
            recognise(uow, actor(), component_id=component_id, languages=languages)
    except (Invalid, Conflict, NotAllowed) as refusal:
        flash(sentence(refusal), "seal")
    else:
        flash(gettext("The pages are being recognised. The text appears by itself."), "ok")
    address = url_for("documents.show", document_id=document_id)
    return redirect(f"{address}#scan", code=303)


def init_app(app: Flask) -> None:
    """Add the act, and how pages are written."""
    app.register_blueprint(scans)
    app.add_template_filter(page_ranges)
