"""Rounds, items, receipts, tasks and whereabouts as JSON Schema; `schemas` has the rest.

Endpoints of circulation take `ref` and `page_of` from here, where the names are known.
"""

from typing import Any

from records.circulation.rules import Decision, ItemState, Purpose, RoundState, StageState
from records.circulation.whereabouts import End, Keeper, Kept
from records.documents.rules import Urgency
from records.tasks.rules import TaskState
from web.api.bodies import Schema, integer, nullable, obj, one_of, string
from web.api.named import PERSON
from web.api.schemas import COUNT, DAY, ID, LEVELS, SCHEMAS, TEXT, TIME, page_of, ref

__all__ = ["ORDER", "YES_OR_NO", "page_of", "ref"]

YES_OR_NO = {"type": "boolean"}
# What somebody is told to do: an instruction, or a task by itself.
ORDER = obj(
    {
        "text": string("What is to be done.", minLength=1),
        "assignee": PERSON,
        "due_on": nullable(DAY),
    },
    *("text", "assignee"),
)
_PERSON = obj({"id": ID, "name": TEXT}, "id", "name")
_SEEN = "Null also where the caller may not see opinions."


def _whole(properties: dict[str, Schema], **more: Any) -> Schema:
    """Return the schema of an object that always has all its properties."""
    return obj(properties, *properties, **more)


_LINE: dict[str, Schema] = {
    "item": ID,
    "round": ID,
    "document": ID,
    "number": TEXT,
    "title": TEXT,
    "secrecy": one_of(LEVELS),
    "urgency": one_of(Urgency),
    "purpose": one_of(Purpose),
    "note": nullable(TEXT),
    "sender": string("Name of the sender."),
    "due_at": nullable(TIME),
    "overdue": YES_OR_NO,
    "state": one_of(ItemState),
    "on_behalf_of": nullable(string("The reader who is away, or who handed it on.")),
    "delivered_at": TIME,
    "pages": nullable(COUNT),
    "asked_again": {"type": "boolean", "description": "The content changed after sending."},
}

