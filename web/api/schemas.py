"""The things that the interface speaks of, as JSON Schema; the OpenAPI document lists them."""

from collections.abc import Mapping
from typing import Any

from records.classification.face import no_face
from records.documents.rules import (
    ComponentRole,
    DocumentState,
    Medium,
    RegisterKind,
    TextState,
    Urgency,
)
from records.people.rules import Role, Secrecy
from records.registration.rules import RegistrationState
from records.seals.signatures.verdicts import Integrity, Note, SignatureKind, Standing, Trust
from web.api.bodies import integer, nullable, obj, one_of, string

LEVELS = [each.code for each in Secrecy]
STATUSES = ("registered", "searchable")
ID = string(format="uuid")
DAY = string(format="date")
TIME = string(format="date-time")
TEXT = string()
COUNT = integer(minimum=0)
SHA256 = string("SHA-256 of the original bytes, in hexadecimal.", minLength=64)

_REASON = {
    **obj({"code": TEXT, "message": nullable(TEXT)}, "code", "message"),
    "type": ["object", "null"],
    "description": "Why there is no text.",
}

# What a program may set, by the names of manifests and forms.
METADATA: Mapping[str, Mapping[str, Any]] = {
    "title": string(),
    "kind": nullable(string("Kind of document, such as 通知.")),
    "sender": nullable(TEXT),
    "addressee": nullable(TEXT),
    "document_number": nullable(string("Number given by the sender, as it stands on the page.")),
    "written_on": nullable(DAY),
    "printed_on": nullable(DAY),
    "received_on": DAY,
    "urgency": one_of(Urgency),
    "secrecy": one_of(LEVELS),
    "secrecy_term": nullable(TEXT),
    "pages": nullable(COUNT),
    "copies": nullable(COUNT),
    "medium": one_of(Medium),
    "keywords": {
        "type": ["array", "string"],
        "items": TEXT,
        "description": "A list; as one text, with commas or semicolons between.",
    },
    "remarks": nullable(TEXT),
    "unit": nullable(string("Code of the responsible unit.")),
    "class": nullable(string("Code of the class.")),
}

_VERDICT = obj(
    {
        "field": string("Name of the signature field."),
        "kind": one_of(SignatureKind),
        "integrity": one_of(Integrity, "Whether the content is what was signed."),
        "trust": one_of(Trust, "What is known of the signer."),
        "standing": one_of(Standing, "The verdict in one word."),
        "signer": nullable(TEXT),
        "organization": nullable(TEXT),
        "issuer": nullable(TEXT),
        "serial": nullable(string("Of the certificate, hexadecimal.")),
        "certificate": nullable(string("SHA-256 of the signer's certificate.")),
        "signed_at": nullable({**TIME, "description": "As the signer claims."}),
        "timestamped_at": nullable({**TIME, "description": "As a trusted authority proves."}),
        "level": nullable(string("PAdES level, or what else it is.")),
        "digest": nullable(TEXT),
        "is_seal": {"type": "boolean", "description": "Made with a certificate of a seal here."},
        "whole": {"type": "boolean", "description": "It covers the whole file."},
        "note": nullable(one_of(Note, "What explains the verdict best.")),
        "reason": nullable(string("As the signer states.")),
        "revision_bytes": nullable(COUNT),
        "booked": {"type": "boolean", "description": "The seal book knows this state of it."},
        "changes": {
            "type": "array",
            "items": obj({"kind": TEXT, "name": nullable(TEXT)}, "kind", "name"),
            "description": "What was added after signing.",
        },
    },
    *("field", "kind", "integrity", "trust", "standing", "note", "changes"),
)
SIGNATURE_CHECK = obj(
    {
        "checked_at": TIME,
        "reason": nullable(obj({"code": TEXT}, "code")),
        "verdicts": {"type": "array", "items": _VERDICT},
    },
    *("checked_at", "reason", "verdicts"),
)

RECOGNITION = obj(
    {
        "state": one_of(("waiting", "running", "done", "failed", "missing")),
        "pages_done": COUNT,
        "pages_total": nullable(COUNT),
        "confidence": nullable({"type": "number", "minimum": 0, "maximum": 1}),
        "reason": nullable(obj({"code": TEXT}, "code")),
    },
    *("state", "pages_done", "pages_total", "confidence", "reason"),
)

