"""The imprint of a seal on the screen: sent in as a scan, looked at, and only then set.

What was cleaned travels in the form of the second step with a proof that this service has cleaned
it for this seal, so that nothing of it lies on the server while somebody thinks.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from uuid import UUID

from flask import Request, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.errors import Conflict, Invalid, NotAllowed, Refusal
from records.seals.imprints.keeping import (
    LARGEST_BYTES,
    clean_scan,
    drawn_for,
    imprint_of,
    set_imprint,
)
from records.seals.models import Seal
from records.seals.register import get_seal
from records.seals.views import seal_view
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.permissions import SEAL_REGISTER_KEEPERS, SIGNED_IN
from web.routes import route
from web.seals import seals
from web.session import actor
from web.workshop import workshop

Answer = AnyResponse | tuple[str, int] | str
_WIDE_FORMS = ("seals.preview_imprint", "seals.save_imprint")


@seals.url_value_preprocessor
def _let_pictures_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Widen the limit of a form for pictures, before anything reads it."""
    if endpoint in _WIDE_FORMS:
        wide: Request = request
        wide.max_content_length = 2 * LARGEST_BYTES
        wide.max_form_memory_size = 2 * LARGEST_BYTES


@route(seals, "/<uuid:seal_id>/imprint", permission=SEAL_REGISTER_KEEPERS)
def imprint(seal_id: UUID) -> str:
    """Show the imprint as it is, and where another one is sent in."""
    return _page(seal_id)


@route(
    seals, "/<uuid:seal_id>/imprint/preview", permission=SEAL_REGISTER_KEEPERS, methods=("POST",)
)
def preview_imprint(seal_id: UUID) -> Answer:
    """Clean what was sent in, or draw an imprint for a start, and show it at its real size."""
    with reading() as uow:
        seal = get_seal(uow, seal_id)
    try:
        png = drawn_for(seal) if request.form.get("act") == "draw" else _cleaned(seal)
    except (Invalid, Conflict) as refusal:
        return _page(seal_id, refusal=refusal), status_of(refusal)
    return _page(seal_id, png=png, drawn=request.form.get("act") == "draw")


@route(seals, "/<uuid:seal_id>/imprint", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def save_imprint(seal_id: UUID) -> Answer:
    """Set the imprint that was looked at."""
    try:
        png = _looked_at(seal_id)
        with writing() as uow:
            set_imprint(uow, office().vault, actor(), seal_id=seal_id, png=png)
    except (Invalid, Conflict) as refusal:
        return _page(seal_id, refusal=refusal), status_of(refusal)
    flash(gettext("The imprint is set."), "ok")
    return redirect(url_for("seals.show", seal_id=seal_id, _anchor="imprint"), code=303)


@route(seals, "/<uuid:seal_id>/imprint.png", permission=SIGNED_IN)
def imprint_picture(seal_id: UUID) -> Response:
    """Give the picture of the imprint to its keeper and to the administrators alone."""
    return picture_answer(seal_id)


def picture_answer(seal_id: UUID) -> Response:
    """Return the picture of an imprint; no cache keeps it.

    Raises:
        NotFound: There is no such seal, no imprint, or the person may not know of the seal.
        NotAllowed: The person neither keeps the seal nor administers it.
    """
    with reading() as uow:
        if not seal_view(uow, actor(), seal_id).sees_imprint:
            raise NotAllowed("Only the keeper and the administrators see the imprint.")
        found = imprint_of(uow, office().vault, seal_id)
    answer = Response(found.png, mimetype="image/png")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _cleaned(seal: Seal) -> bytes:
    upload = request.files.get("imprint")
    if upload is None or not upload.filename:
        raise Invalid("Choose a file first.", field="imprint")
    content = upload.stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise Invalid("This picture is too large.", field="imprint")
    return clean_scan(workshop().cage, seal, [content])


def _proof(seal_id: UUID, png: bytes) -> str:
    """Return what shows that this service has made a picture for a seal."""
    key = current_app.secret_key
    assert key is not None
    secret = key.encode() if isinstance(key, str) else key
    said = b"seal imprint\0" + seal_id.bytes + hashlib.sha256(png).digest()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()


def _looked_at(seal_id: UUID) -> bytes:
    try:
        png = base64.b64decode(request.form.get("picture", ""), validate=True)
    except (binascii.Error, ValueError):
        png = b""
    if not hmac.compare_digest(_proof(seal_id, png), request.form.get("proof", "")):
        raise Invalid("Choose a file first.", field="imprint")
    return png


def _page(
    seal_id: UUID,
    *,
    png: bytes | None = None,
    drawn: bool = False,
    refusal: Refusal | None = None,
) -> str:
    with reading() as uow:
        view = seal_view(uow, actor(), seal_id)
    return render_template(
        "seals/imprint.html",
        seal=view.seal,
        current=view.imprint,
        picture=base64.b64encode(png).decode() if png is not None else None,
        proof=_proof(seal_id, png) if png is not None else None,
        drawn=drawn,
        limit=LARGEST_BYTES,
        error=sentence(refusal) if refusal else None,
    )
