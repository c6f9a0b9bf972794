"""Numbered acts in English: executive orders, proclamations, directives, circulars.

The heading names kind, number and day (Executive Order 13707 of September 15, 2015), the title
stands below it. A cover page may say number and title before (Executive Order 13428—Renaming …).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from records.classification.face.dates import english_dates
from records.classification.face.headlines import is_headline, joined_headline
from records.classification.face.printed import PrintedLine
from records.classification.face.values import Evidence, Found, joined

_KINDS = (
    "Executive Order|Presidential Determination|Presidential Policy Directive|Proclamation|"
    "Administrative Order|Secretarial Order|Secretary's Order|General Order|Special Order|"
    "Presidential Memorandum|Military Order|Memorandum Circular|Memorandum Order|Order in Council|"
    "Council Regulation|Directive|Regulation|Resolution|Circular|Ordinance|Decree|Instruction|"
    "Bulletin|Order|Decision"
)
_HEADING = re.compile(
    rf"(?P<kind>{_KINDS}) {{0,3}}(?:\(E\.?O\.?\) )?(?:No\.?|Number|Nr\.?|#)? {{0,3}}"
    r"(?P<number>[A-Z]{0,4}-?\d[\w./–-]{0,24})(?P<rest>.{0,200})",
    re.IGNORECASE,
)
_UNNUMBERED = re.compile(
    r"(?P<kind>Memorandum|Notice|Order|Letter|Proclamation) of (?P<rest>[A-Z].{0,40})"
)
_DASHED = re.compile(r" {0,2}(?:--|—|–|:| - ) {0,2}(?P<title>\S.{0,200})")
_PLACE = re.compile(r"THE WHITE HOUSE,?")
_SEARCHED_LINES = 160
_MOST_TITLE_LINES = 10
_STRONG_KINDS = ("executive order", "proclamation", "presidential determination")


@dataclass(frozen=True, slots=True)
class Order:
    """What the heading of a numbered act says."""

    number: Found | None
    title: Found | None
    written_on: Found | None


@dataclass(frozen=True, slots=True)
class _Heading:
    at: int
    line: PrintedLine
    kind: str
    number: str | None
    day: date | None
    day_evidence: Evidence | None
    said_title: str | None
    end: int


def read_order(lines: Sequence[PrintedLine]) -> Order | None:
    """Return what the heading of a numbered act says; None when there is no such heading."""
    headings = [
        heading
        for at, line in enumerate(lines[:_SEARCHED_LINES])
        if (heading := _heading(at, line)) is not None
    ]
    if not headings:
        return None
    main = next((each for each in headings if each.day is not None), headings[0])
    cover = next((each for each in headings if each.said_title and _same(each, main)), None)
    title = _title_below(lines, main) if main.said_title is None else _said_title(lines, main)
    if title is None and cover is not None:
        title = _said_title(lines, cover)
    elif title is not None and cover is not None and cover is not main:
        title = _agreed(title, _said_title(lines, cover))
    return Order(_number(main), title, _written_on(lines, main))


def _heading(at: int, line: PrintedLine) -> _Heading | None:
    found = _HEADING.match(line.plain)
    if found is None:
        return _unnumbered(at, line)
    rest = found["rest"]
    number = found["number"].rstrip(".,-–")
    dashed = _DASHED.match(f"{found['number'][len(number) :]}{rest}")
    if dashed is not None:
        title = dashed["title"]
        return _Heading(at, line, found["kind"], number, None, None, title, found.end("number"))
    bare = rest.strip(" .,")
    day = next(english_dates(bare), None)
    if day is None and (bare or not _weighty(found, line)):
        return None
    if day is not None and not re.fullmatch(r"(?:of|dated|,)? {0,3}", bare[: day.start]):
        return None
    if day is not None and bare[day.end :].strip(" .,)"):
        return None
    evidence = line.evidence(found.start("rest")) if day else None
    said = day.day if day else None
    return _Heading(at, line, found["kind"], number, said, evidence, None, found.end("number"))


def _weighty(found: re.Match[str], line: PrintedLine) -> bool:
    """Tell whether a heading without a day is one: its kind is unusual in text, or in capitals."""
    return found["kind"].lower() in _STRONG_KINDS or line.plain[: found.end("kind")].isupper()


def _unnumbered(at: int, line: PrintedLine) -> _Heading | None:
    found = _UNNUMBERED.fullmatch(line.plain)
    day = next(english_dates(found["rest"]), None) if found else None
    if found is None or day is None or day.start != 0:
        return None
    evidence = line.evidence(found.start("rest"))
    return _Heading(at, line, found["kind"], None, day.day, evidence, None, found.end("kind"))


def _same(heading: _Heading, main: _Heading) -> bool:
    return heading.number == main.number


def _number(heading: _Heading) -> Found | None:
    if heading.number is None:
        return None
    kind = heading.kind.title() if heading.kind.isupper() else heading.kind
    value = f"{' '.join(kind.split())} {heading.number.replace('–', '-')}"
    evidence = heading.line.evidence(0, heading.end)
    sure = 0.98 if heading.day or heading.kind.lower() in _STRONG_KINDS else 0.85
    return Found(value, sure, evidence, raw=evidence.text)


def _title_below(lines: Sequence[PrintedLine], heading: _Heading) -> Found | None:
    taken: list[PrintedLine] = []
    for line in lines[heading.at + 1 : heading.at + 1 + _MOST_TITLE_LINES]:
        if not any(map(str.isalnum, line.plain)) or _is_running_head(line):
            continue
        if taken and _beside(line, taken[0]):
            continue
        if not is_headline(line) or (taken and not _alike(line, taken[0])):
            break
        taken.append(line)
    return _found(taken, 0.96)


def _beside(line: PrintedLine, first: PrintedLine) -> bool:
    """Tell whether a line stands in the margin beside a title."""
    if line.placed is None or first.placed is None:
        return False
    return line.placed.x1 < first.placed.x0 or line.placed.x0 > first.placed.x1


def _alike(line: PrintedLine, first: PrintedLine) -> bool:
    if not line.size or not first.size:
        return True
    return 0.9 < line.size / first.size < 1.1


def _said_title(lines: Sequence[PrintedLine], heading: _Heading) -> Found | None:
    """Return the title that begins on the line of the number, behind a dash."""
    if heading.said_title is None:
        return None
    start = len(heading.line.plain) - len(heading.said_title)
    first = PrintedLine(heading.line.page, heading.said_title, heading.said_title)
    taken = [first]
    for line in lines[heading.at + 1 : heading.at + _MOST_TITLE_LINES]:
        if not is_headline(line) or not _alike(line, heading.line) or _is_running_head(line):
            break
        taken.append(line)
    evidence = joined([heading.line.evidence(start), *(line.evidence() for line in taken[1:])])
    return Found(joined_headline(taken), 0.9, evidence)


def _is_running_head(line: PrintedLine) -> bool:
    text = line.plain
    return text.startswith(("Presidential Documents", "Federal Register", "VerDate", "[[")) or (
        re.match(r"[_=*\-\s]{4,}", text) is not None
    )


def _agreed(title: Found, other: Found | None) -> Found:
    if other is None or not isinstance(title.value, str) or not isinstance(other.value, str):
        return title
    one, two = (re.sub(r"\W", "", text).lower() for text in (title.value, other.value))
    if one == two:
        return Found(title.value, 0.99, title.evidence)
    if two.startswith(one) and len(one) * 2 > len(two):
        return title  # the cover may run into what stands below it
    return title.less_sure(0.9)


def _found(taken: list[PrintedLine], sure: float) -> Found | None:
    if not taken:
        return None
    evidence = joined(line.evidence() for line in taken)
    return Found(joined_headline(taken), sure, evidence)


def _written_on(lines: Sequence[PrintedLine], heading: _Heading) -> Found | None:
    if heading.day is not None and heading.day_evidence is not None:
        return Found(heading.day.isoformat(), 0.97, heading.day_evidence)
    for at, line in enumerate(lines):
        if _PLACE.match(line.plain):
            for below in lines[at : at + 3]:
                day = next(english_dates(below.plain), None)
                if day is not None:
                    return Found(day.day.isoformat(), 0.93, below.evidence(day.start, day.end))
    return None
