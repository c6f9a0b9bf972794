"""Stacks of paper for tests: drawn pages with separator sheets of an office between them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime

from PIL import Image, ImageDraw

from records.exchange.separator_sheets import SheetInWords, write_separator_sheets
from records.office import Office
from records.scans.sheets import Sheet, sheet_key, write_sheet

A4_200_DPI = (1654, 2339)
DPI = 200


def paper(text: str) -> Image.Image:
    """Return a scanned page with a line of large letters."""
    page = Image.new("L", A4_200_DPI, 250)
    draw = ImageDraw.Draw(page)
    for number in range(12):
        draw.text((200, 300 + number * 120), text, fill=20, font_size=52)
    return page


def blank() -> Image.Image:
    """Return a scanned page with nothing on it but a speck of dust."""
    page = Image.new("L", A4_200_DPI, 248)
    ImageDraw.Draw(page).ellipse((800, 900, 806, 906), fill=90)
    return page


def sheet_page(office: Office, sheet: Sheet | None = None, *, turned: float = 1.5) -> Image.Image:
    """Return a separator sheet of an office as a scanner sees it, a little askew."""
    import pypdfium2 as pdfium

    words = SheetInWords(
        language="en",
        office="Office",
        heading="A new document begins here",
        explanation="Scan it with the papers.",
        facts=[],
        foot="",
        code=write_sheet(sheet_key(office.vault.keyring), sheet or Sheet()),
    )
    pdf = write_separator_sheets(words, count=1, made_at=datetime.now(UTC))
    drawn: Image.Image = pdfium.PdfDocument(pdf)[0].render(scale=DPI / 72).to_pil().convert("L")
    return drawn.rotate(turned, fillcolor=255)


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    """Return pages as a scanner's PDF, one picture on each."""
    return _saved(pages, "PDF", resolution=DPI, quality=70)


def as_tiff(pages: Sequence[Image.Image]) -> bytes:
    """Return pages as a TIFF with one frame for each."""
    return _saved(pages, "TIFF", compression="tiff_deflate", dpi=(DPI, DPI))


def _saved(pages: Sequence[Image.Image], form: str, **options: object) -> bytes:
    # Copies, since Pillow notes on a picture how it was saved last.
    first, *others = [Image.frombytes(each.mode, each.size, each.tobytes()) for each in pages]
    out = io.BytesIO()
    first.save(out, form, save_all=True, append_images=others, **options)
    return out.getvalue()
