"""The lines above the text, told apart: red head, number, note, title, addressee."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from records.classification.face.agencies import agencies_of
from records.classification.face.dates import chinese_dates
from records.classification.face.kinds import ends_a_title
from records.classification.face.marks import cut
from records.classification.face.numbers import (
    DocumentNumber,
    parse_bare,
    parse_number,
    parse_series,
)
from records.classification.face.opening import Opening, split_addressee
from records.classification.face.printed import PrintedLine
from records.classification.face.promulgation import find_note
from records.classification.face.values import Evidence, joined

_TITLE_GOES_ON = re.compile("关于|转发|批转|印发|公布|发布|颁布|对|致|给|就|办公[厅室]关于|联合")
_HEAD_ENDS = re.compile("(?:文件|[（(][通知函报]{1,2}[）)])$")
_ORDER_HEAD = re.compile("(?:令|公告|通告|公报|决定|决议)$")
_NUMBER_BEHIND = re.compile(
    r"(?<=\S{6})[（(](?P<number>[^（()）〔〕\[\]]{1,20}[〔\[]\d{4}[〕\]][^（()）〔〕\[\]]{1,10})[)）]\Z"
)
_SERIES_HEAD = re.compile("(?:纪要|简报|通报|专报|快报|动态|情况|信息|参考|报告)$")
_MOST_HEAD_LINES = 8
_MOST_TITLE_LINES = 8


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """The number that stands on the face as the document's own."""

    number: DocumentNumber
    evidence: Evidence


@dataclass(slots=True)
class Heading:
    """The lines above the text by what they are."""

    number: OwnNumber | None = None
    title: list[PrintedLine] = field(default_factory=list)
    addressee: list[PrintedLine] = field(default_factory=list)
    note: list[PrintedLine] = field(default_factory=list)
    red_head: list[PrintedLine] = field(default_factory=list)
    order_head: list[PrintedLine] = field(default_factory=list)
    day: PrintedLine | None = None
    issued: PrintedLine | None = None


def read_heading(opening: Opening) -> Heading:
    """Tell the lines above the text apart."""
    heading = Heading()
    lines = [part for line in opening.head for part in _number_apart(line)]
    note = find_note(lines)
    numbered = _find_number(lines, heading)
    blocks: list[list[PrintedLine]] = [[]]
    before_number = 0
    for at, line in enumerate(lines):
        parts = True
        is_note = note is not None and note[0] <= at < note[1]
        if is_note:
            heading.note.append(line)
        if numbered and numbered[0] <= at < numbered[1]:
            before_number = len(blocks)
        elif is_note:
            pass
        elif _is_day(line):
            heading.day = heading.day or line
        elif line in heading.order_head:
            pass
        elif _is_issued(line):
            heading.day = heading.day or line
            heading.issued = heading.issued or line
        elif _is_head(lines, at):
            heading.red_head.append(line)
        else:
            parts = False
            blocks[-1].append(line)
        if parts and blocks[-1]:
            blocks.append([])
    _take_title(heading, blocks, before_number if numbered else None, opening)
    return heading


def _find_number(lines: Sequence[PrintedLine], heading: Heading) -> tuple[int, int] | None:
    """Find the number's lines; the first number that is not a guess wins."""
    guessed: tuple[OwnNumber, tuple[int, int]] | None = None
    for at in range(len(lines)):
        own = _number_of(lines, at, heading)
        if own is None:
            continue
        if not own.number.repaired:
            heading.number = own
            return at, at + 1
        guessed = guessed or (own, (at, at + 1))
    if guessed is not None:
        heading.number, span = guessed
        return span
    return None


