"""Checking what was registered: pages beside fields, one document after the other.

The address carries how many were done in this sitting, so that progress is shown without keeping
it anywhere. A document that was checked already is edited on the same page.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, Refusal, Stale
from records.documents.checking import Queue, checking_queue
from records.documents.components import components_of, same_bytes
from records.documents.filing import file_document
from records.documents.models import Document
from records.documents.rules import DocumentState, RegisterKind, Step
from records.documents.service import change_document
from records.documents.visibility import get_document
from records.people.rules import Secrecy, check_clerk
from records.registration.lookup import Places, places_of
from records.registration.service import change_secrecy
from web.boundary import reading, writing
from web.contents import content_of, stored_of
from web.errors import sentence, status_of
from web.forms import Errors, errors_of, field, given, read_fields
from web.permissions import REGISTRARS
from web.registration import receive, registration
from web.routes import route
from web.session import actor
from web.words import choices

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
    return _go(first, done=0)


@route(registration, "/check/<uuid:document_id>", permission=REGISTRARS)
def check(document_id: UUID) -> str | Response:
    """Show one document with its fields."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        check_clerk(actor(), clerk_unit_id=document.clerk_unit_id)
    if document.state not in _STATE:
        return redirect(url_for("documents.show", document_id=document_id), code=303)
    return _form(document_id)


@route(registration, "/check/<uuid:document_id>", permission=REGISTRARS, methods=("POST",))
def confirm(document_id: UUID) -> Response | tuple[str, int]:
    """Keep what was typed, confirm the document, and go to the next one."""
    form = request.form
    raw = given(form, FIELDS)
    values, errors = read_fields(raw)
    if errors:
        return _form(document_id, raw, errors), 422
    try:
        with writing() as uow:
            before = get_document(uow, actor(), document_id)
            state, number = before.state, before.number
            made = _act(uow, document_id, values)
            uow.session.flush()
            after = made.number
    except Stale as refusal:
        return _form(document_id, raw, {"": sentence(refusal)}, stale=True), status_of(refusal)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _form(document_id, raw, _errors(refusal)), status_of(refusal)
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
    with reading() as uow:
        waiting = checking_queue(uow, actor())
    return _go(waiting.after(document_id), done=_done() + 1, left=len(waiting))


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


def _go(document_id: UUID | None, *, done: int, left: int = 0) -> Response:
    if document_id is not None:
        return redirect(url_for("registration.check", document_id=document_id, done=done), code=303)
    if left:
        told = ngettext(
            "%(num)s document was left for later.", "%(num)s documents were left for later.", left
        )
        flash(told, "plain")
    else:
        flash(gettext("Everything is checked."), "ok")
    return redirect(url_for("registration.new"), code=303)


def _done() -> int:
    return max(0, request.args.get("done", 0, type=int))


def _form(
    document_id: UUID,
    raw: Mapping[str, str] | None = None,
    errors: Errors | None = None,
    *,
    stale: bool = False,
) -> str:
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        places = places_of(uow, document)
        waiting = checking_queue(uow, actor())
        components = components_of(uow, document.id)
        twins = same_bytes(uow, actor(), [each.sha256 for each in components], besides=document.id)
        chosen = next(
            (each for each in components if str(each.id) == request.args.get("component")), None
        )
        file = chosen or next(iter(components), None)
        stored_file = stored_of(uow, file)
    content = content_of(document, file, stored_file)
    stored = shown(document, places)
    values = {**stored, **(raw or {})}
    if raw is not None:
        values["secrecy"] = request.form.get("secrecy", stored["secrecy"])
    return render_template(
        "registration/check.html",
        document=document,
        number=document.number,
        register=places.register,
        content=content,
        components=components,
        values=values,
        # What somebody else has written meanwhile, beside what was typed here.
        theirs={name: stored[name] for name in stored if stale and values[name] != stored[name]},
        suggestions={},
        errors=errors or {},
        kinds=_kinds(values.get("kind")),
        same=[
            {"number": each.number, "href": url_for("documents.show", document_id=each.id)}
            for each in {twin.id: twin for twin in twins.values()}.values()
        ],
        unit=_picked("unit", raw, (places.unit.code, places.unit.name) if places.unit else None),
        file_class=_picked("class", raw, class_option(places)),
        **_progress(document, waiting),
    )


def _progress(document: Document, waiting: Queue) -> dict[str, Any]:
    if document.state != DocumentState.REGISTERED.value:
        return {"position": None, "total": None, "skip_href": None}
    skip = waiting.after(document.id)
    return {
        "position": _done() + waiting.before(document.id) + 1,
        "total": _done() + len(waiting),
        "skip_href": url_for("registration.check", document_id=skip, done=_done())
        if skip
        else url_for("registration.new"),
    }


def shown(document: Document, places: Places) -> dict[str, str]:
    """Return the values of a document as its form shows them."""
    texts: dict[str, Any] = {
        "title": document.title,
        "sender": document.sender,
        "addressee": document.addressee,
        "document_number": document.document_number_raw,
        "written_on": document.written_on,
        "printed_on": document.printed_on,
        "received_on": document.received_on,
        "kind": document.kind,
        "urgency": document.urgency,
        "medium": document.medium,
        "secrecy": Secrecy(document.secrecy).code,
        "secrecy_term": document.secrecy_term,
        "copies": document.copies,
        "pages": document.page_count,
        "unit": places.unit.code if places.unit else None,
        "class": places.file_class.code if places.file_class else None,
        "keywords": ", ".join(document.keywords),
        "remarks": document.remarks,
    }
    return {name: "" if value is None else str(value) for name, value in texts.items()}


def class_option(places: Places) -> tuple[str, str] | None:
    """Return the class of a document as its picker shows it."""
    found = places.file_class
    return (found.code, f"{found.code} {found.title}") if found else None


def _picked(
    name: str, raw: Mapping[str, str] | None, stored: tuple[str, str] | None
) -> tuple[str, str] | None:
    if raw is None:
        return stored
    return request.form.get(name, ""), request.form.get(f"{name}_text", "")


def _kinds(chosen: str | None) -> list[tuple[str, Any]]:
    known = list(choices("kind"))
    # A letter may have a kind of its own; a list must not lose it.
    return [*known, (chosen, chosen)] if chosen and chosen not in dict(known) else known


def init_app(app: Flask) -> None:
    """Add the desk and the queue behind it."""
    # Its forgery token is checked as the form streams in, see `web.forms.check_forgery`.
    app.extensions["csrf"].exempt(receive)
    app.register_blueprint(registration)
