"""Where a seal likes to stand: at the date of a document and its issuer. Pure.

On a Chinese official document the seal stands upright over the issuer's name and the date, which
lie a little below its middle, and rides on the year and the month (骑年盖月; GB/T 9704-2012, 7.3.5)
(check). Both points are middles of the imprint, so that they hold for seals of every size.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from records.seals.pages.boxes import Size

ISSUER, DATE = "issuer", "date"
_DIGIT = "[0-9〇○零一二三四五六七八九]"
_GAP = r"\s*"
_CHINESE = re.compile(
    rf"(?:{_DIGIT}{_GAP}){{4}}年{_GAP}(?:[0-9一二三四五六七八九十]{_GAP}){{1,2}}月"
    rf"{_GAP}(?:[0-9一二三四五六七八九十]{_GAP}){{1,3}}日"
)
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_ENGLISH = re.compile(
    rf"\d{{1,2}}(?:st|nd|rd|th)?{_GAP}{_MONTH},?{_GAP}\d{{4}}"
    rf"|{_MONTH}{_GAP}\d{{1,2}}(?:st|nd|rd|th)?,?{_GAP}\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}",
    re.IGNORECASE,
)
# A date within a sentence is not the date of the document; beside it there may be its issuer.
_MOST_BESIDE = 24
_SENTENCE = re.compile("[，。；：、,;:]")
_LONGEST_ISSUER = 60
_FURTHEST_MM = 30.0
# The issuer and the date lie a little below the middle of the seal.
_TOWARDS_DATE = 0.25


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page as shown; `stops_mm` are the left edges of its characters.

    Attributes:
        page: Counted from 0.
        stops_mm: As many as characters, and the right edge of the last one.
    """

    page: int
    text: str
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    stops_mm: tuple[float, ...] = ()

    @property
    def middle_mm(self) -> float:
        """Half of its height, from the top of the page."""
        return self.y_mm + self.height_mm / 2

    def span_mm(self, begin: int, end: int) -> tuple[float, float]:
        """Return the left and the right edge of some of its characters."""
        if len(self.stops_mm) != len(self.text) + 1:
            return self.x_mm, self.x_mm + self.width_mm
        return self.stops_mm[begin], self.stops_mm[end]


@dataclass(frozen=True, slots=True)
class SnapPoint:
    """Where the middle of an imprint may snap to."""

    page: int
    x_mm: float
    y_mm: float
    kind: str


def lines_in_mm(page: int, size: Size, lines: Iterable[Sequence[object]]) -> list[TextLine]:
    """Return lines that come in fractions of a page (`search.reading.Line`) in millimetres."""
    width, height = size
    found = []
    for text, x0, y0, x1, y1, stops in lines:
        assert isinstance(text, str)
        assert isinstance(stops, Sequence)
        left, top, right, bottom = (float(edge) for edge in (x0, y0, x1, y1))  # type: ignore[arg-type]
        found.append(
            TextLine(
                page,
                text,
                left * width,
                top * height,
                (right - left) * width,
                (bottom - top) * height,
                tuple(float(stop) * width for stop in stops),
            )
        )
    return found


def snap_points(lines: Sequence[TextLine]) -> list[SnapPoint]:
    """Return where a seal may stand, the last date of each page last.

    Args:
        lines: Of one or more pages, in the order of reading.
    """
    points = []
    for line in lines:
        date = date_span(line)
        if date is None:
            continue
        middle = sum(date) / 2
        issuer = _issuer_of(line, date, lines)
        if issuer is not None:
            down = issuer.middle_mm + (line.middle_mm - issuer.middle_mm) * _TOWARDS_DATE
            points.append(SnapPoint(line.page, middle, down, ISSUER))
        points.append(SnapPoint(line.page, middle, line.middle_mm, DATE))
    return points


def date_span(line: TextLine) -> tuple[float, float] | None:
    """Return the edges of the date that a line consists of; None for any other line."""
    text = "".join(_narrow(char) for char in line.text)
    found = _CHINESE.search(text) or _ENGLISH.search(text)
    if found is None:
        return None
    beside = text[: found.start()] + text[found.end() :]
    if len(beside.strip()) > _MOST_BESIDE or _SENTENCE.search(beside):
        return None
    return line.span_mm(found.start(), found.end())


def _narrow(char: str) -> str:
    """Return a full-width character as its narrow twin, and any other as it is."""
    narrow = unicodedata.normalize("NFKC", char)
    return narrow if len(narrow) == 1 else char


def _issuer_of(
    line: TextLine, date: tuple[float, float], lines: Sequence[TextLine]
) -> TextLine | None:
    """Return the nearest line above a date that can be its issuer's name."""
    above = [
        each
        for each in lines
        if each.page == line.page
        and 0 < line.middle_mm - each.middle_mm <= _FURTHEST_MM
        and each.x_mm < date[1]
        and each.x_mm + each.width_mm > date[0]
        and each.text.strip()
    ]
    nearest = max(above, key=lambda each: each.middle_mm, default=None)
    if nearest is None or len(nearest.text.strip()) > _LONGEST_ISSUER:
        return None
    return None if nearest.text.rstrip()[-1] in "。；：，.;:," else nearest
