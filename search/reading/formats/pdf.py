"""PDF by PDFium: text by page, document information, embedded files, signature fields.

PDFium is faster and frugal where pypdf can be made to use hundreds of megabytes, so pypdf is asked
only when PDFium cannot open a file or finds no text in it.
"""

import ctypes
import io
import mmap
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from search.reading.active import ACTIVE, JAVASCRIPT
from search.reading.formats.garbled import is_garbled, shows_pictures
from search.reading.formats.pdfnotes import (
    attached_to_pages,
    has_drawn_notes,
    notes_of,
    signed_fields,
)
from search.reading.model import ReasonCode
from search.reading.placing import faces_of
from search.reading.source import Draft, RefusedError, Source

_ATTRIBUTES = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "CreationDate": "created",
    "ModDate": "modified",
    "Producer": "producer",
}
_HYPHENATED = re.compile("[\x02\ufffe](\\S*)(?: |\r?\n)?")
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(Z|[+-]\d\d(?:'\d\d)?'?)?")
_PATIENCE_SECONDS = 10
_MOST_PAGES_TWICE = 50
_PASSWORD_ERRORS = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)


def open_document(source: Source) -> pdfium.PdfDocument:
    """Open a PDF with PDFium, without a password.

    Raises:
        RefusedError: `encrypted`, or `damaged`.
    """
    data: object = source.data
    if isinstance(source.data, mmap.mmap):
        data = (ctypes.c_char * len(source.data)).from_buffer(source.data)
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in _PASSWORD_ERRORS:
            raise RefusedError(ReasonCode.ENCRYPTED, "needs a password") from error
        raise RefusedError(ReasonCode.DAMAGED, "no readable PDF") from error


def read(source: Source, draft: Draft) -> None:
    """Read a PDF."""
    try:
        document = open_document(source)
    except RefusedError as refusal:
        if refusal.code != ReasonCode.DAMAGED or not _read_otherwise(source, draft):
            raise
        return
    document.init_forms()
    draft.page_count = len(document)
    _note_attributes(document, draft)
    draft.signatures = signed_fields(document)
    _note_attachments(document, draft, source.limits.entries)
    if draft.page_count == 0:
        raise RefusedError(ReasonCode.DAMAGED, "no pages")
    for number in range(draft.page_count):
        if not draft.add_page(page_text(document, number)):
            break
    had_text = any(draft.pages)
    _drop_garbled(document, draft)
    if had_text and not any(draft.pages):
        draft.refuse(ReasonCode.GARBLED, "characters without Unicode values")
        return
    if source.depth == 0 and had_text and _is_partly_scanned(document, draft.pages):
        draft.refuse(ReasonCode.PARTLY_SCANNED, "some pages without text")
    if source.depth == 0 and any(draft.pages):
        for number, lines in faces_of(document):
            draft.place(number, lines)
    if not any(draft.pages) and not _read_otherwise(source, draft):
        draft.refuse(ReasonCode.IMAGE_ONLY, "pages without text")


def _drop_garbled(document: pdfium.PdfDocument, draft: Draft) -> None:
    """Leave no text on pages that say something else than they show."""
    for number, text in enumerate(draft.pages):
        if text and is_garbled(document, number, text):
            draft.pages[number] = ""


def _is_partly_scanned(document: pdfium.PdfDocument, pages: Sequence[str]) -> bool:
    """Tell whether a page without text shows anything that may be read."""
    return any(not text and shows_pictures(document, number) for number, text in enumerate(pages))


def page_text(document: pdfium.PdfDocument, number: int) -> str:
    """Return a page's text, line by line as PDFium finds it, then what was noted on the page."""
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return ""
    # PDFium joins a word that is hyphenated over two lines by U+0002 or U+FFFE
    # and drops the line's end.
    found = _HYPHENATED.sub(r"\1\n", text.get_text_bounded())
    text.close()
    notes = notes_of(document, page)
    drawn = has_drawn_notes(page)
    page.close()
    if drawn:
        found = _with_drawn_notes(document, number) or found
    return "\n".join(part for part in (found, *_new(notes, found)) if part)


def _with_drawn_notes(document: pdfium.PdfDocument, number: int) -> str:
    """Return a page's text with that of stamps, signatures and buttons, which notes draw.

    PDFium does not count it as the page's own until it is merged into the page, in memory.
    """
    page = document[number]
    merged = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    if merged != raw.FLATTEN_SUCCESS:
        return ""
    page = document[number]
    text = page.get_textpage()
    found = _HYPHENATED.sub(r"\1\n", text.get_text_bounded())
    text.close()
    page.close()
    return found


def _new(notes: str, found: str) -> list[str]:
    """Return the notes that are not on the page anyway."""
    shown = set(found.splitlines())
    return [note for note in notes.split("\n") if note not in shown]


def _note_attributes(document: pdfium.PdfDocument, draft: Draft) -> None:
    for key, name in _ATTRIBUTES.items():
        value = document.get_metadata_value(key)
        draft.note(name, _iso_date(value) if key.endswith("Date") else value)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        draft.note(ACTIVE, JAVASCRIPT)


def _iso_date(value: str) -> str:
    """Return a PDF date (ISO 32000-1, 7.9.4) as ISO 8601, or as it is when it is none."""
    found = _DATE.match(value)
    if not found:
        return value
    year, month, day, hour, minute, second, zone = found.groups()
    text = f"{year}-{month or '01'}-{day or '01'}"
    if hour:
        text += f"T{hour}:{minute or '00'}:{second or '00'}"
        text += "Z" if zone == "Z" else (zone or "").replace("'", ":", 1).rstrip("':")
    return text


def _note_attachments(document: pdfium.PdfDocument, draft: Draft, most: int) -> None:
    for index in range(min(document.count_attachments(), most)):
        try:
            attachment = document.get_attachment(index)
        except pdfium.PdfiumError:
            continue
        _note_attachment(attachment, draft)
    for attachment in attached_to_pages(document, most):
        _note_attachment(attachment, draft)


def _note_attachment(attachment: pdfium.PdfAttachment, draft: Draft) -> None:
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    draft.attach(attachment.get_name() or "attachment", _subtype(attachment), size.value)


def _subtype(attachment: pdfium.PdfAttachment) -> str:
    try:
        return attachment.get_subtype() or "application/octet-stream"
    except pdfium.PdfiumError:
        return "application/octet-stream"


def _read_otherwise(source: Source, draft: Draft) -> bool:
    """Try pypdf, with little patience; True when it found text."""
    try:
        with _patience(_PATIENCE_SECONDS):
            pages, count = _pypdf_pages(bytes(source.data))
    except (_ImpatientError, MemoryError, RecursionError):
        return False
    except Exception:  # noqa: BLE001 - pypdf raises anything on damaged files
        return False
    if not any(page.strip() for page in pages):
        return False
    draft.pages.clear()
    draft.page_count = draft.page_count or count
    for page in pages:
        draft.add_page(page)
    return True


def _pypdf_pages(data: bytes) -> tuple[list[str], int]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return [], 0
    first = reader.pages[:_MOST_PAGES_TWICE]
    return [page.extract_text() for page in first], len(reader.pages)


class _ImpatientError(BaseException):
    """The second opinion took too long."""


@contextmanager
def _patience(seconds: int) -> Iterator[None]:
    """Interrupt pure Python code after some seconds of CPU time."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise _ImpatientError

    signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
