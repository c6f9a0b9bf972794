"""The browser's door for large files: `POST /uploads`, then parts, then the form names the upload.

The cookie tells who it is; the forgery token comes in the header `X-CSRFToken` alone, because the
body of a part is no form.
"""

from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError

from records.core.errors import Invalid
from web import parts
from web.boundary import writing
from web.permissions import REGISTRARS
from web.routes import route

uploads = Blueprint("uploads", __name__, url_prefix="/uploads")

_MOST_DIGITS = 18


@uploads.before_request
def check_forgery_token() -> None:
    """Refuse what another site could have sent.

    Raises:
        CSRFError: The header is missing or not of this session.
    """
    if request.method in ("GET", "HEAD"):
        return
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError as error:
        raise CSRFError(str(error)) from error


@route(uploads, "", permission=REGISTRARS, methods=("POST",))
def begin() -> tuple[Response, int]:
    """Announce a file by name and size."""
    name, size = request.form.get("name", "").strip(), request.form.get("size", "")
    if not name or not (size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS):
        raise Invalid("This must not be empty.", field="size" if name else "name")
    with writing() as uow:
        shown = parts.begin(uow, name=name, size_bytes=int(size))
    return jsonify(shown), 201


@route(uploads, "/<uuid:upload_id>", permission=REGISTRARS)
def show(upload_id: UUID) -> Response:
    """Tell which parts are here."""
    return jsonify(parts.show(upload_id))


@route(uploads, "/<uuid:upload_id>/parts/<int:part>", permission=REGISTRARS, methods=("PUT",))
def take(upload_id: UUID, part: int) -> tuple[str, int]:
    """Take one part."""
    parts.take_part(upload_id, part)
    return "", 204


@route(uploads, "/<uuid:upload_id>", permission=REGISTRARS, methods=("DELETE",))
def drop(upload_id: UUID) -> tuple[str, int]:
    """Forget an upload."""
    parts.drop(upload_id)
    return "", 204
