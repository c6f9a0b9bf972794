"""The log for those who check it: its key, signed checkpoints, and proofs of single entries."""

import base64
from collections.abc import Sequence
from datetime import date

from flask import Response, request

from records.audit.checkpoints import (
    checkpoint_over,
    ensure_log_key,
    issue_checkpoint,
    log_key,
    log_origin,
    prove_growth,
)
from records.audit.copies import place_states
from records.audit.proofs import LogTree
from records.core.errors import Invalid, NotFound
from records.core.idempotency import Answer
from records.core.log import LogEntry
from records.core.outside import outside_places
from web.api.bodies import integer, obj, string
from web.api.declaring import Answered, Parameter, endpoint, number
from web.api.round_schemas import ref
from web.boundary import office, reading, writing
from web.log_periods import period_response
from web.permissions import LOG_EXPORTERS, LOG_READERS, SIGNED_IN

_TAG = "log"
_MOST = 2**53
_SEQUENCE = Parameter(
    "sequence", "Place of the entry, from 0.", integer(minimum=0, maximum=_MOST), required=True
)
_OLD = Parameter(
    "old", "Entries of the older checkpoint.", integer(minimum=0, maximum=_MOST), required=True
)
_FROM = Parameter("from", "First day.", {"type": "string", "format": "date"}, required=True)
_TO = Parameter("to", "Last day.", {"type": "string", "format": "date"}, required=True)
_BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}
_COPIES = {
    "type": "array",
    "items": obj(
        {
            "place": string("The address without its secrets."),
            "way": string("folder, mail, webhook, bucket or timestamp."),
            "size": {"type": ["integer", "null"], "description": "Entries of the last copy."},
            "at": {"type": ["string", "null"], "description": "When it was taken."},
            "error": {"type": ["string", "null"], "description": "Why the next was not taken."},
            "attempts": integer("How often the next was tried.", minimum=0),
            "late": {"type": "boolean", "description": "Whether it has waited too long."},
        },
        *("place", "way", "size", "at", "error", "attempts", "late"),
    ),
}


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


@endpoint(
    "GET",
    "/log/growth",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Prove that the log continues an older one",
    parameters=(_OLD,),
    answers=[
        Answered(
            200,
            "The form in which witnesses take it (C2SP tlog-witness); hashes alone.",
            {"type": "string"},
            "text/plain",
        )
    ],
    refusals=(404, 422, 503),
)
def show_growth() -> Response:
    """The proof leads from the root of the older checkpoint to that of a new one (RFC 6962)."""
    with writing() as uow:
        checkpoint = issue_checkpoint(uow, office().vault, origin=_origin())
        text = prove_growth(uow, old_size=number(_OLD), checkpoint=checkpoint)
    return Response(text, content_type="text/plain; charset=utf-8")


@endpoint(
    "GET",
    "/log/period",
    tag=_TAG,
    permission=LOG_EXPORTERS,
    summary="Give all entries of some days, signed and with their proofs",
    parameters=(_FROM, _TO),
    answers=[
        Answered(200, "`docs/formats/log.md` tells the format.", _BYTES, "application/octet-stream")
    ],
    refusals=(403, 422, 503),
)
def show_period() -> Response:
    """What an entry told is in it when the caller may know it. That it was given is logged."""
    return period_response(_day(_FROM), _day(_TO))


@endpoint(
    "GET",
    "/log/copies",
    tag=_TAG,
    permission=LOG_READERS,
    summary="Tell how the places outside stand that get copies of checkpoints",
    answers=[Answered(200, "In the order of the setting.", obj({"items": _COPIES}, "items"))],
)
def list_copies() -> Answer:
    """A place that does not take its copy says why, and how often it was tried."""
    with reading() as uow:
        states = place_states(uow, outside_places(office().config.checkpoint_copies))
    return Answer({"items": [each.as_json() for each in states]})


def _day(parameter: Parameter) -> date:
    try:
        return date.fromisoformat(request.args.get(parameter.name, ""))
    except ValueError:
        raise Invalid("Write a day as in 2026-01-31.", field=parameter.name) from None


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]
