"""Numbers and dates of a spreadsheet as its reader sees them (ECMA-376, 18.8.31), nearly.

What matters is that a number can be found as it is shown: days, per cent, thousands and decimals.
Colours, conditions, fractions and fillings are left aside.
"""

import datetime as dt
import re

_ASIDE = re.compile(r"\[[^\]]*\]|[_*].|\\(.)|\"([^\"]*)\"")
_QUOTED = re.compile(r"\"([^\"]*)\"|\\(.)")
_DIGITS = re.compile(r"[#0?][#0?,. ]*")
_MOST_DECIMALS = 15
_SIGNIFICANT = 15


def shown(value: object, number_format: str | None) -> str:
    """Return a cell's value as it is shown in this number format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return _moment(value, number_format or "")
    if isinstance(value, int | float):
        return _number(value, number_format or "General")
    return str(value).replace("\n", " ")


def _moment(value: dt.datetime | dt.date | dt.time | dt.timedelta, number_format: str) -> str:
    day = value.date() if isinstance(value, dt.datetime) else value
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return str(value)
    if not isinstance(day, dt.date):
        return str(value)
    literal = number_format.replace('"', "").replace("\\", "")
    if "年" not in literal:
        return day.isoformat()
    text = f"{day.year}年"
    if "月" in literal:
        text += f"{day.month}月"
    return text + (f"{day.day}日" if "日" in literal else "")


def _number(value: float, number_format: str) -> str:
    sections = number_format.split(";")
    negative = value < 0 and len(sections) > 1
    section = sections[1] if negative else sections[0]
    bare = _ASIDE.sub("", section)
    digits = _DIGITS.search(bare)
    if digits is None or "E" in bare.upper() or "/" in bare:
        return _general(value)
    pattern = digits.group()
    percent = "%" in section
    decimals = min(len(re.sub("[^#0?]", "", pattern.partition(".")[2])), _MOST_DECIMALS)
    scaled = (abs(value) if negative else value) * (100 if percent else 1)
    comma = "," if re.search("[#0?],[#0?]", pattern) else ""
    text = f"{scaled:{comma}.{decimals}f}"
    if "#" in pattern.partition(".")[2] and "." in text:
        text = text.rstrip("0").rstrip(".")
    whole = pattern.partition(".")[0]
    text = text if comma else _padded(text, whole.count("0"))
    before, after = _around(section)
    return f"{before}{text}{after}"


def _around(section: str) -> tuple[str, str]:
    """Return the words before and after the digits, such as signs of currency."""
    plain = re.sub(r"\[\$([^\]-]*)[^\]]*\]", r'"\1"', section)
    plain = re.sub(r"\[[^\]]*\]|[_*].", "", plain)
    # What is quoted may hold digits; it is put out of the way while they are looked for.
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[1] or found[2] or "")
        return "\0"

    plain = _QUOTED.sub(keep, plain)
    digits = _DIGITS.search(plain)
    before, after = (plain[: digits.start()], plain[digits.end() :]) if digits else ("", "")
    words = iter(kept)
    parts = [re.sub("\0", lambda _: next(words, ""), part) for part in (before, after)]
    return parts[0], parts[1]


def _padded(text: str, least: int) -> str:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    return f"{sign}{whole.zfill(least)}{dot}{rest}"


def _general(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return f"{value:.0f}"
    return f"{value:.{_SIGNIFICANT}g}"
