"""Signing with a passkey: the page asks in JSON what to sign, and brings the answer in JSON.

`static/js/passkeys.js` speaks with these addresses; a refusal comes as its sentence.
"""

import json
from collections.abc import Callable

from flask import Response, flash, jsonify, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from records.circulation.signing import ask_passkey, sign_by_passkey
from records.core.errors import Conflict, Invalid, NotFound, Refusal, TooMany
from records.documents.visibility import get_document
from records.people.keys import RelyingParty
from web.boundary import office, reading, writing
from web.errors import not_found_message, sentence, status_of
from web.forms import read_id
from web.opinions import read_opinion, signed_text
from web.permissions import SIGNED_IN
from web.reading_item import onward, told_with_receipt
from web.reading_list import chosen_items, needed, readings, signed_many
from web.routes import route
from web.session import actor


@route(readings, "/passkey/ask", permission=SIGNED_IN, methods=("POST",))
def ask() -> AnyResponse:
    """Freeze what is to be signed, and give the question for the passkey."""

    def act() -> Response:
        with writing() as uow:
            question = ask_passkey(
                uow,
                office().vault,
                actor(),
                item_ids=needed(chosen_items()),
                opinion=read_opinion(uow, request.form),
                party=party(),
            )
        return jsonify(
            {"request": str(question.request_id), "options": json.loads(question.options)}
        )

    return answered(act)


@route(readings, "/passkey/answer", permission=SIGNED_IN, methods=("POST",))
def answer() -> AnyResponse:
    """Take the answer of the passkey, and say where to go on."""

    def act() -> Response:
        request_id = read_id(request.form.get("request", ""))
        if request_id is None:
            raise NotFound
        with writing() as uow:
            receipts = sign_by_passkey(
                uow,
                office().vault,
                actor(),
                request_id=request_id,
                answer=request.form.get("answer", ""),
                party=party(),
            )
        if request.form.get("batch"):
            flash(signed_many(len(receipts)), "ok")
            return jsonify({"href": url_for("reading.index")})
        with reading() as uow:
            receipt = receipts[0]
            number = get_document(uow, actor(), receipt.document_id).number
            said = signed_text(json.loads(receipt.body)["decision"], number)
            flash(told_with_receipt(said, receipt.id), "ok")
            return jsonify({"href": onward(uow, actor(), read_id(request.form.get("next", "")))})

    return answered(act)


def answered(act: Callable[[], Response]) -> AnyResponse:
    """Answer a script: what an act gives, or the sentence of its refusal."""
    try:
        return act()
    except (Invalid, Conflict, NotFound, TooMany) as refusal:
        answer = jsonify({"detail": _said(refusal), "field": refusal.field})
        answer.status_code = status_of(refusal)
        return answer


def party() -> RelyingParty:
    """Return this service as passkeys know it."""
    return RelyingParty.of(office().config.public_url)


def _said(refusal: Refusal) -> str:
    return not_found_message() if isinstance(refusal, NotFound) else sentence(refusal)
