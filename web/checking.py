"""Checking what was registered: pages beside fields, one document after the other.

The address carries how many were done in this sitting, so that progress is shown without keeping
it anywhere. A document that was checked already is edited on the same page.
"""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from flask import Flask, flash, jsonify, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, Refusal, Stale
from records.documents.checking import checking_queue
from records.documents.components import components_of
from records.documents.filing import file_document
from records.documents.models import Document
from records.documents.rules import DocumentState, RegisterKind, Step
from records.documents.service import change_document
from records.documents.undoing import undo_check
from records.documents.visibility import get_document
from records.people.rules import Secrecy, check_clerk
from records.registration.lookup import places_of
from records.registration.service import change_secrecy
from web.boundary import reading, writing
from web.check_form import done, form_fields, form_page
from web.contents import content_of, stored_of
from web.errors import sentence, status_of
from web.forms import Errors, errors_of, field, given, read_fields
from web.permissions import REGISTRARS
from web.registration import receive, registration
from web.routes import route
from web.session import actor
from web.views import record_view

FIELDS = (
    *("title", "sender", "addressee", "document_number", "written_on", "printed_on"),
    *("received_on", "kind", "urgency", "medium", "secrecy_term", "copies", "pages"),
    *("unit", "class", "keywords", "remarks"),
)
_STATE = {DocumentState.REGISTERED.value, DocumentState.CHECKED.value}


@route(registration, "/check", permission=REGISTRARS)
def queue() -> Response:
    """Go to the oldest document that waits."""
    with reading() as uow:
        first = checking_queue(uow, actor()).first()
    return _go(first, so_far=0)


@route(registration, "/check/<uuid:document_id>", permission=REGISTRARS)
def check(document_id: UUID) -> str | Response:
    """Show one document with its fields."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        check_clerk(actor(), clerk_unit_id=document.clerk_unit_id)
        waiting = checking_queue(uow, actor())
    if document.state not in _STATE and "done" in request.args:
        # Filed, or voided because it was there already: the queue goes on.
        return _go(waiting.after(document_id), so_far=done(), left=len(waiting))
    if document.state not in _STATE:
        return redirect(url_for("documents.show", document_id=document_id), code=303)
    with reading() as uow:
        record_view(uow, actor(), document_id)
    return form_page(document_id)


@route(registration, "/check/<uuid:document_id>", permission=REGISTRARS, methods=("POST",))
def confirm(document_id: UUID) -> Response | tuple[str, int]:
    """Keep what was typed, confirm the document, and go to the next one."""
    form = request.form
    raw = given(form, FIELDS)
    values, errors = read_fields(raw)
    if errors:
        return form_page(document_id, raw, errors), 422
    try:
        with writing() as uow:
            before = get_document(uow, actor(), document_id)
            state, number = before.state, before.number
            made = _act(uow, document_id, values)
            uow.session.flush()
            after, version, became = made.number, made.version, made.state
    except Stale as refusal:
        return form_page(document_id, raw, {"": sentence(refusal)}, stale=True), status_of(refusal)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return form_page(document_id, raw, _errors(refusal)), status_of(refusal)
    if after != number:
        flash(
            gettext(
                "%(before)s is now %(after)s, in a register that may hold it.",
                before=number,
                after=after,
            ),
            "warn",
        )
    if state != DocumentState.REGISTERED.value:
        flash(gettext("The changes to %(number)s are kept.", number=after), "ok")
        return redirect(url_for("documents.show", document_id=document_id), code=303)
    if after == number and became == DocumentState.CHECKED:
        _offer_undo(document_id, number, version)
    with reading() as uow:
        waiting = checking_queue(uow, actor())
    return _go(waiting.after(document_id), so_far=done() + 1, left=len(waiting))


@route(registration, "/check/<uuid:document_id>/undo", permission=REGISTRARS, methods=("POST",))
def undo(document_id: UUID) -> Response:
    """Bring a document that was just confirmed back, as it was before."""
    try:
        with writing() as uow:
            undo_check(
                uow,
                actor(),
                document_id=document_id,
                version=request.form.get("version", type=int),
            )
    except (Conflict, Stale) as refusal:
        flash(sentence(refusal), "warn")
        return redirect(url_for("documents.show", document_id=document_id), code=303)
    return _go(document_id, so_far=max(0, done() - 1))


@route(registration, "/check/<uuid:document_id>/fields", permission=REGISTRARS)
def fields(document_id: UUID) -> Response | str:
    """Give the fields once the text was read; nothing while it is being read."""
    return form_fields(document_id) or Response(status=204)


@route(registration, "/check/<uuid:document_id>/ahead", permission=REGISTRARS)
def ahead(document_id: UUID) -> Response:
    """Draw the first page of the next document before its turn, and give its addresses."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        file = next(iter(components_of(uow, document.id)), None)
        stored = stored_of(uow, file)
    pages = content_of(document, file, stored).pages[:1]
    return jsonify([{"image": each["image"], "images": each["images"]} for each in pages])


def _offer_undo(document_id: UUID, number: str, version: int) -> None:
    href = url_for("registration.undo", document_id=document_id, done=done() + 1)
    text = gettext("%(number)s is checked.", number=number)
    # The session keeps it as JSON; `components/feedback.html` knows both kinds of message.
    flash(cast("Any", {"text": text, "undo": href, "version": version}), "ok")


def _act(uow: UnitOfWork, document_id: UUID, values: Mapping[str, Any]) -> Document:
    person, form = actor(), request.form
    document = change_document(
        uow,
        person,
        document_id=document_id,
        version=form.get("version", type=int),
        values=values,
        step=Step.CHECK,
    )
    uow.session.flush()
    if form.get("then") == "file":
        kind = RegisterKind(places_of(uow, document).register.kind)
        document = file_document(
            uow,
            person,
            document_id=document_id,
            version=None,
            class_code=field(form, "class"),
            register_kind=kind,
        )
        uow.session.flush()
    # Last, because it may move the document to a register that others keep.
    secrecy = Secrecy.from_code(form.get("secrecy", Secrecy(document.secrecy).code))
    if secrecy != document.secrecy:
        document = change_secrecy(
            uow,
            person,
            document_id=document_id,
            version=None,
            secrecy=secrecy,
            reason=gettext("Set while checking"),
            term=values.get("secrecy_term"),
        )
    return document


def _errors(refusal: Refusal) -> Errors:
    if isinstance(refusal, NotAllowed) and "clearance" in refusal.details:
        return {"secrecy": sentence(refusal)}
    return errors_of(refusal)


def _go(document_id: UUID | None, *, so_far: int, left: int = 0) -> Response:
    if document_id is not None:
        href = url_for("registration.check", document_id=document_id, done=so_far)
        return redirect(href, code=303)
    if left:
        told = ngettext(
            "%(num)s document was left for later.", "%(num)s documents were left for later.", left
        )
        flash(told, "plain")
    else:
        flash(gettext("Everything is checked."), "ok")
    return redirect(url_for("registration.new"), code=303)


def init_app(app: Flask) -> None:
    """Add the desk and the queue behind it."""
    # Its forgery token is checked as the form streams in, see `web.forms.check_forgery`.
    app.extensions["csrf"].exempt(receive)
    app.register_blueprint(registration)
