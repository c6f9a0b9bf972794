"""The receipt of a reader, readable and on paper: who read what, and how it is proved."""

import json
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Flask, Response, current_app, render_template, url_for
from markupsafe import Markup

from records.audit.checkpoints import log_origin
from records.audit.receipt_file import receipt_file
from records.circulation.models import Receipt
from records.circulation.signing import get_receipt, handwriting_of
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.log import entries_about
from records.documents.components import components_of
from records.documents.models import Document
from records.documents.visibility import visible_ids
from records.people.models import User
from web.boundary import office, reading, writing
from web.content import attachment
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor

receipts = Blueprint("receipts", __name__, url_prefix="/receipts")

SIGNED = "receipt.signed"


@route(receipts, "/<uuid:receipt_id>", permission=SIGNED_IN)
def show(receipt_id: UUID) -> str:
    """Show a receipt."""
    with reading() as uow:
        receipt = get_receipt(uow, actor(), receipt_id)
        body = json.loads(receipt.body)
        facts = _facts(uow, receipt, body)
    address = url_for("receipts.show", receipt_id=receipt_id)
    link = current_app.config["PUBLIC_URL"].rstrip("/") + address
    return render_template(
        "receipts/show.html",
        receipt=receipt,
        body=body,
        signed_at=datetime.fromisoformat(body["signed_at"]),
        times={
            name: datetime.fromisoformat(body[name]) if body[name] else None
            for name in ("delivered_at", "opened_at")
        },
        sent_at=datetime.fromisoformat(body["round"]["sent_at"]),
        seconds=sum(each["seconds"] for each in body["pages"]),
        link=link,
        qr=qr_code(link),
        file_href=url_for("receipts.file", receipt_id=receipt_id),
        file_name=file_name(receipt),
        **facts,
    )


@route(receipts, "/<uuid:receipt_id>/handwriting.png", permission=SIGNED_IN)
def handwriting(receipt_id: UUID) -> Response:
    """Give what the reader wrote by hand."""
    with reading() as uow:
        drawn = handwriting_of(uow, office().vault, actor(), receipt_id)
    if drawn is None:
        raise NotFound
    response = Response(drawn, mimetype="image/png")
    response.headers["Content-Disposition"] = attachment(f"{receipt_id}.png")
    return response


@route(receipts, "/<uuid:receipt_id>/file", permission=SIGNED_IN)
def file(receipt_id: UUID) -> Response:
    """Give the receipt with its proofs, to be verified anywhere."""
    opened = office()
    origin = log_origin(opened.config.public_url)
    # The first time the log may have to sign a checkpoint, so this writes.
    with writing() as uow:
        data = receipt_file(uow, opened.vault, actor(), receipt_id, origin=origin)
        name = file_name(get_receipt(uow, actor(), receipt_id))
    response = Response(data, mimetype="application/json")
    response.headers["Content-Disposition"] = attachment(name)
    return response


@cache
def qr_code(text: str) -> Markup:
    """Draw a QR code as a picture that stands in the page."""
    code = segno.make(text, error="m", micro=False)
    # Made by segno of a text of ours; black on white in every theme, or no camera reads it.
    return Markup(code.svg_inline(border=3, light="#fff", omitsize=True, svgclass="qr"))  # noqa: S704


def file_name(receipt: Receipt) -> str:
    """Return the name under which a receipt is downloaded."""
    return f"receipt-{receipt.id}.json"


def pages_of(pages: list[dict[str, Any]], component_id: str) -> list[dict[str, Any]]:
    """Return the pages of one component that were shown."""
    return [each for each in pages if each["component"] == component_id]


def _facts(uow: UnitOfWork, receipt: Receipt, body: dict[str, Any]) -> dict[str, Any]:
    document = None
    names: dict[str, str] = {}
    if visible_ids(uow, actor(), [receipt.document_id]):
        document = uow.session.get_one(Document, receipt.document_id)
        names = {str(each.id): each.name for each in components_of(uow, document.id)}
    instruction = body["instruction"]
    assignee = uow.session.get(User, UUID(instruction["assignee"])) if instruction else None
    entry = next(
        (each for each, _ in entries_about(uow.session, receipt.id) if each.kind == SIGNED), None
    )
    return {
        "document": document,
        "names": names,
        "assignee": assignee.name if assignee else None,
        "instruction_due": _day(instruction["due_on"]) if instruction else None,
        "sequence": entry.sequence if entry else None,
        "shown": {each["id"]: pages_of(body["pages"], each["id"]) for each in body["components"]},
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def init_app(app: Flask) -> None:
    """Add the receipts."""
    app.register_blueprint(receipts)
