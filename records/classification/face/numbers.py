"""The grammar of document numbers (发文字号), and the repair of what print and OCR do to them.

Form after GB/T 9704-2012 (check): agency code, year in 〔〕, number, 号, without leading zero and
without 第, as in 国办发〔2024〕12号. Orders and announcements have a number of their own kind:
中华人民共和国国务院令第752号, 财政部公告2024年第5号. Older and court numbers begin with the year.
"""

import re
import unicodedata
from dataclasses import dataclass

from records.classification.face.printed import plain

OPENING = "〔[［（(【〖{｛<〈《「『﹝"
CLOSING = "〕]］）)】〗}｝>〉》」』﹞"
# What OCR makes of 〔 and 〕, and of the digits of a year.
_MISREAD_OPENING = "fFEeLlIiCctr1|/\\"
_MISREAD_CLOSING = "JjlI1|/\\"
_MISREAD_DIGITS = str.maketrans("OoQDlIiZzSsBb", "0000111225588")
_LABEL = re.compile(
    r"(?:发文字号|公文字号|发文文号|文件编号|文件字号|发文号|文\s*号|字\s*号|编\s*号)\s*[:：]?\s*"
)
_TAIL = re.compile(r"(?:文件|文)?[\s。.,，；;、:：]*$")
_HAN = "\u3400-\u9fff"
_CODE = rf"(?:[{_HAN}·A-Za-z]|[(（][{_HAN}]{{1,6}}[)）]|\d(?=[{_HAN}])){{1,30}}"
_NUMERAL = r"[0-9]{1,6}|[一二三四五六七八九十百千零〇○]{1,8}"
_YEAR = r"(?:19|20)\d\d"
_STANDARD = re.compile(
    rf"(?P<code>{_CODE})[{re.escape(OPENING)}](?P<year>{_YEAR}|\d\d)[{re.escape(CLOSING)}]"
    rf"(?:字)?第?0*(?P<number>[1-9]\d{{0,5}})(?P<suffix>号?)(?P<part>之\d{{1,3}}|-\d{{1,3}})?"
)
_YEAR_FIRST = re.compile(
    rf"[{re.escape(OPENING)}](?P<year>{_YEAR}|\d\d)[{re.escape(CLOSING)}]"
    rf"(?P<code>(?:[{_HAN}A-Za-z]|\d{{2,4}}(?=[{_HAN}])){{1,30}})第?0*(?P<number>[1-9]\d{{0,5}})号"
    r"(?P<part>之\d{1,3})?"
)
_ORDER = re.compile(
    rf"(?P<body>[{_HAN}、·()（）]{{0,60}})(?P<word>令|公告|通告|公报|决定|决议|议案|通报)"
    rf"(?:(?P<year>{_YEAR})年|[{re.escape(OPENING)}](?P<bracketed>{_YEAR})[{re.escape(CLOSING)}])?"
    rf"\(?(?P<ordinal>第?)(?P<number>{_NUMERAL})号\)?"
)
_BARE = re.compile(
    rf"(?:(?P<year>{_YEAR})年|[{re.escape(OPENING)}](?P<bracketed>{_YEAR})[{re.escape(CLOSING)}])?"
    rf"第(?P<number>{_NUMERAL})号"
)
_SERIES = re.compile(
    rf"(?:[{re.escape(OPENING)}](?P<year>{_YEAR})[{re.escape(CLOSING)}])?第?(?P<number>\d{{1,4}})(?P<unit>[号期])"
)
_NO_BRACKETS = re.compile(
    rf"(?P<code>[{_HAN}]{{1,15}})(?P<year>{_YEAR})年?第?0*(?P<number>\d{{1,4}})号"
)
_MISREAD = re.compile(
    rf"(?P<code>[{_HAN}]{{1,15}})"
    rf"(?P<open>[{re.escape(OPENING + _MISREAD_OPENING)}]{{0,1}})"
    r"(?P<year>[12lIiZz][0-9OoQDlIiZzSsBb]{3})"
    rf"(?P<close>[{re.escape(CLOSING + _MISREAD_CLOSING)}])"
    r"第?0*(?P<number>[0-9OolISB]{1,5})(?P<suffix>号|亏|昙|吕|呈)?"
)
_MOST_CHARS = 120


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document number.

    Attributes:
        value: The normal form: 〔〕, half-width digits, no spaces, no leading zero, no 第.
        raw: As it was printed.
        code: Code of the agency, or the issuer and kind of an order (国务院令).
        year: None where the number has none.
        repaired: Something was misread or missing and has been guessed.
    """

    value: str
    raw: str
    code: str
    year: int | None = None
    repaired: bool = False


def parse_number(raw: str) -> DocumentNumber | None:
    """Return the number that a text is, with or without its label; None when it is none."""
    if len(raw) > _MOST_CHARS:
        return None
    stripped = plain(raw).strip()
    label = _LABEL.match(stripped)
    printed = stripped[label.end() :] if label else stripped
    text = "".join(unicodedata.normalize("NFKC", printed).split())
    text = _TAIL.sub("", text) if not text.endswith("号") else text
    if text[:1] in "(（" and text[-1:] in ")）" and _YEAR_FIRST.fullmatch(text) is None:
        text = text[1:-1]
    for form in (_standard, _order, _year_first, _no_brackets, _misread):
        if (found := form(text, printed)) is not None:
            return found
    return None


def parse_bare(raw: str) -> tuple[str, int | None] | None:
    """Return the end of an order's number that stands on a line of its own: 第752号."""
    text = "".join(unicodedata.normalize("NFKC", plain(raw)).split()).strip("()（）")
    found = _BARE.fullmatch(text) if len(text) <= _MOST_CHARS else None
    if found is None:
        return None
    year = found["year"] or found["bracketed"]
    number = f"第{_figures(found['number'])}号"
    return (f"{year}年{number}" if year else number), int(year) if year else None


