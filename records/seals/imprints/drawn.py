"""An imprint drawn from the name of a seal, to start with before there is a scan of the real one.

As such seals look: the name along the arc, a five-point star in the middle, and what a
special-purpose seal is for below it; rectangles and squares have their name in columns or lines.
"""

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from html import escape

from records.seals.rules import SealKind, Shape

DPI = 600
MM_PER_INCH = 25.4
_INK = "#c8161d"
_FONTS = "Noto Serif CJK SC, Noto Serif SC, Source Han Serif SC, Songti SC, STSong, SimSun, serif"
# A special-purpose seal says below what it is for, and its owner along the arc.
_PURPOSE = re.compile(
    "(?P<owner>.+?)(?P<purpose>(?:合同|财务|发票|人事|公文|业务|行政|档案|证明|介绍信|检验|报关)?专用章)$"
)
_IN_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_WIDEST_ARC, _WIDEST_STEP = 290.0, 30.0
_STAR_KINDS = (SealKind.UNIT, SealKind.CONTRACT, SealKind.SPECIAL, SealKind.FINANCE)
_MANY_LETTERS = 16
_EM = 0.92  # of the height of a letter, what a wide one takes across


def draw_imprint(
    name: str,
    kind: str,
    width_mm: float,
    height_mm: float | None = None,
    *,
    shape: str = Shape.ROUND,
) -> bytes:
    """Return an imprint as PNG with transparency, at 600 dots per inch.

    Args:
        name: The legal name on the seal.
        kind: One of `SealKind`; a person's name has no star.
        width_mm: Of a round seal, its diameter.
        height_mm: The same as the width when it is not given.
    """
    import resvg_py

    height_mm = height_mm or width_mm
    svg = imprint_svg(name, kind, width_mm, height_mm, shape=shape)
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, width=pixels(width_mm), height=pixels(height_mm))
    )


def pixels(mm: float) -> int:
    """Return a length in dots of a drawn or cleaned imprint."""
    return max(1, round(mm / MM_PER_INCH * DPI))


def imprint_svg(name: str, kind: str, width_mm: float, height_mm: float, *, shape: str) -> str:
    """Return the drawing, in millimetres."""
    name = _IN_BRACKETS.sub("", name.strip()) or name
    if shape in (Shape.ROUND, Shape.OVAL):
        parts = list(_round(name, kind, width_mm, height_mm))
    else:
        parts = list(_square(name, width_mm, height_mm))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_mm:g} {height_mm:g}"'
        f' fill="{_INK}" stroke="none" font-family="{_FONTS}" font-weight="700"'
        f' text-anchor="middle">{"".join(parts)}</svg>'
    )


def _round(name: str, kind: str, width: float, height: float) -> Iterator[str]:
    middle_x, middle_y, line = width / 2, height / 2, min(width, height) * 0.028
    across, down = middle_x - line / 2, middle_y - line / 2
    yield (
        f'<ellipse cx="{middle_x:g}" cy="{middle_y:g}" rx="{across:.3f}" ry="{down:.3f}"'
        f' fill="none" stroke="{_INK}" stroke-width="{line:.3f}"/>'
    )
    found = _PURPOSE.match(name)
    owner, purpose = (found["owner"], found["purpose"]) if found else (name, "")
    letter = min(width, height) * (0.15 if len(owner) <= _MANY_LETTERS else 0.125)
    gap = line * 1.6
    yield from _along_arc(owner, (middle_x, middle_y), (across - gap, down - gap), letter)
    if kind in _STAR_KINDS:
        yield _star(middle_x, middle_y, min(width, height) * 0.165)
    if purpose:
        below = letter * 0.72
        yield _letters(
            purpose, middle_x, middle_y + height * 0.33, below, width * 0.6 / len(purpose)
        )


