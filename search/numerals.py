"""Chinese numerals up to 9999, read and written as numbers of documents and days are.

>>> number("二〇二四"), number("十二"), number("一百零三")
(2024, 12, 103)
>>> spoken(31), digits(2005)
('三十一', '二〇〇五')
"""

from __future__ import annotations

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


def spoken(value: int) -> str:
    """A month or day, at most 99, as it is written."""
    tens, ones = divmod(value, 10)
    front = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return front + (_DIGITS[ones] if ones or not tens else "")
