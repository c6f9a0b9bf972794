"""Repairs of what the engine misreads, where the grammar of the text allows but one reading.

Document numbers (GB/T 9704-2012: 国办发〔2019〕4号), dates, and the punctuation between Han
characters. Nothing is guessed from a dictionary.
"""

import re

_HAN = "\u3400-\u9fff〇"
Edit = tuple[int, int, str]
_OPEN = r"[〔[［（({【〖〈《「『﹝fFEeLlIiCctr1|/\\]"
_CLOSE = r"[〕\]］）)}】〗〉》」』﹞JjlIi1|/\\]"
_DIGIT = "0-9OoQDlIiZzSsBb"
_FIGURES = str.maketrans("OoQDlIiZzSsBb", "0000111225588")
_NUMBER = re.compile(
    rf"(?<=[{_HAN}])\s*(?P<open>{_OPEN}?)\s*(?P<year>[12lIiZz]\s?[90Oo]\s?[{_DIGIT}]\s?[{_DIGIT}])"
    rf"\s*(?P<close>{_CLOSE})\s*(?P<number>[{_DIGIT}][{_DIGIT} ]{{0,5}}?)\s*(?P<end>[号亏昙吕呈])"
)
_DATE = re.compile(
    rf"(?<![{_DIGIT}A-Za-z])(?P<year>[12lIiZz][90Oo][{_DIGIT}]{{2}})\s*年"
    rf"(?:\s*(?P<month>[{_DIGIT}]{{1,2}})\s*月)?(?:\s*(?P<day>[{_DIGIT}]{{1,2}})\s*[日目曰])?"
)
_BETWEEN = re.compile(rf"(?<=[{_HAN}”’）》〕])\s?([,:;!?])\s?(?=[{_HAN}“‘（《〔]|$)")
_FULL = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？"}
_BRACKETED = re.compile(rf"[(（]\s?(?=[{_HAN}])([^()（）]{{1,40}}?)\s?[)）]")


def repairs(text: str) -> list[Edit]:
    """Return `(start, end, better)` for each part of a line to be replaced, from left to right.

    The parts do not overlap.
    """
    edits: list[Edit] = []
    for find in (_numbers, _dates, _punctuation):
        for start, end, better in find(text):
            if all(end <= other[0] or start >= other[1] for other in edits):
                edits.append((start, end, better))
    return sorted(edit for edit in edits if text[edit[0] : edit[1]] != edit[2])


def _figures(text: str) -> str:
    return "".join(text.split()).translate(_FIGURES)


def _numbers(text: str) -> list[Edit]:
    edits = []
    for found in _NUMBER.finditer(text):
        number = _figures(found["number"]).lstrip("0")
        if number:
            better = f"〔{_figures(found['year'])}〕{number}号"
            edits.append((found.start(), found.end(), better))
    return edits


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
