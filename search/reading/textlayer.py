"""The text layer of a PDF page: lines with the edge of every character."""

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from search.reading.source import clean

_GRID = 100_000
# What PDFium gives for the hyphen of a word that goes on in the next line, without a line end.
_HYPHEN = {"\x02": "-", "\ufffe": "-"}
_MOST_CHARS = 100_000
Box = tuple[float, float, float, float]


def lines_of(page: pdfium.PdfPage) -> list[Any]:
    """Return `[text, [x0, y0, x1, y1], stops]` for each line, in fractions of the page."""
    text_page = page.get_textpage()
    to_fraction = mapping(page)
    lines = []
    line: list[tuple[str, Box | None]] = []
    for char, box in _chars(text_page):
        if char not in "\r\n":
            line.append((_HYPHEN.get(char, char), to_fraction(box) if box else None))
        if char in "\r\n" or char in _HYPHEN:
            lines.append(_line(line))
            line = []
    lines.append(_line(line))
    return [found for found in lines if found is not None]


def _chars(text_page: pdfium.PdfTextPage) -> Iterator[tuple[str, Box | None]]:
    """Yield each character with its box in page units; generated ones have none."""
    rect = raw.FS_RECTF()
    high = 0
    for index in range(min(text_page.count_chars(), _MOST_CHARS)):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        char = chr(code)
        if raw.FPDFText_IsGenerated(text_page, index) == 1:
            yield char, None
        elif raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rect)):
            yield char, (rect.left, rect.bottom, rect.right, rect.top)
        else:
            yield char, None


def mapping(page: pdfium.PdfPage) -> Any:
    """Return the map from page units to fractions, with crop and rotation, as PDFium draws."""
    x, y = ctypes.c_int(), ctypes.c_int()

    def device(px: float, py: float) -> tuple[float, float]:
        raw.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, px, py, x, y)
        return x.value / _GRID, y.value / _GRID

    unit = 1000.0
    ox, oy = device(0, 0)
    ax, ay = device(unit, 0)
    bx, by = device(0, unit)
    xx, xy, yx, yy = (ax - ox) / unit, (ay - oy) / unit, (bx - ox) / unit, (by - oy) / unit

    def to_fraction(box: Box) -> Box:
        left, bottom, right, top = box
        xs = (ox + left * xx + bottom * yx, ox + right * xx + top * yx)
        ys = (oy + left * xy + bottom * yy, oy + right * xy + top * yy)
        return min(xs), min(ys), max(xs), max(ys)

    return to_fraction


def _line(chars: list[tuple[str, Box | None]]) -> list[Any] | None:
    """Join characters to a line; those without box lie between their neighbours."""
    chars = [(char, box) for char, box in chars if char == " " or clean(char)]
    boxes = [box for _, box in chars if box is not None]
    if not boxes:
        return None
    x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x1, y1 = max(box[2] for box in boxes), max(box[3] for box in boxes)
    stops = []
    at = boxes[0][0]
    for _, box in chars:
        at = box[0] if box is not None else at
        stops.append(round(at, 5))
        at = box[2] if box is not None else at
    stops.append(round(at, 5))
    text = "".join(char for char, _ in chars)
    return [text, [round(edge, 5) for edge in (x0, y0, x1, y1)], stops]
