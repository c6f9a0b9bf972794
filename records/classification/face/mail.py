"""The face of a mail: its own header, not that of a mail it forwards or quotes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from records.classification.face.dates import english_dates
from records.classification.face.values import Evidence, Face, Found

_SURE = 0.97
_MOST_CHARS = 1_000


def is_mail(attributes: Mapping[str, str]) -> bool:
    """Tell whether a file is a mail, by what only mails say of themselves."""
    return "from" in attributes and ("message_id" in attributes or "date" in attributes)


def with_header(face: Face, attributes: Mapping[str, str]) -> Face:
    """Put what the header says into a face, unless the mail is an official document itself."""
    if face.document_number is not None and face.document_number.filled:
        return face if face.sender else replace(face, sender=_text(attributes, "from"))
    return replace(
        face,
        sender=_text(attributes, "from"),
        title=_text(attributes, "subject") or face.title,
        addressee=_text(attributes, "to"),
        copies_to=_list(attributes, "cc"),
        written_on=_day(attributes) or face.written_on,
    )


def _text(attributes: Mapping[str, str], name: str) -> Found | None:
    said = attributes.get(name, "").strip()[:_MOST_CHARS]
    return Found(said, _SURE, Evidence(1, None, said)) if said else None


def _list(attributes: Mapping[str, str], name: str) -> Found | None:
    said = attributes.get(name, "").strip()[:_MOST_CHARS]
    names = [part.strip() for part in said.split(",") if part.strip()]
    return Found(names, _SURE, Evidence(1, None, said)) if names else None


def _day(attributes: Mapping[str, str]) -> Found | None:
    """Return the day as it was where the mail was written."""
    said = attributes.get("date", "").strip()[:100]
    try:
        day = datetime.fromisoformat(said).date()
    except ValueError:
        found = next(english_dates(said), None)
        if found is None:
            return None
        day = found.day
    return Found(day.isoformat(), _SURE, Evidence(1, None, said), raw=said)
