"""Keys and imprints against themselves and the log: halves that belong together, as they were told.

Each check returns what is wrong, or raises what the vault says of something that does not open.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from records.audit.notes import encoded
from records.audit.told import told_about
from records.core.database import Database
from records.people.keys import KeyKind, open_server_key
from records.people.models import SigningKey
from records.seals.imprints.keeping import open_imprint
from records.seals.keys.authority import authority_key, fingerprint
from records.seals.keys.certificates import CertificateSource, certificate_facts, open_secret
from records.seals.models import SealAuthority, SealCertificate, SealImprint
from storage import Vault

HALVES = "its halves do not belong together"


def check_authority(database: Database, vault: Vault, authority: SealAuthority) -> str | None:
    """Compare the authority of seals with its private half and with what the log tells."""
    if _public_half(authority.certificate) != _public_bytes(authority_key(vault, authority)):
        return HALVES
    told = {
        "certificate": b64encode(authority.certificate).decode(),
        "fingerprint": fingerprint(authority.certificate),
    }
    return _other(database, "authority.made", authority.id, told)


def check_certificate(database: Database, vault: Vault, kept: SealCertificate) -> str | None:
    """Compare the certificate of a seal with its private half and with what the log tells."""
    secret = open_secret(vault, kept)
    if kept.source != CertificateSource.PKCS11:
        private = load_der_private_key(secret, password=None)
        if _public_half(kept.certificate) != _public_bytes(private):
            return HALVES
    return _other(database, "seal.certified", kept.id, certificate_facts(kept))


def check_imprint(database: Database, vault: Vault, kept: SealImprint) -> str | None:
    """Compare the picture of an imprint with its digest and with what the log tells."""
    if hashlib.sha256(open_imprint(vault, kept)).hexdigest() != kept.sha256:
        return "it is not the picture whose digest is kept"
    told = {"sha256": kept.sha256, "width": kept.width_px, "height": kept.height_px}
    return _other(database, "seal.imprint_set", kept.id, told)


def check_signing_key(database: Database, vault: Vault, key: SigningKey) -> str | None:
    """Compare a reader's key with its private half, if that is here, and with the log."""
    if key.kind == KeyKind.SERVER:
        private = open_server_key(vault, key)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if public != key.public_key:
            return HALVES
    told = {"kind": key.kind, "public_key": encoded(key.public_key), "user": str(key.user_id)}
    return _other(database, "key.enrolled", key.id, told)


def _public_half(certificate: bytes) -> bytes:
    return (
        x509.load_der_x509_certificate(certificate)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def _public_bytes(private: Any) -> bytes:
    public: bytes = private.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return public


def _other(database: Database, kind: str, about: UUID, facts: Mapping[str, Any]) -> str | None:
    """Say which fact is not what the log says; a disposition may have erased what it said."""
    with database.reading() as uow:
        entries = told_about(uow, kind, [about]).get(about, [])
    if not entries:
        return "the log does not know it"
    told = entries[0][1]
    if told is None:
        return None
    other = sorted(name for name, value in facts.items() if told.get(name) != value)
    return f"the log tells otherwise: {', '.join(other)}" if other else None
