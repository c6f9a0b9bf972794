"""Where the lines of a PDF page stand: cheap enough to be asked for with every reading.

The text layer under a page picture needs the edge of every character; a page face needs to know
where a line stands, how large it is printed and whether it is red. So only the ends of the runs of
a line are asked for, which costs a fifth of the text layer.
"""

import ctypes
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from search.reading.source import clean
from search.reading.textlayer import Box, mapping

# The face of a document ends on one of these pages; what stands between them is its body.
_FIRST_PAGES, _LAST_PAGES = 3, 2
_MOST_CHARS = 20_000
_MOST_RUNS = 8
_HYPHENS = ("\x02", "\ufffe")
Chars = Sequence[tuple[int, str]]


def faces_of(document: pdfium.PdfDocument) -> list[Any]:
    """Return `[page, lines]` for the first and the last pages; pages count from 0.

    A line is `[text, [x0, y0, x1, y1], size, red, runs]`, a run is `[start, end, x0, x1]`: which
    characters, and where. All in points from the top left corner of the page as it is shown.
    """
    faces = []
    for number in face_pages(len(document)):
        try:
            page = document[number]
            faces.append([number, placed_lines(page)])
            page.close()
        except (pdfium.PdfiumError, ValueError):
            # A page that cannot be placed is read all the same.
            continue
    return faces


def face_pages(count: int) -> list[int]:
    """Return which of so many pages bear the face of a document, counted from 0."""
    last = range(max(0, count - _LAST_PAGES), count)
    return sorted({*range(min(_FIRST_PAGES, count)), *last})


def placed_lines(page: pdfium.PdfPage) -> list[Any]:
    """Return the lines of a page with their places."""
    width, height = page.get_size()
    to_fraction = mapping(page)
    text_page = page.get_textpage()

    def box_of(index: int) -> Box | None:
        rect = raw.FS_RECTF()
        if not raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rect)):
            return None
        x0, y0, x1, y1 = to_fraction((rect.left, rect.bottom, rect.right, rect.top))
        box = (x0 * width, y0 * height, x1 * width, y1 * height)
        # A damaged page can put a character at infinity, which no answer may say.
        return box if all(map(isfinite, box)) else None

    found = [_placed(text_page, line, box_of) for line in _lines(text_page)]
    text_page.close()
    return [line for line in found if line is not None]


def _lines(text_page: pdfium.PdfTextPage) -> Iterator[Chars]:
    line: list[tuple[int, str]] = []
    for index, char in _chars(text_page):
        if char in "\r\n" or char in _HYPHENS:
            if line:
                yield line
            line = []
        else:
            line.append((index, char))
    if line:
        yield line


def _chars(text_page: pdfium.PdfTextPage) -> Iterator[tuple[int, str]]:
    """Yield the characters with their index; all at once where text and index agree."""
    count = text_page.count_chars()
    text = text_page.get_text_range()
    if len(text) == count:
        yield from enumerate(text[:_MOST_CHARS])
        return
    for index in range(min(count, _MOST_CHARS)):
        code = raw.FPDFText_GetUnicode(text_page, index)
        yield index, chr(code) if code not in range(0xD800, 0xE000) else "\ufffd"


def _placed(text_page: pdfium.PdfTextPage, line: Chars, box_of: Any) -> list[Any] | None:
    text = "".join([char for _, char in line])
    kept = line
    if clean(f"{text}|") != f"{text}|":
        kept = [(index, char) for index, char in line if char == " " or clean(char)]
        text = "".join([char for _, char in kept])
    spans = _runs(text)
    ends = [(box_of(kept[start][0]), box_of(kept[end - 1][0])) for start, end in spans]
    boxes = [box for pair in ends for box in pair if box is not None]
    if not boxes:
        return None
    edges = [pick(box[at] for box in boxes) for at, pick in enumerate((min, min, max, max))]
    runs = [
        [start, end, round(first[0], 1), round(last[2], 1)]
        for (start, end), (first, last) in zip(spans, ends, strict=True)
        if first is not None and last is not None
    ]
    first_index = kept[spans[0][0]][0]
    size = raw.FPDFText_GetFontSize(text_page, first_index) or edges[3] - edges[1]
    # A font of size 1 may be scaled by its matrix, so the box is asked as well.
    size = size if size > 2 and isfinite(size) else edges[3] - edges[1]
    place = [round(edge, 1) for edge in edges]
    return [text, place, round(size, 1), _is_red(text_page, first_index), runs]


def _runs(text: str) -> list[tuple[int, int]]:
    """Return where the parts between spaces begin and end; of many, only the whole line."""
    runs: list[tuple[int, int]] = []
    start = None
    for at, char in enumerate(text):
        if char.isspace():
            if start is not None:
                runs.append((start, at))
            start = None
        elif start is None:
            start = at
    if start is not None:
        runs.append((start, len(text)))
    return runs if len(runs) <= _MOST_RUNS else [(runs[0][0], runs[-1][1])]


def _is_red(text_page: pdfium.PdfTextPage, index: int) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFText_GetFillColor(text_page, index, red, green, blue, alpha):
        return False
    return red.value > 150 and green.value < 100 and blue.value < 100
