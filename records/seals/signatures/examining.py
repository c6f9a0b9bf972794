"""Asking the cage for the signatures of a file, and what is made of its answer.

The answer comes from a process that may be in the hands of the file, so every field of it is read
as if a stranger had written it. Whatever happens, there are verdicts or a reason.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from records.core.config import Config
from records.core.database import UnitOfWork
from records.seals.caged import Refused, in_cage
from records.seals.keys.authority import authorities
from records.seals.models import Seal, SealAuthority, SealCertificate, SealUsage
from records.seals.signatures.verdicts import (
    MOST_VERDICTS,
    Findings,
    Integrity,
    Note,
    Trust,
    Verdict,
)
from search.reading import Cage

_SOUND = (Integrity.INTACT, Integrity.EXTENDED)


@dataclass(frozen=True)
class Anchors:
    """Certificates (DER) whose signatures are known: of our own authorities, and of others."""

    own: tuple[bytes, ...]
    trusted: tuple[bytes, ...]


def anchors(uow: UnitOfWork, config: Config) -> Anchors:
    """Return what signatures are held against now."""
    return Anchors(tuple(authorities(uow)), tuple(_read(config.trusted_certificates)))


def anchors_changed_at(uow: UnitOfWork, config: Config) -> datetime | None:
    """Return since when trust is as it is; None when nobody is trusted at all."""
    made = uow.session.scalar(
        select(SealAuthority.made_at).order_by(SealAuthority.made_at.desc()).limit(1)
    )
    times = [made] if made else []
    if config.trusted_certificates is not None and config.trusted_certificates.is_file():
        changed = config.trusted_certificates.stat().st_mtime
        times.append(datetime.fromtimestamp(changed, UTC))
    return max(times, default=None)


def examine(
    cage: Cage,
    known: Anchors,
    at: datetime,
    content: Iterable[bytes],
    *,
    digests: Collection[str] = (),
    is_mail: bool = False,
) -> Findings:
    """Examine all signatures of a file in the cage; whatever the file does, this returns.

    Args:
        content: The bytes of the file, in chunks; consumed once.
        digests: Of the files that it may stand beside, if it is a signature in a file of its own.
        is_mail: Whether it is a mail, whose pieces may be signed.
    """
    job = {
        "own": [b64encode(each).decode() for each in known.own],
        "trusted": [b64encode(each).decode() for each in known.trusted],
        "at": at.isoformat(),
        "digests": list(digests),
        "mail": is_mail,
    }
    try:
        answer, _ = in_cage(cage, "inspect", job, content)
        return _findings(answer)
    except Refused as refusal:
        return Findings(reason_code=refusal.code, reason_message=refusal.message)


def booked(uow: UnitOfWork, findings: Findings) -> Findings:
    """Note which signatures stand in a file that is, or begins with, one of our stamped copies."""
    digests = {digest: length for length, digest in findings.revisions}
    query = select(SealUsage.result_sha256).where(SealUsage.result_sha256.in_(digests))
    lengths = [digests[each] for each in uow.session.scalars(query) if each is not None]
    reach = max(lengths, default=0)
    return replace(
        findings,
        verdicts=tuple(
            each.but(booked=each.revision_bytes is not None and each.revision_bytes <= reach)
            for each in findings.verdicts
        ),
    )


def known_here(uow: UnitOfWork, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return verdicts with what our own register knows of the certificates; one query.

    A certificate that was ended counts for what a trusted timestamp or our own book proves to be
    older. Trust that a file found while it was examined is never raised for a broken signature.
    """
    found = list(verdicts)
    serials = {each.serial for each in found if each.serial}
    query = (
        select(SealCertificate, Seal.name)
        .join(Seal, Seal.id == SealCertificate.seal_id)
        .where(SealCertificate.serial.in_(serials))
    )
    rows = uow.session.execute(query).all() if serials else []
    ours = {sha256(row[0].certificate).hexdigest(): row[0] for row in rows}
    return [_with(each, ours.get(each.certificate or "")) for each in found]


def _with(verdict: Verdict, ours: SealCertificate | None) -> Verdict:
    if ours is None:
        return verdict
    verdict = verdict.but(is_seal=True)
    if verdict.integrity not in _SOUND or verdict.note in (Note.WEAK, Note.USAGE):
        return verdict
    ended = ours.ended_at
    proven = verdict.booked or (
        verdict.timestamped_at is not None and (ended is None or verdict.timestamped_at < ended)
    )
    if ended is not None and not proven:
        return verdict.but(trust=Trust.REVOKED)
    if ended is not None or (verdict.trust is Trust.EXPIRED and proven):
        return verdict.but(trust=Trust.OWN, note=verdict.note or Note.PROVEN)
    return verdict if verdict.trust is Trust.EXPIRED else verdict.but(trust=Trust.OWN)


def _read(path: Path | None) -> list[bytes]:
    if path is None:
        return []
    try:
        held = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        # `doctor` says so; until it is mended these signers are unknown, which is safe.
        return []
    return [each.public_bytes(Encoding.DER) for each in held]


def _findings(answer: dict[str, Any]) -> Findings:
    try:
        code = answer["reason_code"]
        message = answer["reason_message"]
        return Findings(
            verdicts=tuple(
                Verdict.from_json(each) for each in list(answer["verdicts"])[:MOST_VERDICTS]
            ),
            reason_code=None if code is None else str(code)[:40],
            reason_message=None if message is None else str(message)[:300],
            revisions=tuple((int(each[0]), str(each[1])) for each in answer["revisions"]),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused("crashed", "the child's answer is garbled") from error
