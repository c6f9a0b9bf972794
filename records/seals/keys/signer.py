"""The signature of a seal: a detached CMS over the digest of a PDF (PAdES, ETSI EN 319 142-1).

The PDF itself never comes here: a confined process has laid it out and computed the digest, and
what is returned goes into the place that it left. B-B is what every signature is; it becomes B-T
with a timestamp server, and B-LT with the revocation data that `revocation.py` gathers beforehand.
The key is opened for one signature, in the worker, and only by whoever has checked the request.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from asn1crypto import keys
from asn1crypto import x509 as asn1
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records.core.config import Config
from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.seals.keys.certificates import CertificateSource, chain_of, check_signing, open_secret
from records.seals.keys.fetching import careful_session
from records.seals.keys.timestamps import timestamper_of
from records.seals.keys.tokens import token_signer
from records.seals.models import SealCertificate
from storage import Vault

DIGEST = "sha256"
# What a signature takes beside its certificates, and what a timestamp with its chain takes.
SIGNATURE_BYTES = 4 * 1024
TIMESTAMP_BYTES = 24 * 1024


class Level(StrEnum):
    """How long a signature can be checked without asking anybody (PAdES baseline)."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"


def level_of(config: Config) -> Level:
    """Return what this office's settings make of a signature."""
    if config.timestamp_url is None:
        return Level.B_B
    return Level.B_LT if config.revocation else Level.B_T


def room_for(config: Config, certificate: SealCertificate) -> int:
    """Return how many bytes to leave for the signature, before they become hexadecimal digits."""
    certificates = len(certificate.certificate) + sum(map(len, chain_of(certificate)))
    timestamp = TIMESTAMP_BYTES if config.timestamp_url is not None else 0
    return SIGNATURE_BYTES + certificates + timestamp


def sign_digest(
    uow: UnitOfWork,
    vault: Vault,
    config: Config,
    certificate: SealCertificate,
    facts: Mapping[str, Any],
) -> bytes:
    """Return the CMS signature (DER) of a seal over what `prepare` has computed.

    It may ask the timestamp server and takes seconds: give it a unit that only reads.

    Args:
        facts: What `prepare` gave back: `digest` in hexadecimal digits, `algorithm` its name, and
            `signature_bytes` how much room was left.

    Raises:
        Conflict: The certificate is not in use, or its token refuses.
        Unavailable: The timestamp server or the token cannot be reached now; the same call may
            work later.
    """
    check_signing(uow, certificate)
    algorithm = str(facts.get("algorithm", DIGEST))
    digest = bytes.fromhex(str(facts["digest"]))
    with _signer(vault, config, certificate) as signer:
        signature = asyncio.run(_signed(config, signer, digest, algorithm))
    room = facts.get("signature_bytes")
    if room is not None and len(signature) > int(room):
        raise Conflict(
            "The signature takes %(bytes)d bytes, more than was left for it.",
            {"bytes": len(signature)},
        )
    return signature


async def _signed(config: Config, signer: Signer, digest: bytes, algorithm: str) -> bytes:
    async with careful_session(config) as session:
        # PAdES: the certificate is named among what is signed, and the time is not (it stands in
        # the PDF, or in the timestamp).
        content = await signer.async_sign(
            digest, algorithm, use_pades=True, timestamper=timestamper_of(config, session)
        )
    signature: bytes = content.dump()
    return signature


@contextmanager
def _signer(vault: Vault, config: Config, certificate: SealCertificate) -> Iterator[Signer]:
    secret = open_secret(vault, certificate)
    if certificate.source == CertificateSource.PKCS11:
        assert certificate.token is not None
        with token_signer(
            config,
            token=certificate.token["token"],
            key=certificate.token["key"],
            pin=secret.decode(),
            certificate=certificate.certificate,
            chain=chain_of(certificate),
        ) as signer:
            yield signer
        return
    above = SimpleCertificateStore()
    above.register_multiple(asn1.Certificate.load(each) for each in chain_of(certificate))
    yield SimpleSigner(
        signing_cert=asn1.Certificate.load(certificate.certificate),
        signing_key=keys.PrivateKeyInfo.load(secret),
        cert_registry=above,
    )
