"""Keys that live in a token (PKCS#11): a smart card, a USB key, or a hardware security module.

The library that speaks to the token comes from `CHANCERY_PKCS11_MODULE` and from nowhere else: it
is code that runs here. A token knows one login for the whole process, so that one use waits for the
other. A wrong PIN is never tried twice: three wrong ones lock most tokens.
"""

import asyncio
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from records.core.config import Config
from records.core.errors import Conflict, Invalid, Unavailable

if TYPE_CHECKING:
    from pkcs11 import Session
    from pkcs11._pkcs11 import lib
    from pyhanko.sign.pkcs11 import PKCS11Signer

_one_at_a_time = threading.Lock()


@contextmanager
def token_signer(
    config: Config,
    *,
    token: str,
    key: str,
    pin: str,
    certificate: bytes,
    chain: Sequence[bytes],
) -> "Iterator[PKCS11Signer]":
    """Give a signer for a key in a token, for the length of a block.

    Args:
        token: Label of the token.
        key: Label of the key.
        certificate: DER of the certificate to sign with, `chain` of those above it.

    Raises:
        Conflict: No library is set, the PIN is not the right one, or the token has no such key.
        Unavailable: The token cannot be reached now.
    """
    from pyhanko.sign.pkcs11 import PKCS11Signer

    signing = asn1.Certificate.load(certificate)
    with _opened(config, token, pin) as session:
        yield PKCS11Signer(
            session,
            signing_cert=signing,
            ca_chain=[asn1.Certificate.load(each) for each in chain],
            key_label=key,
            # Tokens that hash before they sign on curves are few; those that cannot are many.
            use_raw_mechanism=signing.public_key.algorithm == "ec",
        )


def token_certificates(
    config: Config, *, token: str, key: str, pin: str
) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the certificates in a token: those with the label of the key, and all others.

    Raises:
        Conflict, Unavailable: As `token_signer`.
    """
    from pkcs11 import Attribute, ObjectClass

    named: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    with _opened(config, token, pin) as session:
        for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
            try:
                found = x509.load_der_x509_certificate(each[Attribute.VALUE])
            except ValueError:
                continue
            (named if each[Attribute.LABEL] == key else others).append(found)
    return named, others


def check_signs(
    config: Config, *, token: str, key: str, pin: str, certificate: x509.Certificate
) -> None:
    """Let a token sign something random, and compare it with a certificate.

    Raises:
        Invalid: The key in the token is not the one of the certificate.
        Conflict, Unavailable: As `token_signer`.
    """
    message = secrets.token_bytes(32)
    der = certificate.public_bytes(Encoding.DER)
    with token_signer(config, token=token, key=key, pin=pin, certificate=der, chain=()) as signer:
        signature = asyncio.run(signer.async_sign_raw(message, "sha256"))
    public = certificate.public_key()
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(signature, message, PKCS1v15(), hashes.SHA256())
        elif isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, message, ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Invalid(
            "The certificate does not belong to the key %(key)s in the token.",
            {"key": key},
            field="key",
        ) from error


def check_library(path: Path) -> None:
    """Load the library that speaks to tokens.

    Raises:
        Unavailable: It is not there, or is no such library.
    """
    with _one_at_a_time:
        _library(path)


@contextmanager
def _opened(config: Config, token: str, pin: str) -> "Iterator[Session]":
    if config.pkcs11_module is None:
        raise Conflict("No token library is set: CHANCERY_PKCS11_MODULE.")
    with _one_at_a_time, _told(token):
        library = _library(config.pkcs11_module)
        with library.get_token(token_label=token).open(user_pin=pin) as session:
            yield session


def _library(path: Path) -> "lib":
    import pkcs11

    try:
        return pkcs11.lib(str(path))
    except (OSError, RuntimeError) as error:  # PKCS11Error is a RuntimeError
        raise Unavailable("The token library %(path)s cannot be used.", {"path": path}) from error


@contextmanager
def _told(token: str) -> Iterator[None]:
    """Say in words of ours what a library has to say; its own hold nothing that people know."""
    import pkcs11

    try:
        yield
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        raise Conflict(
            "The token %(token)s does not open with this PIN.", {"token": token}
        ) from error
    except (pkcs11.PinLocked, pkcs11.PinExpired) as error:
        raise Conflict(
            "The PIN of the token %(token)s is locked. Unlock it with the tools of its maker.",
            {"token": token},
        ) from error
    except (pkcs11.NoSuchToken, pkcs11.TokenNotPresent, pkcs11.DeviceRemoved) as error:
        raise Unavailable("The token %(token)s is not there.", {"token": token}) from error
    except pkcs11.PKCS11Error as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(
            "The token %(token)s does not do its work: %(reason)s.",
            {"token": token, "reason": reason},
        ) from error
