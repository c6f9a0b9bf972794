"""A second look at document numbers: larger, with no characters but those of numbers."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from search.reading.recognition import tesseract
from search.reading.recognition.grammar import looks_misread, number_in
from search.reading.recognition.lines import HAN, FoundLine, lines_of
from search.reading.recognition.tesseract import Char

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_LINES = 5
_SCALES = (2.0, 1.5)
_MARGIN = 0.4  # of the size of the print
_ALWAYS = "0123456789[]〔〕号发函办字文"


class Numbers:
    """Looks again at the lines of one page that bear a misread number."""

    def __init__(self, grey: "Image", language: str, dpi: int, folder: Path) -> None:
        self._grey = grey
        self._language = language
        self._dpi = dpi
        self._folder = folder

    def looked_at(self, lines: list[FoundLine]) -> list[FoundLine]:
        """Return the lines, those with a misread number as they are read at a second look."""
        doubtful = [at for at, line in enumerate(lines) if looks_misread(line.text)]
        better = {at: self._again(lines[at]) for at in doubtful[:_MOST_LINES]}
        return [better.get(at, line) for at, line in enumerate(lines)]

    def _again(self, line: FoundLine) -> FoundLine:
        """Return what most looks agree on; what was read at first if none finds a number."""
        looks = [look for scale in _SCALES for look in self._look(line, scale)]
        numbers = Counter(number for look in looks if (number := number_in(look.text)))
        if not numbers:
            return line
        agreed = numbers.most_common(1)[0][0]
        return next(look for look in looks if number_in(look.text) == agreed)

    def _look(self, line: FoundLine, scale: float) -> list[FoundLine]:
        from PIL import Image

        margin = line.size * _MARGIN
        left = max(0, int(line.chars[0].x0 - margin))
        top = max(0, int(min(char.y0 for char in line.chars) - margin))
        right = int(line.chars[-1].x1 + margin)
        bottom = int(max(char.y1 for char in line.chars) + margin)
        part = self._grey.crop((left, top, right, bottom))
        size = (round(part.width * scale), round(part.height * scale))
        letters = _ALWAYS + "".join(sorted(set(HAN.findall(line.text))))
        rows = tesseract.row_of(
            part.resize(size, Image.Resampling.LANCZOS),
            self._language,
            round(self._dpi * scale),
            self._folder,
            letters=letters,
        )
        for char in (char for row in rows for word in row.words for char in word):
            _put_back(char, left, top, scale)
        for row in rows:
            row.height /= scale
        return lines_of(rows)


def _put_back(char: Char, left: int, top: int, scale: float) -> None:
    char.x0, char.x1 = left + char.x0 / scale, left + char.x1 / scale
    char.y0, char.y1 = top + char.y0 / scale, top + char.y1 / scale
