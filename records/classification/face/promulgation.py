"""The note under the title of laws and decisions: who adopted and who promulgated it, and when.

（2004年6月17日中华人民共和国国务院令第409号公布　2011年1月8日《…的决定》修订）: the text was made
public by the order; later changes are dates and numbers of other documents.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from records.classification.face.agencies import agencies_of
from records.classification.face.dates import chinese_dates
from records.classification.face.numbers import parse_number
from records.classification.face.printed import PrintedLine
from records.classification.face.values import Evidence

_NUMBER = re.compile(
    r"(?P<number>[\u3400-\u9fff、 ]{2,80}?(?:令|公告) ?"
    r"(?:(?:19|20)\d\d ?年 ?|[〔\[（(](?:19|20)\d\d[〕\]）)] ?)?"
    r"[（(]?第? ?[\d一二三四五六七八九十百零〇○]{1,8} ?号[）)]?)"
)
_STANDARD = re.compile(
    r"(?P<number>[\u3400-\u9fff]{1,15} ?[〔\[［（(](?:19|20)\d\d[〕\]］）)] ?\d{1,5} ?号)"
)
_LATER = re.compile("修订|修正|修改|废止|决定》")
_MADE_PUBLIC = re.compile("公布|发布|颁布|印发")
_ADOPTED = re.compile("通过|批准|审议|制定")
_IN_FORCE = re.compile("施行|生效|执行|实施")
_LEAD = re.compile("^(?:[，,；;、 ]|根据|由|以|经|按照)+")
_MOST_LINES = 14
_MOST_CHARS = 6_000


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the note: a day, what happened, and the number it happened by."""

    day: date
    said: str
    number: str | None
    raw: str | None
    evidence: Evidence

    @property
    def makes_public(self) -> bool:
        """Whether the document itself was made public by it."""
        if self.number is None or self.raw is None:
            return False
        # 令第538号修订公布 makes a text public anew; 令第588号《…的决定》修订 does not.
        said = self.said.partition(self.raw)[2]
        anew = _MADE_PUBLIC.search(said) is not None and "》" not in said
        return anew or _LATER.search(self.said) is None

    @property
    def adopts(self) -> bool:
        """Whether the document itself was adopted by it."""
        said = self.said
        plain = _LATER.search(said) is None and _IN_FORCE.search(said) is None
        return plain and _ADOPTED.search(said) is not None

    @property
    def is_bare(self) -> bool:
        """Whether the note gives the day and nothing else, or who issued the document."""
        return not self.said or agencies_of(self.said) is not None

    @property
    def announces(self) -> bool:
        """Whether the document itself was announced, without a number."""
        return _MADE_PUBLIC.search(self.said) is not None and _LATER.search(self.said) is None


def find_note(lines: Sequence[PrintedLine]) -> tuple[int, int] | None:
    """Return which lines hold the note; it opens with a bracket and names a day."""
    for at, line in enumerate(lines):
        if not line.text.startswith(("（", "(", "【")):
            continue
        end = _end(lines, at)
        text = "".join(each.plain for each in lines[at:end])
        if any(chinese_dates(text[:_MOST_CHARS])):
            return at, end
    return None


def _end(lines: Sequence[PrintedLine], at: int) -> int:
    depth = 0
    for end in range(at, min(len(lines), at + _MOST_LINES)):
        text = lines[end].text
        depth += sum(map(text.count, "（(【")) - sum(map(text.count, "）)】"))
        if depth <= 0:
            return end + 1
    return at + 1


def acts_of(lines: Sequence[PrintedLine]) -> list[Act]:
    """Return the entries of a note, in order."""
    text = "".join(line.plain for line in lines)[:_MOST_CHARS]
    days = [each for each in chinese_dates(text) if each.sure]
    acts = []
    for at, day in enumerate(days):
        until = days[at + 1].start if at + 1 < len(days) else len(text)
        said = text[day.end : until].strip(" 　,，；;、）)】")
        acts.append(_act(day.day, said, (day.start, until), lines))
    return acts


def _act(day: date, said: str, span: tuple[int, int], lines: Sequence[PrintedLine]) -> Act:
    found = _NUMBER.search(said) or _STANDARD.search(said)
    number = parse_number(_LEAD.sub("", found["number"].strip())) if found else None
    return Act(
        day,
        said,
        number.value if number else None,
        found["number"].strip() if found else None,
        _evidence(lines, *span),
    )


def _evidence(lines: Sequence[PrintedLine], start: int, end: int) -> Evidence:
    """Return the evidence of a part of the lines when they are read as one."""
    offset = 0
    for line in lines:
        if start < offset + len(line.plain):
            first = max(0, start - offset)
            stop = min(len(line.plain), end - offset)
            text = line.text[first:stop]
            kept = text.strip("（(【）)】 　，,；;")
            lead = text.index(kept) if kept else 0
            return line.evidence(first + lead, first + lead + len(kept.rstrip()))
        offset += len(line.plain)
    return lines[-1].evidence()
