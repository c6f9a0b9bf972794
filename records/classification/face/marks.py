"""The marks above the red line: copy number, secrecy and term, urgency, signer."""

import re
from dataclasses import dataclass, replace

from records.classification.face.printed import PrintedLine
from records.classification.face.values import Found

_MARKED_LINES = 14
_SECRECY = {"绝密": "top_secret", "机密": "secret", "秘密": "confidential", "内部": "internal"}
_URGENCY = {
    "特提": "flash",
    "特急": "flash",
    "特级": "flash",
    "加急": "urgent",
    "紧急": "urgent",
    "急件": "urgent",
    "平急": "routine",
}
_STAR = "★☆*＊✩✭⭐"
_TERM = r"(?:\d{1,2} ?(?:年|个 ?月|天|日)|[一二三四五六七八九十]{1,3} ?(?:年|个 ?月)|长 ?期)"
_SECRECY_MARK = re.compile(
    rf"(?:密 ?级 ?[:：] ?)?(?P<level>绝 ?密|机 ?密|秘 ?密|内 ?部)(?:级)?(?: ?(?P<star>[{_STAR}]) ?"
    rf"(?P<term>{_TERM}(?: ?[{_STAR}])?)?| ?(?P<plain_term>{_TERM}))?(?: ?(?:文件|资料))?"
)
_URGENCY_MARK = re.compile(
    '(?:紧急程度|缓急|等级|紧急等级|急别)? ?[:：]? ?[·•“"]?'
    '(?P<urgency>特 ?提|特 ?急|特 ?级|加 ?急|平 ?急|紧 ?急|急 ?件)[·•”"]?'
)
_COPY = re.compile(
    r"(?:(?:份 ?号|№|N[Oo]\.?|第) ?[:：]? ?)?(?P<copy>\d{4,7})(?: ?份)?"
    r"|份 ?号 ?[:：]? ?(?P<short>\d{1,3})"
)
_SIGNER = re.compile(
    "(?:签 ?发 ?人?|签发领导) ?[:：] ?"
    "(?P<names>[\u3400-\u9fff·]{1,6}(?:[ 、,，]{1,6}[\u3400-\u9fff·]{1,6}){0,7})"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """What the marks say, and which parts of which lines they take."""

    copy_number: Found | None = None
    secrecy: Found | None = None
    secrecy_term: Found | None = None
    urgency: Found | None = None
    signer: Found | None = None


def read_marks(lines: list[PrintedLine]) -> tuple[Marks, list[PrintedLine]]:
    """Read the marks from the head of a page; return them and the lines that are left.

    A mark stands alone on its line, or beside other marks, or beside the number; the same word in
    a sentence is no mark.
    """
    marks = Marks()
    left: list[PrintedLine] = []
    for at, line in enumerate(lines):
        rest: PrintedLine | None = line
        if at < _MARKED_LINES and line.page == lines[0].page:
            marks, rest = _read_line(marks, line, at)
        if rest is not None:
            left.append(rest)
    return marks, left


def _read_line(marks: Marks, line: PrintedLine, at: int) -> tuple[Marks, PrintedLine | None]:
    signer = _SIGNER.search(line.plain)
    if signer is not None and marks.signer is None and len(line.plain) < 80:
        names = people_of(signer["names"])
        found = Found("、".join(names), 0.97, line.evidence(*signer.span()), raw=signer["names"])
        rest = cut(line, *signer.span())
        return replace(marks, signer=found), rest
    spans = _spans(line.plain)
    if spans is None:
        return marks, line
    for start, end in spans:
        marks = _read_mark(marks, line, start, end, at)
    return (marks, None) if spans else (marks, line)


def _spans(text: str) -> list[tuple[int, int]] | None:
    """Return where the marks of a line stand; None when it says anything else."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        ends = [
            found.end()
            for pattern in (_SECRECY_MARK, _URGENCY_MARK, _COPY)
            if (found := pattern.match(text, at)) is not None
        ]
        if not ends or len(spans) == 4:
            return None
        spans.append((at, max(ends)))
        at = max(ends)
    return spans


def _read_mark(marks: Marks, line: PrintedLine, start: int, end: int, at: int) -> Marks:
    text = line.plain[start:end]
    evidence = line.evidence(start, end)
    if (found := _SECRECY_MARK.fullmatch(text)) is not None and marks.secrecy is None:
        level = found["level"].replace(" ", "")
        sure = 0.98 if found["star"] else 0.9
        term = found["term"] or found["plain_term"]
        secrecy = Found(_SECRECY[level], sure, evidence, raw=line.text[start:end])
        marks = replace(marks, secrecy=secrecy)
        if term:
            value = term.replace(" ", "").rstrip(_STAR)
            marks = replace(marks, secrecy_term=Found(value, sure, evidence))
    elif (found := _URGENCY_MARK.fullmatch(text)) is not None and marks.urgency is None:
        word = found["urgency"].replace(" ", "")
        marks = replace(marks, urgency=Found(_URGENCY[word], 0.95, evidence, raw=word))
    elif (found := _COPY.fullmatch(text)) is not None and marks.copy_number is None:
        digits = found["copy"] or found["short"]
        labelled = not text[0].isdigit()
        sure = 0.95 if labelled or (len(digits) == 6 and at < 3) else 0.6
        marks = replace(marks, copy_number=Found(digits, sure, evidence))
    return marks


def people_of(text: str) -> list[str]:
    """Return the names of people in a list; a name of two characters may be spaced out."""
    parts = [part for part in re.split("[ 、,，]+", text.strip()) if part]
    names: list[str] = []
    for part in parts:
        if len(part) == 1 and names and len(names[-1]) == 1:
            names[-1] += part
        else:
            names.append(part)
    return names


def cut(line: PrintedLine, start: int, end: int) -> PrintedLine | None:
    """Return a line without a part at one of its ends; None when nothing is left."""
    head, tail = line.text[:start], line.text[end:]
    kept_from, kept = (0, head.rstrip()) if head.strip() else (end, tail)
    lead = len(kept) - len(kept.lstrip())
    kept, kept_from = kept.strip(), kept_from + lead
    if not kept:
        return None
    plain = line.plain[kept_from : kept_from + len(kept)]
    return replace(line, text=kept, plain=plain, offset=line.offset + kept_from)
