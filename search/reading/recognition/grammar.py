"""Repairs of what the engine misreads, where the grammar of the text allows but one reading.

Document numbers (GB/T 9704-2012: 国办发〔2019〕4号), dates, and the punctuation between Han
characters. Nothing is guessed from a dictionary.
"""

import re

_HAN = "\u3400-\u9fff〇"
Edit = tuple[int, int, str]
_OPEN = r"[〔[［（({【〖〈《「『﹝fFEeLlIiCctr1|/\\]"
_END = r"〕\]］)）}】〗〉》」』﹞"
_CLOSE = rf"(?:[{_END}]{{1,2}}|[JjlIi|/\\])"
_DIGIT = "0-9OoQDlIiZzSsBb"
_FIGURES = str.maketrans("OoQDlIiZzSsBb]|", "000011122558811")
_HAO = "[号亏昙吕呈]"
# What is read for 函, which ends many a code before the year.
_LETTER = r"(?:[了丨子]\s?)?[图困画囤亟因卤围畏国羡冰孙]"
_NUMBER = re.compile(
    rf"(?P<last>{_LETTER}|(?<=[{_HAN}]))\s*(?P<open>{_OPEN}{{0,2}})\s*"
    rf"(?P<year>[12lIiZz]\s?[90Oo6]\s?[{_DIGIT}]\s?[{_DIGIT}])"
    rf"\s*(?P<close>{_CLOSE})[\s.,'·:;j]*第?\s*"
    rf"(?P<number>(?:[{_DIGIT}]|(?<=\s)[\]|])[{_DIGIT}\]| ]{{0,5}}?)"
    rf"\s*(?:{_HAO}|(?:(?<=[0-9]{{3}})8)?$)"
)
_PARTS = re.compile(
    rf"(?P<code>[{_HAN}]{{1,12}})〔(?P<year>(?:19|20)\d\d)〕(?P<number>[1-9]\d{{0,4}})号"
)
_LIKE = re.compile(rf"[12lIiZz][90Oo][{_DIGIT}]{{1,2}}\s?[{_END}D|]{{1,3}}\s?.{{1,7}}?(?:{_HAO}|$)")
# A short line that ends like a number, with a bracket that was read as something else.
_LOOSE = re.compile(rf"[{_HAN}].{{0,3}}[{_DIGIT}]{{3,5}}.{{1,4}}[0-9]{{1,4}}\s?[号亏昙吕呈生身]")
_MOST_CHARS, _SHORT_CHARS = 60, 30
# Short names of provinces that are rare characters outside of numbers, by what is read for them
# where a line begins with a number.
_PROVINCES = {
    "州": "川",
    "届": "粤",
    "甸": "粤",
    "哪": "鄂",
    "骂": "鄂",
    "鹗": "鄂",
    "吕": "鄂",
    "过": "辽",
    "迂": "辽",
    "驳": "豫",
}
_PROVINCE = re.compile(rf"^[{''.join(_PROVINCES)}](?=[{_HAN}]{{1,8}}〔(?:19|20)\d\d〕\d+号)")
_DATE = re.compile(
    rf"(?<![{_DIGIT}A-Za-z])(?P<year>[12lIiZz][90Oo][{_DIGIT}]{{2}})\s*年"
    rf"(?:\s*(?P<month>[{_DIGIT}]{{1,2}})\s*月)?(?:\s*(?P<day>[{_DIGIT}]{{1,2}})\s*[日目曰])?"
)
_BETWEEN = re.compile(rf"(?<=[{_HAN}”’）》〕])\s?([,:;!?])\s?(?=[{_HAN}“‘（《〔]|$)")
_FULL = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？"}
_BRACKETED = re.compile(rf"[(（]\s?(?=[{_HAN}])([^()（）]{{1,40}}?)\s?[)）]")


# The last figure of a year, a narrow 1, grown together with the bracket after it.
_GROWN = re.compile(
    rf"(?<=[{_HAN}])\s*{_OPEN}\s*(?P<year>[12][90O][{_DIGIT}])[DHUJN]\s*"
    rf"(?P<number>[1-9][{_DIGIT}]{{0,4}})\s*{_HAO}"
)


def repairs(text: str) -> list[Edit]:
    """Return `(start, end, better)` for each part of a line to be replaced, from left to right.

    The parts do not overlap.
    """
    edits: list[Edit] = []
    for find in (_numbers, _codes, _dates, _punctuation):
        for start, end, better in find(text):
            if all(end <= other[0] or start >= other[1] for other in edits):
                edits.append((start, end, better))
    return sorted(edit for edit in edits if text[edit[0] : edit[1]] != edit[2])


def _figures(text: str) -> str:
    return "".join(text.split()).translate(_FIGURES)


def _year(text: str) -> str:
    # No year of a document begins with 16 or 26.
    figures = _figures(text)
    return f"{figures[0]}{figures[1].replace('6', '0')}{figures[2:]}"


def looks_misread(text: str) -> bool:
    """Tell whether a repaired line has the look of a document number, but not its form."""
    if len(text) > _MOST_CHARS or _PARTS.search(text):
        return False
    return bool(_LIKE.search(text) or (len(text) <= _SHORT_CHARS and _LOOSE.search(text)))


def parts_of_number(text: str) -> "re.Match[str] | None":
    """Return the document number on a repaired line: `code`, `year` and `number`."""
    return _PARTS.search(text)


def _numbers(text: str) -> list[Edit]:
    edits = [
        (found.start(), found.end(), f"〔{_figures(found['year'])}1〕{_figures(found['number'])}号")
        for found in _GROWN.finditer(text)
    ]
    for found in _NUMBER.finditer(text):
        number = _figures(found["number"]).lstrip("0")
        if number:
            better = f"〔{_year(found['year'])}〕{number}号"
            better = f"函{better}" if found["last"] else better
            edits.append((found.start(), found.end(), better))
    return edits


def _codes(text: str) -> list[Edit]:
    found = _PROVINCE.match(text)
    return [(0, 1, _PROVINCES[found[0]])] if found else []


def _dates(text: str) -> list[Edit]:
    edits = []
    for found in _DATE.finditer(text):
        better = f"{_figures(found['year'])}年"
        if found["month"]:
            better += f"{_figures(found['month'])}月"
        if found["day"] and found["month"]:
            better += f"{_figures(found['day'])}日"
        elif found["day"]:
            continue
        edits.append((found.start(), found.end(), better))
    return edits


def _punctuation(text: str) -> list[Edit]:
    edits = [(m.start(), m.end(), _FULL[m[1]]) for m in _BETWEEN.finditer(text)]
    for found in _BRACKETED.finditer(text):
        edits.append((found.start(), found.start() + 1, "（"))
        edits.append((found.end() - 1, found.end(), "）"))
    return edits
