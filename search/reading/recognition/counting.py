"""How many figures a document number has, counted in the picture instead of read.

The engine reads a line as a sequence and runs neighbours that look alike together, or sees one too
many: 11 becomes 1. White stands between figures in print, so they are counted as runs of columns
with ink. The count is believed only where the whole form of a number is seen: two brackets, narrow
and as high as Han characters, with the four lower figures of a year between them, then some figures
and 号.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_INK = 150
_YEAR_FIGURES, _MOST_FIGURES = 4, 5
_AROUND = 0.15  # of the size of the print
_SPECK = 0.25  # of the highest run; less is dust
# In parts of the highest run, which is a Han character or a bracket.
_HIGH = 0.87
_LEAST_FIGURE, _MOST_BRACKET, _WIDE = 0.6, 0.36, 0.65
_NARROWEST = 0.18  # of a one; less is part of a figure that has come apart
_FIGURE_PITCH = 0.55
_MOST_ONE = 0.455  # with a foot as in sans serif; any other figure is wider


@dataclass(frozen=True, slots=True)
class _Run:
    """Columns with ink that touch each other: width and height in parts of the highest run."""

    width: float
    height: float

    @property
    def is_bracket(self) -> bool:
        """Whether it is as narrow and as high as a bracket."""
        return self.height >= _HIGH and self.width <= _MOST_BRACKET

    @property
    def figures(self) -> int:
        """How many figures it may be, those that have grown together counted by their width."""
        if not _LEAST_FIGURE < self.height < _HIGH or self.width < _NARROWEST:
            return 0
        return max(1, round(self.width / _FIGURE_PITCH))


def figures_on(
    grey: "Image", box: tuple[float, float, float, float], size: float
) -> tuple[bool, ...] | None:
    """Return of each figure between the last bracket and 号 whether it is as narrow as a one.

    None where the form of a number is not seen, or where figures have grown together.

    Args:
        grey: The straightened page.
        box: Edges of the line in pixels.
        size: Size of its print in pixels.
    """
    around = size * _AROUND
    left, top, right, bottom = box
    first = (max(0, int(left - around)), max(0, int(top - around)))
    part = grey.crop((*first, int(right + size), int(bottom + around)))
    return _counted(_runs(part))


def _runs(part: "Image") -> list[_Run]:
    """Return the runs of inked columns from left to right, without dust."""
    ink = part.point([255 if value < _INK else 0 for value in range(256)])
    sizes = []
    for start, end in _spans(ink):
        box = ink.crop((start, 0, end, ink.height)).getbbox()
        if box is not None:
            sizes.append((end - start, box[3] - box[1]))
    highest = max((height for _, height in sizes), default=1)
    runs = (_Run(width / highest, height / highest) for width, height in sizes)
    return [run for run in runs if run.height > _SPECK]


def _spans(ink: "Image") -> Iterator[tuple[int, int]]:
    """Yield where inked columns begin and end."""
    start = None
    for column in range(ink.width):
        inked = ink.crop((column, 0, column + 1, ink.height)).getbbox() is not None
        if inked and start is None:
            start = column
        elif not inked and start is not None:
            yield start, column
            start = None
    if start is not None:
        yield start, ink.width


def _counted(runs: Sequence[_Run]) -> tuple[bool, ...] | None:
    brackets = [at for at, run in enumerate(runs) if run.is_bracket]
    for first, second in itertools.pairwise(brackets):
        year = runs[first + 1 : second]
        if all(run.figures for run in year) and sum(run.figures for run in year) == _YEAR_FIGURES:
            return _before_hao(runs[second + 1 :])
    return None


def _before_hao(runs: Sequence[_Run]) -> tuple[bool, ...] | None:
    """Look at the figures before 号, whose left half may stand by itself."""
    end = next((at for at, run in enumerate(runs) if not run.figures and run.height >= _HIGH), None)
    if end is None:
        return None
    if runs[end].width < _WIDE:
        end -= 1
    figures = runs[: max(0, end)]
    if not 0 < len(figures) <= _MOST_FIGURES or any(run.figures != 1 for run in figures):
        return None
    return tuple(run.width <= _MOST_ONE for run in figures)
