"""Chinese numerals up to 9999, read and written as numbers of documents and days are.

>>> number("二〇二四"), number("十二"), number("一百零三")
(2024, 12, 103)
>>> spoken(31), digits(2005)
('三十一', '二〇〇五')

>>> written(("第", "三", "十", "条"))
[('第', '30', '条')]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

_DIGITS = "〇一二三四五六七八九"
_VALUES = {**{digit: value for value, digit in enumerate(_DIGITS)}, "零": 0, "○": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "〇○零一二三四五六七八九十百千"  # characters of a numeral, for patterns


def number(text: str) -> int | None:
    """The value of a numeral, Arabic or Chinese; None when it is none."""
    if text.isdecimal():
        return int(text)
    if not text or len(text) > 8 or any(c not in _VALUES and c not in _PLACES for c in text):
        return None
    if not any(character in _PLACES for character in text):
        return int("".join(str(_VALUES[character]) for character in text))
    total = digit = 0
    for character in text:
        if character in _PLACES:
            total += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = _VALUES[character]
    return total + digit


def digits(value: int) -> str:
    """A year as it is written, digit by digit."""
    return "".join(_DIGITS[int(each)] for each in str(value))


def spoken(value: int, zero: str = "零") -> str:
    """A number from 0 to 9999 as it is read aloud.

    >>> spoken(10), spoken(103), spoken(2010)
    ('十', '一百零三', '二千零一十')
    """
    if value < 20:
        return ("" if value < 10 else "十") + (_DIGITS[value % 10] if value != 10 else "")
    found = ""
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // place % 10
        if digit:
            found += _DIGITS[digit] + name
        elif found and not found.endswith(zero) and value % place:
            found += zero
    return found


# Running text: 第三十条 and 第30条 ----------------------------------------------------------------

# A numeral counts or names what follows it; alone, 一 and 十 are parts of other words.
_COUNTED = frozenset(
    "号条款项章节编篇部届期批次年月日天周岁人名个件份册卷页级类层楼室元万亿倍种时分秒户所台辆亩"
)
_MOST_VALUE = 9999
_MOST_WAYS = 5
_YEARS = range(1000, 3000)
_ARABIC = re.compile(r"[1-9][0-9]{0,3}")


def written(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Other ways to write the numerals of some tokens: all of them Arabic, or all of them Chinese.

    Only a numeral after 第, or before what it counts, is one.

    Args:
        words: Tokens of the analyser that stand side by side.
    """
    found = _numerals(words)
    if not found:
        return []
    styles: tuple[Callable[[int, str], str], ...] = (
        lambda value, _: str(value),
        partial(_in_chinese, zero="零"),
        partial(_in_chinese, zero="〇"),
        lambda value, after: digits(value) if value > 99 else _in_chinese(value, after, "零"),
        lambda value, after: "两" if value == 2 and after else _in_chinese(value, after, "零"),
    )
    ways = (_with(words, found, style) for style in styles)
    return [way for way in dict.fromkeys(ways) if way != tuple(words)][:_MOST_WAYS]


def _in_chinese(value: int, after: str, zero: str) -> str:
    return digits(value) if after == "年" and value in _YEARS else spoken(value, zero)


def _with(
    words: Sequence[str], found: Sequence[tuple[int, int, int]], style: Callable[[int, str], str]
) -> tuple[str, ...]:
    result: list[str] = []
    at = 0
    for start, end, value in found:
        after = words[end] if end < len(words) else ""
        new = style(value, after)
        result += [*words[at:start], *([new] if new.isascii() else new)]
        at = end
    return (*result, *words[at:])


def _numerals(words: Sequence[str]) -> list[tuple[int, int, int]]:
    """Start, end and value of each numeral that counts or names something."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(words):
        end = at + 1
        if words[at] in _IN_NUMERAL:
            while end < len(words) and words[end] in _IN_NUMERAL:
                end += 1
            value = _value("".join(words[at:end]))
        else:
            value = int(words[at]) if _ARABIC.fullmatch(words[at]) else None
        named = (at > 0 and words[at - 1] == "第") or (end < len(words) and words[end] in _COUNTED)
        if value is not None and named:
            found.append((at, end, value))
        at = end
    return found


_IN_NUMERAL = frozenset(NUMERAL) | {"两"}


def _value(text: str) -> int | None:
    """The value of a Chinese numeral; two digits side by side, as in 三四天, are none."""
    value = number(text)
    if value is None or not 0 < value <= _MOST_VALUE:
        return None
    plain = text.replace("两", "二").replace("〇", "零")
    if len(text) == 2 and not any(character in _PLACES for character in text):
        return None
    # What is written oddly, such as 十百, is no numeral.
    said = (spoken(value), f"一{spoken(value)}", digits(value).replace("〇", "零"))
    return value if plain in said else None
