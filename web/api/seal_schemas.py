"""Seals, their custody and their checks as JSON Schema; `schemas` has the rest."""

from records.seals.rules import (
    ApproverKind,
    CheckResult,
    Matter,
    SealKind,
    SealState,
    Shape,
)
from web.api.bodies import Schema, integer, nullable, obj, one_of, string
from web.api.named import PERSON
from web.api.schemas import DAY, ID, SCHEMAS, TEXT, TIME, page_of, ref

__all__ = ["ENTRY", "FINDING", "STEP", "page_of", "ref"]

_MM = {"type": "number", "description": "Millimetres."}
_PERSON = obj({"id": ID, "name": TEXT}, "id", "name")
_YES_OR_NO = {"type": "boolean"}
_VERSION = integer("Also the ETag; If-Match takes it.", minimum=1)

# What is entered of a seal; the height may be left out of a round or square one.
ENTRY: dict[str, Schema] = {
    "name": string("The words on it.", minLength=1),
    "kind": one_of(SealKind),
    "shape": one_of(Shape),
    "width_mm": _MM,
    "height_mm": _MM,
    "issuer": string("Who made it, or allowed it to be made.", minLength=1),
    "unit": string("Code of the unit whose seal it is.", minLength=1),
    "start_on": DAY,
    "stop_on": nullable(DAY),
    "emblem": nullable(TEXT),
    "material": nullable(TEXT),
    "check_every_months": nullable(integer("Months between checks.", minimum=1, maximum=60)),
    "remarks": nullable(TEXT),
}
STEP = obj(
    {
        "approver": one_of(ApproverKind),
        "post": nullable({**ID, "description": "The post, where `approver` is one."}),
        "when_matter": nullable(one_of(Matter)),
        "when_amount_cents": nullable(integer("From this amount on, in cents.", minimum=1)),
        "when_outside": _YES_OR_NO,
    },
    "approver",
)
FINDING = obj(
    {"seal": ID, "result": one_of(CheckResult), "remarks": nullable(TEXT)}, "seal", "result"
)

_OUTSIDE = obj(
    {
        "usage": ID,
        "applicant": _PERSON,
        "escort": nullable(TEXT),
        "place": TEXT,
        "since": TIME,
        "due_back_at": nullable(TIME),
    }
)
_LINE: dict[str, Schema] = {
    "id": ID,
    "code": string("Begins the numbers of its book."),
    **ENTRY,
    "state": one_of(SealState),
    "keeper": nullable(_PERSON),
    "outside": nullable(_OUTSIDE),
    "late": _YES_OR_NO,
    "expired": {**_YES_OR_NO, "description": "Its last day is over."},
    "checked_at": nullable(TIME),
    "check_due_on": nullable(DAY),
    "check_due": _YES_OR_NO,
    "version": _VERSION,
}


def _whole(properties: dict[str, Schema]) -> Schema:
    """Return the schema of an object that always has all its properties."""
    return obj(properties, *properties)


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


SCHEMAS.update(
    {
        "SealLine": _whole(_LINE),
        "SealHandover": _whole(
            {
                "id": ID,
                "seal": ID,
                "code": TEXT,
                "name": string("Name of the seal."),
                "giver": _PERSON,
                "taker": _PERSON,
                "witness": _PERSON,
                "reason": TEXT,
                "asked_at": TIME,
                "giver_at": nullable(TIME),
                "taker_at": nullable(TIME),
                "witness_at": nullable(TIME),
                "done_at": nullable(TIME),
                "cancelled_at": nullable(TIME),
            }
        ),
        "SealCheck": _whole(
            {
                "id": ID,
                "seal": ID,
                "result": one_of(CheckResult),
                "remarks": nullable(TEXT),
                "checked_at": TIME,
            }
        ),
        "SealCheckLine": _whole(
            {
                "seal": ID,
                "code": TEXT,
                "name": TEXT,
                "state": one_of(SealState),
                "unit": TEXT,
                "keeper": nullable(TEXT),
                "checked_at": nullable(TIME),
                "due_on": nullable(DAY),
                "due": _YES_OR_NO,
            }
        ),
        "SealChoice": _whole(
            {
                "id": ID,
                "code": TEXT,
                "name": TEXT,
                "kind": one_of(SealKind),
                "unit": string("Code of the unit whose seal it is."),
            }
        ),
    }
)
SCHEMAS["Seal"] = _whole(
    {
        **_LINE,
        "rule": _list(STEP),
        "handover": nullable({**SCHEMAS["SealHandover"], "type": "object"}),
        "custody": _list(
            obj(
                {
                    "keeper": _PERSON,
                    "from_at": TIME,
                    "until_at": nullable(TIME),
                    "handover": ID,
                }
            )
        ),
        "history": _list(
            obj(
                {
                    "state": one_of(SealState),
                    "at": TIME,
                    "by": nullable(TEXT),
                    "reason": nullable(TEXT),
                    "witness": nullable(TEXT),
                }
            )
        ),
        "checks": _list(
            obj(
                {
                    "result": one_of(CheckResult),
                    "at": TIME,
                    "by": TEXT,
                    "remarks": nullable(TEXT),
                }
            )
        ),
    }
)
PEOPLE = {"taker": PERSON, "witness": PERSON}
