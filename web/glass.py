"""Emergency access: a document for some minutes, for a reason, told to all who answer for it."""

from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, NotSignedIn, Refusal, TooMany
from records.documents.emergency import REASON_LENGTH, break_glass, end_glass, list_glasses
from records.people.service import get_user
from records.people.signing_in import count_failure, verify_password
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.filters import Asked
from web.forms import read_id
from web.log_places import log
from web.permissions import GLASS_BREAKERS, LOG_EXPORTERS, SIGNED_IN
from web.routes import route
from web.session import actor

glass = Blueprint("glass", __name__, url_prefix="/emergency-access")

LINES = 50


@route(glass, "", permission=GLASS_BREAKERS)
def show() -> str:
    """Show the form, and what one took by it before."""
    return _page()


@route(glass, "", permission=GLASS_BREAKERS, methods=("POST",), endpoint="open")
def open_() -> Response | tuple[str, int]:
    """Open a document, once the password was verified anew."""
    form = request.form
    try:
        check_own_password(form.get("password", ""))
        with writing() as uow:
            document_id = opened(uow, form.get("document", ""), form.get("reason", ""))
    except (Conflict, Invalid, TooMany) as refusal:
        return _page(refusal), status_of(refusal)
    if document_id is None:
        return _page(nothing_opened()), 404
    flash(gettext("The document is open to you. All who answer for it are told."), "ok")
    return redirect(url_for("documents.show", document_id=document_id), code=303)


@route(glass, "/<uuid:glass_id>/end", permission=SIGNED_IN, methods=("POST",))
def end(glass_id: UUID) -> Response:
    """End a right before its time."""
    with writing() as uow:
        ended = end_glass(uow, actor(), glass_id=glass_id)
        is_own = ended.user_id == actor().user_id
    flash(gettext("The emergency access has ended."), "ok")
    if is_own:
        return redirect(url_for("glass.show"), code=303)
    return redirect(url_for("documents.show", document_id=ended.document_id), code=303)


@route(log, "/emergency-access", permission=LOG_EXPORTERS)
def glasses() -> str:
    """Show every attempt to auditors, as far as their own clearance goes."""
    before = read_id(Asked().text("before"))
    with reading() as uow:
        lines = list_glasses(uow, actor(), before=before, limit=LINES + 1)
    older = lines[LINES - 1].id if len(lines) > LINES else None
    return render_template(
        "log/glasses.html",
        lines=lines[:LINES],
        newest_href=url_for("log.glasses") if before else None,
        older_href=url_for("log.glasses", before=older) if older else None,
    )


def check_own_password(password: str) -> None:
    """Verify the password of whoever asks anew; a wrong one counts as when signing in.

    Raises:
        Invalid: The password is wrong.
        TooMany: Too many wrong passwords.
    """
    person, login, address = actor(), "", request.remote_addr or ""
    try:
        with reading() as uow:
            login = get_user(uow, person.user_id).login if person.user_id else ""
            verify_password(uow, login=login, password=password, address=address)
    except NotSignedIn as refusal:
        with writing() as uow:
            count_failure(uow, login=login, address=address)
        raise Invalid("This is not your password.", field="password") from refusal


def opened(uow: UnitOfWork, asked: str, reason: str) -> UUID | None:
    """Open a document to whoever asks; None when nothing opened, which the log keeps."""
    minutes = office().config.break_glass_minutes
    broken = break_glass(uow, actor(), asked=asked, reason=reason, minutes=minutes)
    return broken.document_id if broken.until_at is not None else None


def nothing_opened() -> NotFound:
    """Return the one answer for what does not exist and for what stays closed."""
    return NotFound("No document opens to you under this number. The attempt is in the log.")


def _page(refusal: Refusal | None = None) -> str:
    with reading() as uow:
        lines = list_glasses(uow, actor(), own=True, limit=LINES)
    return render_template(
        "glass/form.html",
        lines=lines,
        minutes=office().config.break_glass_minutes,
        shortest=REASON_LENGTH,
        values=request.form,
        errors={refusal.field or "": sentence(refusal)} if refusal else {},
    )


def init_app(app: Flask) -> None:
    """Add the screen."""
    app.register_blueprint(glass)
