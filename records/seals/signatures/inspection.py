"""The caged task `inspect`: every signature of a PDF examined with pyHanko, without any network.

pyHanko answers for the cryptography, the chain of certificates and the difference analysis of
what was added later (`pyhanko.sign.diff_analysis`). What it takes on trust is looked at again on
the bytes: the hole of the signature (`coverage`) and the envelope around it (`envelopes`). Files
that break the rules of PDF are read leniently as a last resort, and then nothing but a signature
over the whole file as it stands is called intact.
"""

import asyncio
import base64
import io
import logging
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
)

from records.seals.caged import Refused
from records.seals.signatures import coverage, envelopes, signatories
from records.seals.signatures.apart import examine_envelope, examine_mail, is_envelope
from records.seals.signatures.verdicts import (
    MOST_VERDICTS,
    Change,
    Integrity,
    Note,
    SignatureKind,
    Trust,
    Verdict,
)
from search.reading import Limits

_USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_SOUND = (Integrity.INTACT, Integrity.EXTENDED)
_KNOWN = (Trust.OWN, Trust.TRUSTED)
Status = PdfSignatureStatus | DocumentTimestampStatus

# What they tell their logs about every bad signature is in the verdicts.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Examined:
    verdict: Verdict
    embedded: EmbeddedPdfSignature | None = None


def inspect(
    job: dict[str, Any], content: bytes | mmap.mmap, _limits: Limits
) -> tuple[dict[str, Any], bytes]:
    """Examine all signatures of a file; whatever the file is, this answers.

    Args:
        job: `own` and `trusted`: certificates of authorities as base64 of DER; `at`: the time for
            which is asked, ISO 8601; `mail`: whether it is a mail; `digests`: of what a signature
            in a file of its own may stand beside.
        content: The file.

    Returns:
        `verdicts` as `Verdict.to_json` makes them, `reason_code` and `reason_message` when the
        file could not be examined, and `revisions` as `coverage.revisions` tells them.
    """
    inspection = _Inspection(memoryview(content), job)
    if job.get("mail") or is_envelope(content[:64]):
        return inspection.answer_of_cms(), b""
    return inspection.answer(), b""


