"""What can be said of one signature: values that cost nothing to import and travel as JSON.

Two questions are kept apart because people mix them up: is the content what was signed
(`Integrity`), and who says so (`Trust`). Nothing is called intact that is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

MOST_VERDICTS = 100
# Over which a signature that stands beside its file is held against it.
DIGESTS = ("sha256", "sha384", "sha512", "sha1")


class SignatureKind(StrEnum):
    """What a signature is there for."""

    SIGNATURE = "signature"
    CERTIFICATION = "certification"  # its maker says what may be changed afterwards
    TIMESTAMP = "timestamp"  # of the document, by an authority of time


class Integrity(StrEnum):
    """Whether the content is what was signed."""

    INTACT = "intact"
    EXTENDED = "extended"  # what was added later is of the permitted kind
    CHANGED = "changed"  # the signature fits, but the file shows more or other than was signed
    BROKEN = "broken"  # the signature does not fit
    UNREADABLE = "unreadable"  # nobody can tell


class Trust(StrEnum):
    """What is known of the signer."""

    OWN = "own"
    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Note(StrEnum):
    """The one circumstance that explains a verdict best."""

    DIGEST = "digest"  # the signed bytes are not these
    SIGNATURE = "signature"  # the signature does not belong to its certificate
    ENVELOPE = "envelope"  # what lies around the signature was damaged
    MALFORMED = "malformed"
    NOT_COVERED = "not_covered"  # part of the file is outside of what was signed
    APPENDED = "appended"  # bytes after the end of the file
    FORBIDDEN = "forbidden"  # of a kind that the certification does not permit
    CONTENT = "content"  # pages, fields or their looks are others
    AMBIGUOUS = "ambiguous"  # programs may read this file in different ways
    ABSENT = "absent"  # a signature beside a file that is not here
    UNSUPPORTED = "unsupported"
    WEAK = "weak"  # an algorithm that can be forged
    USAGE = "usage"  # the certificate is not meant for this
    CHAIN = "chain"  # a certificate above it is no good
    TIMESTAMP_BROKEN = "timestamp_broken"
    TIMESTAMP_UNKNOWN = "timestamp_unknown"
    PROVEN = "proven"  # expired or ended since; a timestamp or our own book proves the time
    CONSTRAINTS = "constraints"  # it was made against the rules of its field


class Standing(StrEnum):
    """A verdict in one word, for the colour of its sign."""

    GOOD = "good"
    OPEN = "open"  # intact, but one has to look at who signed, or at what was added
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that was added after signing: a signature, a timestamp, a field, proof data."""

    kind: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found of one signature.

    Attributes:
        field: The full name of its field.
        signer: The name in the certificate; None when there is no readable one.
        signed_at: As the signer claims.
        timestamped_at: As a trusted authority of time proves.
        level: `B-B`, `B-T`, `B-LT`, `B-LTA` (ETSI EN 319 142-1), `CMS` for older kinds
            and files of their own, `S/MIME`, `timestamp`.
        is_seal: Whether it was made with the certificate of a seal of this office.
        whole: Whether it covers the whole file as it is.
        revision_bytes: Where in the file the part ends that was signed.
        booked: Whether the file, as it was after this signature, is a line of our seal book.
        certificate: SHA-256 of the signer's certificate (DER).
    """

    field: str
    kind: SignatureKind
    integrity: Integrity
    trust: Trust = Trust.UNKNOWN
    signer: str | None = None
    organization: str | None = None
    issuer: str | None = None
    serial: str | None = None
    certificate: str | None = None
    signed_at: datetime | None = None
    timestamped_at: datetime | None = None
    level: str | None = None
    digest: str | None = None
    is_seal: bool = False
    whole: bool = False
    note: Note | None = None
    reason: str | None = None
    revision_bytes: int | None = None
    booked: bool = False
    changes: tuple[Change, ...] = ()

    @property
    def standing(self) -> Standing:
        """Good only when nothing was changed, and it is known who signed."""
        if self.integrity not in (Integrity.INTACT, Integrity.EXTENDED):
            return Standing.BAD
        if self.trust is Trust.REVOKED:
            return Standing.BAD
        known = self.trust in (Trust.OWN, Trust.TRUSTED)
        plain = self.note in (None, Note.PROVEN, Note.TIMESTAMP_UNKNOWN)
        filled = any(each.kind == "field" for each in self.changes)
        return Standing.GOOD if known and plain and not filled else Standing.OPEN

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept, and answered to programs."""
        return {
            "field": self.field,
            "kind": self.kind.value,
            "integrity": self.integrity.value,
            "trust": self.trust.value,
            "signer": self.signer,
            "organization": self.organization,
            "issuer": self.issuer,
            "serial": self.serial,
            "certificate": self.certificate,
            "signed_at": _written(self.signed_at),
            "timestamped_at": _written(self.timestamped_at),
            "level": self.level,
            "digest": self.digest,
            "is_seal": self.is_seal,
            "whole": self.whole,
            "note": self.note.value if self.note else None,
            "reason": self.reason,
            "revision_bytes": self.revision_bytes,
            "booked": self.booked,
            "changes": [{"kind": each.kind, "name": each.name} for each in self.changes],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote.

        Raises:
            KeyError: Something is missing.
            ValueError: A value is not one of ours.
        """
        plain = {
            name: kept[name]
            for name in (
                *("field", "signer", "organization", "issuer", "serial", "certificate", "level"),
                *("digest", "is_seal", "whole", "reason", "revision_bytes", "booked"),
            )
        }
        return cls(
            **plain,
            kind=SignatureKind(kept["kind"]),
            integrity=Integrity(kept["integrity"]),
            trust=Trust(kept["trust"]),
            signed_at=_read(kept["signed_at"]),
            timestamped_at=_read(kept["timestamped_at"]),
            note=Note(kept["note"]) if kept["note"] else None,
            changes=tuple(Change(kind=each["kind"], name=each["name"]) for each in kept["changes"]),
        )

    def but(self, **changes: Any) -> Self:
        """Return it with some values changed."""
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a file was found to be.

    Attributes:
        verdicts: One for each signature, in the order in which they were made.
        reason_code: Why the file could not be looked at; None when it could.
        revisions: SHA-256 of the file up to each place where it once ended, by its length.
    """

    verdicts: tuple[Verdict, ...] = ()
    reason_code: str | None = None
    reason_message: str | None = None
    revisions: tuple[tuple[int, str], ...] = ()


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
