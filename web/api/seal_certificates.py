"""Certificates of seals, for programs of the security administration."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate

from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.idempotency import Answer
from records.seals.keys.authority import authority_in_use, fingerprint, make_authority, valid_until
from records.seals.keys.certificates import (
    MOST_YEARS,
    YEARS,
    CertificateSource,
    CertificateState,
    CertificateView,
    add_token_certificate,
    certificates_of,
    end_certificate,
    import_pkcs12,
    issue_certificate,
)
from records.seals.keys.chains import read_certificates
from records.seals.models import SealAuthority, SealCertificate
from records.seals.register import get_seal
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import Answered, body_of_request, endpoint
from web.api.once import once
from web.api.schemas import ID, SCHEMAS, TEXT, TIME, page_of, ref
from web.boundary import office, reading
from web.permissions import SEAL_CERTIFICATE_KEEPERS
from web.session import actor

_TAG = "seal certificates"
_PATH = "/seals/<uuid:seal_id>/certificates"
# What is left out of the digest by which a repeated request is known: a PIN is soon guessed.
_SECRETS = ("password", "pin")
_CHAIN = string("Certificates of authorities that are missing, PEM.")
_FACTS = {
    "id": ID,
    "source": one_of(CertificateSource),
    "state": one_of(CertificateState),
    "subject": TEXT,
    "issuer": TEXT,
    "serial": string("In hexadecimal."),
    "fingerprint": string("SHA-256 of the certificate, pairs of digits with colons."),
    "not_before": TIME,
    "not_after": TIME,
    "expires_soon": {"type": "boolean"},
    "token": nullable(string("Label of the token that holds the key.")),
    "added_at": TIME,
    "ended_at": nullable(TIME),
    "end_reason": nullable(TEXT),
}
_AUTHORITY = {
    "certificate": string("DER in base64."),
    "fingerprint": TEXT,
    "valid_until": TIME,
    "made_at": TIME,
}
SCHEMAS.update(
    {
        "SealCertificate": obj(_FACTS, *_FACTS),
        "SealAuthority": obj(_AUTHORITY, *_AUTHORITY),
    }
)


@endpoint(
    "GET",
    "/seal-authority",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="Show the organization's own seal authority",
    answers=[Answered(200, "The authority.", ref("SealAuthority"))],
    refusals=(404,),
)
def show_seal_authority() -> Answer:
    """Everybody may fetch its certificate under `/seal-authority.crt`."""
    with reading() as uow:
        found = authority_in_use(uow)
    if found is None:
        raise NotFound
    return Answer(_authority(found))


@endpoint(
    "POST",
    "/seal-authority",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="Make the organization's own seal authority",
    answers=[Answered(201, "The authority, also when it was there.", ref("SealAuthority"))],
)
def make_seal_authority() -> Answer:
    """What it certifies is not a qualified seal: nobody outside trusts it before being told to."""
    return once(lambda uow: Answer(_authority(make_authority(uow, office().vault, actor())), 201))


@endpoint(
    "GET",
    _PATH,
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="List the certificates of a seal",
    answers=[Answered(200, "All of them, newest first.", page_of("SealCertificate"))],
    refusals=(404,),
)
def show_seal_certificates(seal_id: UUID) -> Answer:
    """The newest one counts; it signs while its state is `in_use`."""
    with reading() as uow:
        get_seal(uow, seal_id)
        found = certificates_of(uow, seal_id)
    return Answer({"items": [_facts(each) for each in found], "next": None})


@endpoint(
    "POST",
    f"{_PATH}/issue",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="Issue a certificate of our own",
    body=obj({"years": integer("How long it is good.", minimum=1, maximum=MOST_YEARS)}),
    answers=[Answered(201, "The certificate.", ref("SealCertificate"))],
    refusals=(404, 409, 422),
)
def issue_seal_certificate(seal_id: UUID) -> Answer:
    """It never outlasts the last day of the seal."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _added(
            uow,
            issue_certificate(
                uow,
                office().vault,
                office().config,
                actor(),
                seal_id=seal_id,
                years=given.get("years", YEARS),
            ),
        )

    return once(act)