def _number_of(lines: Sequence[PrintedLine], at: int, heading: Heading) -> OwnNumber | None:
    line = lines[at]
    if len(line.text) > 120 or not any(char.isdigit() or char == "第" for char in line.plain):
        return None
    if (number := parse_number(line.text)) is not None:
        return OwnNumber(number, line.evidence())
    if (bare := parse_bare(line.text)) is not None:
        own = _order_number(lines, at, bare, heading)
        if own is not None:
            return own
    if (series := parse_series(line.text)) is not None:
        return _series_number(lines, at, series, heading)
    return _number_in(line)


def _order_number(
    lines: Sequence[PrintedLine], at: int, bare: tuple[str, int | None], heading: Heading
) -> OwnNumber | None:
    """Put an order's number together with the head above it: 国务院令 / 第752号."""
    above = at - 1
    head: list[PrintedLine] = []
    while above >= 0 and len(head) < _MOST_HEAD_LINES:
        text = lines[above].squeezed
        if (not head and _ORDER_HEAD.search(text)) or (head and agencies_of(lines[above].text)):
            head.insert(0, lines[above])
            above -= 1
        else:
            break
    if not head:
        return None
    heading.order_head.extend(head)
    code = _code([line.squeezed for line in head])
    value = DocumentNumber(f"{code}{bare[0]}", f"{code}{lines[at].text}", code, bare[1])
    return OwnNumber(value, joined(line.evidence() for line in (*head, lines[at])))


def _series_number(
    lines: Sequence[PrintedLine], at: int, series: tuple[str, int | None], heading: Heading
) -> OwnNumber | None:
    """Put the number of minutes together with the name of the series above it."""
    name = lines[at - 1] if at else None
    if name is None or not _SERIES_HEAD.search(name.squeezed) or len(name.squeezed) > 30:
        return None
    heading.order_head.append(name)
    number, year = series
    code = name.squeezed
    value = DocumentNumber(f"{code}{number}", f"{code}{lines[at].text}", code, year)
    return OwnNumber(value, joined(line.evidence() for line in (name, lines[at])))


def _code(names: Sequence[str]) -> str:
    """Join the names above an order: several agencies are parted by 、."""
    *issuers, last = names
    if last in ("令", "公告", "通告", "公报"):
        return "、".join(issuers) + last
    return "、".join((*issuers, last))


def _number_apart(line: PrintedLine) -> list[PrintedLine]:
    """Part a title from the number in brackets behind it: …的通知（国发〔1994〕1号）."""
    found = _NUMBER_BEHIND.search(line.text) if len(line.text) < 400 else None
    if found is None or parse_number(found["number"]) is None:
        return [line]
    title = cut(line, *found.span())
    number = cut(line, 0, found.start())
    return [part for part in (title, number) if part is not None]


def _number_in(line: PrintedLine) -> OwnNumber | None:
    """Find a number that shares its line with the red head, a day or the issuer."""
    inner = line.text.strip("（()）")
    tokens = inner.split()
    if not 1 < len(tokens) <= 8:
        return None
    for start in range(len(tokens)):
        for end in range(len(tokens), start, -1):
            raw = " ".join(tokens[start:end])
            number = parse_number(raw)
            if number is None or not _explained([*tokens[:start], *tokens[end:]]):
                continue
            place = line.text.find(tokens[start])
            stop = line.text.find(tokens[end - 1], place) + len(tokens[end - 1])
            return OwnNumber(number, line.evidence(place, stop))
    return None


def _explained(tokens: Sequence[str]) -> bool:
    text = "".join(tokens)
    if not text:
        return True
    if _HEAD_ENDS.search(text) or agencies_of(text):
        return True
    days = list(chinese_dates(text))
    return bool(days) and days[0].start == 0 and days[-1].end == len(text)


def _is_day(line: PrintedLine) -> bool:
    text = line.plain.strip("（() ）")
    day = next(chinese_dates(text), None)
    return day is not None and day.end - day.start == len(text)


def _is_issued(line: PrintedLine) -> bool:
    """Tell whether a line names the issuer and the day, as the head of minutes does."""
    day = next(chinese_dates(line.plain), None)
    if day is None or day.end != len(line.plain.rstrip()):
        return False
    return agencies_of(line.plain[: day.start]) is not None


