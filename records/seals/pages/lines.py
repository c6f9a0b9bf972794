"""Where seals like to stand in a PDF, from the lines of its pages.

Runs in the cage (task `lines`).
"""

import mmap
from typing import Any

from records.seals.pages.boxes import hundredths
from records.seals.pages.facts import open_pdf
from records.seals.pages.sheets import sheets_of
from records.seals.pages.snapping import lines_in_mm, snap_points
from search.reading import Limits
from search.reading.formats.pdf import open_document
from search.reading.source import RefusedError, Source
from search.reading.textlayer import lines_of

# Of a longer document the last pages are looked at: that is where it is signed.
MOST_PAGES = 300
MOST_POINTS = 500


def lines(
    _job: dict[str, Any], content: bytes | mmap.mmap, limits: Limits
) -> tuple[dict[str, Any], bytes]:
    """Return the snap points of a PDF: page, x, y (hundredths of mm) and kind of each.

    A scan, and a page whose text cannot be read, has none.

    Raises:
        Refused: `encrypted` or `damaged`.
    """
    sheets = sheets_of(open_pdf(content))
    try:
        document = open_document(Source(content, "page.pdf", "application/pdf", limits))
    except RefusedError:
        return {"points": []}, b""
    points = []
    for number in range(max(0, len(sheets) - MOST_PAGES), len(sheets)):
        if number >= len(document):
            break
        found = [(text, *box, stops) for text, box, stops in lines_of(document[number])]
        points += snap_points(lines_in_mm(number, sheets[number].box.size_mm, found))
    return {
        "points": [
            [point.page, hundredths(point.x_mm), hundredths(point.y_mm), point.kind]
            for point in points[-MOST_POINTS:]
        ]
    }, b""
