"""How a page lies: the angle of its lines, and the picture turned back by it.

Lines of print leave white between them, so the sums along the rows of a straight page vary most
(W. Postl, 1986). The angle is searched on a small picture, coarsely and then finely.
"""

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALL_PX = 700
_MOST_DEGREES = 8.0
_OFTEN_DEGREES = 6
_COARSE, _FINE = 0.5, 0.1
# Below, turning would cost more sharpness than it gains.
LEAST_DEGREES = 0.15
_INK = 140


def skew_of(grey: "Image") -> float:
    """Return by how many degrees the lines fall to the right (clockwise); 0 when none is seen."""
    ink = _small_ink(grey)
    steps = int(_MOST_DEGREES / _COARSE)
    coarse = max((n * _COARSE for n in range(-steps, steps + 1)), key=lambda a: _variation(ink, a))
    fine = [coarse + n * _FINE for n in range(-5, 6)]
    best = max(fine, key=lambda angle: _variation(ink, angle))
    # Without lines every angle is as good as the next: the gain must be plain.
    if _variation(ink, best) < _variation(ink, 0.0) * 1.03:
        return 0.0
    return best if abs(best) >= LEAST_DEGREES and abs(best) < _MOST_DEGREES else 0.0


def lines_run_down(grey: "Image") -> bool:
    """Tell whether the lines of a page run from top to bottom, as on a page on its side."""
    ink = _small_ink(grey)
    from PIL import Image

    turned = ink.transpose(Image.Transpose.ROTATE_90)
    angles = [float(angle) for angle in range(-_OFTEN_DEGREES, _OFTEN_DEGREES + 1)]
    upright = max(_variation(ink, angle) for angle in angles)
    return max(_variation(turned, angle) for angle in angles) > upright * 1.2


def straightened(image: "Image", skew_degrees: float) -> "Image":
    """Return a picture turned back, of the same size, with white corners."""
    from PIL import Image

    if not skew_degrees:
        return image
    white = 255 if image.mode == "L" else (255, 255, 255)
    return image.rotate(skew_degrees, resample=Image.Resampling.BICUBIC, fillcolor=white)


def _small_ink(grey: "Image") -> "Image":
    from PIL import Image

    factor = max(grey.size) / _SMALL_PX
    size = (max(1, round(grey.width / factor)), max(1, round(grey.height / factor)))
    small = grey.resize(size, Image.Resampling.BOX)
    edge_x, edge_y = round(size[0] * 0.04), round(size[1] * 0.04)
    inner = small.crop((edge_x, edge_y, size[0] - edge_x, size[1] - edge_y))
    return inner.point([max(0, min(255, (235 - value) * 2)) for value in range(256)])


def _variation(ink: "Image", angle: float) -> float:
    """Return how much neighbouring rows differ once the picture is turned."""
    from PIL import Image

    turned = ink.rotate(angle, resample=Image.Resampling.BILINEAR) if angle else ink
    sums = turned.convert("F").resize((1, turned.height), Image.Resampling.BOX).tobytes()
    rows = memoryview(sums).cast("f")
    return float(sum((a - b) ** 2 for a, b in itertools.pairwise(rows)))