@endpoint(
    "POST",
    f"{_PATH}/import",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="Import a certificate with its key",
    body=obj(
        {
            "file": string("PKCS#12 (.p12, .pfx), in base64.", minLength=1),
            "password": string("Of the file."),
            "chain": _CHAIN,
        },
        *("file", "password"),
    ),
    answers=[Answered(201, "The certificate.", ref("SealCertificate"))],
    refusals=(404, 409, 422),
)
def import_seal_certificate(seal_id: UUID) -> Answer:
    """The key is encrypted before it is kept, and is never given out again."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _added(
            uow,
            import_pkcs12(
                uow,
                office().vault,
                office().config,
                actor(),
                seal_id=seal_id,
                content=_decoded(given["file"]),
                password=given["password"],
                others=_chain(given),
            ),
        )

    return once(act, _digest(given))


@endpoint(
    "POST",
    f"{_PATH}/token",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="Let a seal sign with a key in a token",
    body=obj(
        {
            "token": string("Label of the token.", minLength=1),
            "key": string("Label of the key and of its certificate.", minLength=1),
            "pin": string("PIN of the token."),
            "chain": _CHAIN,
        },
        *("token", "key", "pin"),
    ),
    answers=[Answered(201, "The certificate.", ref("SealCertificate"))],
    refusals=(404, 409, 422, 503),
)
def use_seal_token(seal_id: UUID) -> Answer:
    """The key never leaves the token; the PIN is encrypted before it is kept."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _added(
            uow,
            add_token_certificate(
                uow,
                office().vault,
                office().config,
                actor(),
                seal_id=seal_id,
                token=given["token"],
                key=given["key"],
                pin=given["pin"],
                others=_chain(given),
            ),
        )

    return once(act, _digest(given))


@endpoint(
    "POST",
    f"{_PATH}/<uuid:certificate_id>/end",
    tag=_TAG,
    permission=SEAL_CERTIFICATE_KEEPERS,
    summary="End a certificate",
    body=obj({"reason": string("Why; it stays in the log.", minLength=1)}, "reason"),
    answers=[Answered(200, "The certificate.", ref("SealCertificate"))],
    refusals=(404, 409, 422),
)
def end_seal_certificate(seal_id: UUID, certificate_id: UUID) -> Answer:
    """It signs nothing more; one of our own enters the revocation list."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        if certificate_id not in {each.id for each in certificates_of(uow, seal_id)}:
            raise NotFound
        end_certificate(uow, actor(), certificate_id=certificate_id, reason=given["reason"])
        ended = next(each for each in certificates_of(uow, seal_id) if each.id == certificate_id)
        return Answer(_facts(ended))

    return once(act)


def _added(uow: UnitOfWork, certificate: SealCertificate) -> Answer:
    return Answer(_facts(certificates_of(uow, certificate.seal_id)[0]), 201)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Invalid("This is no %(kind)s.", {"kind": "base64"}, field="file") from None


def _chain(given: dict[str, Any]) -> Sequence[Certificate]:
    text = given.get("chain")
    return read_certificates(text.encode(), field="chain") if text else ()


def _digest(given: dict[str, Any]) -> bytes:
    open_part = {name: value for name, value in given.items() if name not in _SECRETS}
    return hashlib.sha256(json.dumps(open_part, sort_keys=True).encode()).digest()


def _authority(found: SealAuthority) -> dict[str, Any]:
    return {
        "certificate": b64encode(found.certificate).decode(),
        "fingerprint": fingerprint(found.certificate),
        "valid_until": valid_until(found.certificate).isoformat(),
        "made_at": found.made_at.isoformat(),
    }


def _facts(view: CertificateView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "source": view.source.value,
        "state": view.state.value,
        "subject": view.subject,
        "issuer": view.issuer,
        "serial": view.serial,
        "fingerprint": view.fingerprint,
        "not_before": view.not_before.isoformat(),
        "not_after": view.not_after.isoformat(),
        "expires_soon": view.expires_soon,
        "token": view.token,
        "added_at": view.added_at.isoformat(),
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
        "end_reason": view.end_reason,
    }
