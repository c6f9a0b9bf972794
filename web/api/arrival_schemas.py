"""The shapes of arrivals and channels in the interface."""

from records.channels.rules import ArrivalState, ChannelKind
from web.api.bodies import integer, obj, one_of, string
from web.api.schemas import TIME

_NO_TEXT = {"type": ["string", "null"]}
_NO_TIME = {"type": ["string", "null"], "format": "date-time"}
_FILE = obj(
    {
        "position": integer("Its place in the address of its bytes.", minimum=0),
        "name": string("Name of the file."),
        "size": integer("Bytes.", minimum=0),
        "media_type": string("What the content is."),
    },
    *("position", "name", "size", "media_type"),
)
_ARRIVAL = {
    "id": string("Id.", format="uuid"),
    "channel": one_of(ChannelKind, "Kind of the channel."),
    "from": string("Which folder, mailbox or import."),
    "register": string("Code of the register that it was meant for."),
    "state": one_of(ArrivalState, "What became of it."),
    "reason": string("Why it is no document, in the caller's language."),
    "name": {**_NO_TEXT, "description": "Null for whoever may not see what came."},
    "size": {"type": ["integer", "null"]},
    "files": {"type": "array", "items": _FILE},
    "arrived_at": TIME,
    "tried_at": TIME,
    "tries": integer("How often it was tried.", minimum=1),
    "document": {**_NO_TEXT, "description": "What it became."},
    "number": _NO_TEXT,
    "end_reason": _NO_TEXT,
    "version": integer("Counts its changes.", minimum=1),
}
_CHANNEL = {
    "name": string("The folder, or the account and folder of mail."),
    "channel": one_of((ChannelKind.FOLDER, ChannelKind.MAILBOX)),
    "register": string("Code of the register that it feeds."),
    "looked_at": _NO_TIME,
    "again_at": _NO_TIME,
    "failing_since": _NO_TIME,
    "reason": {**_NO_TEXT, "description": "What went wrong in the last look."},
}
ARRIVAL = obj(_ARRIVAL, *_ARRIVAL)
CHANNEL = obj(_CHANNEL, *_CHANNEL)
