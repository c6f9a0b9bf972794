"""The foot of the last page: copies to, and by whom and when it was printed; attachments above."""

import re
from collections.abc import Sequence

from records.classification.face.agencies import agencies_of
from records.classification.face.closing import is_print_line
from records.classification.face.dates import chinese_dates
from records.classification.face.printed import PrintedLine, without_gaps
from records.classification.face.values import Found, joined

_COPIES = re.compile("(?:抄 ?送|抄 ?报|抄 ?发|分 ?送|发 ?送)(?:机关|单位)? ?[:：] ?")
_ATTACHED = re.compile("附 ?件? ?[:：] ?")
_ATTACHED_ONE = re.compile(r"附 ?件 ?\d{1,2} ?[:：.．] ?")
_ITEM = re.compile(r"(?:附件)?\(?\d{1,2}(?:[.．、:：)）]|\s) ?(?!\d)")
_ASIDE = re.compile("[（(](?:此件|此页|信息公开|联系|盖章|公开)")
_MOST_LINES = 14
_MOST_ITEMS = 60
_FULL_LINE = 15


def read_copies(lines: Sequence[PrintedLine]) -> Found | None:
    """Return whom copies go to."""
    for at in range(len(lines) - 1, -1, -1):
        label = _COPIES.match(lines[at].plain)
        if label is None:
            continue
        taken = [lines[at].evidence(label.end())]
        for line in lines[at + 1 : at + _MOST_LINES]:
            if taken[-1].text.endswith("。") or not _goes_on(line):
                break
            taken.append(line.evidence())
        taken = [each for each in taken if each.text.strip()]
        names = _names("".join(each.text for each in taken))
        if names:
            return Found(names, 0.95, joined(taken))
    return None


def _goes_on(line: PrintedLine) -> bool:
    text = line.plain
    return (
        _COPIES.match(text) is None
        and _ATTACHED.match(text) is None
        and _ASIDE.match(text) is None
        and not any(chinese_dates(text))
    )


def _names(text: str) -> list[str]:
    joined_text = without_gaps(text).strip("。 ；;")
    marks = "[，,；;。]" if re.search("[，,；;]", joined_text) else "[、]"
    return [part.strip() for part in re.split(marks, joined_text) if part.strip()]


def read_printed(lines: Sequence[PrintedLine]) -> Found | None:
    """Return the day of printing."""
    for line in reversed(lines):
        for day in chinese_dates(line.plain):
            if is_print_line(line, day):
                value = day.day.isoformat()
                raw = line.text[day.start : day.end]
                return Found(value, 0.97, line.evidence(day.start), raw)
    return None


def read_attachments(lines: Sequence[PrintedLine]) -> Found | None:
    """Return the titles of the attachments that are listed below the text."""
    for at, line in enumerate(lines):
        label = _ATTACHED.match(line.plain) or _ATTACHED_ONE.match(line.plain)
        if label is None:
            continue
        items = [(_title(line.text[label.end() :]), line.evidence(label.end()))]
        previous = line
        for below in range(at + 1, min(len(lines), at + _MOST_ITEMS)):
            following = lines[below]
            more = any(_is_item(line) for line in lines[below + 1 : below + 3])
            if not _belongs(following, previous, more=more):
                break
            number = _ITEM.match(following.plain) or _ATTACHED_ONE.match(following.plain)
            text = following.text[number.end() :] if number else following.text
            if number or not items[-1][0]:
                items.append((_title(text), following.evidence()))
            else:
                title = without_gaps(items[-1][0] + text)
                items[-1] = (title, joined([items[-1][1], following.evidence()]))
            previous = following
        listed = [(title, evidence) for title, evidence in items if title]
        if listed:
            titles = [title for title, _ in listed]
            return Found(titles, 0.92, joined(evidence for _, evidence in listed))
    return None


def _title(text: str) -> str:
    number = _ITEM.match(text)
    return without_gaps(text[number.end() :] if number else text).rstrip("。；;")


def _is_item(line: PrintedLine) -> bool:
    return _ITEM.match(line.plain) is not None and "。" not in line.plain


def _belongs(line: PrintedLine, previous: PrintedLine, *, more: bool) -> bool:
    """Tell whether a line goes on with the list of attachments; `more` items come below it."""
    text = line.plain
    if _ATTACHED_ONE.match(text):
        return True
    if any(chinese_dates(text)) or _ASIDE.match(text) or _COPIES.match(text) or "。" in text:
        return False
    if _ITEM.match(text):
        return True
    # A title that goes on in the next line filled its own.
    return (
        (more or len(previous.squeezed) >= _FULL_LINE)
        and len(line.squeezed) <= len(previous.squeezed)
        and agencies_of(text) is None
        and line.page == previous.page
    )
