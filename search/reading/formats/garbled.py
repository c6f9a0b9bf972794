"""A text layer that shows one thing and says another: codes of glyphs in place of characters.

A font without a map to Unicode (ISO 32000-1, 9.10) leaves a reader to guess; what comes out then
are control characters, private ones, or letters that stand nowhere on the page.
"""

import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_PAGES = 5
_MOST_CHARS = 2_000
_NO_CHARACTER = frozenset({"Co", "Cn"})


def is_garbled(document: pdfium.PdfDocument, text: str) -> bool:
    """Tell whether most of a document's text is no text."""
    seen = "".join(text.split())[: _MOST_CHARS * _MOST_PAGES]
    odd = sum(char == "\ufffd" or unicodedata.category(char) in _NO_CHARACTER for char in seen)
    if odd * 2 > len(seen):
        return True
    return _without_map(document)


def _without_map(document: pdfium.PdfDocument) -> bool:
    """Tell whether most characters of the first pages have no Unicode value."""
    total = lost = 0
    for number in range(min(len(document), _MOST_PAGES)):
        try:
            page = document[number]
            text = page.get_textpage()
        except pdfium.PdfiumError:
            continue
        for index in range(min(text.count_chars(), _MOST_CHARS)):
            if raw.FPDFText_IsGenerated(text, index) != 1:
                total += 1
                lost += raw.FPDFText_HasUnicodeMapError(text, index) == 1
        text.close()
        page.close()
    return lost * 2 > total
