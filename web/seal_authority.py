"""The certificate of the organization's own seal authority and its revocation list, for everybody.

Their addresses stand in the certificates of seals: programs that check one fetch them here.
"""

from flask import Blueprint, Flask, Response

from records.core.errors import NotFound
from records.seals.keys.authority import authority_in_use, authority_list
from records.seals.keys.profiles import AUTHORITY_PATH, REVOCATION_LIST_PATH
from web.boundary import office, reading
from web.permissions import PUBLIC
from web.routes import route

seal_authority = Blueprint("seal_authority", __name__)

ONE_HOUR = "public, max-age=3600"
ONE_DAY = "public, max-age=86400"


@route(seal_authority, AUTHORITY_PATH, permission=PUBLIC)
def certificate() -> Response:
    """Give the certificate of the authority (DER)."""
    with reading() as uow:
        authority = authority_in_use(uow)
    if authority is None:
        raise NotFound
    return _answer(authority.certificate, "application/pkix-cert", ONE_DAY)


@route(seal_authority, REVOCATION_LIST_PATH, permission=PUBLIC)
def revoked() -> Response:
    """Give the list of the certificates that were ended (DER)."""
    with reading() as uow:
        content = authority_list(uow, office().vault)
    return _answer(content, "application/pkix-crl", ONE_HOUR)


def _answer(content: bytes, media_type: str, caching: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = caching
    return response


def init_app(app: Flask) -> None:
    """Add both."""
    app.register_blueprint(seal_authority)
