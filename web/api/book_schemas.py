"""Seal books, their statistics and numbered copies as JSON Schema; `schemas` has the rest."""

from records.documents.rules import CopyState
from records.seals.rules import Matter, SealMedium, UsageState
from web.api.bodies import Schema, integer, nullable, obj, one_of, string
from web.api.schemas import COUNT, DAY, ID, SCHEMAS, SHA256, TEXT, TIME, page_of, ref

__all__ = ["page_of", "ref"]


def _whole(properties: dict[str, Schema]) -> Schema:
    """Return the schema of an object that always has all its properties."""
    return obj(properties, *properties)


_YES_OR_NO = {"type": "boolean"}
_CONTENT = _whole(
    {
        "document": ID,
        "document_number": TEXT,
        "title": TEXT,
        "matter": TEXT,
        "matter_kind": one_of(Matter),
        "recipient": TEXT,
        "pages": COUNT,
        "place": TEXT,
        "escort": nullable(TEXT),
        "remarks": nullable(TEXT),
        "withdrawn_reason": nullable(TEXT),
        "approvers": {"type": "array", "items": TEXT},
    }
)
_FIGURES = _whole(
    {
        "name": string("Of a seal or a unit; of a kind or a medium its code."),
        "code": TEXT,
        "uses": COUNT,
        "before": integer("Uses in the month or year before.", minimum=0),
        "a_year_ago": integer("Uses in the same month or year one year ago.", minimum=0),
        "copies": COUNT,
        "spoilt": COUNT,
        "electronic": COUNT,
        "outside": COUNT,
        "withdrawn": COUNT,
        "median_seconds": nullable(integer("From request to use.")),
    }
)
_LIST_OF_FIGURES = {"type": "array", "items": _FIGURES}

SCHEMAS.update(
    {
        "SealBookLine": _whole(
            {
                "id": ID,
                "seal": ID,
                "seal_name": TEXT,
                "number": TEXT,
                "used_at": TIME,
                "medium": one_of(SealMedium),
                "unit": TEXT,
                "applicant": TEXT,
                "keeper": TEXT,
                "witness": nullable(TEXT),
                "copies_stamped": nullable(COUNT),
                "copies_spoilt": nullable(COUNT),
                "outside": _YES_OR_NO,
                "due_back_at": nullable(TIME),
                "returned_at": nullable(TIME),
                "late": {"type": "boolean", "description": "Outside after it was due back."},
                "state": one_of(UsageState),
                "content": {
                    **_CONTENT,
                    "type": ["object", "null"],
                    "description": "Null where the caller may not see the document.",
                },
            }
        ),
    }
)
SCHEMAS.update(
    {
        "SealBookEntry": _whole(
            {
                "line": ref("SealBookLine"),
                "request": nullable(ID),
                "component": nullable(ID),
                "sha256": nullable(SHA256),
                "result": nullable(ID),
                "result_sha256": nullable(SHA256),
                "code": nullable(string("What the QR leads to.")),
                "sequence": nullable(integer("Place in the log.", minimum=0)),
            }
        ),
        "SealStatistics": _whole(
            {
                "from": DAY,
                "to": DAY,
                "total": _FIGURES,
                "seals": _LIST_OF_FIGURES,
                "units": _LIST_OF_FIGURES,
                "kinds": _LIST_OF_FIGURES,
                "media": _LIST_OF_FIGURES,
                "months": {
                    "type": "array",
                    "items": _whole({"month": string("2026-01"), "uses": COUNT}),
                },
                "outside_now": COUNT,
                "late_now": COUNT,
            }
        ),
        "Copy": _whole(
            {
                "id": ID,
                "component": ID,
                "file": TEXT,
                "number": string("Six digits."),
                "for_whom": TEXT,
                "purpose": nullable(TEXT),
                "state": one_of(CopyState),
                "made_at": TIME,
                "made_by": TEXT,
                "ended_at": nullable(TIME),
                "ended_by": nullable(TEXT),
                "end_reason": nullable(TEXT),
            }
        ),
    }
)
