"""Certificates of seals on the screen, for the security administration.

One page shows all seals and the organization's own authority; each seal has a page with its
certificates, where one is issued, imported, taken from a token, or ended.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate
from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, Refusal, Unavailable
from records.seals.keys.authority import (
    authority_in_use,
    fingerprint,
    make_authority,
    valid_until,
)
from records.seals.keys.certificates import (
    GONE,
    MOST_YEARS,
    YEARS,
    add_token_certificate,
    certificates_of,
    end_certificate,
    import_pkcs12,
    issue_certificate,
    newest_certificates,
)
from records.seals.keys.chains import read_certificates
from records.seals.keys.key_files import FILE_LIMIT_BYTES
from records.seals.models import SealCertificate
from records.seals.register import get_seal
from web.addresses import inside
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.permissions import SEAL_CERTIFICATE_KEEPERS
from web.routes import route
from web.session import actor

seal_certificates = Blueprint("seal_certificates", __name__, url_prefix="/seals")

Page = Response | tuple[str, int]
# What of a form is given back when it was refused: never a password, never a PIN.
_KEPT = ("years", "token", "key", "reason")


@route(seal_certificates, "/certificates", permission=SEAL_CERTIFICATE_KEEPERS)
def index() -> str:
    """Show the authority, and all seals with the certificate that counts."""
    with reading() as uow:
        return render_template(
            "seals/certificates.html", seals=newest_certificates(uow), authority=_authority(uow)
        )


@route(
    seal_certificates,
    "/certificates/authority",
    permission=SEAL_CERTIFICATE_KEEPERS,
    methods=("POST",),
)
def make() -> Response:
    """Make the authority."""
    with writing() as uow:
        make_authority(uow, office().vault, actor())
    flash(gettext("The seal authority is made. Seals can have certificates now."), "ok")
    back = inside(request.form.get("back"), url_for("seal_certificates.index"))
    return redirect(back, code=303)


@route(seal_certificates, "/<uuid:seal_id>/certificates", permission=SEAL_CERTIFICATE_KEEPERS)
def of_seal(seal_id: UUID) -> str:
    """Show the certificates of one seal."""
    return _page(seal_id)


@route(
    seal_certificates,
    "/<uuid:seal_id>/certificates/issue",
    permission=SEAL_CERTIFICATE_KEEPERS,
    methods=("POST",),
)
def issue(seal_id: UUID) -> Page:
    """Issue a certificate of our own."""
    return _added(
        seal_id,
        "issue",
        lambda uow: issue_certificate(
            uow,
            office().vault,
            office().config,
            actor(),
            seal_id=seal_id,
            years=request.form.get("years", YEARS, int),
        ),
    )


@route(
    seal_certificates,
    "/<uuid:seal_id>/certificates/import",
    permission=SEAL_CERTIFICATE_KEEPERS,
    methods=("POST",),
    endpoint="import_file",
)
def import_file(seal_id: UUID) -> Page:
    """Take a PKCS#12 file."""
    return _added(
        seal_id,
        "import",
        lambda uow: import_pkcs12(
            uow,
            office().vault,
            office().config,
            actor(),
            seal_id=seal_id,
            content=_file("file", needed=True),
            password=request.form.get("password", ""),
            others=_chain(),
        ),
    )


@route(
    seal_certificates,
    "/<uuid:seal_id>/certificates/token",
    permission=SEAL_CERTIFICATE_KEEPERS,
    methods=("POST",),
)
def from_token(seal_id: UUID) -> Page:
    """Let the seal sign with a key in a token."""
    return _added(
        seal_id,
        "token",
        lambda uow: add_token_certificate(
            uow,
            office().vault,
            office().config,
            actor(),
            seal_id=seal_id,
            token=request.form.get("token", ""),
            key=request.form.get("key", ""),
            pin=request.form.get("pin", ""),
            others=_chain(),
        ),
    )


@route(
    seal_certificates,
    "/<uuid:seal_id>/certificates/<uuid:certificate_id>/end",
    permission=SEAL_CERTIFICATE_KEEPERS,
    methods=("POST",),
)
def end(seal_id: UUID, certificate_id: UUID) -> Page:
    """End a certificate."""
    try:
        with writing() as uow:
            if certificate_id not in {each.id for each in certificates_of(uow, seal_id)}:
                raise NotFound
            end_certificate(
                uow,
                actor(),
                certificate_id=certificate_id,
                reason=request.form.get("reason", ""),
            )
    except (Invalid, Conflict) as refusal:
        return _page(seal_id, f"end-{certificate_id}", refusal), status_of(refusal)
    flash(gettext("The certificate signs nothing more."), "ok")
    return redirect(url_for("seal_certificates.of_seal", seal_id=seal_id), code=303)


def _added(seal_id: UUID, dialog: str, add: Callable[[UnitOfWork], SealCertificate]) -> Page:
    try:
        with writing() as uow:
            add(uow)
    except (Invalid, Conflict, Unavailable) as refusal:
        return _page(seal_id, dialog, refusal), status_of(refusal)
    flash(gettext("The seal has a new certificate and signs with it from now on."), "ok")
    return redirect(url_for("seal_certificates.of_seal", seal_id=seal_id), code=303)


def _page(seal_id: UUID, dialog: str | None = None, refusal: Refusal | None = None) -> str:
    with reading() as uow:
        seal = get_seal(uow, seal_id)
        found = certificates_of(uow, seal_id)
        authority = _authority(uow)
    values = {name: request.form.get(name, "") for name in _KEPT} if refusal else {}
    return render_template(
        "seals/seal_certificates.html",
        seal=seal,
        certificates=found,
        authority=authority,
        is_gone=seal.state in GONE,
        has_library=office().config.pkcs11_module is not None,
        default_years=YEARS,
        most_years=MOST_YEARS,
        values=values,
        reopen=dialog,
        errors=_errors(refusal, dialog) if refusal else {},
    )


def _errors(refusal: Refusal, dialog: str | None) -> Mapping[str, str]:
    """Return the refusal at the field that it is about, as far as its dialog has that field."""
    fields = {
        "issue": ("years",),
        "import": ("file", "password", "chain"),
        "token": ("token", "key", "pin", "chain"),
    }.get(dialog or "", ("reason",))
    field = refusal.field if refusal.field in fields else ""
    return {field or "": sentence(refusal)}


def _authority(uow: UnitOfWork) -> dict[str, Any] | None:
    found = authority_in_use(uow)
    if found is None:
        return None
    return {
        "fingerprint": fingerprint(found.certificate),
        "valid_until": valid_until(found.certificate),
        "made_at": found.made_at,
    }


def _file(name: str, *, needed: bool = False) -> bytes:
    upload = request.files.get(name)
    if upload is None or not upload.filename:
        if needed:
            raise Invalid("Choose a file first.", field=name)
        return b""
    content: bytes = upload.stream.read(FILE_LIMIT_BYTES + 1)
    if len(content) > FILE_LIMIT_BYTES:
        raise Invalid("This file is too large to be a key or certificate.", field=name)
    return content


def _chain() -> Sequence[Certificate]:
    content = _file("chain")
    return read_certificates(content, field="chain") if content else ()


def init_app(app: Flask) -> None:
    """Add the certificates."""
    app.register_blueprint(seal_certificates)
