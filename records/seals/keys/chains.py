"""Certificates from elsewhere: which of them stand above one another, and which may sign."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from records.core.errors import Invalid

RSA_MIN_BITS = 2048
LONGEST_CHAIN = 8
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
# Any one of these is enough where a certificate names its purposes at all: signing of documents
# (RFC 9336), the same as Adobe and Microsoft name it, mail, signing in, and everything.
PURPOSES = frozenset(
    {
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
        x509.ObjectIdentifier("1.2.840.113583.1.1.5"),
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)


def check_may_sign(certificate: x509.Certificate, *, now: datetime, field: str) -> None:
    """Refuse a certificate with which a seal cannot sign.

    Raises:
        Invalid: It has expired, its key is of a kind that PDF readers do not know, or it is for
            something else; the message says which.
    """
    if certificate.not_valid_after_utc <= now:
        raise Invalid(
            "This certificate expired on %(day)s.",
            {"day": certificate.not_valid_after_utc.date().isoformat()},
            field=field,
        )
    _check_key(certificate, field)
    if is_authority(certificate):
        raise Invalid(
            "This is the certificate of an authority. A seal needs one of its own.", field=field
        )
    if not _is_for_signing(certificate):
        raise Invalid("This certificate was not issued for signing documents.", field=field)


def chain_above(
    certificate: x509.Certificate, others: Iterable[x509.Certificate], *, field: str
) -> list[x509.Certificate]:
    """Return the certificates above one, nearest first, up to one that signed itself.

    Raises:
        Invalid: One of them is missing; the message names it.
    """
    authorities = [each for each in others if is_authority(each)]
    chain: list[x509.Certificate] = []
    last = certificate
    while last.issuer != last.subject:
        above = next((each for each in authorities if _issued(each, last)), None)
        if above is None or len(chain) == LONGEST_CHAIN:
            raise Invalid(
                "The certificate of %(issuer)s is missing. Add the certificates of the authorities "
                "up to the topmost one.",
                {"issuer": name_of(last.issuer)},
                field=field,
            )
        chain.append(above)
        last = above
    return chain


def name_of(name: x509.Name) -> str:
    """Return what people call the bearer of a name: its common name, else its organization."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return name.rfc4514_string()


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether a certificate may stand above others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def read_certificates(content: bytes, *, field: str) -> list[x509.Certificate]:
    """Return the certificates in a file, PEM or DER.

    Raises:
        Invalid: There is none, or it cannot be read.
    """
    try:
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_certificates(content)
        return [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise Invalid("This file holds no certificate.", field=field) from error


def trusted_certificates(path: Path | None) -> list[x509.Certificate]:
    """Return the authorities that this office knows (`CHANCERY_TRUSTED_CERTIFICATES`).

    Raises:
        Invalid: The file is not there or holds none.
    """
    if path is None:
        return []
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(
            "CHANCERY_TRUSTED_CERTIFICATES: %(path)s cannot be read.", {"path": path}
        ) from error
    return read_certificates(content, field="trusted_certificates")


def _check_key(certificate: x509.Certificate, field: str) -> None:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        key = None
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in CURVES:
        return
    if isinstance(key, RSAPublicKey):
        if key.key_size < RSA_MIN_BITS:
            raise Invalid(
                "An RSA key has at least %(bits)d bits; this one has %(found)d.",
                {"bits": RSA_MIN_BITS, "found": key.key_size},
                field=field,
            )
        return
    raise Invalid(
        "PDF readers do not know this kind of key. Use RSA, or ECDSA on P-256, P-384 or P-521.",
        field=field,
    )


def _is_for_signing(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        return bool(PURPOSES & set(purposes))
    except x509.ExtensionNotFound:
        return True


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
