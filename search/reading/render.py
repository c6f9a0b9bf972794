"""Page pictures and their text layer: PDFs by PDFium, images by Pillow."""

import io
import warnings
from typing import Any

from search.reading import kinds
from search.reading.model import ReasonCode
from search.reading.source import RefusedError, Source
from search.reading.wire import Answer

_WEBP_QUALITY = 85
_WEBP_METHOD = 2
_SIDE_LIMIT = 16_383
_IMAGE_DPI = 96.0
_POINTS_PER_INCH = 72.0
_BYTE = 255
_MODES = ("RGB", "RGBA", "L")


def page_sizes(source: Source) -> list[tuple[float, float]]:
    """Return width and height of every page in points.

    Raises:
        RefusedError: The file has no pages that can be drawn.
    """
    if is_pdf(source):
        from search.reading.formats.pdf import open_document

        document = open_document(source)
        return [document.get_page_size(number) for number in range(len(document))]
    return _image_sizes(source)


def text_layers(source: Source, pages: list[int]) -> list[Any]:
    """Return `[page, lines]` for those of the pages of a PDF that can be read.

    Raises:
        RefusedError: The file is no PDF.
    """
    import pypdfium2 as pdfium

    from search.reading.formats.pdf import open_document
    from search.reading.textlayer import lines_of

    if not is_pdf(source):
        raise RefusedError(ReasonCode.UNSUPPORTED, "an image has no text layer")
    document = open_document(source)
    document.init_forms()
    layers = []
    for number in pages:
        if not 0 <= number < len(document):
            continue
        try:
            page = document[number]
            layers.append([number, lines_of(page)])
            page.close()
        except pdfium.PdfiumError:
            # The other pages have their hits all the same.
            continue
    return layers


def page_image(source: Source, page: int, width_px: int) -> tuple[Answer, bytes]:
    """Draw a page and return its facts and the picture as WebP.

    Raises:
        RefusedError: There is no such page, or it would be too large.
    """
    picture, lines = (_pdf_page if is_pdf(source) else _image_page)(source, page, width_px)
    data = io.BytesIO()
    picture.save(data, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_METHOD)
    width, height = picture.size
    return {"width_px": width, "height_px": height, "lines": lines}, data.getvalue()


def is_pdf(source: Source) -> bool:
    """Tell a PDF from an image.

    Raises:
        RefusedError: It is neither.
    """
    media_type = kinds.media_type_of(source)
    if media_type != kinds.PDF and not media_type.startswith("image/"):
        raise RefusedError(ReasonCode.UNSUPPORTED, f"{media_type} has no pages to draw")
    return media_type == kinds.PDF


def open_page(source: Source, number: int) -> tuple[Any, Any]:
    """Open a page of a PDF; return it with the document, which must be held as long.

    Raises:
        RefusedError: There is no such page, or it is damaged.
    """
    import pypdfium2 as pdfium

    from search.reading.formats.pdf import open_document

    document = open_document(source)
    document.init_forms()
    if not 0 <= number < len(document):
        raise RefusedError(ReasonCode.DAMAGED, f"no page {number + 1} of {len(document)}")
    try:
        page = document[number]
    except pdfium.PdfiumError as error:
        raise RefusedError(ReasonCode.DAMAGED, f"page {number + 1} is damaged") from error
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise RefusedError(ReasonCode.DAMAGED, "a page without extent")
    return page, document


def _pdf_page(source: Source, number: int, width_px: int) -> tuple[Any, list[Any]]:
    from search.reading.textlayer import lines_of

    page, _document = open_page(source, number)
    width, height = page.get_size()
    # PDFium's wrapper rounds up; half a pixel less gives the width asked for exactly.
    scale = min((width_px - 0.5) / width, _SIDE_LIMIT / (height + 1), _SIDE_LIMIT / (width + 1))
    if width * scale * height * scale > source.limits.pixels:
        raise RefusedError(ReasonCode.TOO_LARGE, f"page of {width:.0f} x {height:.0f} points")
    picture = page.render(scale=scale, rev_byteorder=True).to_pil()
    return picture, lines_of(page)


def open_image(source: Source) -> Any:
    """Open a picture with Pillow, at its first frame.

    Raises:
        RefusedError: `damaged`, or `too_large`.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    try:
        image = Image.open(source.file())
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise RefusedError(ReasonCode.DAMAGED, "no readable image") from error
    if image.width * image.height > source.limits.pixels:
        raise RefusedError(ReasonCode.TOO_LARGE, f"{image.width} x {image.height} pixels")
    return image


def _image_sizes(source: Source) -> list[tuple[float, float]]:
    image = open_image(source)
    sizes = []
    for number in range(min(_frames(image), source.limits.entries)):
        image.seek(number)
        across, down = dots_per_inch(image)
        width, height = _upright(image)
        sizes.append((width * _POINTS_PER_INCH / across, height * _POINTS_PER_INCH / down))
    return sizes


def _upright(image: Any) -> tuple[int, int]:
    """Return the size as seen, with the orientation that a camera noted."""
    turned = image.getexif().get(0x0112, 1) >= 5
    return (image.height, image.width) if turned else image.size


def _frames(image: Any) -> int:
    # An animation is one page; only a TIFF has several.
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def dots_per_inch(image: Any) -> tuple[float, float]:
    """Return what an image says of its resolution, or that of a screen."""
    across, down = image.info.get("dpi", (_IMAGE_DPI, _IMAGE_DPI))
    sane = 10 < across < 10_000 and 10 < down < 10_000
    return (float(across), float(down)) if sane else (_IMAGE_DPI, _IMAGE_DPI)


def open_frame(source: Source, number: int) -> Any:
    """Open an image at one of its pages.

    Raises:
        RefusedError: There is no such page, or it is too large.
    """
    image = open_image(source)
    if not 0 <= number < _frames(image):
        raise RefusedError(ReasonCode.DAMAGED, f"no page {number + 1} of {_frames(image)}")
    image.seek(number)
    if image.width * image.height > source.limits.pixels:
        raise RefusedError(ReasonCode.TOO_LARGE, f"{image.width} x {image.height} pixels")
    return image


def _image_page(source: Source, number: int, width_px: int) -> tuple[Any, list[Any]]:
    from PIL import ImageOps

    image = open_frame(source, number)
    image.draft("RGB", (width_px, width_px * image.height // max(1, image.width)))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((width_px, _SIDE_LIMIT))
    return in_a_known_mode(upright), []


def in_a_known_mode(image: Any) -> Any:
    """Return a picture that WebP can hold, with 16 bits scaled to 8 and transparency kept."""
    if image.mode.startswith("I"):
        whole = image.convert("I")
        if whole.getextrema()[1] > _BYTE:
            whole = whole.point(lambda value: value * (1 / 256))
        return whole.convert("L")
    if image.mode in ("LA", "PA") or (image.mode == "P" and "transparency" in image.info):
        return image.convert("RGBA")
    return image if image.mode in _MODES else image.convert("RGB")
