"""The opening of an official document: what stands before the text, and where the text begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from records.classification.face.addressee import closes_addressee, goes_before
from records.classification.face.kinds import ends_a_title
from records.classification.face.printed import PrintedLine

_SEARCHED_LINES = 160
_WIDE = 60
_SECTION = re.compile(
    "第[一二三四五六七八九十百零〇0-9]{1,5} ?[条章节编](?!例)|[一二三四五六七八九十]{1,3}、|"
    "[（(][一二三四五六七八九十]{1,3}[）)]|总 ?则$|目[录次]$"
)
_PROSE = re.compile(
    "现将|现予|现就|现决定|为了|为(?:进一步|贯彻|深入|认真|切实|加强|规范|全面|推动|推进|做好|促进)|"
    "根据|按照|近年来|近日|近期|兹|你(?:省|市|区|县|委|部|局|院|厅|司|校|公司|办|单位|们)|"
    "经.{0,30}(?:同意|批准|审议|研究)|《.{1,80}》已(?:经|于)"
)
_SOURCE = re.compile(
    "(?:来源|字体|浏览|打印|分享|发布时间|发布日期|更新时间|索引号|当前位置|首页|扫一扫|责任编辑|稿源)"
    "|https?://|www\\."
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands before the text.

    Attributes:
        head: Lines above the addressee, or above the text where there is none.
        addressed: Lines that may hold the addressee, and perhaps the end of the title.
        body_at: Where the text begins, counted in all lines.
    """

    head: list[PrintedLine]
    addressed: bool
    body_at: int
    lines: Sequence[PrintedLine] = field(repr=False, default=())


def is_prose(line: PrintedLine) -> bool:
    """Tell whether a line belongs to the text rather than to what stands above it."""
    text = line.squeezed
    if "。" in text.rstrip("。") or (text.endswith("。") and len(text) > 12):
        return True
    if _SECTION.match(text) is not None:
        return True
    if _PROSE.match(text) is not None:
        return not ends_a_title(text) or len(text) > _WIDE
    if len(text) > _WIDE and "，" in text:
        return not closes_addressee(line)
    return False


def is_noise(line: PrintedLine) -> bool:
    """Tell whether a line comes from the page around a document."""
    return _SOURCE.match(line.squeezed) is not None


def find_opening(lines: Sequence[PrintedLine]) -> Opening:
    """Part what stands above the text from the text."""
    head: list[PrintedLine] = []
    for at, line in enumerate(lines[:_SEARCHED_LINES]):
        if closes_addressee(line) and head:
            return Opening([*head, line], addressed=True, body_at=at + 1, lines=lines)
        if is_prose(line) and not _is_note(line):
            return Opening(head, addressed=False, body_at=at, lines=lines)
        if not is_noise(line) and any(map(str.isalnum, line.text)):
            head.append(line)
    return Opening(
        head[:40], addressed=False, body_at=min(len(lines), _SEARCHED_LINES), lines=lines
    )


def _is_note(line: PrintedLine) -> bool:
    return (
        line.text.startswith(("（", "(")) and re.search(r"\d年|年\S{1,3}月", line.plain) is not None
    )


def split_addressee(
    block: list[PrintedLine],
) -> tuple[list[PrintedLine], list[PrintedLine]]:
    """Part the lines of a title from those of the addressee below it.

    The last place where the title above is whole wins: an addressee hardly ever ends as a title
    does, while a title that quotes another may seem whole too early.
    """
    sizes = [line.size for line in block]
    for at in range(len(block) - 1, 0, -1):
        title = "".join(line.squeezed for line in block[:at])
        if ends_a_title(title) and all(goes_before(line) for line in block[at:-1]):
            return block[:at], block[at:]
    for at in range(len(block) - 1, 0, -1):
        if sizes[at] and sizes[at - 1] >= sizes[at] * 1.15:
            return block[:at], block[at:]
    return block[:-1], block[-1:]
