"""Headlines in English: which lines are one, and how their lines are joined."""

import re

from records.classification.face.printed import PrintedLine

_WORD = re.compile(r"[A-Za-z][\w'’./&-]*")
_SMALL_WORDS = """
a about above across after against along among an and as at before behind below between
beyond but by down during et except for from in into its like near nor of off on onto or
other over per since than that the through throughout till to toward under until up upon
versus via vs with within without
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_NO_HEADLINE = re.compile(
    r"(?:By (?:the|virtue)|I, |WHEREAS|Whereas|Section 1|SECTION 1|Sec\. ?1|Pursuant to|It is |"
    r"I have |I hereby|In accordance|To the Congress|Dear |NOW, THEREFORE|\(?a\) |1\. |"
    r"A PROCLAMATION|By the President|Memorandum for the |MEMORANDUM FOR )"
)
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
_LOST_HYPHEN = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")
_QUOTES = str.maketrans({**_LIGATURES, "’": "'", "‘": "'", "“": '"', "”": '"', "\xad": ""})
_LONG_LINE = 140


def is_headline(line: PrintedLine) -> bool:
    """Tell whether a line is set as titles are: every word of weight begins with a capital."""
    text = line.plain
    if len(text) > _LONG_LINE or _NO_HEADLINE.match(text):
        return False
    words = [word for word in _WORD.findall(text) if word.lower() not in _SMALL]
    small = sum(word[0].islower() and not any(map(str.isupper, word)) for word in words)
    if not words:
        return any(map(str.isalnum, text))
    return small == 0 or (small == 1 and len(words) >= 5)


def joined_headline(lines: list[PrintedLine]) -> str:
    """Return a headline of several lines as one, with straight quotes."""
    text = ""
    on_pages = any(line.placed for line in lines)
    for line in lines:
        part = " ".join(line.plain.split())
        if on_pages and (line.placed is None or line.placed.text.strip() != line.text):
            # PDF joins a word over the end of a line and drops its hyphen.
            part = _LOST_HYPHEN.sub("-", part)
        tied = text.endswith("-") and not text.endswith("--") and not text.endswith(" -")
        text = f"{text}{part}" if tied or not text else f"{text} {part}"
    return straight(text)


def straight(text: str) -> str:
    """Return a text with straight quotes, by which titles are compared and found."""
    return text.translate(_QUOTES).replace("``", '"').replace("''", '"').strip()
