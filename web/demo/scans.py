"""Papers as a scanner sees them: grey, a little askew, without any text inside."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.reading.watermark import han_font
from web.demo.pdf import Line

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

DPI = 150
_WIDTH, _HEIGHT = 1240, 1754
_MARGIN = 140
_PAPER, _EDGE, _INK = 244, 238, 35
# Pixels of a point, and the lead of a line.
_SCALE = DPI / 72
_LEAD = 3.2
_ASKEW_DEGREES = 0.6
_MODULE_PX = 7


def draws_chinese() -> bool:
    """Tell whether this machine can draw a page with Han characters."""
    return han_font() is not None


def scan_page(lines: Sequence[Line], *, code: str | None = None) -> "Image":
    """Return a page that was scanned.

    Args:
        code: The text of a QR code in the upper left corner, as separator sheets have it.
    """
    from PIL import Image, ImageDraw

    page = Image.new("L", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(page)
    height = 150.0
    if code is not None:
        height += _draw_code(page, code)
    for line in lines:
        font = _font(line)
        for piece in _broken(line, font):
            left = _MARGIN + (line.indent or 0) * _SCALE
            if line.indent is None:
                left = (_WIDTH - font.getlength(piece)) / 2
            draw.text((left, height), piece, fill=_INK, font=font)
            height += line.size * _LEAD
    turned = Image.Resampling.BILINEAR
    return page.rotate(_ASKEW_DEGREES, fillcolor=_EDGE, resample=turned)


def scan_png(lines: Sequence[Line]) -> bytes:
    """Return one page as a picture."""
    out = io.BytesIO()
    scan_page(lines).save(out, "PNG", dpi=(DPI, DPI))
    return out.getvalue()


def scan_pdf(pages: "Sequence[Image]") -> bytes:
    """Return pages as the one file that a scanner with a feeder makes of them."""
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=70)
    return out.getvalue()


def _font(line: Line) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    size = line.size * _SCALE
    path = han_font() if any(ord(each) > 0x2E7F for each in line.text) else None
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size=size)


def _broken(line: Line, font: "FreeTypeFont | ImageFont") -> list[str]:
    """Return a paragraph in lines: Latin words stay whole, Han characters may end a line."""
    room = _WIDTH - 2 * _MARGIN - (line.indent or 0) * _SCALE
    pieces = [""]
    for word in _words(line.text):
        if pieces[-1] and font.getlength(pieces[-1] + word) > room and word not in "，。；：、）》":
            pieces.append("")
        pieces[-1] += word if pieces[-1] else word.lstrip(" ")
    return pieces


def _words(text: str) -> list[str]:
    if any(ord(each) > 0x2E7F for each in text):
        return list(text)
    return [f"{' ' if place else ''}{word}" for place, word in enumerate(text.split(" "))]


def _draw_code(page: "Image", text: str) -> float:
    """Draw a QR code, and return how high it is."""
    import segno
    from PIL import Image

    modules = segno.make(text, error="m", micro=False).matrix
    side = len(modules)
    code = Image.new("L", (side, side), _PAPER)
    code.putdata([_INK if dark else _PAPER for row in modules for dark in row])
    px = side * _MODULE_PX
    page.paste(code.resize((px, px), Image.Resampling.NEAREST), (_MARGIN, _MARGIN))
    return float(px + _MARGIN)
