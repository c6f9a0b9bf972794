"""The picture of one page at the resolution that recognises best: PDFs drawn, images opened."""

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from search.reading import render
from search.reading.model import ReasonCode
from search.reading.source import RefusedError, Source

if TYPE_CHECKING:
    from PIL.Image import Image

_POINTS_PER_INCH = 72.0
# Below, small print is lost; above, it takes longer and is not read better.
_LEAST_DPI, _MOST_DPI = 200, 300
_A4_LONG_PT = 842.0
# A picture that claims to be larger than this was never told its resolution.
_LARGEST_PT = 1800.0
_SMALLEST_PT = 200.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is shown, in colour, with its size in points and its resolution."""

    image: "Image"
    width_pt: float
    height_pt: float
    dpi: float


def picture_of(source: Source, page: int) -> Picture:
    """Return the picture of a page.

    Raises:
        RefusedError: There is no such page, or it would be too large.
    """
    if render.is_pdf(source):
        return _drawn(source, page)
    return _opened(source, page)


def _drawn(source: Source, number: int) -> Picture:
    page, _ = render.open_page(source, number)
    width, height = page.get_size()
    dpi = min(_MOST_DPI, max(_LEAST_DPI, _resolution(page)))
    scale = dpi / _POINTS_PER_INCH
    if width * scale * height * scale > source.limits.pixels:
        scale = (source.limits.pixels / (width * height)) ** 0.5 * 0.99
    image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    return Picture(image, width, height, scale * _POINTS_PER_INCH)


def _resolution(page: Any) -> float:
    """Return the dots per inch of the largest picture on a PDF page; 0 without one."""
    import pypdfium2.raw as raw

    best, dpi = 0.0, 0.0
    for found in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        facts = raw.FPDF_IMAGEOBJ_METADATA()
        if not raw.FPDFImageObj_GetImageMetadata(found, page, ctypes.byref(facts)):
            continue
        size = facts.width * facts.height
        if size > best:
            best, dpi = size, max(facts.horizontal_dpi, facts.vertical_dpi)
    return dpi


def _opened(source: Source, number: int) -> Picture:
    from PIL import ImageOps

    image = render.open_frame(source, number)
    across, down = render.dots_per_inch(image)
    upright = ImageOps.exif_transpose(image)
    if upright.size != image.size:
        across, down = down, across
    known = render.in_a_known_mode(upright)
    if known.mode == "RGBA":
        known = on_white(known)
    width, height = known.width * _POINTS_PER_INCH / across, known.height * _POINTS_PER_INCH / down
    if not _SMALLEST_PT < max(width, height) < _LARGEST_PT:
        # A photo without a sensible resolution is taken for a page of A4.
        factor = _A4_LONG_PT / max(known.width, known.height)
        width, height = known.width * factor, known.height * factor
    return _resampled(known, width, height)


def on_white(image: "Image") -> "Image":
    """Return a picture with white where it was transparent."""
    from PIL import Image

    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image.getchannel("A"))
    return page


def _resampled(image: "Image", width: float, height: float) -> Picture:
    """Bring an image to square pixels and a resolution within the bounds."""
    from PIL import Image

    if width <= 0 or height <= 0:
        raise RefusedError(ReasonCode.DAMAGED, "a page without extent")
    across = image.width * _POINTS_PER_INCH / width
    down = image.height * _POINTS_PER_INCH / height
    dpi = min(_MOST_DPI, max(_LEAST_DPI, across, down))
    size = (round(width * dpi / _POINTS_PER_INCH), round(height * dpi / _POINTS_PER_INCH))
    if abs(size[0] - image.width) > 2 or abs(size[1] - image.height) > 2:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return Picture(image, width, height, dpi)
