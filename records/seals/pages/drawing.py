"""Imprints and QR codes as PDF content, and content added to a page without touching what is there.

Runs in the cage. An imprint is multiplied with what lies under it, as ink is: text below it stays
readable.
"""

import io
import secrets
from collections.abc import Mapping, Sequence

from PIL import Image
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)
from pyhanko.pdf_utils.images import pil_image
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from records.seals.caged import Refused
from records.seals.pages.geometry import Matrix
from records.seals.pages.nesting import Nesting, nesting_of
from records.seals.pages.sheets import Sheet, items, raw, resolved, value_of

QUIET_MODULES = 4
_MOST_PIXELS = 25_000_000
_COMPRESSED_FROM = 512
Part = tuple[float, float]
_WHOLE: Part = (0.0, 1.0)


class Die:
    """One imprint within one PDF, under names that nothing else in it bears.

    Args:
        png: The picture.

    Raises:
        Refused: It is no PNG, or too large (`imprint`).
    """

    def __init__(self, writer: BasePdfFileWriter, png: bytes) -> None:
        self._image = _image(writer, png)
        token = secrets.token_hex(4)
        self._imprint, self._ink = f"/Imprint{token}", f"/Ink{token}"

    def content(self, matrix: Matrix, part: Part = _WHOLE) -> bytes:
        """Return what draws the imprint, or the part of it between two fractions of its width."""
        left, right = part
        clip = b"" if part == _WHOLE else b"%s 0 %s 1 re W n\n" % (_n(left), _n(right - left))
        names = self._ink.encode(), self._imprint.encode()
        return b"q\n%s cm\n%s%s gs\n%s Do\nQ\n" % (_matrix(matrix), clip, *names)

    def resources(self) -> DictionaryObject:
        """Return what its content needs."""
        ink = {"/Type": NameObject("/ExtGState"), "/BM": NameObject("/Multiply")}
        return dictionary(
            {
                "/XObject": dictionary({self._imprint: self._image}),
                "/ExtGState": dictionary({self._ink: dictionary(ink)}),
            }
        )


def _image(writer: BasePdfFileWriter, png: bytes) -> IndirectObject:
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise Refused("imprint", f"an imprint of {opened.width} x {opened.height} pixels")
            picture = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        raise Refused("imprint", "the imprint is no PNG") from error
    # What is not seen costs nothing.
    clear = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    seen = picture.getchannel("A").point(lambda alpha: 255 if alpha else 0)
    reference: IndirectObject = pil_image(Image.composite(picture, clear, seen), writer)
    return reference


def qr_content(matrix: Matrix, text: str) -> bytes:
    """Return what draws a QR code (ISO/IEC 18004, error correction M) with its quiet zone."""
    import segno

    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = len(rows) + 2 * QUIET_MODULES
    boxes = []
    for down, row in enumerate(rows):
        for begin, length in _dark_runs(row):
            up = side - QUIET_MODULES - down - 1
            boxes.append(b"%d %d %d 1 re" % (begin + QUIET_MODULES, up, length))
    one = 1 / side
    return b"q\n%s cm\n%s 0 0 %s 0 0 cm\n1 g 0 0 %d %d re f\n0 g\n%s\nf\nQ\n" % (
        _matrix(matrix),
        _n(one, 9),
        _n(one, 9),
        side,
        side,
        b"\n".join(boxes),
    )


def text_content(matrix: Matrix, font: str, size_pt: float, text: str) -> bytes:
    """Return what draws one line of ASCII text in black."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("ascii")
    head = _matrix(matrix), font.encode(), _n(size_pt)
    return b"q\n%s cm\n0 g\nBT %s %s Tf (%s) Tj ET\nQ\n" % (*head, escaped)


def appearance(
    writer: BasePdfFileWriter, bounds: Sequence[float], content: bytes, resources: DictionaryObject
) -> IndirectObject:
    """Add the appearance of a signature field; it lies in the coordinates of the page itself."""
    head: dict[str, PdfObject] = {
        "/Type": NameObject("/XObject"),
        "/Subtype": NameObject("/Form"),
        "/BBox": rectangle(bounds),
        "/Resources": resources,
    }
    return writer.add_object(StreamObject(dictionary(head), stream_data=content))


class Overlays:
    """Adds content to pages of one PDF; nothing that another page may share is changed."""

    def __init__(self, writer: BasePdfFileWriter, resources: DictionaryObject) -> None:
        self._writer = writer
        self._ours = resources
        self._openings: dict[int, IndirectObject] = {}

    def add(self, sheet: Sheet, content: bytes) -> None:
        """Draw content on top of a page, in the graphics state with which the page began."""
        present = contents_of(sheet)
        found = _nesting(present)
        closing = StreamObject(stream_data=b"\n" + b"Q\n" * found.after + content)
        if len(content) > _COMPRESSED_FROM:
            closing.compress()
        page = sheet.page
        page[NameObject("/Contents")] = ArrayObject(
            [self._opening(found.before), *present, self._writer.add_object(closing)]
        )
        page[NameObject("/Resources")] = self._resources_of(sheet)
        self._writer.mark_update(sheet.ref)

    def _opening(self, count: int) -> IndirectObject:
        if count not in self._openings:
            stream = StreamObject(stream_data=b"q\n" * count)
            self._openings[count] = self._writer.add_object(stream)
        return self._openings[count]

    def _resources_of(self, sheet: Sheet) -> DictionaryObject:
        """Return a page's resources with ours: copies, since other pages may share them."""
        resources = _copy(resolved(sheet.resources))
        for kind, ours in self._ours.items():
            group = _copy(value_of(resources, kind))
            for name in ours:
                group[NameObject(name)] = ours.raw_get(name)
            resources[NameObject(kind)] = group
        return resources


def contents_of(sheet: Sheet) -> list[PdfObject]:
    """Return the references to the content streams of a page."""
    found = raw(sheet.page, "/Contents")
    value = resolved(found)
    if isinstance(value, ArrayObject):
        return [item for item in items(value) if isinstance(resolved(item), StreamObject)]
    return [found] if found is not None and isinstance(value, StreamObject) else []


def _nesting(present: Sequence[PdfObject]) -> Nesting:
    """Return how content leaves the graphics state; what cannot be decoded draws nothing."""
    parts = []
    for reference in present:
        stream = resolved(reference)
        assert isinstance(stream, StreamObject)
        try:
            parts.append(stream.data)
        except (PdfError, ValueError, KeyError, TypeError, NotImplementedError, AssertionError):
            continue
    return nesting_of(b"\n".join(parts))


def _copy(found: PdfObject | None) -> DictionaryObject:
    """Return a copy of a dictionary whose values stay what they are, references included."""
    copied = DictionaryObject()
    if isinstance(found, DictionaryObject):
        for name in found:
            # Past pyHanko's own, which would make the value belong to the copy.
            dict.__setitem__(copied, NameObject(name), found.raw_get(name))
    return copied


def dictionary(values: Mapping[str, PdfObject]) -> DictionaryObject:
    """Return a dictionary of PDF."""
    return DictionaryObject({NameObject(name): value for name, value in values.items()})


def rectangle(edges: Sequence[float]) -> ArrayObject:
    """Return a rectangle of PDF."""
    return ArrayObject(FloatObject(_n(edge, 4).decode()) for edge in edges)


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    """Return begin and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((at, 1))
    return runs


def _matrix(matrix: Matrix) -> bytes:
    values = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
    return b" ".join(_n(value) for value in values)


def _n(value: float, digits: int = 6) -> bytes:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return (text if text not in ("-0", "") else "0").encode()
