"""Numbered copies of a document: made, printed, listed beside it, taken back or destroyed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.documents.components import components_of, get_component
from records.documents.copies import (
    MOST_AT_ONCE,
    PDF,
    copies_of,
    copies_to_print,
    copy_number,
    count_copies,
    keeps_copies,
    make_copies,
    move_copy,
)
from records.documents.models import Component, Document
from records.documents.rules import CopyState, CopyStep, DocumentState
from records.documents.visibility import get_document
from records.exchange.numbered_copies import NumberPlace, write_copies
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import Errors, errors_of, read_id
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor
from web.views import record_view
from web.whereabouts import pdf_answer
from web.workshop import workshop

copies = Blueprint("copies", __name__)

Answer = AnyResponse | tuple[str, int]
LINES = 200
_TOLD = {
    CopyStep.RETURN: lambda: gettext("The copy counts as returned."),
    CopyStep.DESTROY: lambda: gettext("The copy counts as destroyed."),
    CopyStep.REOPEN: lambda: gettext("The copy is out after all."),
}


def section(document: Document) -> dict[str, Any]:
    """Return what the section of the page of a document shows."""
    with reading() as uow:
        counts = count_copies(uow, actor(), document.id)
    may = keeps_copies(actor(), document) and document.state != DocumentState.VOIDED
    return {"counts": counts, "total": sum(counts.values()), "may": may}


@route(copies, "/documents/<uuid:document_id>/copies", permission=SIGNED_IN)
def index(document_id: UUID) -> str:
    """List the numbered copies of a document."""
    return _page(document_id, {}, {})


@route(
    copies,
    "/documents/<uuid:document_id>/copies",
    permission=SIGNED_IN,
    methods=("POST",),
    endpoint="make",
)
def make(document_id: UUID) -> Answer:
    """Make numbered copies."""
    form = request.form
    try:
        with writing() as uow:
            made = make_copies(
                uow,
                actor(),
                document_id=document_id,
                component_id=read_id(form.get("component", "")) or UUID(int=0),
                for_whom=form.get("for_whom", "").splitlines(),
                count=_count(form.get("count", "")),
                purpose=form.get("purpose"),
            )
            first, last = made[0].number, made[-1].number
    except (Invalid, Conflict) as refusal:
        return _page(document_id, errors_of(refusal), dict(form)), status_of(refusal)
    told = ngettext("%(num)s copy has its number.", "%(num)s copies have their numbers.", len(made))
    flash(told, "ok")
    address = url_for("copies.index", document_id=document_id, first=first, last=last)
    return redirect(f"{address}#made", code=303)


@route(
    copies,
    "/copies/<uuid:copy_id>/<any('return','destroy','reopen'):step>",
    permission=SIGNED_IN,
    methods=("POST",),
)
def move(copy_id: UUID, step: str) -> AnyResponse:
    """Say what became of a copy."""
    back = read_id(request.form.get("document", ""))
    taken = CopyStep(step)
    try:
        with writing() as uow:
            reason = request.form.get("reason")
            found = move_copy(uow, actor(), copy_id=copy_id, step=taken, reason=reason)
            back = found.document_id
    except (Invalid, Conflict) as refusal:
        if back is None:
            raise
        flash(sentence(refusal), "seal")
    else:
        flash(_TOLD[taken](), "ok")
    return redirect(url_for("copies.index", document_id=back), code=303)


@route(copies, "/documents/<uuid:document_id>/copies.pdf", permission=SIGNED_IN)
def on_paper(document_id: UUID) -> Response:
    """Give numbered copies for printing: those from `first` to `last`, one behind the other."""
    asked = Asked()
    first, last = asked.number("first", lowest=1), asked.number("last", lowest=1)
    place = asked.choice("place", [each.value for each in NumberPlace])
    if first is None:
        raise NotFound
    return printed(document_id, first, last or first, NumberPlace(place or NumberPlace.STANDARD))


def printed(document_id: UUID, first: int, last: int, place: NumberPlace) -> Response:
    """Return the PDF of some copies, to who may make them."""
    with reading() as uow:
        document, component, found = copies_to_print(
            uow, actor(), document_id, first=first, last=last
        )
        _, stored = get_component(uow, actor(), component.id)
        record_view(uow, actor(), document_id, component.id)
    made = write_copies(
        workshop().cage,
        office().vault.read(stored.name, stored.wrapped_key),
        numbers=[copy_number(each.number) for each in found],
        place=place,
    )
    ends = dict.fromkeys([found[0].number, found[-1].number])
    name = "-".join(copy_number(each) for each in ends)
    return pdf_answer(made, f"{document.number} {gettext('copies')} {name}")


def _page(document_id: UUID, errors: Errors, typed: dict[str, str]) -> str:
    asked = Asked()
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        record_view(uow, actor(), document_id)
        after = asked.number("after") or 0
        lines = copies_of(uow, actor(), document_id, after=after, limit=LINES + 1)
        counts = count_copies(uow, actor(), document_id)
        files = _printable(uow, document_id)
    may = keeps_copies(actor(), document) and document.state != DocumentState.VOIDED
    more, lines = len(lines) > LINES, lines[:LINES]
    return render_template(
        "copies/index.html",
        document=document,
        lines=lines,
        counts={state.value: counts.get(state, 0) for state in CopyState},
        total=sum(counts.values()),
        after=after,
        next=lines[-1].number if more else None,
        files=files,
        may=may,
        most=MOST_AT_ONCE,
        made=_made(asked) if may else None,
        errors=errors,
        typed=typed,
    )


def _made(asked: Asked) -> tuple[int, int] | None:
    first, last = asked.number("first"), asked.number("last")
    return (first, last) if first and last and first <= last else None


def _printable(uow: UnitOfWork, document_id: UUID) -> list[Component]:
    return [each for each in components_of(uow, document_id) if each.media_type == PDF]


def _count(typed: str) -> int | None:
    """Return a typed number of copies, None where nobody typed one.

    Raises:
        Invalid: It is no number.
    """
    text = typed.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid("Write a whole number.", field="count")
    return int(text)


def init_app(app: Flask) -> None:
    """Add the acts, and the section to the page of a document."""
    app.register_blueprint(copies)
    app.add_template_global(section, "copies_section")
