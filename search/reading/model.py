"""What reading a file yields: plain values that are cheap to import and to pass on."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, radians, sin
from typing import Literal

Outcome = Literal["done", "none", "failed"]
_RUN = re.compile(r"\S+")
_MOST_RUNS = 8


class ReasonCode(StrEnum):
    """Why a file gave no text, or no picture."""

    IMAGE_ONLY = "image_only"
    GARBLED = "garbled"
    PARTLY_SCANNED = "partly_scanned"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    BOMB = "bomb"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for programs and a short message for the log, never a stack trace."""

    code: ReasonCode
    message: str


class UnreadableError(Exception):
    """A page, a picture or a conversion could not be made; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"{reason.code}: {reason.message}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels inside another one."""

    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was taken out of a container, with its bytes."""

    name: str
    media_type: str
    size_bytes: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of a container, and what stayed inside: name and code of the reason."""

    parts: list[Part]
    left_out: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """One line with its place on the page, in points from the top left corner.

    Attributes:
        text: The characters of the line.
        x0: Left edge.
        y0: Top edge.
        x1: Right edge.
        y1: Bottom edge.
        size: Size of the print in points.
        red: Printed in red, as the head of a Chinese official document is.
        runs: `(start, end, x0, x1)` for each part between spaces: which characters, and where; one
            run for the whole line where there are many.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 0.0
    red: bool = False
    runs: tuple[tuple[int, int, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the lines of one page stand; `page` counts from 0."""

    page: int
    lines: list[PlacedLine]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says.

    Attributes:
        outcome: `done` when there is text, `none` when there is nothing to read (an image, an
            empty or scanned file), `failed` when the file could not be read.
        media_type: The type found in the content; more exact than what the caller gave.
        reason: Set unless the outcome is `done`, and `partly_scanned` beside the text of a PDF some
            pages of which are scans.
        pages: Text by page, sheet or slide; one element for formats without pages. The text of
            mail attachments follows as further elements. The names inside an archive are given here
            although archives themselves are not unpacked (`failed`, `unsupported`).
        page_count: Pages of the file itself, when the format has pages.
        attributes: title, author, subject, keywords, created, modified, producer; for mail from,
            to, cc, date, subject, message_id. Only those that the file carries.
        attachments: Files inside the file.
        signatures: Number of filled signature fields in a PDF; says nothing on their validity.
        truncated: Text was cut at `Limits.text_chars`.
        layouts: Where the lines of the first and the last pages stand, for formats with pages.
    """

    outcome: Outcome
    media_type: str
    reason: Reason | None = None
    pages: list[str] = field(default_factory=list)
    page_count: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    signatures: int = 0
    truncated: bool = False
    layouts: list[Layout] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page's text layer, in fractions of the page from its top left corner.

    Attributes:
        text: The characters of the line.
        x0: Left edge.
        y0: Top edge.
        x1: Right edge.
        y1: Bottom edge.
        stops: Left edge of each character and, as last element, the right edge of the last one:
            characters i to j (exclusive) cover `stops[i]` to `stops[j]`. Works alike for Chinese,
            which has no words to mark.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    stops: list[float]


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as picture, with the text that lies on it."""

    width_px: int
    height_px: int
    media_type: str
    data: bytes
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """One line that was recognised on a picture, in points from the top left corner.

    Attributes:
        text: The characters of the line, repaired where their grammar allows but one reading.
        x0: Left edge.
        y0: Top edge.
        x1: Right edge.
        y1: Bottom edge.
        size: Size of the print in points, as measured.
        stops: Left edge of each character and, as last element, the right edge of the last one.
        confidence: How sure the engine is of the line, from 0 to 1.
        red: Printed in red, as the head of a Chinese official document is.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    stops: list[float]
    confidence: float
    red: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised on one page, as it stands once it is turned upright and straightened.

    Attributes:
        page: Counted from 0.
        width_pt: Width of the upright page in points.
        height_pt: Height of the upright page in points.
        rotation: Degrees by which the page as it is shown must be turned clockwise to stand
            upright: 0, 90, 180 or 270.
        skew_degrees: By how much the lines of the upright page fall to the right (clockwise).
        lines: In reading order, as on the straightened page.
        confidence: Of all characters, from 0 to 1; 0 for a page without any.
        codes: What QR codes on the page say.
        languages: Models of the engine that were used.
        cpu_seconds: What it cost.
    """

    page: int
    width_pt: float
    height_pt: float
    rotation: int
    skew_degrees: float
    lines: list[RecognisedLine]
    confidence: float
    codes: list[str] = field(default_factory=list)
    languages: tuple[str, ...] = ()
    cpu_seconds: float = 0.0

    def text(self) -> str:
        """Return the text of the page, line by line."""
        return "\n".join(line.text for line in self.lines)

    def layout(self) -> Layout:
        """Return where the lines stand on the straightened page, for the reading of page faces."""
        return Layout(self.page, [_placed(line) for line in self.lines])

    def text_layer(self) -> list[Line]:
        """Return the lines as they lie on the upright picture, in fractions of the page.

        The picture is shown as it is, so a line is moved to where its middle stands there.
        """
        return [self._on_picture(line) for line in self.lines]

    def _on_picture(self, line: RecognisedLine) -> Line:
        middle = ((line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2)
        x, y = self.on_picture(*middle)
        across, down = x - middle[0], y - middle[1]
        return Line(
            line.text,
            (line.x0 + across) / self.width_pt,
            (line.y0 + down) / self.height_pt,
            (line.x1 + across) / self.width_pt,
            (line.y1 + down) / self.height_pt,
            [(stop + across) / self.width_pt for stop in line.stops],
        )

    def on_picture(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the straightened page stands on the upright picture."""
        angle = radians(self.skew_degrees)
        across, down = x - self.width_pt / 2, y - self.height_pt / 2
        return (
            self.width_pt / 2 + across * cos(angle) - down * sin(angle),
            self.height_pt / 2 + across * sin(angle) + down * cos(angle),
        )


def _placed(line: RecognisedLine) -> PlacedLine:
    runs = [
        (found.start(), found.end(), line.stops[found.start()], line.stops[found.end()])
        for found in _RUN.finditer(line.text)
    ]
    if len(runs) > _MOST_RUNS:
        runs = [(runs[0][0], runs[-1][1], runs[0][2], runs[-1][3])]
    place = (line.x0, line.y0, line.x1, line.y1)
    return PlacedLine(line.text, *place, line.size, line.red, tuple(runs))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost.

    Attributes:
        parallel: Children at work at once.
        memory_bytes: Address space of a child above that of its parent and the content.
        cpu_seconds: CPU time of a child.
        wall_seconds: Time from fork to answer.
        idle_seconds: The warm parent ends itself after this time without work.
        content_bytes: Largest file that is looked at; it is held in memory meanwhile.
        result_bytes: Largest answer of a child.
        text_chars: Characters of text kept per file.
        entries: Files in a container.
        parts: Files that are taken out of a container.
        unpacked_bytes: Sum of what a container unpacks to.
        unpack_ratio: Unpacked by packed size, held against containers that unpack to more than
            `unpack_free_bytes`.
        unpack_free_bytes: Size below which any ratio is fine.
        depth: Mails in mails, and attachments in them.
        pixels: Largest picture, and largest rendered page.
        office_memory_bytes: Address space of a program: LibreOffice or the engine that recognises.
        office_seconds: CPU and wall-clock time of a conversion, or of recognising one page.
    """

    parallel: int = 2
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    idle_seconds: float = 60.0
    content_bytes: int = 512 << 20
    result_bytes: int = 256 << 20
    text_chars: int = 20_000_000
    entries: int = 10_000
    parts: int = 200
    unpacked_bytes: int = 512 << 20
    unpack_ratio: int = 150
    unpack_free_bytes: int = 32 << 20
    depth: int = 5
    pixels: int = 100_000_000
    office_memory_bytes: int = 4 << 30
    office_seconds: int = 120
