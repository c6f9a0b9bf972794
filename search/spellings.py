"""Other ways to write a number or a day: what is typed in one way is found in the others."""

import re

from search.dates import span
from search.numerals import NUMERAL, digits, number, spoken

_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[1-9]\d{3,14}(?:\.\d+)?")
_DAY = re.compile(r"(\d{4})(?:年(\d{1,2})月(\d{1,2})日?|([-/.])(\d{1,2})\4(\d{1,2}))")
_HAN_DAY = re.compile(rf"([{NUMERAL}]{{4}})年([{NUMERAL}]{{1,3}})月([{NUMERAL}]{{1,3}})日")
_YEARS = range(1800, 2200)


def spellings(text: str) -> tuple[str, ...]:
    """Return all ways to write a number of thousands or a day, that of `text` first.

    >>> spellings("1,234.5")
    ('1,234.5', '1234.5')
    >>> spellings("2024-01-05")
    ('2024-01-05', '2024年1月5日', '2024年01月05日', '2024-1-5', '二〇二四年一月五日')

    A number that may be a year, and everything else, has the one way.
    """
    ways = [text]
    if _GROUPED.fullmatch(text):
        ways.append(text.replace(",", ""))
    elif _PLAIN.fullmatch(text):
        whole, dot, rest = text.partition(".")
        if dot or int(whole) not in _YEARS:
            ways.append(f"{int(whole):,}{dot}{rest}")
    elif (found := _day(text)) is not None:
        year, month, day = found
        ways.append(f"{year}年{month}月{day}日")
        ways.append(f"{year}年{month:02}月{day:02}日")
        ways += [f"{year}-{month}-{day}", f"{year}-{month:02}-{day:02}"]
        ways.append(f"{digits(year)}年{spoken(month)}月{spoken(day)}日")
    return tuple(dict.fromkeys(ways))


def _day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a day that exists, in Arabic or Chinese numerals."""
    if found := _DAY.fullmatch(text):
        parts = (int(found[1]), int(found[2] or found[5]), int(found[3] or found[6]))
    elif found := _HAN_DAY.fullmatch(text):
        read = [number(part) for part in found.groups()]
        parts = (read[0] or 0, read[1] or 0, read[2] or 0)
    else:
        return None
    year, month, day = parts
    return parts if span(f"{year:04}-{month}-{day}") is not None else None
