"""Text, facts and page pictures from files, read inside a cage.

The caller's process imports no extraction library and never parses a file: `Cage` hands the
content to a child with tight limits and gets plain values back.
"""

from search.reading.cage import Cage
from search.reading.model import (
    Attachment,
    Layout,
    Limits,
    Line,
    PageImage,
    Part,
    PlacedLine,
    Reading,
    Reason,
    ReasonCode,
    Recognised,
    RecognisedLine,
    Unpacked,
    UnreadableError,
)
from search.reading.office import office_available
from search.reading.recognition.tesseract import ocr_available

__all__ = [
    "Attachment",
    "Cage",
    "Layout",
    "Limits",
    "Line",
    "PageImage",
    "Part",
    "PlacedLine",
    "Reading",
    "Reason",
    "ReasonCode",
    "Recognised",
    "RecognisedLine",
    "Unpacked",
    "UnreadableError",
    "ocr_available",
    "office_available",
]
