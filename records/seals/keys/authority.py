"""The organization's own certificate authority, with which seals can sign from the first day.

Nobody outside knows it: what it certifies is not a qualified seal, and whoever wants to check one
fetches its certificate under `/seal-authority.crt` and trusts it. Its private key is sealed under
the master key and is opened for the length of one signature.
"""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.people.models import Unit
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, Act, Actor, check_may
from records.seals.keys.profiles import authority_certificate, new_key, revocation_list
from records.seals.models import SealAuthority, SealCertificate
from storage import Vault


def make_authority(uow: UnitOfWork, vault: Vault, actor: Actor) -> SealAuthority:
    """Make the authority, or return the one that there is.

    Raises:
        NotAllowed: The actor keeps no certificates.
    """
    check_may(actor, Act.KEEP_SEAL_CERTIFICATES)
    root = unit_by_code(uow, ROOT_UNIT_CODE)
    # Two who ask at once must not make two authorities: the second waits here for the first.
    uow.session.execute(select(Unit.id).where(Unit.id == root.id).with_for_update())
    found = authority_in_use(uow)
    if found is not None:
        return found
    key = new_key()
    certificate = authority_certificate(key, organization=root.name, now=uow.now)
    authority_id = uow.new_id()
    _, wrapped_key = vault.keyring.new_data_key()
    made = SealAuthority(
        id=authority_id,
        certificate=certificate.public_bytes(Encoding.DER),
        wrapped_key=wrapped_key,
        sealed=vault.seal(wrapped_key, _label(authority_id), private_bytes(key)),
        made_at=uow.now,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.record(
        "authority.made",
        actor_id=actor.user_id,
        objects=[made.id],
        payload={
            **actor.signature(),
            "authority": str(made.id),
            "subject": certificate.subject.rfc4514_string(),
            "certificate": b64encode(made.certificate).decode(),
            "fingerprint": fingerprint(made.certificate),
        },
    )
    return made


def authority_in_use(uow: UnitOfWork) -> SealAuthority | None:
    """Return the authority that certifies seals now; None before it was made."""
    query = select(SealAuthority).where(SealAuthority.ended_at.is_(None))
    return uow.session.scalar(query.order_by(SealAuthority.id.desc()).limit(1))


def authorities(uow: UnitOfWork) -> list[bytes]:
    """Return the certificates (DER) of all authorities that this organization ever had."""
    return list(uow.session.scalars(select(SealAuthority.certificate).order_by(SealAuthority.id)))


def authority_key(vault: Vault, authority: SealAuthority) -> EllipticCurvePrivateKey:
    """Return the private key of an authority, to sign with it at once and forget it."""
    opened = vault.unseal(authority.wrapped_key, _label(authority.id), authority.sealed)
    key = load_der_private_key(opened, password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def authority_list(uow: UnitOfWork, vault: Vault) -> bytes:
    """Return the revocation list of the authority (DER), made now.

    Raises:
        NotFound: There is no authority.
    """
    authority = authority_in_use(uow)
    if authority is None:
        raise NotFound
    query = select(SealCertificate.serial, SealCertificate.ended_at).where(
        SealCertificate.source == "self_issued", SealCertificate.ended_at.is_not(None)
    )
    ended = [
        (int(serial, 16), at)
        for serial, at in uow.session.execute(query.order_by(SealCertificate.ended_at))
        if at is not None
    ]
    certificate = x509.load_der_x509_certificate(authority.certificate)
    return revocation_list(certificate, authority_key(vault, authority), ended, now=uow.now)


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate as people compare it: pairs of digits with colons."""
    return sha256(certificate).digest().hex(":").upper()


def private_bytes(key: EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PKCS#8, to be sealed at once."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def valid_until(certificate: bytes) -> datetime:
    """Return when a certificate (DER) expires."""
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.astimezone(UTC)


def _label(authority_id: UUID) -> str:
    # The label names the row, so that no row can be given another row's private half.
    return f"seal authority {authority_id}"
