"""What the worker hands to the press in the cage, and how it takes back what comes out.

No PDF is parsed here. What comes back is believed only as far as bytes can be compared: it must
begin with the original, byte for byte, leave room for the signature where it says, and have the
digest that it says.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.seals.caged import Refused
from records.seals.pages.boxes import hundredths
from records.seals.pages.plan import StampingPlan

ALGORITHM = "sha256"
_REVISION_BYTES = 64 << 20


@dataclass(frozen=True)
class Prepared:
    """A PDF that only waits for its signature.

    Attributes:
        pdf: The whole file.
        digest: SHA-256 of all but the room for the signature.
        signature_at: Where that room begins, at its `<`.
        signature_bytes: How many bytes the signature may have (DER).
        field: Name of the signature field.
    """

    pdf: bytes
    digest: bytes
    signature_at: int
    signature_bytes: int
    field: str

    @property
    def facts(self) -> dict[str, Any]:
        """What `signer.sign_digest` wants to know."""
        return {
            "digest": self.digest.hex(),
            "algorithm": ALGORITHM,
            "signature_at": self.signature_at,
            "signature_bytes": self.signature_bytes,
        }


def press_job(
    plan: StampingPlan,
    *,
    imprint: bytes,
    width_mm: float,
    height_mm: float,
    check_address: str | None,
    signed_at: datetime,
    name: str,
    reason: str | None,
    location: str | None,
    room: int,
    revocation: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    """Return the job for the task `prepare`.

    Args:
        imprint: PNG; it is drawn `width_mm` by `height_mm` large.
        check_address: What the QR code says, when the plan has a place for one.
        signed_at: Aware; stands in the signature.
        name: Who signs: the name of the seal.
        room: Bytes that the signature may take (`signer.room_for`).
        revocation: `RevocationData.to_job()`, for a signature of level B-LT.
    """
    return {
        "plan": plan.to_json(),
        "imprint": b64encode(imprint).decode(),
        "width": hundredths(width_mm),
        "height": hundredths(height_mm),
        "check_address": check_address,
        "signed_at": signed_at.isoformat(),
        "name": name,
        "reason": reason,
        "location": location,
        "room": room,
        "revocation": revocation,
    }


def read_prepared(
    answer: Mapping[str, Any], pdf: bytes, *, original_sha256: str, original_bytes: int, room: int
) -> Prepared:
    """Return what the task `prepare` has made of an original, once its words are checked.

    Args:
        original_sha256: Hexadecimal digest of the file that was to be stamped.
        original_bytes: Its length.
        room: As it was asked for.

    Raises:
        Refused: What came back is not the original with one more revision (`crashed`).
    """
    at, field = answer.get("signature_at"), answer.get("field")
    if not isinstance(at, int) or not isinstance(field, str):
        raise Refused("crashed", "the answer of the press is garbled")
    end = at + 2 * room + 2
    whole = memoryview(pdf)
    start = hashlib.sha256(whole[:original_bytes]).hexdigest()
    if not hmac.compare_digest(start, original_sha256):
        raise Refused("crashed", "the stamped file does not begin with the original")
    if not original_bytes < at < end < len(pdf) <= original_bytes + _REVISION_BYTES + end - at:
        raise Refused("crashed", "the room for the signature lies at a wrong place")
    if pdf[at : at + 1] != b"<" or pdf[end - 1 : end] != b">" or pdf[at + 1 : end - 1].strip(b"0"):
        raise Refused("crashed", "there is no room for the signature")
    digest = hashlib.sha256(whole[:at])
    digest.update(whole[end:])
    return Prepared(pdf, digest.digest(), at, room, field[:100])


def fill(prepared: Prepared, cms: bytes) -> bytes:
    """Return the signed PDF: the signature put into the room that was left for it.

    Raises:
        Refused: It takes more room than there is (`too_large`).
    """
    if len(cms) > prepared.signature_bytes:
        raise Refused("too_large", f"a signature of {len(cms)} bytes")
    begin = prepared.signature_at + 1
    digits = cms.hex().upper().encode()
    return b"".join(
        (
            memoryview(prepared.pdf)[:begin],
            digits,
            memoryview(prepared.pdf)[begin + len(digits) :],
        )
    )
