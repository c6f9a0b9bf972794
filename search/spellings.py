"""Other ways to write a number or a day: what is typed in one way is found in the others."""

import re

from search.dates import span

_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[1-9]\d{3,14}(?:\.\d+)?")
_DAY = re.compile(r"(\d{4})(?:年(\d{1,2})月(\d{1,2})日?|([-/.])(\d{1,2})\4(\d{1,2}))")
_YEARS = range(1800, 2200)


def spellings(text: str) -> tuple[str, ...]:
    """Return all ways to write a number of thousands or a day, that of `text` first.

    >>> spellings("1,234.5")
    ('1,234.5', '1234.5')
    >>> spellings("2024-01-05")
    ('2024-01-05', '2024年1月5日', '2024年01月05日', '2024-1-5')

    A number that may be a year, and everything else, has the one way.
    """
    ways = [text]
    if _GROUPED.fullmatch(text):
        ways.append(text.replace(",", ""))
    elif _PLAIN.fullmatch(text):
        whole, dot, rest = text.partition(".")
        if dot or int(whole) not in _YEARS:
            ways.append(f"{int(whole):,}{dot}{rest}")
    elif (found := _DAY.fullmatch(text)) and span(text) is not None:
        year = found[1]
        month, day = int(found[2] or found[5]), int(found[3] or found[6])
        ways.append(f"{year}年{month}月{day}日")
        ways.append(f"{year}年{month:02}月{day:02}日")
        ways += [f"{year}-{month}-{day}", f"{year}-{month:02}-{day:02}"]
    return tuple(dict.fromkeys(ways))
