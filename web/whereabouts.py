"""Where a document is: the section on its page, the acts on its paper, its label and its slip."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.circulation.labels import document_by_label, known_label, label_of
from records.circulation.models import PaperHolding
from records.circulation.paper import (
    confirm_paper,
    get_holding,
    hand_paper,
    take_paper,
    withdraw_paper,
)
from records.circulation.telling import RoundView, rounds_of
from records.circulation.whereabouts import whereabouts_of
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.documents.models import Document
from records.documents.visibility import get_document
from records.exchange.label import Form, write_labels
from records.exchange.slip import signatures_of, write_slip
from records.people.models import Unit
from records.people.rules import Secrecy
from search.reading.watermark import writes_chinese
from web.boundary import office, reading, writing
from web.content import attachment
from web.documents import Reopened, document_page
from web.errors import sentence, status_of
from web.forms import errors_of
from web.permissions import SIGNED_IN
from web.pickers import read_person
from web.routes import route
from web.session import actor
from web.slips import label_in_words, slip_in_words
from web.views import record_view

whereabouts = Blueprint("whereabouts", __name__)

Answer = AnyResponse | tuple[str, int]
PDF = "application/pdf"


def section(document_id: UUID) -> dict[str, Any]:
    """Return what the section of the page of a document shows."""
    with reading() as uow:
        return {
            "found": whereabouts_of(uow, actor(), document_id),
            "now": uow.now,
            "lacks_font": not writes_chinese(),
        }


@route(whereabouts, "/documents/<uuid:document_id>/paper", permission=SIGNED_IN, methods=("POST",))
def hand(document_id: UUID) -> Answer:
    """Hand the paper to somebody, or take it to oneself."""
    form = request.form

    def act(uow: UnitOfWork) -> str:
        me = actor().user_id
        to_id = me if form.get("to") == "me" else read_person(uow, form, "to")
        if to_id is None:
            raise Invalid("This must not be empty.", field="to")
        hand_paper(
            uow,
            actor(),
            document_id=document_id,
            to_id=to_id,
            place=form.get("place"),
            note=form.get("note"),
        )
        if to_id == me:
            return str(gettext("You have the paper."))
        return str(gettext("The paper counts as handed over once it is confirmed."))

    try:
        with writing() as uow:
            told = act(uow)
    except (Invalid, Conflict) as refusal:
        # The field is called as in REST; the dialog of sharing knows no other.
        errors = errors_of(refusal) | ({"to": sentence(refusal)} if refusal.field == "to" else {})
        return document_page(document_id, Reopened("paper", errors, dict(form))), status_of(refusal)
    flash(told, "ok")
    return _to_section(document_id)


@route(whereabouts, "/paper/<uuid:holding_id>/confirm", permission=SIGNED_IN, methods=("POST",))
def confirm(holding_id: UUID) -> AnyResponse:
    """Say that one has the paper."""
    return _act_on(holding_id, confirm_paper, gettext("You have the paper."))


@route(whereabouts, "/paper/<uuid:holding_id>/withdraw", permission=SIGNED_IN, methods=("POST",))
def withdraw(holding_id: UUID) -> AnyResponse:
    """Take back a hand-over that nobody has confirmed."""
    return _act_on(holding_id, withdraw_paper, gettext("The hand-over is withdrawn."))


def _act_on(holding_id: UUID, act: Callable[..., PaperHolding], told: str) -> AnyResponse:
    try:
        with writing() as uow:
            document_id = act(uow, actor(), holding_id=holding_id).document_id
    except Conflict as refusal:
        flash(sentence(refusal), "seal")
        with reading() as uow:
            document_id = get_holding(uow, actor(), holding_id)[0].id
    else:
        flash(told, "ok")
    return _to_section(document_id)


def _to_section(document_id: UUID) -> AnyResponse:
    address = url_for("documents.show", document_id=document_id)
    return redirect(f"{address}#whereabouts", code=303)


# The label ---------------------------------------------------------------------------------------


@route(whereabouts, "/l/<code>", permission=SIGNED_IN)
def label(code: str) -> str:
    """Show to whoever scanned a label what it is, and who has it."""
    with reading() as uow:
        document = document_by_label(uow, actor(), code)
        record_view(uow, actor(), document.id)
        found = whereabouts_of(uow, actor(), document.id)
        return render_template(
            "whereabouts/label.html",
            code=code,
            document=document,
            secrecy_code=Secrecy(document.secrecy).code,
            found=found,
            now=uow.now,
            mine=found.paper is not None and found.paper.user_id == actor().user_id,
        )


@route(whereabouts, "/l/<code>", permission=SIGNED_IN, methods=("POST",), endpoint="take")
def take(code: str) -> AnyResponse:
    """Say with the label in hand that one has the paper now."""
    with writing() as uow:
        take_paper(uow, actor(), code=code)
    flash(gettext("You have the paper."), "ok")
    return redirect(url_for("whereabouts.label", code=code), code=303)


@route(whereabouts, "/documents/<uuid:document_id>/label.pdf", permission=SIGNED_IN)
def label_pdf(document_id: UUID) -> Response:
    """Give the label of the paper, as a single one or on a sheet of 24."""
    try:
        form = Form(request.args.get("form", Form.SINGLE.value))
    except ValueError:
        raise NotFound from None
    document, code, registry, now = _labelled(document_id)
    shown = label_in_words(document, registry, _address(code))
    first = request.args.get("first", 1, type=int)
    made = write_labels([shown], form=form, made_at=now, first=first)
    return pdf_answer(made, f"{document.number} {gettext('label')}")


@route(whereabouts, "/documents/<uuid:document_id>/slip.pdf", permission=SIGNED_IN)
def slip_pdf(document_id: UUID) -> Response:
    """Give the circulation slip of a round of the document, of the newest unless one is named."""
    document, code, _, now = _labelled(document_id)
    with reading() as uow:
        view = _round(uow, document_id)
        record_view(uow, actor(), document_id)
        signed = signatures_of(uow, office().vault, actor(), view)
    slip = slip_in_words(
        view, document, signed, address=_address(code), printed_by=actor().name, now=now
    )
    made = write_slip(slip, made_at=now)
    return pdf_answer(made, f"{document.number} {gettext('circulation slip')}")


def _round(uow: UnitOfWork, document_id: UUID) -> RoundView:
    """Return the round that the address names, among those of the document that were sent."""
    sent = [each for each in rounds_of(uow, actor(), document_id) if each.sent_at is not None]
    named = request.args.get("round")
    for each in sent:
        if named in (None, str(each.id)):
            return each
    raise NotFound


def _labelled(document_id: UUID) -> tuple[Document, str, str, datetime]:
    """Return a document with the code of its label, which is made the first time."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        code = known_label(uow, actor(), document_id)
        registry = uow.session.get_one(Unit, document.clerk_unit_id).name
        now = uow.now
    return document, code or _new_label(document_id), registry, now


def _new_label(document_id: UUID) -> str:
    with writing() as uow:
        return label_of(uow, actor(), document_id)


def _address(code: str) -> str:
    return f"{office().config.public_url.rstrip('/')}{url_for('whereabouts.label', code=code)}"


def pdf_answer(content: bytes, name: str) -> Response:
    """Answer a PDF of ours under a name, to be looked at in the browser."""
    response = Response(content, mimetype=PDF)
    response.headers["Content-Disposition"] = attachment(f"{name}.pdf", inline=True)
    return response


def init_app(app: Flask) -> None:
    """Add the acts, and the section to the page of a document."""
    app.register_blueprint(whereabouts)
    app.add_template_global(section, "whereabouts_section")