def parse_series(raw: str) -> tuple[str, int | None] | None:
    """Return the number of minutes and reports under the name of their series: 〔2024〕3号."""
    text = "".join(unicodedata.normalize("NFKC", plain(raw)).split())
    if (found := _SERIES.fullmatch(text)) is None:
        found = _SERIES.fullmatch(text.strip("()"))
    if found is None:
        return None
    year, number = found["year"], int(found["number"])
    if year is None:
        return f"第{number}{found['unit']}", None
    return f"〔{year}〕{number}{found['unit']}", int(year)


def _standard(text: str, raw: str) -> DocumentNumber | None:
    found = _STANDARD.fullmatch(text)
    if found is None:
        return None
    code = found["code"].replace("(", "（").replace(")", "）")
    number = found["number"]
    repaired = not found["suffix"]
    if repaired and len(number) > 3 and number.endswith("8"):
        number = number[:-1]  # 号 is often read as an 8
    value = f"{code}〔{found['year']}〕{number}号{found['part'] or ''}"
    return DocumentNumber(value, raw, code, int(found["year"]), repaired)


def _order(text: str, raw: str) -> DocumentNumber | None:
    found = _ORDER.fullmatch(text)
    if found is None or not found["body"]:
        return None
    code = (found["body"] + found["word"]).replace("(", "（").replace(")", "）")
    year = found["year"] or found["bracketed"]
    number = f"{found['ordinal']}{_figures(found['number'])}号"
    middle = f"{found['year']}年" if found["year"] else f"〔{year}〕" if year else ""
    if found["bracketed"]:
        number = number.removeprefix("第")
    return DocumentNumber(f"{code}{middle}{number}", raw, code, int(year) if year else None)


def _year_first(text: str, raw: str) -> DocumentNumber | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    code, year = found["code"], int(found["year"])
    value = f"〔{found['year']}〕{code}{found['number']}号{found['part'] or ''}"
    return DocumentNumber(value, raw, code, year)


def _no_brackets(text: str, raw: str) -> DocumentNumber | None:
    found = _NO_BRACKETS.fullmatch(text)
    if found is None:
        return None
    value = f"{found['code']}〔{found['year']}〕{int(found['number'])}号"
    return DocumentNumber(value, raw, found["code"], int(found["year"]), repaired=True)


def _misread(text: str, raw: str) -> DocumentNumber | None:
    found = _MISREAD.fullmatch(text)
    if found is None:
        return None
    year = int(found["year"].translate(_MISREAD_DIGITS))
    digits = found["number"].translate(_MISREAD_DIGITS)
    if not found["suffix"] and len(digits) > 1 and digits.endswith("8"):
        digits = digits[:-1]  # 号 is often read as an 8
    number = int(digits)
    if not 1900 <= year < 2100 or not number:
        return None
    value = f"{found['code']}〔{year}〕{number}号"
    return DocumentNumber(value, raw, found["code"], year, repaired=True)


def _figures(number: str) -> str:
    """Return an order's number without leading zeros; Chinese numerals stay as printed."""
    return str(int(number)) if number.isascii() else number
