"""What people do with a document, each act from its dialog on the document's page.

A refused act brings the page back with its dialog open, the reason beside the field, and what was
typed.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import Flask, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.documents.filing import file_document
from records.documents.intake import keep_objects
from records.documents.metadata import FIELDS
from records.documents.rules import RegisterKind
from records.documents.service import add_components, correct_document
from records.documents.sharing import grants_of, revoke_grant, share_document
from records.documents.visibility import get_document
from records.people.rules import Secrecy, check_clerk
from records.registration.lookup import places_of
from records.registration.service import change_secrecy as change_its_secrecy
from records.registration.service import void_registration
from web.boundary import database, office, reading, writing
from web.documents import Reopened, document_page, documents
from web.errors import sentence, status_of
from web.forms import Errors, check_forgery, errors_of, field, given, read_fields
from web.permissions import FILERS, REGISTRARS, SHARERS
from web.pickers import read_principal
from web.receiving import receiving_form
from web.registration import check_files, too_large
from web.routes import route
from web.session import actor

_CORRECTED = (
    *("title", "sender", "addressee", "document_number", "kind", "written_on", "printed_on"),
    *("received_on", "unit", "keywords", "remarks"),
)
_FILED = ("sender", "unit")

Answer = Response | tuple[str, int]


@route(documents, "/<uuid:document_id>/filing", permission=FILERS, methods=("POST",))
def file(document_id: UUID) -> Answer:
    """File a document into a class, with what was still missing."""
    raw = {name: text for name, text in given(request.form, _FILED).items() if text}
    values, errors = read_fields(raw)
    if not field(request.form, "class"):
        errors["class"] = gettext("This must not be empty.")
    if errors:
        return _again(document_id, "file", errors)

    def act(uow: UnitOfWork) -> str:
        document = get_document(uow, actor(), document_id)
        kind = RegisterKind(places_of(uow, document).register.kind)
        filed = file_document(
            uow,
            actor(),
            document_id=document_id,
            version=_version(),
            class_code=field(request.form, "class"),
            register_kind=kind,
            values=values,
        )
        return str(gettext("%(number)s is filed.", number=filed.number))

    return _do(document_id, "file", act, otherwise="class")


@route(documents, "/<uuid:document_id>/corrections", permission=FILERS, methods=("POST",))
def correct(document_id: UUID) -> Answer:
    """Correct a filed document."""
    values, errors = read_fields(given(request.form, _CORRECTED))
    if errors:
        return _again(document_id, "correct", errors)

    def act(uow: UnitOfWork) -> str:
        document = correct_document(
            uow,
            actor(),
            document_id=document_id,
            version=_version(),
            values=values,
            reason=request.form.get("reason", ""),
        )
        return str(gettext("%(number)s is corrected.", number=document.number))

    return _do(document_id, "correct", act)


@route(documents, "/<uuid:document_id>/secrecy", permission=REGISTRARS, methods=("POST",))
def change_secrecy(document_id: UUID) -> Answer:
    """Raise or lower the secrecy; the document may get another number."""

    def act(uow: UnitOfWork) -> str:
        before = get_document(uow, actor(), document_id).number
        document = change_its_secrecy(
            uow,
            actor(),
            document_id=document_id,
            version=_version(),
            secrecy=Secrecy.from_code(request.form.get("secrecy", "")),
            reason=request.form.get("reason", ""),
            term=request.form.get("secrecy_term", "").strip() or None,
        )
        if document.number != before:
            return str(
                gettext(
                    "%(before)s is now %(after)s, in a register that may hold it.",
                    before=before,
                    after=document.number,
                )
            )
        return str(gettext("The secrecy level is changed."))

    return _do(document_id, "secrecy-dialog", act, otherwise="secrecy")


@route(documents, "/<uuid:document_id>/voiding", permission=REGISTRARS, methods=("POST",))
def void(document_id: UUID) -> Answer:
    """Void the registration; the number stays in the book."""

    def act(uow: UnitOfWork) -> str:
        document = void_registration(
            uow,
            actor(),
            document_id=document_id,
            version=_version(),
            reason=request.form.get("reason", ""),
        )
        return str(gettext("%(number)s is voided. It stays in the book.", number=document.number))

    return _do(document_id, "void", act)


@route(documents, "/<uuid:document_id>/grants", permission=SHARERS, methods=("POST",))
def share(document_id: UUID) -> Answer:
    """Let a person, a unit or a group see the document, for good or until the end of a day."""

    def act(uow: UnitOfWork) -> str:
        kind, object_id = read_principal(request.form.get("with", ""))
        share_document(
            uow,
            actor(),
            document_id=document_id,
            principal_kind=kind,
            principal_object_id=object_id,
            reason=request.form.get("reason", ""),
            until_at=_end_of(uow, request.form.get("until", "")),
        )
        return str(gettext("Shared with %(name)s.", name=request.form.get("with_text", "")))

    return _do(document_id, "share", act, otherwise="with")


@route(
    documents,
    "/<uuid:document_id>/grants/<uuid:grant_id>/end",
    permission=SHARERS,
    methods=("POST",),
)
def unshare(document_id: UUID, grant_id: UUID) -> Answer:
    """Take a right back."""
    with writing() as uow:
        get_document(uow, actor(), document_id)
        if grant_id not in {each.id for each in grants_of(uow, document_id)}:
            raise NotFound
        revoke_grant(uow, actor(), grant_id=grant_id)
    flash(gettext("The right is taken back."), "ok")
    return _back(document_id)


@route(documents, "/<uuid:document_id>/files", permission=REGISTRARS, methods=("POST",))
def add_files(document_id: UUID) -> Answer:
    """Add files to a document that is not filed yet; they are streamed as at the desk."""
    with reading() as uow:
        check_clerk(actor(), clerk_unit_id=get_document(uow, actor(), document_id).clerk_unit_id)
    limit_bytes = office().config.upload_limit_bytes
    try:
        with receiving_form(office().vault, limit_bytes=limit_bytes) as form:
            check_forgery(form.fields.get("csrf_token"))
            received = [(each, name) for at, name, each in form.files if at == "file"]
            check_files(received)
            keep_objects(database(), office().vault, [each for each, _ in received])
            with writing() as uow:
                add_components(uow, actor(), document_id=document_id, received=received)
    except RequestEntityTooLarge:
        return _again(document_id, "add", {"file": sentence(too_large(limit_bytes))}, 413)
    except (Invalid, Conflict) as refusal:
        return _refused(document_id, "add", refusal, "file")
    flash(gettext("The files are added."), "ok")
    return _back(document_id)


def _do(
    document_id: UUID, dialog: str, act: Callable[[UnitOfWork], str], *, otherwise: str = "reason"
) -> Answer:
    try:
        with writing() as uow:
            told = act(uow)
    except (Invalid, Conflict, NotAllowed) as refusal:
        if isinstance(refusal, NotAllowed) and "clearance" not in refusal.details:
            raise
        return _refused(document_id, dialog, refusal, otherwise)
    flash(told, "ok")
    return _back(document_id)


def _refused(document_id: UUID, dialog: str, refusal: Refusal, otherwise: str) -> Answer:
    return _again(document_id, dialog, errors_of(refusal, otherwise=otherwise), status_of(refusal))


def _again(document_id: UUID, dialog: str, errors: Errors, status: int = 422) -> Answer:
    typed = {} if dialog == "add" else dict(request.form)
    return document_page(document_id, Reopened(dialog, errors, typed)), status


def _back(document_id: UUID) -> Response:
    with reading() as uow:
        try:
            get_document(uow, actor(), document_id)
        except NotFound:
            # It has moved out of this person's sight.
            return redirect(url_for("registration.new"), code=303)
    return redirect(url_for("documents.show", document_id=document_id), code=303)


def _version() -> int | None:
    return request.form.get("version", type=int)


def _end_of(uow: UnitOfWork, text: str) -> datetime | None:
    """Return the end of a day in the office's time zone."""
    if not text.strip():
        return None
    day: date = FIELDS["received_on"].parse(text.strip(), "until")
    if day.year == date.max.year:
        raise Invalid(
            "%(text)s is not a date. Write it as 2026-01-31.", {"text": text}, field="until"
        )
    return datetime.combine(day + timedelta(days=1), time(), uow.zone)


def init_app(app: Flask) -> None:
    """Let the acts take files; `web.lists` adds the blueprint, which it completes."""
    # Its forgery token is checked as the form streams in, see `web.forms.check_forgery`.
    app.extensions["csrf"].exempt(add_files)
