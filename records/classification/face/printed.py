"""The lines of a document that a face can stand on, with their places where these are known."""

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from records.classification.face.values import Box, Evidence
from search.reading.model import Layout, PlacedLine

# A face never lies deeper in a document than this, however long the document is.
_MOST_FIRST_CHARS = 120_000
_MOST_LAST_CHARS = 12_000
_MOST_LINES = 3_000
_MOST_LINE_CHARS = 2_000
_KEY_CHARS = 24
_UNSEEN = (0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
_HALF = {
    **{0xFF01 + at: 0x21 + at for at in (*range(15, 25), *range(32, 58), *range(64, 90))},
    **dict.fromkeys(map(ord, "∶﹕︰"), "："),
    **dict.fromkeys((0x09, 0xA0, 0x2002, 0x2003, 0x2009, 0x3000, *_UNSEEN), " "),
}
_HAN = re.compile("[\u3400-\u9fff]")
_SPACES = re.compile("[\\s\xad\u200b-\u200d\u2060\ufeff]+")
_BETWEEN_HAN = re.compile(
    "(?<=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’—…])[\\s\xad\u200b-\u200d\u2060\ufeff]+"
    "|[\\s\xad\u200b-\u200d\u2060\ufeff]+(?=[\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’—…])"
)
_PAGE_MARK = re.compile(r"[—–\-·.\s]*(?:第\s{0,3})?\d{1,4}\s*(?:页|/\s*\d{1,4})?[—–\-·.\s]*")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of a page.

    Attributes:
        page: Counted from 1.
        text: As the reading gave it, without spaces at the ends.
        plain: The same, digits and letters in half width, every space a plain one; as long as
            `text`, so that places in one are places in the other.
        placed: Where it stands, if that is known.
        offset: Where `text` begins in the line of `placed`.
    """

    page: int
    text: str
    plain: str
    placed: PlacedLine | None = None
    offset: int = 0

    @property
    def squeezed(self) -> str:
        """The plain text without any space."""
        return _SPACES.sub("", self.plain)

    @property
    def red(self) -> bool:
        """Whether it is printed in red."""
        return self.placed is not None and self.placed.red

    @property
    def size(self) -> float:
        """The size of the print in points; 0 when it is not known."""
        return self.placed.size if self.placed is not None else 0.0

    def evidence(self, start: int = 0, end: int | None = None) -> Evidence:
        """Return what stands between two places of the line, as evidence."""
        stop = len(self.text) if end is None else end
        part = self.text[start:stop]
        start += len(part) - len(part.lstrip())
        stop = start + len(part.strip())
        return Evidence(self.page, self._box(start, stop), self.text[start:stop])

    def _box(self, start: int, end: int) -> Box | None:
        line = self.placed
        if line is None:
            return None
        start, end = start + self.offset, end + self.offset
        edges = [
            (_edge(run, start), _edge(run, end))
            for run in line.runs
            if run[0] < end and run[1] > start
        ]
        if not edges:
            return line.x0, line.y0, line.x1, line.y1
        x0, x1 = min(edge[0] for edge in edges), max(edge[1] for edge in edges)
        return round(x0, 1), line.y0, round(x1, 1), line.y1


def _edge(run: tuple[int, int, float, float], at: int) -> float:
    """Return where a character of a run begins, as if all were of the same width."""
    start, end, x0, x1 = run
    share = (min(max(at, start), end) - start) / max(1, end - start)
    return x0 + (x1 - x0) * share


def plain(text: str) -> str:
    """Return text with half-width digits and letters and plain spaces, of the same length."""
    return text.translate(_HALF)


def is_chinese(text: str) -> bool:
    """Tell whether a text is in Chinese in the main."""
    head = text[:4_000]
    letters = sum(char.isalpha() for char in head)
    return len(_HAN.findall(head)) * 5 > letters


def without_gaps(text: str) -> str:
    """Return a text without the spaces that stand beside Chinese characters and marks."""
    return _SPACES.sub(" ", _BETWEEN_HAN.sub("", text)).strip()


def printed_lines(pages: Sequence[str], layouts: Sequence[Layout]) -> list[PrintedLine]:
    """Return the lines of the first and the last pages that are not empty, top to bottom."""
    places = {layout.page: layout.lines for layout in layouts}
    lines: list[PrintedLine] = []
    for number, text in _face_pages(pages):
        lines.extend(_page_lines(number, text, places.get(number, [])))
        if len(lines) > 2 * _MOST_LINES:
            break
    return lines


def _face_pages(pages: Sequence[str]) -> list[tuple[int, str]]:
    room = _MOST_FIRST_CHARS
    chosen: list[tuple[int, str]] = []
    for number, text in enumerate(pages):
        if room <= 0:
            break
        cut = text[:room]
        if len(cut) < len(text):
            # The end of a long text bears the signature and the foot.
            cut = f"{cut}\n{text[max(len(cut), len(text) - _MOST_LAST_CHARS) :]}"
        chosen.append((number, cut))
        room -= len(text)
    if len(chosen) < len(pages):
        last = len(pages) - 1
        chosen.append((last, pages[last][-_MOST_LAST_CHARS:]))
    return chosen


def _page_lines(number: int, text: str, placed: Sequence[PlacedLine]) -> list[PrintedLine]:
    where: dict[str, deque[PlacedLine]] = defaultdict(deque)
    for each in placed:
        where[_key(each.text)].append(each)
    rows = text.split("\n")
    if len(rows) > _MOST_LINES:
        rows = rows[: _MOST_LINES // 2] + rows[-_MOST_LINES // 2 :]
    lines = [line for row in rows if (line := _line(number + 1, row, where)) is not None]
    return _top_to_bottom(lines) if is_chinese(text) else lines


def _line(page: int, row: str, where: dict[str, deque[PlacedLine]]) -> PrintedLine | None:
    text = row[:_MOST_LINE_CHARS].strip()
    if not text or (_PAGE_MARK.fullmatch(text) and not text.isdigit()):
        return None
    known = where.get(_key(text))
    placed = known.popleft() if known else None
    offset = len(placed.text) - len(placed.text.lstrip()) if placed else 0
    return PrintedLine(page, text, plain(text), placed, offset)


def _key(text: str) -> str:
    """Return by what a line of the text is known among the placed ones.

    Its beginning is enough: the ends differ where a word is joined over them, or runs off the page.
    """
    return _SPACES.sub("", text[: 2 * _KEY_CHARS])[:_KEY_CHARS]


def _top_to_bottom(lines: list[PrintedLine]) -> list[PrintedLine]:
    """Sort the lines of a page as they stand on it; one without a place follows the one before."""
    if not any(line.placed for line in lines):
        return lines
    keys = []
    level, left = 0.0, 0.0
    for line in lines:
        if line.placed is not None:
            level, left = (line.placed.y0 + line.placed.y1) / 2, line.placed.x0
        keys.append((level, left))
    order = sorted(range(len(lines)), key=lambda at: (round(keys[at][0] / 4), keys[at][1], at))
    return [lines[at] for at in order]
