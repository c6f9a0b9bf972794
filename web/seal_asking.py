"""Asking for a seal: from a document, or with a file that is registered on the way.

Before anything is sent the form says who will approve. It carries the id that the request will
have, so that pressing twice asks once. Without script a button asks who approves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import or_, select
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.core.ids import new_id
from records.documents.components import components_of
from records.documents.intake import keep_objects
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole
from records.documents.visibility import get_document
from records.people.models import User
from records.people.rules import Actor, Secrecy
from records.seals.models import Seal, SealCertificate
from records.seals.requests import (
    PDF,
    ChainStep,
    ask_for_seal,
    ask_with_file,
    who_will_approve,
)
from records.seals.rules import SealMedium, SealState
from web.boundary import database, office, reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, check_forgery, read_id
from web.permissions import SEAL_APPLICANTS
from web.receiving import receiving_form
from web.registration import check_files, too_large
from web.routes import route
from web.seal_requests import seal_requests
from web.session import actor

Answer = Response | tuple[str, int] | str
Values = Mapping[str, str]

_FIELDS = frozenset(
    {
        *("seal", "component", "file", "matter", "matter_kind", "amount", "recipient", "copies"),
        *("pages", "medium", "cross_page", "outside", "outside_place", "escort", "due_back"),
        *("title", "secrecy"),
    }
)
# Where the form shows what a service says of a field.
_PLACES = {"amount_cents": "amount", "due_back_at": "due_back"}


@dataclass(frozen=True)
class SealChoice:
    """One seal that can be asked for.

    Attributes:
        signs: Whether it has a certificate, and so stamps electronic documents.
        is_out: Whether it is outside now, so that a request waits until it is back.
    """

    id: UUID
    name: str
    kind: str
    keeper: str
    signs: bool
    is_out: bool

    @property
    def id_text(self) -> str:
        """The id as forms name it."""
        return str(self.id)


@dataclass
class Form:
    """What stands in the form.

    Attributes:
        document: What is to be sealed; None for a file that is dropped.
        chain: Who will approve; None as long as no seal is chosen.
    """

    values: dict[str, str]
    document: Document | None = None
    files: Sequence[Component] = ()
    seals: Sequence[SealChoice] = ()
    chain: Sequence[ChainStep] | None = None
    errors: Errors = field(default_factory=dict)


@route(seal_requests, "/new", permission=SEAL_APPLICANTS)
def new() -> str:
    """Show the form, for a document or for a file."""
    with reading() as uow:
        return _shown(_form(uow, actor(), request.args, first=True))


@route(seal_requests, "/chain", permission=SEAL_APPLICANTS)
def chain() -> str:
    """Give the part of the form that says who will approve."""
    with reading() as uow:
        made = _form(uow, actor(), request.args)
    return render_template("seal_requests/chain.html", form=made)


@route(seal_requests, "/new", permission=SEAL_APPLICANTS, methods=("POST",))
def ask() -> Answer:
    """Ask for a seal on a document, or show who would approve."""
    values = request.form
    document_id = read_id(values.get("document", ""))
    if document_id is None:
        raise NotFound
    if values.get("act") == "look":
        with reading() as uow:
            return _shown(_form(uow, actor(), values))
    try:
        with writing() as uow:
            made = ask_for_seal(
                uow,
                actor(),
                seal_id=_seal(values),
                document_id=document_id,
                component_id=read_id(values.get("component", "")),
                request_id=read_id(values.get("request", "")),
                **_terms(uow, values),
            )
            request_id = made.id
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _refused(values, refusal)
    return _asked(request_id)


@route(seal_requests, "/file", permission=SEAL_APPLICANTS, methods=("POST",))
def ask_for_file() -> Answer:
    """Ask for a seal on a file that is streamed in and registered by the same act."""
    limit_bytes = office().config.upload_limit_bytes
    values: dict[str, str] = {}
    try:
        with receiving_form(office().vault, limit_bytes=limit_bytes) as form:
            check_forgery(form.fields.get("csrf_token"))
            values = form.fields
            if values.get("act") == "look":
                with reading() as uow:
                    return _shown(_form(uow, actor(), values))
            received = [(each, name) for at, name, each in form.files if at == "file"]
            check_files(received)
            seal_id = _seal(values)
            secrecy = Secrecy.from_code(values.get("secrecy") or "internal")
            keep_objects(database(), office().vault, [each for each, _ in received])
            with writing() as uow:
                made = ask_with_file(
                    uow,
                    actor(),
                    seal_id=seal_id,
                    received=received,
                    title=values.get("title"),
                    secrecy=secrecy,
                    request_id=read_id(values.get("request", "")),
                    **_terms(uow, values),
                )
                request_id = made.id
    except RequestEntityTooLarge:
        return _refused(values, too_large(limit_bytes), 413)
    except (Invalid, Conflict, NotAllowed) as refusal:
        return _refused(values, refusal)
    return _asked(request_id)


# What a form says --------------------------------------------------------------------------------


def _terms(uow: UnitOfWork, values: Values) -> dict[str, Any]:
    return {
        "matter": values.get("matter", ""),
        "matter_kind": values.get("matter_kind", ""),
        "amount_cents": read_amount(values.get("amount", "")),
        "recipient": values.get("recipient", ""),
        "copies": _whole(values, "copies"),
        "pages": _whole(values, "pages"),
        "medium": values.get("medium", ""),
        "cross_page": "cross_page" in values,
        "urgent": "urgent" in values,
        "outside": "outside" in values,
        "outside_place": values.get("outside_place"),
        "escort": values.get("escort"),
        "due_back_at": _moment(uow, values, "due_back") if "outside" in values else None,
    }


def read_amount(text: str) -> int | None:
    """Return an amount in hundredths, None for none.

    Raises:
        Invalid: It is no amount with at most two decimals.
    """
    plain = text.replace(",", "").replace("，", "").strip()
    if not plain:
        return None
    try:
        cents = Decimal(plain) * 100
        if not cents.is_finite() or cents != cents.to_integral_value():
            raise ValueError(text)
    except (InvalidOperation, ValueError) as error:
        raise Invalid(
            "%(text)s is not an amount. Write it as 12000 or 12000.50.",
            {"text": text},
            field="amount_cents",
        ) from error
    return int(cents)


def _whole(values: Values, name: str) -> int:
    text = values.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid("This must be a whole number.", field=name)
    return int(text)


def _moment(uow: UnitOfWork, values: Values, name: str) -> datetime | None:
    """Return an instant that was given by the clocks of the office."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=uow.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("This must be a day with a time.", field="due_back_at") from None


