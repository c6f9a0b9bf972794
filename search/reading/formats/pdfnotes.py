"""What people wrote onto a PDF page: values of form fields, comments and free text."""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_NOTES = 1000
_MOST_PAGES = 2000
_DRAWN = frozenset(
    {
        raw.FPDF_ANNOT_FREETEXT,
        raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_WIDGET,
        raw.FPDF_ANNOT_WATERMARK,
        raw.FPDF_ANNOT_UNKNOWN,
    }
)
_VALUES = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)


def notes_of(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> str:
    """Return what was filled in and noted on a page, a line each, in the file's order."""
    found = (_note(document, annotation) for annotation in _annotations(page))
    return "\n".join(dict.fromkeys(note for note in found if note.strip()))


def has_drawn_notes(page: pdfium.PdfPage) -> bool:
    """Tell whether text may stand in the pictures of a page's stamps, fields and free texts."""
    return any(raw.FPDFAnnot_GetSubtype(note) in _DRAWN for note in _annotations(page))


def signed_fields(document: pdfium.PdfDocument) -> int:
    """Count the signature fields that hold a signature; empty ones wait for theirs.

    PDFium lists the fields at the root of the form. Those below other fields are found by where
    they are shown, which leaves out one that is neither.
    """
    listed = [
        raw.FPDF_GetSignatureObject(document, index)
        for index in range(max(0, raw.FPDF_GetSignatureCount(document)))
    ]
    at_root: int = sum(raw.FPDFSignatureObj_GetContents(field, None, 0) > 0 for field in listed)
    if raw.FPDF_GetFormType(document) == raw.FORMTYPE_NONE or document.formenv is None:
        return at_root
    shown = 0
    for page in _pages(document):
        shown += sum(_is_signed(document, note) for note in _annotations(page))
    return max(at_root, shown)


def _is_signed(document: pdfium.PdfDocument, annotation: Any) -> bool:
    if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
        return False
    kind = raw.FPDFAnnot_GetFormFieldType(document.formenv, annotation)
    return kind == raw.FPDF_FORMFIELD_SIGNATURE and bool(raw.FPDFAnnot_HasKey(annotation, b"V"))


def attached_to_pages(document: pdfium.PdfDocument, most: int) -> Iterator[pdfium.PdfAttachment]:
    """Yield the files that are pinned to places on the pages."""
    for page in _pages(document):
        for annotation in _annotations(page):
            if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_FILEATTACHMENT:
                continue
            attachment = raw.FPDFAnnot_GetFileAttachment(annotation)
            if attachment and most > 0:
                most -= 1
                yield pdfium.PdfAttachment(attachment, document)


def _pages(document: pdfium.PdfDocument) -> Iterator[pdfium.PdfPage]:
    for number in range(min(len(document), _MOST_PAGES)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            continue
        yield page
        page.close()


def _annotations(page: pdfium.PdfPage) -> Iterator[Any]:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield annotation
            raw.FPDFPage_CloseAnnot(annotation)


def _note(document: pdfium.PdfDocument, annotation: Any) -> str:
    if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
        return _wide(lambda *out: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *out))
    form = document.formenv
    if form is None or raw.FPDFAnnot_GetFormFieldType(form, annotation) not in _VALUES:
        return ""
    return _wide(lambda *out: raw.FPDFAnnot_GetFormFieldValue(form, annotation, *out))


def _wide(get: Callable[[Any, int], int]) -> str:
    """Call a function of PDFium that fills a buffer with UTF-16, ended by a zero."""
    size = get(None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", "ignore")
