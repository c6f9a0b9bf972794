"""The columns of an index, the same in every engine, and what a document puts into them.

Text columns hold ready tokens joined by spaces, so an engine needs no analyser but a split at
spaces. `meta` is all text but the body; `pairs` holds each two neighbouring Han characters of
body and meta, which find two-character words at once and rank Chinese.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from search.analysis import BOUNDARY, columns, fold, reference_key
from search.document import FIELDS, IndexDocument, Kind

_TEXT_FIELDS = tuple(n for n, item in FIELDS.items() if item.kind in (Kind.TEXT, Kind.REFERENCE))
TEXT_COLUMNS = (*_TEXT_FIELDS, "meta")
PAIRS = "pairs"
KEY_COLUMNS = tuple(f"{n}_key" for n, item in FIELDS.items() if item.kind is Kind.REFERENCE)
CODE_COLUMNS = (
    *(name for name, item in FIELDS.items() if item.kind is Kind.KEYWORD),
    *KEY_COLUMNS,
    "principal",
)
FACET_COLUMNS = {
    name: f"{name}_facet" for name, item in FIELDS.items() if item.faceted
}  # values as they are, to count and to filter by
_CODE_FIELDS = tuple(
    (name, item.kind, FACET_COLUMNS.get(name))
    for name, item in FIELDS.items()
    if item.faceted or item.kind in (Kind.KEYWORD, Kind.REFERENCE)
)
DATE_COLUMNS = tuple(name for name, item in FIELDS.items() if item.kind is Kind.DATE)
_DATES = frozenset(DATE_COLUMNS)
NUMBER_COLUMNS = (*DATE_COLUMNS, "year", "level")
ORDER_COLUMNS = ("by_date", "by_number")  # unique 62-bit keys, see `_order_by_date`

MOST_FACET_VALUES = 20_000  # that an engine counts of one field

_APART = f" {BOUNDARY} "
_MOST_KNOWN = 4_096  # codes of units, classes and the like that come again and again
_ID_BITS = 40
_MAX_VALUE = 200
_UNFIT = re.compile(r"[\x00-\x1f\ud800-\udfff]")


@dataclass
class Row:
    """One document as columns: tokens joined by spaces, codes, whole numbers."""

    id: str
    revision: int
    texts: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


def row(document: IndexDocument) -> Row:
    """The columns of a document.

    Raises:
        KeyError: it has a field that is not in `FIELDS`.
        ValueError: a date or year is none.
    """
    for name in document.fields:
        _ = FIELDS[name]
    result = Row(document.id, document.revision)
    _put_texts(result, document)
    _put_codes(result, document)
    _put_numbers(result, document)
    return result


def _put_texts(result: Row, document: IndexDocument) -> None:
    meta: list[str] = []
    pairs: list[str] = []
    for name in _TEXT_FIELDS:
        if name not in document.fields:
            continue
        found: list[str] = []
        for value in document.values(name):
            text, paired = columns(value)
            if text:
                found.append(text)
            if paired:
                pairs.append(paired)
        if not found:
            continue
        result.texts[name] = _APART.join(found)
        if name != "body":
            meta.append(result.texts[name])
    if meta:
        result.texts["meta"] = _APART.join(meta)
    result.texts[PAIRS] = " ".join(pairs)


def _put_codes(result: Row, document: IndexDocument) -> None:
    for name, kind, facet in _CODE_FIELDS:
        if name == "secrecy":
            values = [str(document.secrecy)]
        elif not (name in document.fields and (values := document.values(name))):
            continue
        if kind is Kind.KEYWORD:
            result.codes[name] = [code(value) for value in values]
        elif kind is Kind.REFERENCE:
            keys = (reference_key(value) for value in values)
            result.codes[f"{name}_key"] = list(dict.fromkeys(key for key in keys if key))
        if facet is not None:
            result.codes[facet] = list(dict.fromkeys(map(facet_value, values)))
    result.codes["principal"] = list(map(facet_value, document.principals))


def _put_numbers(result: Row, document: IndexDocument) -> None:
    for name in document.fields.keys() & _DATES:
        for value in document.values(name)[:1]:
            result.numbers[name] = date.fromisoformat(value).toordinal()
    for value in document.values("year")[:1]:
        result.numbers["year"] = int(value)
    result.numbers["level"] = document.secrecy
    result.numbers["by_date"] = _order_by_date(document, result.numbers.get("received", 0))
    result.numbers["by_number"] = _order_by_number(document, result.numbers.get("year", 0))


@functools.lru_cache(_MOST_KNOWN)
def code(value: str) -> str:
    """A code as it is compared: folded, so that width and case do not matter."""
    return facet_value(fold(value).strip())


@functools.lru_cache(_MOST_KNOWN)
def facet_value(value: str) -> str:
    """A value as it is counted: without what no index can hold, at most 200 characters."""
    return _UNFIT.sub(" ", value[:_MAX_VALUE])


def _scattered(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode(), digest_size=5).digest(), "big")


def _order_by_date(document: IndexDocument, day: int) -> int:
    """Day and, below it, 40 bits that scatter ids: unique, so that pages can start anywhere."""
    return day << _ID_BITS | _scattered(document.id)


def _order_by_number(document: IndexDocument, year: int) -> int:
    """Year (14 bits), running number (24 bits) and 24 bits that scatter ids."""
    number = next(iter(document.values("number")), "")
    runs = re.findall(r"\d+", fold(number))
    serial = min(int(runs[-1][-9:]), (1 << 24) - 1) if runs else 0
    return (year % (1 << 14)) << 48 | serial << 24 | _scattered(document.id) >> 16


def facet_values(raw: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    """Counted values, most frequent first, then by value."""
    return sorted(raw.items(), key=lambda item: (-item[1], item[0]))[:limit]
