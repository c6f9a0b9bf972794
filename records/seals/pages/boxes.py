"""Parts of a page that are covered, and how far they are apart. Pure.

All measures are millimetres from the top left of the page as it is shown; in JSON they are whole
hundredths of a millimetre, so that the log and the tables hold no fractions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.core.errors import Invalid

HUNDREDTHS = 100
# Ten metres.
_MOST = 1_000_000
Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """What is covered of a page; a round one covers the circle in it."""

    page: int
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    round: bool = False

    def distance_mm(self, other: Box) -> float:
        """Return how far two boxes of one page are apart; 0 or less when they touch."""
        if self.round and other.round:
            apart = math.dist(self.middle_mm, other.middle_mm)
            return apart - (self.width_mm + other.width_mm) / 2
        if self.round or other.round:
            circle, box = (self, other) if self.round else (other, self)
            return box.gap_to_mm(circle.middle_mm) - circle.width_mm / 2
        across = _gap(self.x_mm, self.width_mm, other.x_mm, other.width_mm)
        down = _gap(self.y_mm, self.height_mm, other.y_mm, other.height_mm)
        if across < 0 and down < 0:
            return max(across, down)
        return math.hypot(max(across, 0.0), max(down, 0.0))

    def within(self, size: Size) -> bool:
        """Tell whether it lies on a page as a whole, but for a hair."""
        right, bottom = self.x_mm + self.width_mm, self.y_mm + self.height_mm
        hair = 1 / HUNDREDTHS
        return (
            min(self.x_mm, self.y_mm) >= -hair
            and right <= size[0] + hair
            and bottom <= size[1] + hair
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as an object of whole numbers."""
        return {
            "page": self.page,
            "x": hundredths(self.x_mm),
            "y": hundredths(self.y_mm),
            "width": hundredths(self.width_mm),
            "height": hundredths(self.height_mm),
            "round": self.round,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Box:
        """Return the box that `to_json` wrote."""
        x, y, width, height = (read_mm(value, name) for name in ("x", "y", "width", "height"))
        return cls(read_whole(value, "page"), x, y, width, height, bool(value.get("round")))

    @property
    def middle_mm(self) -> tuple[float, float]:
        """The point in its middle."""
        return self.x_mm + self.width_mm / 2, self.y_mm + self.height_mm / 2

    def gap_to_mm(self, point: tuple[float, float]) -> float:
        """Return how far a point is from it; 0 when it lies in it."""
        across = max(self.x_mm - point[0], point[0] - self.x_mm - self.width_mm, 0.0)
        down = max(self.y_mm - point[1], point[1] - self.y_mm - self.height_mm, 0.0)
        return math.hypot(across, down)


def hundredths(mm: float) -> int:
    """Return a measure as JSON holds it."""
    return round(mm * HUNDREDTHS)


def read_mm(value: Mapping[str, Any], name: str) -> float:
    """Return a measure that JSON holds; raises as `read_whole` does."""
    return read_whole(value, name) / HUNDREDTHS


def read_whole(value: Mapping[str, Any], name: str) -> int:
    """Return a whole number of an object.

    Raises:
        Invalid: There is none under this name, or it is absurd.
    """
    found = value.get(name)
    # A `bool` is an `int` to Python.
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > _MOST:
        raise Invalid("%(name)s must be a whole number.", {"name": name}, field=name)
    return found


def _gap(begin: float, length: float, other: float, other_length: float) -> float:
    return max(other - begin - length, begin - other - other_length)
