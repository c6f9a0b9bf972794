"""What a separator sheet says: a new document begins here, and what is known of it already.

A sheet is a QR code with a text of ours, closed by a keyed digest, so that no letter from outside
can carry a sheet that this office would obey. The form is `docs/formats/separator-sheet.md`.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from storage.keys import KeyRing

FORM = "chancery:sheet:1"
PURPOSE = "separator sheets"
FIELDS = ("register", "secrecy", "urgency", "unit")
_DIGEST_BYTES = 10
_LONGEST = 1000
_WRITTEN = re.compile(re.escape(FORM) + r"\?(?P<said>.*)&?mac=(?P<mac>[A-Z2-7]{16})", re.DOTALL)


@dataclass(frozen=True)
class Sheet:
    """What is known of the documents behind a sheet; codes, None where it is left open."""

    register: str | None = None
    secrecy: str | None = None
    urgency: str | None = None
    unit: str | None = None

    def values(self) -> dict[str, str]:
        """Return what the sheet says, by name."""
        return {name: value for name, value in asdict(self).items() if value}


def sheet_key(keyring: KeyRing) -> bytes:
    """Return the key that closes the sheets of this office; it outlives every rotation."""
    return keyring.derive(PURPOSE)


def write_sheet(key: bytes, sheet: Sheet) -> str:
    """Return the text of the QR code of a sheet."""
    said = urlencode(sheet.values())
    joined = f"{said}&" if said else ""
    return f"{FORM}?{joined}mac={_digest(key, said)}"


def read_sheet(key: bytes, text: str) -> Sheet | None:
    """Return the sheet that a QR code is, None for any other code, and for those of other offices.

    Fields that came with a later version are passed over.
    """
    found = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    said = found["said"].removesuffix("&")
    if not hmac.compare_digest(found["mac"], _digest(key, said)):
        return None
    return sheet_of(dict(parse_qsl(said)))


def sheet_of(values: dict[str, Any]) -> Sheet:
    """Return a sheet with those of the values that a sheet has."""
    return Sheet(**{name: str(values[name]) for name in FIELDS if values.get(name)})


def _digest(key: bytes, said: str) -> str:
    digest = hmac.new(key, f"{FORM}?{said}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_DIGEST_BYTES]).decode()
