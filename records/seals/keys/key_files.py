"""PKCS#12 files (.p12, .pfx): a private key, its certificate and those above it, by one password.

What is wrong with a file is said in a sentence, so that who asked an authority for it knows what to
ask for again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from records.core.errors import Invalid
from records.seals.keys.chains import chain_above, check_may_sign

FILE_LIMIT_BYTES = 256 * 1024


@dataclass(frozen=True)
class Identity:
    """A certificate, those above it (nearest first), and the private key as PKCS#8."""

    certificate: x509.Certificate
    chain: list[x509.Certificate]
    key: bytes = field(repr=False)


def read_key_file(
    content: bytes,
    password: str,
    *,
    others: Iterable[x509.Certificate],
    now: datetime,
) -> Identity:
    """Return what a PKCS#12 file holds, once it is fit to sign.

    Args:
        others: Certificates that may stand above it and need not be in the file.

    Raises:
        Invalid: The password is wrong, the file holds no key, or one that cannot sign for a seal.
    """
    if len(content) > FILE_LIMIT_BYTES:
        raise Invalid("This is not a PKCS#12 file (.p12 or .pfx).", field="file")
    found = _opened(content, password)
    if found.key is None:
        raise Invalid("This file holds no private key. Export it again with the key.", field="file")
    if found.cert is None:
        raise Invalid("This file holds no certificate for its key.", field="file")
    certificate = found.cert.certificate
    check_may_sign(certificate, now=now, field="file")
    if not isinstance(found.key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise Invalid("This file holds no certificate for its key.", field="file")
    above = [each.certificate for each in found.additional_certs]
    return Identity(
        certificate,
        chain_above(certificate, [*above, *others], field="file"),
        found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )


def _opened(content: bytes, password: str) -> pkcs12.PKCS12KeyAndCertificates:
    # Only a file that cannot be told from a damaged one is opened with the password: what the
    # library says of either is one and the same.
    if not content.startswith(b"\x30"):
        raise Invalid("This is not a PKCS#12 file (.p12 or .pfx).", field="file")
    try:
        return pkcs12.load_pkcs12(content, password.encode() or None)
    except UnsupportedAlgorithm as error:
        raise Invalid(
            "PDF readers do not know this kind of key. Use RSA, or ECDSA on P-256, P-384 or P-521.",
            field="file",
        ) from error
    except ValueError as error:
        raise Invalid(
            "The file does not open with this password, or it is damaged.", field="password"
        ) from error
