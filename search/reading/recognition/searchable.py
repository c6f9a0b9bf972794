"""A PDF whose pages are the pictures as they are, with recognised text lying on them unseen.

The text is drawn in mode 3, neither filled nor stroked (ISO 32000-1, 9.3.6), so that whatever
reads the text of a PDF finds it where the print stands. A page that lies askew is shown straight:
most readers put lines together by their height, and lines that fall would be read in disorder.
"""

import io
from math import cos, radians, sin
from typing import Any, cast

from search.reading import render
from search.reading.model import ReasonCode
from search.reading.recognition.embedding import page_with_picture
from search.reading.recognition.glyphless import Glyphless
from search.reading.source import RefusedError, Source

_LEAST_SIZE = 1.0
_MOST_LEVELS = 50


def made(source: Source, pages: list[dict[str, Any]]) -> bytes:
    """Return the PDF.

    Args:
        source: The image or PDF.
        pages: The fields of `Recognised` for each page.

    Raises:
        RefusedError: It is neither image nor PDF, or one that cannot be opened.
    """
    import pypdf

    writer = pypdf.PdfWriter()
    by_number = {page["page"]: page for page in pages}
    if render.is_pdf(source):
        reader = pypdf.PdfReader(io.BytesIO(source.data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise RefusedError(ReasonCode.ENCRYPTED, "needs a password")
        writer.append(reader)
        _replace_garbled(source, writer, by_number)
    else:
        for number in range(len(render.page_sizes(source))):
            page_with_picture(writer, source, number, by_number.get(number))
    font = Glyphless()
    for number, page in by_number.items():
        if not 0 <= number < len(writer.pages):
            raise RefusedError(ReasonCode.DAMAGED, f"no page {number + 1}")
        _write_on(writer, writer.pages[number], page, font)
    reference = font.added_to(writer)
    for number in by_number:
        _name_font(writer.pages[number], reference)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _replace_garbled(source: Source, writer: Any, pages: dict[int, dict[str, Any]]) -> None:
    """Put a picture in place of each recognised page whose own text would be found beside ours."""
    from search.reading.formats.pdf import open_document

    document = open_document(source)
    for number in pages:
        page = document[number]
        text = page.get_textpage()
        if text.count_chars() and number < len(writer.pages):
            _draw_over(writer, writer.pages[number], page)


def _draw_over(writer: Any, page: Any, drawn: Any) -> None:
    """Replace what a PDF page draws by its picture."""
    from search.reading.recognition.embedding import draw_instead

    image = drawn.render(scale=200 / 72, rev_byteorder=True).to_pil().convert("RGB")
    draw_instead(writer, page, image)


def _write_on(writer: Any, page: Any, found: dict[str, Any], font: Glyphless) -> None:
    """Write the lines of a page into a stream of their own behind what it draws."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject, NumberObject

    rotation = (page.rotation + found["rotation"]) % 360
    page[NameObject("/Rotate")] = NumberObject(rotation)
    place = _Place(page, found, rotation)
    drawn = [command for line in found["lines"] for command in _commands(line, place, font)]
    # The page's own drawing may leave its state behind, so it is put between q and Q.
    before, after = DecodedStreamObject(), DecodedStreamObject()
    before.set_data(f"q {place.straightening()} cm\n".encode("ascii"))
    body = "\nQ\nq BT 3 Tr\n" + "\n".join(drawn) + "\nET Q\n"
    after.set_data(body.encode("ascii"))
    contents = page.get("/Contents")
    own = contents.get_object() if contents is not None else ArrayObject()
    parts = list(own) if isinstance(own, list) else [contents]
    added = [writer._add_object(part.flate_encode()) for part in (before, after)]  # noqa: SLF001
    page[NameObject("/Contents")] = ArrayObject([added[0], *parts, added[1]])
    if found["skew_degrees"]:
        _widen(page, place.bounds())


def _widen(page: Any, bounds: tuple[float, float, float, float]) -> None:
    """Make a page so large that no corner of what it draws is cut off."""
    from pypdf.generic import RectangleObject

    for name in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        page.pop(name, None)
    page.mediabox = RectangleObject(bounds)
    page.cropbox = RectangleObject(bounds)


def _name_font(page: Any, reference: Any) -> None:
    from pypdf.generic import DictionaryObject, NameObject

    own = DictionaryObject(_inherited(page, "/Resources"))
    fonts = own.get("/Font")
    named = DictionaryObject(cast("DictionaryObject", fonts.get_object()) if fonts else {})
    named[NameObject("/ChanceryUnseen")] = reference
    own[NameObject("/Font")] = named
    page[NameObject("/Resources")] = own


def _inherited(page: Any, name: str) -> Any:
    """Return an entry of a page or of what stands above it."""
    for _ in range(_MOST_LEVELS):
        if name in page:
            return page[name].get_object()
        if "/Parent" not in page:
            break
        page = page["/Parent"].get_object()
    return {}


class _Place:
    """Where a point of the straightened, upright page lies in the units of a PDF page."""

    def __init__(self, page: Any, found: dict[str, Any], rotation: int) -> None:
        box = page.cropbox
        self._box = [float(edge) for edge in (box.left, box.bottom, box.right, box.top)]
        self._rotation = rotation
        self._width, self._height = found["width_pt"], found["height_pt"]
        across = self._box[2] - self._box[0]
        shown = self._box[3] - self._box[1] if rotation in (90, 270) else across
        self.unit = shown / self._width
        self._angle = radians(found["skew_degrees"])

    def straightening(self) -> str:
        """Return the matrix that turns what the page draws back around its middle."""
        left, bottom, right, top = self._box
        x, y = (left + right) / 2, (bottom + top) / 2
        along, across = cos(self._angle), sin(self._angle)
        moved = (x - x * along + y * across, y - x * across - y * along)
        return " ".join(f"{value:.6f}" for value in (along, across, -across, along, *moved))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the edges of the page that what it draws has once it is turned back."""
        left, bottom, right, top = self._box
        along, across = abs(cos(self._angle)), abs(sin(self._angle))
        width, height = right - left, top - bottom
        more_x = (width * along + height * across - width) / 2
        more_y = (width * across + height * along - height) / 2
        return (left - more_x, bottom - more_y, right + more_x, top + more_y)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the straightened page in the page's units."""
        across, down = x * self.unit, y * self.unit
        left, bottom, right, top = self._box
        return {
            0: (left + across, top - down),
            90: (left + down, bottom + across),
            180: (right - across, bottom + down),
            270: (right - down, top - across),
        }[self._rotation]

    def direction(self) -> tuple[float, float]:
        """Return the direction of the lines as a vector of length 1."""
        (x0, y0), (x1, y1) = self.point(0, 0), self.point(1, 0)
        return (x1 - x0) / self.unit, (y1 - y0) / self.unit


def _commands(line: dict[str, Any], place: _Place, font: Glyphless) -> list[str]:
    """Return the operators that put a line, part by part, where its parts stand."""
    text, stops = line["text"], line["stops"]
    size = max(_LEAST_SIZE, line["y1"] - line["y0"]) * place.unit
    baseline = line["y1"] - 0.12 * (line["y1"] - line["y0"])
    right, up = place.direction()
    commands = [f"/ChanceryUnseen {size:.2f} Tf"]
    for start, end in _parts(text):
        width = (stops[end] - stops[start]) * place.unit
        natural = font.width(text[start:end]) * size / 1000
        if width <= 0 or natural <= 0:
            width = natural
        x, y = place.point(stops[start], baseline)
        matrix = " ".join(f"{value:.5f}" for value in (right, up, -up, right))
        commands.append(f"{100 * width / natural:.2f} Tz {matrix} {x:.2f} {y:.2f} Tm")
        commands.append(f"<{font.codes(text[start:end])}> Tj")
    return commands


def _parts(text: str) -> list[tuple[int, int]]:
    """Return where words begin and end, each with the space behind it."""
    parts, start = [], 0
    for at, char in enumerate(text):
        if char == " " and at > start:
            parts.append((start, at + 1))
            start = at + 1
    if start < len(text):
        parts.append((start, len(text)))
    return parts
