"""The workshop for stacks of scanned pages: what is seen on them, and some of them as a new file.

Loaded by the parent of a cage of its own (`Cage(workshop="search.reading.stacks")`). Pages count
from 0 here. Nothing is recognised: QR codes and the share of ink are seen in a fraction of the
time that reading would take. Taking pages copies them: the pictures in a PDF are never packed
anew, those in a TIFF without loss.
"""

import io
import mmap
from collections.abc import Iterator
from typing import Any

from search.reading import kinds
from search.reading.model import Limits, ReasonCode
from search.reading.source import RefusedError, Source

PDF, TIFF = kinds.PDF, kinds.TIFF
# A QR code of 40 mm has about 3 dots for each of its modules.
_LOOK_DPI = 110
_POINTS_PER_INCH = 72.0
_MOST_LOOK_PX = 2400
_INK_WIDTH_PX = 400
# Of the page without its edges, where scanners leave shadows.
_EDGE = 0.04
_DARKER_BY = 60
_LONGEST_CODE = 1000
_MOST_CODES = 8

Answer = tuple[dict[str, Any], bytes]


def do(task: str, job: dict[str, Any], content: bytes | mmap.mmap, limits: Limits) -> Answer:
    """Do one task: `look` at some pages, or `take` some."""
    source = Source(content, job["file_name"], job["media_type"], limits)
    return {"look": _look, "take": _take}[task](source, job)


def _look(source: Source, job: dict[str, Any]) -> Answer:
    """Say of each page from `first` up to `last` (exclusive) which codes and how much ink it has.

    The answer is `{page_count, pages: [[codes, ink]]}`; ink is the share of dark dots.
    """
    count = _page_count(source)
    pages = [_seen(each) for each in _pictures(source, job["first"], min(job["last"], count))]
    return {"page_count": count, "pages": pages}, b""


def _seen(picture: Any) -> list[Any]:
    from search.reading.recognition.codes import codes_of

    grey = picture.convert("L")
    codes = [each[:_LONGEST_CODE] for each in codes_of(grey)]
    return [codes[:_MOST_CODES], round(_ink(grey), 6)]


def _ink(grey: Any) -> float:
    """Return the share of dots that are clearly darker than the paper."""
    across, down = int(grey.width * _EDGE), int(grey.height * _EDGE)
    inner = grey.crop((across, down, grey.width - across, grey.height - down))
    inner.thumbnail((_INK_WIDTH_PX, _INK_WIDTH_PX * 8))
    counts = inner.histogram()
    dots = sum(counts)
    if not dots:
        return 0.0
    # The paper is the middle value; on a page full of a picture there is no paper at all.
    middle, passed = 0, 0
    while passed * 2 < dots:
        passed += counts[middle]
        middle += 1
    return float(sum(counts[: max(0, middle - _DARKER_BY)]) / dots)


def _take(source: Source, job: dict[str, Any]) -> Answer:
    """Return a file with the pages `[[number, turn]]`, each turned clockwise by `turn` degrees."""
    wanted = [(int(number), int(turn)) for number, turn in job["pages"]]
    count = _page_count(source)
    if not wanted or any(not 0 <= number < count for number, _ in wanted):
        raise RefusedError(ReasonCode.DAMAGED, f"pages that are not among its {count}")
    if _is_pdf(source):
        return {"media_type": PDF}, _taken_from_pdf(source, wanted)
    return {"media_type": TIFF}, _taken_from_tiff(source, wanted)


def _is_pdf(source: Source) -> bool:
    media_type = kinds.media_type_of(source)
    if media_type not in (PDF, TIFF):
        raise RefusedError(ReasonCode.UNSUPPORTED, f"{media_type} is no stack of pages")
    return media_type == PDF


def _page_count(source: Source) -> int:
    if not _is_pdf(source):
        from search.reading.render import open_image

        return int(getattr(open_image(source), "n_frames", 1))
    from search.reading.formats.pdf import open_document

    return len(open_document(source))


def _pictures(source: Source, first: int, last: int) -> Iterator[Any]:
    """Yield pictures of some pages, large enough for a code to be read."""
    if _is_pdf(source):
        from search.reading.formats.pdf import open_document

        document = open_document(source)
        for number in range(first, last):
            page = document[number]
            width, height = page.get_size()
            scale = min(_LOOK_DPI / _POINTS_PER_INCH, _MOST_LOOK_PX / max(width, height, 1.0))
            yield page.render(scale=scale, grayscale=True).to_pil()
        return
    from search.reading.render import open_image

    image = open_image(source)
    for number in range(first, last):
        image.seek(number)
        _check_size(source, image)
        frame = image.convert("L")
        frame.thumbnail((_MOST_LOOK_PX, _MOST_LOOK_PX))
        yield frame


def _check_size(source: Source, image: Any) -> None:
    if image.width * image.height > source.limits.pixels:
        raise RefusedError(ReasonCode.TOO_LARGE, f"{image.width} x {image.height} pixels")


def _taken_from_pdf(source: Source, wanted: list[tuple[int, int]]) -> bytes:
    import pypdfium2 as pdfium

    from search.reading.formats.pdf import open_document

    document = open_document(source)
    made = pdfium.PdfDocument.new()
    made.import_pages(document, [number for number, _ in wanted])
    for position, (_, turn) in enumerate(wanted):
        if turn:
            page = made[position]
            page.set_rotation((page.get_rotation() + turn) % 360)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _taken_from_tiff(source: Source, wanted: list[tuple[int, int]]) -> bytes:
    from PIL.TiffImagePlugin import AppendingTiffWriter

    from search.reading.render import open_image

    image = open_image(source)
    out = io.BytesIO()
    # Page after page: all of them unpacked at once would need gigabytes.
    with AppendingTiffWriter(out) as writer:
        for number, turn in wanted:
            image.seek(number)
            _check_size(source, image)
            frame = image.rotate(-turn, expand=True) if turn else image.copy()
            packing = "group4" if frame.mode == "1" else "tiff_deflate"
            dots = image.info.get("dpi", (_POINTS_PER_INCH, _POINTS_PER_INCH))
            frame.save(writer, "TIFF", compression=packing, dpi=dots)
            writer.newFrame()
    return out.getvalue()