COMPONENT = obj(
    {
        "id": ID,
        "name": string("Name of the file."),
        "sha256": SHA256,
        "size": integer("Bytes.", minimum=0),
        "media_type": string("What the content is."),
        "mismatch": {"type": "boolean", "description": "The content belies the file name."},
        "role": one_of(ComponentRole),
        "pages": nullable(COUNT),
        "text": one_of(TextState),
        "reason": _REASON,
        "derived_from": nullable(
            string("The file that it was made from, or taken out of.", format="uuid")
        ),
        "left_out": nullable(
            {
                "type": "array",
                "description": "What stayed inside a container; null where none was unpacked.",
                "items": obj({"name": TEXT, "reason": TEXT}, "name", "reason"),
            }
        ),
        "signatures": nullable(integer("Electronic signatures inside.", minimum=0)),
        "signature_check": nullable(
            {**SIGNATURE_CHECK, "description": "Of a document; null while nobody has looked."}
        ),
        "recognition": nullable(
            {**RECOGNITION, "description": "Of a document; null for what is no scan."}
        ),
        "added_at": TIME,
    },
    *("id", "name", "sha256", "size", "media_type", "role", "pages", "text", "reason"),
    closed=True,
)

_LINE = {
    "id": ID,
    "number": TEXT,
    "register": string("Code of the register."),
    "state": one_of(DocumentState),
    "text": one_of(TextState, "How far reading the files has come."),
    "registered_at": TIME,
}

