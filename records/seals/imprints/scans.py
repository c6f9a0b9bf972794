"""The picture of an imprint from what somebody has of it: a scan of red ink, a PNG, an SVG.

Runs in the cage (task `clean_imprint`). Of a scan, ink is what is redder than the paper around it:
the tint and the shadows of paper, black print and the noise of JPEG have next to no red of their
own. What comes out is one colour, as transparent as the ink was thin, cut to the imprint, 600 dots
per inch at the seal's real size.
"""

import io
import mmap
import warnings
from collections.abc import Sequence
from typing import Any

from PIL import (
    Image,
    ImageChops,
    ImageDraw,
    ImageFilter,
    ImageOps,
    ImageStat,
    UnidentifiedImageError,
)

from records.seals.caged import Refused
from records.seals.imprints.drawn import pixels
from records.seals.imprints.vector import is_svg, rendered
from records.seals.pages.boxes import HUNDREDTHS
from records.seals.rules import Shape
from search.reading import Limits

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 3000
# From which alpha on something is seen, and how much of a picture is not, if it is transparent.
_SEEN, _LEAST_CLEAR = 16, 0.05
# How much redder than the paper ink is at least, of 255.
_LEAST_RED = 40
# An imprint fills at least this much of its own box, and its sides keep their proportion within:
_LEAST_INK, _MOST_STRETCH = 0.01, 1.2
_SMALL_PX = 240
_BRIGHT = 200.0
# Modes of few colours, which only look right when they have become many.
_SMALL_MODES = ("1", "P", "PA")
_Box = tuple[int, int, int, int]


def clean_imprint(
    job: dict[str, Any], content: bytes | mmap.mmap, _: Limits
) -> tuple[dict[str, Any], bytes]:
    """Return the imprint as PNG; the answer says its size in pixels.

    Args:
        job: `width` and `height` of the seal in hundredths of a millimetre, and its `shape`.

    Raises:
        Refused: `imprint_unreadable` (no picture, or too large), `imprint_pale` (no red ink is
            seen), `imprint_cut` (its proportions are not those of the seal), `imprint_svg` (a
            drawing that loads something from elsewhere, or is none).
    """
    size = pixels(job["width"] / HUNDREDTHS), pixels(job["height"] / HUNDREDTHS)
    data = bytes(content)
    picture = rendered(data, size) if is_svg(data) else _opened(data)
    histogram = picture.getchannel("A").histogram()
    clear = sum(histogram[:_SEEN]) > _LEAST_CLEAR * sum(histogram)
    cut = _cut_clear(picture) if clear else _cut_ink(picture)
    _check_proportion(cut.size, size)
    made = cut.resize(size, Image.Resampling.LANCZOS)
    if not clear and job["shape"] in (Shape.ROUND, Shape.OVAL):
        made.putalpha(ImageChops.multiply(made.getchannel("A"), _oval(size)))
    out = io.BytesIO()
    made.save(out, "PNG", optimize=True, dpi=(600, 600))
    return {"width": size[0], "height": size[1]}, out.getvalue()


