"""Rules of filing as JSON Schema; `schemas` has the rest."""

from web.api.bodies import Schema, nullable, obj, string
from web.api.schemas import ID, SCHEMAS, TEXT, page_of, ref

__all__ = ["SAID", "page_of", "ref"]

# What is said of a rule; everything that is set must hold.
SAID: dict[str, Schema] = {
    "name": string("What clerks read as the reason.", minLength=1),
    "sender": nullable(string("A part of the sender's name.")),
    "words": {"type": "array", "items": TEXT, "description": "All of them must occur."},
    "number_prefix": nullable(string("What the document number begins with.")),
    "kind": nullable(string("The kind of the document.")),
    "register": nullable(string("Code of the register that it was entered in.")),
    "class": nullable(string("Code of the class that is suggested.")),
    "unit": nullable(string("Code of the responsible unit.")),
    "route": nullable(string("Id of a saved route.", format="uuid")),
    "active": {
        "type": "boolean",
        "description": "Whether it is asked; it is, where nothing is said.",
    },
}

SCHEMAS |= {
    "FilingRule": obj(
        {"id": ID, **SAID, "version": {"type": "integer"}},
        *("id", *SAID, "version"),
    ),
    "FilingTrial": obj(
        {
            "looked_at": {"type": "integer"},
            "met": {
                "type": "array",
                "items": obj(
                    {
                        "id": ID,
                        "number": TEXT,
                        "title": TEXT,
                        "sender": nullable(TEXT),
                        "class": nullable(TEXT),
                        "agrees": nullable(
                            {
                                "type": "boolean",
                                "description": "Whether it has the class that the rule names.",
                            }
                        ),
                    },
                    *("id", "number", "title", "sender", "class", "agrees"),
                ),
            },
        },
        *("looked_at", "met"),
    ),
}
