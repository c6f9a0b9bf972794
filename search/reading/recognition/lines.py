"""From the characters of the engine to lines of text: spaces, sizes, repairs."""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from search.reading.recognition.grammar import repairs
from search.reading.recognition.tesseract import Char, Row

_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f〇“”‘’…—]")
HAN = re.compile(r"[\u3400-\u9fff〇]")
_LATIN = re.compile(r"[A-Za-z]")
# Gaps wider than this part of the size part the line; Chinese print puts a quarter between Han
# characters and figures.
_GAP = 0.9
_LEAST_SURE = 0.3
_NARROW, _ONE_PLACE = 0.6, 1.15


@dataclass(slots=True)
class FoundLine:
    """One line in pixels: a character, its left and right edge and its confidence each."""

    chars: list[Char]
    size: float

    @property
    def text(self) -> str:
        """The characters in a row."""
        return "".join(char.text for char in self.chars)

    @property
    def confidence(self) -> float:
        """The mean of its characters."""
        return fmean(char.confidence for char in self.chars)

    def answer(self, scale: float) -> list[Any]:
        """Return what `RecognisedLine` needs, in points."""
        stops: list[float] = []
        for char in self.chars:
            step = (char.x1 - char.x0) / len(char.text)
            stops += [char.x0 + step * at for at in range(len(char.text))]
        stops.append(self.chars[-1].x1)
        box = (
            min(char.x0 for char in self.chars),
            min(char.y0 for char in self.chars),
            max(char.x1 for char in self.chars),
            max(char.y1 for char in self.chars),
        )
        points = [[round(edge * scale, 2) for edge in edges] for edges in (box, stops)]
        size = round(self.size * scale, 1)
        return [self.text, points[0], size, points[1], round(self.confidence, 4), False]


@dataclass(slots=True)
class Found:
    """What was read on a page that was turned and straightened in one way."""

    rotation: int
    skew: float
    lines: list[FoundLine]
    languages: list[str]

    @property
    def confidence(self) -> float:
        """The mean of all characters; 0 without any."""
        every = [char.confidence for line in self.lines for char in line.chars]
        return sum(every) / len(every) if every else 0.0

    @property
    def worth(self) -> float:
        """How much was read, and how surely."""
        return self.confidence**2 * math.sqrt(sum(len(line.chars) for line in self.lines))

    @property
    def is_latin(self) -> bool:
        """Whether hardly any character is Han."""
        text = "".join(line.text for line in self.lines)
        return len(HAN.findall(text)) * 4 < len(_LATIN.findall(text))


def lines_of(rows: Sequence[Row]) -> list[FoundLine]:
    """Return the lines with their spaces set and their text repaired."""
    lines = [_line(row) for row in rows]
    return [line for line in lines if line.chars]


def _line(row: Row) -> FoundLine:
    pitch = _pitch(row)
    size = pitch or _height(row)
    chars: list[Char] = []
    for word in row.words:
        if chars and _parted(chars[-1], word[0], size):
            before = chars[-1]
            chars.append(Char(" ", before.x1, before.y0, max(before.x1, word[0].x0), before.y1, 1))
        chars += word
    return FoundLine(_repaired(chars, pitch), size)


def _parted(left: Char, right: Char, size: float) -> bool:
    """Tell whether there is a space between two words of the engine."""
    gap = right.x0 - left.x1
    if _WIDE.match(left.text[-1]) or _WIDE.match(right.text[0]):
        return gap > _GAP * size
    return True


def _pitch(row: Row) -> float | None:
    """Return the pitch of the Han characters in pixels; None where too few stand together."""
    pitches = [
        right.x0 + right.x1 - left.x0 - left.x1
        for word in row.words
        for left, right in itertools.pairwise(word)
        if HAN.match(left.text) and HAN.match(right.text)
    ]
    return float(median(pitches)) / 2 if len(pitches) >= 3 else None


def _height(row: Row) -> float:
    """Return the size of the print in pixels as its boxes tell it, which are often too high."""
    heights = [char.y1 - char.y0 for word in row.words for char in word if HAN.match(char.text)]
    return float(median(heights)) * 1.08 if heights else row.height


def _repaired(chars: list[Char], pitch: float | None) -> list[Char]:
    """Apply the repairs of the text, twice, since one may be what another one waits for."""
    single = [part for char in chars for part in _singles(char)]
    if pitch:
        single = _one_each(single, pitch)
    return _once_repaired(_once_repaired(single))


def _one_each(chars: list[Char], pitch: float) -> list[Char]:
    """Drop the less sure of two Han characters that share the room of one.

    Han print has one pitch. Where the engine sees a rare character as two, both get half of it.
    """
    kept: list[Char] = []
    for char in chars:
        if kept and _share_one_place(kept[-1], char, pitch):
            kept[-1] = max(kept[-1], char, key=lambda each: each.confidence)
        else:
            kept.append(char)
    return kept


def _share_one_place(left: Char, right: Char, pitch: float) -> bool:
    if not (HAN.match(left.text) and HAN.match(right.text)):
        return False
    narrow = max(left.x1 - left.x0, right.x1 - right.x0) < _NARROW * pitch
    return narrow and right.x1 - left.x0 < _ONE_PLACE * pitch


def _once_repaired(single: list[Char]) -> list[Char]:
    """Apply repairs; a repaired run shares the room of what it replaces."""
    text = "".join(char.text for char in single)
    for start, end, better in reversed(repairs(text)):
        single[start:end] = spread(better, single[start:end])
    return single


def _singles(char: Char) -> list[Char]:
    step = (char.x1 - char.x0) / len(char.text)
    return [
        replace(char, text=text, x0=char.x0 + step * at, x1=char.x0 + step * (at + 1))
        for at, text in enumerate(char.text)
    ]


def spread(text: str, old: list[Char]) -> list[Char]:
    """Return the characters of a text in the room of others."""
    if len(text) == len(old):
        return [replace(char, text=new) for new, char in zip(text, old, strict=True)]
    if not text:
        return []
    whole = Char(
        text,
        min(char.x0 for char in old),
        min(char.y0 for char in old),
        max(char.x1 for char in old),
        max(char.y1 for char in old),
        min(char.confidence for char in old),
    )
    return _singles(whole)