SCHEMAS.update(
    {
        "Item": _whole(
            {
                "id": ID,
                "reader": _PERSON,
                "on_behalf_of": nullable(string("The reader who handed it on.")),
                "signed_by": nullable(string("The deputy who signed.")),
                "state": one_of(ItemState),
                "due_at": nullable(TIME),
                "overdue": YES_OR_NO,
                "delivered_at": nullable(TIME),
                "opened_at": nullable(TIME),
                "ended_at": nullable(TIME),
                "reason": nullable(string(_SEEN)),
                "decision": nullable(one_of(Decision, _SEEN)),
                "opinion": nullable(string(_SEEN)),
                "handwriting": YES_OR_NO,
                "receipt": nullable({**ID, "description": _SEEN}),
                "urged_at": nullable(TIME),
                "urges": COUNT,
                "settled": {"type": "boolean", "description": "Returned, and seen to since."},
                "revision": integer("Of the content that was sent.", minimum=1),
            }
        ),
        "Stage": _whole(
            {
                "id": ID,
                "position": integer(minimum=1),
                "state": one_of(StageState),
                "due_days": nullable(COUNT),
                "due_at": nullable(TIME),
                "began_at": nullable(TIME),
                "ended_at": nullable(TIME),
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
            }
        ),
        "Round": _whole(
            {
                "id": ID,
                "document": ID,
                "number": TEXT,
                "title": TEXT,
                "purpose": one_of(Purpose),
                "note": nullable(TEXT),
                "state": one_of(RoundState),
                "sender": _PERSON,
                "urger": _PERSON,
                "created_at": TIME,
                "sent_at": nullable(TIME),
                "due_at": nullable(TIME),
                "revision": integer("Counts the contents that were sent.", minimum=1),
                "content_changed_at": nullable(TIME),
                "ended_at": nullable(TIME),
                "end_reason": nullable(TEXT),
                "version": integer("Also the ETag; If-Match takes it.", minimum=1),
                "manages": {"type": "boolean", "description": "Whether the caller manages it."},
                "sees_opinions": YES_OR_NO,
                "stages": {"type": "array", "items": {"$ref": "#/components/schemas/Stage"}},
            }
        ),
        "SentRound": _whole(
            {
                "round": ID,
                "document": ID,
                "number": TEXT,
                "title": TEXT,
                "purpose": one_of(Purpose),
                "state": one_of(RoundState),
                "sender": TEXT,
                "urger": TEXT,
                "created_at": TIME,
                "sent_at": nullable(TIME),
                "due_at": nullable(TIME),
                "stage": nullable(integer("The first that runs.", minimum=1)),
                "stages": COUNT,
                "items": {
                    "type": "object",
                    "additionalProperties": COUNT,
                    "description": "How many items are in each state that there is.",
                },
                "overdue": COUNT,
            }
        ),
        "ReadingLine": _whole(_LINE),
        "ItemPage": _whole(
            {
                **_LINE,
                "components": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/Component"},
                    "description": "The content as it was sent.",
                },
                "whole_round": {"$ref": "#/components/schemas/Round"},
                "next": nullable({**ID, "description": "The item after it on the desk."}),
                "previous": nullable(ID),
            }
        ),
        "Signed": _whole({"receipt": ID, "item": {"$ref": "#/components/schemas/Item"}}),
        "Urged": _whole(
            {"count": COUNT, "too_soon": integer("Urged within the hour before.", minimum=0)}
        ),
        "Receipt": _whole(
            {
                "id": ID,
                "item": ID,
                "document": ID,
                "signed_at": TIME,
                "signer": _PERSON,
                "key": _whole({"id": ID, "kind": one_of(("passkey", "server"))}),
                "handwriting": YES_OR_NO,
                "body": {"type": "object", "description": "What was signed; see receipt.md."},
                "signature": {"type": "object", "description": "How it was signed."},
            }
        ),
        "Leg": _whole(
            {
                "kept": one_of(Kept),
                "keeper": one_of(Keeper),
                "name": TEXT,
                "user": nullable(ID),
                "on_behalf_of": nullable(TEXT),
                "acted": nullable(string("The deputy who ended it.")),
                "from": TIME,
                "until": nullable(TIME),
                "seconds": COUNT,
                "end": nullable(one_of(End)),
                "opened_at": nullable(TIME),
                "due_at": nullable(TIME),
                "purpose": nullable(one_of(Purpose)),
                "place": nullable(TEXT),
                "note": nullable(TEXT),
                "given_by": nullable(TEXT),
                "expected": {"type": "boolean", "description": "On its way, and not confirmed."},
            }
        ),
        "Whereabouts": _whole(
            {
                "electronic": {"type": "array", "items": {"$ref": "#/components/schemas/Leg"}},
                "paper": {
                    "anyOf": [{"$ref": "#/components/schemas/Leg"}, {"type": "null"}],
                },
                "pending": {
                    **_whole({"id": ID, "to": TEXT, "since": TIME}),
                    "type": ["object", "null"],
                },
                "way": {"type": "array", "items": {"$ref": "#/components/schemas/Leg"}},
            }
        ),
        "PaperHolding": _whole(
            {
                "id": ID,
                "document": ID,
                "holder": ID,
                "given_by": nullable(ID),
                "place": nullable(TEXT),
                "note": nullable(TEXT),
                "handed_at": TIME,
                "confirmed_at": nullable(TIME),
                "withdrawn_at": nullable(TIME),
            }
        ),
        "Task": _whole(
            {
                "id": ID,
                "document": ID,
                "number": TEXT,
                "title": TEXT,
                "source": nullable({**ID, "description": "The item whose instruction it is."}),
                "author": _PERSON,
                "assignee": _PERSON,
                "text": nullable(string(_SEEN)),
                "due_on": nullable(DAY),
                "overdue": YES_OR_NO,
                "state": one_of(TaskState),
                "created_at": TIME,
                "done_at": nullable(TIME),
                "result": nullable(TEXT),
                "version": integer("Also the ETag; If-Match takes it.", minimum=1),
            }
        ),
        "Deputy": _whole(
            {
                "id": ID,
                "deputy": _PERSON,
                "purposes": {"type": "array", "items": one_of(Purpose)},
                "ceiling": one_of(LEVELS),
                "from_at": TIME,
                "until_at": TIME,
                "ended_at": nullable(TIME),
                "state": one_of(("coming", "in_force", "over")),
            }
        ),
        "Checkpoint": _whole(
            {
                "size": integer("Entries of the log that it covers.", minimum=0),
                "root": string("Root of the tree, in base64."),
                "note": string("The signed note (C2SP tlog-checkpoint)."),
                "signed_at": TIME,
            }
        ),
        "Proof": _whole(
            {
                "sequence": COUNT,
                "leaf_hash": string("In base64."),
                "path": {"type": "array", "items": string("Hash in base64.")},
                "checkpoint": string("The signed note whose root the path leads to."),
            }
        ),
    }
)
