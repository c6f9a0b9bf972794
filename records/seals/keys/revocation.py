"""Revocation data for long-term validation (PAdES B-LT): gathered before a seal signs.

What is gathered is handed to the task that prepares the PDF, which lays it into the document
security store of the same revision: so one signature covers all of it. It is of the seal's own
chain and of the timestamp server's.
"""

import asyncio
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.timestamps.common_utils import extract_ts_certs
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    InsufficientRevinfoError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits
from pyhanko_certvalidator.registry import SimpleCertificateStore

from records.core.config import Config
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Unavailable
from records.seals.keys.authority import authority_list
from records.seals.keys.certificates import chain_of, is_self_issued
from records.seals.keys.chains import trusted_certificates
from records.seals.keys.fetching import SECONDS, careful_session
from records.seals.keys.timestamps import Timestamper, timestamper_of
from records.seals.models import SealCertificate
from storage import Vault

# A chain has three or four links, each with one responder and one list.
LIMITS = FetchLimits(max_requests=40, max_cert_requests=10, max_aia_urls_per_object=2)


@dataclass(frozen=True)
class RevocationData:
    """Certificates, OCSP responses and revocation lists, each DER."""

    certificates: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]

    def to_job(self) -> dict[str, list[str]]:
        """Return it as the task `prepare` takes it: base64 by name."""
        return {
            "certificates": [b64encode(each).decode() for each in self.certificates],
            "ocsps": [b64encode(each).decode() for each in self.ocsps],
            "crls": [b64encode(each).decode() for each in self.crls],
        }


def gather_revocation(
    uow: UnitOfWork, vault: Vault, config: Config, certificate: SealCertificate
) -> RevocationData | None:
    """Return what proves that a certificate was good, or None where the office wants none.

    It asks servers and takes seconds: give it a unit that only reads.

    Raises:
        Conflict: The certificate, or the one of the timestamp server, was revoked or is of an
            authority that is not known here.
        Unavailable: A server does not answer now.
    """
    if not config.revocation or config.timestamp_url is None:
        return None
    own_list = authority_list(uow, vault) if is_self_issued(certificate) else None
    return asyncio.run(_gather(config, certificate, own_list, uow.now))


async def _gather(
    config: Config, certificate: SealCertificate, own_list: bytes | None, now: datetime
) -> RevocationData:
    known = [
        asn1.Certificate.load(each.public_bytes(Encoding.DER))
        for each in trusted_certificates(config.trusted_certificates)
    ]
    chain = [asn1.Certificate.load(each) for each in chain_of(certificate)]
    signing = asn1.Certificate.load(certificate.certificate)
    async with careful_session(config) as session:
        if own_list is None:
            own = _fetching(session, [*known, chain[-1] if chain else signing], chain)
        else:
            own = ValidationContext(
                trust_roots=chain, crls=[own_list], revocation_mode="hard-fail", moment=now
            )
        timestamper = timestamper_of(config, session)
        assert timestamper is not None
        of_server = await _server_certificates(timestamper)
        server = _fetching(session, [*known, *_topmost(of_server)], of_server)
        paths = [
            await _path(own, signing, set()),
            await _path(server, of_server[0], {"time_stamping"}),
        ]
    return RevocationData(
        _once(each.dump() for path in paths for each in path),
        _once(each.dump() for context in (own, server) for each in context.ocsps),
        _once(each.dump() for context in (own, server) for each in context.crls),
    )


def _fetching(
    session: aiohttp.ClientSession,
    roots: list[asn1.Certificate],
    others: Iterable[asn1.Certificate],
) -> ValidationContext:
    backend = AIOHttpFetcherBackend(session, per_request_timeout=SECONDS, limits=LIMITS)
    return ValidationContext(
        trust_roots=roots,
        other_certs=others,
        allow_fetching=True,
        fetchers=backend.get_fetchers(),
        revocation_mode="hard-fail",
    )


async def _path(
    context: ValidationContext, certificate: asn1.Certificate, purposes: set[str]
) -> list[asn1.Certificate]:
    """Return the certificates from a known authority down to one, all of them found good."""
    name = {"name": certificate.subject.human_friendly}
    validator = CertificateValidator(certificate, validation_context=context)
    try:
        path = await validator.async_validate_usage(set(), purposes)
        return list(path)
    except RevokedError as error:
        raise Conflict("A certificate was revoked by its authority: %(name)s.", name) from error
    except InsufficientRevinfoError as error:
        raise Unavailable(
            "Nobody says now whether a certificate was revoked: %(name)s.", name
        ) from error
    except PathBuildingError as error:
        raise Conflict(
            "A certificate leads to no authority that is known here: %(name)s. Add its authority "
            "to CHANCERY_TRUSTED_CERTIFICATES.",
            name,
        ) from error
    except ValidationError as error:
        raise Conflict(
            "A certificate is not good: %(name)s. %(reason)s", {**name, "reason": str(error)}
        ) from error


async def _server_certificates(timestamper: Timestamper) -> list[asn1.Certificate]:
    """Return the certificates of the timestamp server, its own first."""
    token = await timestamper.async_dummy_response("sha256")
    store = SimpleCertificateStore()
    own = list(extract_ts_certs(token, store))
    if not own:
        raise Unavailable("The timestamp server sends no certificate of its own.")
    return [*own[:1], *(each for each in store if each.dump() != own[0].dump())]


def _topmost(certificates: list[asn1.Certificate]) -> list[asn1.Certificate]:
    """Return those above which there is none.

    Whether to trust them is for those to say who check the signature one day; here they only end
    the chain of which revocation data is wanted.
    """
    names = {each.subject.hashable for each in certificates if each.self_issued is False}
    return [
        each
        for each in certificates
        if each.ca and (each.self_issued or each.issuer.hashable not in names)
    ]


def _once(values: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(values))
