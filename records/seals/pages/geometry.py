"""Where a point of a page as people see it lies in the page's own coordinates. Pure.

People see a page turned by its `/Rotate`, cut to its `/CropBox`, from the top left, in millimetres;
a PDF is written in user space: from the bottom left of the unturned page, in units of 1/72 inch
times `/UserUnit` (ISO 32000-2, 7.7.3.3 and 8.3.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0
MM_PER_POINT = MM_PER_INCH / POINTS_PER_INCH
# A page without any box of its own is as large as this one (US letter), as other readers have it.
LETTER = (0.0, 0.0, 612.0, 792.0)

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine map as PDF writes it: (x, y) becomes (ax + cy + e, bx + dy + f)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def apply(self, x: float, y: float) -> Point:
        """Return where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, first: Matrix) -> Matrix:
        """Return the map that does `first` and then this one."""
        e, f = self.apply(first.e, first.f)
        return Matrix(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            e,
            f,
        )

    def bounds(self, width: float, height: float) -> Rectangle:
        """Return the smallest upright rectangle around what becomes of (0, 0, width, height)."""
        corners = [self.apply(x, y) for x in (0.0, width) for y in (0.0, height)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class PageBox:
    """The part of a page that is shown, and how.

    Attributes:
        left: Of the box in user space.
        bottom: Of the box in user space.
        width: In user space units, not turned.
        height: In user space units, not turned.
        rotation: 0, 90, 180 or 270 degrees clockwise.
        user_unit: 1/72 inches in a unit of user space.
    """

    left: float
    bottom: float
    width: float
    height: float
    rotation: int = 0
    user_unit: float = 1.0

    @property
    def size_mm(self) -> Point:
        """Width and height as shown."""
        width, height = self.width / self.units_per_mm, self.height / self.units_per_mm
        return (height, width) if self.rotation in (90, 270) else (width, height)

    @property
    def units_per_mm(self) -> float:
        """User space units in one millimetre."""
        return 1.0 / (MM_PER_POINT * self.user_unit)

    @property
    def from_shown(self) -> Matrix:
        """The map from millimetres as shown (from the top left, downwards) to user space."""
        unit = self.units_per_mm
        right, top = self.left + self.width, self.bottom + self.height
        return {
            0: Matrix(unit, 0, 0, -unit, self.left, top),
            90: Matrix(0, unit, unit, 0, self.left, self.bottom),
            180: Matrix(-unit, 0, 0, unit, right, self.bottom),
            270: Matrix(0, -unit, -unit, 0, right, top),
        }[self.rotation]

    def imprint(
        self, x_mm: float, y_mm: float, width_mm: float, height_mm: float, angle: float = 0
    ) -> Matrix:
        """Return the map that puts the unit square of a picture where an imprint is to be seen.

        Args:
            x_mm: Left edge before it is turned.
            y_mm: Upper edge before it is turned.
            width_mm: Real width.
            height_mm: Real height.
            angle: Degrees clockwise about its middle.
        """
        middle = Matrix(1, 0, 0, 1, x_mm + width_mm / 2, y_mm + height_mm / 2)
        about = Matrix(width_mm, 0, 0, -height_mm, -width_mm / 2, height_mm / 2)
        return self.from_shown.after(middle).after(_turn(angle)).after(about)


def page_box(
    media_box: Sequence[float] | None,
    crop_box: Sequence[float] | None = None,
    *,
    rotation: float = 0,
    user_unit: float = 1.0,
) -> PageBox:
    """Return what is shown of a page, as readers understand boxes that make no sense.

    Corners come in any order, a crop box is cut to the media box, an empty one does not count, and
    a rotation that is no quarter of a circle is cut down to one.
    """
    media = _upright(media_box) or LETTER
    crop = _upright(crop_box) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:
        left, bottom, right, top = media
    return PageBox(
        left,
        bottom,
        right - left,
        top - bottom,
        int(rotation / 90) % 4 * 90,
        user_unit if user_unit > 0 and math.isfinite(user_unit) else 1.0,
    )


def turned_size(width_mm: float, height_mm: float, angle: float) -> Point:
    """Return width and height of the upright rectangle around an imprint that is turned."""
    left, top, right, bottom = _turn(angle).bounds(width_mm, height_mm)
    return right - left, bottom - top


def _turn(angle: float) -> Matrix:
    """Turn clockwise, where the second coordinate grows downwards."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return Matrix(cosine, sine, -sine, cosine, 0, 0)


def _upright(box: Sequence[float] | None) -> Rectangle | None:
    if box is None or len(box) != 4 or not all(math.isfinite(edge) for edge in box):
        return None
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    return (left, bottom, right, top) if right > left and top > bottom else None
