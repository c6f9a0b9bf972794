"""The log for those who check it: its key, signed checkpoints, and proofs of single entries."""

import base64
from collections.abc import Sequence

from records.audit.checkpoints import (
    checkpoint_over,
    ensure_log_key,
    issue_checkpoint,
    log_key,
    log_origin,
)
from records.audit.proofs import LogTree
from records.core.errors import NotFound
from records.core.idempotency import Answer
from records.core.log import LogEntry
from web.api.bodies import integer, obj, string
from web.api.declaring import Answered, Parameter, endpoint, number
from web.api.round_schemas import ref
from web.boundary import office, reading, writing
from web.permissions import SIGNED_IN

_TAG = "log"
_MOST = 2**53
_SEQUENCE = Parameter(
    "sequence", "Place of the entry, from 0.", integer(minimum=0, maximum=_MOST), required=True
)


def _origin() -> str:
    return log_origin(office().config.public_url)


@endpoint(
    "GET",
    "/log/key",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give the public key of the log",
    answers=[
        Answered(
            200,
            "Keep it: it checks every receipt and checkpoint.",
            obj({"key": string("As C2SP writes it: name+hash+base64.")}, "key"),
        )
    ],
)
def show_log_key() -> Answer:
    """It is made at first use, and stays."""
    with reading() as uow:
        key = log_key(uow)
    if key is None:
        with writing() as uow:
            key = ensure_log_key(uow, office().vault, origin=_origin())
    return Answer({"key": key.text()})


@endpoint(
    "GET",
    "/log/checkpoint",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give a signed checkpoint of the log as it is now",
    answers=[Answered(200, "It agrees with every earlier one.", ref("Checkpoint"))],
    refusals=(503,),
)
def show_checkpoint() -> Answer:
    """Whoever keeps checkpoints can tell later whether the log was changed."""
    with writing() as uow:
        found = issue_checkpoint(uow, office().vault, origin=_origin())
    return Answer(
        {
            "size": found.size,
            "root": base64.b64encode(found.root).decode(),
            "note": found.note,
            "signed_at": found.signed_at.isoformat(),
        }
    )


@endpoint(
    "GET",
    "/log/proof",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Prove that an entry stands in the log",
    parameters=(_SEQUENCE,),
    answers=[Answered(200, "Hashes alone: nothing of what the entry tells.", ref("Proof"))],
    refusals=(404, 422, 503),
)
def show_proof() -> Answer:
    """The path leads from the entry's hash to the root of the checkpoint (RFC 6962)."""
    sequence = number(_SEQUENCE)
    with writing() as uow:
        checkpoint = checkpoint_over(uow, office().vault, sequence=sequence, origin=_origin())
    with reading() as uow:
        entry = uow.session.get(LogEntry, sequence)
        if entry is None:
            raise NotFound
        path = LogTree(uow, checkpoint.size).path(sequence)
    return Answer(
        {
            "sequence": sequence,
            "leaf_hash": _encoded([entry.leaf_hash])[0],
            "path": _encoded(path),
            "checkpoint": checkpoint.note,
        }
    )


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]