def _along_arc(
    text: str, middle: tuple[float, float], radii: tuple[float, float], letter: float
) -> Iterator[str]:
    """Yield letters that stand along the upper arc, as large as they find room."""
    weights = [_advance(char) for char in text]
    # Half the height of a letter further in, where the middles of the letters stand.
    reach = (radii[0] + radii[1]) / 2 - letter / 2
    steps = [weight * min(_WIDEST_STEP, _WIDEST_ARC / max(1.0, sum(weights))) for weight in weights]
    at = -sum(steps) / 2
    for char, step in zip(text, steps, strict=True):
        turned = at + step / 2
        room = math.radians(step) * reach
        squeeze = min(1.0, room / (letter * _EM * _advance(char)))
        angle = math.radians(turned)
        x = middle[0] + (radii[0] - letter) * math.sin(angle)
        y = middle[1] - (radii[1] - letter) * math.cos(angle)
        yield _letter(char, x, y, letter, turned, squeeze)
        at += step


def _square(name: str, width: float, height: float) -> Iterator[str]:
    line = min(width, height) * 0.045
    yield (
        f'<rect x="{line / 2:.3f}" y="{line / 2:.3f}" width="{width - line:.3f}"'
        f' height="{height - line:.3f}" fill="none" stroke="{_INK}" stroke-width="{line:.3f}"/>'
    )
    rows = _rows(name, width, height)
    inner_width, inner_height = width - 4 * line, height - 4 * line
    row_height = inner_height / len(rows)
    longest = max(sum(_advance(char) for char in row) for row in rows)
    letter = min(row_height * 0.92, inner_width / longest / _EM * 1.35)
    for number, row in enumerate(rows):
        base = 2 * line + row_height * (number + 0.5) + letter * 0.36
        yield _letters(row, width / 2, base, letter, inner_width / longest)


def _rows(name: str, width: float, height: float) -> Sequence[str]:
    """Return the lines of a seal with corners; a square one reads in columns from the right."""
    han = all("\u4e00" <= char <= "\u9fff" for char in name)
    if han and len(name) <= 4 and width < height * 1.5:
        name = name if len(name) != 3 else f"{name}印"
        half = -(-len(name) // 2)
        columns = name[:half], name[half:]
        return ["".join(pair) for pair in zip(columns[1].ljust(half), columns[0], strict=True)]
    count = max(1, round(math.sqrt(sum(map(_advance, name)) * height / width)))
    size = -(-len(name) // count)
    if " " in name:
        return textwrap.wrap(name, size + 2)
    return [name[begin : begin + size] for begin in range(0, len(name), size)]


def _letters(text: str, x: float, base: float, letter: float, step: float) -> str:
    """Return a straight line of letters about its middle."""
    steps = [step * _advance(char) for char in text]
    at = x - sum(steps) / 2
    drawn = []
    for char, each in zip(text, steps, strict=True):
        squeeze = min(1.0, each / (letter * _EM * _advance(char)))
        drawn.append(_letter(char, at + each / 2, base, letter, 0.0, squeeze))
        at += each
    return "".join(drawn)


def _letter(char: str, x: float, y: float, size: float, turned: float, squeeze: float) -> str:
    return (
        f'<text transform="translate({x:.3f} {y:.3f}) rotate({turned:.3f})'
        f' scale({squeeze:.4f} 1)" font-size="{size:.3f}">{escape(char)}</text>'
    )


def _advance(char: str) -> float:
    """Return how wide a letter is beside a Han character."""
    if ord(char) > 0x2E7F:
        return 1.0
    if char in "iljtfI'.,:;!|":
        return 0.42
    if char in "mwMW@":
        return 0.95
    return 0.4 if char == " " else 0.68 if char.isupper() else 0.6


def _star(x: float, y: float, radius: float) -> str:
    """Return a five-point star; its inner corners lie where its lines cross."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    corners = []
    for number in range(10):
        angle, reach = math.radians(36 * number), radius if number % 2 == 0 else inner
        corners.append(f"{x + reach * math.sin(angle):.3f},{y - reach * math.cos(angle):.3f}")
    return f'<polygon points="{" ".join(corners)}"/>'
