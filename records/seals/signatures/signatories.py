"""Who signed: the words of the certificate, and how it stands with those that are trusted here.

Trust is found without any network: by the authorities that were handed over, and by the proof
data (revocation lists, answers of authorities) that the file itself carries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from asn1crypto import cms, crl, ocsp, x509
from cryptography import x509 as certificates
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate, AdESSubIndic
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureStatus,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert

from records.seals.signatures.verdicts import Note, SignatureKind, Trust, Verdict

_PROOFS = ("/Certs", "/CRLs", "/OCSPs")
_MOST_PROOFS = 200
_PADES = "/ETSI.CAdES.detached"
_REVOKED = (
    *(AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE),
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE,
)
_EXPIRED = (
    *(AdESIndeterminate.OUT_OF_BOUNDS_NO_POE, AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED),
    AdESIndeterminate.NO_POE,
)
_WEAK = (
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
_FORGEABLE = ("md2", "md4", "md5", "sha1")


@dataclass(frozen=True)
class World:
    """What a signature is held against.

    Attributes:
        own: Certificates (DER) of this office's own authorities.
        trusted: Of the authorities that are known here besides.
        at: The time for which is asked.
        proofs: Certificates, revocation lists and answers that the file carries (DER).
    """

    own: frozenset[bytes]
    trusted: frozenset[bytes]
    at: datetime
    proofs: tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]] = ((), (), ())

    @cached_property
    def anchors(self) -> list[certificates.Certificate]:
        """All trusted certificates, as `cryptography` knows them."""
        return [certificates.load_der_x509_certificate(each) for each in self.own | self.trusted]

    @property
    def has_proofs(self) -> bool:
        """Whether the file carries proof data."""
        return any(self.proofs)

    def at_time(self, at: datetime) -> Self:
        """Return the same world at another time."""
        return replace(self, at=at)

    def without_lists(self) -> Self:
        """Return it without revocation lists and answers, which grow old while a file does not."""
        return replace(self, proofs=(self.proofs[0], (), ()))

    def is_outdated(self, status: PdfSignatureStatus | DocumentTimestampStatus) -> bool:
        """Return whether the proof data of the file is too old to say anything for this time."""
        stamp = getattr(status, "timestamp_validity", None)
        found = (status.trust_problem_indic, stamp and stamp.trust_problem_indic)
        return AdESIndeterminate.TRY_LATER in found

    def revoked_at(self, embedded: EmbeddedPdfSignature) -> datetime | None:
        """Return since when a list in the file, however old, calls a certificate revoked."""
        signer = certificates.load_der_x509_certificate(embedded.signer_cert.dump())
        others = [*self.anchors, *map(certificates.load_der_x509_certificate, self.proofs[0])]
        issuers = [each for each in others if each.subject == signer.issuer]
        times = [
            entry.revocation_date_utc
            for held in map(certificates.load_der_x509_crl, self.proofs[1])
            if held.issuer == signer.issuer
            and (entry := held.get_revoked_certificate_by_serial_number(signer.serial_number))
            and any(held.is_signature_valid(_key(each)) for each in issuers)
        ]
        return min(times, default=None)

    def with_proofs_of(self, reader: PdfFileReader) -> Self:
        """Return it with the proof data of a file (ISO 32000-2, 12.8.4.3)."""
        try:
            store = reader.root["/DSS"]
            others, lists, answers = (_streams(store, name) for name in _PROOFS)
        except Exception:  # noqa: BLE001 - proof data that cannot be read proves nothing
            return self
        return replace(self, proofs=(others, lists, answers))

    def context(self, embedded: EmbeddedPdfSignature) -> ValidationContext:
        """Return a fresh context of validation; it must not be shared between signatures."""
        others, lists, answers = self.proofs
        archived_lists, archived_answers = _archived(embedded)
        return ValidationContext(
            trust_roots=[x509.Certificate.load(each) for each in sorted(self.own | self.trusted)],
            other_certs=[x509.Certificate.load(each) for each in others],
            crls=[*(crl.CertificateList.load(each) for each in lists), *archived_lists],
            ocsps=[*(ocsp.OCSPResponse.load(each) for each in answers), *archived_answers],
            moment=self.at,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )

    def trust(self, status: SignatureStatus) -> tuple[Trust, Note | None]:
        """Return what is known of a signer, and why it is not more."""
        problem, path = status.trust_problem_indic, status.validation_path
        if problem is not None or path is None:
            alone = status.signing_cert.self_issued
            known = (Trust.UNKNOWN, None) if alone and path is None else _distrust(problem)
            # A stranger's algorithms are not looked at by whoever asks first for the chain.
            forgeable = known == (Trust.UNKNOWN, None) and status.md_algorithm in _FORGEABLE
            return (Trust.UNKNOWN, Note.WEAK) if forgeable else known
        anchor = path.trust_anchor.authority
        own = isinstance(anchor, AuthorityWithCert) and anchor.certificate.dump() in self.own
        return (Trust.OWN if own else Trust.TRUSTED), None


def _key(certificate: certificates.Certificate) -> Any:
    return certificate.public_key()


def _distrust(problem: AdESSubIndic | None) -> tuple[Trust, Note | None]:
    if problem in _REVOKED:
        return Trust.REVOKED, None
    if problem in _EXPIRED:
        return Trust.EXPIRED, None
    if problem in _WEAK:
        return Trust.UNKNOWN, Note.WEAK
    if problem is AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE:
        return Trust.UNKNOWN, Note.USAGE
    if problem is AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE:
        return Trust.UNKNOWN, Note.CHAIN
    return Trust.UNKNOWN, None


def described(verdict: Verdict, embedded: EmbeddedPdfSignature) -> Verdict:
    """Return a verdict with all that a signature says of itself."""
    certificate = embedded.signer_cert
    return verdict.but(
        kind=_kind(embedded),
        signer=name_of(certificate.subject),
        organization=part_of(certificate.subject, "organization_name"),
        issuer=name_of(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        certificate=certificate.sha256.hex(),
        signed_at=_claimed_time(embedded),
        level=_level(embedded),
        reason=_text(embedded.sig_object.get("/Reason")),
        digest=embedded.md_algorithm,
    )


def proven_time(status: PdfSignatureStatus | DocumentTimestampStatus) -> datetime | None:
    """Return the time for which a trusted authority stands."""
    if isinstance(status, DocumentTimestampStatus):
        return status.timestamp if status.trusted else None
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp is not None and stamp.trusted else None


def _kind(embedded: EmbeddedPdfSignature) -> SignatureKind:
    if embedded.sig_object_type == "/DocTimeStamp":
        return SignatureKind.TIMESTAMP
    held = embedded.sig_object.get("/Reference", ())
    methods = [each.get_object().get("/TransformMethod") for each in held]
    permits = isinstance(embedded.docmdp_level, MDPPerm) and "/DocMDP" in methods
    return SignatureKind.CERTIFICATION if permits else SignatureKind.SIGNATURE


def _level(embedded: EmbeddedPdfSignature) -> str:
    """Return the level as far as one signature tells it (ETSI EN 319 142-1, clause 6)."""
    if embedded.sig_object_type == "/DocTimeStamp":
        return "timestamp"
    if embedded.sig_object.get("/SubFilter") != _PADES:
        return "CMS"
    unsigned = embedded.signer_info["unsigned_attrs"]
    kinds = [] if not isinstance(unsigned, cms.CMSAttributes) else list(unsigned)
    stamped = any(each["type"].native == "signature_time_stamp_token" for each in kinds)
    if not stamped:
        return "B-B"
    return "B-LT" if "/DSS" in embedded.reader.root else "B-T"


def _claimed_time(embedded: EmbeddedPdfSignature) -> datetime | None:
    try:
        if embedded.sig_object_type == "/DocTimeStamp":
            told = embedded.signed_data["encap_content_info"]["content"].parsed
            at: Any = told["gen_time"].native
        else:
            at = embedded.self_reported_timestamp
    except Exception:  # noqa: BLE001 - a time that cannot be read is no time
        return None
    if not isinstance(at, datetime):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def name_of(name: x509.Name) -> str | None:
    """Return what a certificate calls somebody."""
    for part in ("common_name", "organization_name", "organizational_unit_name"):
        if (found := part_of(name, part)) is not None:
            return found
    return _text(name.human_friendly)


def part_of(name: x509.Name, part: str) -> str | None:
    """Return one part of a name, if it can be read."""
    try:
        held = name.native.get(part)
    except Exception:  # noqa: BLE001 - names come in broken encodings
        return None
    return _text(held[-1] if isinstance(held, list) else held)


def _text(value: object) -> str | None:
    """Return what may be shown of a text that a stranger wrote."""
    if not isinstance(value, str):
        return None
    shown = " ".join("".join(each if each.isprintable() else " " for each in value).split())
    return shown[:200] or None


def _streams(store: Any, name: str) -> list[bytes]:
    found: list[bytes] = []
    if name not in store:
        return found
    for each in list(store[name])[:_MOST_PROOFS]:
        stream = each.get_object()
        if isinstance(stream, StreamObject):
            found.append(stream.data)
    return found


def _archived(
    embedded: EmbeddedPdfSignature,
) -> tuple[list[crl.CertificateList], list[ocsp.OCSPResponse]]:
    """Return the proof data that Adobe's signed attribute carries."""
    signed = embedded.signer_info["signed_attrs"]
    if not isinstance(signed, cms.CMSAttributes):
        return [], []
    for attribute in signed:
        if attribute["type"].native == "adobe_revocation_info_archival":
            held = attribute["values"][0]
            return list(held["crl"] or ()), list(held["ocsp"] or ())
    return [], []