class _Inspection:
    """One file and what is known of the world while it is examined."""

    def __init__(self, content: memoryview, job: Mapping[str, Any]) -> None:
        self._content = content
        own = [base64.b64decode(each) for each in job.get("own", ())]
        trusted = [base64.b64decode(each) for each in job.get("trusted", ())]
        at = datetime.fromisoformat(job["at"]) if job.get("at") else datetime.now(UTC)
        self._world = signatories.World(own=frozenset(own), trusted=frozenset(trusted), at=at)
        self._digests = frozenset(job.get("digests", ()))
        self._is_mail = bool(job.get("mail"))
        self._strict = True

    def answer(self) -> dict[str, Any]:
        try:
            examined = self._examine_all()
        except Refused as refusal:
            return _answer([], refusal.code, refusal.message)
        except RecursionError:
            return _answer([], "damaged", "nested too deeply")
        except Exception as error:  # noqa: BLE001 - libraries raise anything on damaged files
            return _answer([], "damaged", f"{type(error).__name__}: {error}"[:200])
        verdicts = [each.to_json() for each in self._settled(examined)]
        revisions = coverage.revisions(self._content) if verdicts else []
        return {**_answer(verdicts), "revisions": [list(each) for each in revisions]}

    def answer_of_cms(self) -> dict[str, Any]:
        content = bytes(self._content)
        try:
            if self._is_mail:
                found = examine_mail(content, self._world)
            else:
                found = examine_envelope(content, self._world, self._digests)
        except Refused as refusal:
            return _answer([], refusal.code, refusal.message)
        except Exception as error:  # noqa: BLE001 - as below
            return _answer([], "damaged", f"{type(error).__name__}: {error}"[:200])
        return _answer([each.to_json() for each in found])

    def _examine_all(self) -> list[_Examined]:
        reader, fields = self._fields()
        self._world = self._world.with_proofs_of(reader)
        found = [self._examine(reader, name, field) for name, field in fields[:MOST_VERDICTS]]
        return sorted(found, key=lambda each: each.verdict.revision_bytes or len(self._content))

    def _fields(self) -> tuple[PdfFileReader, list[tuple[str, Any]]]:
        """Open the file, strictly if it can be, and find the fields that are signed."""
        try:
            reader = self._open()
            return reader, _signed_fields(reader)
        except Refused:
            raise
        except Exception:  # noqa: BLE001 - as above
            self._strict = False
            reader = self._open()
            return reader, _signed_fields(reader)

    def _open(self) -> PdfFileReader:
        reader = PdfFileReader(io.BufferedReader(_View(self._content)), strict=self._strict)
        if reader.encrypted:
            handler = reader.security_handler
            if not isinstance(handler, StandardSecurityHandler):
                raise Refused("encrypted", "encrypted for certain people")
            if reader.decrypt("").status is AuthStatus.FAILED:
                raise Refused("encrypted", "needs a password")
        return reader

    def _examine(self, reader: PdfFileReader, name: str, field: Any) -> _Examined:
        blank = Verdict(field=name, kind=SignatureKind.SIGNATURE, integrity=Integrity.UNREADABLE)
        try:
            embedded = EmbeddedPdfSignature(reader, field, name)
        except Exception:  # noqa: BLE001 - as above
            return _Examined(blank.but(note=_why_not(field)))
        try:
            verdict = signatories.described(blank, embedded)
        except Exception:  # noqa: BLE001 - as above
            return _Examined(blank.but(note=Note.MALFORMED))
        end = coverage.signed_end(self._content, embedded.byte_range, embedded.pkcs7_content)
        verdict = verdict.but(revision_bytes=end)
        try:
            status = asyncio.run(self._validated(embedded, self._world))
            return _Examined(self._judged(verdict, embedded, status), embedded)
        except Exception as error:  # noqa: BLE001 - as above
            return _Examined(_refused(verdict, error))

    async def _validated(
        self, embedded: EmbeddedPdfSignature, world: signatories.World, *, again: bool = False
    ) -> Status:
        context = world.context(embedded)
        if embedded.sig_object_type == "/DocTimeStamp":
            return await async_validate_pdf_timestamp(embedded, context, skip_diff=again)
        return await async_validate_pdf_signature(
            embedded,
            signer_validation_context=context,
            ts_validation_context=replace(world, at=self._world.at).context(embedded),
            key_usage_settings=_USAGE,
            skip_diff=again,
        )

    def _judged(self, verdict: Verdict, embedded: EmbeddedPdfSignature, status: Status) -> Verdict:
        trusting = status
        if self._world.is_outdated(status):
            bare = self._world.without_lists()
            trusting = asyncio.run(self._validated(embedded, bare, again=True))
        trust, note = self._world.trust(trusting)
        proven = signatories.proven_time(trusting)
        verdict = verdict.but(trust=trust, note=note, timestamped_at=proven)
        if trust in _KNOWN and self._was_revoked(embedded, proven):
            verdict = verdict.but(trust=Trust.REVOKED)
        return self._integrity(verdict, embedded, status, trusting)

    def _was_revoked(self, embedded: EmbeddedPdfSignature, proven: datetime | None) -> bool:
        try:
            revoked = self._world.revoked_at(embedded)
        except Exception:  # noqa: BLE001 - as above
            return False
        return revoked is not None and (proven is None or revoked <= proven)

    def _integrity(
        self, verdict: Verdict, embedded: EmbeddedPdfSignature, status: Status, trusting: Status
    ) -> Verdict:
        damage = self._damage(embedded, status, own=verdict.trust is Trust.OWN)
        if damage is not None:
            return verdict.but(integrity=Integrity.BROKEN, note=damage)
        end = verdict.revision_bytes
        if end is None or status.coverage is None:
            return verdict.but(integrity=Integrity.CHANGED, note=Note.NOT_COVERED)
        if end == len(self._content) and status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
            return _noted(verdict.but(integrity=Integrity.INTACT, whole=True), trusting)
        if not self._strict:
            return verdict.but(integrity=Integrity.UNREADABLE, note=Note.AMBIGUOUS)
        if status.coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
            return verdict.but(integrity=Integrity.CHANGED, note=Note.NOT_COVERED)
        revisions = embedded.reader.xrefs.total_revisions - 1
        last = coverage.last_end(self._content) if embedded.signed_revision < revisions else end
        if last < end or not coverage.is_blank(self._content, last):
            return verdict.but(integrity=Integrity.CHANGED, note=Note.APPENDED)
        return _noted(_compared(verdict, embedded, status), trusting)

    def _damage(self, embedded: EmbeddedPdfSignature, status: Status, *, own: bool) -> Note | None:
        """Return what is broken of the signature itself."""
        if not status.intact:
            # Without signed attributes the two cannot be told apart.
            return Note.DIGEST
        if not status.valid:
            return Note.SIGNATURE
        stamp = getattr(status, "timestamp_validity", None)
        if stamp is not None and not (stamp.intact and stamp.valid):
            return Note.TIMESTAMP_BROKEN
        try:
            sound = envelopes.is_sound(embedded.pkcs7_content, self._world.anchors, own=own)
        except Exception:  # noqa: BLE001 - as above
            sound = False
        return None if sound else Note.ENVELOPE

    def _settled(self, examined: Sequence[_Examined]) -> list[Verdict]:
        """Bring in what only all signatures together tell: later timestamps, what was added."""
        verdicts = [self._proven(each, examined) for each in examined]
        kinds = {each.field: each.kind for each in verdicts}
        return [
            each.but(changes=tuple(_named(change, kinds) for change in each.changes))
            for each in verdicts
        ]

    def _proven(self, one: _Examined, examined: Sequence[_Examined]) -> Verdict:
        """Ask again for the time that a timestamp proves, where a certificate expired since."""
        verdict = one.verdict
        stamps = [
            each.verdict.timestamped_at
            for each in examined
            if each.verdict.kind is SignatureKind.TIMESTAMP
            and each.verdict.integrity in _SOUND
            and each is not one
            and (each.verdict.revision_bytes or 0) > (verdict.revision_bytes or 0)
        ]
        times = [each for each in (verdict.timestamped_at, *stamps) if each is not None]
        if one.embedded is None or verdict.kind is SignatureKind.TIMESTAMP or not times:
            return verdict
        if stamps and verdict.level in ("B-B", "B-T", "B-LT") and self._world.has_proofs:
            verdict = verdict.but(level="B-LTA")
        verdict = verdict.but(timestamped_at=min(times))
        if verdict.trust is not Trust.EXPIRED or verdict.integrity not in _SOUND:
            return verdict
        then = self._world.without_lists().at_time(min(times))
        try:
            status = asyncio.run(self._validated(one.embedded, then, again=True))
        except Exception:  # noqa: BLE001 - as above
            return verdict
        trust, _ = then.trust(status)
        if trust not in _KNOWN or self._was_revoked(one.embedded, min(times)):
            return verdict
        return verdict.but(trust=trust, note=Note.PROVEN)