SCHEMAS: dict[str, Mapping[str, Any]] = {
    "Component": COMPONENT,
    "Recognition": RECOGNITION,
    "Registered": obj(
        {
            "id": ID,
            "number": string("The number in the register."),
            "warnings": {
                "type": "array",
                "items": obj({"code": TEXT, "id": ID, "number": TEXT}, "code", "id", "number"),
            },
        },
        *("id", "number", "warnings"),
    ),
    "Document": obj(
        {
            **_LINE,
            **METADATA,
            "version": integer("Also the ETag; If-Match takes it.", minimum=1),
            "status": one_of(STATUSES),
            "reason": _REASON,
            "checked_at": nullable(TIME),
            "filed_at": nullable(TIME),
            "components": {"type": "array", "items": {"$ref": "#/components/schemas/Component"}},
        },
        *_LINE,
        *METADATA,
        *("version", "status", "reason", "checked_at", "filed_at", "components"),
    ),
    "ComponentHits": obj(
        {
            "total": {"type": "integer", "minimum": 0, "description": "Of those that are told."},
            "more": {"type": "boolean", "description": "Whether there are more than are told."},
            "pages": {
                "type": "array",
                "items": obj(
                    {
                        "number": {"type": "integer", "minimum": 1},
                        "count": {"type": "integer", "minimum": 1},
                        "hits": {
                            "type": "array",
                            "items": {
                                "type": "array",
                                "items": {
                                    "type": "array",
                                    "items": {"type": "number"},
                                    "minItems": 4,
                                    "maxItems": 4,
                                },
                            },
                            "description": "The boxes of each hit, as left, top, right and bottom "
                            "in points from the top left corner of the page as it is shown; "
                            "none where only the text is known to have them.",
                        },
                        "more": {"type": "boolean"},
                    },
                    *("number", "count", "hits", "more"),
                ),
            },
        },
        *("total", "more", "pages"),
    ),
    "ComponentText": obj({"pages": {"type": "array", "items": TEXT}}, "pages"),
    "FaceField": obj(
        {
            "value": {
                "oneOf": [TEXT, {"type": "array", "items": TEXT}],
                "description": "The value in its normal form; days as 2026-01-31.",
            },
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "evidence": obj(
                {
                    "page": integer("Counted from 1.", minimum=1),
                    "box": nullable(
                        {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
                    ),
                    "text": string("What stands there, as printed."),
                },
                *("page", "box", "text"),
            ),
            "raw": string("What was printed, where the value is a normal form of it."),
        },
        *("value", "confidence", "evidence"),
    ),
    "Face": obj(
        {
            name: {"oneOf": [{"$ref": "#/components/schemas/FaceField"}, {"type": "null"}]}
            for name in no_face()
        },
        *no_face(),
    ),
    "Grant": obj(
        {
            "id": ID,
            "with_kind": one_of(("user", "unit", "group")),
            "with": ID,
            "reason": TEXT,
            "from": nullable(TIME),
            "until": nullable(TIME),
            "granted_at": TIME,
        },
        *("id", "with_kind", "with", "reason", "from", "until", "granted_at"),
    ),
    "Register": obj(
        {
            "id": ID,
            "code": TEXT,
            "name": TEXT,
            "kind": one_of(RegisterKind),
            "unit": string("Code of the unit whose clerks keep it."),
            "pattern": TEXT,
            "padding": integer(minimum=1),
            "ceiling": one_of(LEVELS, "Highest secrecy that it holds."),
            "closed_on": nullable(DAY),
            "mine": {"type": "boolean", "description": "Whether the caller registers here."},
        },
        *("id", "code", "name", "kind", "unit", "pattern", "padding", "ceiling", "closed_on"),
    ),
    "BookLine": obj(
        {
            "id": ID,
            "number": string("The number as people see it."),
            "state": one_of(RegistrationState),
            "reason": nullable(TEXT),
            "registered_at": nullable(TIME),
            "registered_by": nullable(TEXT),
            "document": nullable({**ID, "description": "Null where the caller may see no more."}),
            "title": nullable(TEXT),
            "sender": nullable(TEXT),
            "document_number": nullable(TEXT),
            "received_on": nullable(DAY),
            "secrecy": nullable(one_of(LEVELS)),
            "urgency": nullable(one_of(Urgency)),
        },
        *("id", "number", "state", "registered_at", "document"),
    ),
    "Class": obj(
        {
            "id": ID,
            "code": TEXT,
            "title": TEXT,
            "parent": nullable(string("Code of the class above.")),
            "retention": nullable(string("`permanent` or a number of years.")),
            "secrecy": nullable(one_of(LEVELS)),
            "unit": nullable(string("Code of the unit that usually handles it.")),
            "closed": {"type": "boolean"},
        },
        *("id", "code", "title", "parent", "retention", "closed"),
    ),
    "Unit": obj(
        {
            "id": ID,
            "code": TEXT,
            "name": TEXT,
            "parent": nullable(string("Code of the unit above.")),
            "from_on": DAY,
            "until_on": nullable(DAY),
        },
        *("id", "code", "name", "parent", "from_on", "until_on"),
    ),
    "User": obj({"id": ID, "login": TEXT, "name": TEXT}, "id", "login", "name"),
    "NewUser": obj(
        {"id": ID, "login": TEXT, "name": TEXT, "password": string("Temporary; shown once.")},
        *("id", "login", "name", "password"),
    ),
    "Me": obj(
        {
            "id": ID,
            "login": TEXT,
            "name": TEXT,
            "clearance": one_of(LEVELS),
            "posts": {
                "type": "array",
                "items": obj(
                    {
                        "title": TEXT,
                        "unit": string("Name of the unit."),
                        "roles": {"type": "array", "items": one_of(Role)},
                    },
                    *("title", "unit", "roles"),
                ),
            },
        },
        *("id", "login", "name", "clearance", "posts"),
    ),
    "Token": obj(
        {
            "id": ID,
            "label": TEXT,
            "created_at": TIME,
            "expires_at": nullable(TIME),
            "revoked_at": nullable(TIME),
            "made_by": nullable(ID),
        },
        *("id", "label", "created_at", "expires_at", "revoked_at", "made_by"),
    ),
    "NewToken": obj({"token": string("The secret; shown once.")}, "token"),
    "Event": obj(
        {
            "sequence": COUNT,
            "at": TIME,
            "kind": TEXT,
            "actor": nullable(ID),
            "objects": {"type": "array", "items": ID},
            "payload": {"type": ["object", "null"], "description": "Null when it was erased."},
        },
        *("sequence", "at", "kind", "actor", "objects", "payload"),
    ),
    "Upload": obj(
        {
            "id": ID,
            "name": TEXT,
            "size": integer("Bytes of the whole file.", minimum=0),
            "part_bytes": integer("Bytes of every part but the last.", minimum=1),
            "parts": {
                "type": "array",
                "items": integer(minimum=0),
                "description": "Numbers of the parts that are here; the first is 0.",
            },
            "expires_at": TIME,
        },
        *("id", "name", "size", "part_bytes", "parts", "expires_at"),
    ),
    "Problem": obj(
        {
            "type": TEXT,
            "title": TEXT,
            "status": integer(),
            "code": TEXT,
            "detail": TEXT,
            "field": string("The input at fault."),
        },
        *("type", "title", "status", "code", "detail"),
        closed=False,
    ),
}


def ref(name: str) -> dict[str, Any]:
    """Return the reference to a named schema."""
    if name not in SCHEMAS:
        message = f"there is no schema {name}"
        raise KeyError(message)
    return {"$ref": f"#/components/schemas/{name}"}


def page_of(name: str) -> dict[str, Any]:
    """Return the schema of a page of a list."""
    return obj(
        {
            "items": {"type": "array", "items": ref(name)},
            "next": nullable(string("`cursor` of the next page.")),
        },
        *("items", "next"),
    )