def _is_head(lines: Sequence[PrintedLine], at: int) -> bool:
    """Tell whether a line belongs to the head of the page and not to the title."""
    line = lines[at]
    text = line.squeezed
    if _HEAD_ENDS.search(text) and (text == "文件" or agencies_of(_HEAD_ENDS.sub("", text))):
        return True
    if agencies_of(line.text) is None and not _is_order_head(text):
        return False
    following = next((each for each in lines[at + 1 :] if agencies_of(each.text) is None), None)
    if following is None or line.red != following.red:
        return True
    # An agency alone above 关于… is the first line of the title, not a head.
    return not (_TITLE_GOES_ON.match(following.squeezed) and _close(line, following))


def _is_order_head(text: str) -> bool:
    body = text[:-1] if text.endswith("令") else text.removesuffix("公告").removesuffix("通告")
    return body != text and agencies_of(body) is not None


def _close(line: PrintedLine, other: PrintedLine) -> bool:
    if not line.size or not other.size:
        return True
    return 0.75 < line.size / other.size < 1.33


def _take_title(
    heading: Heading,
    blocks: list[list[PrintedLine]],
    after_number: int | None,
    opening: Opening,
) -> None:
    blocks = [block for block in blocks if block]
    if opening.addressed and blocks:
        last = blocks[-1]
        title, heading.addressee = split_addressee(last)
        above = blocks[-2] if len(blocks) > 1 else []
        if after_number is not None and above and not _is_title(title) and _is_title(above):
            # Title, number, addressee, as on web pages: all below the number is addressee.
            title, heading.addressee = [], last
        blocks = [*blocks[:-1], title] if title else blocks[:-1]
    heading.title = _trimmed(_best(blocks))


def _best(blocks: list[list[PrintedLine]]) -> list[PrintedLine]:
    """Choose the lowest block that ends as a title does, else the lowest."""
    for block in reversed(blocks):
        if _is_title(block):
            return block
    return blocks[-1] if blocks else []


def _is_title(block: Sequence[PrintedLine]) -> bool:
    return any(
        ends_a_title("".join(line.squeezed for line in block[:end]))
        for end in range(len(block), 0, -1)
    )


def _trimmed(block: list[PrintedLine]) -> list[PrintedLine]:
    """Leave out what stands above and below a title in its block."""
    block = _without_repeats(_largest(block))
    for end in range(len(block), 0, -1):
        if ends_a_title("".join(line.squeezed for line in block[:end])):
            return _from_its_start(block[:end])
    return block[:_MOST_TITLE_LINES]


def _largest(block: list[PrintedLine]) -> list[PrintedLine]:
    most = max((line.size for line in block), default=0.0)
    kept = [line for line in block if line.size >= 0.85 * most]
    return kept or block


def _without_repeats(block: list[PrintedLine]) -> list[PrintedLine]:
    """Drop the name of a web page that the heading below it says again."""
    for start in range(1, len(block)):
        rest = "".join(line.squeezed for line in block[start:])
        above = "".join(line.squeezed for line in block[:start])
        if rest and (above.startswith(rest) or (rest.startswith(above) and len(above) > 8)):
            return block[start:] if above.startswith(rest) else block[:start]
    return block


def _from_its_start(block: list[PrintedLine]) -> list[PrintedLine]:
    """Drop whole titles and other lines above the one that the block ends with."""
    start = max(0, len(block) - _MOST_TITLE_LINES)
    for at in range(start, len(block) - 1):
        text = block[at].squeezed
        if ends_a_title(text) and "关于" in "".join(line.squeezed for line in block[at + 1 :]):
            if "关于" in text and not block[at + 1].squeezed.startswith("的"):
                start = at + 1
        elif ">" in text or ("》" in text and "首页" in text):
            start = at + 1
    return block[start:]