class _View(io.RawIOBase):
    """A file in memory that is not copied for being read."""

    def __init__(self, content: memoryview) -> None:
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        piece = self._content[self._at : self._at + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _signed_fields(reader: PdfFileReader) -> list[tuple[str, Any]]:
    return [(name, field) for name, _, field in enumerate_sig_fields(reader, filled_status=True)]


def _why_not(field: Any) -> Note:
    """Tell a signature of a kind that is not supported from one that is malformed."""
    try:
        kind = field.get_object()["/V"].get("/SubFilter")
        SigSeedSubFilter(kind)
    except ValueError:
        return Note.UNSUPPORTED
    except Exception:  # noqa: BLE001 - as above
        return Note.MALFORMED
    return Note.MALFORMED


def _refused(verdict: Verdict, error: Exception) -> Verdict:
    if isinstance(error, SignatureValidationError):
        if "hybrid" in str(error):
            return verdict.but(note=Note.AMBIGUOUS)
        if "SubFilter" in str(error):
            return verdict.but(note=Note.UNSUPPORTED)
        return verdict.but(integrity=Integrity.BROKEN, note=Note.MALFORMED)
    unknown = isinstance(error, AttributeError | NotImplementedError | KeyError) or (
        "upported" in type(error).__name__
    )
    return verdict.but(note=Note.UNSUPPORTED if unknown else Note.MALFORMED)


def _noted(verdict: Verdict, status: Status) -> Verdict:
    """Say what else has to be known of a signature that fits."""
    if verdict.note is not None or not isinstance(status, PdfSignatureStatus):
        return verdict
    if not status.seed_value_ok:
        return verdict.but(note=Note.CONSTRAINTS)
    stamp = status.timestamp_validity
    unknown = stamp is not None and not stamp.trusted
    return verdict.but(note=Note.TIMESTAMP_UNKNOWN) if unknown else verdict


def _compared(verdict: Verdict, embedded: EmbeddedPdfSignature, status: Status) -> Verdict:
    """Judge what was added after signing."""
    found = status.diff_result
    if not isinstance(found, DiffResult) or found.modification_level is ModificationLevel.OTHER:
        return verdict.but(integrity=Integrity.CHANGED, note=Note.CONTENT)
    allowed = embedded.docmdp_level
    if allowed is not None and found.modification_level.value > allowed.value:
        return verdict.but(integrity=Integrity.CHANGED, note=Note.FORBIDDEN)
    changes = [Change(kind="field", name=each) for each in sorted(found.changed_form_fields)]
    if not changes and found.modification_level is not ModificationLevel.NONE:
        changes = [Change(kind="proof")]
    return verdict.but(integrity=Integrity.EXTENDED, changes=tuple(changes))


def _named(change: Change, kinds: Mapping[str, SignatureKind]) -> Change:
    """Tell a signature that was added from a field that was filled in."""
    kind = kinds.get(change.name or "")
    if change.kind != "field" or kind is None:
        return change
    stamp = kind is SignatureKind.TIMESTAMP
    return Change(kind="timestamp" if stamp else "signature", name=change.name)


def _answer(
    verdicts: list[dict[str, Any]], code: str | None = None, message: str | None = None
) -> dict[str, Any]:
    return {"verdicts": verdicts, "reason_code": code, "reason_message": message, "revisions": []}
