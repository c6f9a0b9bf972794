"""Chinese numerals as dates and order numbers write them: 二十八, 一百零三, 二〇〇五."""

ZEROS = "〇○零Oo0０◯"
DIGITS = dict.fromkeys(ZEROS, 0) | {
    char: value for value, char in enumerate("一二三四五六七八九", start=1)
}
_UNITS = {"十": 10, "百": 100}
NUMERAL_CHARS = "".join(DIGITS) + "十百廿卅元两"


def number_of(text: str) -> int | None:
    """Return the number that Arabic or Chinese numerals write; None when they write none."""
    if text.isascii() and text.isdigit():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if text == "元":
        return 1
    if not any(char in _UNITS for char in text):
        return _by_place(text)
    return _by_unit(text)


def _by_place(text: str) -> int | None:
    value = 0
    for char in text:
        digit = int(char) if char.isascii() and char.isdigit() else DIGITS.get(char)
        if digit is None:
            return None
        value = value * 10 + digit
    return value if text else None


def _by_unit(text: str) -> int | None:
    value, digit = 0, 0
    for at, char in enumerate(text):
        if char in _UNITS:
            value += (digit or (1 if at == 0 or text[at - 1] in ZEROS else 0)) * _UNITS[char]
            digit = 0
        elif char in DIGITS:
            digit = DIGITS[char]
        else:
            return None
    return value + digit