def _seal(values: Values) -> UUID:
    seal_id = read_id(values.get("seal", ""))
    if seal_id is None:
        raise Invalid("Choose the seal.", field="seal")
    return seal_id


# The form ----------------------------------------------------------------------------------------


def _form(uow: UnitOfWork, person: Actor, given: Values, *, first: bool = False) -> Form:
    """Return the form as it was sent, or with what is known at first."""
    document_id = read_id(given.get("document", ""))
    document = get_document(uow, person, document_id) if document_id else None
    files = [
        each
        for each in (components_of(uow, document.id) if document else [])
        if each.role != ComponentRole.STAMPED
    ]
    made = Form(dict(given.items()), document, files, _seal_choices(uow, person))
    if first:
        made.values = {**_known(made), **made.values}
    made.values.setdefault("request", str(new_id()))
    made.chain = _chain(uow, person, made)
    return made


def _known(form: Form) -> dict[str, str]:
    """Return what can be filled in: the file, its pages, the only seal, the addressee."""
    chosen = next((each for each in form.files if each.media_type == PDF), None)
    chosen = chosen or next(iter(form.files), None)
    document = form.document
    pages = chosen.page_count if chosen else document.page_count if document else None
    return {
        "seal": str(form.seals[0].id) if len(form.seals) == 1 else "",
        "component": str(chosen.id) if chosen else "",
        "copies": str((document.copies if document else None) or 1),
        "pages": str(pages or ""),
        "medium": SealMedium.PAPER.value,
        "recipient": (document.addressee if document else None) or "",
        "matter_kind": "letter",
    }


def _seal_choices(uow: UnitOfWork, person: Actor) -> list[SealChoice]:
    """Return the seals that a person can ask for: in use or outside, held by somebody else."""
    signs = (
        select(SealCertificate.id)
        .where(
            SealCertificate.seal_id == Seal.id,
            SealCertificate.ended_at.is_(None),
            SealCertificate.not_before <= uow.now,
            SealCertificate.not_after > uow.now,
        )
        .exists()
    )
    query = (
        select(Seal, User.name, signs)
        .join(User, User.id == Seal.keeper_id)
        .where(
            Seal.state.in_((SealState.IN_USE.value, SealState.LENT.value)),
            Seal.start_on <= uow.today,
            or_(Seal.stop_on.is_(None), Seal.stop_on >= uow.today),
            Seal.keeper_id != person.user_id,
        )
        .order_by(Seal.code)
    )
    return [
        SealChoice(
            seal.id, seal.name, seal.kind, keeper, bool(certified), seal.state == SealState.LENT
        )
        for seal, keeper, certified in uow.session.execute(query)
    ]


def _chain(uow: UnitOfWork, person: Actor, form: Form) -> list[ChainStep] | None:
    seal_id = read_id(form.values.get("seal", ""))
    if seal_id is None or seal_id not in {each.id for each in form.seals}:
        return None
    try:
        amount = read_amount(form.values.get("amount", ""))
    except Invalid:
        amount = None
    return who_will_approve(
        uow,
        person,
        seal_id=seal_id,
        document_id=form.document.id if form.document else None,
        matter_kind=form.values.get("matter_kind", ""),
        amount_cents=amount,
        outside="outside" in form.values,
    )


def _shown(form: Form) -> str:
    return render_template("seal_requests/new.html", form=form, pdf=PDF)


def _refused(values: Values, refusal: Refusal, status: int | None = None) -> tuple[str, int]:
    place = _PLACES.get(refusal.field or "", refusal.field)
    with reading() as uow:
        form = _form(uow, actor(), values)
    form.errors = {place if place in _FIELDS else "": sentence(refusal)}
    return _shown(form), status or status_of(refusal)


def _asked(request_id: UUID) -> Response:
    flash(gettext("The seal is asked for. You are told when it is decided."), "ok")
    return redirect(url_for("seal_requests.show", request_id=request_id), code=303)


def init_app(app: Flask) -> None:
    """Let the form take a file; its forgery token is checked as it streams in."""
    app.extensions["csrf"].exempt(ask_for_file)
