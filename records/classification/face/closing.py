"""The end of an official document: who issued it and the day it was written, then the foot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from records.classification.face.agencies import agencies_of
from records.classification.face.dates import PrintedDate, chinese_dates
from records.classification.face.marks import people_of
from records.classification.face.printed import PrintedLine
from records.classification.face.values import Evidence, joined

_MOST_ISSUER_LINES = 12
_PRINTED = re.compile(r" ?(?:印 ?发|印 ?制|印 ?刷|翻 ?印|封 ?发|发出)")
_RECEIVED = re.compile("收到?|签收|登记")
_STAMP = re.compile(r"[（(](?:盖 ?章|印 ?章?|公 ?章|章)[）)]")
_OFFICE = re.compile(
    "^(?P<post>(?:代 ?)?(?:总 ?理|主 ?席|部 ?长|主 ?任|省 ?长|市 ?长|州 ?长|区 ?长|县 ?长|局 ?长|"
    "署 ?长|行 ?长|关 ?长|院 ?长|检 ?察 ?长|委 ?员 ?长|审 ?计 ?长|会 ?长|校 ?长|"
    "董 ?事 ?长|总 ?经 ?理|"
    "(?:中华人民共和国|自治区|国务院)(?:主席|总理)))"
    "[ :：]{1,8}(?P<name>[\u3400-\u9fff·](?: ?[\u3400-\u9fff·]){1,6})$"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature block of a document.

    Attributes:
        day: The day it was written.
        issuers: Agencies above the day.
        signer: Who signed by name, as in orders.
        at: The line of the day.
        agrees: Whether the issuers are those that were expected, or nobody was.
    """

    day: date
    sure: bool
    day_evidence: Evidence
    raw_day: str
    issuers: list[str]
    issuer_evidence: Evidence | None
    signer: str | None
    signer_evidence: Evidence | None
    at: int
    agrees: bool = True


def is_print_line(line: PrintedLine, day: PrintedDate) -> bool:
    """Tell whether the day of a line is that of printing."""
    return _PRINTED.match(line.plain, day.end) is not None


def find_signature(
    lines: Sequence[PrintedLine], body_at: int, expected: Sequence[str] = ()
) -> Signature | None:
    """Return the first signature block below the beginning of the text.

    The first, because what follows it is attached and may bear signatures of its own. One of the
    expected issuers is taken before one of others, that before one without a name.

    Args:
        lines: All lines.
        body_at: Where the text begins.
        expected: The issuers whom the title names.
    """
    bare: list[Signature] = []
    others: Signature | None = None
    for at in range(body_at, len(lines)):
        found = _signature(lines, at, body_at)
        if found is None:
            continue
        if found.issuers or found.signer:
            if not expected or not found.issuers or _agree(expected, found.issuers):
                return found
            others = others or replace(found, agrees=False)
            continue
        bare.append(found)
    if others is not None:
        return others
    # Days that stand alone and are many come from a table; the last is the likeliest.
    return replace(bare[-1], sure=bare[-1].sure and len(bare) == 1) if bare else None


def _agree(named: Sequence[str], signed: Sequence[str]) -> bool:
    """Tell whether title and signature mean the same: 省政府办公厅 is 江苏省人民政府办公厅."""
    return any(
        _is_within(one, other) or _is_within(other, one) for one in named for other in signed
    )


def _is_within(short: str, full: str) -> bool:
    """Tell whether the characters of a short name stand in the full one, in this order."""
    rest = iter(full)
    return len(short) <= len(full) and all(char in rest for char in short)


def _signature(lines: Sequence[PrintedLine], at: int, body_at: int) -> Signature | None:
    line = lines[at]
    if len(line.plain) > 80:
        return None
    day = _only_day(line)
    if day is None:
        return None
    before = _STAMP.sub("", line.plain[: day.start]).strip(" （(")
    issuers: list[str] = []
    evidence: list[Evidence] = []
    signer: tuple[str, Evidence] | None = None
    if before:
        named = agencies_of(before)
        if named is None:
            return None
        issuers, evidence = named, [line.evidence(0, day.start)]
    else:
        for above in range(at - 1, max(body_at, at - _MOST_ISSUER_LINES) - 1, -1):
            person = _OFFICE.match(lines[above].plain.strip())
            named = agencies_of(_STAMP.sub("", lines[above].plain))
            if person is not None and not issuers:
                name = "".join(people_of(person["name"].replace(" ", "")))
                joint = f"{name}、{signer[0]}" if signer else name
                signer = (joint, lines[above].evidence(*person.span("name")))
            elif named is not None:
                issuers = named + issuers
                evidence.insert(0, lines[above].evidence())
            else:
                break
    return Signature(
        day.day,
        day.sure,
        line.evidence(day.start, day.end),
        line.text[day.start : day.end],
        issuers,
        joined(evidence) if evidence else None,
        signer[0] if signer else None,
        signer[1] if signer else None,
        at,
    )


def _only_day(line: PrintedLine) -> PrintedDate | None:
    """Return the day that a line ends with, unless it is that of printing or receipt."""
    for day in chinese_dates(line.plain):
        rest = _STAMP.sub("", line.plain[day.end :]).strip(" ）)。")
        if not rest and _RECEIVED.search(line.plain[: day.start]) is None:
            return day
    return None
