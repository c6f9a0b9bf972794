"""What certificates of our own say: the profiles of the authority and of a seal (RFC 5280).

Keys are ECDSA on P-256, which every PDF reader knows. A seal's certificate carries no extended key
usage on purpose: readers that want one ask for different ones, and without it none objects.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

AUTHORITY_NAME = "Chancery Seal Authority"
AUTHORITY_DAYS = 3653
REVOCATION_LIST_DAYS = 7
# X.520 has room for so many characters of a name.
NAME_MAX = 64
AUTHORITY_PATH = "/seal-authority.crt"
REVOCATION_LIST_PATH = "/seal-authority.crl"


def new_key() -> EllipticCurvePrivateKey:
    """Return a fresh private key."""
    return generate_private_key(SECP256R1())


def authority_certificate(
    key: EllipticCurvePrivateKey, *, organization: str, now: datetime
) -> x509.Certificate:
    """Return the certificate of an authority, signed by itself; it certifies seals only."""
    name = _name(organization, common=AUTHORITY_NAME)
    public = key.public_key()
    return (
        _blank(name, name, now, now + timedelta(days=AUTHORITY_DAYS))
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def seal_certificate(
    key: EllipticCurvePrivateKey,
    *,
    authority: x509.Certificate,
    authority_key: EllipticCurvePrivateKey,
    organization: str,
    unit: str | None,
    seal: str,
    public_url: str,
    not_before: datetime,
    not_after: datetime,
) -> x509.Certificate:
    """Return the certificate of a seal, signed by an authority of ours."""
    public = key.public_key()
    above = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    lists = x509.DistributionPoint([_link(public_url, REVOCATION_LIST_PATH)], None, None, None)
    issuers = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, _link(public_url, AUTHORITY_PATH)
    )
    subject = _name(organization, unit=unit, common=seal)
    return (
        _blank(subject, authority.subject, not_before, not_after)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False
        )
        .add_extension(x509.CRLDistributionPoints([lists]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([issuers]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def revocation_list(
    authority: x509.Certificate,
    key: EllipticCurvePrivateKey,
    ended: Sequence[tuple[int, datetime]],
    *,
    now: datetime,
) -> bytes:
    """Return the revocation list (DER) over serial numbers and the times at which each ended.

    Its number is the time in seconds, so that it grows without being kept anywhere.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now)
        .next_update(now + timedelta(days=REVOCATION_LIST_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
    )
    for serial, at in ended:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _blank(
    subject: x509.Name, issuer: x509.Name, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )


def _name(organization: str, *, unit: str | None = None, common: str) -> x509.Name:
    parts = [
        (NameOID.ORGANIZATION_NAME, organization),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.COMMON_NAME, common),
    ]
    return x509.Name([x509.NameAttribute(oid, text[:NAME_MAX]) for oid, text in parts if text])


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _link(public_url: str, path: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(public_url + path)
