"""Metadata by name: one table of what a document carries, how text becomes a value and back.

The names are those of REST, of manifests and of forms. Values are typed; `unit` and `class` travel
as codes and are resolved by the services.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from records.core.errors import Invalid
from records.core.rows import clean
from records.documents.models import Document
from records.documents.numbers import normalise_document_number
from records.documents.rules import Medium, Urgency, choose
from records.people.rules import Secrecy

MAX_LINE = 2_000
MAX_KEYWORDS = 50
MAX_COUNT = 1_000_000
# As Chinese books and spreadsheets write a day: 2024年1月5日, 2024/1/5, 2024.1.5.
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
# Words of Chinese books for the values of fixed lists.
CHINESE_WORDS = {
    "平件": Urgency.ROUTINE,
    "加急": Urgency.URGENT,
    "特急": Urgency.FLASH,
    "纸质": Medium.PAPER,
    "电子": Medium.ELECTRONIC,
}
CHINESE_LEVELS = {
    "公开": "public",
    "内部": "internal",
    "秘密": "confidential",
    "机密": "secret",
    "绝密": "top_secret",
}


@dataclass(frozen=True)
class Field:
    """One kind of metadata.

    Attributes:
        column: Attribute of `Document`; None where a service resolves it.
        parse: From stripped, non-empty text to the value; raises `Invalid`.
        required: Whether it can be emptied.
    """

    column: str | None
    parse: Callable[[str, str], Any]
    required: bool = False


def _line(text: str, field: str) -> str:
    joined = " ".join(text.split())
    if len(joined) > MAX_LINE:
        raise Invalid("This is longer than %(max)d characters.", {"max": MAX_LINE}, field=field)
    return joined


def _paragraphs(text: str, field: str) -> str:
    if len(text) > 10 * MAX_LINE:
        raise Invalid(
            "This is longer than %(max)d characters.", {"max": 10 * MAX_LINE}, field=field
        )
    return text


def _day(text: str, field: str) -> date:
    written = _DAY.fullmatch(text)
    try:
        if written:
            return date(*map(int, written.groups()))
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            "%(text)s is not a date. Write it as 2026-01-31.", {"text": text}, field=field
        ) from None


def _count(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_COUNT):
        raise Invalid("%(text)s is not a whole number.", {"text": text}, field=field)
    return int(text)


def _words(text: str, field: str) -> list[str]:
    words = [_line(each, field) for each in _split_words(text)]
    if len(words) > MAX_KEYWORDS:
        raise Invalid("At most %(max)d keywords.", {"max": MAX_KEYWORDS}, field=field)
    return list(dict.fromkeys(words))


def _split_words(text: str) -> list[str]:
    for mark in ";；，、\n":
        text = text.replace(mark, ",")
    return [each.strip() for each in text.split(",") if each.strip()]


def _urgency(text: str, field: str) -> str:
    return choose(Urgency, CHINESE_WORDS.get(text, text), field=field).value


def _medium(text: str, field: str) -> str:
    return choose(Medium, CHINESE_WORDS.get(text, text), field=field).value


def _secrecy(text: str, field: str) -> int:
    return int(Secrecy.from_code(CHINESE_LEVELS.get(text, text), field=field))


FIELDS: Mapping[str, Field] = {
    "title": Field("title", _line, required=True),
    "kind": Field("kind", _line),
    "sender": Field("sender", _line),
    "addressee": Field("addressee", _line),
    "document_number": Field("document_number_raw", _line),
    "written_on": Field("written_on", _day),
    "printed_on": Field("printed_on", _day),
    "received_on": Field("received_on", _day, required=True),
    "urgency": Field("urgency", _urgency, required=True),
    "secrecy": Field("secrecy", _secrecy, required=True),
    "secrecy_term": Field("secrecy_term", _line),
    "pages": Field("page_count", _count),
    "copies": Field("copies", _count),
    "medium": Field("medium", _medium, required=True),
    "keywords": Field("keywords", _words),
    "remarks": Field("remarks", _paragraphs),
    "unit": Field(None, _line),
    "class": Field(None, _line),
}


def read_metadata(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return typed values of the given names; an empty text gives None (or an empty list).

    Raises:
        Invalid: A name is unknown, a value makes no sense, or something required is empty.
    """
    values: dict[str, Any] = {}
    for name, text in raw.items():
        if name not in FIELDS:
            raise Invalid("There is no metadata %(name)s.", {"name": name}, field=name)
        stripped = clean(text).strip()
        if stripped:
            values[name] = FIELDS[name].parse(stripped, name)
        elif FIELDS[name].required:
            raise Invalid("This must not be empty.", field=name)
        else:
            values[name] = [] if name == "keywords" else None
    return values


def put(document: Document, name: str, value: Any) -> None:
    """Set one value that has a column, with what is derived from it."""
    column = FIELDS[name].column
    if column is None:
        raise ValueError(f"{name} is resolved by a service")
    setattr(document, column, value)
    if name == "document_number":
        document.document_number = normalise_document_number(value) if value else None


def shown(value: Any) -> str | int | list[str] | None:
    """Return a value as the log keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    return [str(each) for each in value]


def restored(name: str, kept: Any) -> Any:
    """Return the value that the log keeps as `shown`."""
    is_day = FIELDS[name].parse is _day
    return date.fromisoformat(kept) if is_day and kept is not None else kept
