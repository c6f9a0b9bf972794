"""Dates as documents print them, in Arabic and Chinese numerals and in English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from records.classification.face.numerals import NUMERAL_CHARS, number_of

_N = NUMERAL_CHARS.replace("0", "").replace("０", "")
_CHINESE = re.compile(
    rf"(?P<year>[0-9{_N}](?: ?[0-9{_N}]){{3}}) ?年 ?"
    rf"(?P<month>[0-9{_N}](?: ?[0-9{_N}]){{0,2}}) ?月 ?"
    rf"(?P<day>[0-9{_N}](?: ?[0-9{_N}]){{0,2}}) ?日"
)
_FIGURES = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d) ?(?P<mark>[-./]) ?(?P<month>\d{1,2}) ?(?P=mark) ?"
    r"(?P<day>\d{1,2})(?![\d.])"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_MONTH_FIRST = re.compile(
    rf"\b{_MONTH} {{0,3}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {{0,3}}(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {{0,3}}{_MONTH},? {{0,3}}(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_SLASHED = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>(?:19|20)\d\d)(?!\d)"
)
_EARLIEST, _LATEST = 1900, 2199


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date in a line.

    Attributes:
        start: Where it begins.
        end: Where it ends (exclusive).
        day: The date.
        sure: False where day and month could be the other way round, or the form is unusual.
    """

    start: int
    end: int
    day: date
    sure: bool = True


def chinese_dates(line: str) -> Iterator[PrintedDate]:
    """Yield the dates in a line of Chinese; `line` as `printed.plain` makes it."""
    for found in _CHINESE.finditer(line):
        numbers = [number_of(found[name].replace(" ", "")) for name in ("year", "month", "day")]
        if (day := _day(*numbers)) is not None:
            yield PrintedDate(found.start(), found.end(), day)
    for found in _FIGURES.finditer(line):
        if (day := _day(int(found["year"]), int(found["month"]), int(found["day"]))) is not None:
            yield PrintedDate(found.start(), found.end(), day, sure=False)


def english_dates(line: str) -> Iterator[PrintedDate]:
    """Yield the dates in a line of English."""
    for pattern in (_MONTH_FIRST, _DAY_FIRST):
        for found in pattern.finditer(line):
            month = _MONTHS[found["month"].lower()]
            if (day := _day(int(found["year"]), month, int(found["day"]))) is not None:
                yield PrintedDate(found.start(), found.end(), day)
    for found in _FIGURES.finditer(line):
        if (day := _day(int(found["year"]), int(found["month"]), int(found["day"]))) is not None:
            yield PrintedDate(found.start(), found.end(), day)
    for found in _SLASHED.finditer(line):
        yield from _slashed(found)


def _slashed(found: re.Match[str]) -> Iterator[PrintedDate]:
    """Read 31/12/2024 and 12/31/2024; 3/4/2024 is April here, but not for sure."""
    one, two, year = (int(found[name]) for name in ("one", "two", "year"))
    day = _day(year, two, one) or _day(year, one, two)
    if day is not None:
        sure = one == two or max(one, two) > 12
        yield PrintedDate(found.start(), found.end(), day, sure)


def _day(year: int | None, month: int | None, day: int | None) -> date | None:
    if year is None or month is None or day is None or not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