def _opened(data: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise Refused("imprint_unreadable", f"{image.width} x {image.height} pixels")
            image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            if image.mode not in _SMALL_MODES:
                image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("imprint_unreadable", "this is no picture") from error
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return upright


def _cut_clear(picture: Image.Image) -> Image.Image:
    """Cut a picture with transparency to what is seen of it."""
    seen = picture.getchannel("A").point(lambda alpha: 255 if alpha > _SEEN else 0)
    box = seen.getbbox()
    if box is None:
        raise Refused("imprint_pale", "the picture is transparent all over")
    return picture.crop(box)


def _cut_ink(picture: Image.Image) -> Image.Image:
    """Return the ink of a scan in one colour on nothing."""
    scan = picture.convert("RGB")
    red = _redness(scan).filter(ImageFilter.MedianFilter(3))
    low, high = _range(red)
    ink = red.point(lambda value: round(255 * min(1.0, max(0.0, (value - low) / (high - low)))))
    box = _largest(ink.point(lambda value: 255 if value > 110 else 0))
    strong = ink.point(lambda value: 255 if value > 200 else 0)
    made = Image.new("RGB", scan.size, _colour(ImageStat.Stat(scan, strong).mean))
    made.putalpha(ink)
    return made.crop(box)


def _colour(mean: Sequence[float]) -> tuple[int, int, int]:
    """Return the colour of the ink, without the shadow that lay on it."""
    light = max(1.0, _BRIGHT / max(1.0, mean[0]))
    red, green, blue = (min(255, round(value * light)) for value in mean)
    return red, green, blue


def _redness(scan: Image.Image) -> Image.Image:
    """Return how much redder than grey each point is, against the light that falls on it.

    Red less the stronger of green and blue: a yellow tint has green as well, and a shadow takes
    from all three.
    """
    red, green, blue = scan.split()
    over = ImageChops.subtract(red, ImageChops.lighter(green, blue))
    paper = ImageStat.Stat(over).median[0]
    return ImageChops.subtract(over, Image.new("L", scan.size, min(255, int(paper))))


def _range(red: Image.Image) -> tuple[float, float]:
    """Return from where on redness is ink, and from where on it is full."""
    histogram = red.histogram()
    inked = [0] * _LEAST_RED + histogram[_LEAST_RED:]
    count = sum(inked)
    if count < _LEAST_INK * _LEAST_INK * sum(histogram):
        raise Refused("imprint_pale", "no red ink is seen on the picture")
    seen, high = 0, 255
    for value in range(255, 0, -1):
        seen += inked[value]
        if seen >= count * 0.35:
            high = value
            break
    return max(_LEAST_RED * 0.5, high * 0.22), high * 0.9


def _largest(mask: Image.Image) -> _Box:
    """Return the box of the largest thing on a mask; what lies close together is one thing."""
    scale = max(1.0, max(mask.size) / _SMALL_PX)
    small = mask.resize(
        (max(1, round(mask.width / scale)), max(1, round(mask.height / scale))),
        Image.Resampling.BOX,
    ).point(lambda value: 255 if value > 40 else 0)
    joined = small.filter(ImageFilter.MaxFilter(7))
    best, thing = 0, None
    for number in range(1, 254):
        start = joined.point(lambda value: 255 if value == 255 else 0).getbbox()
        if start is None:
            break
        seed = _first(joined, start)
        ImageDraw.floodfill(joined, seed, number)
        area = joined.histogram()[number]
        if area > best:
            best, thing = area, number
    if thing is None:
        raise Refused("imprint_pale", "no red ink is seen on the picture")
    found = joined.point(lambda value: 255 if value == thing else 0)
    box = ImageChops.multiply(small, found).getbbox()
    if box is None:
        raise Refused("imprint_pale", "no red ink is seen on the picture")
    return _refined(mask, box, scale)


def _first(joined: Image.Image, box: _Box) -> tuple[int, int]:
    row = joined.crop((0, box[1], joined.width, box[1] + 1)).tobytes()
    return row.index(255), box[1]


def _refined(mask: Image.Image, box: _Box, scale: float) -> _Box:
    """Return a box found on the small picture to the pixel of the large one."""
    left, top = int((box[0] - 1) * scale), int((box[1] - 1) * scale)
    right, bottom = int((box[2] + 1) * scale), int((box[3] + 1) * scale)
    left, top = max(0, left), max(0, top)
    right, bottom = min(mask.width, right), min(mask.height, bottom)
    inner = mask.crop((left, top, right, bottom)).filter(ImageFilter.MedianFilter(3)).getbbox()
    if inner is None:
        return left, top, right, bottom
    return left + inner[0], top + inner[1], left + inner[2], top + inner[3]


def _check_proportion(found: tuple[int, int], wanted: tuple[int, int]) -> None:
    stretch = (found[0] / found[1]) / (wanted[0] / wanted[1])
    if not 1 / _MOST_STRETCH <= stretch <= _MOST_STRETCH:
        raise Refused("imprint_cut", f"{found[0]} x {found[1]} pixels")


def _oval(size: tuple[int, int]) -> Image.Image:
    """Return a mask that keeps what lies within a round imprint, and specks out of its corners."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((-2, -2, size[0] + 1, size[1] + 1), fill=255)
    return mask
