"""One request for a seal to decide: what exactly will be sealed, beside the pages of the document.

It stands on the phone desk, beside what waits to be read: one tap opens it, one more agrees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.circulation.phrases import phrases_of
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.documents.components import components_of
from records.documents.models import Component
from records.documents.rules import ComponentRole
from records.people.rules import Actor
from records.seals.approvals import decide
from records.seals.request_views import (
    ApprovalLine,
    RequestView,
    approvals_for,
    request_of_step,
)
from web.boundary import reading, writing
from web.contents import content_of, stored_of
from web.errors import sentence, status_of
from web.i18n import current_language
from web.permissions import SIGNED_IN
from web.reading_list import readings
from web.routes import route
from web.session import actor
from web.views import record_view

Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class Refused:
    """A decision that was refused: why, and what had been written."""

    errors: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)


@route(readings, "/seals/<uuid:approval_id>", permission=SIGNED_IN)
def show_seal(approval_id: UUID) -> str:
    """Show a request to whoever decides it."""
    return _page(approval_id)


@route(readings, "/seals/<uuid:approval_id>/decide", permission=SIGNED_IN, methods=("POST",))
def decide_seal(approval_id: UUID) -> Answer:
    """Agree to it, or decline it with a reason; then show what comes next."""
    agree = request.form.get("decision") == "agreed"
    try:
        with writing() as uow:
            opinion = request.form.get("opinion", "")
            decide(uow, actor(), approval_id=approval_id, agree=agree, opinion=opinion)
    except (Invalid, Conflict) as refusal:
        errors = {"opinion" if refusal.field == "opinion" else "": sentence(refusal)}
        return _page(approval_id, Refused(errors, request.form)), status_of(refusal)
    flash(
        gettext("You have agreed: the seal may be used.")
        if agree
        else gettext("You have declined. Whoever asked is told why."),
        "ok",
    )
    with reading() as uow:
        waiting = approvals_for(uow, actor())
    if waiting:
        there = url_for("reading.show_seal", approval_id=waiting[0].approval_id)
        return redirect(there, code=303)
    return redirect(url_for("reading.index"), code=303)


def _page(approval_id: UUID, refused: Refused | None = None) -> str:
    person = actor()
    with reading() as uow:
        view = request_of_step(uow, person, approval_id)
        record_view(uow, person, view.document.id)
        files = [
            each
            for each in components_of(uow, view.document.id)
            if each.role != ComponentRole.STAMPED
        ]
        component = _chosen(files, view)
        stored = stored_of(uow, component)
        facts: dict[str, Any] = {
            **_neighbours(approvals_for(uow, person), approval_id),
            "phrases": _phrases(uow, person),
            "now": uow.now,
        }
    return render_template(
        "reading/seal.html",
        view=view,
        step=next(each for each in view.steps if each.id == approval_id),
        may_decide=view.my_step == approval_id,
        components=files,
        component=component,
        document=view.document,
        content=content_of(view.document, component, stored),
        refused=refused,
        **facts,
    )


def _chosen(files: Sequence[Component], view: RequestView) -> Component | None:
    """Return the file to show: what was asked for, else what gets the seal, else the first."""
    wanted = request.args.get("component") or str(view.request.component_id)
    first = next(iter(files), None)
    return next((each for each in files if str(each.id) == wanted), first)


def _neighbours(lines: Sequence[ApprovalLine], approval_id: UUID) -> dict[str, UUID | None]:
    ids = [each.approval_id for each in lines]
    if approval_id not in ids:
        return {"previous": None, "next": next(iter(ids), None)}
    place = ids.index(approval_id)
    return {
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place + 1 < len(ids) else None,
    }


def _phrases(uow: UnitOfWork, person: Actor) -> Sequence[str]:
    return phrases_of(uow, person.user_id, current_language()) if person.user_id else ()
