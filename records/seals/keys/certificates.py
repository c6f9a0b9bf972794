"""Certificates of seals: issued here, imported from an authority, or in a token; and ended.

The newest certificate of a seal counts. One that it replaces is not ended by that: what it signed
stays as good as it was. One that is ended signs nothing more, and a certificate of our own appears
on the revocation list from then on. Private keys are sealed under the master key; nothing here
gives them out.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from records.core.config import Config
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.rows import filled, get_row
from records.people.models import Unit
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, Act, Actor, check_may
from records.seals.keys.authority import (
    authority_in_use,
    authority_key,
    fingerprint,
    private_bytes,
)
from records.seals.keys.chains import chain_above, check_may_sign, name_of, trusted_certificates
from records.seals.keys.key_files import read_key_file
from records.seals.keys.profiles import new_key, seal_certificate
from records.seals.keys.tokens import check_signs, token_certificates
from records.seals.models import Seal, SealCertificate
from records.seals.rules import SealState
from storage import Vault

YEARS = 3
MOST_YEARS = 10
WARNING_DAYS = 30
# A seal that is lent or lies sealed up may get its next certificate; these never sign again.
GONE = (SealState.LOST, SealState.WITHDRAWN, SealState.DESTROYED)


class CertificateSource(StrEnum):
    """Where a certificate comes from, and with it where its key is."""

    SELF_ISSUED = "self_issued"
    PKCS12 = "pkcs12"
    PKCS11 = "pkcs11"


class CertificateState(StrEnum):
    """Whether a seal signs with a certificate now, and if not, why not."""

    IN_USE = "in_use"
    NOT_YET = "not_yet"
    REPLACED = "replaced"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True)
class CertificateView:
    """What people and programs see of a certificate; `token` is the label of the token."""

    id: UUID
    source: CertificateSource
    state: CertificateState
    subject: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    expires_soon: bool
    added_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    token: str | None


def issue_certificate(
    uow: UnitOfWork,
    vault: Vault,
    config: Config,
    actor: Actor,
    *,
    seal_id: UUID,
    years: int = YEARS,
) -> SealCertificate:
    """Give a seal a key and a certificate of the organization's own authority.

    It is good for so many years, and never beyond the day on which the seal stops.

    Raises:
        NotFound, NotAllowed: There is no such seal, or the actor keeps no certificates.
        Invalid: The years make no sense.
        Conflict: There is no authority, or the seal is out of use.
    """
    seal = _seal(uow, actor, seal_id)
    if not 1 <= years <= MOST_YEARS:
        raise Invalid("A certificate is good for 1 to 10 years.", field="years")
    authority = authority_in_use(uow)
    if authority is None:
        raise Conflict("There is no seal authority yet. Make it first.")
    above = x509.load_der_x509_certificate(authority.certificate)
    begins, ends = _period(uow, seal, years, above.not_valid_after_utc)
    unit = get_row(uow, Unit, seal.unit_id)
    root = unit_by_code(uow, ROOT_UNIT_CODE)
    key = new_key()
    certificate = seal_certificate(
        key,
        authority=above,
        authority_key=authority_key(vault, authority),
        organization=root.name,
        unit=None if unit.id == root.id else unit.name,
        seal=seal.name,
        public_url=config.public_url,
        not_before=begins,
        not_after=ends,
    )
    return _add(
        uow,
        vault,
        actor,
        seal,
        CertificateSource.SELF_ISSUED,
        certificate=certificate,
        chain=[above],
        secret=private_bytes(key),
    )


def import_pkcs12(
    uow: UnitOfWork,
    vault: Vault,
    config: Config,
    actor: Actor,
    *,
    seal_id: UUID,
    content: bytes,
    password: str,
    others: Sequence[x509.Certificate] = (),
) -> SealCertificate:
    """Give a seal the key and the certificate in a PKCS#12 file.

    Args:
        others: Certificates of authorities that the file lacks.

    Raises:
        NotFound, NotAllowed: There is no such seal, or the actor keeps no certificates.
        Invalid: The password is wrong, or what the file holds cannot sign; says what is wrong.
        Conflict: The seal is out of use.
    """
    seal = _seal(uow, actor, seal_id)
    known = [*others, *trusted_certificates(config.trusted_certificates)]
    found = read_key_file(content, password, others=known, now=uow.now)
    return _add(
        uow,
        vault,
        actor,
        seal,
        CertificateSource.PKCS12,
        certificate=found.certificate,
        chain=found.chain,
        secret=found.key,
    )


def add_token_certificate(
    uow: UnitOfWork,
    vault: Vault,
    config: Config,
    actor: Actor,
    *,
    seal_id: UUID,
    token: str,
    key: str,
    pin: str,
    others: Sequence[x509.Certificate] = (),
) -> SealCertificate:
    """Let a seal sign with a key in a token; its certificate lies there under the same label.

    Args:
        token: Label of the token.
        key: Label of the key and of its certificate.
        others: Certificates of authorities that the token lacks, or the certificate itself.

    Raises:
        NotFound, NotAllowed: There is no such seal, or the actor keeps no certificates.
        Invalid: The certificate is missing, cannot sign, or belongs to another key.
        Conflict: No library is set, the PIN is wrong, or the seal is out of use.
        Unavailable: The token cannot be reached now.
    """
    seal = _seal(uow, actor, seal_id)
    token, key = filled(token, "token"), filled(key, "key")
    named, beside = token_certificates(config, token=token, key=key, pin=pin)
    if not named:
        raise Invalid(
            "The token holds no certificate with the label %(key)s.", {"key": key}, field="key"
        )
    certificate = max(named, key=lambda each: each.not_valid_after_utc)
    check_may_sign(certificate, now=uow.now, field="key")
    known = [*beside, *named, *others, *trusted_certificates(config.trusted_certificates)]
    chain = chain_above(certificate, known, field="key")
    check_signs(config, token=token, key=key, pin=pin, certificate=certificate)
    return _add(
        uow,
        vault,
        actor,
        seal,
        CertificateSource.PKCS11,
        certificate=certificate,
        chain=chain,
        secret=pin.encode(),
        token={"token": token, "key": key},
    )


def end_certificate(
    uow: UnitOfWork, actor: Actor, *, certificate_id: UUID, reason: str
) -> SealCertificate:
    """End a certificate: it signs nothing more, and cannot be brought back.

    Raises:
        NotFound, NotAllowed: There is none, or the actor keeps no certificates.
        Invalid: No reason is given.
        Conflict: It was ended before.
    """
    check_may(actor, Act.KEEP_SEAL_CERTIFICATES)
    certificate = get_row(uow, SealCertificate, certificate_id)
    reason = filled(reason, "reason")
    if certificate.ended_at is not None:
        raise Conflict("This certificate was ended before.")
    certificate.ended_at, certificate.end_reason = uow.now, reason
    uow.record(
        "seal.certificate_ended",
        actor_id=actor.user_id,
        objects=[certificate.seal_id, certificate.id],
        payload={**actor.signature(), **certificate_facts(certificate), "reason": reason},
    )
    return certificate


def certificate_in_use(uow: UnitOfWork, seal_id: UUID) -> SealCertificate | None:
    """Return the certificate with which a seal signs now; None when it cannot."""
    newest = next(iter(_of_seal(uow, seal_id)), None)
    if newest is None or state_of(newest, newest, uow.now) is not CertificateState.IN_USE:
        return None
    return newest


def check_signing(uow: UnitOfWork, certificate: SealCertificate) -> None:
    """Refuse to sign with a certificate that is not in use.

    Raises:
        Conflict: It was ended or replaced, has expired, or does not begin yet.
    """
    newest = next(iter(_of_seal(uow, certificate.seal_id)))
    state = state_of(certificate, newest, uow.now)
    if state is not CertificateState.IN_USE:
        raise Conflict(_REFUSALS[state].message)


_REFUSALS = {
    CertificateState.ENDED: Conflict("The certificate of this seal was ended."),
    CertificateState.EXPIRED: Conflict("The certificate of this seal has expired."),
    CertificateState.NOT_YET: Conflict("The certificate of this seal does not begin yet."),
    CertificateState.REPLACED: Conflict("This seal has another certificate by now."),
}


def certificates_of(uow: UnitOfWork, seal_id: UUID) -> list[CertificateView]:
    """Return all certificates of a seal, newest first."""
    rows = _of_seal(uow, seal_id)
    return [_view(each, rows[0], uow.now) for each in rows]


def newest_certificates(uow: UnitOfWork) -> list[tuple[Seal, CertificateView | None]]:
    """Return all seals that may sign, by code, each with the certificate that counts."""
    seals = uow.session.scalars(select(Seal).where(Seal.state.not_in(GONE)).order_by(Seal.code))
    query = select(SealCertificate).order_by(SealCertificate.added_at, SealCertificate.id)
    newest = {each.seal_id: each for each in uow.session.scalars(query)}
    found = [(each, newest.get(each.id)) for each in seals]
    return [(each, _view(last, last, uow.now) if last else None) for each, last in found]


def expiring_certificates(uow: UnitOfWork) -> list[tuple[Seal, CertificateView]]:
    """Return the seals whose certificate ends within a month or has ended by itself."""
    soon = uow.now + timedelta(days=WARNING_DAYS)
    return [
        (seal, view)
        for seal, view in newest_certificates(uow)
        if view is not None and view.ended_at is None and view.not_after < soon
    ]


def is_self_issued(certificate: SealCertificate) -> bool:
    """Return whether nobody but this organization answers for a certificate: no qualified seal."""
    return certificate.source == CertificateSource.SELF_ISSUED


def state_of(
    certificate: SealCertificate, newest: SealCertificate, now: datetime
) -> CertificateState:
    """Return how a certificate stands, beside the newest one of its seal."""
    if certificate.ended_at is not None:
        return CertificateState.ENDED
    if certificate.not_after <= now:
        return CertificateState.EXPIRED
    if certificate.id != newest.id:
        return CertificateState.REPLACED
    return CertificateState.IN_USE if certificate.not_before <= now else CertificateState.NOT_YET


def open_secret(vault: Vault, certificate: SealCertificate) -> bytes:
    """Return the private key (PKCS#8) or the PIN of a certificate, to sign at once and forget."""
    return vault.unseal(certificate.wrapped_key, _label(certificate.id), certificate.sealed)


def chain_of(certificate: SealCertificate) -> list[bytes]:
    """Return the certificates above one, DER, nearest first."""
    return [b64decode(each) for each in certificate.chain]


def _seal(uow: UnitOfWork, actor: Actor, seal_id: UUID) -> Seal:
    check_may(actor, Act.KEEP_SEAL_CERTIFICATES)
    seal = get_row(uow, Seal, seal_id)
    if seal.state in GONE:
        raise Conflict("This seal is out of use. It needs no certificate any more.")
    if seal.stop_on is not None and seal.stop_on < uow.today:
        raise Conflict(
            "This seal stopped on %(day)s. It needs no certificate any more.",
            {"day": seal.stop_on.isoformat()},
        )
    return seal


def _period(uow: UnitOfWork, seal: Seal, years: int, latest: datetime) -> tuple[datetime, datetime]:
    """Return from when until when: within the days of the seal, in the office's time zone."""
    begins, ends = uow.now, min(uow.now + timedelta(days=365 * years), latest)
    first_day = datetime.combine(seal.start_on, time(), uow.zone).astimezone(UTC)
    if seal.stop_on is not None:
        after = datetime.combine(seal.stop_on + timedelta(days=1), time(), uow.zone)
        ends = min(ends, after.astimezone(UTC) - timedelta(seconds=1))
    begins = max(begins, first_day)
    if begins >= ends:
        raise Conflict("The authority ends before this seal begins.")
    return begins, ends


def _add(
    uow: UnitOfWork,
    vault: Vault,
    actor: Actor,
    seal: Seal,
    source: CertificateSource,
    *,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    secret: bytes,
    token: dict[str, str] | None = None,
) -> SealCertificate:
    certificate_id = uow.new_id()
    _, wrapped_key = vault.keyring.new_data_key()
    added = SealCertificate(
        id=certificate_id,
        seal_id=seal.id,
        source=source.value,
        serial=f"{certificate.serial_number:x}",
        certificate=certificate.public_bytes(Encoding.DER),
        chain=[b64encode(each.public_bytes(Encoding.DER)).decode() for each in chain],
        token=token,
        wrapped_key=wrapped_key,
        sealed=vault.seal(wrapped_key, _label(certificate_id), secret),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        added_at=uow.now,
    )
    uow.session.add(added)
    uow.session.flush()
    uow.record(
        "seal.certified",
        actor_id=actor.user_id,
        objects=[seal.id, added.id],
        payload={**actor.signature(), **certificate_facts(added)},
    )
    return added


def certificate_facts(certificate: SealCertificate) -> dict[str, Any]:
    """Return what the log keeps of a certificate: what it says, and nothing of its key."""
    read = x509.load_der_x509_certificate(certificate.certificate)
    return {
        "seal": str(certificate.seal_id),
        "certificate": str(certificate.id),
        "source": certificate.source,
        "subject": read.subject.rfc4514_string(),
        "issuer": read.issuer.rfc4514_string(),
        "serial": certificate.serial,
        "fingerprint": fingerprint(certificate.certificate),
        "not_after": certificate.not_after.isoformat(),
        "token": certificate.token,
    }


def _view(certificate: SealCertificate, newest: SealCertificate, now: datetime) -> CertificateView:
    read = x509.load_der_x509_certificate(certificate.certificate)
    state = state_of(certificate, newest, now)
    return CertificateView(
        id=certificate.id,
        source=CertificateSource(certificate.source),
        state=state,
        subject=name_of(read.subject),
        issuer=name_of(read.issuer),
        serial=certificate.serial,
        fingerprint=fingerprint(certificate.certificate),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        expires_soon=state is CertificateState.IN_USE
        and certificate.not_after < now + timedelta(days=WARNING_DAYS),
        added_at=certificate.added_at,
        ended_at=certificate.ended_at,
        end_reason=certificate.end_reason,
        token=certificate.token["token"] if certificate.token else None,
    )


def _of_seal(uow: UnitOfWork, seal_id: UUID) -> list[SealCertificate]:
    query = select(SealCertificate).where(SealCertificate.seal_id == seal_id)
    return list(
        uow.session.scalars(
            query.order_by(SealCertificate.added_at.desc(), SealCertificate.id.desc())
        )
    )


def _label(certificate_id: UUID) -> str:
    # The label names the row, so that no row can be given another row's secret.
    return f"seal certificate {certificate_id}"
