"""What people type, brought to the one form that the query language knows.

A Chinese input method leaves “” 「」 （） ： － and full-width letters; numbers come in any
brackets; quotation marks and brackets inside a sentence are punctuation, not operators.
"""

from __future__ import annotations

import re

from search.numerals import NUMERAL, number
from search.query import QueryWarning

MAX_CHARACTERS = 1_000

_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
for _sentence_mark in "，；！？":  # these end a sentence, see search.analysis
    del _WIDE[ord(_sentence_mark)]
_SAME = str.maketrans({"−": "-", "‐": "-", "‑": "-", "　": " ", "＂": '"', "≥": ">=", "≤": "<="})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_QUOTED = re.compile(r"(?<![^\s:(\-])[“„「『]([^“”„「」『』]*)[”“」』](?![^\s)])")
_VALUE = rf"\d+|[{NUMERAL}]{{1,8}}"
_YEAR = re.compile(
    rf"(?<=[^\W\d_])\s*[〔\[【({{［]\s*(\d{{4}}|[{NUMERAL}]{{4}})\s*[〕\]】)}}］]\s*"
    rf"(?:第\s*)?({_VALUE})(?:\s*([号號]))?"
)
# Without brackets, 号 must say that it is a number.
_SPACED_YEAR = re.compile(
    rf"(?<=[\u4e00-\u9fff])\s+((?:19|20)\d\d)\s+(?:第\s*)?({_VALUE})\s*([号號])(?!\w)"
)
_ATTACHED = re.compile(r"(?<=\w)\(([^()\s]*)\)")
_OPERATORS = ("AND", "OR", "NOT")
_WEIGHTS = re.compile(r'(?<=[\w")])\^\d+(?:\.\d+)?(?=[\s)]|$)|(?<=")~\d+')
_SPACED_RANGE = re.compile(r"(?<=\d)\s*\.{2,}\s*(?=\d)")


# Operators as other search engines write them.
_SYMBOLS = (
    (re.compile(r"\s*&&\s*"), " AND "),
    (re.compile(r"\s*\|\|\s*|\s+\|\s+"), " OR "),
)
# An English word between Chinese ones is meant as an operator.
_SMALL = re.compile(r"(?<=[\u4e00-\u9fff\"”)])\s+(and|or|not)\s+(?=[\u4e00-\u9fff\"“(])")
_FUZZY = re.compile(r"(?<=\w)~\d*(?=[\s)]|$)")
_ANY_LETTER = re.compile(r"(?<![^\s(])([A-Za-z]{2,})\?[A-Za-z?]+(?=[\s)]|$)")


def normalised(text: str) -> tuple[str, list[QueryWarning]]:
    """The question in plain operators, and what had to be left out."""
    warnings = []
    if len(text) > MAX_CHARACTERS:
        warnings.append(QueryWarning("too_many_terms", text[MAX_CHARACTERS : MAX_CHARACTERS + 20]))
        text = text[:MAX_CHARACTERS]
    text = _CONTROL.sub(" ", text.translate(_WIDE).translate(_SAME))
    text = _QUOTED.sub(r'"\1"', text)
    for written in (_YEAR, _SPACED_YEAR):
        text = written.sub(_as_number, text)
    text = _ATTACHED.sub(_as_punctuation, text)
    text = _SPACED_RANGE.sub("..", text)
    for symbol, operator in _SYMBOLS:
        text = symbol.sub(operator, text)
    text = _SMALL.sub(lambda found: f" {found[1].upper()} ", text)
    for ignored in (_WEIGHTS, _FUZZY):
        warnings += [QueryWarning("ignored_word", piece) for piece in ignored.findall(text)]
        text = ignored.sub("", text)
    if _ANY_LETTER.search(text):
        warnings.append(QueryWarning("ignored_word", "?"))
        text = _ANY_LETTER.sub(r"\1*", text)
    return text, warnings


def _as_number(found: re.Match[str]) -> str:
    """Year and running number in the brackets and digits of a document number."""
    year, value = (
        part if part.isdecimal() else str(number(part) or part) for part in found.group(1, 2)
    )
    return f"〔{year}〕{value}{'号' if found[3] else ''}"


def _as_punctuation(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    if before.endswith(_OPERATORS):
        return found.group()
    return f"〔{found[1]}〕"
