"""A text layer that shows one thing and says another: codes of glyphs in place of characters.

A font without a map to Unicode (ISO 32000-1, 9.10) leaves a reader to guess; what comes out then
are control characters, private ones, or letters that stand nowhere on the page.
"""

import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_CHARS = 400
_NO_CHARACTER = frozenset({"Co", "Cn"})
# Letters that were turned into curves are many; a frame or a rule is a few.
_MANY_CURVES = 200


def is_garbled(document: pdfium.PdfDocument, number: int, text: str) -> bool:
    """Tell whether most of a page's text is no text.

    Args:
        number: Of the page, from 0.
        text: Of the page.
    """
    seen = "".join(text.split())[:_MOST_CHARS]
    odd = sum(char == "\ufffd" or unicodedata.category(char) in _NO_CHARACTER for char in seen)
    return odd * 2 > len(seen) or _without_map(document, number)


def _without_map(document: pdfium.PdfDocument, number: int) -> bool:
    """Tell whether most of the first characters of a page have no Unicode value."""
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return False
    total = lost = 0
    for index in range(min(text.count_chars(), _MOST_CHARS)):
        if raw.FPDFText_IsGenerated(text, index) != 1:
            total += 1
            lost += raw.FPDFText_HasUnicodeMapError(text, index) == 1
    text.close()
    page.close()
    return lost * 2 > total


def shows_pictures(document: pdfium.PdfDocument, number: int) -> bool:
    """Tell whether a page shows a picture, garbled text, or so many curves that they may be print.

    A page that is blank but for a rule or a frame shows nothing that could be recognised.
    """
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return False
    telling = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT)
    seen = curves = 0
    for found in page.get_objects(max_depth=3):
        seen += found.type in telling
        curves += found.type == raw.FPDF_PAGEOBJ_PATH
        if seen or curves >= _MANY_CURVES:
            break
    page.close()
    return bool(seen) or curves >= _MANY_CURVES
