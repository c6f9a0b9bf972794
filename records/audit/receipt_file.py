"""The receipt as a file that anybody can check, and the verdict on such a file.

`docs/formats/receipt.md` is the specification; `verify_receipt.py` is what a stranger runs, and the
verdict here comes from the same code.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from sqlalchemy import select

from records.audit.checkpoints import checkpoint_over, log_key
from records.audit.notes import encoded
from records.audit.proofs import LogTree
from records.audit.verify_log import Untrue
from records.audit.verify_receipt import FORMAT, verify
from records.circulation.receipts import get_receipt
from records.core.database import UnitOfWork
from records.core.errors import Unavailable
from records.core.log import LogEntry, LogObject, LogPayload, canonical_payload, leaf_of
from records.people.rules import Actor
from storage import Vault

SIGNED = "receipt.signed"
ENROLLED = "key.enrolled"
UNTRUSTED = "untrusted log: nobody vouches for its key"


@dataclass(frozen=True)
class Verdict:
    """What there is to say about a receipt file.

    Attributes:
        ok: Whether all of it is true and stands in the log whose key was given.
        reason: Why not; None when it is.
        claims: The body of the receipt as the file tells it, true or not; None when it tells none.
    """

    ok: bool
    reason: str | None
    claims: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as `chancery receipt verify --json` prints it."""
        return {"ok": self.ok, "reason": self.reason, "claims": self.claims}


def verify_receipt(file: bytes, log_key: str | None) -> Verdict:
    """Judge a receipt file.

    Args:
        log_key: The verifier key of the log, from elsewhere than the file; without one the verdict
            is never good, and the reason is the log when all else is true.
    """
    try:
        verify(file, log_key)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with a file, it is not true
        return Verdict(False, fault_of(error), _claims(file))
    return Verdict(True, None, _claims(file))


def receipt_file(
    uow: UnitOfWork, vault: Vault, actor: Actor, receipt_id: UUID, *, origin: str
) -> bytes:
    """Return a receipt with the proofs that it and the reader's key stand in the log.

    The first time, a checkpoint may have to be issued: the unit must be a writing one then.

    Args:
        origin: Name that the log gets if it has none yet, `log_origin(config.public_url)`.

    Raises:
        NotFound: There is no such receipt for this person.
        Unavailable: The log no longer agrees with the receipt.
    """
    receipt = get_receipt(uow, actor, receipt_id)
    signed = _entry(uow, receipt.id, SIGNED)
    enrolled = _entry(uow, receipt.key_id, ENROLLED)
    checkpoint = checkpoint_over(uow, vault, sequence=signed.sequence, origin=origin)
    tree = LogTree(uow, checkpoint.size)
    file = canonical_payload(
        {
            "body": json.loads(receipt.body),
            "checkpoint": checkpoint.note,
            "enrolment": _proved(uow, tree, enrolled),
            "entry": _proved(uow, tree, signed),
            "format": FORMAT,
            "signature": receipt.signature,
        }
    )
    key = log_key(uow)
    if key is None or not verify_receipt(file, key.text()).ok:
        raise Unavailable("This receipt and the log do not agree. Run chancery verify.")
    return file


def fault_of(error: Exception) -> str:
    """Say in words why something did not verify."""
    if isinstance(error, Untrue):
        return str(error)
    if isinstance(error, InvalidSignature):
        return "the signature is false"
    return f"this is no receipt: {type(error).__name__}: {error}"


def _entry(uow: UnitOfWork, object_id: UUID, kind: str) -> LogEntry:
    """Return the first entry of a kind about a thing."""
    query = (
        select(LogEntry)
        .join(LogObject, LogObject.sequence == LogEntry.sequence)
        .where(LogObject.object_id == object_id, LogEntry.kind == kind)
        .order_by(LogEntry.sequence)
        .limit(1)
    )
    found = uow.session.scalar(query)
    if found is None:
        raise Unavailable("This receipt and the log do not agree. Run chancery verify.")
    return found


def _proved(uow: UnitOfWork, tree: LogTree, entry: LogEntry) -> dict[str, Any]:
    told = uow.session.get(LogPayload, entry.sequence)
    if told is None:
        raise Unavailable("What the log told of this receipt was erased.")
    return {
        "leaf": json.loads(leaf_of(entry).canonical()),
        "path": [encoded(each) for each in tree.path(entry.sequence)],
        "payload": json.loads(told.payload),
        "salt": told.salt.hex(),
    }


def _claims(file: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(file)["body"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
