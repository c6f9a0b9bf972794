"""A second look at lines with document numbers: a vote between what softer pictures say.

One Han character that is misread makes a number another one, and the engine is often sure of it.
But it errs differently on a softer or smaller picture, so each part of a number is what most looks
agree on. A line whose number has no form yet is looked at enlarged too, with no characters but
those of numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from search.reading.recognition import tesseract
from search.reading.recognition.counting import figures_on
from search.reading.recognition.grammar import looks_misread, parts_of_number
from search.reading.recognition.lines import HAN, FoundLine, lines_of, spread
from search.reading.recognition.provinces import KNOWN, province_of, with_province
from search.reading.recognition.tesseract import Char

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_LINES, _MOST_CHARS = 5, 60
# Resolutions of the looks with the lines around: the engine measures print by its neighbours.
_AMONG_OTHERS_DPI = (170, 200)
_SOFT_INCH = 0.003
_AROUND = 3.7  # times the size of the print, above and below
_SCALES = (2.0, 1.5)
_MARGIN = 0.4  # of the size of the print
_ALWAYS = "0123456789[]〔〕号发函办字文"
# Softening lets neighbouring ones grow together, so how many there are is left to the first look.
_ONES = re.compile("1+")
# What stands where the number stands, and how much it weighs in the vote.
_Vote = tuple[tuple[str, str, str], float]


class Numbers:
    """Looks again at the lines of one page that bear a number or the look of one."""

    def __init__(self, grey: "Image", language: str, dpi: int, folder: Path) -> None:
        self._grey = grey
        self._language = language
        self._dpi = dpi
        self._folder = folder

    def looked_at(self, lines: list[FoundLine]) -> list[FoundLine]:
        """Return the lines, those with a number as most looks read them."""
        worth = [at for at, line in enumerate(lines) if _is_worth_a_look(line)]
        province = province_of(line.text for line in lines)
        better = {at: self._agreed(lines[at], province) for at in worth[:_MOST_LINES]}
        return [better.get(at, line) for at, line in enumerate(lines)]

    def _agreed(self, line: FoundLine, province: str | None) -> FoundLine:
        """Return a line with its ones counted, and with the province of the page."""
        found = self._again(line)
        parts = parts_of_number(found.text)
        if parts is None:
            return found
        code, number = parts["code"], parts["number"]
        if province is not None and parts.start() == 0:
            code = with_province(code, province)
        if "1" in number:
            box = (line.chars[0].x0, _top(line), line.chars[-1].x1, _bottom(line))
            number = with_ones(number, figures_on(self._grey, box, line.size))
        if (code, number) == (parts["code"], parts["number"]):
            return found
        return _with_number(found, f"{code}〔{parts['year']}〕{number}号")

    def _again(self, line: FoundLine) -> FoundLine:
        """Return what most looks agree on; what was read at first if none finds a number."""
        looks = [line]
        for dpi in _AMONG_OTHERS_DPI:
            looks += self._among_others(line, dpi / self._dpi)
        if not any(map(_vote_of, looks)):
            for scale in _SCALES:
                looks += self._alone(line, scale)
        return agreed(looks) or line

    def _among_others(self, line: FoundLine, scale: float) -> list[FoundLine]:
        """Look at a line with its neighbours, a little blurred."""
        from PIL import ImageFilter

        around = line.size * _AROUND
        top, bottom = _top(line), _bottom(line)
        edges = (0, max(0, int(top - around)), self._grey.width, int(bottom + around))
        part = self._grey.crop(edges).filter(ImageFilter.GaussianBlur(_SOFT_INCH * self._dpi))
        dpi = round(self._dpi * scale)
        small = _scaled(part, scale)
        rows = tesseract.rows_of(small, [self._language], dpi, self._folder)
        found = self._placed(rows, edges[0], edges[1], scale)
        middle = (top + bottom) / 2
        return [each for each in found if _top(each) < middle < _bottom(each)][:1]

    def _alone(self, line: FoundLine, scale: float) -> list[FoundLine]:
        """Look at nothing but a line, allowing the characters of numbers alone."""
        margin = line.size * _MARGIN
        left, top = max(0, int(line.chars[0].x0 - margin)), max(0, int(_top(line) - margin))
        right, bottom = int(line.chars[-1].x1 + margin), int(_bottom(line) + margin)
        rows = tesseract.row_of(
            _scaled(self._grey.crop((left, top, right, bottom)), scale),
            self._language,
            round(self._dpi * scale),
            self._folder,
            letters=_ALWAYS + "".join(sorted(set(HAN.findall(line.text)))),
        )
        return self._placed(rows, left, top, scale)

    def _placed(
        self, rows: list[tesseract.Row], left: int, top: int, scale: float
    ) -> list[FoundLine]:
        for char in (char for row in rows for word in row.words for char in word):
            _put_back(char, left, top, scale)
        for row in rows:
            row.height /= scale
        return lines_of(rows)


def _is_worth_a_look(line: FoundLine) -> bool:
    short = len(line.text) <= _MOST_CHARS
    return short and (parts_of_number(line.text) is not None or looks_misread(line.text))


def _vote_of(line: FoundLine) -> _Vote | None:
    """Return code, year and figure of the number on a line, and how sure its least part is."""
    found = parts_of_number(line.text)
    if found is None:
        return None
    sure = min(char.confidence for char in line.chars[found.start() : found.end()])
    return (found["code"], found["year"], found["number"]), sure


def agreed(looks: list[FoundLine]) -> FoundLine | None:
    """Return a line with the number that most looks agree on, part by part."""
    votes = [(look, vote) for look in looks if (vote := _vote_of(look))]
    if not votes:
        return None
    code, year, number = (
        _most([(parts[at], sure) for _, (parts, sure) in votes]) for at in range(3)
    )
    first = votes[0][1][0][2]
    if _ONES.sub("1", first) == _ONES.sub("1", number):
        number = first
    for look, (parts, _) in votes:
        if parts == (code, year, number):
            return look
    return _with_number(votes[0][0], f"{code}〔{year}〕{number}号")


def with_ones(number: str, narrow: Sequence[bool] | None) -> str:
    """Return a number with as many ones as are seen, where that is one more or less.

    Args:
        number: As it was read.
        narrow: Of each figure in the picture whether it is as narrow as a one. Where the ones do
            not stand there as they would then, a figure has come apart, and nothing is mended.
    """
    runs = _ONES.findall(number)
    if narrow is None or abs(len(narrow) - len(number)) != 1 or len(runs) != 1:
        return number
    better = _ONES.sub("1" * (len(runs[0]) + len(narrow) - len(number)), number)
    return better if [figure == "1" for figure in better] == list(narrow) else number


def _most(said: list[tuple[str, float]]) -> str:
    weights: Counter[str] = Counter()
    for text, sure in said:
        # A voice counts, however unsure; sureness decides where voices are even. One that reads
        # the short name of a province counts more: hardly anything is misread as that.
        weights[text] += round(100 + 50 * sure) * (3 if text[0] in KNOWN else 1)
    return weights.most_common(1)[0][0]


def _with_number(line: FoundLine, text: str) -> FoundLine:
    found = parts_of_number(line.text)
    assert found is not None
    before, after = line.chars[: found.start()], line.chars[found.end() :]
    number = spread(text, line.chars[found.start() : found.end()])
    return replace(line, chars=[*before, *number, *after])


def _scaled(part: "Image", scale: float) -> "Image":
    from PIL import Image

    size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
    return part.resize(size, Image.Resampling.LANCZOS)


def _top(line: FoundLine) -> float:
    return min(char.y0 for char in line.chars)


def _bottom(line: FoundLine) -> float:
    return max(char.y1 for char in line.chars)


def _put_back(char: Char, left: int, top: int, scale: float) -> None:
    char.x0, char.x1 = left + char.x0 / scale, left + char.x1 / scale
    char.y0, char.y1 = top + char.y0 / scale, top + char.y1 / scale
