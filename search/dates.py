"""Dates as people type them into a question, read as a closed interval of days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date

_DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})日?|月)?|年)?"
    r"|(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"
)
_BETWEEN = re.compile(r"\.{2,}|…|~|至|到|—+|–")
_BOUND = re.compile(r"(>=|<=|>|<|=)(.+)")

Interval = tuple[int | None, int | None]
_Reader = Callable[[str], tuple[int, int] | None]


def span(text: str) -> tuple[int, int] | None:
    """First and last day (`toordinal`) of a year, month or day; None when it is no date."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year = int(found["year"] or found["y"])
    month, day = found["month"] or found["m"], found["day"] or found["d"]
    try:
        first = date(year, int(month or 1), int(day or 1))
    except ValueError:
        return None
    if day:
        return first.toordinal(), first.toordinal()
    last_month = int(month or 12)
    last = date(year, last_month, monthrange(year, last_month)[1])
    return first.toordinal(), last.toordinal()


def days(text: str) -> Interval | None:
    """Days meant by a date, a comparison or a range; None when it cannot be read."""
    return _interval(text, span)


def years(text: str) -> Interval | None:
    """Years meant by a year, a comparison or a range; None when it cannot be read."""
    return _interval(text, _year)


def _year(text: str) -> tuple[int, int] | None:
    bare = text.strip().removesuffix("年")
    if not bare.isdecimal() or len(bare) > 4:
        return None
    return int(bare), int(bare)


def _interval(text: str, read: _Reader) -> Interval | None:
    if compared := _BOUND.fullmatch(text.strip()):
        return _compared(compared[1], read(compared[2]))
    parts = _BETWEEN.split(text.strip())
    if len(parts) == 1:
        return read(text)
    if len(parts) != 2 or not any(part.strip() for part in parts):
        return None
    low, high = (read(part) if part.strip() else (None, None) for part in parts)
    if low is None or high is None:
        return None
    if low[0] is not None and high[1] is not None and low[0] > high[1]:
        low, high = high, low  # whoever types a range backwards means the same days
    return low[0], high[1]


def _compared(sign: str, found: tuple[int, int] | None) -> Interval | None:
    if found is None:
        return None
    first, last = found
    return {
        ">=": (first, None),
        ">": (last + 1, None),
        "<=": (None, last),
        "<": (None, first - 1),
        "=": (first, last),
    }[sign]
