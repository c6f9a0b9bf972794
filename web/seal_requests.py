"""Seal requests: what I have asked for, one request with its approvals, taking it back, its form.

`web.seal_asking` adds the form that asks, on the same blueprint.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.people.rules import Act, Actor
from records.seals.request_views import (
    RequestLine,
    RequestView,
    my_requests,
    request_view,
    requests_of,
)
from records.seals.requests import withdraw_request
from records.seals.rules import RequestState
from records.seals.void_words import why_void
from web.boundary import reading, writing
from web.catalogues import catalogue
from web.errors import sentence, status_of
from web.filters import Asked
from web.i18n import current_language
from web.permissions import SEAL_APPLICANTS, SIGNED_IN
from web.routes import route
from web.session import actor
from web.words import word

seal_requests = Blueprint("seal_requests", __name__, url_prefix="/seal-requests")

LINES = 50
STATES = tuple(each.value for each in RequestState)

Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class Sealing:
    """What the page of a document shows of seals, as `seal_requests/of_document.html` takes it.

    Attributes:
        may: Whether the person may ask for one.
    """

    requests: list[RequestLine]
    may: bool


@route(seal_requests, "", permission=SEAL_APPLICANTS)
def index() -> tuple[str, int]:
    """List what whoever asks has asked for."""
    asked = Asked()
    state = asked.choice("state", STATES)
    with reading() as uow:

        def read(cursor: str | None) -> tuple[list[RequestLine], str | None, str | None]:
            wanted = RequestState(state) if state else None
            return my_requests(uow, actor(), state=wanted, cursor=cursor, limit=LINES)

        lines, following, before = asked.page(read)
    page = render_template(
        "seal_requests/index.html",
        lines=lines,
        next=following,
        previous=before,
        state=state,
        states=[(each, word("seal_request", each).text) for each in STATES],
        problems=asked.problems,
    )
    return page, asked.status()


@route(seal_requests, "/<uuid:request_id>", permission=SIGNED_IN)
def show(request_id: UUID) -> str:
    """Show one request with its steps."""
    return _page(request_id)


@route(seal_requests, "/<uuid:request_id>/form", permission=SIGNED_IN)
def form(request_id: UUID) -> str:
    """Show the request as the sheet of paper that offices keep."""
    with reading() as uow:
        view = request_view(uow, actor(), request_id)
        now = uow.now
    return render_template("seal_requests/form.html", view=view, now=now)


@route(seal_requests, "/<uuid:request_id>/withdraw", permission=SEAL_APPLICANTS, methods=("POST",))
def withdraw(request_id: UUID) -> Answer:
    """Take one's own request back."""
    try:
        with writing() as uow:
            reason = request.form.get("reason", "")
            withdraw_request(uow, actor(), request_id=request_id, reason=reason)
    except (Invalid, Conflict) as refusal:
        return _page(request_id, sentence(refusal)), status_of(refusal)
    flash(gettext("The seal request is withdrawn."), "ok")
    return redirect(url_for("seal_requests.show", request_id=request_id), code=303)


def sealing_of(uow: UnitOfWork, person: Actor, document: Document) -> Sealing:
    """Return the seal requests of a document that a person sees."""
    may = person.may(Act.ASK_FOR_SEAL) and document.state != DocumentState.VOIDED
    return Sealing(requests_of(uow, person, document.id), may)


def ending(view: RequestView) -> str | None:
    """Return why a request ended, in words; None while it runs, or when nothing was said."""
    reason = view.request.end_reason
    if reason and view.request.state == RequestState.VOID:
        return why_void(catalogue(current_language()), reason)
    return reason


def _page(request_id: UUID, refused: str | None = None) -> str:
    person = actor()
    with reading() as uow:
        view = request_view(uow, person, request_id)
        now = uow.now
    return render_template(
        "seal_requests/show.html",
        view=view,
        now=now,
        ending=ending(view),
        is_mine=view.request.applicant_id == person.user_id,
        is_keeper=view.seal.keeper_id == person.user_id and person.may(Act.USE_SEAL),
        refused=refused,
    )


def init_app(app: Flask) -> None:
    """Add what is asked for, with the form that stands on its blueprint."""
    app.register_blueprint(seal_requests)
