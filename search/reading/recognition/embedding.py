"""Pictures put into PDF pages: as they are where PDF knows their coding, else without loss."""

import io
import zlib
from typing import TYPE_CHECKING, Any

from search.reading import render
from search.reading.source import Source

if TYPE_CHECKING:
    from PIL.Image import Image

_JPEG_QUALITY = 90
# What a camera noted on its orientation (EXIF 0x0112), as the turn of the page that shows it.
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}
_ORIENTATION = 0x0112
_STRIP_OFFSETS, _ROWS_PER_STRIP, _STRIP_SIZES = 273, 278, 279
_COLOURS = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


def page_with_picture(
    writer: Any, source: Source, number: int, found: dict[str, Any] | None
) -> None:
    """Append a page that shows one page of an image, as large as it was taken for."""
    image = render.open_frame(source, number)
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    if turn is None or (turn and image.format != "JPEG"):
        from PIL import ImageOps

        image, turn = ImageOps.exif_transpose(image), 0
    width, height = _size(source, number, found)
    if turn in (90, 270):
        width, height = height, width
    page = writer.add_blank_page(width, height)
    if turn:
        page.rotate(turn)
    _draw(writer, page, _picture(source, image))


def draw_instead(writer: Any, page: Any, image: "Image") -> None:
    """Replace what a page draws by a picture of it as it is shown."""
    from PIL import Image
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    turns = {
        90: Image.Transpose.ROTATE_90,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270,
    }
    if page.rotation % 360 in turns:
        image = image.transpose(turns[page.rotation % 360])
    page[NameObject("/Contents")] = ArrayObject()
    page[NameObject("/Resources")] = DictionaryObject()
    page.pop("/Annots", None)
    _draw(writer, page, _jpeg(image))


def _size(source: Source, number: int, found: dict[str, Any] | None) -> tuple[float, float]:
    """Return width and height in points, as the image is shown."""
    if found is None:
        return render.page_sizes(source)[number]
    if found["rotation"] in (90, 270):
        return found["height_pt"], found["width_pt"]
    return found["width_pt"], found["height_pt"]


def _draw(writer: Any, page: Any, picture: Any) -> None:
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    box = page.cropbox
    left, bottom = float(box.left), float(box.bottom)
    width, height = float(box.right) - left, float(box.top) - bottom
    content = DecodedStreamObject()
    place = f"{width:.3f} 0 0 {height:.3f} {left:.3f} {bottom:.3f}"
    content.set_data(f"q {place} cm /Scan Do Q".encode())
    reference = writer._add_object(picture)  # noqa: SLF001
    scan = DictionaryObject({NameObject("/Scan"): reference})
    page[NameObject("/Contents")] = writer._add_object(content)  # noqa: SLF001
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): scan})


def _picture(source: Source, image: Any) -> Any:
    """Return an image as an object of a PDF, with its own bytes where they can stay."""
    if image.format == "JPEG" and image.mode in _COLOURS:
        return _coded(image, bytes(source.data), "/DCTDecode", _COLOURS[image.mode])
    if image.mode == "1":
        return _group4(image)
    lossy = image.format in ("JPEG", "WEBP")
    known = render.in_a_known_mode(image)
    if known.mode == "RGBA":
        from search.reading.recognition.pictures import on_white

        known = on_white(known)
    if lossy:
        return _jpeg(known)
    return _coded(known, zlib.compress(known.tobytes()), "/FlateDecode", _COLOURS[known.mode])


def _jpeg(image: "Image") -> Any:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_JPEG_QUALITY)
    return _coded(image, data.getvalue(), "/DCTDecode", _COLOURS[image.mode])


def _group4(image: "Image") -> Any:
    """Return a picture of black and white in the coding of fax machines (ITU-T T.6)."""
    from PIL import Image
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, NumberObject

    data = io.BytesIO()
    rows = {_ROWS_PER_STRIP: image.height}
    image.save(data, "TIFF", compression="group4", tiffinfo=rows)
    tags = Image.open(data).tag_v2  # type: ignore[attr-defined]
    offsets, sizes = tags[_STRIP_OFFSETS], tags[_STRIP_SIZES]
    if len(offsets) != 1:
        grey = image.convert("L")
        return _coded(grey, zlib.compress(grey.tobytes()), "/FlateDecode", "/DeviceGray")
    strip = data.getvalue()[offsets[0] : offsets[0] + sizes[0]]
    made = _coded(image, strip, "/CCITTFaxDecode", "/DeviceGray", bits=1)
    made[NameObject("/DecodeParms")] = DictionaryObject(
        {
            NameObject("/K"): NumberObject(-1),
            NameObject("/Columns"): NumberObject(image.width),
            NameObject("/Rows"): NumberObject(image.height),
            NameObject("/BlackIs1"): BooleanObject(value=tags.get(262) == 1),
        }
    )
    return made


def _coded(image: Any, data: bytes, coding: str, colours: str, *, bits: int = 8) -> Any:
    from pypdf.generic import NameObject, NumberObject, StreamObject

    made = StreamObject()
    made._data = data  # noqa: SLF001
    made[NameObject("/Type")] = NameObject("/XObject")
    made[NameObject("/Subtype")] = NameObject("/Image")
    made[NameObject("/Width")] = NumberObject(image.width)
    made[NameObject("/Height")] = NumberObject(image.height)
    made[NameObject("/ColorSpace")] = NameObject(colours)
    made[NameObject("/BitsPerComponent")] = NumberObject(bits)
    made[NameObject("/Filter")] = NameObject(coding)
    return made
